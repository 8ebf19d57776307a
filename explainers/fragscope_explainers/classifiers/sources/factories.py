"""Models that a function of somebody's Python code makes."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from ...errors import FragScopeError, ModelError
from ...preprocessing import Preprocessing
from ...translation import mark, tr
from ..called_runner import CRASHES, CalledRunner, crash
from ..loaded import LoadedClassifier
from ..model_settings import Known, stated
from ..specs import ModelSpec
from ..torch_classifier import TorchClassifier
from .found import DistrustedError, Found, Order, Report
from .model_files import readable

_LOOKS_A_SECOND = 10
_PREPROCESSING = ("resize", "short_side", "interpolation", "order", "range", "mean", "std")
_FORM = ("layout", "dtype")


def find(spec: ModelSpec, order: Order) -> Found:
    """Call a factory and take what it returns.

    A factory may return a torch module, a function from batches to scores, a `Found`, or an object
    with `probabilities` (and `labels`, `preprocessing` or `input_size`, where it has them).

    Raises
    ------
    DistrustedError
        The code is not trusted.
    ModelError
        There is no such code, it crashes, or it returns something else.
    """
    if not order.trusted:
        raise DistrustedError(
            tr(
                "{text}: loading this model runs Python code, which may do anything on this "
                "computer. If you trust the code, say so with --trust or the box in the window",
                text=spec.text,
            )
        )
    if spec.path is not None:
        readable(spec.path)
    return _on_a_thread(lambda: _made(spec), order.report, spec.text)


def _on_a_thread(work: Callable[[], Found], report: Report, name: str) -> Found:
    """Call code that may never return; `report` can raise meanwhile to leave it behind."""
    ended: list[Found | BaseException] = []

    def run() -> None:
        try:
            ended.append(work())
        except BaseException as error:  # noqa: BLE001  # handed over, whatever it is
            ended.append(error)

    thread = threading.Thread(target=run, name=f"factory {name}", daemon=True)
    with contextlib.redirect_stdout(sys.stderr):  # standard output holds our own answers
        thread.start()
        while thread.is_alive():
            report(0, None)
            thread.join(1 / _LOOKS_A_SECOND)
    found = ended[0]
    if isinstance(found, BaseException):
        raise found
    return found


def _made(spec: ModelSpec) -> Found:
    source = str(spec.path.resolve()) if spec.path is not None else ""
    try:
        module = _module(spec)
        factory = getattr(module, spec.function, None)
        if not callable(factory):
            raise ModelError(_no_function(spec, module))
        made = factory()
    except FragScopeError:
        raise
    except CRASHES as error:
        raise ModelError(
            tr(
                "{text} crashed ({crash}); mend it and try again",
                text=spec.text,
                crash=crash(error, source),
            )
        ) from error
    return _found(made, spec, source)


def _module(spec: ModelSpec) -> ModuleType:
    if spec.path is None:
        return importlib.import_module(spec.name)
    path = spec.path.resolve()
    name = f"fragscope_factory_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise ModelError(tr("{path}: is no Python file; give file.py:function", path=path))
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module  # dataclasses and pickles look their module up there
    with _neighbours(path.parent):
        found.loader.exec_module(module)
    return module


@contextlib.contextmanager
def _neighbours(folder: Path) -> Iterator[None]:
    """Let code import the files beside it while it is loaded."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))


def _no_function(spec: ModelSpec, module: ModuleType) -> str:
    own = [
        name
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", "") == module.__name__
    ]
    choice = tr("; it has {names}", names=", ".join(own[:5])) if own else ""
    return tr(
        "{name} has no function '{function}'{choice}",
        name=spec.name,
        function=spec.function,
        choice=choice,
    )


def _found(made: Any, spec: ModelSpec, source: str) -> Found:
    name = spec.function.replace("_", " ")
    if isinstance(made, Found):
        return made
    if isinstance(made, TorchClassifier):
        found = Found(made.module, made.name, has_layers=made.has_layers)
        return replace(found, **_known(made, "activation"), weights_hash=made.weights_hash)
    if isinstance(made, nn.Module):
        return Found(made.float(), name)  # half or double numbers would not meet the pictures'
    if callable(getattr(made, "probabilities", None)):
        runner = CalledRunner(made.probabilities, source)
        return replace(Found(runner, str(getattr(made, "name", name))), **_known(made))
    if callable(made):
        return Found(CalledRunner(made, source), name)
    raise ModelError(
        tr(
            "{text} returned {kind}, which is no model; let it return a torch "
            "module, a function from batches to scores, or an object with probabilities(batch)",
            text=spec.text,
            kind=type(made).__name__,
        )
    )


def _known(made: Any, *activation: str) -> dict[str, Any]:
    """Settings and class names that an object of the library's protocol states about itself."""
    source = mark("the factory")
    facts: dict[str, Any] = {}
    preprocessing = getattr(made, "preprocessing", None)
    size = getattr(made, "input_size", None)
    if isinstance(preprocessing, Preprocessing):
        facts = {key: getattr(preprocessing, key) for key in (*_PREPROCESSING, *_FORM)}
        facts |= {"size": preprocessing.input_size, "channels": preprocessing.channels}
    elif size is not None:
        facts = {"size": size}
    if isinstance(made, LoadedClassifier) and activation:
        facts |= {"activation": made.outputs.activation, "output": made.outputs.pick}
    else:
        facts |= {"activation": "none", "layout": "NCHW", "dtype": "float32"}
    labels = getattr(made, "labels", None)
    names = Known(tuple(map(str, labels)), source) if labels else None
    return {"facts": stated(facts, source), "labels": names}
