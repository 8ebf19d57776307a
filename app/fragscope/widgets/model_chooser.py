"""The one door for models: a name, a file or a URL, and what has to be said beside it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from fragscope_explainers.translation import tr

from ..jobs import Failed
from ..model_choice import ModelChoice
from ..model_loading import ModelLoading
from ..model_words import EXAMPLES, FILE_FILTER, as_specification, progress_words, read_typed
from . import theme
from .described import describe

_DISTRUSTED = "DistrustedError"
_NAME_FILES = tr("Class names (*.txt *.json *.csv *.tsv);;All files (*)")
_WIDTH = 560


class ModelChooser(QDialog):
    """Asks for a model and follows it until it is there; the window can be used meanwhile.

    Signals (GUI thread)
    -------
    chosen(object) : this `ModelChoice` is to be loaded.
    """

    chosen = Signal(object)

    def __init__(self, models: ModelLoading, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self.setWindowTitle(tr("Open a model - FragScope"))
        self.spec = QComboBox(self)
        self.browse = QPushButton(tr("File ..."), self)
        self.hint = QLabel(self)
        self.labels = QLineEdit(self)
        self.browse_labels = QPushButton(tr("File ..."), self)
        self.trust = QCheckBox(tr("I trust it: opening it may run the program inside"), self)
        self.message = QLabel(self)
        self.progress = QProgressBar(self)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.load_button = self.buttons.addButton(
            tr("Open"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self.stop_button = self.buttons.addButton(
            tr("Stop"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self._describe()
        self._lay_out()
        self._wire()
        self.set_recent(())
        self._read()

    def set_recent(self, specs: Iterable[str]) -> None:
        """Offer the specifications used lately, then examples of others."""
        text = self.spec.currentText()
        self.spec.clear()
        self.spec.addItems(list(dict.fromkeys((*specs, *EXAMPLES))))
        self.spec.setEditText(text)

    def offer(self, spec: str = "") -> None:
        """Come to the front with this specification, ready to be changed."""
        self.spec.setEditText(spec)
        self.labels.clear()
        self.trust.setChecked(False)
        self._say("")
        self.show()
        self.raise_()
        self.activateWindow()
        edit = self.spec.lineEdit()
        if edit is not None:
            edit.setFocus()
            edit.selectAll()

    def load(self) -> None:
        """Ask for what the form says."""
        reading = read_typed(self.spec.currentText())
        if reading.spec is None:
            self._say(reading.text)
            return
        names = self.labels.text().strip()
        settings = {"labels": names} if names else {}
        typed = self.spec.currentText().strip()
        self.chosen.emit(ModelChoice(typed, settings, self.trust.isChecked()))

    # -- following the loading --------------------------------------------------------------

    def _on_start(self, choice: ModelChoice) -> None:
        self._say("")
        self.progress.setRange(0, 0)
        self.progress.setFormat("")
        self._show_busy(True)
        self.hint.setText(tr("Opening {text} ...", text=choice.text))

    def _on_progress(self, done: int, total: int | None) -> None:
        self.progress.setRange(0, 1000)
        self.progress.setValue(1000 * done // total if total else 0)
        self.progress.setFormat(progress_words(done, total))

    def _on_loaded(self, *_: object) -> None:
        self._show_busy(False)
        self.accept()

    def _on_failed(self, choice: ModelChoice, failed: Failed) -> None:
        self._show_busy(False)
        self._say(failed.sentence)
        if failed.kind == _DISTRUSTED and not self.isVisible():
            self.offer(choice.spec)
            self._say(failed.sentence)
        self.trust.setVisible(failed.kind == _DISTRUSTED or self.trust.isVisible())
        self.load_button.setDefault(True)  # the focus went to Close, which Enter would press
        (self.trust if failed.kind == _DISTRUSTED else self.spec).setFocus()

    def _on_cancelled(self, _: ModelChoice) -> None:
        self._show_busy(False)
        self._say(tr("Stopped. The model in use is still the one before."))

    def _show_busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.stop_button.setVisible(busy)
        for part in (self.load_button, self.spec, self.browse, self.labels, self.browse_labels):
            part.setEnabled(not busy)
        if not busy:
            self._read()

    # -- typing -----------------------------------------------------------------------------

    def _read(self) -> None:
        """Say how the text is understood."""
        reading = read_typed(self.spec.currentText())
        self.hint.setText(reading.text)
        self.load_button.setEnabled(reading.spec is not None)
        self.trust.setVisible(reading.runs_code)
        self._fit()

    def _on_edit(self) -> None:
        self._say("")
        self.trust.setChecked(False)  # it was said of another file
        self._read()

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))
        self._fit()

    def _fit(self) -> None:
        """Make room for texts of several lines, which a form gives two at most."""
        self.hint.setMinimumHeight(0)  # a label never asks for less than that
        if self.isVisible():
            width = self.labels.width() + self.browse_labels.width()
            self.hint.setMinimumHeight(self.hint.heightForWidth(width))
        self.adjustSize()

    def _ask_file(self) -> None:
        found, _ = QFileDialog.getOpenFileName(
            self, tr("Choose a model"), self._folder(), FILE_FILTER
        )
        if found:
            self.spec.setEditText(as_specification(found))

    def _ask_labels(self) -> None:
        found, _ = QFileDialog.getOpenFileName(
            self, tr("Choose class names"), self._folder(), _NAME_FILES
        )
        if found:
            self.labels.setText(found)

    def _folder(self) -> str:
        path = read_typed(self.spec.currentText()).spec
        return str(path.path.parent) if path is not None and path.path is not None else ""

    # -- building ---------------------------------------------------------------------------

    def _wire(self) -> None:
        models = self._models
        models.started.connect(self._on_start)
        models.progressed.connect(self._on_progress)
        models.loaded.connect(self._on_loaded)
        models.failed.connect(self._on_failed)
        models.cancelled.connect(self._on_cancelled)
        self.spec.editTextChanged.connect(self._on_edit)
        self.browse.clicked.connect(self._ask_file)
        self.browse_labels.clicked.connect(self._ask_labels)
        self.load_button.clicked.connect(self.load)
        self.stop_button.clicked.connect(models.cancel)
        self.buttons.rejected.connect(self.reject)

    def _describe(self) -> None:
        self.spec.setEditable(True)
        self.spec.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.labels.setPlaceholderText(tr("as the model says, or a txt, json or csv file"))
        self.labels.setClearButtonEnabled(True)
        self.load_button.setDefault(True)
        self.stop_button.hide()
        self.progress.hide()
        self.trust.hide()
        self.message.hide()
        self.hint.setObjectName("muted")
        self.message.setObjectName("error")
        for label in (self.hint, self.message):
            label.setWordWrap(True)
        self.message.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        describe(
            (
                self.spec,
                tr("Model"),
                tr("A name such as torchvision:resnet50, a file, or a server's URL"),
            ),
            (self.browse, tr("Choose a model file"), tr("Choose the file of a model")),
            (
                self.labels,
                tr("Class names"),
                tr("A file with one name for each class, in output order"),
            ),
            (
                self.browse_labels,
                tr("Choose a file of class names"),
                tr("Choose a file of class names"),
            ),
            (self.trust, tr("Trust"), tr("Only for files and code whose author you trust")),
            (self.progress, tr("Loading"), tr("How far the model is loaded")),
            (self.load_button, tr("Open"), tr("Open the model and explain the pictures with it")),
            (self.stop_button, tr("Stop"), tr("Stop loading; the model in use stays")),
            (self.message, tr("Message"), ""),
        )

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(2 * theme.SPACE)
        form.setVerticalSpacing(2 * theme.SPACE)
        form.addRow(tr("Model"), _beside(self.spec, self.browse))
        form.addRow("", self.hint)
        form.addRow(tr("Class names"), _beside(self.labels, self.browse_labels))
        form.addRow("", self.trust)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * theme.SPACE,) * 4)
        layout.setSpacing(2 * theme.SPACE)
        layout.addLayout(form)
        layout.addWidget(self.message)
        layout.addWidget(self.progress)
        layout.addStretch(1)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(_WIDTH)


def _beside(field: QWidget, button: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(theme.SPACE)
    row.addWidget(field, stretch=1)
    row.addWidget(button)
    return row


def is_model_file(path: Path) -> bool:
    """Whether what was opened or dropped is a model, or was meant as one, rather than a picture."""
    from fragscope_explainers.classifiers.spec_advice import is_meant_as_model
    from fragscope_explainers.classifiers.specs import has_suffix, is_saved_by_transformers

    text = str(path)
    return has_suffix(text) or is_meant_as_model(text) or is_saved_by_transformers(text)
