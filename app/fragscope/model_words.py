"""What the window says of each kind of model while its specification is typed. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from fragscope_explainers.classifiers.spec_advice import functions_in
from fragscope_explainers.classifiers.specs import ModelSpec, parse_spec
from fragscope_explainers.errors import FragScopeError
from fragscope_explainers.translation import tr

from .model_choice import DEFAULT_MODEL

EXAMPLES = (
    DEFAULT_MODEL,
    "torchvision:resnet50",
    "timm:mobilenetv4_conv_small.e2400_r224_in1k",
    "hf:google/vit-base-patch16-224",
)
"""Specifications that show how others are typed."""

FILE_FILTER = tr(
    "Models ({patterns});;All files (*)",
    patterns="*.onnx *.xml *.tflite *.pt *.pth *.ts *.torchscript *.pt2 *.safetensors "
    "*.safetensors.index.json *.ckpt *.bin *.py",
)

_HINTS = {
    "builtin": tr("The bundled ImageNet model. It works offline."),
    "torchvision": tr(
        "A torchvision network with its recommended weights, which are downloaded once; "
        "NAME@FILE takes weights of your own."
    ),
    "timm": tr("A timm network with its own preprocessing; weights are downloaded once."),
    "hf": tr("An image classifier from Hugging Face, or from a folder that was saved from it."),
    "onnx": tr("An ONNX file. It only answers: gradient methods cannot look into it."),
    "openvino": tr(
        "An OpenVINO model (.xml with its .bin). It only answers: gradient methods cannot "
        "look into it."
    ),
    "tflite": tr("A TensorFlow Lite file. It only answers: gradient methods cannot look into it."),
    "exported": tr("A program written by torch.export."),
    "torch-file": tr(
        "A TorchScript program, or weights: give those with their network, as in "
        "torchvision:mobilenet_v2@weights.pth."
    ),
    "factory": tr("A Python function that builds the model. Opening it runs that program."),
    "remote": tr("A model on a server that speaks the Open Inference Protocol (V2)."),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a typed specification is understood.

    Attributes
    ----------
    spec : what it names, or None where that cannot be told.
    text : one sentence on it, or what is wrong with it.
    """

    spec: ModelSpec | None
    text: str

    @property
    def runs_code(self) -> bool:
        """Whether opening it runs a program that somebody wrote."""
        return self.spec is not None and self.spec.runs_code


def read_typed(text: str) -> Reading:
    """Understand a specification while it is typed."""
    if not text.strip():
        return Reading(None, tr("Type a name, choose a file, or give a server's URL."))
    try:
        spec = parse_spec(text)
    except FragScopeError as error:
        return Reading(None, as_sentence(str(error)))
    return Reading(spec, _HINTS[spec.kind])


def as_sentence(text: str) -> str:
    """What a part of the library says, where it stands alone."""
    return text[:1].upper() + text[1:]


def as_specification(path: str) -> str:
    """What to type for a chosen file; a Python file still lacks its function, if it has several."""
    if not path.endswith(".py"):
        return path
    names = functions_in(path)
    return f"{path}:{names[0] if len(names) == 1 else ''}"


def progress_words(done: int, total: int | None) -> str:
    """How far a download is, in megabytes."""
    there = f"{done / 1e6:,.1f}"
    return (
        tr("{there} MB", there=there)
        if total is None
        else tr("{there} of {total:,.1f} MB", there=there, total=total / 1e6)
    )
