"""A second model, which differs from the small one in everything that can differ."""

from __future__ import annotations

import torch
from torch import nn

from fragscope_explainers.classifiers.assembling import Recipe, assemble
from fragscope_explainers.classifiers.loaded import LoadedClassifier
from fragscope_explainers.classifiers.model_settings import Known, stated
from fragscope_explainers.classifiers.sources.found import Found

NAMES = ("wolf", "DOG", "cat")


def another_model() -> LoadedClassifier:
    """A model of another size, two of whose three classes the small one knows."""
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
    module = nn.Sequential(layers, nn.Flatten(), nn.Linear(4, 3))
    facts = stated({"size": 40, "short_side": 48}, "test")
    found = Found(module, "another", facts)
    return assemble(
        Recipe(found, "another.pt", torch.device("cpu"), (facts, {}), Known(NAMES, "test"))
    )
