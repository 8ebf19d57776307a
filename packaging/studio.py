"""The real window as a sitter: it is driven into a state, held there, and grabbed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from PIL import Image as PillowImage
from PIL import ImageColor
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from fragscope.arrangement import Arrangement
from fragscope.colours import METHOD_COLOURS, Display
from fragscope.main_window import MainWindow
from fragscope.session import Session, Status
from fragscope.settings import Settings
from fragscope.widgets import theme
from fragscope.widgets.pacing import pacer
from fragscope_resources.samples import sample

_PATIENCE = 300.0
_WIDEST = 960
"""Width in pixels of a picture of the help at most."""
_COLOURS = 200
_MARGIN = theme.SPACE
_TITLE = 8 * theme.SPACE
_SIDE = (230, 300, 180)
"""Heights of classes, tabs and readout."""
_ENDED = (Status.FINISHED, Status.FAILED, Status.CANCELLED, Status.UNSUPPORTED)


class Studio:
    """One window after another, most scenes on one whose runs have ended.

    Parameters
    ----------
    out : folder of the pictures of the whole window.
    details : folder of the smaller ones that the help shows.
    size : width and height of the window.
    parameters : of methods by their name, where a run is to be shorter than usual.
    """

    def __init__(
        self,
        application: QApplication,
        out: Path,
        details: Path,
        size: tuple[int, int] = (1280, 800),
        parameters: Mapping[str, dict[str, Any]] | None = None,
    ) -> None:
        self._application, self._out, self._details = application, out, details
        self.size, self.parameters = size, parameters or {}
        self._window: MainWindow | None = None

    # -- windows ----------------------------------------------------------------------------

    def new_window(self, parameters: Mapping[str, dict[str, Any]] | None = None) -> MainWindow:
        """A window as at the first start, with its model loaded; methods may run shorter."""
        self.close()
        shorter = {**(parameters or {}), **self.parameters}
        theme.apply(self._application, "light")
        window = self._window = MainWindow(Session(), Settings(hints_seen=True, theme="light"))
        for panel in window.session.panels:
            panel.settings = dict(shorter.get(panel.method.name, {}))
        window.resize(*self.size)
        window.show()
        self.wait(lambda: window.session.classifier is not None)
        return window

    def open(self, window: MainWindow, name: str = "coffee") -> None:
        """Open a sample photo and wait until the model has answered."""
        window.open_file(sample(name).path)
        session = window.session
        self.wait(lambda: session.image is not None and session.image.name == name)
        self.wait(lambda: session.prediction is not None and session.pyramid is not None)

    def explained(self) -> MainWindow:
        """A tidy window in which all panels have explained the cup of coffee."""
        window = self._window
        if window is not None and window.session.image is not None:
            tidy(window)
        else:
            window = self.new_window()
        if window.session.image is None or window.session.image.name != "coffee":
            self.open(window)
        self.wait_done(window)
        return window

    def close(self) -> None:
        """Close the window that there is."""
        if self._window is not None:
            self._window.close()
            self._window.deleteLater()
            self._window = None

    # -- waiting ----------------------------------------------------------------------------

    def wait(self, condition: Callable[[], bool]) -> None:
        """Let the window live until something is so."""
        until = time.monotonic() + _PATIENCE
        while not condition():
            if time.monotonic() > until:
                raise TimeoutError("the window did not get there")
            self._application.processEvents()
            self._application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            time.sleep(0.01)

    def wait_done(self, window: MainWindow) -> None:
        """Let all runs of the picture in front end, and their maps come."""
        session = window.session
        self.wait(lambda: all(panel.status in _ENDED for panel in session.panels))
        self.wait(lambda: window.grid.is_settled)

    def rest(self, seconds: float = 0.2) -> None:
        """Let what is drawn some times a second be drawn."""
        until = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() > until)

    # -- pictures ---------------------------------------------------------------------------

    def grab(
        self,
        name: str,
        *,
        around: Sequence[QWidget] = (),
        above: Sequence[QWidget] = (),
        menu: QMenu | None = None,
        in_help: bool = True,
    ) -> None:
        """Save what the window shows, and the picture of the help.

        Parameters
        ----------
        around : the help shows these only; the whole window, and smaller, where there are none.
        above : windows of their own that lie on the window.
        menu : one that is open over the window.
        in_help : whether the help has the picture; one that it has not keeps few colours.
        """
        window = self._window
        if window is None:
            raise RuntimeError("there is no window to grab")
        self.rest()
        self.wait(lambda: window.grid.is_settled and not pacer().is_busy)
        whole = window.grab()
        for number, other in enumerate(above):
            _lay(whole, other, QPoint(160 + 40 * number, 200 + 40 * number))
        if menu is not None:
            _lay_menu(whole, menu, window.mapFromGlobal(menu.pos()))
        picture, path = _pillow(whole), self._out / f"{name}.png"
        _save(picture if in_help else _in_few_colours(picture), path)
        if in_help:
            detail = _in_few_colours(_detail(picture, window, around))
            _save(detail, self._details / f"{name}.png")
        print(path)


def tidy(window: MainWindow) -> None:
    """Bring a window back to where it was when its runs had ended."""
    _close_all(window)
    _take_back(window)
    grid, side, session = window.grid, window.side, window.session
    if grid.maximised is not None:
        grid.maximise(grid.maximised)
    if any(view.swipe is not None for view in grid.views):
        grid.linked.toggle_swipe()
    window.curves.scrubber.switch(False)
    window.what_if.what_if.drop_search()
    window.what_if.reset()
    side.display.show_display(Display())
    side.input.reset()
    side.pyramid.preview.clear()
    side.pyramid.shown.setChecked(False)
    side.pyramid.slider.setValue(0)
    side.tabs.setCurrentIndex(0)
    side.setSizes(list(_SIDE))
    grid.views[0].left.emit()
    window.theme.choose("light")
    if session.prediction is not None:
        session.set_classes(session.prediction.top[0], None)
    window.undo.history.clear()
    window.status.clearMessage()  # it told what was undone


def _close_all(window: MainWindow) -> None:
    """Close what lies over a window or beside its panels."""
    window.guide.palette.dismiss()
    window.guide.keys.dismiss()
    window.guide.hints.end()
    for dialog in (window.models.chooser, window.panel_models, window.class_picker):
        dialog.close()
    window.desk.menu.close()
    window.desk.offer.offer("")
    window.desk.replaced.offer("")
    window.notice.hide()
    window.grid.arrange(Arrangement())


def _take_back(window: MainWindow) -> None:
    """Undo all that can be undone: panels, their models and held classes, the window's class."""
    session, history = window.session, window.undo.history
    while history.stack.canUndo():
        history.undo()
    for panel in session.panels:
        session.hold(panel.number, None)
        session.set_panel_model(panel.number, None)
    history.clear()  # its steps would hold on to models
    session.tidy_models()


