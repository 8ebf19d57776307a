"""All levels of a pyramid side by side: the middle of the picture in its fragments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from fragscope_explainers.fragments import Pyramid, mean_colours
from fragscope_explainers.images import UInt8Array
from fragscope_explainers.translation import tr

from . import theme

_LEAST_CELL, _MOST_CELL = 10 * theme.SPACE, 18 * theme.SPACE
"""Width of a level's place: all stand side by side as long as they are not narrower."""
_TEXT = 6 * theme.SPACE
_HEIGHT = 20 * theme.SPACE
_OUTLINE = (255, 255, 255)


class LevelStrip(QListWidget):
    """One thumbnail a level; a click or an arrow key chooses.

    Signals (GUI thread)
    -------
    chosen(int) : another level is looked at.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Levels of the pyramid"))
        self.setToolTip(tr("The middle of the picture at every level; click or use arrow keys"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setMovement(QListView.Movement.Static)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setFont(theme.tabular(self.font()))
        self.setFixedHeight(_HEIGHT)
        self._fit()
        self.currentRowChanged.connect(self._on_row)

    def show_pyramid(self, rgb: UInt8Array, pyramid: Pyramid, level: int) -> None:
        """Show the levels of a pyramid that was cut on these pixels [h, w, 3]."""
        self.empty()
        self.blockSignals(True)
        for index, (labels, count) in enumerate(zip(pyramid.labels, pyramid.counts, strict=True)):
            item = QListWidgetItem(_icon(_middle(rgb, labels)), f"{count:,}", self)
            item.setToolTip(tr("Level {index}: {count:,} fragments", index=index + 1, count=count))
        self.blockSignals(False)
        self._fit()
        self.set_level(level)

    def empty(self) -> None:
        """Show no levels; the one that is looked at stays, though the rows go one by one."""
        self.blockSignals(True)
        self.clear()
        self.blockSignals(False)

    def set_level(self, level: int) -> None:
        """Mark the level that is looked at."""
        self.setCurrentRow(level)

    def _on_row(self, row: int) -> None:
        if row >= 0:
            self.chosen.emit(row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Share the width among the levels; where they are too many, a bar below scrolls.

        The height does not follow the width: in a column that scrolls, each would change the other
        without end.
        """
        shared = (self.width() - theme.SPACE) // max(self.count(), 1)
        width = min(max(shared, _LEAST_CELL), _MOST_CELL)
        side = width - 2 * theme.SPACE
        self.setIconSize(QSize(side, side))
        self.setGridSize(QSize(width, side + _TEXT))


def _middle(rgb: UInt8Array, labels: NDArray[np.int32]) -> UInt8Array:
    """The middle quarter with each fragment in its mean colour, outlined."""
    height, width = labels.shape
    middle = np.s_[height // 4 : height - height // 4, width // 4 : width - width // 4]
    pixels = np.ascontiguousarray(mean_colours(rgb, labels)[middle])
    shown = labels[middle]
    edges = np.zeros(shown.shape, bool)
    edges[:, 1:] = shown[:, 1:] != shown[:, :-1]
    edges[1:] |= shown[1:] != shown[:-1]
    pixels[edges] = _OUTLINE
    return pixels


def _icon(pixels: UInt8Array) -> QIcon:
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    pixmap = QPixmap.fromImage(image.copy())  # the copy owns its pixels
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)  # else the marked one is tinted
    return icon
