from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from fragscope_explainers.classifiers.catalog import load_classifier
from fragscope_explainers.classifiers.sources.factories import find
from fragscope_explainers.classifiers.sources.found import DistrustedError, Order
from fragscope_explainers.classifiers.specs import parse_spec
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError

SETTINGS = {"size": "12x20", "resize": "squash"}
CODE = """
import numpy as np
import torch
from torch import nn

def network():
    print("loading")
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())

def takes_arrays():
    return lambda batch: batch.astype("float32").mean((2, 3))

def takes_tensors():
    return lambda batch: {"logits": batch.mean(dim=(2, 3))}

def gives_lists():
    return lambda batch: [[float(row.mean()), 2.0, 3.0] for row in batch]

class Own:
    labels = ["ant", "bee", "cat"]
    input_size = (12, 20)
    name = "my own"

    def probabilities(self, batch):
        return batch.mean((2, 3)).softmax(1)

def nothing():
    return 3

def crashes():
    value = 1
    return value / 0

def ends():
    raise SystemExit(3)

def crashes_later():
    def answer(batch):
        raise ValueError("no such layer")
    return answer

def library():
    from fragscope_explainers import load_classifier
    return load_classifier(device="cpu")
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    path = tmp_path / "models.py"
    path.write_text(CODE)
    return path


@pytest.mark.parametrize("name", ["network", "takes_arrays", "takes_tensors"])
def test_networks_and_functions_are_explained(name: str, code: Path) -> None:
    found = load_classifier(f"{code}:{name}", "cpu", SETTINGS, trusted=True)
    batch = torch.randn(4, 3, 12, 20)
    assert torch.allclose(found.probabilities(batch), batch.mean((2, 3)).softmax(1), atol=1e-6)
    assert isinstance(found, TorchClassifier) is (name == "network")


def test_lists_are_scores_too(code: Path) -> None:
    found = load_classifier(f"{code}:gives_lists", "cpu", SETTINGS, trusted=True)
    assert found.probabilities(torch.zeros(2, 3, 12, 20)).shape == (2, 3)


def test_an_object_with_probabilities_states_what_it_knows(code: Path) -> None:
    found = load_classifier(f"{code}:Own", "cpu", trusted=True)
    assert found.name == "my own"
    assert found.labels == ("ant", "bee", "cat")
    assert found.input_size == (12, 20)
    assert found.settings["activation"] == "none"
    batch = torch.randn(2, 3, 12, 20)
    assert torch.allclose(found.probabilities(batch), batch.mean((2, 3)).softmax(1), atol=1e-6)


def test_a_classifier_of_the_library_keeps_its_preprocessing_and_gradients(code: Path) -> None:
    found = load_classifier(f"{code}:library", "cpu", trusted=True)
    original = load_classifier(device="cpu")
    assert isinstance(found, TorchClassifier)
    assert found.preprocessing == original.preprocessing
    assert (found.labels, found.weights_hash) == (original.labels, original.weights_hash)


def test_nothing_runs_without_trust(tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    path.write_text(f"open({str(tmp_path / 'marker')!r}, 'w')\ndef network(): pass\n")
    with pytest.raises(DistrustedError, match=r"runs Python code.*--trust"):
        load_classifier(f"{path}:network", "cpu")
    assert not (tmp_path / "marker").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("crashes", r"crashed \(ZeroDivisionError: division by zero, line 32 of models\.py\)"),
        ("ends", r"crashed \(SystemExit: 3, line 35 of models\.py\)"),
        ("crashes_later", r"crashed on inputs.*ValueError: no such layer, line 39 of models\.py"),
        ("nothing", "returned int, which is no model"),
        ("netwrok", "has no function 'netwrok'; it has network"),
    ],
)
def test_errors_of_the_code_name_its_line(name: str, text: str, code: Path) -> None:
    with pytest.raises(ModelError, match=text) as raised:
        load_classifier(f"{code}:{name}", "cpu", SETTINGS, trusted=True)
    assert "\n" not in str(raised.value)


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    path.write_text("x = 1\ndef network(:\n")
    with pytest.raises(ModelError, match=r"SyntaxError.*line 2 of models\.py"):
        load_classifier(f"{path}:network", "cpu", trusted=True)


@pytest.mark.parametrize("place", ["{}/none.py:network", "no_such_package.models:network"])
def test_code_that_is_not_there_is_told(place: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no such model file|No module named 'no_such_package'"):
        load_classifier(place.format(tmp_path), "cpu", trusted=True)


def test_a_package_is_imported_by_its_name(code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(code.parent)
    monkeypatch.delitem(sys.modules, "models", raising=False)
    found = load_classifier("models:network", "cpu", SETTINGS, trusted=True)
    assert isinstance(found, TorchClassifier)
    sys.modules.pop("models")


def test_code_may_import_what_lies_beside_it(code: Path) -> None:
    path = code.with_name("other.py")
    path.write_text("import models\nnetwork = models.network\n")
    before = list(sys.path)
    load_classifier(f"{path}:network", "cpu", SETTINGS, trusted=True)
    assert sys.path == before
    sys.modules.pop("models")


def test_prints_stay_out_of_standard_output(code: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load_classifier(f"{code}:network", "cpu", SETTINGS, trusted=True)
    said = capsys.readouterr()
    assert said.out == ""
    assert "loading" in said.err


def test_code_that_never_returns_can_be_left(tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    path.write_text(
        textwrap.dedent(
            """
            import threading
            gate = threading.Event()
            def network():
                gate.wait(20)
            """
        )
    )

    class StoppedError(Exception):
        pass

    def counting() -> Callable[[int, int | None], None]:
        calls = []

        def report(done: int, total: int | None) -> None:
            calls.append(done)
            if len(calls) > 1:
                raise StoppedError

        return report

    order = Order(torch.device("cpu"), trusted=True, report=counting())
    with pytest.raises(StoppedError):
        find(parse_spec(f"{path}:network"), order)
    module = next(m for n, m in sys.modules.items() if getattr(m, "__file__", "") == str(path))
    module.gate.set()
