"""Panels with a model of their own come back from a session file, and their models stay shut."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from fragscope import preparation
from fragscope.archive import FACTS
from fragscope.model_choice import ModelChoice
from fragscope.pictures import MOST_DECODED
from fragscope.session import Session, Status
from fragscope.session_file import write_session
from fragscope.session_keeper import SessionKeeper
from fragscope.session_reading import read_session
from fragscope.stored_session import View, stored_session
from fragscope_explainers.classifiers.catalog import load_classifier
from fragscope_explainers.classifiers.loaded import LoadedClassifier
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError, SessionError

from ..conftest import LABELS, is_done
from .session_files import rewritten
from .two_models import NAMES, OTHER, Loads, another, hold


@pytest.fixture
def saved(two: Session, qtbot: QtBot, tmp_path: Path) -> Path:
    """The file of a session whose first panel has a model of its own."""
    hold(two, qtbot, 0)
    path = tmp_path / "two.fragscope"
    write_session(stored_session(two, View(differences=((0, 1),), maximised=0)), path)
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lengths of the batches that any model is asked from now on."""
    found: list[int] = []
    whole = TorchClassifier.logits

    def logits(self: TorchClassifier, batch: Any) -> Any:
        found.append(len(batch))
        return whole(self, batch)

    monkeypatch.setattr(TorchClassifier, "logits", logits)
    return found


@pytest.fixture
def later(quick_model: None, loads: Loads, qtbot: QtBot) -> Iterator[Session]:
    """A session of another day, with the window's model and none of panels."""
    found = Session()
    found.load_model()
    qtbot.waitUntil(lambda: found.classifier is not None)
    yield found
    found.close()


Reopen = Callable[[Session, Path], View]


@pytest.fixture
def reopen(qtbot: QtBot) -> Iterator[Reopen]:
    """Opens a file in a session as people do, and gives what its view was."""
    keepers: list[SessionKeeper] = []

    def open_file(session: Session, path: Path) -> View:
        keepers.append(SessionKeeper(session, View))
        session.model_changed.emit()
        with qtbot.waitSignal(keepers[-1].opened, timeout=20_000) as told:
            keepers[-1].open(path)
        settle(session, qtbot)
        view = told.args[0]
        assert isinstance(view, View)
        return view

    yield open_file
    for keeper in keepers:
        keeper.close()


def settle(session: Session, qtbot: QtBot) -> None:
    """Wait until the worker has done all that was asked before."""
    done: list[int] = []
    session.in_background(lambda: 1, done.append)
    qtbot.waitUntil(lambda: done == [1])


def test_results_come_back_where_their_model_is_not(
    two: Session, saved: Path, later: Session, qtbot: QtBot, asked: list[int], reopen: Reopen
) -> None:
    view = reopen(later, saved)
    assert (view.differences, view.maximised) == (((0, 1),), 0)
    own, panel = two.panel(0), later.panel(0)
    assert later.shelf.classifier(panel.model) is None
    assert not later.shelf.loading.is_busy
    assert asked == []
    assert panel.status is Status.FINISHED
    assert own.state is not None
    assert panel.state is not None
    assert panel.state.saliency.tobytes() == own.state.saliency.tobytes()
    found, expected = later.prediction_of(panel), two.prediction_of(own)
    assert found is not None
    assert expected is not None
    assert found.model_input.geometry == expected.model_input.geometry
    assert found.probabilities.tobytes() == expected.probabilities.tobytes()
    assert later.label_of(panel, panel.state.target) == "DOG"
    assert later.names()[0] == "MFPP, other"
    assert later.why_missing(panel).startswith("Its model, other, is not open. Run again to open")
    assert later.why_missing(later.panel(1)) == ""
    assert [p.status for p in later.panels] == [Status.FINISHED] * 4


def test_what_is_opened_is_saved_as_it_was(
    saved: Path, later: Session, qtbot: QtBot, tmp_path: Path, reopen: Reopen
) -> None:
    reopen(later, saved)
    again = tmp_path / "again.fragscope"
    write_session(stored_session(later, View()), again)
    first, second = read_session(saved), read_session(again)
    assert first.models == second.models
    assert first.models[0].facts == replace(second.models[0].facts, spec=first.models[0].facts.spec)
    for one, other in zip(first.pictures[0].panels, second.pictures[0].panels, strict=True):
        assert (one.model, one.settings, one.status) == (other.model, other.settings, other.status)
        assert one.state.saliency.tobytes() == other.state.saliency.tobytes()
    said = [stored.pictures[0].others[0].probabilities for stored in (first, second)]
    assert np.array_equal(*said)


def test_classes_turn_without_a_query_and_results_are_not_lost(
    saved: Path, later: Session, qtbot: QtBot, asked: list[int], reopen: Reopen
) -> None:
    reopen(later, saved)
    panel = later.panel(0)
    state = panel.state
    later.hold(1, later.target)
    for name, status in (("eel", Status.UNSUPPORTED), ("dog", Status.FINISHED)):
        later.set_target(LABELS.index(name))
        assert panel.status is status
        assert panel.state is state
    assert panel.saliency(later.aspect_of(panel)) is state.saliency
    later.set_target(LABELS.index("bee"))  # in the same run
    assert panel.status is Status.FINISHED
    assert panel.saliency(later.aspect_of(panel)) is not None
    assert not later.shelf.loading.is_busy


