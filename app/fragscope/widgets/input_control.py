"""What the model sees: the crop on the picture, the tensor, and the settings that make it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from fragscope_explainers.images import UInt8Array
from fragscope_explainers.preprocessing import Geometry
from fragscope_explainers.translation import shown, tr

from ..input_preview import InputPreview, preview
from ..jobs import Failed
from ..model_words import as_sentence
from ..session import Session
from . import theme
from .described import describe
from .elided_label import ElidedLabel

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.findings import Finding
    from fragscope_explainers.classifiers.loaded import LoadedClassifier

_SIDE = 112
"""Longest side in pixels of the two small pictures."""
_PATIENCE_MS = 250
_LABELS = "labels"


class InputControl(QWidget):
    """Shows and edits a model's preprocessing; every edit is previewed, and used on request."""

    _found: tuple[Finding, ...] = ()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.crop = QLabel(self)
        self.tensor = QLabel(self)
        self.facts = QLabel(self)
        self.message = QLabel(self)
        self.findings = QLabel(self)
        self.use_button = QPushButton(tr("Use"), self)
        self.reset_button = QPushButton(tr("Undo edits"), self)
        self.editors: dict[str, QComboBox | QLineEdit] = {}
        self.sources: dict[str, ElidedLabel] = {}
        self._form = QFormLayout()
        self._timer = QTimer(self)
        self._asked = 0
        self._failed_on: LoadedClassifier | None = None
        self._build()
        session.model_changed.connect(self.reset)
        session.predicted.connect(self._show_prediction)
        session.image_changed.connect(self._preview)
        session.panel_changed.connect(self._on_panel)

    @property
    def edits(self) -> dict[str, str]:
        """Texts that differ from the model's settings now, and those that the user set before."""
        classifier = self._session.classifier
        if classifier is None or not self.editors:
            return {}
        if classifier.recipe is None:  # its form is locked
            return dict(self._session.choice.settings)
        earlier = self._shown_texts()
        texts = {name: _text(editor) for name, editor in self.editors.items()}
        changed = {name: text for name, text in texts.items() if text != earlier.get(name, "")}
        mine = {**self._session.choice.settings, **changed}
        return {name: text for name, text in mine.items() if text}

    @property
    def is_edited(self) -> bool:
        """Whether the form says something else than the model is used with."""
        return self.edits != dict(self._session.choice.settings)

    def reset(self) -> None:
        """Show the settings that the model is used with."""
        classifier = self._session.classifier
        if classifier is None:
            return
        if not self.editors:
            self._build_form()
        texts = self._shown_texts()
        for name, editor in self.editors.items():
            blocker = QSignalBlocker(editor)
            if isinstance(editor, QComboBox):
                editor.setCurrentText(texts.get(name, ""))
            else:
                editor.setText(texts.get(name, ""))
                editor.setCursorPosition(0)
            del blocker
            editor.setEnabled(classifier.recipe is not None)
            self._show_source(name)
        self._say("" if classifier.recipe is not None else tr("This model's settings are fixed."))
        self._enable()
        self._preview()

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """List what was seen when the model was looked over; warnings come first."""
        ordered = sorted(findings, key=lambda finding: finding.severity != "warning")
        colours = {"warning": theme.current().warning, "note": theme.current().muted}
        self.findings.setText(
            "".join(
                f'<p style="margin: 0 0 4px 0; color: {colours[finding.severity]}">'
                f"{escape(as_sentence(shown(finding.text)))}</p>"
                for finding in ordered
            )
        )
        self.findings.setVisible(bool(ordered))
        self._found = tuple(findings)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._found:
            self.show_findings(self._found)

    # -- inside -----------------------------------------------------------------------------

    def _shown_texts(self) -> dict[str, str]:
        classifier = self._session.classifier
        if classifier is None:
            return {}
        texts = {name: said["value"] for name, said in classifier.settings.describe().items()}
        return texts | {_LABELS: self._session.choice.settings.get(_LABELS, "")}

    def _show_source(self, name: str) -> None:
        """Say where a setting is known from; a guess stands out."""
        classifier = self._session.classifier
        if classifier is None:
            return
        settings, label = classifier.settings, self.sources[name]
        source, guessed = settings.labels, settings.labels_guessed
        if name != _LABELS:
            known = settings.known.get(name)
            source, guessed = ("", False) if known is None else (known.source, known.guessed)
        label.setObjectName("warning" if guessed else "muted")
        label.style().polish(label)
        label.setText(shown(source))
        label.setToolTip(shown(source))

    def _on_edit(self) -> None:
        self._enable()
        self._timer.start()

    def _enable(self) -> None:
        edited = self.is_edited
        for button in (self.use_button, self.reset_button):
            button.setVisible(edited)
            button.setEnabled(edited)

    def _use(self) -> None:
        self._timer.stop()
        self._session.change_model_settings(self.edits, self._fail)

    def _preview(self) -> None:
        """Show what the model would be given by the edits, once the worker has cut it."""
        image, classifier, edits = self._session.image, self._session.classifier, self.edits
        if image is None or classifier is None:
            return
        if not self.is_edited and not self._session.picture.failure:
            self._show_prediction()  # it has the input, or will have it
            return
        self._asked += 1
        asked = self._asked
        self._session.in_background(
            lambda: preview(image, classifier, edits),
            lambda found: self._show(found) if asked == self._asked else None,
            lambda failed: self._fail(failed) if asked == self._asked else None,
        )

    def _show_prediction(self) -> None:
        """Show what the model was given, unless something else is being tried."""
        prediction, classifier = self._session.prediction, self._session.classifier
        if prediction is not None and classifier is not None and not self.is_edited:
            self._asked += 1
            self._show(InputPreview(prediction.model_input, classifier.preprocessing))

    def _on_panel(self) -> None:
        """Show what a model was given that failed on it: there is no prediction to tell."""
        session = self._session
        failed = bool(session.picture.failure) and session.prediction is None
        if failed and self._failed_on is not session.classifier:
            self._failed_on = session.classifier
            self._preview()

    def _fail(self, failed: Failed) -> None:
        self._say(failed.sentence, is_error=True)
        self.use_button.setEnabled(False)

    def _show(self, found: InputPreview) -> None:
        model_input = found.model_input
        self.tensor.setPixmap(_pixmap(model_input.to_rgb(model_input.values)))
        shown = self._session.picture.thumbnail
        if shown is not None:
            self.crop.setPixmap(_framed(shown, model_input.geometry))
        self.facts.setText("\n".join(found.facts))
        tried = tr("Not used yet: the maps are of the settings before.") if self.is_edited else ""
        if self._session.classifier is not None and self._session.classifier.recipe is not None:
            self._say(tried)
        self._enable()

    def _say(self, text: str, *, is_error: bool = False) -> None:
        self.message.setObjectName("error" if is_error else "warning")
        self.message.style().polish(self.message)
        self.message.setText(text)
        self.message.setVisible(bool(text))

    # -- building ---------------------------------------------------------------------------

    def _build_form(self) -> None:
        """Make a row for every setting; by now the library's part with torch is there."""
        from fragscope_explainers.classifiers.model_settings import FIELDS

        for entry in FIELDS.values():
            editor: QComboBox | QLineEdit
            if entry.choices:
                editor = QComboBox(self)
                editor.addItems(list(entry.choices))
                editor.currentTextChanged.connect(self._on_edit)
            else:
                editor = QLineEdit(self)
                editor.textChanged.connect(self._on_edit)
            self._add_row(entry.name, entry.label, entry.help, editor)
        names = QLineEdit(self)
        names.setPlaceholderText(tr("txt, json or csv file"))
        names.textChanged.connect(self._on_edit)
        self._add_row(_LABELS, tr("Class names"), tr("A file with one name for each class"), names)

    def _add_row(self, name: str, label: str, tip: str, editor: QComboBox | QLineEdit) -> None:
        editor.setAccessibleName(label)
        editor.setToolTip(tip)
        editor.setMinimumWidth(24 * theme.SPACE)
        source = ElidedLabel(parent=self)
        self.editors[name], self.sources[name] = editor, source
        row = QHBoxLayout()
        row.setSpacing(2 * theme.SPACE)
        row.addWidget(editor, stretch=3)
        row.addWidget(source, stretch=2)
        self._form.addRow(label, row)

    def _build(self) -> None:
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PATIENCE_MS)
        self._timer.timeout.connect(self._preview)
        self.use_button.clicked.connect(self._use)
        self.reset_button.clicked.connect(self.reset)
        self.facts.setObjectName("muted")
        for label in (self.facts, self.message, self.findings):
            label.setWordWrap(True)
        self.message.hide()
        self.findings.hide()
        describe(
            (self.crop, tr("Crop"), tr("The part of the picture that the model sees")),
            (self.tensor, tr("Input"), tr("What the model is given, carried back to colours")),
            (
                self.facts,
                tr("Facts of the input"),
                tr("Shape, type and range of what the model is given"),
            ),
            (self.findings, tr("Findings"), tr("What was seen when the model was looked over")),
            (
                self.use_button,
                tr("Use these settings"),
                tr("Ask the model again with these settings"),
            ),
            (self.reset_button, tr("Undo edits"), tr("Show the settings that are in use")),
        )
        self._enable()
        self._lay_out()

    def _lay_out(self) -> None:
        pictures = QHBoxLayout()
        pictures.setSpacing(2 * theme.SPACE)
        pictures.addWidget(self.crop)
        pictures.addWidget(self.tensor)
        pictures.addStretch(1)
        self._form.setHorizontalSpacing(2 * theme.SPACE)
        self._form.setVerticalSpacing(theme.SPACE)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SPACE)
        buttons.addWidget(self.use_button)
        buttons.addWidget(self.reset_button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(2 * theme.SPACE,) * 4)
        layout.setSpacing(theme.SPACE)
        layout.addLayout(pictures)
        layout.addWidget(self.facts)
        layout.addWidget(self.findings)
        layout.addWidget(self.message)
        layout.addLayout(buttons)
        layout.addLayout(self._form)
        layout.addStretch(1)


