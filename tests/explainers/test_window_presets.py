from __future__ import annotations

import numpy as np

from fragscope_explainers.counts import Counts, Window, counts_of
from fragscope_explainers.window_presets import window_presets

RAMP = np.arange(-1000, 1001, dtype=np.int16).reshape(3, 667)


def names(counts: Counts) -> list[str]:
    return [preset.name for preset in window_presets(counts)]


def test_the_first_preset_is_what_was_found_on_reading() -> None:
    plain = counts_of(np.arange(300, dtype=np.uint16).reshape(15, 20))
    for counts in (plain, plain.through(Window(5, 7))):
        first = window_presets(counts)[0]
        assert (first.name, first.window) == ("All that 10 bits hold", Window(511.5, 1023))


def test_the_range_and_the_percentiles_are_those_of_the_picture() -> None:
    found = {preset.name: preset.window for preset in window_presets(counts_of(RAMP))}
    assert found["Least to greatest count"] == Window.between(-1000, 1000)
    assert found["Without the outer 0.5 %"] == Window.between(-990, 990)
    assert len(found) == 2, "the range is what was found on reading, and stands there once"


def test_windows_of_the_file_come_first_by_their_names() -> None:
    named = (("BONE", Window(400, 1800, "linear")), ("", Window(40, 80, "linear")))
    counts = Counts(RAMP, named[0][1], "the file", named=named)
    assert names(counts)[:2] == ["BONE", "Window 2"]
    unnamed = Counts(RAMP, Window(3, 4), "the file")
    assert names(unnamed)[0] == "As the file says"


def test_a_preset_tells_its_origin_and_its_numbers() -> None:
    named = (("LUNG", Window(-600, 1500, "linear")), ("", Window(40.5, 80, "linear")))
    found = window_presets(Counts(RAMP, named[0][1], "the file", unit="HU", named=named))
    texts = [preset.text for preset in found]
    assert texts[:2] == ["LUNG, from the file (-600, 1,500)", "Window 2, from the file (40.5, 80)"]
    assert "Lung (-600, 1,500)" in texts
    unnamed = Counts(RAMP, Window(3, 4), "the file")
    assert window_presets(unnamed)[0].text == "As the file says (3, 4)"


def test_tissues_are_offered_in_hu_only() -> None:
    tissues = {"Brain": Window(40, 80), "Lung": Window(-600, 1500), "Bone": Window(400, 1800)}
    found = window_presets(Counts(RAMP, Window(0, 9), "the file", unit="HU"))
    by_name = {preset.name: preset.window for preset in found}
    assert {name: by_name[name] for name in tissues} == tissues
    assert "Brain" not in names(Counts(RAMP, Window(0, 9), "the file"))
