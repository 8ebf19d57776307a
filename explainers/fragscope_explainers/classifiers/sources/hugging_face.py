"""Image classifiers of transformers: from the Hugging Face hub, or from a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from ...errors import FragScopeError, ModelError, first_line
from ...translation import mark, tr
from ..hub import fetch
from ..label_names import names_from_json
from ..model_settings import Known, stated
from ..specs import ModelSpec, has_suffix
from .extras import extra
from .found import DistrustedError, Found, Order
from .image_processors import processor_facts
from .shards import INDEX, WHOLE, json_table, shard_names

CONFIG, PROCESSOR = "config.json", "preprocessor_config.json"
_PICKLED = ("pytorch_model.bin", "pytorch_model.bin.index.json")
_SOURCE = mark("its configuration")
_ACTIVATIONS = {
    "multi_label_classification": "sigmoid",
    "single_label_classification": "softmax",
}


def find(spec: ModelSpec, order: Order) -> Found:
    """Load a classifier; no code and no pickle of its makers runs unless it is trusted."""
    extra("transformers", "hf")
    if has_suffix(spec.weights):
        raise ModelError(
            tr(
                "{text}: after @ stands a revision of the hub; give a folder instead of a file",
                text=spec.text,
            )
        )
    folder = Path(spec.name).expanduser()
    if not (folder / CONFIG).is_file():
        folder = _fetched(spec, order, is_folder=folder.is_dir())
    config = json_table(folder / CONFIG)
    weights = _weights(folder, spec, config, trusted=order.trusted)
    module = _loaded(folder, spec, order)
    return Found(
        module,
        Path(spec.name).name,
        _facts(folder, module.config, order),
        _labels(config, module.config),
        _hash(weights),
        origin=_origin(spec, folder),
    )


def _fetched(spec: ModelSpec, order: Order, *, is_folder: bool) -> Path:
    """The folder of the hub's cache that holds a repository's files, fetched where they are not.

    Raises
    ------
    ModelError
        It cannot be fetched, or is no model.
    """
    if is_folder or spec.name.startswith((".", "/", "~")):
        raise ModelError(
            tr(
                "{name}: is no folder with a {config}; check its name",
                name=spec.name,
                config=CONFIG,
            )
        )
    advice = tr("connect once, or give a folder with hf:FOLDER")
    config = _fetch(spec, CONFIG, order, advice)
    if config is None:
        raise ModelError(
            tr(
                "{name} has no {config}, so it is no model of transformers",
                name=spec.name,
                config=CONFIG,
            )
        )
    _fetch(spec, PROCESSOR, order, advice)
    if _fetch(spec, WHOLE, order, advice) is None:
        _fetch_parts(spec, INDEX, order, advice)
    if order.trusted:
        _fetch_distrusted(spec, config, order, advice)
    return config.parent


def _fetch(spec: ModelSpec, file: str, order: Order, advice: str) -> Path | None:
    return fetch(spec.name, file, order.report, revision=spec.weights, advice=advice)


def _fetch_parts(spec: ModelSpec, index: str, order: Order, advice: str) -> bool:
    """Fetch weights that are split into files; whether there are such."""
    path = _fetch(spec, index, order, advice)
    if path is None:
        return False
    for part in shard_names(path):
        _fetch(spec, part, order, advice)
    return True


def _fetch_distrusted(spec: ModelSpec, config: Path, order: Order, advice: str) -> None:
    """Fetch a program and pickled weights, once the user has said that they are trusted."""
    for place in json_table(config).get("auto_map", {}).values():
        _fetch(spec, f"{str(place).partition('.')[0]}.py", order, advice)
    folder = config.parent
    if not _has_safe(folder) and _fetch(spec, _PICKLED[0], order, advice) is None:
        _fetch_parts(spec, _PICKLED[1], order, advice)


def _weights(
    folder: Path, spec: ModelSpec, config: Mapping[str, Any], *, trusted: bool
) -> list[Path]:
    """The files of the weights.

    Raises
    ------
    DistrustedError
        Loading would run a program.
    ModelError
        There are none.
    """
    if config.get("auto_map") and not trusted:
        raise DistrustedError(
            tr(
                "{text} brings a program of its own, which loading would run; say that you trust "
                "it with --trust if you know who made it",
                text=spec.text,
            )
        )
    if (folder / WHOLE).is_file():
        return [folder / WHOLE]
    if (folder / INDEX).is_file():
        return [folder / part for part in shard_names(folder / INDEX)]
    pickled = [folder / name for name in _PICKLED if (folder / name).is_file()]
    if not trusted:
        raise DistrustedError(
            tr(
                "{text} has no {whole}; weights in other files may run a program when they are "
                "loaded: say that you trust it with --trust if you know who made it",
                text=spec.text,
                whole=WHOLE,
            )
        )
    if not pickled:
        raise ModelError(
            tr("{text} has no weights for torch, such as {whole}", text=spec.text, whole=WHOLE)
        )
    return pickled


def _loaded(folder: Path, spec: ModelSpec, order: Order) -> nn.Module:
    """The module.

    Raises
    ------
    ModelError
        It is no image classifier, or its files lack some of its weights.
    """
    import transformers

    transformers.utils.logging.disable_progress_bar()
    try:
        module, info = transformers.AutoModelForImageClassification.from_pretrained(
            str(folder),
            local_files_only=True,
            use_safetensors=True if _has_safe(folder) else None,
            trust_remote_code=order.trusted,
            output_loading_info=True,
        )
    except FragScopeError:
        raise
    except Exception as error:  # configurations of others may be of any kind
        raise ModelError(
            tr(
                "{text} is no image classifier that transformers can load ({kind}: {reason})",
                text=spec.text,
                kind=type(error).__name__,
                reason=first_line(error)[:200],
            )
        ) from error
    wanting = sorted([*info["missing_keys"], *(str(key) for key in info["mismatched_keys"])])
    if wanting:
        raise ModelError(
            tr(
                "{text} lacks weights, such as {wanting}: it is no finished classifier, and "
                "would answer at random",
                text=spec.text,
                wanting=wanting[0],
            )
        )
    found: nn.Module = module
    return found


def _facts(folder: Path, config: Any, order: Order) -> dict[str, Known]:
    """Settings from the image processor, and what the model's own configuration says besides."""
    own: dict[str, Any] = {"output": "logits"}
    size = getattr(config, "image_size", None)
    if isinstance(size, int) or (isinstance(size, list | tuple) and len(size) == 2):
        own["size"] = size
    if isinstance(getattr(config, "num_channels", None), int):
        own["channels"] = config.num_channels
    kind = getattr(config, "problem_type", None)
    if getattr(config, "num_labels", 2) > 1:
        own["activation"] = _ACTIVATIONS.get(kind or "single_label_classification", "softmax")
    return stated(own, _SOURCE) | _processor(folder, order)


