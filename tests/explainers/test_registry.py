from __future__ import annotations

import dataclasses

import pytest

from fragscope_explainers.errors import ParameterError, UnknownNameError
from fragscope_explainers.explainer import Explainer
from fragscope_explainers.parameters import parameters, values
from fragscope_explainers.registry import Method, Registry, methods

EXTRA = Method("extra", "Extra", "perturbation.rise", "Rise")


def test_iteration_follows_registration() -> None:
    registry = Registry()
    other = dataclasses.replace(EXTRA, name="another")
    registry.register(EXTRA)
    registry.register(other)
    assert list(registry) == [EXTRA, other]
    assert registry.names == ["extra", "another"]
    assert registry.method("another") is other


def test_a_taken_name_is_refused_and_the_first_one_stays() -> None:
    registry = Registry()
    registry.register(EXTRA)
    with pytest.raises(ParameterError, match="the method name 'extra' is taken already"):
        registry.register(dataclasses.replace(EXTRA, label="Second"))
    assert registry.method("extra") is EXTRA


def test_unknown_methods_are_listed_with_the_nearest() -> None:
    with pytest.raises(
        UnknownNameError, match="unknown method 'mfp', did you mean 'mfpp'"
    ) as caught:
        methods.create("mfp")
    assert all(name in str(caught.value) for name in methods.names)


def test_unknown_parameters_are_listed_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="parameter of rise 'mask', did you mean 'masks'"):
        methods.create("rise", mask=5)


def test_values_that_do_not_suit_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"rise\.masks must lie between"):
        methods.create("rise", masks=-1)


@pytest.mark.parametrize("method", list(methods), ids=lambda method: method.name)
def test_every_method_loads_and_is_called_what_the_registry_says(method: Method) -> None:
    cls = method.load()
    assert issubclass(cls, Explainer)
    assert (cls.name, cls.label) == (method.name, method.label)
    assert cls.summary.endswith(".")
    assert cls.reference


@pytest.mark.parametrize("name", methods.names)
def test_every_method_is_made_with_its_defaults(name: str) -> None:
    cls, explainer = methods.method(name).load(), methods.create(name)
    defaults = {p.name: p.default for p in parameters(explainer)}
    assert methods.create(name, **defaults) == explainer
    told = {p.name: p.zero if p.zero and p.default == 0 else p.default for p in parameters(cls)}
    assert values(explainer) == told


@pytest.mark.parametrize("name", methods.names)
def test_every_parameter_has_words_and_reads_its_own_default(name: str) -> None:
    for p in parameters(methods.method(name).load()):
        assert p.label
        assert p.help.endswith(".")
        text = ",".join(map(str, p.default)) if p.kind is tuple else str(p.default)
        assert p.parse(text) == p.default
