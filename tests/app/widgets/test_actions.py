"""No two actions share a key, and every action says what it does."""

from __future__ import annotations

from collections import Counter

from PySide6.QtWidgets import QApplication, QWidget

from fragscope.widgets.actions import SPECS, Actions, keys_table


def test_keys_are_unique_and_listed(qapp: QApplication) -> None:
    keys = Counter(key for spec in SPECS for key in spec.keys)
    assert max(keys.values()) == 1
    table = keys_table()
    for spec in SPECS:
        assert spec.tip in table or (spec.name.startswith("panel ") and "1 to 9" in table)


def test_every_action_has_icon_key_and_tip(qapp: QApplication) -> None:
    owner = QWidget()
    actions = Actions(owner)
    for spec in SPECS:
        action = actions[spec.name]
        assert not action.icon().isNull()
        assert action.shortcuts()
        assert spec.keys[0] in action.toolTip()