def _text(editor: QComboBox | QLineEdit) -> str:
    text = editor.currentText() if isinstance(editor, QComboBox) else editor.text()
    return text.strip()


def _pixmap(rgb: UInt8Array) -> QPixmap:
    """A small picture of pixels [h, w, 3]."""
    height, width = rgb.shape[:2]
    image = QImage(rgb.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image).scaled(
        _SIDE,
        _SIDE,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


def _framed(thumbnail: UInt8Array, geometry: Geometry) -> QPixmap:
    """The picture with the region that the model sees framed and the rest dimmed."""
    pixmap = _pixmap(thumbnail)
    height, width = geometry.image_size
    across, down = pixmap.width() / width, pixmap.height() / height
    left, top, right, bottom = geometry.box
    seen = QRectF(left * across, top * down, (right - left) * across, (bottom - top) * down)
    with QPainter(pixmap) as painter:
        veil = QColor(0, 0, 0, 140)
        outside = QRectF(pixmap.rect())
        for rest in (
            QRectF(outside.left(), outside.top(), outside.width(), seen.top()),
            QRectF(outside.left(), seen.bottom(), outside.width(), outside.bottom()),
            QRectF(outside.left(), seen.top(), seen.left(), seen.height()),
            QRectF(seen.right(), seen.top(), outside.width(), seen.height()),
        ):
            painter.fillRect(rest, veil)
        painter.setPen(QPen(QColor(theme.current().accent), 2))
        painter.drawRect(seen.adjusted(1, 1, -1, -1))
    return pixmap
