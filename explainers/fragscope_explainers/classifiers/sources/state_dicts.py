"""Weights by name from a file, put into the network that they belong to.

A file of weights is read without running what it holds. Training scripts save weights in many
wrappings; the common ones are taken off here.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import ModelError, first_line
from ...translation import tr, trn
from ..torchvision_compat import torchvision
from .fine_tuning import renamed, take_channels
from .found import DistrustedError, Order
from .model_files import archive_names, damaged, readable, sha256
from .shards import files_of, is_index, read_safetensors, read_shards, weights_in

Weights = dict[str, Tensor]

NESTS = ("state_dict", "model_state_dict", "model", "ema", "state_dict_ema", "model_ema", "weights")
"""Keys under which checkpoints hold their weights, in the order in which they are tried."""
PREFIXES = ("module.", "model.", "_orig_mod.", "net.", "network.")
"""What wrappers put before every name: DataParallel, Lightning, torch.compile, training scripts."""
_FEW = 3
_COUNTER = "num_batches_tracked"


def load_state(
    module_for: Callable[[int | None], nn.Module], path: Path, order: Order
) -> tuple[nn.Module, str]:
    """Build a network and give it the weights of a file.

    Parameters
    ----------
    module_for : builds the network for a number of classes, or for its usual number (None).
    path : a state dict or checkpoint that torch saved, safetensors, the index of several such
        files, or the folder that holds either.

    Returns
    -------
    The network with the weights, and the sha256 of their files.

    Raises
    ------
    DistrustedError
        The file holds a program beside weights, and is not trusted.
    ModelError
        The file cannot be read, or its weights do not fit the network.
    """
    saved = read_weights(path, order)
    if isinstance(saved, nn.Module):
        saved = dict(saved.state_dict())
    module = module_for(None)
    weights = renamed(_unwrapped(saved, module.state_dict()), module.state_dict())
    classes = classes_of(weights, module.state_dict())
    if classes is not None:
        module = module_for(classes)
    take_channels(weights, module)
    _put(weights, module, path)
    return module, sha256(*files_of(weights_in(path)))


def read_weights(path: Path, order: Order) -> Weights | nn.Module:
    """The weights in a file by name, without what a checkpoint holds beside them.

    Returns
    -------
    A whole network only where the order is trusted and the file holds one.

    Raises
    ------
    DistrustedError, ModelError
        See `load_state`.
    """
    path = weights_in(path)
    if is_index(path):
        return dict(read_shards(path))
    if is_safetensors(readable(path)):
        return read_safetensors(path)
    found = _weights_in(_torch_load(path, order))
    if found is None:
        raise ModelError(
            tr(
                "{path}: holds no weights by name; save them with torch.save(model.state_dict(), "
                "...)",
                path=path,
            )
        )
    return found


def is_safetensors(path: Path) -> bool:
    """Whether a file is safetensors: the length of a header in JSON, and the header."""
    with path.open("rb") as file:
        start = file.read(9)
    return start[8:9] == b"{" and int.from_bytes(start[:8], "little") < path.stat().st_size


def classes_of(weights: Mapping[str, Tensor], usual: Mapping[str, Tensor]) -> int | None:
    """Number of classes that weights are for, where it is not the network's usual number.

    It is told by the weights that differ from the network's in their first length alone.
    """
    heads = {
        len(weights[name])
        for name, own in usual.items()
        if name in weights and own.ndim and _differ_in_length_only(weights[name], own)
    }
    return heads.pop() if len(heads) == 1 else None


def _differ_in_length_only(found: Tensor, own: Tensor) -> bool:
    if found.ndim != own.ndim or found.shape[1:] != own.shape[1:] or found.shape == own.shape:
        return False
    # a file of some bytes may hold a tensor that repeats one number for millions of classes
    return found.is_meta or found.untyped_storage().nbytes() >= found.nbytes


def _torch_load(path: Path, order: Order) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old forms, for torch's own developers
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged files raise anything
        programs = _foreign(path, error)
        if programs is None:
            raise damaged(path, "weights", _reason(error)) from error
        if not order.trusted:
            raise distrusted(path, programs) from error
    return _run(path)


def _run(path: Path) -> Any:
    """Open a file whose program the user trusts."""
    try:
        torchvision()  # many networks are built of its parts, which a plain import may not find
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if archive_names(path) or not _is_bare_pickle(path):
                return torch.load(path, map_location="cpu", weights_only=False)
            with path.open("rb") as file:
                return pickle.load(file)
    except (Exception, SystemExit) as error:
        raise ModelError(
            tr(
                "{path}: its Python program cannot be run here ({kind}: "
                "{reason}); save the weights alone with torch.save(model.state_dict(), ...)",
                path=path,
                kind=type(error).__name__,
                reason=first_line(error),
            )
        ) from error


def distrusted(path: Path, programs: str = "") -> DistrustedError:
    """The sentence for a file that would run a program."""
    what = tr(", which calls {programs}", programs=programs) if programs else ""
    return DistrustedError(
        tr(
            "{path}: holds a pickled Python program{what}; opening it runs that program, which "
            "may do "
            "anything on this computer. If you trust where the file comes from, say so with "
            "--trust or "
            "the box in the window; else save the weights alone",
            path=path,
            what=what,
        )
    )


def _foreign(path: Path, error: Exception) -> str | None:
    """What the pickle in a file wants to call, as a phrase; None where no sound pickle is there."""
    if not isinstance(error, pickle.UnpicklingError):
        return None
    names: Sequence[str] = ()
    if archive_names(path):
        try:
            found = torch.serialization.get_unsafe_globals_in_checkpoint(path)
            names = sorted(found, key=lambda name: (name.startswith("torch."), name))
        except Exception:  # noqa: BLE001  # only the phrase suffers
            names = ()
    elif not _is_pickle(path):
        return None
    return _listed(names)


def _is_pickle(path: Path) -> bool:
    """Whether a file starts with a pickle that has an end; nothing of it is run."""
    import pickletools

    with path.open("rb") as file:
        try:
            for _ in pickletools.genops(file):
                pass
        except Exception:  # noqa: BLE001  # anything that is no pickle
            return False
    return True


def _is_bare_pickle(path: Path) -> bool:
    """Whether the file is one pickle; torch's own old form starts with another, a magic number."""
    import pickletools

    with path.open("rb") as file:
        found = [code.name for code, *_ in pickletools.genops(file)]
    return "GLOBAL" in found or "STACK_GLOBAL" in found


