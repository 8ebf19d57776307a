from __future__ import annotations

import csv
import errno
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from PIL import Image as PillowImage

from fragscope import reports
from fragscope.painting import Painting
from fragscope.report_maps import overlay_pixels
from fragscope.reports import free_folder, run_facts, write_report
from fragscope.results import MethodResult, Report
from fragscope.runs import MethodRun, RunState
from fragscope_explainers import methods, read_image
from fragscope_explainers.classifiers.findings import Finding
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.counts import Window, counts_of
from fragscope_explainers.errors import ReportError
from fragscope_explainers.types import Request

FILES = {
    "report.png",
    "mfpp.overlay.png",
    "mfpp.map.npy",
    "mfpp.input.npy",
    "saliency.overlay.png",
    "saliency.map.npy",
    "saliency.input.npy",
    "curves.csv",
    "summary.csv",
    "run.json",
}


@pytest.fixture
def folder(small_report: Report, tmp_path: Path) -> Path:
    """A written report."""
    return write_report(small_report, tmp_path / "reports" / "photo")


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def full_disc(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_report_has_its_files_and_leaves_nothing_beside_it(folder: Path) -> None:
    assert {entry.name for entry in folder.iterdir()} == FILES
    assert list(folder.parent.iterdir()) == [folder]


def test_maps_are_float32_on_their_grids(folder: Path, small_report: Report) -> None:
    for result in small_report.results:
        on_input = np.load(folder / f"{result.name}.input.npy")
        on_image = np.load(folder / f"{result.name}.map.npy")
        assert (on_input.dtype, on_input.shape) == (np.float32, (64, 64))
        assert (on_image.dtype, on_image.shape) == (np.float32, (90, 140))
        np.testing.assert_array_equal(on_input, result.state.saliency)


def test_a_map_is_nan_exactly_outside_what_the_model_sees(folder: Path) -> None:
    # 90 x 140 is scaled by 0.8 to 72 x 112, of which rows 4..68 and columns 24..88 are cut.
    seen = np.zeros((90, 140), bool)
    seen[5:85, 30:110] = True
    for name in ("mfpp", "saliency"):
        np.testing.assert_array_equal(np.isfinite(np.load(folder / f"{name}.map.npy")), seen)


def test_pictures_can_be_opened_and_have_the_right_size(folder: Path, small_report: Report) -> None:
    for result in small_report.results:
        with PillowImage.open(folder / f"{result.name}.overlay.png") as picture:
            assert picture.size == (140, 90)
            np.testing.assert_array_equal(picture, overlay_pixels(small_report, result))
    with PillowImage.open(folder / "report.png") as picture:
        assert min(picture.size) > 400


def test_the_curves_table_holds_every_point(folder: Path, small_report: Report) -> None:
    heading, *rows = rows_of(folder / "curves.csv")
    assert heading == ["method", "curve", "fraction", "score", "scores_of"]
    assert len(rows) == 2 * 2 * 217
    drawn = small_report.results[0].state.curves["insertion"]
    found = [(float(f), float(s)) for m, k, f, s, _ in rows if (m, k) == ("mfpp", "insertion")]
    expected = np.column_stack([drawn.fractions, drawn.scores])
    np.testing.assert_allclose(found, expected, atol=6e-7)


def test_the_summary_table_has_a_row_for_each_method(folder: Path, small_report: Report) -> None:
    heading, mfpp, saliency = rows_of(folder / "summary.csv")
    assert ",".join(heading) == (
        "method,target_index,target_name,probability,deletion_auc,insertion_auc,stability,masks,"
        "forwards,backwards,seconds,seed,model,scores_of"
    )
    row, result = dict(zip(heading, mfpp, strict=True)), small_report.results[0]
    assert (row["method"], row["target_index"], row["target_name"]) == ("mfpp", "2", "cat")
    assert float(row["probability"]) == pytest.approx(result.probability, abs=1e-6)
    assert float(row["deletion_auc"]) == pytest.approx(result.auc("deletion"), abs=1e-6)
    assert float(row["insertion_auc"]) == pytest.approx(result.auc("insertion"), abs=1e-6)
    assert (row["masks"], row["forwards"], row["backwards"]) == ("40", "40", "0")
    assert float(row["seconds"]) == pytest.approx(result.state.seconds, abs=1e-3)
    assert (row["seed"], row["model"]) == ("0", small_report.model.name)
    assert float(row["stability"]) == pytest.approx(result.state.stability, abs=1e-6)
    row = dict(zip(heading, saliency, strict=True))
    assert (row["masks"], row["forwards"], row["backwards"]) == ("0", "1", "1")
    assert row["stability"] == ""


def test_run_json_holds_what_repeats_the_run(
    folder: Path, small_report: Report, small_classifier: TorchClassifier
) -> None:
    facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert facts["command"] == small_report.command
    assert {"fragscope", "torch", "numpy", "captum", "scikit-image"} <= facts["packages"].keys()
    assert facts["machine"].keys() == {"python", "system", "processor"}
    image = small_report.model_input.image
    assert facts["image"]["path"] == str(image.path)
    assert facts["image"]["sha256"] == hashlib.sha256(image.path.read_bytes()).hexdigest()
    assert (facts["image"]["height"], facts["image"]["width"]) == (90, 140)
    assert facts["geometry"]["box"] == [30, 5, 110, 85]
    assert facts["model"]["weights_sha256"] == "5" * 64
    assert facts["model"]["classes"] == 10
    described = small_classifier.preprocessing.describe()
    assert facts["model"]["preprocessing"] == json.loads(json.dumps(described))
    assert [entry["index"] for entry in facts["predictions"]] == [i for i, _ in small_report.top]
    assert (facts["seed"], facts["fill"]) == (0, "mean")


def test_run_json_tells_what_is_known_of_the_model_and_from_where(
    small_report: Report, tmp_path: Path
) -> None:
    known = {"mean": {"value": "0.5", "source": "guessed"}}
    finding = Finding("guessed", "note", "nobody states mean; compare it")
    model = replace(
        small_report.model, settings=known, label_source="names.txt", findings=(finding,)
    )
    folder = write_report(replace(small_report, model=model), tmp_path / "reports")
    facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert facts["model"]["settings"] == known
    assert facts["model"]["label_source"] == "names.txt"
    assert facts["model"]["findings"] == [
        {"kind": "guessed", "severity": "note", "text": "nobody states mean; compare it"}
    ]
    assert facts["image"]["counts"] is None


def test_run_json_tells_the_window_of_a_picture_of_more_than_8_bits(
    small_report: Report, tmp_path: Path
) -> None:
    image = small_report.model_input.image
    counts = counts_of(image.pixels[..., 0].astype(np.uint16) * 16).through(Window(2000, 900))
    wide = replace(small_report.model_input, image=replace(image, counts=counts))
    facts = run_facts(replace(small_report, model_input=wide))
    assert json.loads(json.dumps(facts["image"]["counts"])) == counts.describe()
    assert facts["image"]["counts"]["window"]["source"] == "set by you"


def test_run_json_describes_every_method(folder: Path, small_report: Report) -> None:
    facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    mfpp, saliency = facts["methods"]
    assert (mfpp["method"], mfpp["target"]) == ("mfpp", {"index": 2, "name": "cat"})
    settings = {**mfpp["parameters"], "scales": tuple(mfpp["parameters"]["scales"])}
    assert methods.create(mfpp["method"], **settings) == small_report.results[0].explainer
    assert (mfpp["complete"], mfpp["steps_done"], mfpp["steps_planned"]) == (True, 40, 40)
    assert (mfpp["signed"], saliency["signed"]) == (True, False)
    assert mfpp["curves"]["deletion"]["points"] == 217
    assert mfpp["curves"]["deletion"]["fill"] == "mean"
    assert mfpp["curves"]["insertion"]["auc"] == small_report.results[0].auc("insertion")


def test_a_contrast_is_exported_where_the_run_answers_for_both(
    small_report: Report, tmp_path: Path
) -> None:
    results = [replace(result, against=5) for result in small_report.results]
    folder = write_report(replace(small_report, results=results), tmp_path / "contrast")
    mfpp, saliency = json.loads((folder / "run.json").read_text())["methods"]
    snapshot = results[0].state.snapshot
    expected = snapshot.saliency(2) - snapshot.saliency(5)
    np.testing.assert_allclose(np.load(folder / "mfpp.input.npy"), expected, atol=1e-6)
    assert mfpp["minus"] == {"index": 5, "name": small_report.label(5)}
    assert mfpp["scores_of"] == "map of the target alone"
    assert saliency["minus"] is None
    assert saliency["scores_of"] == "map"
    plain = np.load(folder / "saliency.input.npy")
    np.testing.assert_array_equal(plain, results[1].state.saliency)


def test_a_stopped_run_is_marked_as_partial(
    small_report: Report,
    small_classifier: TorchClassifier,
    small_request: Request,
    tmp_path: Path,
) -> None:
    explainer = methods.create("mfpp", masks=100, scales=(4, 9))
    run = MethodRun(small_classifier, small_request, explainer, live_curves=False)
    state = next(run)
    run.close()
    report = replace(small_report, results=[MethodResult(state, 0.5)])
    folder = write_report(report, tmp_path / "partial")
    (entry,) = json.loads((folder / "run.json").read_text(encoding="utf-8"))["methods"]
    assert entry["complete"] is False
    assert 0 < entry["steps_done"] < entry["steps_planned"] == 100
    heading, row = rows_of(folder / "summary.csv")
    found = dict(zip(heading, row, strict=True))
    assert (found["deletion_auc"], found["insertion_auc"]) == ("", "")
    assert found["masks"] == str(state.snapshot.done)


def test_tables_say_which_map_the_scores_are_of(small_report: Report, tmp_path: Path) -> None:
    mfpp, saliency = small_report.results
    painted = replace(mfpp, painting=Painting((0.5, 1.0)), alias="mfpp-2")
    results = [replace(mfpp, against=1), painted, saliency]
    folder = write_report(replace(small_report, results=results), tmp_path / "contrast")
    expected = ["map of the target alone", "plain map", "map"]
    assert [row[-1] for row in rows_of(folder / "summary.csv")[1:]] == expected
    curves = dict.fromkeys(row[0] + ": " + row[-1] for row in rows_of(folder / "curves.csv")[1:])
    names = ("mfpp", "mfpp-2", "saliency")
    assert list(curves) == [f"{n}: {what}" for n, what in zip(names, expected, strict=True)]


def test_two_results_of_one_method_have_files_of_their_own(
    small_report: Report, run_state: Callable[..., RunState], tmp_path: Path
) -> None:
    states = [run_state("rise", masks=masks) for masks in (8, 16)]
    results = [MethodResult(states[0], 0.5), MethodResult(states[1], 0.5, alias="rise-2")]
    folder = write_report(replace(small_report, results=results), tmp_path / "two")
    for name, state in zip(("rise", "rise-2"), states, strict=True):
        np.testing.assert_array_equal(np.load(folder / f"{name}.input.npy"), state.saliency)
    assert [row[0] for row in rows_of(folder / "summary.csv")[1:]] == ["rise", "rise-2"]


def test_a_report_replaces_its_own_files_and_keeps_others(
    folder: Path, small_report: Report
) -> None:
    (folder / "notes.txt").write_text("mine")
    (folder / "more").mkdir()
    (folder / "more" / "photo.jpg").write_bytes(b"mine too")
    write_report(replace(small_report, results=small_report.results[1:]), folder)
    kept = {name for name in FILES if not name.startswith("mfpp")}
    assert {entry.name for entry in folder.iterdir()} == kept | {"notes.txt", "more"}
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "more" / "photo.jpg").read_bytes() == b"mine too"


