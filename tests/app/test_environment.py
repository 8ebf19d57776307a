from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from fragscope import environment
from fragscope_explainers.classifiers import catalog
from fragscope_explainers.errors import ModelError


def qt_finding(monkeypatch: pytest.MonkeyPatch, **answer: Any) -> tuple[str, str, bool]:
    """What is found of Qt where its process answers so."""
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(**answer))
    return environment._qt()


def test_versions_are_those_that_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "PACKAGES", ("numpy", "no-such-package-here"))
    found = environment.package_versions()
    assert found == {"numpy": version("numpy"), "no-such-package-here": "not installed"}


def test_the_machine_is_described_in_words() -> None:
    found = environment.machine()
    assert found["python"] == ".".join(str(part) for part in sys.version_info[:3])
    assert all(found.values())


def test_findings_cover_packages_model_devices_and_qt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    found = {subject: (text, well) for subject, text, well in environment.findings()}
    assert found.keys() >= {"python", "torch", "torchvision and torch", "devices"}
    assert found["bundled model"][0].startswith("EfficientNet-Lite0, weights sha256 ")
    assert found["Qt window system"][0].startswith("offscreen")
    assert [subject for subject, (_, well) in found.items() if not well] == []


def test_a_model_that_does_not_load_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> NoReturn:
        raise ModelError("the weights are not there")

    monkeypatch.setattr(catalog, "load_classifier", fail)
    assert environment._model() == ("bundled model", "the weights are not there", False)


@pytest.mark.parametrize(
    ("code", "stderr", "said"),
    [
        (-6, "\nqt.qpa.xcb: no display\nAborted\n", "qt.qpa.xcb: no display"),
        (-11, "", "ended with -11"),
    ],
)
def test_a_qt_that_aborts_is_told(
    monkeypatch: pytest.MonkeyPatch, code: int, stderr: str, said: str
) -> None:
    found = qt_finding(monkeypatch, returncode=code, stdout="", stderr=stderr)
    assert found == ("Qt window system", said, False)


def test_a_qt_that_hangs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> NoReturn:
        raise subprocess.TimeoutExpired("python", 60)

    monkeypatch.setattr(subprocess, "run", hang)
    assert environment._qt() == ("Qt window system", "gives no answer within 60 s", False)
