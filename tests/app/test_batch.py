from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from fragscope import batch
from fragscope.batch import (
    DEFAULT_METHODS,
    Outcome,
    Plan,
    explain_pictures,
    load,
    make_explainers,
    model_facts,
    parse_settings,
    report_folders,
)
from fragscope.runs import Stage
from fragscope_explainers import methods
from fragscope_explainers.classifiers.findings import Finding
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.counts import Window
from fragscope_explainers.errors import ParameterError, UnknownNameError
from fragscope_explainers.fragments import Cutting
from fragscope_explainers.preprocessing import ModelInput


class Heard:
    """Progress that keeps what it is told."""

    def __init__(self) -> None:
        self.started: list[tuple[str, int]] = []
        self.updates: list[tuple[int, str]] = []

    def start(self, label: str, total: int) -> None:
        self.started.append((label, total))

    def update(self, done: int, total: int, note: str) -> None:
        self.updates.append((done, note))


@pytest.fixture
def plan() -> Plan:
    return Plan("builtin:small", make_explainers(["rise", "saliency"], 12, {}))


@pytest.fixture
def explain(
    small_classifier: TorchClassifier, plan: Plan, tmp_path: Path
) -> Callable[[Iterable[Path]], list[Outcome]]:
    """Explains pictures into the folder `reports`."""

    def explain(paths: Iterable[Path]) -> list[Outcome]:
        out = tmp_path / "reports"
        return list(explain_pictures(list(paths), out, small_classifier, plan, Heard()))

    return explain


def test_masks_go_to_the_methods_that_count_them() -> None:
    mfpp, rise, saliency = make_explainers(["mfpp", "rise", "saliency"], 37, {})
    assert (mfpp, rise) == (methods.create("mfpp", masks=37), methods.create("rise", masks=37))
    assert saliency == methods.create("saliency")


def test_without_masks_methods_keep_their_defaults() -> None:
    assert make_explainers(DEFAULT_METHODS, None, {}) == [
        methods.create(n) for n in DEFAULT_METHODS
    ]


def test_settings_win_over_masks() -> None:
    texts = parse_settings(["rise.masks=5", "mfpp.scales=4,9", "mfpp.estimator=mean"])
    mfpp, rise = make_explainers(["mfpp", "rise"], 37, texts)
    assert mfpp == methods.create("mfpp", masks=37, scales=(4, 9), estimator="mean")
    assert rise == methods.create("rise", masks=5)


def test_the_command_line_chooses_how_fragments_are_cut() -> None:
    texts = ["mfpp.segmenter=quickshift", "mfpp.labels=own pieces.png", "mfpp-paper.sigma=2.5"]
    mfpp, paper = make_explainers(["mfpp", "mfpp-paper"], None, parse_settings(texts))
    assert mfpp.cutting == Cutting("quickshift", labels="own pieces.png")
    assert paper.cutting == Cutting(sigma=2.5)
    with pytest.raises(UnknownNameError, match="did you mean 'watershed'"):
        make_explainers(["mfpp"], None, {"mfpp": {"segmenter": "watersheds"}})


@pytest.mark.parametrize(
    ("names", "texts", "error", "sentence"),
    [
        (["mfp"], [], UnknownNameError, "unknown method 'mfp', did you mean 'mfpp'"),
        (["mfpp", "mfpp"], [], ParameterError, "'mfpp' is named twice"),
        (
            ["rise"],
            ["mfpp.keep=0.4"],
            ParameterError,
            "'mfpp', which is not among the methods to run: rise",
        ),
        (["rise"], ["rise.kep=0.4"], UnknownNameError, "'kep', did you mean 'keep'.*cells"),
        (["rise"], ["rise.keep=half"], ParameterError, "keep takes a number, got 'half'"),
        (["rise"], ["rise.keep=2"], ParameterError, "between 0.01 and 0.99, got 2"),
        (["rise"], ["rise.estimator=men"], UnknownNameError, "did you mean 'mean'"),
    ],
)
def test_what_does_not_suit_is_one_sentence(
    names: list[str], texts: list[str], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence) as caught:
        make_explainers(names, None, parse_settings(texts))
    assert "\n" not in str(caught.value)


def test_settings_are_read_by_method_and_field() -> None:
    texts = [" mfpp.keep = 0.4", "mfpp.keep=0.3", "rise.estimator=a=b"]
    assert parse_settings(texts) == {"mfpp": {"keep": "0.3"}, "rise": {"estimator": "a=b"}}


@pytest.mark.parametrize("text", ["", "mfpp", "mfpp.keep", "keep=0.4", ".keep=1", "mfpp.=1"])
def test_settings_of_another_form_are_explained(text: str) -> None:
    with pytest.raises(ParameterError, match=r"is not METHOD\.FIELD=VALUE, such as"):
        parse_settings([text])


