from __future__ import annotations

import csv
import json
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np
import pytest
from PIL import Image as PillowImage

from fragscope import __version__, batch, cli
from fragscope.model_choice import ModelChoice
from fragscope_explainers import methods, models
from fragscope_explainers.classifiers.catalog import Model
from fragscope_explainers.classifiers.findings import Finding
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_resources.samples import sample

Call = Callable[..., SimpleNamespace]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs the command in this process; gives exit code and both streams."""

    def run(*arguments: object) -> SimpleNamespace:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        streams = capsys.readouterr()
        return SimpleNamespace(code=ended.value.code or 0, out=streams.out, err=streams.err)

    return run


@pytest.fixture
def explain(
    call: Call,
    tmp_path: Path,
    small_classifier: TorchClassifier,
    monkeypatch: pytest.MonkeyPatch,
) -> Call:
    """Runs `fragscope explain ... --out reports` with the small classifier."""
    monkeypatch.setattr(batch, "load_classifier", lambda *_, **__: small_classifier)
    return lambda *arguments: call("explain", *arguments, "--out", tmp_path / "reports")


def summary(folder: Path) -> list[dict[str, str]]:
    with (folder / "summary.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_explain_writes_a_report_and_says_where(explain: Call, photo: Path, tmp_path: Path) -> None:
    done = explain(photo, "--method", "rise", "--method", "saliency", "--masks", 16)
    folder = tmp_path / "reports" / "photo"
    assert done.code == 0
    assert str(folder) in done.out
    assert "rise" in done.out
    assert {p.name for p in folder.glob("*.npy")} == {
        f"{method}.{kind}.npy" for method in ("rise", "saliency") for kind in ("map", "input")
    }
    assert (folder / "report.png").is_file()


def test_masks_are_exact_and_gradients_use_none(explain: Call, photo: Path, tmp_path: Path) -> None:
    names = ("mfpp", "rise", "saliency", "grad-cam")
    chosen = [part for name in names for part in ("--method", name)]
    assert explain(photo, *chosen, "--masks", 37, "--set", "mfpp.scales=4,9").code == 0
    rows = {row["method"]: row for row in summary(tmp_path / "reports" / "photo")}
    assert tuple(rows) == names
    assert [rows[n]["masks"] for n in names] == ["37", "37", "0", "0"]
    assert [rows[n]["forwards"] for n in names[:2]] == ["37", "37"]


def test_the_seed_decides_the_maps(explain: Call, photo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "photo"
    maps = []
    for seed in (4, 4, 5):
        settings = ("--method", "rise", "--method", "smoothgrad", "--masks", 16, "--seed", seed)
        assert explain(photo, *settings, "--set", "smoothgrad.samples=8").code == 0
        maps.append([np.load(folder / f"{n}.map.npy") for n in ("rise", "smoothgrad")])
        assert summary(folder)[0]["seed"] == str(seed)
    for first, again, other in zip(*maps, strict=True):
        np.testing.assert_allclose(again, first, rtol=1e-4, atol=1e-6)
        assert not np.allclose(other, first, rtol=1e-4, atol=1e-6, equal_nan=True)


@pytest.mark.parametrize(("target", "index"), [("DOG", "3"), ("7", "7"), ("top1", "4")])
def test_the_target_is_a_name_an_index_or_the_top(
    explain: Call, photo: Path, tmp_path: Path, target: str, index: str
) -> None:
    assert explain(photo, "--method", "saliency", "--target", target).code == 0
    (row,) = summary(tmp_path / "reports" / "photo")
    assert row["target_index"] == index


def test_settings_reach_the_report(explain: Call, photo: Path, tmp_path: Path) -> None:
    settings = ("--set", "rise.cells=5", "--set", "rise.masks=9", "--fill", "black")
    assert explain(photo, "--method", "rise", *settings).code == 0
    facts = json.loads((tmp_path / "reports" / "photo" / "run.json").read_text(encoding="utf-8"))
    assert facts["fill"] == "black"
    found = facts["methods"][0]["parameters"]
    assert (found["cells"], found["masks"]) == (5, 9)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--method", "mfp"], "unknown method 'mfp', did you mean 'mfpp'?"),
        (["--target", "ct"], "unknown class 'ct', did you mean 'cat'?"),
        (["--target", "crane"], "several classes are called 'crane'; give the index: 6 or 7"),
        (["--target", "10"], "unknown class index '10'; choose from 0 to 9"),
        (["--set", "rise.kep=0.4", "--method", "rise"], "did you mean 'keep'?"),
        (["--set", "keep"], "is not METHOD.FIELD=VALUE"),
        (["--method", "rise", "--set", "rise.keep=7"], "must lie between 0.01 and 0.99, got 7"),
        (["--method", "rise", "--masks", "9999999"], "must lie between 1 and 1000000 or be auto"),
        (["--masks", "many"], "--masks takes a whole number from 1 on, or auto, got 'many'"),
        (["--masks", "0"], "--masks takes a whole number from 1 on, or auto, got '0'"),
        (["--fill", "meen"], "unknown fill 'meen', did you mean 'mean'"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_runs(
    explain: Call, photo: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    done = explain(photo, *arguments)
    assert done.code == 2
    assert sentence in done.err
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert done.out == ""
    assert not (tmp_path / "reports" / "photo").exists()


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--model", "builtin:efficientnet", "did you mean 'efficientnet-lite0'"),
        ("--device", "gpu", "the device 'gpu' is not available here; choose from auto, cpu"),
    ],
)
def test_an_unknown_model_or_device_is_one_sentence(
    call: Call, photo: Path, tmp_path: Path, option: str, value: str, sentence: str
) -> None:
    done = call("explain", photo, option, value, "--out", tmp_path / "reports")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert sentence in done.err


@pytest.mark.parametrize("arguments", [["--masks", "0"], ["--seed", "-1"], ["--masks", "many"]])
def test_numbers_out_of_range_are_usage_errors(
    explain: Call, photo: Path, arguments: list[str]
) -> None:
    done = explain(photo, *arguments)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert arguments[0] in done.err


def test_a_folder_below_a_file_is_one_sentence(call: Call, photo: Path) -> None:
    done = call("explain", photo, "--method", "saliency", "--out", photo / "below" / "it")
    assert (done.code, done.out) == (2, "")
    assert "nothing can be written to" in done.err
    assert "Not a directory; choose another folder" in done.err


def test_one_bad_picture_does_not_stop_the_others(
    explain: Call, make_photo: Callable[..., Path], tmp_path: Path
) -> None:
    first, last = make_photo("first.png"), make_photo("last.png", seed=8)
    done = explain(first, tmp_path / "missing.png", last, "--method", "saliency")
    assert done.code == 1
    assert "missing.png: no such file; check its name and folder" in done.err
    assert "1 of 3 pictures could not be explained" in done.err
    assert "Traceback" not in done.err
    assert {entry.name for entry in (tmp_path / "reports").iterdir()} == {"first", "last"}


def test_an_interrupt_says_that_reports_are_complete(
    explain: Call, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "explain_pictures", interrupt)
    done = explain(photo, "--method", "saliency")
    assert (done.code, done.err) == (130, "error: stopped; reports already written are complete\n")


def test_demo_explains_a_sample_without_a_window(
    call: Call, tmp_path: Path, small_classifier: TorchClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "load_classifier", lambda *_, **__: small_classifier)
    done = call("demo", "--out", tmp_path / "demo", "--masks", 8, "--no-window")
    assert done.code == 0
    (folder,) = (tmp_path / "demo").iterdir()
    assert [row["method"] for row in summary(folder)] == list(batch.DEFAULT_METHODS)


def test_demo_does_without_a_display(
    call: Call, tmp_path: Path, small_classifier: TorchClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "load_classifier", lambda *_, **__: small_classifier)
    monkeypatch.setattr(cli.display, "is_present", lambda: False)
    done = call("demo", "--out", tmp_path / "demo", "--masks", 8)
    assert done.code == 0
    assert "No display here" in done.out


def test_methods_lists_every_method_and_parameter(call: Call) -> None:
    done = call("methods")
    assert done.code == 0
    for entry in methods:
        assert f"{entry.name}  {entry.load().summary}" in done.out
    assert "masks=auto  Masked inputs to score;" in done.out
    assert "scales=50,100,200,400,800" in done.out


def test_models_lists_the_bundled_model(call: Call) -> None:
    done = call("models")
    assert done.code == 0
    assert "builtin:efficientnet-lite0" in done.out
    assert "Apache-2.0" in done.out


def test_models_lists_every_kind_with_an_example(call: Call) -> None:
    done = call("models")
    for entry in models().values():
        assert f"{entry.spec}  {entry.label}" in done.out
        assert entry.example in done.out


def test_models_tells_how_to_install_what_is_missing(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Model, "is_installed", property(lambda entry: entry.extra != "timm"))
    lines = call("models").out.splitlines()
    assert lines.count("  not installed; pip install 'fragscope[timm]'") == 1


def test_models_lists_names_that_contain_a_text(call: Call) -> None:
    done = call("models", "torchvision", "VIT_B")
    assert done.out == "torchvision:vit_b_16\ntorchvision:vit_b_32\n"
    assert "no model of torchvision has 'zebra'" in call("models", "torchvision", "zebra").out
    assert "did you mean 'timm'" in call("models", "tim").err


def test_a_report_holds_no_credentials_of_a_url(
    explain: Call,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = "https://anna:s3cret@host/v2/models/m"
    monkeypatch.setattr("sys.argv", ["fragscope", "explain", f"--model={url}"])
    explain(photo, "--method", "saliency", "--no-curves", "--model", url)
    texts = [path.read_bytes() for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    assert any(b"https://host/v2/models/m" in text for text in texts)
    assert not any(b"s3cret" in text for text in texts)


@pytest.mark.parametrize(("well", "code"), [(True, 0), (False, 1)])
def test_doctor_fails_where_something_is_ill(
    call: Call, monkeypatch: pytest.MonkeyPatch, well: bool, code: int
) -> None:
    found = [("torch", "2.4", True), ("Qt window system", "xcb [broken]", well)]
    monkeypatch.setattr("fragscope.environment.findings", lambda: iter(found))
    done = call("doctor")
    assert done.code == code
    mark = "ok" if well else "!!"
    assert done.out == f"ok torch: 2.4\n{mark} Qt window system: xcb [broken]\n"
    assert done.err == ("" if well else "error: look at what is marked !! above: 1 in all\n")


def test_the_version_is_printed(call: Call) -> None:
    assert call("--version").out == f"FragScope {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["explian"], ["explian", "photo.png", "--out", "reports"], ["doktor"]]
)
def test_an_unknown_command_suggests_the_nearest(
    call: Call, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setattr(cli.display, "is_present", lambda: False)
    done = call(*arguments)
    nearest = "doctor" if arguments == ["doktor"] else "explain"
    assert done.code == 2
    assert f"unknown command '{arguments[0]}', did you mean '{nearest}'?" in done.err
    assert "open" not in done.err


@pytest.mark.parametrize("given", [0, 1])
def test_without_a_display_the_other_way_is_named(
    call: Call, monkeypatch: pytest.MonkeyPatch, photo: Path, given: int
) -> None:
    monkeypatch.setattr(cli.display, "is_present", lambda: False)
    done = call(*[photo][:given])
    assert done.code == 1
    assert "there is no display to open a window on; use 'fragscope explain" in done.err


def test_pictures_open_the_window(call: Call, monkeypatch: pytest.MonkeyPatch, photo: Path) -> None:
    opened: list[Any] = []
    window = SimpleNamespace(run=lambda *given: opened.append(given) or 0)
    monkeypatch.setitem(sys.modules, "fragscope.window_main", window)
    assert call(photo, photo).code == 0
    assert call(photo, "--precision", "bf16").code == 0
    plain = ModelChoice()
    assert opened == [([photo, photo], "f32", plain), ([photo], "bf16", plain)]
    missing = call(photo, "other.png")
    assert (missing.code, missing.err) == (2, "error: other.png: no such file\n")
    unknown = call(photo, "--precision", "f16")
    assert (unknown.code, "hoose from f32, bf16, fp16" in unknown.err) == (1, True)
    assert len(opened) == 2


def test_the_window_opens_on_a_model(
    call: Call, monkeypatch: pytest.MonkeyPatch, photo: Path
) -> None:
    opened: list[Any] = []
    window = SimpleNamespace(run=lambda *given: opened.append(given[2]) or 0)
    monkeypatch.setitem(sys.modules, "fragscope.window_main", window)
    assert call("--model", "m.onnx", "--set", "model.mean=0.5", "--trust").code == 0
    assert call(photo, "--model", "m.onnx").code == 0
    assert opened == [ModelChoice("m.onnx", {"mean": "0.5"}, True), ModelChoice("m.onnx")]
    wrong = call("--model", "m.onnx", "--set", "mfpp.keep=0.5")
    assert (wrong.code, "is not model.FIELD=VALUE" in wrong.err) == (2, True)


def test_curves_can_be_left_out(call: Call, photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "reports"
    assert call("explain", photo, "--method", "saliency", "--no-curves", "--out", out).code == 0
    assert (out / "photo" / "curves.csv").read_text().splitlines() == [
        "method,curve,fraction,score,scores_of"
    ]


@pytest.mark.parametrize("command", [[], ["explain"], ["demo"], ["methods"], ["doctor"]])
def test_every_command_has_help(call: Call, command: list[str]) -> None:
    done = call(*command, "--help")
    assert done.code == 0
    assert "Usage" in done.out


def test_the_installed_command_explains_a_photo(tmp_path: Path) -> None:
    command = Path(sysconfig.get_path("scripts")) / "fragscope"
    photo, out = sample("chelsea").path, tmp_path / "reports"
    done = subprocess.run(
        [command, "explain", photo, "--method", "mfpp", "--masks", "16", "--out", out],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (row,) = summary(out / "chelsea")
    assert (row["method"], row["masks"], row["forwards"]) == ("mfpp", "16", "16")
    assert row["target_name"] in ("Egyptian cat", "tabby", "tiger cat")
    on_image = np.load(out / "chelsea" / "mfpp.map.npy")
    assert on_image.shape == (300, 451)
    facts = json.loads((out / "chelsea" / "run.json").read_text(encoding="utf-8"))
    assert len(facts["model"]["weights_sha256"]) == 64
    assert "explain" in facts["command"]


def test_a_window_reaches_pixels_notes_and_report(
    explain: Call, photo: Path, tmp_path: Path
) -> None:
    wide = np.asarray(PillowImage.open(photo).convert("L")).astype(np.uint16) * 16
    path = photo.with_name("wide.png")
    PillowImage.fromarray(wide).save(path)
    done = explain(path, "--method", "saliency", "--window", "1000,500")
    assert done.code == 0
    assert "through a window at 1,000, 500 wide (set by you)" in done.out
    facts = json.loads((tmp_path / "reports" / "wide" / "run.json").read_text(encoding="utf-8"))
    window = {"centre": 1000.0, "width": 500.0, "shape": "exact", "source": "set by you"}
    assert facts["image"]["counts"]["window"] == window


def test_pictures_of_a_kind_in_different_windows_are_told(
    explain: Call, photo: Path, tmp_path: Path
) -> None:
    grey = np.asarray(PillowImage.open(photo).convert("L")).astype(np.uint16)
    paths = [photo.with_name(f"{name}.png") for name in ("dark", "alike", "bright")]
    for path, times in zip(paths, (8, 8, 200), strict=True):
        PillowImage.fromarray((grey | 128) * times).save(path)
    plain = (photo, "--method", "saliency", "--no-curves")
    done = explain(*paths, *plain)
    assert done.code == 0
    told = " ".join(done.err.split())
    assert "seen through 2 different windows" in told
    assert "--window 1023.5,2047 would show" in told or "--window 2047.5,4095 would show" in told
    assert "different windows" not in explain(*paths, *plain, "--window", "900,500").err


def test_a_window_of_another_form_is_one_sentence(explain: Call, photo: Path) -> None:
    done = explain(photo, "--window", "40")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "a window is CENTRE,WIDTH" in done.err


def test_what_was_seen_of_the_model_is_told_once(
    explain: Call,
    make_photo: Callable[..., Path],
    small_classifier: TorchClassifier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = (Finding("batch", "warning", "it looks [around]"), Finding("labels", "note", "it asks"))
    monkeypatch.setattr(small_classifier, "findings", found)
    done = explain(make_photo("one.png"), make_photo("two.png"), "--method", "saliency")
    assert done.code == 0
    assert done.err == "warning: it looks [around]\nnote: it asks\n"


def test_the_engine_is_recorded(explain: Call, photo: Path, tmp_path: Path) -> None:
    assert explain(photo, "--method", "mfpp", "--masks", 20).code == 0
    facts = json.loads((tmp_path / "reports" / "photo" / "run.json").read_text(encoding="utf-8"))
    assert facts["methods"][0]["engine"] == {"name": "OpenVINO f32", "note": ""}


def test_without_a_fast_engine_torch_explains_and_the_reason_is_told(
    explain: Call,
    photo: Path,
    tmp_path: Path,
    small_classifier: TorchClassifier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.setattr(small_classifier, "engine", None)
    done = explain(photo, "--method", "mfpp", "--masks", 20)
    assert done.code == 0
    assert done.err.startswith("note: OpenVINO cannot be loaded")
    facts = json.loads((tmp_path / "reports" / "photo" / "run.json").read_text(encoding="utf-8"))
    assert facts["methods"][0]["engine"]["name"] == "torch f32"


def test_automatic_masks_stop_by_themselves_and_are_recorded(
    explain: Call, photo: Path, tmp_path: Path
) -> None:
    settings = ("--set", "mfpp.scales=4,9", "--set", "mfpp.stable=0.5", "--set", "mfpp.budget=900")
    assert explain(photo, "--method", "mfpp", "--masks", "auto", *settings).code == 0
    (row,) = summary(tmp_path / "reports" / "photo")
    assert 100 <= int(row["masks"]) < 900
    assert float(row["stability"]) >= 0.5
    facts = json.loads((tmp_path / "reports" / "photo" / "run.json").read_text(encoding="utf-8"))
    (method,) = facts["methods"]
    assert method["parameters"]["masks"] == "auto"
    assert method["stability"] == pytest.approx(float(row["stability"]), abs=1e-6)
    assert method["complete"]
