"""The table beside the curves: what each panel's run cost and gave."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from fragscope_explainers.translation import tr

from ..curve_data import area_words
from ..panels import Panel
from ..session import Session
from . import theme
from .swatch import SIZE, swatch_icon

_COLUMNS = (
    (tr("Method"), tr("Method of the panel")),
    (
        tr("Del. ↓"),
        tr("Area under the deletion curve; lower is better. ~ is of another map than shown"),
    ),
    (
        tr("Ins. ↑"),
        tr("Area under the insertion curve; higher is better. ~ is of another map than shown"),
    ),
    (tr("Stable"), tr("Agreement of two halves of the masks, from 0 to 1; 0.95 is stable")),
    (tr("Forwards"), tr("Pictures passed through the model so far")),
    (tr("Seconds"), tr("Time of the method alone, without curves")),
)
_LEAST_WIDTH, _LEAST_SECTION = 440, 44


class ScoresTable(QTableWidget):
    """One row a panel, in the panel's colour."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_COLUMNS), parent)
        self._session = session
        self.setAccessibleName(tr("Scores of the methods"))
        self.setAccessibleDescription(tr("One row a panel; the headings say what the numbers mean"))
        self.setFont(theme.tabular(self.font()))
        self.setWordWrap(False)
        for column, (text, tip) in enumerate(_COLUMNS):
            heading = QTableWidgetItem(text)
            heading.setToolTip(tip)
            self.setHorizontalHeaderItem(column, heading)
        self._build()
        session.panels_changed.connect(self.rebuild)
        session.panel_changed.connect(self._refresh)
        session.target_changed.connect(self.rebuild)
        session.image_changed.connect(self.rebuild)
        session.painting_changed.connect(self.rebuild)
        self.rebuild()

    def rebuild(self) -> None:
        """Fill all rows anew."""
        self.setRowCount(len(self._session.panels))
        for row, panel in enumerate(self._session.panels):
            self._fill(row, panel)

    def _refresh(self, number: int) -> None:
        for row, panel in enumerate(self._session.panels):
            if panel.number == number and row < self.rowCount():
                self._fill(row, panel)

    def _fill(self, row: int, panel: Panel) -> None:
        name = self._session.names()[panel.number]
        for column, text in enumerate((name, *self._numbers(panel))):
            item = self.item(row, column)
            if item is None:
                item = QTableWidgetItem()
                self.setItem(row, column, item)
                side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            item.setText(text)
            if column == 0:
                item.setToolTip(name)  # which is cut where there is little room
        swatch = self.item(row, 0)
        if swatch is not None:
            swatch.setIcon(swatch_icon(panel.number, SIZE, self.devicePixelRatioF()))

    def _numbers(self, panel: Panel) -> tuple[str, ...]:
        state = panel.state
        if state is None or state.target != self._session.target_of(panel):
            return ("", "", "", "", "")
        aspect = self._session.aspect_of(panel)
        is_old = self._session.picture.is_outdated(panel)
        plain = "~" if is_old or (aspect is not None and not panel.is_plain(aspect)) else ""
        areas = area_words(panel, aspect, outdated=is_old)
        stable = "" if state.stability is None else f"{plain}{state.stability:.2f}"
        return (*areas, stable, f"{state.snapshot.forwards:,}", f"{state.seconds:.1f}")

    def _build(self) -> None:
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(26)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(_LEAST_SECTION)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizeAdjustPolicy(QTableWidget.SizeAdjustPolicy.AdjustToContents)
        self.setMinimumWidth(_LEAST_WIDTH)
