from __future__ import annotations

import pytest

from fragscope.presets import PRESETS, Preset
from fragscope_explainers import methods


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.label)
def test_every_preset_can_be_made(preset: Preset) -> None:
    assert preset.question.endswith("?")
    assert len(preset.panels) > 1
    for name, settings in preset.panels:
        assert methods.create(name, **settings).name == name


def test_no_two_panels_of_a_preset_are_alike() -> None:
    for preset in PRESETS:
        shown = [(name, tuple(settings.items())) for name, settings in preset.panels]
        assert len(set(shown)) == len(shown)
