"""Which packages the library may load, seen in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys

IMPORT_ALL = """
import importlib, json, pkgutil, sys
import fragscope_explainers as package
names = [m.name for m in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for name in names:
    importlib.import_module(name)
print(json.dumps([names, sorted(sys.modules)]))
"""

LIST_METHODS = """
import json, sys
import fragscope_explainers
from fragscope_explainers import Geometry, Image, ModelInput, Preprocessing, Request, methods
from fragscope_explainers import Pyramid, read_image, resolve_target
import fragscope_explainers.fills, fragscope_explainers.smallest_sets, fragscope_explainers.types
import fragscope_explainers.metrics.pixel_order
print(json.dumps([[m.name for m in fragscope_explainers.methods], sorted(sys.modules)]))
"""


def in_fresh_interpreter(code: str) -> tuple[list[str], set[str]]:
    """What the code prints: some names, and the modules that it loaded."""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    names, modules = json.loads(done.stdout.splitlines()[-1])
    return names, set(modules)


def test_no_module_of_the_library_loads_qt_or_the_app() -> None:
    names, modules = in_fresh_interpreter(IMPORT_ALL)
    assert len(names) > 20
    tops = {name.partition(".")[0] for name in modules}
    assert not tops & {"PySide6", "PyQt5", "PyQt6", "qtpy", "pyqtgraph", "qtawesome"}
    assert not tops & {"fragscope", "fragscope_resources"}


def test_methods_are_listed_and_geometry_computed_without_torch() -> None:
    names, modules = in_fresh_interpreter(LIST_METHODS)
    assert "mfpp" in names
    assert not modules & {"torch", "torchvision", "captum"}