def test_running_a_panel_opens_its_model(
    saved: Path, later: Session, loads: Loads, qtbot: QtBot, reopen: Reopen
) -> None:
    loads[OTHER.spec] = another
    reopen(later, saved)
    panel = later.panel(0)
    state = panel.state
    later.run(panel)
    assert panel.state is state  # it stays until there is another
    qtbot.waitUntil(lambda: panel.status is Status.FINISHED, timeout=20_000)
    assert later.shelf.classifier(panel.model) is not None
    assert later.why_missing(panel) == ""
    assert panel.state is not state
    np.testing.assert_allclose(panel.state.saliency, state.saliency, atol=1e-5)


def test_a_model_that_is_gone_is_named_and_its_result_stays(
    saved: Path, later: Session, loads: Loads, qtbot: QtBot, reopen: Reopen
) -> None:
    def fail() -> LoadedClassifier:
        raise ModelError("there is no file other.pt; look where it went")

    loads[OTHER.spec] = fail
    reopen(later, saved)
    panel = later.panel(0)
    state = panel.state
    with qtbot.waitSignal(later.noticed) as said:
        later.run(panel)
    assert said.args == ["there is no file other.pt; look where it went"]
    assert (panel.state, panel.status) == (state, Status.FINISHED)
    assert later.why_missing(panel).startswith("Its model, other, could not be opened. Mend that")
    assert later.shelf[panel.model].failure == said.args[0]
    later.set_target(LABELS.index("cat"))
    qtbot.waitUntil(lambda: is_done(later), timeout=20_000)
    assert not later.shelf.loading.is_busy  # it is tried again on request only
    loads[OTHER.spec] = another
    later.run(panel)
    qtbot.waitUntil(lambda: panel.state is not state, timeout=20_000)
    assert later.why_missing(panel) == ""


def test_a_model_that_is_another_by_now_takes_its_results_away(
    saved: Path, later: Session, loads: Loads, qtbot: QtBot, reopen: Reopen
) -> None:
    loads[OTHER.spec] = lambda: another(NAMES, (32, 32))
    reopen(later, saved)
    later.set_panel_model(1, later.panel(0).model)
    qtbot.waitUntil(lambda: later.shelf.classifier(0) is not None, timeout=20_000)
    qtbot.waitUntil(
        lambda: all(later.panel(n).status is Status.FINISHED for n in (0, 1)), timeout=20_000
    )
    assert [later.panel(n).state.saliency.shape for n in (0, 1)] == [(32, 32), (32, 32)]


def test_a_model_that_is_loaded_is_taken_without_a_query(
    two: Session, saved: Path, qtbot: QtBot, asked: list[int], reopen: Reopen
) -> None:
    model = two.shelf.classifier(0)
    reopen(two, saved)
    assert two.panel(0).model == 0
    assert two.shelf.classifier(0) is model
    assert asked == []
    assert two.why_missing(two.panel(0)) == ""
    two.run(two.panel(0))
    qtbot.waitUntil(lambda: two.panel(0).status is Status.FINISHED, timeout=20_000)
    assert asked


def test_pictures_that_were_let_go_show_their_results_again(
    two: Session,
    later: Session,
    qtbot: QtBot,
    make_photo: Callable[..., Path],
    tmp_path: Path,
    reopen: Reopen,
) -> None:
    first = two.picture
    hold(two, qtbot, 0)
    for number in range(MOST_DECODED):
        two.open_file(make_photo(f"{number}.png", 60 + number, 90, number))
        qtbot.waitUntil(lambda: two.picture is not first and two.prediction is not None)
        two.stop_all()
        two.run_all()
        qtbot.waitUntil(
            lambda: not two.is_running and two.panel(0).status is not Status.EMPTY, timeout=30_000
        )
    qtbot.waitUntil(lambda: first.image is None, timeout=10_000)
    assert first.others == {}
    path = tmp_path / "many.fragscope"
    write_session(stored_session(two, View()), path)
    reopen(later, path)
    front = later.album.pictures[0]
    later.album.show(front.number)
    qtbot.waitUntil(lambda: later.picture is front and bool(front.others), timeout=10_000)
    panel = later.panel(0)
    assert panel.status is Status.FINISHED
    assert panel.saliency(later.aspect_of(panel)) is not None


# -- files from anywhere --------------------------------------------------------------------


