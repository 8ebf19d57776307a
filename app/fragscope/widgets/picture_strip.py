"""The open pictures as thumbnails with how far each is; a click shows one."""

from __future__ import annotations

import qtawesome
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from fragscope_explainers.images import UInt8Array
from fragscope_explainers.translation import tr

from ..album import Album
from ..pictures import Picture, Progress
from . import theme
from .pacing import pacer
from .queue_control import QueueControl

_WIDTH = 132
_CELL = QSize(104, 92)
_PICTURE = 64
PICTURE = Qt.ItemDataRole.UserRole
_BADGES = {
    Progress.BUSY: ("mdi6.progress-clock", "accent"),
    Progress.DONE: ("mdi6.check-circle", "accent"),
    Progress.PARTIAL: ("mdi6.circle-half-full", "muted"),
    Progress.FAILED: ("mdi6.alert-circle", "error"),
}
PROGRESS_WORDS = {
    Progress.EMPTY: tr("not explained yet"),
    Progress.BUSY: tr("being explained"),
    Progress.PARTIAL: tr("explained in part"),
    Progress.DONE: tr("explained"),
    Progress.FAILED: tr("failed"),
}
_Index = QModelIndex | QPersistentModelIndex


class PictureModel(QAbstractListModel):
    """The pictures of an album, in its order."""

    def __init__(self, album: Album, parent: QWidget) -> None:
        super().__init__(parent)
        self._album = album
        self._pictures: list[Picture] = []
        self._icons: dict[int, tuple[UInt8Array, QPixmap]] = {}
        album.pictures_changed.connect(self._reset)
        album.picture_changed.connect(self._tell)
        self._reset()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        return 0 if parent.isValid() else len(self._pictures)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        picture = self._pictures[index.row()]
        if role == PICTURE:
            return picture
        if role == Qt.ItemDataRole.DisplayRole:
            return picture.name
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon(picture)
        if role == Qt.ItemDataRole.ToolTipRole:
            told = picture.failure or PROGRESS_WORDS[picture.progress]
            return f"{picture.path or picture.name}: {told}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{picture.name}, {PROGRESS_WORDS[picture.progress]}"
        return None

    def row_of(self, number: int) -> int | None:
        """Where the picture of this number stands."""
        found = (row for row, p in enumerate(self._pictures) if p.number == number)
        return next(found, None)

    def _icon(self, picture: Picture) -> QPixmap | None:
        pixels = picture.thumbnail
        if pixels is None:
            return None
        known = self._icons.get(picture.number)
        if known is None or known[0] is not pixels:  # another window makes other pixels
            height, width = pixels.shape[:2]
            image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            known = self._icons[picture.number] = (pixels, QPixmap.fromImage(image))
        return known[1]

    def _reset(self) -> None:
        self.beginResetModel()
        self._pictures = list(self._album.pictures)
        known = {picture.number for picture in self._pictures}
        self._icons = {number: icon for number, icon in self._icons.items() if number in known}
        self.endResetModel()

    def _tell(self, number: int) -> None:
        row = self.row_of(number)
        if row is not None:
            self.dataChanged.emit(self.index(row), self.index(row))


