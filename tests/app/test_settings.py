from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from fragscope.colours import Display
from fragscope.settings import Settings, load_settings, save_settings, settings_file

CHOSEN = Settings(
    *("dark", "viridis", 1.0, True, True, "/pictures", "/reports", "AAAA", {"m": [3, 1]}),
    sizes={"rows": [500, 200]},
    tab="Map",
    hints_seen=True,
)


def test_what_is_saved_is_loaded() -> None:
    assert load_settings() == Settings()
    save_settings(CHOSEN)
    assert load_settings() == CHOSEN
    assert list(settings_file().parent.iterdir()) == [settings_file()]


@pytest.mark.skipif(sys.platform != "linux", reason="the variable is Linux's")
def test_settings_lie_where_the_desktop_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings_file() == tmp_path / "fragscope" / "settings.json"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"dark"', "\x00", "{}"])
def test_a_damaged_file_gives_the_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    assert load_settings(path) == Settings()


@pytest.mark.parametrize(
    "damage",
    [
        {"theme": 3},
        {"size": 110},
        {"size": "150"},
        {"theme": "purple"},
        {"theme": ["dark"]},
        {"colour_map": "magmaa"},
        {"opacity": "0.5"},
        {"opacity": 7.5},
        {"opacity": float("nan")},
        {"opacity": True},
        {"window": None},
        {"pins": [3]},
        {"pins": {"m": 3}},
        {"pins": {"m": [True]}},
        {"pins": {"m": [-1]}},
        {"sizes": [3]},
        {"sizes": {"rows": 3}},
        {"sizes": {"rows": [0, 0]}},
        {"sizes": {"rows": []}},
        {"sizes": {"rows": [-1, 5]}},
        {"sizes": {"rows": [10**9, 5]}},
        {"sizes": {"rows": [True, 5]}},
        {"tab": 1},
        {"hints_seen": "yes"},
        {"hints_seen": 1},
        {"unknown": 1},
    ],
)
def test_what_is_damaged_gets_its_default_and_the_rest_stays(
    tmp_path: Path, damage: dict[str, object]
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"report_folder": "/reports"} | damage))
    assert load_settings(path) == Settings(report_folder="/reports")


def test_a_file_of_other_bytes_gives_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"\xff\xfe\x00")
    assert load_settings(path) == Settings()


def test_settings_that_cannot_be_saved_are_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    save_settings(CHOSEN, tmp_path / "file" / "settings.json")
    save_settings(CHOSEN, tmp_path / "file" / "below" / "settings.json")
    assert (tmp_path / "file").read_text() == "x"


def test_what_hides_a_part_of_the_maps_is_not_remembered() -> None:
    display = Display("jet", 0.4, sign="negative", top=0.1, contours=True, fade=True, locked=True)
    settings = Settings().with_display(display)
    assert settings.display == Display("jet", 0.4, contours=True, fade=True)
