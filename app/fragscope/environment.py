"""What a report and a bug report say of the machine and its software. No Qt."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from fragscope_explainers.translation import tr

from . import display

MISSING = tr("not installed")
"""Version of a package that is not there."""
PACKAGES = (
    "fragscope",
    "torch",
    "torchvision",
    "openvino",
    "captum",
    "numpy",
    "scikit-image",
    "scipy",
    "matplotlib",
    "pillow",
    "PySide6-Essentials",
    "pyqtgraph",
)
_QT_PROBE = (
    "from PySide6.QtGui import QGuiApplication as A; "
    "a = A([]); print(a.platformName(), a.primaryScreen().size().toTuple())"
)


def package_versions() -> dict[str, str]:
    """Installed version of every package that can change a result."""
    return {name: _version(name) for name in PACKAGES}


def machine() -> dict[str, str]:
    """Python, system and processor."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": platform.machine(),
    }


def findings() -> Iterator[tuple[str, str, bool]]:
    """Look the installation over: pairs of a subject and what was found, and whether it is well."""
    yield from software()
    yield _model()
    yield _qt()


def software() -> Iterator[tuple[str, str, bool]]:
    """What `findings` tells before it tries the model and Qt: versions and devices."""
    for name, value in machine().items():
        yield name, value, True
    for name, value in package_versions().items():
        yield name, value, value != MISSING
    yield _torchvision()
    yield _devices()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return MISSING


def _torchvision() -> tuple[str, str, bool]:
    from fragscope_explainers.classifiers import torchvision_compat
    from fragscope_explainers.errors import ModelError

    try:
        torchvision_compat.torchvision()
    except ModelError as error:
        return tr("torchvision and torch"), str(error), False
    if torchvision_compat.operators_are_declared():
        return (
            tr("torchvision and torch"),
            tr("different builds; FragScope needs none of the operators that do not load"),
            True,
        )
    return tr("torchvision and torch"), "match", True


def _devices() -> tuple[str, str, bool]:
    import torch

    from fragscope_explainers.classifiers.devices import available_devices

    names = [
        f"{name} ({torch.cuda.get_device_name()})" if name == "cuda" else name
        for name in available_devices()
    ]
    return (
        "devices",
        ", ".join(names) + tr("; {num_threads} CPU threads", num_threads=torch.get_num_threads()),
        True,
    )


def _model() -> tuple[str, str, bool]:
    from fragscope_explainers.classifiers.catalog import load_classifier
    from fragscope_explainers.errors import ModelError

    try:
        model = load_classifier(device="cpu")
    except ModelError as error:
        return tr("bundled model"), str(error), False
    return (
        tr("bundled model"),
        tr(
            "{name}, weights sha256 {weights_hash}",
            name=model.name,
            weights_hash=model.weights_hash[:16],
        ),
        True,
    )


def window_trouble() -> str:
    """Why Qt cannot start here, or nothing."""
    found, well = _try_qt()
    return "" if well else tr("Qt {found}", found=found)


def _qt() -> tuple[str, str, bool]:
    if not display.is_present():
        return (
            tr("Qt window system"),
            tr("no display here, so no window; everything else works"),
            True,
        )
    return tr("Qt window system"), *_try_qt()


def _try_qt() -> tuple[str, bool]:
    """Start Qt in a process of its own: where its platform plugin is broken, it aborts."""
    command = [sys.executable, "-c", _QT_PROBE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return tr("gives no answer within 60 s"), False
    if done.returncode == 0:
        return done.stdout.strip(), True
    said = [line for line in done.stderr.strip().splitlines() if line.strip()]
    return said[0] if said else tr("ended with {returncode}", returncode=done.returncode), False