@pytest.mark.parametrize(
    "spec", ["evil.py:load", "evil:load", "evil.pt", "https://example.org/v2/models/evil"]
)
def test_opening_runs_no_code(
    saved: Path,
    later: Session,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    spec: str,
    reopen: Reopen,
) -> None:
    """Neither a factory that a file names nor anything else of it is loaded."""
    (tmp_path / "evil.py").write_text("from pathlib import Path\nPath('ran').write_text('yes')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    def spoil(facts: dict[str, Any]) -> None:
        facts["own_models"][0].update(spec=spec, trusted=True)
        facts["own_models"][0]["known"].update(spec=spec)

    monkeypatch.setattr(
        preparation, "load_model", lambda choice, _: pytest.fail(f"{choice.spec} was loaded")
    )
    reopen(later, rewritten(saved, spoil))
    panel = later.panel(0)
    later.set_target(LABELS.index("eel"))
    later.set_target(LABELS.index("dog"))
    settle(later, qtbot)
    assert not (tmp_path / "ran").exists()
    choice = later.shelf[panel.model].choice
    assert (choice.spec, choice.trusted) == (spec, False)
    assert spec in later.why_missing(panel)


def test_running_it_asks_for_trust_first(
    saved: Path,
    later: Session,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    reopen: Reopen,
) -> None:
    ran = tmp_path / "ran"
    code = tmp_path / "evil.py"
    code.write_text(f"open({str(ran)!r}, 'w').close()\n")

    def load(choice: ModelChoice, _: object) -> Iterator[LoadedClassifier]:
        yield load_classifier(choice.spec, trusted=choice.trusted)

    def spoil(facts: dict[str, Any]) -> None:
        facts["own_models"][0].update(spec=f"{code}:load", trusted=True)

    reopen(later, rewritten(saved, spoil))
    monkeypatch.setattr(preparation, "load_model", load)
    with qtbot.waitSignal(later.shelf.loading.failed) as told:
        later.run(later.panel(0))
    assert told.args[1].kind == "DistrustedError"
    assert not ran.exists()
    assert later.panel(0).state is not None


def test_files_hold_neither_trust_nor_secrets(two: Session, qtbot: QtBot, tmp_path: Path) -> None:
    hold(two, qtbot, 0)
    two.shelf[0].choice = ModelChoice(
        "https://me:secret@host/v2/models/x?token=secret",
        {"labels": "https://me:secret@host/names.txt"},
        trusted=True,
    )
    path = tmp_path / "secret.fragscope"
    write_session(stored_session(two, View()), path)
    with zipfile.ZipFile(path) as file:
        facts = file.read(FACTS).decode()
    assert "secret" not in facts.replace("secret.fragscope", "")
    assert "trusted" not in facts
    choice = read_session(path).models[0].choice
    assert choice.spec == "https://host/v2/models/x"
    assert not choice.trusted


def test_files_without_such_panels_are_for_older_versions_too(
    explained: Session, saved: Path, tmp_path: Path
) -> None:
    path = tmp_path / "plain.fragscope"
    stored = stored_session(explained, View())
    plain = tuple(replace(p, panels=p.panels[1:], others={}) for p in stored.pictures)
    write_session(replace(stored, models=(), pictures=plain), path)
    for file, version in ((path, 1), (saved, 2)):
        with zipfile.ZipFile(file) as archive:
            assert json.loads(archive.read(FACTS))["version"] == version


def test_files_of_older_versions_open(explained: Session, tmp_path: Path) -> None:
    path = tmp_path / "plain.fragscope"
    write_session(stored_session(explained, View()), path)

    def age(facts: dict[str, Any]) -> None:
        del facts["own_models"]
        for name in ("detached", "hidden", "scrubber", "alone", "swipe"):
            del facts["view"][name]
        for picture in facts["pictures"]:
            del picture["others"]
            for panel in picture["panels"]:
                del panel["model"]

    found, new = read_session(rewritten(path, age)), read_session(path)
    assert (found.models, found.view) == ((), new.view)
    assert [panel.model for panel in found.pictures[0].panels] == [None] * 4


def _own(facts: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = facts["own_models"][0]
    return found


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda facts: _own(facts).update(number=7), "not about|not listed"),
        (lambda facts: _own(facts).update(known=None), "classes"),
        (lambda facts: facts["own_models"].append(_own(facts)), "two models have one number"),
        (lambda facts: _own(facts)["known"]["labels"].pop(), "classes"),
        (lambda facts: _own(facts)["known"]["preprocessing"].update(input_size=[9, 9]), "grid"),
        (lambda facts: _own(facts).update(settings={"mean": 3}), "text"),
        (lambda facts: _own(facts).update(settings=[]), "settings"),
        (lambda facts: facts["pictures"][0]["panels"][0].update(held=4), "class"),
        (lambda facts: facts["pictures"][0]["panels"][1].update(model=0), "class|grid"),
        (lambda facts: facts["pictures"][0]["panels"][0].update(model=-1), "whole number"),
        (lambda facts: facts["pictures"][0]["others"][0].update(top=[4]), "class"),
    ],
)
def test_facts_that_do_not_belong_together_are_refused(
    saved: Path, spoil: Callable[[dict[str, Any]], object], why: str
) -> None:
    with pytest.raises(SessionError, match=why):
        read_session(rewritten(saved, spoil))
