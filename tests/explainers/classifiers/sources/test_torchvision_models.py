from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as PillowImage
from skimage import data
from torch import nn

from fragscope_explainers import TorchClassifier, image_from_array, load_classifier
from fragscope_explainers.classifiers.model_settings import settled, stated
from fragscope_explainers.classifiers.sources import torchvision_models
from fragscope_explainers.classifiers.sources.found import StoppedError
from fragscope_explainers.classifiers.torchvision_compat import torchvision
from fragscope_explainers.errors import ModelError, UnknownNameError

Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], str]
NAME = "shufflenet_v2_x0_5"

pytestmark = pytest.mark.usefixtures("soon_again")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Torch's cache is a folder of the test."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "torch" / "hub" / "checkpoints"


@pytest.fixture(scope="module")
def original() -> nn.Module:
    """A small network of torchvision with seeded weights."""
    torchvision()
    from torchvision import models

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return models.get_model(NAME, weights=None).eval()


@pytest.fixture(scope="module")
def saved(original: nn.Module) -> bytes:
    file = io.BytesIO()
    torch.save(original.state_dict(), file)
    return file.getvalue()


def weights(name: str = NAME) -> Any:
    torchvision()
    from torchvision import models

    return models.get_model_weights(name).DEFAULT


def published(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let torchvision name another address for the weights."""
    member = weights()
    monkeypatch.setattr(type(member), "url", property(lambda _: url))


def sending(content: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


def test_weights_are_fetched_once_and_checked(
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    cache: Path,
    original: nn.Module,
    saved: bytes,
) -> None:
    digest = hashlib.sha256(saved).hexdigest()
    file = f"net-{digest[:8]}.pth"
    published(f"{serve(sending(saved))}/{file}", monkeypatch)
    told: list[tuple[int, int | None]] = []
    found = load_classifier(f"torchvision:{NAME}", "cpu", report=lambda *step: told.append(step))
    assert isinstance(found, TorchClassifier)
    assert (cache / file).read_bytes() == saved
    assert told[-1] == (len(saved), len(saved))
    assert found.weights_hash == digest
    assert found.labels[:2] == ("tench", "goldfish")
    assert not found.settings.guessed
    assert {known.source for known in found.settings.known.values()} == {
        "torchvision, weights IMAGENET1K_V1"
    }
    batch = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.allclose(found.logits(batch), original(batch), atol=1e-5)
    assert found.recipe is not None
    assert file in found.recipe.found.origin

    published(f"http://127.0.0.1:1/{file}", monkeypatch)  # nobody is there any more
    assert load_classifier(f"torchvision:{NAME}", "cpu").weights_hash == digest


def test_a_cached_file_that_is_damaged_is_fetched_anew(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, cache: Path, saved: bytes
) -> None:
    file = f"net-{hashlib.sha256(saved).hexdigest()[:8]}.pth"
    cache.mkdir(parents=True)
    (cache / file).write_bytes(saved[:1000])
    published(f"{serve(sending(saved))}/{file}", monkeypatch)
    load_classifier(f"torchvision:{NAME}", "cpu")
    assert (cache / file).read_bytes() == saved


def test_without_a_network_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    published("http://127.0.0.1:1/net-00000000.pth", monkeypatch)
    with pytest.raises(ModelError) as caught:
        load_classifier(f"torchvision:{NAME}")
    text = str(caught.value)
    assert text.startswith("127.0.0.1:1 cannot be reached (nothing answers there); the weights")
    assert text.endswith(f"or give a file with torchvision:{NAME}@weights.pth")


def test_a_download_can_be_stopped(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, cache: Path, saved: bytes
) -> None:
    def stop(done: int, total: int | None) -> None:
        raise StoppedError("stopped")

    published(f"{serve(sending(saved))}/net.pth", monkeypatch)
    with pytest.raises(StoppedError):
        load_classifier(f"torchvision:{NAME}", report=stop)
    assert list(cache.iterdir()) == []


def test_a_pickle_that_would_run_a_program_does_not_run(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "ran",)

    content = pickle.dumps({"weight": Hostile()})
    published(f"{serve(sending(content))}/net.pth", monkeypatch)
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_classifier(f"torchvision:{NAME}")
    assert not (tmp_path / "ran").exists()


def test_weights_of_a_file_leave_the_preprocessing_guessed(
    tmp_path: Path, saved: bytes, original: nn.Module
) -> None:
    path = tmp_path / "mine.pth"
    path.write_bytes(saved)
    found = load_classifier(f"torchvision:{NAME}@{path}", "cpu")
    assert isinstance(found, TorchClassifier)
    assert found.weights_hash == hashlib.sha256(saved).hexdigest()
    assert {"size", "mean", "std", "short_side"} <= {*found.settings.guessed}
    batch = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.allclose(found.logits(batch), original(batch), atol=1e-5)


@pytest.mark.parametrize(
    ("spec", "nearest"),
    [
        ("torchvision:resnet5O", "'resnet50'"),
        ("torchvision:resnet50@IMAGENET1K_V3", "'IMAGENET1K_V"),
        ("torchvision:fcn_resnet50", "unknown torchvision model"),
    ],
)
def test_unknown_names_are_told_with_the_nearest(spec: str, nearest: str) -> None:
    with pytest.raises(UnknownNameError, match=nearest):
        load_classifier(spec)


def test_weights_that_do_not_classify_are_not_offered() -> None:
    with pytest.raises(UnknownNameError, match="unknown weights of vgg16"):
        load_classifier("torchvision:vgg16@IMAGENET1K_FEATURES")


def test_the_weights_keep_their_own_way_of_loading() -> None:
    member = weights()
    with torchvision_models._answering_with(member, {"a": torch.zeros(1)}):
        assert [*member.get_state_dict(progress=False)] == ["a"]
    assert "get_state_dict" not in vars(member)


@pytest.mark.parametrize("name", ["resnet50", "vit_h_14", "inception_v3", "efficientnet_b1"])
def test_pictures_are_prepared_as_torchvision_does(name: str) -> None:
    member = weights(name)
    preprocessing = settled((stated(torchvision_models._facts(member), "x"),)).preprocessing
    photo = data.chelsea()
    wanted = member.transforms()(PillowImage.fromarray(photo)).numpy()
    found = preprocessing.apply(image_from_array(photo, "cat")).values
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() < 1e-5
