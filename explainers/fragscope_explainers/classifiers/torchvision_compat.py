"""Import torchvision even where its compiled operators do not match torch.

torchvision's wheel on the package index is built against CUDA torch. Beside a CPU-only torch its
operators do not load and `import torchvision` stops with "operator torchvision::nms does not
exist", although models and transforms need none of them. Declaring the two operators that the
import registers shapes for is enough; calling them would still fail, and nothing here does.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import torch

from ..errors import ModelError
from ..translation import tr

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_declared: list[torch.library.Library] = []  # a Library withdraws its operators when collected


def torchvision() -> ModuleType:
    """Return the torchvision package, declaring its missing operators only when needed.

    Raises
    ------
    ModelError
        torchvision is absent or broken for another reason.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise ModelError(tr("torchvision cannot be imported: {error}", error=error)) from error
    except ImportError as error:
        raise ModelError(
            tr(
                "torchvision cannot be imported ({error}); install the torchvision that matches "
                "torch {version}",
                error=error,
                version=torch.__version__,
            )
        ) from error
    _forget_partial_import()
    _declare_operators()
    return importlib.import_module("torchvision")


def operators_are_declared() -> bool:
    """Whether the mismatch was found and cured in this process."""
    return bool(_declared)


def _declare_operators() -> None:
    library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        library.define(name + _SCHEMA)  # type: ignore[no-untyped-call]
    _declared.append(library)


def _forget_partial_import() -> None:
    for name in [n for n in sys.modules if n == "torchvision" or n.startswith("torchvision.")]:
        del sys.modules[name]
