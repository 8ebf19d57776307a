from __future__ import annotations

import numpy as np
from numpy.testing import assert_array_equal

from fragscope.edits import Edit, KeptEdit


def test_a_kept_edit_is_the_edit_again_in_an_eighth_of_the_memory() -> None:
    marked = np.random.default_rng(3).random((37, 53)) < 0.3
    edit = Edit(marked, True, "blur")
    kept = KeptEdit.of(edit)
    again = kept.edit()
    assert_array_equal(again.marked, marked)
    assert (again.keeps, again.fill) == (True, "blur")
    assert not again.marked.flags.writeable
    assert len(kept.bits) <= marked.size / 8 + 1


def test_kept_edits_are_equal_where_the_edits_are() -> None:
    marked = np.zeros((5, 7), bool)
    assert KeptEdit.of(Edit(marked)) == KeptEdit.of(Edit(marked.copy()))
    assert KeptEdit.of(Edit(marked)) != KeptEdit.of(Edit(marked, True))
    assert KeptEdit.of(Edit(marked)) != KeptEdit.of(Edit(~marked))