def _processor(folder: Path, order: Order) -> dict[str, Known]:
    """What the image processor says; nothing where the model has none that can be read."""
    if not (folder / PROCESSOR).is_file():
        return {}
    import transformers

    try:
        found = transformers.AutoImageProcessor.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=order.trusted
        ).to_dict()
    except Exception:  # noqa: BLE001  # the file alone says most of it
        found = json_table(folder / PROCESSOR)
    return processor_facts(found)


def _labels(config: Mapping[str, Any], loaded: Any) -> Known | None:
    """Names of the classes; transformers fills in LABEL_0 and so on, which name nothing."""
    if "id2label" not in config and "num_labels" not in config:
        return None
    try:
        names = names_from_json(dict(loaded.id2label))
    except (ValueError, TypeError, OverflowError):
        return None
    if all(name == f"LABEL_{index}" for index, name in enumerate(names)):
        return None
    return Known(tuple(names), _SOURCE)


def _origin(spec: ModelSpec, folder: Path) -> str:
    at = f"@{spec.weights}" if spec.weights else ""
    where = str(folder) if (Path(spec.name).expanduser() / CONFIG).is_file() else spec.name
    return f"{where}{at}; its licence stands on its card"


def _has_safe(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (WHOLE, INDEX))


def _hash(files: list[Path]) -> str:
    """One sha256 over all files of the weights, in their order."""
    digest = hashlib.sha256()
    for path in files:
        try:
            with path.open("rb") as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
        except OSError as error:
            raise ModelError(
                tr("{path}: cannot be read ({reason})", path=path, reason=error.strerror)
            ) from error
    return digest.hexdigest()
