"""What torch saves: TorchScript, weights, whole networks, and exported programs under its name."""

from __future__ import annotations

import re
import warnings
import zipfile
from pathlib import Path

import torch
from torch import nn

from ...errors import ModelError, first_line
from ...translation import tr
from ..specs import ModelSpec
from . import exported_programs
from .architectures import likely
from .found import DistrustedError, Found, Order
from .model_files import archive_names, damaged, model_file, sha256
from .state_dicts import read_weights, unwrapped

_SCRIPT = "constants.pkl"
_PROGRAM = ("models/model.json", "serialized_exported_program.json")
_CODE_SUFFIX = ".py"
_TOUCHES_FILES = re.compile(
    r"\b(?:save|from_file)\b"
    r"|(?<![\w.])ops\.(?!(?:aten|prim|prims|quantized|torchvision)\.)\w+"
)
"""What in TorchScript reads or writes files, or belongs to no known library."""
_LOOK_UP = re.compile(r'\bgetattr\(\s*[\w.]+\s*,\s*"[\w.\-]*"\s*\)')
"""A part of a network by its plain name; other names could spell such a call in escapes."""


def find(spec: ModelSpec, order: Order) -> Found:
    """Load what the file holds, whatever its suffix.

    Raises
    ------
    DistrustedError
        The file holds a program, and is not trusted.
    ModelError
        It cannot be read, or holds weights without an architecture.
    """
    path = model_file(spec)
    names = archive_names(path)
    if any(name in names for name in _PROGRAM):
        return exported_programs.find(spec, order)
    if _SCRIPT in names:
        return _script(path, order)
    saved = read_weights(path, order)
    if isinstance(saved, nn.Module):
        return Found(saved.float(), path.stem, weights_hash=sha256(path))
    raise ModelError(
        tr(
            "{path}: holds {count:,} weights and no architecture; give it with its name, as in "
            "{example}",
            path=path,
            count=len(saved),
            example=_example(likely(unwrapped(saved)), path),
        )
    )


def _example(architectures: tuple[str, ...], path: Path) -> str:
    if not architectures:
        return tr("torchvision:resnet50@{name} or timm:vit_base_patch16_224@{name}", name=path)
    return " or ".join(f"{name}@{path}" for name in architectures)


def _script(path: Path, order: Order) -> Found:
    if not order.trusted:
        _refuse_file_access(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch recommends its newer format
            module = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
    except Exception as error:  # damaged files raise anything
        raise damaged(path, "TorchScript", first_line(error)) from error
    return Found(module, path.stem, weights_hash=sha256(path), has_layers=False)


def _refuse_file_access(path: Path) -> None:
    """TorchScript is a program of a small language, which runs from loading on."""
    with zipfile.ZipFile(path) as archive:
        codes = [archive.read(n) for n in archive.namelist() if n.endswith(_CODE_SUFFIX)]
    touched = next(filter(None, (touches(code.decode(errors="replace")) for code in codes)), "")
    if touched:
        raise DistrustedError(
            tr(
                "{path}: its TorchScript calls '{touched}', which may reach files on this "
                "computer. "
                "If you trust where it comes from, say so with --trust or the box in the window",
                path=path,
                touched=touched,
            )
        )


def touches(code: str) -> str:
    """What in TorchScript's code may reach files, or nothing."""
    found = _TOUCHES_FILES.search(code)
    if found:
        return found[0]
    inner = _LOOK_UP.sub("part", code)
    while inner != code:
        code, inner = inner, _LOOK_UP.sub("part", inner)
    return "getattr" if "getattr" in code else ""
