"""Panels that ask a model of their own, beside the window's, about the same picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fragscope.class_match import same_class
from fragscope.colours import Display
from fragscope.model_choice import ModelChoice
from fragscope.presets import PRESETS, supported
from fragscope.reports import run_facts, summary_rows
from fragscope.session import Session, Status
from fragscope.session_report import session_report
from fragscope_explainers.classifiers.loaded import LoadedClassifier
from fragscope_explainers.errors import ModelError
from fragscope_explainers.metrics.agreement import agreement, carried

from ..conftest import LABELS, is_done
from .two_models import NAMES, OTHER, Loads, another, black_box, hold


def test_a_panel_asks_its_own_model(two: Session, qtbot: QtBot) -> None:
    model = hold(two, qtbot, 0)
    own, window = two.panel(0), two.panel(1)
    assert own.state is not None
    assert window.state is not None
    assert own.state.saliency.shape == (40, 48)
    assert window.state.saliency.shape == (64, 64)
    assert (own.state.target, window.state.target) == (NAMES.index("DOG"), LABELS.index("dog"))
    prediction = two.prediction_of(own)
    assert prediction is not None
    assert prediction.model_input.geometry.box == (0, 0, *reversed(two.image.pixels.shape[:2]))
    score = float(model.probabilities(prediction.model_input.tensor()[None])[0, 1])
    assert own.state.curves["deletion"].scores[0] == pytest.approx(score, abs=1e-5)
    assert two.classifier is not model
    assert two.names()[0] == "MFPP, other"
    assert two.label_of(own, own.state.target) == "DOG"


def test_it_follows_the_window_by_name(two: Session, qtbot: QtBot) -> None:
    hold(two, qtbot, 0)
    two.set_target(LABELS.index("bee"))
    qtbot.waitUntil(lambda: is_done(two), timeout=20_000)
    assert two.target_of(two.panel(0)) == NAMES.index("Bee")
    assert two.panel(0).state.saliency.shape == (40, 48)


def test_a_class_that_it_lacks_is_said(two: Session, qtbot: QtBot) -> None:
    hold(two, qtbot, 0, "eel")
    panel = two.panel(0)
    assert panel.status is Status.UNSUPPORTED
    assert panel.state is None
    assert panel.obstacle.startswith("other has no class called 'eel'; explain another class")
    assert two.aspect_of(panel) is None
    two.hold(0, NAMES.index("cat"))
    qtbot.waitUntil(lambda: panel.status is Status.FINISHED, timeout=20_000)
    assert panel.state.target == NAMES.index("cat")
    two.hold(0, None)
    assert panel.status is Status.UNSUPPORTED
    two.set_target(LABELS.index("cat"))
    qtbot.waitUntil(lambda: panel.status is Status.FINISHED, timeout=20_000)


def test_a_model_is_loaded_once_and_let_go(two: Session, qtbot: QtBot) -> None:
    model = hold(two, qtbot, 0)
    assert two.load_extra_model(OTHER) == 0
    two.set_panel_model(1, 0)
    assert two.shelf.classifier(0) is model
    two.set_panel_model(0, None)
    assert two.shelf.classifier(0) is model
    two.remove_panel(1)
    assert two.shelf.classifier(0) is None
    assert not two.picture.others
    qtbot.waitUntil(lambda: model.closed == 1)
    two.set_panel_model(0, 0)
    qtbot.waitUntil(lambda: two.panel(0).status is Status.FINISHED, timeout=20_000)
    assert two.shelf.classifier(0) not in (None, model)


def test_a_model_that_fails_is_told_in_its_panel(two: Session, loads: Loads, qtbot: QtBot) -> None:
    def fail() -> LoadedClassifier:
        raise ModelError("other.pt is no model")

    loads[OTHER.spec] = fail
    with qtbot.waitSignal(two.noticed) as said:
        two.set_panel_model(0, two.load_extra_model(OTHER))
    assert said.args == ["other.pt is no model"]
    panel = two.panel(0)
    assert (panel.status, panel.obstacle) == (Status.UNSUPPORTED, "other.pt is no model")
    assert two.panel(1).status is Status.FINISHED
    loads[OTHER.spec] = another
    two.run(panel)
    qtbot.waitUntil(lambda: panel.status is not Status.UNSUPPORTED)


def test_another_picture_is_asked_about_too(
    two: Session, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    hold(two, qtbot, 0)
    first = two.picture
    copy = tmp_path / f"copy{photo.suffix}"
    copy.write_bytes(photo.read_bytes())
    two.open_file(copy)
    qtbot.waitUntil(lambda: two.picture is not first and two.prediction is not None, timeout=20_000)
    two.set_target(LABELS.index("dog"))
    qtbot.waitUntil(lambda: is_done(two) and 0 in two.picture.others, timeout=20_000)
    assert two.panel(0).model == 0
    assert two.panel(0).state.saliency.shape == (40, 48)


def test_reports_name_the_model_of_each_result(two: Session, qtbot: QtBot) -> None:
    hold(two, qtbot, 0)
    report = session_report(two, Display())
    rows = [(row[0], row[2], row[-2]) for row in summary_rows(report)]
    assert rows[:2] == [("mfpp", "DOG", "other"), ("rise", "dog", "small")]
    facts = run_facts(report)["methods"]
    assert [entry["model"]["name"] for entry in facts[:2]] == ["other", "small"]
    assert facts[0]["geometry"]["input_size"] == (40, 48)
    assert report.results[0].probability == pytest.approx(
        float(two.picture.others[0].probabilities[NAMES.index("DOG")])
    )


def test_two_models_side_by_side(two: Session, qtbot: QtBot) -> None:
    hold(two, qtbot, 0)
    two.compare_models(0)
    qtbot.waitUntil(lambda: is_done(two), timeout=60_000)
    chosen = [(panel.method.name, panel.model) for panel in two.panels]
    assert chosen == [("mfpp", None), ("mfpp", 0), ("grad-cam", None), ("grad-cam", 0)]
    one, other = (two.panels[place] for place in (0, 1))
    inputs = [two.prediction_of(panel).model_input.geometry for panel in (one, other)]
    values = carried(other.state.saliency, inputs[1], inputs[0])
    assert values.shape == (64, 64)
    assert -1 <= agreement(one.state.saliency, values).spearman <= 1


def test_two_models_of_which_one_is_a_black_box_leave_no_panel_dead(
    two: Session, loads: Loads, qtbot: QtBot
) -> None:
    closed = ModelChoice("box.onnx")
    loads[closed.spec] = black_box
    two.set_target(LABELS.index("dog"))
    number = two.load_extra_model(closed)
    qtbot.waitUntil(lambda: two.shelf.classifier(number) is not None)
    with qtbot.waitSignal(two.noticed) as said:
        two.compare_models(number)
    assert said.args == [
        "Grad-CAM cannot explain both the window's model and box; RISE takes its place."
    ]
    chosen = [(panel.method.name, panel.model) for panel in two.panels]
    assert chosen == [("mfpp", None), ("mfpp", number), ("rise", None), ("rise", number)]
    ends = (Status.FINISHED, Status.UNSUPPORTED)
    qtbot.waitUntil(lambda: all(p.status in ends for p in two.panels), timeout=60_000)
    assert all(panel.status is Status.FINISHED for panel in two.panels)


def test_a_black_box_leaves_methods_out(
    loads: Loads, session: Session, qtbot: QtBot, photo: Path
) -> None:
    loads[session.choice.spec] = black_box
    session.load_model()
    session.open_file(photo)
    ends = (Status.FINISHED, Status.UNSUPPORTED)
    qtbot.waitUntil(lambda: all(p.status in ends for p in session.panels), timeout=20_000)
    found = {panel.method.name: panel.status for panel in session.panels}
    assert found["mfpp"] is found["rise"] is Status.FINISHED
    assert found["grad-cam"] is found["integrated-gradients"] is Status.UNSUPPORTED
    assert session.panel(3).obstacle == session.why_unsupported("grad-cam")
    with qtbot.waitSignal(session.noticed) as said:
        session.use_panels(PRESETS[1].panels)
    assert said.args[0].startswith("Grad-CAM left out: Grad-CAM needs the model's layers")
    assert [panel.method.name for panel in session.panels] == ["mfpp", "rise"]
    session.use_panels(PRESETS[4].panels)  # gradients only: nothing would be left
    assert [panel.method.name for panel in session.panels] == ["mfpp", "rise"]


def test_presets_without_reasons_stay_whole() -> None:
    assert supported(PRESETS[0].panels, lambda _: "") == (PRESETS[0].panels, "")


@pytest.mark.parametrize(
    ("index", "others", "place"),
    [
        (3, LABELS, 3),
        (3, NAMES, 1),
        (3, ("Dog", "dog"), 1),
        (4, NAMES, None),
        (None, NAMES, None),
        (7, LABELS, 7),
    ],
)
def test_classes_are_matched_by_name(
    index: int | None, others: tuple[str, ...], place: int | None
) -> None:
    assert same_class(index, LABELS, others) == place


def test_another_model_for_the_window_leaves_those_of_panels_alone(
    two: Session, loads: Loads, qtbot: QtBot
) -> None:
    hold(two, qtbot, 0)
    own, state = two.panel(0), two.panel(0).state
    loads["third.pt"] = third = lambda: another(("cat", "dog", "kite"))
    two.load_model(ModelChoice("third.pt"))
    qtbot.waitUntil(lambda: len(two.classifier.labels) == len(third().labels))
    qtbot.waitUntil(lambda: two.prediction is not None and is_done(two), timeout=20_000)
    assert two.panel(0) is own
    assert own.state is state
    assert two.label_of(own, own.answers_for) == "DOG"
    assert two.label(two.target) == "dog"
    assert two.panel(1).state.target == two.target


def test_models_of_one_name_are_called_by_their_files(
    session: Session, loads: Loads, qtbot: QtBot, photo: Path
) -> None:
    loads[OTHER.spec] = another
    session.load_model()
    session.open_file(photo)
    qtbot.waitUntil(lambda: is_done(session), timeout=20_000)
    number = session.panels[0].number
    hold(session, qtbot, number)
    assert session.model_name(session.panel(number)) == session.shelf[0].name
    session.classifier.name, kept = session.shelf[0].name, session.classifier.name
    assert session.model_name(session.panel(number)) == session.shelf[0].file_name
    session.classifier.name = kept
