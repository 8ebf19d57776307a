"""Whether a file of `torch.export` is a plain network, seen before torch reads it.

`torch.export.load` unpickles parts of the file, evaluates its formulas and its guards as Python,
and finds the functions to call by their dotted names. Each of these would run a program of the
file's author. Here everything that is not known to be harmless is refused.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch

from ...errors import first_line
from ...translation import tr

_PROGRAM = re.compile(r"models/[^/]+\.json")
_CONFIG = re.compile(r"data/(?:weights|constants)/[^/]+_config\.json")
_PICKLE = re.compile(r"data/(?:weights|constants|sample_inputs)/[^/]+\.pt")
_PLAIN = re.compile(
    r"(?:\.data/\w+|byteorder|version|archive_\w+|\.format_version|\.storage_alignment"
    r"|data/(?:weights|constants)/(?:weight|tensor)_\d+|extra/.*)"
)
_LIBRARY = "aten|prims|quantized|quantized_decomposed|torchvision"
_CALL = re.compile(
    rf"torch\.ops\.(?:{_LIBRARY})\.(?!save\b|load\b|from_file\b)\w+(?:\.\w+)?"
    r"|torch\.ops\.higher_order\.(?:wrap_with_set_grad_enabled|wrap_with_autocast|cond)"
    r"|_operator\.(?:getitem|add|sub|mul|floordiv|truediv|mod|neg|pow|eq|ne|lt|le|gt|ge|and_|or_)"
    r"|torch\.sym_\w+|math\.(?:ceil|floor|trunc|sqrt)|"
)
_IDENTIFIER = re.compile(r"(?!torch|math|_operator)\w+")
"""A target that torch leaves as it is: the name of an input or of a weight."""
_NAME = re.compile(r"[\w.\-]*")
_WORDS_OF_FORMULAS = re.compile(
    r"[su]\d+|zuf\d+|u?nbacked\w*|Symbol|Integer|Float|Rational|Add|Mul|Pow|Max|Min|Mod|PythonMod"
    r"|FloorDiv|CeilDiv|CleanDiv|IntTrueDiv|FloatTrueDiv|ToFloat|TruncToInt|Eq|Ne|Lt|Le|Gt|Ge"
    r"|Equality|Unequality|LessThan|StrictLessThan|GreaterThan|StrictGreaterThan|And|Or|Not"
    r"|True|False|positive|nonnegative|integer|evaluate|int_oo|oo"
)
_SIGNS_OF_FORMULAS = re.compile(r"[\w\s'(),=+\-*/<>!&|~.]*")
_WORDS_OF_GUARDS = re.compile(r"L|size|stride|storage_offset|and|or|not|True|False|math|floor|ceil")
_SIGNS_OF_GUARDS = re.compile(r"[\w\s'\"\[\](),=+\-*/%<>!.]*")
_QUOTED = re.compile(r"(['\"])\w*\1")
_WORD = re.compile(r"[A-Za-z_]\w*")
_TREES = (None, "builtins.tuple", "builtins.list", "builtins.dict", "collections.OrderedDict")
_CONTEXT = re.compile(r'[\w\s"\[\],.\-]*')
"""Keys of a dictionary as a list in JSON; objects would be looked up in modules."""
_INERT = (
    "stack_trace",
    "nn_module_stack",
    "source_fn_stack",
    "torch_fn",
    "from_node",
    "custom",
    "as_string",
    "torch_version",
)
"""Texts that torch only shows, looks up without calling, or hands to operators of its own."""


def what_it_runs(data: bytes) -> str:
    """What in a file of `torch.export` may be a program; empty where it is a plain network.

    Parameters
    ----------
    data : the whole file.
    """
    try:
        return next(_suspects(data), "")
    except (zipfile.BadZipFile, ValueError, KeyError, RuntimeError) as error:
        return tr("parts that cannot be read ({reason})", reason=first_line(error))


def _suspects(data: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    if len({name.partition("/")[0] for name in names}) != 1 or len(set(names)) < len(names):
        yield tr("entries of an old or unknown form")
    # torch's own reader: another one might see other entries in a file made for that
    reader = torch._C.PyTorchFileReader(io.BytesIO(data))
    for name in reader.get_all_records():
        yield from _entry(name, partial(reader.get_record, name))


def _entry(name: str, content: Callable[[], bytes]) -> Iterator[str]:
    if _PROGRAM.fullmatch(name) or _CONFIG.fullmatch(name):
        yield from _value("", json.loads(content()))
    elif _PICKLE.fullmatch(name):
        if not _is_only_tensors(content()):
            yield tr("a pickled Python program in {name}", name=name)
    elif not _PLAIN.fullmatch(name):
        yield tr("the entry {name}", name=name)


def _is_only_tensors(content: bytes) -> bool:
    try:
        torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception:  # noqa: BLE001  # whatever is wrong, it is not only tensors
        return False
    return True


def _value(key: str, value: Any) -> Iterator[str]:
    """Suspects among the texts of a JSON value, whose rule depends on the key they stand under."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if not _NAME.fullmatch(name):
                yield tr("the name {name!r}", name=name[:40])
            yield from _value(name, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _value(key, inner)
    elif isinstance(value, str) and not _is_harmless(key, value):
        yield f"{key} {value[:60]!r}"


def _is_harmless(key: str, text: str) -> bool:
    if key in _INERT:
        return True
    if key in ("target", "as_operator"):
        return bool(_CALL.fullmatch(text) or _IDENTIFIER.fullmatch(text))
    if key == "expr_str":
        return _consists_of(text, _SIGNS_OF_FORMULAS, _WORDS_OF_FORMULAS)
    if key == "guards_code":
        return _consists_of(_QUOTED.sub("", text), _SIGNS_OF_GUARDS, _WORDS_OF_GUARDS)
    if key in ("in_spec", "out_spec"):
        return _is_plain_tree(json.loads(text))
    return bool(_NAME.fullmatch(text))


def _is_plain_tree(value: Any) -> bool:
    """Whether inputs or outputs are laid out in tuples, lists and dictionaries alone."""
    if isinstance(value, list):
        return all(_is_plain_tree(inner) for inner in value)
    if not isinstance(value, dict):
        return not isinstance(value, str)
    context = value.get("context")
    return (
        value.get("type") in _TREES
        and (context is None or (isinstance(context, str) and bool(_CONTEXT.fullmatch(context))))
        and _is_plain_tree(value.get("children_spec", []))
    )


def _consists_of(text: str, signs: re.Pattern[str], words: re.Pattern[str]) -> bool:
    return bool(signs.fullmatch(text)) and all(
        words.fullmatch(word) for word in _WORD.findall(text)
    )
