from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from fragscope_explainers.classifiers import torchvision_compat
from fragscope_explainers.errors import ModelError

FRESH = """
from fragscope_explainers.classifiers import torchvision_compat as compat
try:
    import torchvision
    cured = False
except RuntimeError:
    cured = True
package = compat.torchvision()
from torchvision import models, transforms
from torchvision.ops import Conv2dNormActivation
assert package is compat.torchvision()
assert compat.operators_are_declared() == cured, (compat.operators_are_declared(), cured)
"""


@pytest.fixture
def undeclared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where an operator is declared or an import is forgotten."""
    for name in ("_declare_operators", "_forget_partial_import"):
        monkeypatch.setattr(torchvision_compat, name, lambda: pytest.fail("is not needed"))


def fails_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def import_module(name: str) -> ModuleType:
        raise error

    monkeypatch.setattr(torchvision_compat.importlib, "import_module", import_module)


def test_models_and_transforms_import_even_after_a_failed_plain_import() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", FRESH], check=True)


@pytest.mark.usefixtures("undeclared")
def test_nothing_is_done_where_the_import_works(monkeypatch: pytest.MonkeyPatch) -> None:
    package = ModuleType("torchvision")
    monkeypatch.setattr(torchvision_compat.importlib, "import_module", lambda name: package)
    assert torchvision_compat.torchvision() is package


@pytest.mark.usefixtures("undeclared")
def test_an_absent_torchvision_is_a_model_error(monkeypatch: pytest.MonkeyPatch) -> None:
    fails_with(monkeypatch, ModuleNotFoundError("No module named 'torchvision'"))
    with pytest.raises(ModelError, match=r"No module named.*install the torchvision that matches"):
        torchvision_compat.torchvision()


@pytest.mark.usefixtures("undeclared")
def test_a_torchvision_that_is_broken_otherwise_is_a_model_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fails_with(monkeypatch, RuntimeError("libcudart.so.12 is missing"))
    with pytest.raises(ModelError, match=r"cannot be imported: libcudart"):
        torchvision_compat.torchvision()
