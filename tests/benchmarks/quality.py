"""Queries to quality: what a map is worth after so many masks, for each design and estimator.

Every recipe explains the same photos for the model's own top class. The figures are the areas under
the deletion and insertion curves, their difference, SRG (least salient first minus most salient
first, one fill), and the split-half stability; means over photos with 95 % bootstrap intervals, and
paired differences from the published estimator at 4,000 and at 20,000 masks.

A model answer is asked for once: recipes that share masks share the answers. Finished photos are
kept in --cache, so that an interrupted run goes on.

python tests/benchmarks/quality.py --photos FOLDER [--count 12] [--skip 0] [--precision f32]
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import measuring  # first: it settles the threads before torch is imported
import numpy as np
import torch

from fragscope_explainers import Request, curve, final, methods, predict, read_image
from fragscope_explainers.classifiers.engines import PictureClassifier, on_picture
from fragscope_explainers.metrics.curves import COARSE_STEPS
from fragscope_explainers.preprocessing import ModelInput

MASKS = (100, 250, 600, 1000)
PUBLISHED = (4000, 20_000)
FIGURES = ("difference", "deletion", "insertion", "srg", "stability")
_BOOTSTRAPS = 2000


@dataclass(frozen=True)
class Recipe:
    """A way to make a map: a method with its design and estimator, and its numbers of masks."""

    method: str
    estimator: str
    design: str = ""
    keep: float = 0.5
    masks: tuple[int, ...] = MASKS

    @property
    def name(self) -> str:
        """What the figures call it."""
        design = f", {self.design} {self.keep:g}" if self.design else ""
        return f"{self.method}{design}, {self.estimator}"

    @property
    def queries(self) -> str:
        """Recipes of one name here put the same masks before the model."""
        return f"{self.method.partition('-')[0]} {self.design or 'grids'} {self.keep}"

    def explainer(self, masks: int) -> Any:
        """The method with so many masks."""
        settings = {"design": self.design, "keep": self.keep} if self.design else {}
        return methods.create(self.method, masks=masks, estimator=self.estimator, **settings)


RECIPES = (
    Recipe("mfpp-paper", "mean", "iid", masks=(*MASKS, *PUBLISHED)),
    Recipe("mfpp", "difference", "iid"),
    Recipe("mfpp", "difference", "hadamard"),
    Recipe("mfpp", "difference", "iid", 0.8),
    Recipe("mfpp", "assisted", "iid", 0.8),
    Recipe("mfpp", "difference", "balanced", 0.8),
    Recipe("mfpp", "ridge", "balanced", 0.8),
    Recipe("mfpp", "pyramid", "balanced", 0.8),
    Recipe("mfpp", "assisted", "balanced", 0.8),
    Recipe("mfpp", "assisted", "balanced", 0.75),
    Recipe("rise", "mean", masks=(*MASKS, 4000)),
    Recipe("rise", "difference"),
    Recipe("rise", "assisted"),
)


@dataclass
class Replay:
    """Answers with the target's probability and the rest; asks the model once for each mask.

    Every number of masks is a multiple of the batch size, so that batches are the same in all runs.
    """

    model: PictureClassifier
    target: int
    labels: tuple[str, str] = ("target", "rest")
    batch_size: int = 10
    known: list[torch.Tensor] = field(default_factory=list)
    place: int = 0

    @property
    def input_size(self) -> tuple[int, int]:
        """Rows and columns of the model's input."""
        return self.model.input_size

    @property
    def device(self) -> torch.device:
        """Where batches are expected."""
        return self.model.device

    def probabilities(self, batch: torch.Tensor) -> torch.Tensor:
        """Probabilities [B, 2]; batches come in the same order in every run."""
        if self.place == len(self.known):
            found = self.model.probabilities(batch)[:, self.target]
            self.known.append(torch.stack([found, 1 - found], 1))
        self.place += 1
        return self.known[self.place - 1]


def scores_of(model: PictureClassifier, request: Request, saliency: Any) -> dict[str, float]:
    """Areas under the curves of one map."""
    areas = {}
    for name, kind, map_ in (
        ("deletion", "deletion", saliency),
        ("insertion", "insertion", saliency),
        ("least first", "deletion", -saliency),
    ):
        areas[name] = float(list(curve(kind, model, request, map_, COARSE_STEPS))[-1].auc)  # type: ignore[arg-type]
    least = areas.pop("least first")
    difference = areas["insertion"] - areas["deletion"]
    return areas | {"difference": difference, "srg": least - areas["deletion"]}


def explain_photo(model: PictureClassifier, model_input: ModelInput) -> dict[str, dict[str, float]]:
    """Figures of all recipes on one photo, by "recipe @ masks"."""
    target = int(predict(model.original, model_input).argmax())
    request = Request(model_input, 0, refresh=1e9)
    replays: dict[str, Replay] = {}
    found = {}
    for recipe in RECIPES:
        replay = replays.setdefault(recipe.queries, Replay(model, target))
        for masks in recipe.masks:
            replay.place = 0
            snapshot = final(recipe.explainer(masks).explain(replay, request))
            areas = scores_of(model, replace(request, target=target), snapshot.saliency(0))
            stability = snapshot.stability(0)
            found[f"{recipe.name} @ {masks}"] = areas | {"stability": stability or 0.0}
    return found


def photos_of(folder: Path, skip: int, count: int) -> list[Path]:
    """Some photos of a folder in an order drawn once."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".png"))
    random.Random(7).shuffle(found)
    return found[skip : skip + count]


def interval(values: Any) -> list[float]:
    """95 % bootstrap interval of a mean."""
    draws = np.random.default_rng(0).integers(0, len(values), (_BOOTSTRAPS, len(values)))
    low, high = np.percentile(np.asarray(values)[draws].mean(1), [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]


def figures(results: list[dict[str, dict[str, float]]]) -> Iterator[dict[str, Any]]:
    """One figure for each recipe and number of masks."""
    for key in results[0]:
        recipe, _, masks = key.rpartition(" @ ")
        line: dict[str, Any] = {
            "figure": "queries to quality",
            "recipe": recipe,
            "masks": int(masks),
            "photos": len(results),
        }
        for name in FIGURES:
            values = [result[key][name] for result in results]
            line[name] = round(float(np.mean(values)), 4)
            line[f"{name}_interval"] = interval(values)
        for masks_published in PUBLISHED:
            reference = f"{RECIPES[0].name} @ {masks_published}"
            gains = [r[key]["difference"] - r[reference]["difference"] for r in results]
            line[f"over_published_{masks_published}"] = round(float(np.mean(gains)), 4)
            line[f"over_published_{masks_published}_interval"] = interval(gains)
        yield line


def main() -> None:
    """Print one line for each recipe and number of masks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--cache", type=Path, default=Path("quality-cache"))
    arguments = parser.parse_args()
    original = measuring.bundled(precision=arguments.precision)
    arguments.cache.mkdir(parents=True, exist_ok=True)
    results = []
    for path in photos_of(arguments.photos, arguments.skip, arguments.count):
        kept = arguments.cache / f"{path.stem}.{arguments.precision}.json"
        if not kept.exists():
            model_input = original.preprocessing.apply(read_image(path))
            found = explain_photo(on_picture(original, model_input), model_input)
            kept.write_text(json.dumps(found), encoding="utf-8")
        results.append(json.loads(kept.read_text(encoding="utf-8")))
    for line in figures(results):
        print(json.dumps(line))


if __name__ == "__main__":
    main()
