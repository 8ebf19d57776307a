"""The scenes that are grabbed: one for every feature, each on its own."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QPointF
from scene_list import scene
from studio import Studio

from fragscope.autosave import autosave_folder
from fragscope.colours import Display
from fragscope.main_window import MainWindow
from fragscope.session_file import SUFFIX
from fragscope.widgets.parameter_form import ParameterForm
from fragscope_resources.samples import SAMPLES

_CUP = (300.0, 180.0)
"""A point of the cup on the sample photo."""
_ERASED = ((300.0, 180.0), (300.0, 130.0), (260.0, 160.0), (345.0, 150.0))
"""Points of the fragments that are erased there."""
_TALL = (120, 470, 120)
"""Heights of the parts of the side bar where a tab shows much."""


# -- from the first start on -----------------------------------------------------------------


@scene("idle", "What is offered while no picture is open")
def idle(studio: Studio) -> None:
    studio.new_window()
    studio.grab("idle")


@scene("running", "Four methods take turns; their maps sharpen")
def running(studio: Studio) -> None:
    window = studio.new_window()
    studio.open(window)
    studio.wait(lambda: _done(window) > 250 or not window.session.is_running)
    studio.grab("running")


@scene("finished", "Maps, curves and scores of four methods")
def finished(studio: Studio) -> None:
    studio.explained()
    studio.grab("finished")


# -- panels ----------------------------------------------------------------------------------


@scene("maximised", "One panel has all the space")
def maximised(studio: Studio) -> None:
    window = studio.explained()
    window.grid.maximise_place(0)
    studio.grab("maximised")


@scene("detached", "A panel in a window of its own")
def detached(studio: Studio) -> None:
    window = studio.explained()
    window.grid.detach(1)
    studio.grab("detached", above=[window.grid.floating[1]])


@scene("swipe", "Maps left of a line, the picture right of it")
def swipe(studio: Studio) -> None:
    window = studio.explained()
    window.grid.linked.toggle_swipe()
    studio.grab("swipe", around=[window.grid])


@scene("difference", "Where the maps of two panels differ, and how much they agree")
def difference(studio: Studio) -> None:
    window = studio.explained()
    window.grid.show_difference(0, 3)
    studio.grab("difference", around=[window.grid])


@scene("parameters", "The parameters of a method")
def parameters(studio: Studio) -> None:
    window = studio.explained()
    window.edit_parameters(0)
    form = window.findChild(ParameterForm)
    studio.grab("parameters", above=[form])
    form.reject()


@scene("held-class", "One method at two classes side by side, and their difference")
def held_class(studio: Studio) -> None:
    window = studio.explained()
    session = window.session
    shown = session.panels[0]
    for panel in session.panels[1:]:
        session.remove_panel(panel.number)
    session.duplicate_panel(shown.number)
    copy = session.panels[1]
    session.hold(copy.number, session.prediction.top[1])
    studio.wait_done(window)
    window.grid.show_difference(shown.number, copy.number)
    studio.grab("held-class", around=[window.grid])


@scene("arranged", "Six panels, one of them a copy with another estimator")
def arranged(studio: Studio) -> None:
    window = studio.explained()
    session = window.session
    session.add_panel("saliency")
    session.add_panel("mfpp")
    session.configure(session.panels[5].number, "mfpp", {"estimator": "mean", "masks": 500})
    studio.wait_done(window)
    studio.grab("arranged", around=[window.grid])


# -- maps ------------------------------------------------------------------------------------


@scene("display", "Contours, and what may be zero is faded")
def display(studio: Studio) -> None:
    window = studio.explained()
    window.side.tabs.setCurrentIndex(1)
    window.side.display.show_display(Display(contours=True, fade=True, opacity=0.7))
    studio.grab("display", around=[window.grid.panels[1], window.side.tabs])


@scene("fragments", "Fragments of a level, and the effect of one at every scale")
def fragments(studio: Studio) -> None:
    window = studio.explained()
    window.side.pyramid.step(1)
    _point_at(window, *_CUP)
    parts = [window.grid.panels[1], window.side.tabs, window.side.readout.parentWidget()]
    studio.grab("fragments", around=parts)


@scene("cutting", "Another segmenter, before any run uses it")
def cutting(studio: Studio) -> None:
    window = studio.explained()
    control = window.side.pyramid
    window.side.setSizes(list(_TALL))
    control.shown.setChecked(True)
    control.cutting.button.setChecked(True)
    control.form.segmenter.setCurrentText("felzenszwalb")
    studio.wait(lambda: control.preview.pyramid is not None)
    studio.grab("cutting", around=[window.grid.panels[1], window.side.tabs])
    control.cutting.button.setChecked(False)


@scene("weights", "Levels of the pyramid count more or less; no query")
def weights(studio: Studio) -> None:
    window = studio.explained()
    control = window.side.pyramid
    window.side.setSizes(list(_TALL))
    control.weighting.button.setChecked(True)
    for place, slider in enumerate(control.weights.sliders):
        slider.setValue(slider.maximum() * place // 4)
    control.weights.softness.setValue(control.weights.softness.maximum() // 2)
    studio.grab("weights", around=[window.grid.panels[0], window.side.tabs])
    control.weights.reset()
    control.weighting.button.setChecked(False)


# -- questions -------------------------------------------------------------------------------


@scene("classes", "Two pinned classes, and a contrast of two")
def classes(studio: Studio) -> None:
    window = studio.explained()
    first, second, third = window.session.prediction.top[:3]
    for pinned in (first, third):
        window.side.classes.toggle_pin(pinned)
    window.side.setSizes([400, 250, 60])
    window.side.classes.toggle_contrast(second)
    studio.grab("classes", around=[window.grid.panels[1], window.side.classes.parentWidget()])
    for pinned in (first, third):
        window.side.classes.toggle_pin(pinned)


@scene("what-if", "A fragment is erased and the probabilities change")
def what_if(studio: Studio) -> None:
    window = studio.explained()
    window.side.setSizes(list(_TALL))
    for point in _ERASED:
        part = window.what_if.fragment_at(*point)
        if part is not None:
            window.what_if.erase(part)
    window.what_if.bring_to_front()
    studio.wait(lambda: not window.what_if.what_if.is_asking)
    studio.grab("what-if", around=[window.grid.panels[1], window.side.tabs])


@scene("smallest-set", "The fragments that suffice for the prediction")
def smallest_set(studio: Studio) -> None:
    window = studio.explained()
    window.side.setSizes(list(_TALL))
    window.side.pyramid.slider.setValue(2)
    window.what_if.bring_to_front()
    window.what_if.control.smallest.keep.click()
    studio.wait(lambda: not window.what_if.what_if.is_searching)
    studio.grab("smallest-set", around=[window.grid.panels[1], window.side.tabs])


@scene("curves", "The scrubber shows what was scored")
def curves(studio: Studio) -> None:
    window = studio.explained()
    window.curves.scrubber.move("deletion", 0.15)
    studio.rest(0.5)
    studio.grab("curves", around=[window.grid.panels[2], window.grid.panels[3], window.curves])


# -- sessions --------------------------------------------------------------------------------


@scene("session", "The menu File: sessions are saved and opened there")
def session_menu(studio: Studio) -> None:
    window = studio.explained()
    button = window.tools.file_button
    window.desk.menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
    window.desk.menu.setActiveAction(window.actions_["save"])
    parts = [window.tools, window.grid.panels[1]]
    studio.grab("session", around=parts, menu=window.desk.menu)


@scene("restore", "What was open before a crash can be restored")
def restore(studio: Studio) -> None:
    window = studio.explained()
    desk, folder = window.desk, autosave_folder()
    folder.mkdir(parents=True, exist_ok=True)
    left, said = folder / f"crashed{SUFFIX}", list[str]()
    desk.keeper.write(desk.keeper.capture(), left, said.append, embeds=False)
    studio.wait(lambda: said == [""])
    desk.start_keeping()
    studio.wait(desk.offer.isVisible)
    studio.grab("restore", around=[desk.offer, window.grid])
    desk.offer.discard_button.click()
    desk.autosave.stop()


# -- around it -------------------------------------------------------------------------------


@scene("palette", "Everything that can be done, by its name")
def palette(studio: Studio) -> None:
    window = studio.explained()
    window.guide.palette.appear()
    window.guide.palette.field.setText("show")
    studio.grab("palette", around=[window.guide.palette.card])


@scene("keys", "All keys on one sheet")
def keys(studio: Studio) -> None:
    window = studio.explained()
    window.guide.keys.appear()
    studio.grab("keys", around=[window.guide.keys.card])


@scene("hints", "Five hints, in the order of a first look around")
def hints(studio: Studio) -> None:
    window = studio.explained()
    window.guide.hints.start()
    window.guide.hints.next.click()
    studio.grab("hints")


@scene("errors", "What went wrong stands where it did")
def errors(studio: Studio) -> None:
    window = studio.explained()
    session = window.session
    session.add_panel("saliency")
    added = session.panels[4].number
    session.configure(added, "rise", {"cells": 1})
    with TemporaryDirectory() as folder:
        broken = Path(folder) / "broken.png"
        broken.write_bytes(b"no picture")
        window.open_file(broken)
        studio.wait(window.notice.isVisible)
    studio.wait_done(window)
    studio.grab("errors", around=[window.notice, window.grid])


@scene("dark", "The dark theme")
def dark(studio: Studio) -> None:
    window = studio.explained()
    window.theme.choose("dark")
    studio.grab("dark")


@scene("large", "The same window on a screen of 3840 x 2160 pixels", in_help=False)
def large(studio: Studio) -> None:
    window = studio.explained()
    before = window.size()
    window.resize(3840, 2160)
    studio.rest(0.5)
    studio.grab("large", in_help=False)
    window.resize(before)


@scene("bring-back", "What another session took the place of can be brought back")
def bring_back(studio: Studio) -> None:
    window = studio.explained()
    desk, said = window.desk, list[str]()
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"earlier{SUFFIX}"
        desk.keeper.write(desk.keeper.capture(), path, said.append)
        studio.wait(lambda: said == [""])
        desk.open(path)
        studio.wait(desk.replaced.isVisible)
        studio.grab("bring-back", around=[desk.replaced, window.grid.panels[1]])
    studio.close()


@scene("pictures", "Several pictures, one explained behind the other")
def pictures(studio: Studio) -> None:
    window = studio.new_window({"mfpp": {"masks": 500}, "rise": {"masks": 1000}})
    window.open_files([entry.path for entry in SAMPLES])
    studio.wait(lambda: window.session.prediction is not None)
    studio.wait_done(window)
    window.session.album.run_pictures()
    window.resize(
        *studio.size
    )  # panels in one row had made it wider, before they found their places
    studio.rest(1.0)
    studio.grab("pictures")
    studio.close()


def _point_at(window: MainWindow, x: float, y: float) -> None:
    """Put the pointer on a point of the picture, as the first view tells it."""
    view = window.grid.views[0]
    scene_point = view.box.mapViewToScene(QPointF(x, y))
    view.scene().sigMouseMoved.emit(scene_point)


def _done(window: MainWindow) -> int:
    state = window.session.panels[0].state
    return state.snapshot.done if state is not None else 0
