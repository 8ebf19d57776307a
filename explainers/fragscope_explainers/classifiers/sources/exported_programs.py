"""Programs of `torch.export` in `.pt2` files: they have gradients, but no layers to look into."""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...errors import ModelError, first_line
from ...translation import mark, tr
from ..batch_limits import BatchLimits
from ..specs import ModelSpec
from .exported_guard import what_it_runs
from .found import DistrustedError, Found, Order
from .input_facts import check_batch, input_facts
from .model_files import archive_names, damaged, model_file

_KIND = tr("a program of torch.export")
_SOURCE = mark("the exported program")
_LONGEST = 1 << 20
"""Pictures of a batch without a bound: no machine has room for as many."""


def find(spec: ModelSpec, order: Order) -> Found:
    """Load an exported program.

    Raises
    ------
    DistrustedError
        Reading it would run a program, and it is not trusted.
    ModelError
        It cannot be read, or takes no pictures.
    """
    path = model_file(spec)
    if not archive_names(path):
        raise damaged(path, _KIND, tr("it is no archive"))
    data = path.read_bytes()  # what is checked is what is loaded, even if the file changes
    runs = "" if order.trusted else what_it_runs(data)
    if runs:
        raise DistrustedError(
            tr(
                "{path}: holds {runs}, and opening it may run a program of its author. If you "
                "trust "
                "where it comes from, say so with --trust or the box in the window",
                path=path,
                runs=runs,
            )
        )
    exported = _load(data, path)
    value = _input(exported, path)
    length = value.shape[0]
    shape = [_length(entry) for entry in value.shape]
    facts = input_facts([None, *shape[1:]], str(value.dtype).removeprefix("torch."), _SOURCE)
    low, high = _lengths(exported, length)
    check_batch([low, *shape[1:]])
    module = BatchLimits(exported.module(), low, high)
    digest = hashlib.sha256(data).hexdigest()
    return Found(module, path.stem, facts, weights_hash=digest, has_layers=False)


def _load(data: bytes, path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks for torch's own developers
            return torch.export.load(io.BytesIO(data))
    except Exception as error:  # damaged files raise anything
        raise damaged(path, _KIND, first_line(error)) from error


def _input(exported: Any, path: Path) -> Tensor:
    """What stands for the one input: a tensor with its shape and type, without values."""
    names = exported.graph_signature.user_inputs
    nodes = {node.name: node for node in exported.graph.nodes if node.op == "placeholder"}
    values = [nodes[name].meta.get("val") for name in names if name in nodes]
    if len(values) != 1 or not isinstance(values[0], Tensor):
        raise ModelError(
            tr(
                "{path}: takes {count} inputs, and a classifier of pictures takes one; export "
                "it with the others fixed",
                path=path,
                count=len(names),
            )
        )
    return values[0]


def _length(entry: Any) -> int | None:
    return entry if isinstance(entry, int) else None


def _lengths(exported: Any, length: Any) -> tuple[int, int]:
    """Least and greatest length of a batch."""
    if isinstance(length, int):
        return length, length
    bounds = exported.range_constraints.get(length.node.expr)
    if bounds is None:
        return 2, _LONGEST
    return max(int(bounds.lower), 1), int(min(bounds.upper, _LONGEST))  # it may be infinite
