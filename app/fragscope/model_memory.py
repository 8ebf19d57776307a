"""All that the pictures showed of a model, to bring it back after another one. No Qt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .edits import KeptEdit
from .model_choice import ModelChoice
from .panel_memory import Memories
from .panel_set import PanelSet
from .panels import Panel
from .pictures import Answer, Picture

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier


@dataclass(frozen=True, slots=True, eq=False)
class PictureMemory:
    """What was known of a picture by one model, with the results of its panels; no pixels."""

    picture: Picture
    panels: Memories
    answer: Answer | None
    edit: KeptEdit | None
    target: int | None
    against: int | None

    @classmethod
    def of(cls, picture: Picture) -> PictureMemory:
        """A picture as it is now."""
        asked = picture.prediction
        answer = picture.answer if asked is None else asked.answer
        panels, edit = picture.panels.remember(), picture.edit
        return cls(picture, panels, answer, edit, picture.target, picture.against)

    def restore(self) -> None:
        """Make the picture what it was; its model is to be asked for the answer that is known."""
        picture = self.picture
        picture.panels = PanelSet.holding(memory.panel() for memory in self.panels)
        picture.prediction, picture.failure, picture.answer = None, "", self.answer
        picture.pyramid = next((panel.pyramid for panel in picture.panels if panel.pyramid), None)
        picture.edit, picture.target, picture.against = self.edit, self.target, self.against


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
