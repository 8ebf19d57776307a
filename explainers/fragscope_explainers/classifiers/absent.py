"""A classifier that is not here: what is known of it stands, but it answers nothing."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ..errors import ModelError
from ..preprocessing import Preprocessing
from ..translation import tr
from .outputs import Outputs
from .torch_classifier import TorchClassifier


class AbsentClassifier(TorchClassifier):
    """Stands for the model of results that were stored, where that model cannot be loaded.

    Parameters
    ----------
    labels, preprocessing, outputs, name, weights_hash : as `LoadedClassifier` has them.
    """

    def __init__(
        self,
        labels: Sequence[str],
        preprocessing: Preprocessing,
        outputs: Outputs,
        name: str,
        weights_hash: str = "",
    ) -> None:
        whole = (nn.Identity(), labels, preprocessing, name, "cpu", weights_hash, outputs)
        super().__init__(*whole)

    def logits(self, batch: Tensor) -> Tensor:
        """Never answers.

        Raises
        ------
        ModelError
            Always.
        """
        raise ModelError(
            tr(
                "{name}, the model of this session, is not loaded here; its results are shown, "
                "and nothing new can be asked of it",
                name=self.name,
            )
        )
