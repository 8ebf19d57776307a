"""What to type in the place of a text that names no model, told by what the text looks like."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from ..translation import tr

_CODE = re.compile(r"(?P<file>.+\.py):?")
_NAME = re.compile(r"[A-Za-z]\w*(?:[._-]\w+)*")
_REPOSITORY = re.compile(r"[\w-]+(?:\.[\w-]+)*/[\w-]+(?:\.[\w-]+)*")
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]*)://")
_FOREIGN = {
    ".h5": "Keras",
    ".keras": "Keras",
    ".pb": "TensorFlow",
    ".mlmodel": "Core ML",
    ".mlpackage": "Core ML",
    ".engine": "TensorRT",
    ".plan": "TensorRT",
    ".pdmodel": "Paddle",
    ".params": "MXNet",
    ".caffemodel": "Caffe",
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".joblib": "pickle",
}
"""Kinds of files that models come in and that are not read here, by the end of their names."""
_MOST_BYTES, _MOST_NAMES = 1 << 20, 5


def advice(text: str, collections: Iterable[str]) -> str:
    """One sentence on what to type in its place, or nothing where it looks like nothing known.

    Parameters
    ----------
    collections : names of collections of models.
    """
    known = {f"{name}:" for name in collections}
    if text.lower() in known:
        return tr("'{text}' lacks the name of a model, as in torchvision:resnet50", text=text)
    scheme = _SCHEME.match(text)
    if scheme:
        return tr(
            "servers are asked over http, https, grpc or grpcs, not over {scheme}; give a URL such "
            "as http://HOST:PORT/v2/models/NAME",
            scheme=scheme["scheme"],
        )
    return _of_a_place(text) or _of_a_name(text)


def is_meant_as_model(file: str) -> bool:
    """Whether a file is code, or a model of a format that is not read here."""
    return Path(file).suffix.lower() in (".py", *_FOREIGN)


def functions_in(file: str) -> list[str]:
    """Names of a Python file's own functions, which are read and not run; the first few."""
    try:
        path = Path(file).expanduser()
        code = path.read_bytes() if path.is_file() and path.stat().st_size < _MOST_BYTES else b""
        found = [part.name for part in ast.parse(code).body if isinstance(part, ast.FunctionDef)]
    except (OSError, ValueError, SyntaxError, RuntimeError, MemoryError):
        return []
    return [name for name in found if not name.startswith("_")][:_MOST_NAMES]


def _of_a_place(text: str) -> str:
    """Advice on a file or a folder."""
    code = _CODE.fullmatch(text)
    if code:
        return tr(
            "'{file}' is Python code; say which of its functions builds the model, as in "
            "{name}:{functions}",
            file=code["file"],
            name=Path(code["file"]).name,
            functions=tr(" or :").join(functions_in(code["file"]) or ["function"]),
        )
    foreign = _FOREIGN.get(Path(text).suffix.lower())
    if foreign:
        return tr(
            "'{text}' is a file of {foreign}, which cannot be opened here; export the model to "
            "ONNX, or give a Python function that loads it, as in file.py:function",
            text=text,
            foreign=foreign,
        )
    if text and _is_folder(text):
        return tr(
            "'{text}' is a folder; give the file of the model in it, or hf:FOLDER where "
            "transformers saved it",
            text=text,
        )
    return ""


def _of_a_name(text: str) -> str:
    if _REPOSITORY.fullmatch(text):
        return tr("'{text}' names no collection; a model of the hub is hf:{text}", text=text)
    if _NAME.fullmatch(text) and not Path(text).suffix:
        return tr(
            "'{text}' names no collection; give torchvision:{text}, timm:{text} or a file",
            text=text,
        )
    return ""


def _is_folder(text: str) -> bool:
    try:
        return Path(text).expanduser().is_dir()
    except (OSError, ValueError, RuntimeError):  # no path at all
        return False
