"""Short callouts, one after another, each beside the part of the window that it explains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from fragscope_explainers.translation import tr

from . import theme

_WIDTH = 70 * theme.SPACE
_GAP = 2 * theme.SPACE
_MOVING = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Hide)


@dataclass(frozen=True, slots=True)
class Hint:
    """What a part of the window is for.

    Attributes
    ----------
    title, text : a few words, and one or two sentences.
    place : gives the part and the rectangle in it that is meant, or None while it is not there.
    """

    title: str
    text: str
    place: Callable[[], tuple[QWidget, QRect] | None]


class Hints(QFrame):
    """Goes through hints; it takes neither the focus nor any other key of the window.

    Signals (GUI thread)
    -------
    ended() : all were shown, or the user has seen enough.
    """

    ended = Signal()

    def __init__(self, hints: Sequence[Hint], window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("hint")
        self._hints, self._number = list(hints), -1
        self._window = window
        self._ring = QFrame(window)
        self._later = QTimer(self, singleShot=True, interval=0)
        self._followed: list[QWidget] = []
        self._title, self._text, self._count = QLabel(self), QLabel(self), QLabel(self)
        self.next, self.skip = QPushButton(tr("Next"), self), QPushButton(tr("Skip"), self)
        self._build()
        self.hide()

    @property
    def current(self) -> Hint | None:
        """The hint that is shown."""
        return self._hints[self._number] if self.isVisible() else None

    def start(self) -> None:
        """Show the first hint whose part of the window is there."""
        self._number = -1
        self._step()

    def end(self) -> None:
        """Show no more."""
        if self.isVisible():
            self._leave()
            self.ended.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the part when it, or what it lies in, moves; after the layouts have done so."""
        if event.type() in _MOVING and self.isVisible():
            self._later.start()
        return super().eventFilter(watched, event)

    # -- inside -----------------------------------------------------------------------------

    def _step(self) -> None:
        """Go to the next hint whose part is there; without one, end."""
        ahead = range(self._number + 1, len(self._hints))
        number = next((n for n in ahead if self._hints[n].place() is not None), None)
        if number is None:
            self.end()
            return
        self._number = number
        hint = self._hints[number]
        self._title.setText(hint.title)
        self._text.setText(hint.text)
        self._count.setText(tr("{number} of {count}", number=number + 1, count=len(self._hints)))
        self.next.setText(tr("Done") if number == len(self._hints) - 1 else tr("Next"))
        self.show()
        self._ring.show()
        self._place()

    def _leave(self) -> None:
        self._follow(None)
        self.hide()
        self._ring.hide()

    def _follow(self, part: QWidget | None) -> None:
        """Watch a part and all that it lies in, instead of another."""
        for widget in self._followed:
            widget.removeEventFilter(self)
        self._followed = []
        while part is not None:
            part.installEventFilter(self)
            self._followed.append(part)
            part = part.parentWidget()

    def _place(self) -> None:
        """Stand beside what is explained, within the window; the ring goes around it."""
        if not self.isVisible():  # the window was closed meanwhile
            return
        found = self._hints[self._number].place()
        if found is None:
            self._step()
            return
        part, area = found
        if not self._followed or part is not self._followed[0]:
            self._follow(part)
        window = self._window
        meant = QRect(part.mapTo(window, area.topLeft()), area.size())
        self._ring.setGeometry(meant.adjusted(-2, -2, 2, 2))
        self.adjustSize()
        whole = QRect(
            part.mapTo(window, QPoint()), part.size()
        )  # as all tabs, of which one is meant
        self.move(beside(meant.united(whole), self.size(), window.rect()))
        self._ring.raise_()
        self.raise_()

    def _build(self) -> None:
        self._ring.setObjectName("ring")
        self._ring.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._ring.hide()
        self._title.setObjectName("title")
        self._count.setObjectName("muted")
        self._text.setWordWrap(True)
        self.setFixedWidth(_WIDTH)
        self.next.setToolTip(tr("Go on to the next hint"))
        self.skip.setToolTip(tr("Show no more hints; Help brings them again"))
        for button in (self.next, self.skip):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys stay with the work
        self._later.timeout.connect(self._place)
        self.next.clicked.connect(self._step)
        self.skip.clicked.connect(self.end)
        row = QHBoxLayout()
        row.addWidget(self._count, stretch=1)
        row.addWidget(self.skip)
        row.addWidget(self.next)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(3 * theme.SPACE,) * 4)
        layout.setSpacing(2 * theme.SPACE)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addLayout(row)


def beside(meant: QRect, size: QSize, within: QRect) -> QPoint:
    """Where a callout of a size stands: left, right, above or below, whichever has room."""
    left, right = meant.left() - _GAP - size.width(), meant.right() + _GAP
    above, below = meant.top() - _GAP - size.height(), meant.bottom() + _GAP
    x_most = within.right() - _GAP - size.width()
    y_most = within.bottom() - _GAP - size.height()
    x = min(max(meant.center().x() - size.width() // 2, _GAP), x_most)
    y = min(max(meant.center().y() - size.height() // 2, _GAP), y_most)
    if left >= _GAP:
        return QPoint(left, y)
    if above >= _GAP:
        return QPoint(x, above)
    if below <= y_most:
        return QPoint(x, below)
    return QPoint(min(right, x_most), y)
