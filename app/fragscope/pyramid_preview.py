"""Fragments as they would be cut, before any run. Only QtCore is used here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fragscope_explainers.errors import FragScopeError
from fragscope_explainers.translation import tr

from .session import Session

if TYPE_CHECKING:
    from fragscope_explainers.fragments import Cutting, Pyramid
    from fragscope_explainers.preprocessing import ModelInput


class PyramidPreview(QObject):
    """Cuts the session's picture on the worker; of several wishes the latest wins.

    Signals (GUI thread)
    -------
    changed() : `pyramid` or `failure` is another one.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pyramid: Pyramid | None = None
        self.failure = ""
        self._session = session
        self._wanted: Cutting | None = None
        self._is_cutting = False
        session.image_changed.connect(self.clear)

    def clear(self) -> None:
        """Preview nothing."""
        self._wanted = None
        self._show(None, "")

    def show(self, cutting: Cutting) -> None:
        """Cut the picture in this way; `changed` follows."""
        self._wanted = cutting
        if not self._is_cutting:
            self._begin()

    @property
    def is_pending(self) -> bool:
        """Whether a wish is still to be cut."""
        return self._wanted is not None

    def _begin(self) -> None:
        """Cut the newest wish; there is never more than one on the worker."""
        prediction, cutting = self._session.prediction, self._wanted
        if prediction is None or cutting is None:
            self._wanted = None
            return
        model_input = prediction.model_input
        self._is_cutting = True
        self._session.in_background(
            lambda: _cut(cutting, model_input), lambda found: self._take(cutting, *found)
        )

    def _take(self, cutting: Cutting, pyramid: Pyramid | None, failure: str) -> None:
        self._is_cutting = False
        if cutting is not self._wanted:  # there is a newer wish, or none any more
            self._begin()
            return
        self._wanted = None
        self._show(pyramid, failure)

    def _show(self, pyramid: Pyramid | None, failure: str) -> None:
        self.pyramid, self.failure = pyramid, failure
        self.changed.emit()


def _cut(cutting: Cutting, model_input: ModelInput) -> tuple[Pyramid | None, str]:
    """The fragments, or the sentence that says why there are none."""
    try:
        return cutting.pyramid(model_input), ""
    except FragScopeError as error:
        return None, str(error)
    except MemoryError:
        return None, tr("memory ran out; ask for fewer fragments")
    except Exception as error:  # noqa: BLE001  # a segmenter may raise anything; the next wish must come
        return None, tr("the cut failed: {kind}: {error}", kind=type(error).__name__, error=error)