def test_every_picture_has_a_folder_of_its_own() -> None:
    names = ["x/a.png", "y/a.jpg", "a-2.png", "A.png", "a.b.png", "...png", "a.png"]
    folders = report_folders([Path(name) for name in names], Path("out"))
    assert [f.name for f in folders] == ["a", "a-2", "a-2-2", "A-3", "a.b", "picture", "a-4"]
    assert {f.parent for f in folders} == {Path("out")}


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("cst", "unknown class 'cst', did you mean 'cat'"),
        ("10", "choose from 0 to 9"),
        ("-1", "choose from 0 to 9"),
        ("Crane", "several classes are called 'Crane'; give the index: 6 or 7"),
    ],
)
def test_an_unknown_class_is_told_before_any_picture(
    small_classifier: TorchClassifier, monkeypatch: pytest.MonkeyPatch, target: str, sentence: str
) -> None:
    monkeypatch.setattr(batch, "load_classifier", lambda *_, **__: small_classifier)
    with pytest.raises((UnknownNameError, ParameterError), match=sentence):
        load("builtin:small", "cpu", target)
    assert load("builtin:small", "cpu", "CAT") is small_classifier


def test_an_unknown_model_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'efficientnet-lite0'"):
        load("builtin:efficientnet", "cpu", "top1")


def test_pictures_are_explained_into_their_folders(
    explain: Callable[[Iterable[Path]], list[Outcome]],
    make_photo: Callable[..., Path],
    tmp_path: Path,
) -> None:
    paths = [make_photo("one.png", seed=1), make_photo("two.png", seed=2, height=200, width=90)]
    outcomes = explain(paths)
    assert [o.folder for o in outcomes] == [tmp_path / "reports" / n for n in ("one", "two")]
    for outcome in outcomes:
        assert (outcome.folder / "run.json").is_file()
        assert [r.state.stage for r in outcome.report.results] == [Stage.FINISHED] * 2
        target = outcome.report.results[0].state.target
        assert target == outcome.report.top[0][0]
        assert outcome.report.results[0].probability == outcome.report.top[0][1]


def test_a_bad_picture_does_not_stop_the_others(
    explain: Callable[[Iterable[Path]], list[Outcome]],
    make_photo: Callable[..., Path],
    tmp_path: Path,
) -> None:
    good = make_photo("good.png")
    cut = tmp_path / "cut.png"
    cut.write_bytes(good.read_bytes()[:3000])
    text = tmp_path / "text.png"
    text.write_text("no picture")
    dot = make_photo("dot.png", height=1, width=1)
    long = tmp_path / ("x" * 300 + ".png")
    paths = [tmp_path / "missing.png", cut, text, dot, long, tmp_path, good]
    *bad, last = explain(paths)
    expected = ("no such file", "damaged", "not a picture", "too few", "cannot be read", "a folder")
    for outcome, words in zip(bad, expected, strict=True):
        assert words in outcome.error
        assert "\n" not in outcome.error
        assert outcome.folder is None
    assert last.error == ""
    assert [entry.name for entry in (tmp_path / "reports").iterdir()] == ["good"]


def test_an_over_large_picture_is_refused(
    explain: Callable[[Iterable[Path]], list[Outcome]],
    photo: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fragscope_explainers.picture_size.MAX_PIXELS", 10_000)
    (outcome,) = explain([photo])
    assert outcome.error == (
        "photo.png: 140 x 90 pixels are more than the limit of 10,000; make it smaller"
    )


def test_running_out_of_memory_does_not_stop_the_others(
    explain: Callable[[Iterable[Path]], list[Outcome]],
    make_photo: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = batch.read_image

    def read(path: Path, window: Window | None) -> object:
        if path.stem == "big":
            raise MemoryError
        return real(path, window)

    monkeypatch.setattr(batch, "read_image", read)
    big, small = explain([make_photo("big.png"), make_photo("small.png")])
    assert big.error.endswith("memory ran out; make the picture smaller")
    assert small.error == ""


def test_a_model_is_looked_over_on_its_first_picture_only(
    explain: Callable[[Iterable[Path]], list[Outcome]],
    make_photo: Callable[..., Path],
    small_classifier: TorchClassifier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []

    def look_over(classifier: object, model_input: ModelInput) -> tuple[Finding, ...]:
        seen.append(model_input.image.name)
        return (Finding("batch", "warning", "it looks around; freeze it"),)

    monkeypatch.setattr(batch, "look_over", look_over)
    monkeypatch.setattr(small_classifier, "findings", None)
    outcomes = explain([make_photo("one.png"), make_photo("two.png")])
    assert seen == ["one"]
    for outcome in outcomes:
        assert [finding.kind for finding in outcome.report.model.findings] == ["batch"]


def test_a_report_that_cannot_be_written_does_not_stop_the_others(
    explain: Callable[[Iterable[Path]], list[Outcome]],
    make_photo: Callable[..., Path],
    tmp_path: Path,
) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "one").write_text("a file where the folder should be")
    one, two = explain([make_photo("one.png"), make_photo("two.png")])
    assert "Not a directory; choose another folder" in one.error
    assert two.error == ""


def test_progress_is_told_of_methods_and_steps(
    small_classifier: TorchClassifier, plan: Plan, photo: Path
) -> None:
    heard = Heard()
    batch.explain_picture(photo, small_classifier, plan, heard)
    assert heard.started == [("RISE", 12), ("Saliency", 1)]
    assert heard.updates[-1] == (1, "finished")
    assert (12, "evaluating") in heard.updates


def test_facts_of_a_model_come_from_its_classifier(small_classifier: TorchClassifier) -> None:
    facts = model_facts(small_classifier, "builtin:small")
    assert (facts.spec, facts.name, facts.device) == ("builtin:small", "small", "cpu")
    assert facts.preprocessing["short_side"] == 72
    assert facts.labels == small_classifier.labels
