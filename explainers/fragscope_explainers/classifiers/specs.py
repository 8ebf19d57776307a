"""What `--model` takes: one line of text that says where a model comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ..errors import ModelError, UnknownNameError
from ..translation import tr
from .spec_advice import advice

PREFIXES = ("builtin", "torchvision", "timm", "hf")
"""Names before a colon that stand for collections of models."""

SUFFIXES: dict[str, str] = {
    ".onnx": "onnx",
    ".xml": "openvino",
    ".tflite": "tflite",
    ".pt2": "exported",
    ".pt": "torch-file",
    ".pth": "torch-file",
    ".ts": "torch-file",
    ".torchscript": "torch-file",
    ".bin": "torch-file",
    ".ckpt": "torch-file",
    ".safetensors": "torch-file",
}
"""The kind of model by the end of a file's name."""

SHARDED = ".safetensors.index.json"
"""End of the name of a file that lists the files among which weights are divided."""

_WITH_FOLDERS = ("torchvision", "timm")
"""Collections behind whose names a folder of weights may stand."""

ENGINES = ("onnxruntime",)
"""What may stand after "@" behind an ONNX file, to ask for it in OpenVINO's place."""

_FACTORY = re.compile(
    r"(?P<where>.+\.py|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):(?P<function>[A-Za-z_]\w*)"
)
_URL = re.compile(r"(?:https?|grpcs?)://", re.IGNORECASE)
_WHOLE_URL = re.compile(r"(?:https?|grpcs?)://[^\s'\"]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Where a model comes from.

    Attributes
    ----------
    kind : "builtin", "torchvision", "timm", "hf", a kind of file from `SUFFIXES`, "factory", or
        "remote".
    name : the model's name in its collection, the path of its file, the code's place, or the URL.
    weights : what stands after "@": the weights' name or file; empty for the collection's own.
    function : name of a factory's function.
    """

    kind: str
    name: str
    weights: str = ""
    function: str = ""

    @property
    def text(self) -> str:
        """The specification as it is typed, shown and saved; a URL without its secrets."""
        if self.kind == "factory":
            return f"{self.name}:{self.function}"
        shown = without_secrets(self.name) if self.kind == "remote" else self.name
        prefix = f"{self.kind}:" if self.kind in PREFIXES else ""
        return prefix + shown + (f"@{self.weights}" if self.weights else "")

    @property
    def path(self) -> Path | None:
        """The file that it names, or None for models without a file of their own."""
        if self.kind in SUFFIXES.values() or (self.kind == "factory" and self.name.endswith(".py")):
            return Path(self.name).expanduser()
        weights = Path(self.weights).expanduser()
        if self.weights and self.kind in _WITH_FOLDERS and weights.is_dir():
            return weights / f"model{SHARDED}"
        return weights if has_suffix(self.weights) else None

    @property
    def runs_code(self) -> bool:
        """Whether loading it runs a program that somebody wrote."""
        return self.kind == "factory"


def parse_spec(text: str) -> ModelSpec:
    """Read a model's specification.

    Parameters
    ----------
    text : "builtin:NAME", "torchvision:NAME[@WEIGHTS or FILE]", "timm:NAME[@FILE]",
        "hf:OWNER/NAME", a folder of transformers, a file, "FILE.onnx@onnxruntime",
        "file.py:FUNCTION", "package.module:FUNCTION", or "http(s)://HOST/v2/models/NAME" ("grpc://HOST:PORT/NAME").

    Raises
    ------
    ModelError
        The text has none of these forms.
    """
    text = text.strip()
    if _URL.match(text):
        return ModelSpec("remote", text)
    prefix, colon, rest = text.partition(":")
    if colon and prefix.lower() in PREFIXES and rest:
        name, _, weights = rest.partition("@")
        return ModelSpec(prefix.lower(), name.strip(), weights.strip())
    file, at, engine = text.rpartition("@")
    if at and engine in ENGINES and file.lower().endswith(".onnx"):
        return ModelSpec("onnx", file, engine)
    if has_suffix(text):
        kind = SUFFIXES.get(Path(text).suffix.lower(), "torch-file")
        return ModelSpec(kind, text)
    factory = _FACTORY.fullmatch(text)
    if factory:
        return ModelSpec("factory", factory["where"], function=factory["function"])
    if is_saved_by_transformers(text):
        return ModelSpec("hf", text)
    better = advice(text, PREFIXES)
    if better:
        raise ModelError(better)
    if colon and re.fullmatch(r"[A-Za-z]\w+", prefix) and "/" not in prefix:
        raise UnknownNameError(tr("kind of model"), prefix, PREFIXES)
    raise ModelError(
        tr(
            "'{text}' names no model; give a name such as torchvision:resnet50, a file that ends "
            "with "
            "{suffixes}, file.py:function, or a server's URL",
            text=text,
            suffixes=", ".join(SUFFIXES),
        )
    )


def is_saved_by_transformers(text: str) -> bool:
    """Whether a text names a folder that transformers saved a model into."""
    try:
        return bool(text) and (Path(text).expanduser() / "config.json").is_file()
    except (OSError, ValueError, RuntimeError):  # no path at all
        return False


def has_suffix(text: str) -> bool:
    """Whether a text ends as the file of a model does."""
    return Path(text).suffix.lower() in SUFFIXES or text.lower().endswith(SHARDED)


def without_secrets(text: str) -> str:
    """A text whose URLs have lost user, password, query and fragment: credentials travel there."""
    return _WHOLE_URL.sub(lambda found: _bare(found[0]), text)


def _bare(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # such as an IPv6 address that does not end
        return url.partition("://")[0] + "://"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