def _reason(error: Exception) -> str:
    text = first_line(error)
    return tr("no torch file") if isinstance(error, pickle.UnpicklingError) or not text else text


def _weights_in(saved: Any) -> Weights | nn.Module | None:
    if isinstance(saved, nn.Module):
        return saved
    if not isinstance(saved, Mapping):
        return None
    for nest in NESTS:
        inner = _weights_in(saved.get(nest))
        if inner is not None:
            return inner
    return _tensors(saved) or None


def _tensors(saved: Mapping[Any, Any]) -> Weights:
    return {str(name): value for name, value in saved.items() if isinstance(value, Tensor)}


def unwrapped(saved: Weights) -> Weights:
    """The weights without any wrapper's prefix."""
    *_, inner = _namings(saved)
    return inner


def _unwrapped(saved: Weights, usual: Mapping[str, Tensor]) -> Weights:
    """The weights under the names that have most in common with the network's."""
    return max(_namings(saved), key=lambda weights: len(weights.keys() & usual.keys()))


def _namings(weights: Weights) -> Iterator[Weights]:
    """The weights as named, and without one wrapper's prefix after the other."""
    yield weights
    prefix = next((p for p in PREFIXES if any(name.startswith(p) for name in weights)), None)
    if prefix is not None:
        inner = {n.removeprefix(prefix): w for n, w in weights.items() if n.startswith(prefix)}
        yield from _namings(inner)


def _put(weights: Weights, module: nn.Module, path: Path) -> None:
    own = module.state_dict()
    missing = [n for n in own if n not in weights and not n.endswith(_COUNTER)]
    extra = [n for n in weights if n not in own]
    shapes = [n for n in own if n in weights and own[n].shape != weights[n].shape]
    problems = [
        *([_too_few(missing)] if missing else []),
        *([_too_many(extra)] if extra else []),
    ]
    if shapes:
        name = shapes[0]
        problems.append(
            tr(
                "{name} has the shape {shape} where {expected} is expected",
                name=name,
                shape=tuple(weights[name].shape),
                expected=tuple(own[name].shape),
            )
        )
    if problems:
        raise ModelError(
            tr(
                "{path}: its weights do not fit {kind}: {problems}; name "
                "the architecture that they were trained with",
                path=path,
                kind=type(module).__name__,
                problems="; ".join(problems),
            )
        )
    module.load_state_dict(weights, strict=False)  # strict but for counters, as just seen


def _too_few(names: Sequence[str]) -> str:
    return trn(
        "{count:,} is missing ({names})",
        "{count:,} are missing ({names})",
        len(names),
        names=_listed(names),
    )


def _too_many(names: Sequence[str]) -> str:
    return trn(
        "{count:,} is not expected ({names})",
        "{count:,} are not expected ({names})",
        len(names),
        names=_listed(names),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_FEW]) + (", ..." if len(names) > _FEW else "")
