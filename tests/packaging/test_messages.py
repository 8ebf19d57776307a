"""Messages can be collected, translated and compiled, and the program then speaks them."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from PIL import Image as PillowImage

from fragscope_explainers import errors, methods
from fragscope_resources.samples import SAMPLES

ROOT = Path(__file__).resolve().parents[2]
LANGUAGE = "xh"
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
"""What the catalogue of the tests says: every message between these marks."""
WORD = re.compile(r"[^\W\d_]{2,}")
KEYS = re.compile(r"\b(Ctrl|Shift|Esc|Space|PgUp|PgDown)\b")
NAMES = (
    *(method.label for method in methods),
    *(f"{entry.label} {entry.credit}" for entry in SAMPLES),
    *("FragScope", "EfficientNet-Lite0", "OpenVINO", "CPU", "NCHW", "float32"),
    *("espresso", "cup", "coffee", "vs"),
    *("Close", "Scroll Left", "Scroll Right"),  # Qt has a catalogue of its own
    "input_size mean std short_side interpolation order range layout dtype resize bicubic crop",
    *("RGB", "channels"),
)
"""What has one name in every language."""
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type)}


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    """The script as it is when it is run."""
    with pytest.MonkeyPatch.context() as patches:
        patches.syspath_prepend(str(ROOT / "packaging"))
        yield importlib.import_module("messages")


@pytest.fixture(scope="module")
def collected(script: ModuleType) -> Catalog:
    return script.collect()


@pytest.fixture(scope="module")
def foreign(collected: Catalog, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which every message stands between marks."""
    folder = tmp_path_factory.mktemp("locale")
    catalogue = Catalog(LANGUAGE, domain="fragscope")
    for message in collected:
        if isinstance(message.id, tuple):
            forms = tuple(f"⟦{message.id[1]}⟧" for _ in range(catalogue.num_plurals))
            catalogue.add(message.id, forms)
        elif message.id:
            catalogue.add(message.id, f"⟦{message.id}⟧")
    path = folder / LANGUAGE / "LC_MESSAGES" / "fragscope.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalogue)
    return {
        **os.environ,
        "FRAGSCOPE_LOCALE": str(folder),
        "FRAGSCOPE_LANGUAGE": LANGUAGE,
        "QT_QPA_PLATFORM": "offscreen",
    }


def untold(text: str) -> str:
    """What of a text is not between marks, without tags, entities and keys."""
    before = None
    while text != before:
        before, text = text, MARKED.sub(" ", text)
    return KEYS.sub("", re.sub(r"<[^>]*>|&\w+;", "", text))


def test_every_message_is_written_out(collected: Catalog) -> None:
    texts = [text for message in collected for text in _texts(message.id)]
    assert len(texts) > 1000
    assert "Open a model - FragScope" in texts
    assert "{count} methods running" in texts
    assert all(text.strip() for text in texts)


def test_errors_are_said_in_words_that_can_be_translated() -> None:
    bare = [place for source in sorted(_sources()) for place in _bare_errors(source)]
    assert bare == []


def test_whole_window_speaks_another_language(foreign: dict[str, str]) -> None:
    run = [sys.executable, str(ROOT / "tests" / "app" / "spoken.py")]
    told = subprocess.run(run, env=foreign, capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert len(found) > 300
    english = {text for kind, text in found if kind != "QComboBox" and WORD.search(untold(text))}
    assert {text for text in english if not _is_a_name(text)} == set()


def test_command_line_speaks_another_language(foreign: dict[str, str]) -> None:
    run = [
        sys.executable,
        "-c",
        "from fragscope.cli import main; main()",
        "explain",
        "none.jpg",
        "--out",
        "none",
        "--method",
        "none",
    ]
    told = subprocess.run(run, env=foreign, capture_output=True, text=True, timeout=120)
    assert told.returncode != 0
    assert "⟦" in told.stderr


def test_help_of_every_command_speaks_another_language(foreign: dict[str, str]) -> None:
    code = (
        "import json; from typer.main import get_command; from fragscope.cli import app; "
        "group = get_command(app); "
        "shown = [group, *(c for c in group.commands.values() if not c.hidden)]; "
        "print(json.dumps([(c.name, c.help) for c in shown]))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], env=foreign, capture_output=True, text=True, timeout=120
    )
    assert told.returncode == 0, told.stderr
    commands = json.loads(told.stdout)
    assert len(commands) == 6
    assert [name for name, text in commands if WORD.search(untold(text))] == []


def test_report_for_programs_is_the_same_in_every_language(
    foreign: dict[str, str], tmp_path: Path
) -> None:
    picture, out = tmp_path / "deep.png", tmp_path / "reports"
    counts = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) * 15
    PillowImage.fromarray(counts).save(picture)
    code = "from fragscope.cli import main; main()"
    options = ("--method", "saliency", "--no-curves", "--device", "cpu", "--out", str(out))
    run = [sys.executable, "-c", code, "explain", str(picture), *options]
    told = subprocess.run(
        run, env=foreign, capture_output=True, encoding="utf-8", errors="replace", timeout=300
    )
    assert told.returncode == 0, told.stderr
    text = (out / "deep" / "run.json").read_text(encoding="utf-8")
    facts = json.loads(text)
    assert not [place for place in _texts_in(facts) if "⟦" in place]
    assert facts["image"]["counts"]["window"]["source"] == "16 bits, by its greatest count"
    assert facts["model"]["label_source"] == "bundled"
    assert "⟦counts 0 to" in " ".join(told.stdout.split())  # people are told in their language


