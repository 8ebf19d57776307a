"""What is done to an input: erased or kept pixels, and the fill. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fragscope_explainers.what_if import BoolArray, EraserFill


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """What is done to the input.

    Attributes
    ----------
    marked : read-only bool [h, w] on the input grid.
    keeps : whether the marked part is all that stays; else it is what goes.
    fill : what erased pixels become.
    """

    marked: BoolArray
    keeps: bool = False
    fill: EraserFill = "mean"

    @property
    def is_empty(self) -> bool:
        """Whether nothing is erased: nothing is marked, or all of it is to be kept."""
        return not self.marked.any() or (self.keeps and bool(self.marked.all()))

    @property
    def erased(self) -> BoolArray:
        """Pixels [h, w] that the model does not get to see."""
        return ~self.marked if self.keeps and self.marked.any() else self.marked

    def marking(self, part: BoolArray, marked: bool = True) -> Edit:
        """The edit with a part [h, w] marked too, or no longer."""
        return replace(self, marked=frozen(self.marked | part if marked else self.marked & ~part))


@dataclass(frozen=True, slots=True)
class KeptEdit:
    """An edit in an eighth of the memory, for pictures that are not looked at, and for undo.

    Attributes
    ----------
    bits : the marked pixels, row by row, eight a byte.
    shape : height and width of the input grid.
    """

    bits: bytes
    shape: tuple[int, int]
    keeps: bool
    fill: EraserFill

    @classmethod
    def of(cls, edit: Edit) -> KeptEdit:
        """Pack an edit."""
        height, width = edit.marked.shape
        return cls(np.packbits(edit.marked).tobytes(), (height, width), edit.keeps, edit.fill)

    def edit(self) -> Edit:
        """The edit again."""
        packed = np.frombuffer(self.bits, dtype=np.uint8)
        count = self.shape[0] * self.shape[1]
        marked = np.unpackbits(packed, count=count).reshape(self.shape).astype(bool)
        return Edit(frozen(marked), self.keeps, self.fill)


def frozen(mask: BoolArray) -> BoolArray:
    """The mask, which can no longer be written to."""
    mask.flags.writeable = False
    return mask
