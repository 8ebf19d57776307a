"""One method's panel: header, picture with map, progress, and its states."""

from __future__ import annotations

from functools import partial
from html import escape

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fragscope_explainers.images import UInt8Array
from fragscope_explainers.translation import shown, tr

from ..class_words import is_predicted, map_name, named_percent, percent
from ..curve_data import area_words
from ..drawings import Drawing, MapWish, wish_for
from ..panels import Panel, Status
from ..session import Session
from . import theme
from .class_menu import ClassMenu
from .colour_bar import ColourBar
from .elided_label import ElidedLabel
from .image_view import ImageView
from .panel_area import area_of
from .panel_header import PANEL_MIME, PanelHeader
from .panel_model_menu import PanelModelMenu
from .progress_text import Fact, fraction_done, lines_of, progress_facts
from .tiling import LEAST_HEIGHT, LEAST_WIDTH


class MethodPanel(QFrame):
    """Shows one panel of a session and offers what can be done with it.

    Signals (GUI thread)
    -------
    method_chosen(int, str) : another method was picked for this panel.
    asked(int, str) : a request of `panel_header.REQUESTS`.
    difference_wanted(int, int) : the difference of this panel with another.
    place_wanted(int, int) : the first panel is to take this one's place.
    """

    method_chosen = Signal(int, str)
    asked = Signal(int, str)
    difference_wanted = Signal(int, int)
    place_wanted = Signal(int, int)

    def __init__(
        self, session: Session, panel: Panel, colour: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.number, self.method_name = panel.number, panel.method.name
        self._session, self._colour = session, colour
        self.view = ImageView(self)
        self.header = PanelHeader(panel.number, panel.method.label, self)
        self._bar = QProgressBar(parent=self)
        self._progress = ElidedLabel(parent=self)
        self._scale = ColourBar(self)
        self._message = QLabel(parent=self)
        self._caption = ""
        self._retry = QToolButton(self)
        self._retry.setText(tr("Run again"))
        self._instead = QToolButton(self)
        self._instead.hide()
        self._build()
        self._wire()
        self.view.setAccessibleName(tr("{label} map", label=panel.method.label))

    @property
    def colour(self) -> str:
        return self._colour

    @property
    def scale(self) -> ColourBar:
        """The bar that gives the values of the colours."""
        return self._scale

    def refresh(self) -> None:
        """Say what the session's panel holds now; its map comes with `show_drawing`."""
        panel = self._session.panel(self.number)
        names = self._session.names()
        names.pop(self.number)
        own, model = self._session.panels.names()[self.number], self._session.model_name(panel)
        self.header.name(f"{own}, {model}" if model else own)
        self.header.others = names
        self._show_class(panel)
        self._show_progress()
        active = panel.status in (Status.RUNNING, Status.PAUSED, Status.WAITING)
        self._bar.setVisible(active)
        self._bar.setValue(round(1000 * fraction_done(panel)))
        self._show_failure(panel)

    def show_altered(self, rgb: UInt8Array | None, caption: str) -> None:
        """Show the scrubber's pixels [h, w, 3] and what they are; None brings the map back."""
        self.view.show_altered(rgb, "scrubber")
        self._caption = caption
        self._show_progress()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(PANEL_MIME):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()
        area = area_of(self)
        if area is not None:
            area.drag_over(self.mapToGlobal(event.position().toPoint()))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._end_drag()

    def dropEvent(self, event: QDropEvent) -> None:
        self._end_drag()
        number = int(event.mimeData().data(PANEL_MIME).data())
        event.acceptProposedAction()
        meant = self._panel_at(event.position().toPoint())
        if number != meant.number:
            self.place_wanted.emit(number, meant.number)

    def wish(self) -> MapWish | None:
        """Which map the panel is to show, or None where there is none."""
        panel = self._session.panel(self.number)
        return wish_for(panel.state, self._session.aspect_of(panel))

    def show_drawing(self, drawing: Drawing | None, greying: float) -> None:
        """Lay a map over the picture; None takes it away.

        Parameters
        ----------
        greying : how far the picture under it turns grey, from 0 to 1.
        """
        prediction = self._session.prediction_of(self._session.panel(self.number))
        geometry = prediction.model_input.geometry if prediction is not None else None
        self.view.show_map(None if drawing is None else drawing.rgba, greying)
        self.view.show_contours(() if drawing is None else drawing.lines, geometry)
        self._scale.setVisible(drawing is not None)
        if drawing is not None:
            self._scale.show_range(drawing.span, drawing.table, drawing.wish.unit)

    def _end_drag(self) -> None:
        area = area_of(self)
        if area is not None:
            area.end_drag()

    def _panel_at(self, place: QPoint) -> MethodPanel:
        """The panel at a place: another one where panels were scrolled under a still pointer."""
        parent = self.parentWidget()
        found = None
        if parent is not None and not self.rect().contains(place):
            found = parent.childAt(self.mapToParent(place))
        while found is not None and not isinstance(found, MethodPanel):
            found = found.parentWidget()
        return found or self

    def _show_class(self, panel: Panel) -> None:
        """Name what the map is of, with a warning where the model says something else."""
        session, prediction = self._session, self._session.prediction_of(panel)
        label = partial(session.label_of, panel)
        aspect = session.aspect_of(panel)
        if aspect is None:
            self.header.show_class("")
            return
        name = tip = map_name(label, aspect.target, panel.subtracted(aspect))
        odd = prediction is not None and not is_predicted(prediction, aspect.target)
        if prediction is not None and odd:
            said = named_percent(prediction, label, prediction.top[0])
            name, tip = (
                tr("{name}, not predicted", name=name),
                tr("{name}. Not the predicted class: {said}", name=name, said=said),
            )
        self.header.show_class(name, tip, warns=odd)
        self.header.show_held(panel.held is not None, self._held_text(panel))

    def _held_text(self, panel: Panel) -> str:
        """What the pin in the header says while the panel is held at a class."""
        session, target = self._session, self._session.target
        if panel.held is None or target is None:
            return ""
        own, window = session.label_of(panel, panel.held), session.label(target)
        held = tr("Held at {own}", own=own)
        other = "" if own == window else tr(", while the window explains {window}", window=window)
        return tr("{held}{other}. Click to follow the window again.", held=held, other=other)

    def _footer_facts(self, panel: Panel) -> list[Fact]:
        session, aspect = self._session, self._session.aspect_of(panel)
        if aspect is None or panel.state is None:
            return progress_facts(panel, session.target_of(panel))
        subtracts = panel.subtracted(aspect) is not None
        outdated = session.picture.is_outdated(panel)
        facts = self._said_by_own_model(panel, aspect.target)
        if aspect.against is not None and not subtracts:
            label = session.label_of(panel, aspect.target)
            alone = tr("{label_of} alone: this run answers for one class", label_of=label)
            facts.append((alone, alone, tr("{label} alone", label=label)))
        if outdated:
            facts.append((tr("of an earlier window"),))
        if panel.is_stale:
            facts.append((tr("of earlier parameters"),))
        areas = area_words(panel, aspect, outdated=outdated)
        return facts + progress_facts(panel, aspect.target, contrast=subtracts, areas=areas)

    def _said_by_own_model(self, panel: Panel, target: int) -> list[Fact]:
        """The probability that a panel's own model gives its class; the window shows its own."""
        prediction = self._session.prediction_of(panel)
        if panel.model is None or prediction is None:
            return []
        label = partial(self._session.label_of, panel)
        named = named_percent(prediction, label, target)
        alone = percent(float(prediction.probabilities[target]))
        return [(named, named, alone, "")]

    def _show_progress(self) -> None:
        panel = self._session.panel(self.number)
        told = self._waiting_text(panel) or self._caption
        self._progress.set_lines([told] if told else lines_of(self._footer_facts(panel)))
        self._progress.setToolTip(self._progress.text())

    def _waiting_text(self, panel: Panel) -> str:
        """What a new picture waits for, before its runs begin."""
        session = self._session
        refused, found = panel.status is Status.UNSUPPORTED, session.prediction_of(panel)
        waits = found is None or (panel.status is Status.EMPTY and not found.can_ask)
        if session.image is None or not waits or refused or session.why_missing(panel):
            return ""
        if self._unanswered(panel):
            return ""
        loading, name = session.classifier is None, tr("the model")
        if panel.model is not None:
            loading = session.shelf.classifier(panel.model) is None
            name = session.model_name(panel)
        return (
            tr("loading {name} ...", name=name) if loading else tr("asking {name} ...", name=name)
        )

    def _unanswered(self, panel: Panel) -> str:
        """Why the window's model has said nothing of the picture; empty where it has or will."""
        session = self._session
        fails = panel.model is None and session.image is not None and session.prediction is None
        return session.picture.failure if fails else ""

    def _show_failure(self, panel: Panel) -> None:
        """Say why there is no map or an odd one, and offer to run again where that may help."""
        failure = panel.failure if panel.status is Status.FAILED else None
        refused = panel.obstacle if panel.status is Status.UNSUPPORTED else ""
        missing = self._session.why_missing(panel)
        refused, unanswered = refused or missing, self._unanswered(panel)
        told = unanswered if failure is None else failure.sentence
        text = told or refused or shown(panel.note)
        stopped = panel.status is Status.CANCELLED or panel.is_stale or bool(missing)
        stopped = stopped or self._session.picture.is_outdated(panel)
        self._message.setVisible(bool(text))
        self._retry.setVisible(bool(told) or stopped)
        self._offer_class(panel)
        self._message.setText(text)
        self._message.setToolTip("" if failure is None else f"<pre>{escape(failure.details)}</pre>")
        if why := self._session.why_not_opened(panel):
            self._message.setToolTip(f"<p>{escape(why)}</p>")
        likely = self._session.likely_class(panel) is not None
        style = "error" if told else "warning" if likely or not refused else "muted"
        if self._message.objectName() != style:
            self._message.setObjectName(style)
            self._message.style().unpolish(self._message)
            self._message.style().polish(self._message)

    def _offer_class(self, panel: Panel) -> None:
        """Offer what the panel's own model predicts, where it has no class of the same name."""
        session, likely = self._session, self._session.likely_class(panel)
        prediction = session.prediction_of(panel)
        offers = panel.status is Status.UNSUPPORTED and likely is not None
        self._instead.setVisible(offers)
        if likely is not None and prediction is not None and offers:
            named = named_percent(prediction, partial(session.label_of, panel), likely)
            self._instead.setText(tr("Explain {named}", named=named))
            self._instead.setToolTip(tr("Hold this panel at what its own model predicts"))

    def _take_class(self) -> None:
        likely = self._session.likely_class(self._session.panel(self.number))
        if likely is not None:
            self._session.hold(self.number, likely)

    def _why_unsupported(self, method: str) -> str:
        return self._session.why_unsupported(method, self._session.panel(self.number))

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, theme.SPACE, 1, theme.SPACE)
        layout.setSpacing(theme.SPACE)
        layout.addWidget(self.header)
        layout.addWidget(self._bar)
        layout.addWidget(self.view, stretch=1)
        layout.addWidget(self._scale)
        layout.addWidget(self._message)
        layout.addLayout(self._footer())
        self._bar.setObjectName("thin")
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        policy = self._bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # else the picture jumps when a run ends
        self._bar.setSizePolicy(policy)
        self._bar.setStyleSheet(f"QProgressBar::chunk {{ background: {self._colour}; }}")
        self._message.setObjectName("error")
        self._message.setWordWrap(True)
        self._message.setTextFormat(Qt.TextFormat.PlainText)  # it may quote a stranger's file
        self._message.setContentsMargins(8, 0, 8, 0)
        self._message.setVisible(False)
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)

    def _footer(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        self._progress.setFont(theme.tabular(self._progress.font()))
        self._progress.setObjectName("muted")
        self._progress.setMinimumHeight(20)
        self._retry.setVisible(False)
        row.addWidget(self._progress, stretch=1)
        row.addWidget(self._instead)
        row.addWidget(self._retry)
        return row

    def _wire(self) -> None:
        number = self.number
        self.setAcceptDrops(True)
        self.header.method_chosen.connect(lambda name: self.method_chosen.emit(number, name))
        self.header.asked.connect(lambda request: self.asked.emit(number, request))
        self.header.released.connect(lambda: self._session.hold(number, None))
        menu = ClassMenu(self._session, number, self)
        menu.search_wanted.connect(lambda: self.asked.emit(number, "class"))
        self.header.add_menu(menu, "class")
        models = PanelModelMenu(self._session, number, self)
        models.other_wanted.connect(lambda: self.asked.emit(number, "model"))
        self.header.add_menu(models, "model")
        self.header.methods.why = self._why_unsupported
        self.header.difference_wanted.connect(
            lambda other: self.difference_wanted.emit(number, other)
        )
        self._instead.clicked.connect(self._take_class)
        self._retry.clicked.connect(lambda: self.asked.emit(number, "rerun"))