def test_guesses_are_known_as_such_in_every_language(foreign: dict[str, str]) -> None:
    code = (
        "from fragscope_explainers.classifiers.assembling import guess_labels; "
        "from fragscope_explainers.classifiers.model_settings import settled; "
        "from fragscope_explainers.translation import shown; "
        "print(guess_labels(3).guessed, len(settled([]).guessed), shown(guess_labels(3).source))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], env=foreign, capture_output=True, encoding="utf-8"
    )
    guessed, settings, source = told.stdout.split(maxsplit=2)
    assert (guessed, settings) == ("True", "13")
    assert source.strip() == "⟦guessed: numbered⟧"


def test_translation_is_begun_mended_and_compiled(script: ModuleType, tmp_path: Path) -> None:
    path = script.update("de", tmp_path)
    with path.open("rb") as file:
        catalogue = read_po(file, locale="de", domain="fragscope")
    catalogue["Open pictures"].string = "Bilder öffnen"
    catalogue["{count} method running"].string = (
        "{count} Verfahren läuft",
        "{count} Verfahren laufen",
    )
    with path.open("wb") as file:
        write_po(file, catalogue)
    script.update("de", tmp_path)
    script.compile_catalogue("de", tmp_path)
    code = (
        "from fragscope_explainers.translation import tr, trn; "
        "print(tr('Open pictures'), trn('{count} method running', '{count} methods running', 2))"
    )
    environment = {**os.environ, "FRAGSCOPE_LOCALE": str(tmp_path), "LANGUAGE": "de_AT:de"}
    environment |= {"LC_ALL": "de_AT.UTF-8", "PYTHONIOENCODING": "utf-8"}
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, encoding="utf-8"
    )
    assert told.stdout.split("\n")[0] == "Bilder öffnen 2 Verfahren laufen"


def test_damaged_catalogue_is_told_and_english_is_spoken(
    foreign: dict[str, str], tmp_path: Path
) -> None:
    source = Path(foreign["FRAGSCOPE_LOCALE"]) / LANGUAGE / "LC_MESSAGES" / "fragscope.mo"
    damaged = tmp_path / LANGUAGE / "LC_MESSAGES" / "fragscope.mo"
    damaged.parent.mkdir(parents=True)
    code = "from fragscope_explainers.translation import tr; print(tr('Open pictures'))"
    for kept in (2, 100, 5_000):
        damaged.write_bytes(source.read_bytes()[:kept])
        told = subprocess.run(
            [sys.executable, "-c", code],
            env=foreign | {"FRAGSCOPE_LOCALE": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert told.stdout == "Open pictures\n"
        assert "cannot be read" in told.stderr


def test_translation_with_a_wrong_place_is_refused(script: ModuleType, tmp_path: Path) -> None:
    path = script.update("de", tmp_path)
    with path.open("rb") as file:
        catalogue = read_po(file, locale="de", domain="fragscope")
    catalogue["The session is saved in {path}."].string = "Gesichert in {pfad}."
    with path.open("wb") as file:
        write_po(file, catalogue)
    with pytest.raises(ValueError, match=r"Gesichert in \{pfad\}"):
        script.compile_catalogue("de", tmp_path)


def _texts_in(facts: object) -> Iterator[str]:
    """All texts of a JSON file, with their keys."""
    if isinstance(facts, dict):
        for key, value in facts.items():
            yield from (f"{key}: {text}" for text in _texts_in(value))
    elif isinstance(facts, list):
        for value in facts:
            yield from _texts_in(value)
    elif isinstance(facts, str):
        yield facts


def _texts(ids: str | tuple[str, ...]) -> tuple[str, ...]:
    return ids if isinstance(ids, tuple) else (ids,) if ids else ()


def _sources() -> Iterator[Path]:
    for root in ("app/fragscope", "explainers/fragscope_explainers"):
        yield from (ROOT / root).rglob("*.py")


def _bare_errors(source: Path) -> Iterator[str]:
    """Places that raise one of FragScope's errors with a sentence of their own."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in ERRORS - {"UnknownNameError"} and node.args:
            said = node.args[0]
            parts = said.values if isinstance(said, ast.JoinedStr) else [said]
            told = [part.value for part in parts if isinstance(part, ast.Constant)]
            if any(WORD.search(str(text)) and " " in str(text) for text in told):
                yield f"{source.relative_to(ROOT)}:{node.lineno}"


def _is_a_name(text: str) -> bool:
    """Whether a text is the same in every language: names of methods, models, classes, people."""
    words = {word for name in NAMES for word in WORD.findall(name)}
    return set(WORD.findall(untold(text))) <= words
