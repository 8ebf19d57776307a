"""A window beside the main one that shows a text: help, or what is installed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from fragscope_explainers.translation import tr

from . import theme


class TextWindow(QDialog):
    """Shows markdown; Esc closes it, and the main window can be used meanwhile."""

    def __init__(self, title: str, text: str, parent: QWidget, *, copies: bool = False) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{title} - FragScope")
        self.browser = QTextBrowser(self)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.browser.setOpenExternalLinks(True)
        self.browser.setAccessibleName(title)
        self.browser.document().setDocumentMargin(4 * theme.SPACE)
        self.browser.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.buttons.rejected.connect(self.close)
        if copies:
            copy = self.buttons.addButton(tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
            copy.setToolTip(tr("Copy all of it, as for a bug report"))
            copy.clicked.connect(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(2 * theme.SPACE,) * 4)
        layout.addWidget(self.browser, stretch=1)
        layout.addWidget(self.buttons)
        self.resize(180 * theme.SPACE, 150 * theme.SPACE)
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show other markdown."""
        self.browser.setMarkdown(text)

    def copy(self) -> None:
        """Put the text on the clipboard."""
        QGuiApplication.clipboard().setText(self.browser.toPlainText())
