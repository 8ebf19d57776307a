from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from fragscope_explainers import predict
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError
from fragscope_explainers.preprocessing import ModelInput, Preprocessing


class Answer(nn.Module):
    """Answers every batch with the same value."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value

    def forward(self, x: Tensor) -> object:
        return self.value


def wrapped(module: nn.Module, preprocessing: Preprocessing) -> TorchClassifier:
    return TorchClassifier(module, ("ant", "bee"), preprocessing, "two")


@pytest.fixture
def batch(wide_input: ModelInput) -> Tensor:
    return torch.stack([wide_input.tensor() * scale for scale in (0, 0.25, 0.5, 0.75, 1)])


def test_probabilities_are_the_softmax_of_the_logits(
    tiny_cnn: TorchClassifier, batch: Tensor
) -> None:
    found = tiny_cnn.probabilities(batch)
    torch.testing.assert_close(found, tiny_cnn.logits(batch).softmax(1))
    torch.testing.assert_close(found.sum(1), torch.ones(5))
    assert not tiny_cnn.probabilities(batch.requires_grad_()).requires_grad


def test_each_answer_is_that_of_the_image_alone(tiny_cnn: TorchClassifier, batch: Tensor) -> None:
    alone = torch.cat([tiny_cnn.probabilities(image[None]) for image in batch])
    torch.testing.assert_close(tiny_cnn.probabilities(batch), alone)


def test_logits_have_the_gradient_of_finite_differences(
    tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    x = wide_input.tensor()[None].requires_grad_()
    (gradient,) = torch.autograd.grad(tiny_cnn.logits(x)[0, 2], x)
    direction = gradient / gradient.norm()
    with torch.no_grad():
        up, down = (tiny_cnn.logits(x + sign * 0.01 * direction)[0, 2] for sign in (1, -1))
    assert float((up - down) / 0.02) == pytest.approx(float(gradient.norm()), rel=0.05)


def test_the_module_is_in_evaluation_mode_and_its_weights_need_no_gradient(
    tiny_preprocessing: Preprocessing,
) -> None:
    module = nn.Sequential(nn.Dropout(), nn.Flatten(), nn.Linear(3 * 32 * 32, 2)).train()
    model = wrapped(module, tiny_preprocessing)
    assert not any(part.training for part in model.module.modules())
    assert not any(parameter.requires_grad for parameter in model.module.parameters())


def test_size_and_batch_hint(tiny_cnn: TorchClassifier) -> None:
    assert tiny_cnn.input_size == (32, 32)
    assert tiny_cnn.batch_size >= 1
    assert tiny_cnn.device == torch.device("cpu")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (torch.zeros(5, 3), r"two answers with scores of shape \(5, 3\), .* want \(5, 2\)"),
        (torch.zeros(1, 2), r"two answers with scores of shape \(1, 2\), .* want \(5, 2\)"),
        (torch.zeros(5), "a softmax is always 1"),
        (("cat",), "no tensor of scores"),
    ],
)
def test_other_outputs_are_refused(
    answer: object, found: str, batch: Tensor, tiny_preprocessing: Preprocessing
) -> None:
    model = wrapped(Answer(answer), tiny_preprocessing)
    with pytest.raises(ModelError, match=found):
        model.logits(batch)


def test_a_prediction_is_the_probabilities_of_one_picture(
    tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    found = predict(tiny_cnn, wide_input)
    assert found.shape == (4,)
    torch.testing.assert_close(found, tiny_cnn.probabilities(wide_input.tensor()[None])[0])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_prediction_that_is_not_finite_is_refused(
    value: float, wide_input: ModelInput, tiny_preprocessing: Preprocessing
) -> None:
    model = wrapped(Answer(torch.full((1, 2), value)), tiny_preprocessing)
    with pytest.raises(ModelError, match="two answers this picture with NaN or infinity; check"):
        predict(model, wide_input)
