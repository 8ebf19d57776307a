"""All that the pictures showed of a model, to bring it back after another one. No Qt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .edits import KeptEdit
from .model_choice import ModelChoice
from .panel_memory import Memories, PanelMemory
from .panel_set import PanelSet
from .panels import Panel, Status
from .pictures import Answer, Picture

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier
    from fragscope_explainers.fragments import Pyramid


@dataclass(frozen=True, slots=True, eq=False)
class PictureMemory:
    """What was known of a picture by one model, with the results of its panels; no pixels.

    Attributes
    ----------
    modified, sha256 : of the file that this is known of.
    """

    picture: Picture
    modified: float | None
    sha256: str
    panels: Memories
    pyramid: Pyramid | None
    answer: Answer | None
    edit: KeptEdit | None
    target: int | None
    against: int | None

    @classmethod
    def of(cls, picture: Picture) -> PictureMemory:
        """A picture as it is now."""
        asked = picture.prediction
        return cls(
            picture,
            picture.modified,
            picture.sha256,
            picture.panels.remember(),
            picture.pyramid,
            picture.answer if asked is None else asked.answer,
            picture.edit,
            picture.target,
            picture.against,
        )

    @property
    def is_of_this_file(self) -> bool:
        """Whether the picture's file is the one of then; it may have been written since."""
        picture = self.picture
        if self.sha256 and picture.sha256:
            return self.sha256 == picture.sha256
        return self.modified == picture.modified

    def restore(self) -> list[Panel]:
        """Make the picture what it was; its model is to be asked for the answer that is known.

        Panels with a model of their own stay as they are where they answer the same question.

        Returns
        -------
        The panels that are gone, whose jobs are to be ended.
        """
        picture = self.picture
        now = {panel.number: panel for panel in picture.panels}
        panels = [_back(memory, now.get(memory.kept.number)) for memory in self.panels]
        picture.panels = PanelSet.holding(panels)
        picture.prediction, picture.failure, picture.answer = None, "", self.answer
        picture.pyramid, picture.edit = self.pyramid, self.edit
        picture.target, picture.against = self.target, self.against
        return [panel for panel in now.values() if panel not in panels]


def _back(memory: PanelMemory, now: Panel | None) -> Panel:
    """A panel as it was, or as it is now where its own model has gone on answering."""
    stays = now is not None and now.model is not None and now.status is not Status.EMPTY
    return now if now is not None and stays and memory.is_of(now) else memory.panel()


@dataclass(frozen=True, slots=True, eq=False)
class ModelMemory:
    """A model that the window had, and what all pictures showed of it, the latest first.

    Two memories are equal where they are of the very same model.
    """

    classifier: LoadedClassifier
    choice: ModelChoice
    spec: str
    pictures: tuple[PictureMemory, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModelMemory) and self.classifier is other.classifier

    __hash__ = None  # type: ignore[assignment]

    @property
    def panels(self) -> Iterator[Panel]:
        """Panels with the results that it keeps."""
        return (memory.kept for picture in self.pictures for memory in picture.panels)