class PictureStrip(QFrame):
    """The column at the left; it is out of sight while there is one picture only.

    Signals (GUI thread)
    -------
    open_wanted() : further pictures are to be opened.
    """

    open_wanted = Signal()

    def __init__(self, album: Album, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._album = album
        self._model = PictureModel(album, self)
        self.list = QListView(self)
        self.heading = QLabel(self)
        self.queue = QueueControl(album, self)
        self.run_button, self.add_button = QPushButton(self), QPushButton(self)
        self._build()
        self._lay_out()
        album.pictures_changed.connect(self.refresh)
        self._soon = QTimer(self, singleShot=True, interval=0)
        """Tells of many pictures that change at once only once."""
        self._soon.timeout.connect(self._show_queue)
        album.picture_changed.connect(lambda _: self._soon.start())
        album.queue_changed.connect(self._show_queue)
        album.front_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show which picture is in front, and how many there are."""
        count = len(self._album.pictures)
        self._show_or_hide(count > 1)
        self.heading.setText(tr("{count} PICTURES", count=count))
        row = self._model.row_of(self._album.picture.number)
        if row is not None:
            self.list.setCurrentIndex(self._model.index(row))
        self._show_queue()

    def step(self, by: int) -> None:
        """Show the picture some places further on, if there is one."""
        pictures = self._album.pictures
        if self._album.picture in pictures:
            place = pictures.index(self._album.picture) + by
            if 0 <= place < len(pictures):
                self._album.show(pictures[place].number)

    def remove_current(self) -> None:
        """Take the picture in front out of the strip."""
        if self._album.picture in self._album.pictures:
            self._album.close_picture(self._album.picture.number)

    def menu(self, picture: Picture) -> QMenu:
        """What can be done with a picture."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        show = menu.addAction(tr("Show"))
        show.triggered.connect(lambda: self._album.show(picture.number))
        retry = menu.addAction(tr("Try again"))
        retry.setEnabled(picture.progress in (Progress.FAILED, Progress.PARTIAL))
        retry.triggered.connect(lambda: self._album.retry(picture.number))
        remove = menu.addAction(tr("Remove from the strip"))
        remove.triggered.connect(lambda: self._album.close_picture(picture.number))
        return menu

    def _show_or_hide(self, shown: bool) -> None:
        """Come or go; everything beside it is laid out anew then, and drawn in turns."""
        if self.isHidden() == shown:
            pacer().hold_views([self.window()])
            self.setVisible(shown)

    def _show_queue(self) -> None:
        self.queue.refresh()
        self.run_button.setVisible(self.queue.isHidden())
        self.run_button.setEnabled(
            any(picture.progress is not Progress.DONE for picture in self._album.pictures)
        )

    def _show_menu(self, place: QPoint) -> None:
        index = self.list.indexAt(place)
        if index.isValid():
            self.menu(index.data(PICTURE)).popup(self.list.viewport().mapToGlobal(place))

    def _on_click(self, index: QModelIndex) -> None:
        self._album.show(index.data(PICTURE).number)

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        self.setFixedWidth(_WIDTH)
        self.heading.setObjectName("heading")
        self.list.setModel(self._model)
        self.list.setItemDelegate(_PictureDelegate(self))
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("Open pictures"))
        self.list.setToolTip(tr("Click a picture, or press Return on it, to show it"))
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.clicked.connect(self._on_click)
        self.list.activated.connect(self._on_click)
        for button, text, tip, slot in (
            (
                self.run_button,
                tr("Run all"),
                tr("Explain every picture that is not explained yet"),
                self._album.run_pictures,
            ),
            (self.add_button, tr("Add ..."), tr("Open further pictures"), self.open_wanted.emit),
        ):
            button.setText(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, slot=slot: slot())

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.SPACE, 2 * theme.SPACE, theme.SPACE, theme.SPACE)
        layout.setSpacing(theme.SPACE)
        self.heading.setContentsMargins(theme.SPACE, 0, 0, 0)
        layout.addWidget(self.heading)
        layout.addWidget(self.list, stretch=1)
        for widget in (self.queue, self.run_button, self.add_button):
            layout.addWidget(widget)


class _PictureDelegate(QStyledItemDelegate):
    """Draws a thumbnail, its name, and a badge for its progress."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return _CELL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        tokens, rect = theme.current(), QRect(option.rect)
        painter.save()
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(tokens.window))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), tokens.accent)
        place = QRect(rect.left(), rect.top() + theme.SPACE, rect.width(), _PICTURE)
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        if icon is not None:
            self._draw_fitting(painter, icon, place)
        badge = _BADGES.get(index.data(PICTURE).progress)
        if badge is not None:
            name, colour = badge
            self._draw_badge(painter, qtawesome.icon(name, color=getattr(tokens, colour)), place)
        painter.setPen(QColor(tokens.text))
        line = QRect(rect.left() + 4, place.bottom() + 2, rect.width() - 8, 20)
        text = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideMiddle, line.width()
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def _draw_fitting(self, painter: QPainter, icon: QPixmap, place: QRect) -> None:
        size = icon.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        shown = QRect(QPoint(0, 0), size)
        shown.moveCenter(place.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(shown, icon)

    def _draw_badge(self, painter: QPainter, icon: QIcon, place: QRect) -> None:
        corner = QRect(place.right() - 19, place.top(), 18, 18)
        painter.setBrush(QColor(theme.current().surface))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(corner)
        icon.paint(painter, corner)
