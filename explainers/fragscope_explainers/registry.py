"""The methods by name. Modules are imported when first used, so that listing them is instant."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from .errors import ParameterError, UnknownNameError
from .parameters import parameters
from .translation import tr
from .types import Access

if TYPE_CHECKING:
    from .explainer import Explainer

_PACKAGE = __package__


@dataclass(frozen=True, slots=True)
class Method:
    """Where a method lives, and what can be said of it without importing torch."""

    name: str
    label: str
    module: str
    class_name: str
    access: Access = "probabilities"

    def load(self) -> type[Explainer]:
        """Import the method's module and return its class."""
        module = importlib.import_module(f"{_PACKAGE}.{self.module}")
        return cast("type[Explainer]", getattr(module, self.class_name))


class Registry:
    """Methods in the order they were registered."""

    def __init__(self) -> None:
        self._methods: dict[str, Method] = {}

    def register(self, method: Method) -> None:
        """Add a method.

        Raises
        ------
        ParameterError
            The name is taken.
        """
        if method.name in self._methods:
            raise ParameterError(tr("the method name '{name}' is taken already", name=method.name))
        self._methods[method.name] = method

    def __iter__(self) -> Any:
        return iter(self._methods.values())

    @property
    def names(self) -> list[str]:
        return list(self._methods)

    def method(self, name: str) -> Method:
        """Look a method up.

        Raises
        ------
        UnknownNameError
            There is none of this name.
        """
        if name not in self._methods:
            raise UnknownNameError("method", name, self._methods)
        return self._methods[name]

    def create(self, name: str, **settings: Any) -> Explainer:
        """Make an explainer with some of its parameters set.

        Raises
        ------
        UnknownNameError
            There is no such method or parameter.
        ParameterError
            A value does not suit its parameter.
        """
        cls = self.method(name).load()
        known = [p.name for p in parameters(cls)]
        for field in settings:
            if field not in known:
                raise UnknownNameError(tr("parameter of {name}", name=name), field, known)
        return cls(**settings)


methods = Registry()
for _method in (
    Method("mfpp", "MFPP", "perturbation.mfpp", "Mfpp"),
    Method("mfpp-paper", "MFPP (paper)", "perturbation.mfpp", "MfppPaper"),
    Method(
        "mfpp-notebook", "MFPP (notebook)", "perturbation.mfpp_notebook", "MfppNotebook", "logits"
    ),
    Method("rise", "RISE", "perturbation.rise", "Rise"),
    Method("saliency", "Saliency", "gradient.saliency", "Saliency", "gradients"),
    Method(
        "integrated-gradients",
        "Integrated Gradients",
        "gradient.integrated_gradients",
        "IntegratedGradients",
        "gradients",
    ),
    Method("smoothgrad", "SmoothGrad", "gradient.smoothgrad", "SmoothGrad", "gradients"),
    Method("grad-cam", "Grad-CAM", "gradient.grad_cam", "GradCam", "layers"),
):
    methods.register(_method)
