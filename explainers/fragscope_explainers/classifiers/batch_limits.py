"""Programs that were written down for some lengths of a batch, for batches of any length."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .outputs import named_outputs


class BatchLimits(nn.Module):
    """A program for batches of any length that itself takes those of some lengths only.

    Parameters
    ----------
    program : an exported or traced module.
    low, high : least and greatest length of a batch that it takes. Longer batches are cut, and
        shorter ones filled up; the answers to the filling are dropped.
    """

    def __init__(self, program: nn.Module, low: int, high: int) -> None:
        super().__init__()
        self.program = program
        self.low, self.high = low, high

    def forward(self, batch: Tensor) -> dict[str, Tensor]:
        if self.low <= len(batch) <= self.high:  # nothing that a converter would take as constant
            return named_outputs(self.program(batch))
        answers = [self._ask(part) for part in torch.split(batch, self.high)]
        return {name: torch.cat([answer[name] for answer in answers]) for name in answers[0]}

    def _ask(self, part: Tensor) -> dict[str, Tensor]:
        missing = max(self.low - len(part), 0)
        whole = torch.cat([part, part[:1].expand(missing, *part.shape[1:])]) if missing else part
        answer = named_outputs(self.program(whole))
        return {name: found[: len(part)] for name, found in answer.items()}

    def train(self, mode: bool = True) -> BatchLimits:
        """Stay as exported: such a program cannot change its mode."""
        self.training = mode
        return self