@pytest.mark.parametrize("step", ["write_csv", "_write_maps", "_keep_foreign_files", "_swap"])
def test_a_failure_while_writing_leaves_the_earlier_report(
    folder: Path, small_report: Report, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = contents(folder)
    monkeypatch.setattr(reports, step, full_disc)
    with pytest.raises(ReportError, match="No space left on device; choose another folder"):
        write_report(small_report, folder)
    assert contents(folder) == before
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt()])
def test_the_earlier_report_comes_back_where_the_new_one_cannot_take_its_place(
    folder: Path,
    small_report: Report,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
) -> None:
    before, rename = contents(folder), Path.rename

    def fail_for_the_new_one(path: Path, target: Path) -> Path:
        if path.name == "report":
            raise error
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_new_one)
    with pytest.raises((ReportError, KeyboardInterrupt)):
        write_report(small_report, folder)
    assert contents(folder) == before
    assert list(folder.parent.iterdir()) == [folder]


def test_an_interrupt_while_drawing_leaves_nothing(
    small_report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    out = tmp_path / "reports"
    monkeypatch.setattr("fragscope.figure.write_figure", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_report(small_report, out / "photo")
    assert list(out.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_left_alone(small_report: Report, photo: Path) -> None:
    before = photo.read_bytes()
    with pytest.raises(ReportError, match=r"photo\.png: Not a directory; choose another folder"):
        write_report(small_report, photo)
    assert photo.read_bytes() == before


@pytest.mark.parametrize("name", ["a$^$b", "猫", "caf\udce9", 'comma, and "quote"'])
def test_any_file_name_can_be_reported(
    name: str, small_report: Report, make_photo: Callable[..., Path], tmp_path: Path
) -> None:
    try:
        path = make_photo().rename(tmp_path / f"{name}.png")
    except OSError:
        pytest.skip("this file system does not take the name")
    shown = replace(small_report.model_input, image=read_image(path))
    folder = write_report(replace(small_report, model_input=shown), tmp_path / "named")
    facts: dict[str, Any] = json.loads((folder / "run.json").read_bytes())
    assert facts["image"]["path"] == str(path)


def test_class_names_with_commas_stay_one_cell(small_report: Report, tmp_path: Path) -> None:
    labels = ["tench, Tinca tinca"] * 10
    model = replace(small_report.model, labels=labels)
    folder = write_report(replace(small_report, model=model), tmp_path / "commas")
    assert rows_of(folder / "summary.csv")[1][2] == labels[0]
    assert "labels" in asdict(model)


def test_files_that_only_look_like_a_reports_are_not_replaced(
    small_report: Report, tmp_path: Path
) -> None:
    folder = tmp_path / "photo"
    folder.mkdir()
    (folder / "summary.csv").write_text("mine")
    with pytest.raises(ReportError, match=r"summary\.csv is not part of an earlier report"):
        write_report(small_report, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["photo"]
    assert (folder / "summary.csv").read_text() == "mine"


def test_foreign_files_with_a_reports_endings_are_kept(
    small_report: Report, tmp_path: Path
) -> None:
    folder = write_report(small_report, tmp_path / "photo")
    (folder / "my.overlay.png").write_text("mine")
    (folder / "notes").mkdir()
    (folder / "notes" / "report.png").write_text("mine, too")
    write_report(small_report, folder)
    assert (folder / "my.overlay.png").read_text() == "mine"
    assert (folder / "notes" / "report.png").read_text() == "mine, too"


def test_another_picture_of_the_same_name_gets_a_folder_of_its_own(
    small_report: Report, tmp_path: Path
) -> None:
    sha256 = small_report.model_input.image.sha256
    first = free_folder(tmp_path, "photo", sha256)
    write_report(small_report, first)
    assert free_folder(tmp_path, "photo", sha256) == first
    assert free_folder(tmp_path, "photo", "0" * 64) == tmp_path / "photo-2"
    assert free_folder(tmp_path, "..", sha256) == tmp_path / "picture"
