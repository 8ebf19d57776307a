"""Run as a program: start the window, explain a picture, and print all texts that people meet.

    python tests/app/spoken.py

The language is that of the environment, as for any start of FragScope.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))

from pyqtgraph import GraphicsScene  # noqa: E402
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt  # noqa: E402
from PySide6.QtGui import QAction  # noqa: E402
from PySide6.QtWidgets import (  # noqa: E402
    QAbstractButton,
    QApplication,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QTableView,
    QTabWidget,
    QWidget,
)
from studio import Studio  # noqa: E402

_MOST_ROWS = 30
SHORT = {
    "mfpp": {"masks": 60},
    "rise": {"masks": 50},
    "integrated-gradients": {"steps": 10},
}


def texts(root: QObject) -> Iterator[tuple[str, str]]:
    """Texts of a window and of all that is in it, each with the kind of widget that has it."""
    for part in (root, *root.findChildren(QObject)):
        kind = type(part).__name__
        if _is_foreign(part):
            continue
        if isinstance(part, QWidget):
            found = [part.toolTip(), part.accessibleName(), part.accessibleDescription()]
            found += [part.windowTitle(), part.statusTip(), *_own(part)]
        elif isinstance(part, QAction):
            found = [part.text(), part.toolTip()]
        else:
            continue
        yield from ((kind, text) for text in found if text)


def _is_foreign(part: QObject | None) -> bool:
    """Whether pyqtgraph made it: its menus are not shown."""
    while part is not None:
        if isinstance(part, QMenu | GraphicsScene) and type(part).__module__.startswith(
            "pyqtgraph"
        ):
            return True
        part = part.parent()
    return False


def _own(widget: QWidget) -> list[str]:
    match widget:
        case QLabel() | QAbstractButton():
            return [widget.text()]
        case QGroupBox() | QMenu():
            return [widget.title()]
        case QLineEdit():
            return [widget.placeholderText()]
        case QProgressBar():
            return [widget.format()]
        case QComboBox():
            return [widget.itemText(place) for place in range(widget.count())]
        case QTabWidget():
            places = range(widget.count())
            return [*map(widget.tabText, places), *map(widget.tabToolTip, places)]
        case QTableView() if widget.model() is not None:
            return list(_headings(widget.model()))
    return []


def _headings(model: QAbstractItemModel) -> Iterator[str]:
    for column in range(min(_MOST_ROWS, model.columnCount(QModelIndex()))):
        for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            found = model.headerData(column, Qt.Orientation.Horizontal, role)
            if isinstance(found, str):
                yield found


def _is_ours(top: QWidget) -> bool:
    return type(top).__module__.startswith("fragscope")


def main() -> None:
    """Drive the window through what most people see first."""
    application = QApplication(["fragscope"])
    with TemporaryDirectory() as folder:
        studio = Studio(application, Path(folder), Path(folder), parameters=SHORT)
        window = studio.explained()
        window.session.set_against((window.session.target or 0) + 1)
        window.guide.keys.toggle()
        window.models.ask()
        studio.rest()
        tops = [top for top in application.topLevelWidgets() if _is_ours(top)]
        found = sorted({pair for top in tops for pair in texts(top)})
        studio.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
