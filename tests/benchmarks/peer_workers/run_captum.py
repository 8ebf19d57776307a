"""captum: feature ablation, LIME and KernelSHAP on about 100 fragments, as they come."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from captum.attr import FeatureAblation, KernelShap, Lime
from job import TORCH_BATCH, FloatArray, Job, classifier_and_input, measure, read_job

from fragscope_explainers import fragment_pyramid

_FRAGMENTS = 100
_METHODS = {"feature-ablation": FeatureAblation, "lime": Lime, "kernel-shap": KernelShap}


def main() -> None:
    """Explain one photo."""
    job = read_job()
    classifier, model_input = classifier_and_input(job)
    batch = model_input.tensor()[None]

    def explain(masks: int) -> tuple[FloatArray, int]:
        forwards = 0

        def probabilities(inputs: torch.Tensor) -> torch.Tensor:
            nonlocal forwards
            forwards += len(inputs)
            return classifier.logits(inputs).softmax(1)

        labels = fragment_pyramid(model_input.rgb, (_FRAGMENTS,)).labels[0].astype(np.int64)
        attributed = _METHODS[job.method](probabilities).attribute(
            batch,
            target=job.target,
            feature_mask=torch.from_numpy(labels)[None, None],
            perturbations_per_eval=TORCH_BATCH,
            **_settings(job, masks),
        )
        return attributed[0, 0].numpy(), forwards

    torch.manual_seed(0)
    with torch.no_grad():
        measure(job, "captum", lambda: "torch f32", explain)


def _settings(job: Job, masks: int) -> dict[str, Any]:
    """Feature ablation drops every fragment once, whatever the number of masks."""
    return {} if job.method == "feature-ablation" else {"n_samples": masks}


if __name__ == "__main__":
    main()
