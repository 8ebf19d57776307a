"""Saliency: the magnitude of the gradient of the target's logit.

References
----------
Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks: Visualising Image Classification
Models and Saliency Maps", ICLR workshop 2014, section 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ..translation import tr
from ..types import Classifier, MapSnapshot, Request, Snapshot
from .attribution import GradientExplainer, logit_gradient, strongest_channel


@dataclass(frozen=True)
class Saliency(GradientExplainer):
    """|d logit / d input|, the largest over channels; 0 or more."""

    name: ClassVar[str] = "saliency"
    label: ClassVar[str] = "Saliency"
    summary: ClassVar[str] = tr("Magnitude of the gradient of the class's logit.")
    reference: ClassVar[str] = "Simonyan et al., ICLR workshop 2014, arXiv 1312.6034"
    unit: ClassVar[str] = "logit / input unit"

    def _run(self, classifier: Classifier, request: Request) -> Iterator[Snapshot]:
        gradient = logit_gradient(self._logits(classifier), request.target)
        found = gradient(request.input.tensor(classifier.device)[None])[0]
        maps = {request.target: strongest_channel(found)}
        yield MapSnapshot(done=1, total=1, forwards=1, backwards=1, maps=maps)
