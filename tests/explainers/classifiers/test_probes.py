"""Every probe from both sides: a model that triggers it, and one that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from fragscope_explainers.classifiers.black_box import BlackBoxClassifier
from fragscope_explainers.classifiers.findings import Finding
from fragscope_explainers.classifiers.loaded import LoadedClassifier
from fragscope_explainers.classifiers.model_settings import (
    GUESSED,
    SET,
    ModelSettings,
    settled,
    stated,
)
from fragscope_explainers.classifiers.outputs import Activation, Outputs
from fragscope_explainers.classifiers.probes import look_over, looks, probe
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError
from fragscope_explainers.images import Image, image_from_array, read_image
from fragscope_explainers.preprocessing import Preprocessing
from fragscope_resources.samples import SAMPLES, sample

FORM = Preprocessing((32, 32), (0.5,) * 3, (0.5,) * 3, "squash")
STATED = {
    "size": 32,
    "resize": "squash",
    "short_side": 32,
    "interpolation": "bicubic",
    "channels": 3,
    "order": "RGB",
    "range": 1,
    "mean": 0.5,
    "std": 0.5,
    "layout": "NCHW",
    "dtype": "float32",
    "activation": "softmax",
    "output": "",
}
Calls = Callable[[Tensor], Tensor]


class Call(nn.Module):
    """A function as a module."""

    def __init__(self, function: Calls) -> None:
        super().__init__()
        self.function = function

    def forward(self, batch: Tensor) -> Tensor:
        return self.function(batch)


def quadrants(batch: Tensor) -> Tensor:
    """Four classes: how bright each quarter of the picture is."""
    return 2.5 * functional.adaptive_avg_pool2d(batch.mean(1, keepdim=True), 2).flatten(1)


def reddish(batch: Tensor) -> Tensor:
    """Three classes, of which the first is sure of what is redder than it is blue."""
    red = (batch[:, 0] - batch[:, 2]).clamp_min(0).mean((1, 2))
    return torch.stack([20 * red, torch.full_like(red, 1.0), torch.full_like(red, 1.0)], 1)


def bytewise(batch: Tensor) -> Tensor:
    """Three classes, of which the first is sure of a quarter as bright as bytes are."""
    bright = functional.adaptive_avg_pool2d(batch.mean(1, keepdim=True), 2).flatten(1).amax(1)
    return torch.stack([(bright - 120) / 8, torch.zeros_like(bright), torch.zeros_like(bright)], 1)


@pytest.fixture(scope="module")
def photo() -> Image:
    """A picture whose first quarter is bright and red, 60 x 80 pixels."""
    pixels = np.random.default_rng(3).integers(0, 50, (60, 80, 3), dtype=np.uint8)
    pixels[:30, :40] += np.array([200, 160, 90], np.uint8)
    return image_from_array(pixels, "photo")


def torch_model(
    function: Calls,
    classes: int = 4,
    activation: Activation = "softmax",
    form: Preprocessing = FORM,
    settings: ModelSettings | None = None,
) -> TorchClassifier:
    labels = [f"class {index}" for index in range(classes)]
    outputs = Outputs(activation)
    found = TorchClassifier(Call(function), labels, form, "probed", outputs=outputs)
    found.settings = settings or ModelSettings()
    return found


def findings(model: LoadedClassifier, photo: Image) -> dict[str, Finding]:
    found = probe(model, model.preprocessing.apply(photo))
    severities = [finding.severity for finding in found]
    assert severities == sorted(severities, reverse=True)  # warnings first
    for finding in found:
        assert "\n" not in finding.text
        assert not finding.text.endswith(".")
    return {finding.kind: finding for finding in found}


def test_a_sound_model_of_which_all_is_stated_gives_no_finding(photo: Image) -> None:
    known = settled([stated(STATED, "its card")])
    assert findings(torch_model(quadrants, settings=replace(known, labels="card")), photo) == {}


@pytest.mark.parametrize("name", [entry.name for entry in SAMPLES])
def test_the_bundled_model_gives_no_finding_on_its_samples(
    name: str, classifier: TorchClassifier
) -> None:
    assert findings(classifier, read_image(sample(name).path)) == {}


# --- models that do not see, or not reliably


def test_a_model_that_answers_everything_alike(photo: Image) -> None:
    def fixed(batch: Tensor) -> Tensor:
        return (
            torch.tensor([1.0, 2, 0, 0]).expand(len(batch), 4) + 0 * batch.mean((1, 2, 3))[:, None]
        )

    found = findings(torch_model(fixed), photo)
    assert "there is nothing to explain" in found["constant"].text
    assert found["constant"].severity == "warning"
    assert "insensitive" not in found  # said already


def test_a_model_that_answers_some_pictures_with_nan(photo: Image) -> None:
    def standardised(batch: Tensor) -> Tensor:
        return quadrants(batch / batch.std((1, 2, 3), keepdim=True))  # 0 / 0 for a flat picture

    found = findings(torch_model(standardised), photo)
    assert list(found) == ["not finite"]


def test_a_model_with_dropout_left_on(photo: Image) -> None:
    def dropping(batch: Tensor) -> Tensor:
        return quadrants(functional.dropout(batch, 0.3, training=True))

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        found = findings(torch_model(dropping), photo)
    assert "switch dropout" in found["unsteady"].text
    assert "batch" not in found


def test_a_model_whose_answer_depends_on_its_neighbours(photo: Image) -> None:
    def normalised(batch: Tensor) -> Tensor:
        scores = quadrants(batch)
        return scores - 0.5 * scores.mean(0)

    found = findings(torch_model(normalised), photo)
    assert "evaluation mode" in found["batch"].text
    assert "unsteady" not in found


def test_a_class_that_masks_hardly_move(photo: Image) -> None:
    def saturated(batch: Tensor) -> Tensor:
        sure = 8 + 0.2 * batch.mean((1, 2, 3))
        return torch.stack([sure, *[torch.zeros_like(sure)] * 3], 1)

    found = findings(torch_model(saturated), photo)
    assert list(found) == ["insensitive"]
    assert "'class 0' hardly moves" in found["insensitive"].text


# --- how outputs are read


def test_a_softmax_on_a_softmax(photo: Image) -> None:
    found = findings(torch_model(lambda batch: quadrants(batch).softmax(1)), photo)
    assert "probabilities that sum to 1" in found["activation"].text
    assert "set model.activation=none" in found["activation"].text


def test_a_softmax_on_sigmoids(photo: Image) -> None:
    found = findings(torch_model(lambda batch: quadrants(batch).sigmoid()), photo)
    assert "probabilities between 0 and 1" in found["activation"].text


def test_probabilities_that_are_read_as_such(photo: Image) -> None:
    model = torch_model(lambda batch: quadrants(batch).softmax(1), activation="none")
    assert findings(model, photo) == {}


def test_no_activation_on_scores(photo: Image) -> None:
    found = findings(torch_model(quadrants, activation="none"), photo)
    assert "set model.activation=softmax" in found["activation"].text
    assert found["activation"].severity == "warning"


def test_a_black_box_is_read_as_a_network_is(photo: Image) -> None:
    def answer(batch: np.ndarray) -> np.ndarray:
        return quadrants(torch.from_numpy(batch)).softmax(1).numpy()

    runner: Any = SimpleNamespace(name="closed", batches=(8, 1, 8), fixed_batch=1, answer=answer)
    model = BlackBoxClassifier(runner, ["a", "b", "c", "d"], FORM, "closed")
    assert "activation" in findings(model, photo)
    model.outputs = Outputs("none")
    assert findings(model, photo) == {}


def eight(batch: Tensor) -> Tensor:
    """Scores as sigmoids are trained to give: below 0 for what is not there."""
    return torch.cat([quadrants(batch), quadrants(batch)], 1) - 6


def test_scores_that_look_like_those_of_several_classes_at_once(photo: Image) -> None:
    found = findings(torch_model(eight, 8), photo)
    assert found["multi-label"].severity == "note"
    assert "set model.activation=sigmoid" in found["multi-label"].text


def test_a_stated_softmax_is_not_doubted(photo: Image) -> None:
    known = settled([stated(STATED, "its card")])
    assert "multi-label" not in findings(torch_model(eight, 8, settings=known), photo)


def test_scores_about_zero_are_not_taken_for_several_classes_at_once(photo: Image) -> None:
    model = torch_model(lambda batch: eight(batch) + 6, 8)
    assert "multi-label" not in findings(model, photo)


def test_probabilities_that_do_not_sum_to_one(photo: Image) -> None:
    model = torch_model(lambda batch: quadrants(batch).sigmoid(), activation="none")
    assert "do not sum to 1" in findings(model, photo)["multi-label"].text


def test_one_output_is_told(photo: Image) -> None:
    def first(batch: Tensor) -> Tensor:
        return quadrants(batch)[:, :1]

    found = findings(torch_model(first, 2, "sigmoid"), photo)
    assert list(found) == ["binary"]
    assert "read as the score before a sigmoid of '" in found["binary"].text


# --- what nobody stated


def test_guesses_are_listed(photo: Image) -> None:
    known = settled([stated(STATED, "its card")])
    half = {name: entry for name, entry in known.known.items() if name not in ("mean", "range")}
    model = torch_model(quadrants, settings=settled([half]))
    found = findings(model, photo)
    assert list(found) == ["guessed"]
    assert found["guessed"].text.startswith("nobody states range, mean, so they are guessed; ")


def test_what_changes_nothing_is_no_guess(photo: Image) -> None:
    known = settled([stated(STATED, "its card")])
    half = {n: entry for n, entry in known.known.items() if n not in ("short_side", "output")}
    assert findings(torch_model(quadrants, settings=settled([half])), photo) == {}


def test_class_names_that_are_guessed(photo: Image) -> None:
    settings = ModelSettings(labels="guessed: numbered", labels_guessed=True)
    found = findings(torch_model(quadrants, settings=settings), photo)
    assert "the class names are guessed: numbered; give" in found["labels"].text


def test_names_of_another_number(photo: Image) -> None:
    found = findings(torch_model(quadrants, 5), photo)
    assert found["class count"].text.startswith("the model answers with 4 numbers and has 5 class")


# --- the form of the input


def test_colours_in_the_wrong_order(photo: Image) -> None:
    wrong = replace(FORM, order="BGR")
    found = findings(torch_model(reddish, 3, form=wrong), photo)
    assert found["form"].text.endswith("set model.order=RGB")
    assert "this picture is 'class 0' with" in found["form"].text
    assert found["form"].severity == "note"
    assert "form" not in findings(torch_model(reddish, 3), photo)


def test_a_guessed_order_is_warned_about(photo: Image) -> None:
    texts = {**STATED, "order": "BGR"}
    stated_all = settled([stated(texts, "its card")]).known
    guess = {"order": replace(stated_all["order"], source=GUESSED, guessed=True)}
    settings = ModelSettings({**stated_all, **guess})
    model = torch_model(reddish, 3, form=replace(FORM, order="BGR"), settings=settings)
    assert findings(model, photo)["form"].severity == "warning"


def test_what_the_source_of_a_model_states_is_not_doubted(photo: Image) -> None:
    known = settled([stated({**STATED, "order": "BGR"}, "its card")])
    model = torch_model(reddish, 3, form=replace(FORM, order="BGR"), settings=known)
    assert "form" not in findings(model, photo)
    mine = {**known.known, "order": replace(known.known["order"], source=SET)}
    model.settings = ModelSettings(mine)
    assert findings(model, photo)["form"].severity == "note"


def test_a_model_of_bytes_that_gets_small_numbers(photo: Image) -> None:
    raw = replace(FORM, mean=(0.0,) * 3, std=(1.0,) * 3)
    found = findings(torch_model(bytewise, 3, form=raw), photo)
    assert "set model.mean=0 model.std=1 model.range=255" in found["form"].text
    assert "form" not in findings(torch_model(bytewise, 3, form=replace(raw, range=255.0)), photo)


def test_another_range_is_not_tried_on_a_model_that_sees(photo: Image) -> None:
    unsure = torch_model(lambda batch: 0.3 * quadrants(batch))  # 255 times as much makes it sure
    assert "form" not in findings(unsure, photo)


def test_what_was_noted_at_loading_is_told(photo: Image) -> None:
    model = torch_model(quadrants)
    model.recipe = SimpleNamespace(notes=("the GPU is not used; install it",))
    assert findings(model, photo)["notice"].text == "the GPU is not used; install it"


# --- models that fail


def test_a_model_that_fails_under_it_is_a_finding_of_its_own(photo: Image) -> None:
    def one_at_a_time(batch: Tensor) -> Tensor:
        if len(batch) > 1:
            raise RuntimeError("expected a batch of 1\nsecond line")
        return quadrants(batch)

    model = torch_model(one_at_a_time)
    (found,) = look_over(model, FORM.apply(photo))
    assert (found.kind, found.severity) == ("failed", "warning")
    assert "(expected a batch of 1); check" in found.text


def test_looking_over_is_probing(photo: Image) -> None:
    model = torch_model(quadrants, 5)
    assert look_over(model, FORM.apply(photo)) == probe(model, FORM.apply(photo))


def test_a_look_is_many_short_steps(photo: Image) -> None:
    asked: list[int] = []

    def counted(batch: Tensor) -> Tensor:
        asked.append(len(batch))
        return quadrants(batch)

    model = torch_model(counted)
    steps = looks(model, FORM.apply(photo))
    assert not asked
    values = []
    for number, value in enumerate(steps, 1):
        assert len(asked) <= number, "a question a step"
        values.append(value)
    found = values.pop()
    assert set(values) == {()}
    assert found == probe(model, FORM.apply(photo))
    assert max(asked) == 2
    assert not torch.is_inference_mode_enabled()


def test_a_look_that_is_let_go_asks_no_more(photo: Image) -> None:
    asked: list[int] = []

    def counted(batch: Tensor) -> Tensor:
        asked.append(len(batch))
        return quadrants(batch)

    steps = looks(torch_model(counted), FORM.apply(photo))
    assert next(steps) == ()
    steps.close()
    assert asked == [2]


def test_a_model_that_does_not_answer_raises(photo: Image) -> None:
    def silent(batch: Tensor) -> Tensor:
        raise ModelError("the server is gone")

    with pytest.raises(ModelError, match="gone"):
        probe(torch_model(silent), FORM.apply(photo))


def test_it_takes_tens_of_forwards_at_most(photo: Image) -> None:
    asked: list[int] = []

    def counted(batch: Tensor) -> Tensor:
        asked.append(len(batch))
        return 0.01 * quadrants(batch)  # unsure, so that every other form is tried

    probe(torch_model(counted), FORM.apply(photo))
    assert sum(asked) <= 40
