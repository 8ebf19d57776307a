"""Methods tell why they cannot explain a classifier, before they run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fragscope_explainers.access import why_not, why_unsupported
from fragscope_explainers.classifiers.black_box import BlackBoxClassifier
from fragscope_explainers.classifiers.engines import on_picture
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import UnknownNameError, UnsupportedError
from fragscope_explainers.explainer import final
from fragscope_explainers.preprocessing import ModelInput, Preprocessing
from fragscope_explainers.registry import methods
from fragscope_explainers.types import Request

LAYERED = {"grad-cam"}
GRADIENT = {"saliency", "integrated-gradients", "smoothgrad", *LAYERED}
OPEN = {"mfpp-notebook", *GRADIENT}


class Answers:
    """Runs nothing: every picture is of the second class."""

    name, batches, fixed_batch = "answers", (8, 1, 8), None

    def answer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.tile(np.array([[0.2, 0.8]], np.float32), (len(batch), 1))

    def close(self) -> None:
        pass


class Program(nn.Module):
    """An exported program, which can be switched to no mode."""

    def __init__(self, program: nn.Module) -> None:
        super().__init__()
        self.run = [program]

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.run[0](x)
        return found


def refused(classifier: object) -> set[str]:
    """Methods that a classifier cannot be explained by."""
    return {name for name in methods.names if why_unsupported(name, classifier)}  # type: ignore[arg-type]


def test_methods_say_what_they_need_before_they_are_loaded() -> None:
    for entry in methods:
        assert entry.access == entry.load().access


def test_an_open_model_offers_everything(tiny_cnn: TorchClassifier, wide_input: ModelInput) -> None:
    assert refused(tiny_cnn) == set()
    assert refused(on_picture(tiny_cnn, wide_input)) == set()


def test_a_black_box_is_left_to_masks(
    tiny_preprocessing: Preprocessing, wide_input: ModelInput, patch_classifier: Callable
) -> None:
    box = BlackBoxClassifier(Answers(), ("no", "yes"), tiny_preprocessing, "box")
    for classifier in (box, on_picture(box, wide_input), patch_classifier()):
        assert refused(classifier) == OPEN
        assert why_unsupported("grad-cam", classifier) == (
            "Grad-CAM needs the model's layers, and this model only answers with probabilities; "
            "choose MFPP or RISE"
        )


def test_a_compiled_program_has_gradients_but_no_layers(
    tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    exported = torch.export.export(tiny_cnn.module, (wide_input.tensor()[None],))
    model = TorchClassifier(
        Program(exported.module()),
        tiny_cnn.labels,
        tiny_cnn.preprocessing,
        "exported",
        has_layers=False,
    )
    assert refused(model) == LAYERED
    why = why_unsupported("grad-cam", model)
    assert why.endswith("cannot be looked into; choose Integrated Gradients or MFPP")
    with pytest.raises(UnsupportedError, match="compiled program"):
        next(methods.create("grad-cam").explain(model, Request(wide_input, 1)))
    maps = [
        final(methods.create("saliency").explain(m, Request(wide_input, 1))).saliency(1)
        for m in (model, tiny_cnn)
    ]
    np.testing.assert_allclose(maps[0], maps[1], rtol=1e-4, atol=1e-7)


def test_whole_numbers_have_no_gradient(tiny_preprocessing: Preprocessing) -> None:
    settings = replace(tiny_preprocessing, dtype="uint8", range=255.0, mean=(0,) * 3, std=(1,) * 3)
    module = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 2))
    model = TorchClassifier(module, ("a", "b"), settings, "bytes")
    assert refused(model) == GRADIENT
    assert "rounding to them has no gradient" in why_not(model, "gradients")
    assert why_not(model, "logits") == ""


def test_unknown_methods_are_named(tiny_cnn: TorchClassifier) -> None:
    with pytest.raises(UnknownNameError, match="grad-cam"):
        why_unsupported("gradcam", tiny_cnn)


def test_a_model_that_detaches_says_so(
    tiny_preprocessing: Preprocessing, wide_input: ModelInput
) -> None:
    class Detached(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.detach().mean((2, 3))[:, :2]

    model = TorchClassifier(Detached(), ("a", "b"), tiny_preprocessing, "detached")
    for name in GRADIENT:
        with pytest.raises(UnsupportedError, match="none leads from this model's answer back"):
            final(methods.create(name).explain(model, Request(wide_input, 0)))
