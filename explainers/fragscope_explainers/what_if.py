"""What a model says of an input of which a part is erased. Importing this does not import torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import scipy  # its parts are loaded when first used, so that a window starts sooner
from numpy.typing import NDArray

from .errors import ModelError, ParameterError, one_of
from .fills import fill_values
from .preprocessing import ModelInput
from .translation import tr
from .types import Classifier, FloatArray, read_only

if TYPE_CHECKING:
    from .batching import Batcher

EraserFill = Literal["mean", "black", "blur", "inpaint"]
ERASER_FILLS: tuple[EraserFill, ...] = get_args(EraserFill)
BoolArray = NDArray[np.bool_]


class Eraser:
    """Replaces a part of one model input by a fill. Holds no state that changes.

    Parameters
    ----------
    fill : "mean", "black" and "blur" as in `fill_values`; "inpaint" as in `inpainted`, which
        takes a tenth of a second for half of 224 x 224.

    Raises
    ------
    UnknownNameError
        There is no such fill.
    """

    def __init__(self, model_input: ModelInput, fill: EraserFill = "mean") -> None:
        one_of("fill", fill, ERASER_FILLS)
        self.model_input = model_input
        self._fill = None if fill == "inpaint" else fill_values(fill, model_input)

    def values(self, erased: BoolArray) -> FloatArray:
        """What the model is given, float32 [C, h, w].

        Parameters
        ----------
        erased : [h, w] on the input grid; True pixels get the fill; the others, and
            borders around the picture, stay untouched.

        Raises
        ------
        ParameterError
            The mask is not on the input grid.
        """
        values = self.model_input.values
        if erased.shape != values.shape[1:]:
            raise ParameterError(
                tr(
                    "a mask of shape {shape} is not on the input grid {expected}",
                    shape=erased.shape,
                    expected=values.shape[1:],
                )
            )
        if self._fill is None:
            return self._inpainted(erased)
        return read_only(np.where(erased, self._fill, values))

    def _inpainted(self, erased: BoolArray) -> FloatArray:
        """The picture's colours with the hole inpainted; alpha and borders take no part in it."""
        values, (rows, columns) = self.model_input.values, self.model_input.geometry.photo
        colours = slice(0, self.model_input.colours)
        found, hole = values.copy(), erased[rows, columns]
        if hole.all():  # there is nothing to start from
            found[colours, rows, columns] = self.model_input.grey[colours, None, None]
        else:
            found[colours, rows, columns] = inpainted(values[colours, rows, columns], hole)
        return read_only(found)


def probabilities_of(
    classifier: Classifier, inputs: Sequence[FloatArray], batcher: Batcher | None = None
) -> FloatArray:
    """Probabilities [N, C] of N altered inputs [C, h, w].

    Parameters
    ----------
    batcher : splits the inputs into batches; by default the classifier's own batch size counts.

    Raises
    ------
    ModelError
        The classifier answers with values that are not finite.
    """
    import torch

    from .batching import Batcher

    def ask(start: int, stop: int) -> torch.Tensor:
        batch = torch.from_numpy(np.stack(inputs[start:stop]))
        return classifier.probabilities(batch.to(classifier.device)).cpu()

    found = (batcher or Batcher(classifier.batch_size)).run(ask, len(inputs)).float().numpy()
    if not np.isfinite(found).all():
        raise ModelError(
            tr("the model answers with NaN or infinity where a part is erased; choose another fill")
        )
    return read_only(found)


def inpainted(values: FloatArray, hole: BoolArray) -> FloatArray:
    """Fill a hole smoothly from its border: every pixel becomes the mean of its neighbours.

    Parameters
    ----------
    values : [C, h, w] in model space.
    hole : [h, w]; where all of it is True there is no border, and the result is 0, the mean.

    Returns
    -------
    float32 [C, h, w], the solution of Laplace's equation; nothing flows over the input's edge.
    """
    if hole.all() or not hole.any():
        return read_only(np.where(hole, 0.0, values))
    here, there = _neighbours(hole)
    flat = values.reshape(len(values), -1)
    number = np.cumsum(hole.ravel()) - 1
    unknown = int(number[-1]) + 1
    rows, inner = number[here], hole.ravel()[there]
    diagonal = np.arange(unknown)
    system = scipy.sparse.coo_array(
        (
            np.r_[np.bincount(rows).astype(float), np.full(inner.sum(), -1.0)],
            (np.r_[diagonal, rows[inner]], np.r_[diagonal, number[there[inner]]]),
        ),
        shape=(unknown, unknown),
    ).tocsc()
    border = [np.bincount(rows[~inner], plane[there[~inner]], unknown) for plane in flat]
    # The system is symmetric and positive definite, so its order may be chosen for sparsity only.
    options = {"SymmetricMode": True}
    solver = scipy.sparse.linalg.splu(
        system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options
    )
    found = flat.copy()
    found[:, hole.ravel()] = solver.solve(np.stack(border, axis=1)).T
    return read_only(found.reshape(values.shape))


def _neighbours(hole: BoolArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of adjacent pixels of which the first lies in the hole, as indices [P], [P]."""
    grid = np.arange(hole.size).reshape(hole.shape)
    after = np.concatenate([grid[:, 1:].ravel(), grid[1:].ravel()])
    before = np.concatenate([grid[:, :-1].ravel(), grid[:-1].ravel()])
    here, there = np.concatenate([after, before]), np.concatenate([before, after])
    inside = hole.ravel()[here]
    return here[inside], there[inside]
