from __future__ import annotations

import pytest
import torch

from fragscope_explainers.classifiers.absent import AbsentClassifier
from fragscope_explainers.classifiers.outputs import Outputs
from fragscope_explainers.errors import ModelError
from fragscope_explainers.preprocessing import Preprocessing


def test_it_knows_everything_and_answers_nothing() -> None:
    preprocessing = Preprocessing((32, 48), (0.5,) * 3, (0.5,) * 3, short_side=48)
    model = AbsentClassifier(("cat", "dog"), preprocessing, Outputs("sigmoid"), "lost", "7" * 64)
    assert model.labels == ("cat", "dog")
    assert model.input_size == (32, 48)
    assert model.outputs.activation == "sigmoid"
    assert (model.name, model.weights_hash) == ("lost", "7" * 64)
    batch = torch.zeros(1, 3, 32, 48)
    for ask in (model.logits, model.probabilities):
        with pytest.raises(ModelError, match="lost, the model of this session, is not loaded"):
            ask(batch)
