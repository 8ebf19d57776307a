from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fragscope_explainers.classifiers.assembling import Recipe, assemble
from fragscope_explainers.classifiers.black_box import BlackBoxClassifier
from fragscope_explainers.classifiers.called_runner import CalledRunner
from fragscope_explainers.classifiers.looking import guess_activation
from fragscope_explainers.classifiers.model_settings import SET, Known, stated
from fragscope_explainers.classifiers.sources.found import Found
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError


class Means(nn.Module):
    """Scores from the mean of each channel, after `end`."""

    def __init__(self, channels: int = 3, classes: int = 4, end: nn.Module | None = None) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.weight = nn.Parameter(torch.randn(channels, classes, generator=generator) * 8)
        self.end = end or nn.Identity()

    def forward(self, batch: Tensor) -> Tensor:
        found: Tensor = self.end(batch.mean((2, 3)) @ self.weight)
        return found


class Runner:
    """Answers as a module does, in NHWC bytes, with a fixed batch length."""

    name = "a runner"
    batches = (4, 1, 8)

    def __init__(self, fixed_batch: int | None) -> None:
        self.fixed_batch = fixed_batch
        self.lengths: list[int] = []

    def answer(self, batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
        self.lengths.append(len(batch))
        assert batch.dtype == np.uint8
        return {"scores": batch.astype(np.float32).mean((1, 2)) / 255}

    def close(self) -> None:
        """Nothing is held."""


def recipe(model: nn.Module | Runner, labels: Known | None = None, **settings: Any) -> Recipe:
    layers = (stated({"size": 16, "short_side": 16}, "test"), stated(settings, SET))
    return Recipe(Found(model, "model"), "x.onnx", torch.device("cpu"), layers, labels)


@pytest.mark.parametrize(
    ("end", "classes", "wanted"),
    [
        (None, 4, "softmax"),
        (nn.Softmax(1), 4, "none"),
        (nn.Sigmoid(), 4, "none"),
        (None, 1, "sigmoid"),
        (nn.Sigmoid(), 1, "none"),
    ],
)
def test_the_activation_is_seen_from_the_answers(
    end: nn.Module | None, classes: int, wanted: str
) -> None:
    found = assemble(recipe(Means(classes=classes, end=end)))
    assert found.outputs.activation == wanted
    assert "activation" in found.settings.guessed
    assert len(found.labels) == max(classes, 2)


def test_a_stated_activation_is_not_guessed() -> None:
    found = assemble(recipe(Means(end=nn.Softmax(1)), activation="softmax"))
    assert found.outputs.activation == "softmax"
    assert found.settings.known["activation"].source == SET


def test_softmax_before_or_after_gives_the_same_probabilities() -> None:
    batch = torch.randn(3, 3, 16, 16)
    inside, outside = assemble(recipe(Means(end=nn.Softmax(1)))), assemble(recipe(Means()))
    assert torch.allclose(inside.probabilities(batch), outside.probabilities(batch), atol=1e-6)


@pytest.mark.parametrize(
    ("classes", "first", "last"),
    [
        (1000, "tench", "toilet tissue"),
        (1001, "background", "toilet tissue"),
        (3, "class 0", "class 2"),
    ],
)
def test_class_names_are_guessed_from_their_number(classes: int, first: str, last: str) -> None:
    found = assemble(recipe(Means(classes=classes)))
    assert (found.labels[0], found.labels[-1]) == (first, last)
    assert found.settings.labels.startswith("guessed")


def test_one_output_is_no_and_yes() -> None:
    found = assemble(recipe(Means(classes=1)))
    assert found.labels == ("no", "yes")
    assert torch.allclose(found.probabilities(torch.randn(2, 3, 16, 16)).sum(1), torch.ones(2))


def test_names_that_do_not_match_the_outputs_are_refused() -> None:
    with pytest.raises(ModelError, match=r"has 4 classes, and the names \(names\.txt\) are 2"):
        assemble(recipe(Means(), Known(("a", "b"), "names.txt")))


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_models_of_other_channels_are_explained(channels: int) -> None:
    found = assemble(recipe(Means(channels), channels=channels))
    assert isinstance(found, TorchClassifier)
    assert found.probabilities(torch.zeros(5, channels, 16, 16)).shape == (5, 4)


def test_a_wrong_shape_is_told_with_what_to_set() -> None:
    with pytest.raises(ModelError, match=r"\(4, 1, 16, 16\).*set model\.size, model\.channels"):
        assemble(recipe(Means(), channels=1))


@pytest.mark.parametrize("fixed", [None, 1, 3, 8])
def test_a_runner_is_asked_in_its_own_form(fixed: int | None) -> None:
    runner = Runner(fixed)
    found = assemble(recipe(runner, layout="NHWC", dtype="uint8", activation="none"))
    assert isinstance(found, BlackBoxClassifier)
    batch = torch.rand(7, 3, 16, 16) * 255
    wanted = batch.round().mean((2, 3)) / 255
    assert torch.allclose(found.probabilities(batch), wanted, atol=1e-5)
    assert fixed is None or set(runner.lengths) == {fixed}


def test_settings_change_without_loading_again() -> None:
    first = assemble(recipe(Means()))
    assert first.recipe is not None
    second = assemble(first.recipe.changed(stated({"size": "32"}, SET)))
    assert second.input_size == (32, 32)
    assert isinstance(first, TorchClassifier)
    assert isinstance(second, TorchClassifier)
    assert second.module is first.module
    assert second.spec == "x.onnx"


def test_names_that_the_user_takes_away_give_way_to_the_models_own() -> None:
    first = assemble(recipe(Means(classes=2), Known(("cat", "dog"), "model")))
    assert first.recipe is not None
    named = assemble(first.recipe.changed({}, Known(("a", "b"), SET)))
    assert named.labels == ("a", "b")
    assert named.recipe is not None
    assert assemble(named.recipe.changed({})).labels == ("cat", "dog")


def test_few_scores_between_0_and_1_are_no_probabilities() -> None:
    assert guess_activation(torch.tensor([[0.2, 0.9, 0.4]])) == "softmax"
    assert guess_activation(torch.tensor([[0.2, 0.5, 0.3]])) == "none"
    assert guess_activation(torch.rand(4, 7)) == "none"


def test_a_source_that_forgot_single_outputs_is_overruled_and_the_user_is_not() -> None:
    layers = (stated({"size": 16, "short_side": 16, "activation": "softmax"}, "net"), {})
    single = Recipe(Found(Means(classes=1), "m"), "x", torch.device("cpu"), layers)
    assert assemble(single).outputs.activation == "sigmoid"
    with pytest.raises(ModelError, match="a softmax is always 1"):
        assemble(recipe(Means(classes=1), activation="softmax")).probabilities(
            torch.zeros(1, 3, 16, 16)
        )


def test_names_of_classes_are_made_fit_to_be_shown() -> None:
    names = Known(("cat\x1b[2J", "dog\r\n", "x" * 9999, "owl"), "hostile")
    found = assemble(recipe(Means(), names))
    assert found.labels[0] == "cat [2J"
    assert all(name.isprintable() and len(name) <= 500 for name in found.labels)


def test_memory_that_runs_out_is_told() -> None:
    class Hungry(Means):
        def forward(self, batch: Tensor) -> Tensor:
            raise MemoryError

    with pytest.raises(ModelError, match=r"needs more memory .* of 16 x 16; set model\.size"):
        assemble(recipe(Hungry()))


def test_rows_that_are_no_pictures_are_told() -> None:
    class Merged(Means):
        def forward(self, batch: Tensor) -> Tensor:
            return super().forward(batch).reshape(1, -1)

    with pytest.raises(ModelError, match="answers 4 pictures with 1 rows"):
        assemble(recipe(Merged()))


class Chancy(nn.Module):
    """One score a picture, which is between 0 and 1 for pictures of noise."""

    def forward(self, batch: Tensor) -> Tensor:
        return 0.4 + batch.mean((1, 2, 3))[:, None] * 0.3


def test_a_score_that_is_between_0_and_1_by_chance_is_no_probability() -> None:
    model = Chancy()
    answers = model(torch.randn(4, 3, 16, 16))
    assert guess_activation(answers) == "none"
    assert assemble(recipe(model)).outputs.activation == "sigmoid"
    assert assemble(recipe(nn.Sequential(model, nn.Sigmoid()))).outputs.activation == "none"


class Heads(nn.Module):
    """Two sorts of classes, under names that say nothing of which is meant."""

    def __init__(self, first: str = "animal") -> None:
        super().__init__()
        self.first, self.one, self.other = first, Means(classes=5), Means(classes=3)

    def forward(self, batch: Tensor) -> dict[str, Tensor]:
        return {self.first: self.one(batch), "colour": self.other(batch)}


def test_which_of_several_outputs_is_read_is_told() -> None:
    found = assemble(recipe(Heads()))
    assert len(found.labels) == 5
    assert [note for note in found.notes if "animal: 5, colour: 3" in note and "'animal'" in note]
    assert found.recipe is not None
    chosen = assemble(found.recipe.changed(stated({"output": "colour"}, SET)))
    assert len(chosen.labels) == 3
    assert assemble(recipe(Heads("logits"))).notes == ()


def test_which_of_a_runners_outputs_is_read_is_told() -> None:
    class Two(Runner):
        def answer(self, batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
            return {"b": super().answer(batch)["scores"], "a": np.zeros((len(batch), 7))}

    found = assemble(recipe(Two(None), dtype="uint8", layout="NHWC"))  # type: ignore[arg-type]
    assert [note for note in found.notes if "b: 3, a: 7" in note]


def flat(channels: int, side: int) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * side * side, 4))


