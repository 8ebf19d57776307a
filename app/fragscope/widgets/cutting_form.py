"""How fragments are cut: a form that tells every change, for a preview before any run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from fragscope_explainers.errors import ParameterError
from fragscope_explainers.fragments import DEFAULT_SCALES, Cutting
from fragscope_explainers.parameters import Parameter
from fragscope_explainers.segmenters import SEGMENTERS
from fragscope_explainers.translation import tr

from . import theme
from .described import describe

_PATIENCE_MS = 250
"""Quiet after typing before a change is told."""
_SCALES = Parameter("scales", DEFAULT_SCALES, tr("Scales"), "", minimum=2, maximum=20_000)
_FILES = tr("Label images and arrays (*.png *.npy)")


class CuttingForm(QWidget):
    """Edits a `Cutting`.

    Signals (GUI thread)
    -------
    changed(object) : a new `Cutting` that can be tried.
    use_wanted(object, object) : the `Cutting` is to be used for runs, and a tuple of the numbers of
        their panels.
    """

    changed = Signal(object)
    use_wanted = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.segmenter = QComboBox(self)
        self.scales = QLineEdit(self)
        self.compactness = _number(0.01, 1000, 1.0)
        self.sigma = _number(0, 20, 0.5)
        self.labels = QLineEdit(self)
        self.browse = QToolButton(self)
        self.message = QLabel(self)
        self.use_button = QPushButton(tr("Use in MFPP"), self)
        self._users: tuple[int, ...] = ()
        self._timer = QTimer(self)
        self._build()
        self.set_cutting(Cutting())
        self._wire()

    def cutting(self) -> Cutting:
        """What the form says now; scales go from coarse to fine.

        Raises
        ------
        ParameterError
            The scales are no whole numbers in their range.
        """
        scales = _SCALES.parse(self.scales.text())
        _SCALES.check(scales, "mfpp")
        return Cutting(
            self.segmenter.currentText(),
            tuple(sorted(set(scales))),
            round(self.compactness.value(), 2),
            round(self.sigma.value(), 2),
            self.labels.text().strip(),
        )

    def set_cutting(self, cutting: Cutting) -> None:
        """Show these values, and tell nobody."""
        fields = (self.segmenter, self.scales, self.compactness, self.sigma, self.labels)
        blockers = [QSignalBlocker(field) for field in fields]
        self.segmenter.setCurrentText(cutting.segmenter)
        self.scales.setText(" ".join(map(str, cutting.scales)))
        self.compactness.setValue(cutting.compactness)
        self.sigma.setValue(cutting.sigma)
        self.labels.setText(cutting.labels)
        del blockers
        self._timer.stop()
        self._enable()

    def set_users(self, names: Mapping[int, str]) -> None:
        """Offer panels, by number, that the fragments can be used in; several in a menu."""
        self._users = tuple(names)
        button = self.use_button
        button.setEnabled(bool(names))
        menu = QMenu(button) if len(names) > 1 else None
        before = button.menu()
        button.setMenu(menu)  # type: ignore[arg-type]  # None takes the menu away
        if before is not None:
            before.deleteLater()
        if menu is not None:
            menu.addAction(tr("All of them"), lambda: self._use(self._users))
            for number, name in names.items():
                menu.addAction(name, partial(self._use, (number,)))
        where = (
            tr("the MFPP panel") if menu is None else tr("one of the MFPP panels, or all of them,")
        )
        button.setToolTip(
            tr("Run {where} with these fragments", where=where)
            if names
            else tr("Add an MFPP panel first")
        )

    def show_message(self, text: str, *, is_error: bool = False) -> None:
        """Say something under the form."""
        self.message.setObjectName("error" if is_error else "muted")
        self.message.style().polish(self.message)
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def _tell(self) -> None:
        try:
            cutting = self.cutting()
        except ParameterError as error:
            self.show_message(str(error), is_error=True)
            return
        self.changed.emit(cutting)

    def _use(self, numbers: tuple[int, ...]) -> None:
        self._timer.stop()
        try:
            self.use_wanted.emit(self.cutting(), numbers)
        except ParameterError as error:
            self.show_message(str(error), is_error=True)

    def _ask_file(self) -> None:
        folder = str(Path(self.labels.text()).parent) if self.labels.text() else ""
        found, _ = QFileDialog.getOpenFileName(self, tr("Open own fragments"), folder, _FILES)
        if found:
            self.labels.setText(found)

    def _on_edit(self) -> None:
        self._enable()
        self._timer.start()

    def _enable(self) -> None:
        """Own fragments take the place of everything above them."""
        own = bool(self.labels.text().strip())
        for field in (self.segmenter, self.scales, self.sigma):
            field.setEnabled(not own)
        self.compactness.setEnabled(not own and self.segmenter.currentText() != "felzenszwalb")

    # -- building ---------------------------------------------------------------------------

    def _wire(self) -> None:
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PATIENCE_MS)
        self._timer.timeout.connect(self._tell)
        self.segmenter.currentTextChanged.connect(self._on_edit)
        self.scales.textChanged.connect(self._on_edit)
        self.compactness.valueChanged.connect(self._on_edit)
        self.sigma.valueChanged.connect(self._on_edit)
        self.labels.textChanged.connect(self._on_edit)
        self.browse.clicked.connect(self._ask_file)
        self.use_button.clicked.connect(lambda: self._use(self._users))

    def _build(self) -> None:
        self.segmenter.addItems(list(SEGMENTERS))
        self.sigma.setSuffix(" px")
        self.labels.setPlaceholderText(tr("PNG or .npy file"))
        self.labels.setClearButtonEnabled(True)
        self.browse.setText("...")
        self.message.setWordWrap(True)
        self.message.hide()
        describe(
            (self.segmenter, tr("Segmenter"), tr("How the picture is cut into fragments")),
            (self.scales, tr("Scales"), tr("Fragments to cut at each level, such as 50 100 200")),
            (
                self.compactness,
                tr("Compactness"),
                tr("Weight of nearness against colour when cutting"),
            ),
            (self.sigma, tr("Smoothing"), tr("Blur before cutting")),
            (
                self.labels,
                tr("Own fragments"),
                tr("Your own label image or array, instead of a segmenter"),
            ),
            (self.browse, tr("Choose a label file"), tr("Choose a label image or array")),
            (self.use_button, tr("Use in MFPP"), tr("Run the MFPP panel with these fragments")),
        )
        self._lay_out()

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(2 * theme.SPACE, 0, 0, theme.SPACE)
        form.setVerticalSpacing(theme.SPACE)
        form.setHorizontalSpacing(2 * theme.SPACE)
        file_row = QHBoxLayout()
        file_row.setSpacing(theme.SPACE)
        file_row.addWidget(self.labels, stretch=1)
        file_row.addWidget(self.browse)
        form.addRow(tr("Segmenter"), self.segmenter)
        form.addRow(tr("Scales"), self.scales)
        form.addRow(tr("Compactness"), self.compactness)
        form.addRow(tr("Smoothing"), self.sigma)
        form.addRow(tr("Own file"), file_row)
        form.addRow(self.message)
        form.addRow(self.use_button)


def _number(low: float, high: float, step: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setDecimals(2)
    box.setRange(low, high)
    box.setSingleStep(step)
    return box
