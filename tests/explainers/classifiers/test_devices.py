from __future__ import annotations

import pytest
import torch

from fragscope_explainers import load_classifier
from fragscope_explainers.classifiers import devices
from fragscope_explainers.classifiers.devices import available_devices, choose_device
from fragscope_explainers.errors import ModelError


@pytest.mark.parametrize("name", ["gpu", "meta", "vulkan", "", "cuda:99", "cpu:x"])
def test_unknown_devices_are_refused_with_the_choices(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        load_classifier(device=name)
    wanted = ", ".join(["auto", *available_devices()])
    assert str(caught.value).endswith(f"'{name}' is not available here; choose from {wanted}")


def test_the_cpu_can_always_be_chosen() -> None:
    assert choose_device("cpu") == torch.device("cpu")
    assert available_devices()[0] == "cpu"


@pytest.mark.parametrize(
    ("cuda", "mps", "best"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_is_the_fastest_device(
    cuda: bool, mps: bool, best: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(devices, "_has_mps", lambda: mps)
    assert choose_device("auto") == torch.device(best)


@pytest.mark.parametrize(("name", "there"), [("cuda", True), ("cuda:1", True), ("cuda:2", False)])
def test_a_gpu_is_chosen_by_its_number(
    name: str, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    if there:
        assert choose_device(name) == torch.device(name)
    else:
        with pytest.raises(ModelError, match="'cuda:2' is not available here"):
            choose_device(name)
