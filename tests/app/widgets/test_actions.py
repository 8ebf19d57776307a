"""No two actions share a key, and every action says what it does."""

from __future__ import annotations

from collections import Counter

from PySide6.QtWidgets import QApplication, QWidget

from fragscope.widgets.actions import SPECS, Actions


def test_keys_are_unique(qapp: QApplication) -> None:
    keys = Counter(key for spec in SPECS for key in spec.keys)
    assert max(keys.values()) == 1
    assert len({spec.name for spec in SPECS}) == len(SPECS)


def test_every_action_has_icon_key_and_tip(qapp: QApplication) -> None:
    owner = QWidget()
    actions = Actions(owner)
    for spec in SPECS:
        action = actions[spec.name]
        assert not action.icon().isNull()
        assert action.shortcuts()
        assert spec.keys[0] in action.toolTip()