def _lay(whole: QPixmap, other: QWidget, place: QPoint) -> None:
    """Draw a window of its own, with a title as a desktop would give it, over a picture."""
    tokens, shown = theme.current(), other.grab()
    frame = QRect(place, shown.size()).adjusted(-1, -_TITLE, 1, 1)
    painter = QPainter(whole)
    painter.fillRect(frame.translated(4, 6), QColor(0, 0, 0, 60))
    painter.fillRect(frame, QColor(tokens.window))
    painter.setPen(QColor(tokens.text))
    title = QRect(frame.topLeft(), frame.size()).adjusted(12, 0, 0, 0)
    title.setHeight(_TITLE)
    painter.drawText(title, Qt.AlignmentFlag.AlignVCenter, other.windowTitle())
    painter.drawPixmap(place, shown)
    painter.setPen(QColor(tokens.line))
    painter.drawRect(frame)
    painter.end()


def _lay_menu(whole: QPixmap, menu: QMenu, place: QPoint) -> None:
    """Draw an open menu over a picture."""
    shown = menu.grab()
    painter = QPainter(whole)
    painter.fillRect(QRect(place, shown.size()).translated(2, 3), QColor(0, 0, 0, 60))
    painter.drawPixmap(place, shown)
    painter.end()


def _detail(
    picture: PillowImage.Image, window: MainWindow, around: Sequence[QWidget]
) -> PillowImage.Image:
    """The part of a picture that shows some widgets, in the size that the help has room for."""
    if around:
        parts = [QRect(w.mapTo(window, QPoint()), w.size()) for w in around]
        part = parts[0]
        for other in parts[1:]:
            part = part.united(other)
        part = part.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN).intersected(window.rect())
        left, top, right, bottom = part.getCoords()
        picture = picture.crop((left, top, right + 1, bottom + 1))
    height = round(picture.height * _WIDEST / picture.width)
    fits = picture.width <= _WIDEST
    return picture if fits else picture.resize((_WIDEST, height), PillowImage.Resampling.LANCZOS)


def _pillow(pixmap: QPixmap) -> PillowImage.Image:
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_RGB888)
    size, stride = (image.width(), image.height()), image.bytesPerLine()
    return PillowImage.frombytes("RGB", size, bytes(image.constBits()), "raw", "RGB", stride)


def _save(picture: PillowImage.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, optimize=True)


def _in_few_colours(picture: PillowImage.Image) -> PillowImage.Image:
    """The picture in 256 colours, a third of the space; those of the window stay as they are."""
    found = picture.quantize(_COLOURS).getpalette() or []
    ours = [
        theme_colour for tokens in (theme.LIGHT, theme.DARK) for theme_colour in astuple(tokens)
    ]
    exact = [ImageColor.getrgb(name) for name in (*METHOD_COLOURS, *ours) if name.startswith("#")]
    room = 256 - _COLOURS
    palette = PillowImage.new("P", (1, 1))
    palette.putpalette([*found[: 3 * _COLOURS], *(part for rgb in exact[:room] for part in rgb)])
    return picture.quantize(palette=palette, dither=PillowImage.Dither.NONE)