def bare(model: Any) -> Recipe:
    """A model about which nobody says anything."""
    return Recipe(Found(model, "model"), "x.ts", torch.device("cpu"), ({}, {}))


@pytest.mark.parametrize(("channels", "side"), [(1, 28), (3, 32), (1, 224), (3, 299), (4, 299)])
def test_a_form_that_nobody_states_is_found_by_trying(channels: int, side: int) -> None:
    found = assemble(bare(flat(channels, side)))
    assert found.preprocessing.shape == (channels, side, side)
    assert {"size", "channels"} <= set(found.settings.guessed)
    assert "takes" in found.settings.known["size"].source
    assert found.recipe is not None
    again = assemble(found.recipe.changed(stated({"mean": 0.25}, SET)))
    assert again.input_size == (side, side)


def test_a_function_of_pixels_in_rows_is_found_by_trying() -> None:
    def answer(batch: Tensor) -> Tensor:
        return batch @ torch.ones(3, 5)[None] @ torch.ones(5, 1) if batch.shape[-1] == 3 else 1 / 0

    model = CalledRunner(lambda batch: answer(batch).mean((1, 2)))
    assert assemble(bare(model)).preprocessing.layout == "NHWC"


def test_a_stated_form_is_not_tried_away() -> None:
    with pytest.raises(ModelError, match=r"does not take inputs .* cannot be multiplied"):
        assemble(recipe(flat(3, 32)))


def test_answers_with_places_do_not_lead_to_another_form() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 32, 32))  # at 32 x 32 it would look like a classifier
    with pytest.raises(ModelError, match=r"answers with the shape"):
        assemble(bare(net))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch about its tracing
def test_what_torchscript_says_last_is_told() -> None:
    net = torch.jit.trace(flat(3, 31), torch.zeros(2, 3, 31, 31))
    with pytest.raises(ModelError, match=r"shapes cannot be multiplied"):
        assemble(bare(net))


def test_a_setting_against_what_the_model_states_is_told() -> None:
    with pytest.raises(
        ModelError, match=r"model takes 16x16 as model\.size \(test\), and 17x17 is"
    ):
        assemble(recipe(flat(3, 16), size=17))
    assert assemble(recipe(flat(3, 16), size=16, mean=0.25)).input_size == (16, 16)
