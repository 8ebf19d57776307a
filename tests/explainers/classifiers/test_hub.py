"""The hub's own client against a small server that answers as the hub does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from fragscope_explainers.classifiers.hub import fetch
from fragscope_explainers.classifiers.sources.found import StoppedError
from fragscope_explainers.errors import ModelError

Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], str]
CONTENT = bytes(range(256)) * 4000
COMMIT = "a" * 40


pytestmark = pytest.mark.usefixtures("soon_again")


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.delenv("HF_TOKEN", raising=False)


class Hub:
    """One repository, "owner/net", with one file; others answer with `status`."""

    def __init__(self) -> None:
        self.status, self.code = 404, "RepoNotFound"
        self.asked: list[str] = []

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(f"{request.command} {request.path}")
        if request.path == "/":
            self._head(request, 200, {"Content-Length": "0"})
            return
        if request.path != "/owner/net/resolve/main/model.safetensors":
            code = "EntryNotFound" if request.path.startswith("/owner/net/") else self.code
            self._head(request, self.status, {"X-Error-Code": code, "Content-Length": "0"})
            return
        digest = hashlib.sha256(CONTENT).hexdigest()
        about = {"ETag": f'"{digest}"', "X-Repo-Commit": COMMIT}
        self._head(request, 200, about | {"Content-Length": str(len(CONTENT))})
        if request.command == "GET":
            request.wfile.write(CONTENT)

    @staticmethod
    def _head(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()


@pytest.fixture
def hub(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Hub:
    found = Hub()
    monkeypatch.setenv("HF_ENDPOINT", serve(found))
    return found


def test_a_file_comes_once_and_tells_how_far_it_is(hub: Hub) -> None:
    told: list[tuple[int, int | None]] = []
    path = fetch("owner/net", "model.safetensors", lambda *step: told.append(step))
    assert path is not None
    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    hub.asked.clear()
    assert fetch("owner/net", "model.safetensors") == path
    assert hub.asked == []


def test_a_file_that_was_fetched_is_there_without_a_network(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fetch("owner/net", "model.safetensors")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    assert fetch("owner/net", "model.safetensors") == path


def test_a_download_can_be_stopped(hub: Hub, tmp_path: Path) -> None:
    def stop(done: int, total: int | None) -> None:
        raise StoppedError("stopped")

    with pytest.raises(StoppedError):
        fetch("owner/net", "model.safetensors", stop)
    assert not list(tmp_path.rglob("model.safetensors"))


def test_a_file_that_is_not_there_is_none(hub: Hub) -> None:
    assert fetch("owner/net", "pytorch_model.bin") is None


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (404, "RepoNotFound", "has no owner/other of this revision, or not"),
        (401, "RepoNotFound", "has no owner/other of this revision, or not"),
        (403, "GatedRepo", "who have agreed to its terms"),
    ],
)
def test_what_the_hub_refuses_is_told(hub: Hub, status: int, code: str, sentence: str) -> None:
    hub.status, hub.code = status, code
    with pytest.raises(ModelError, match=sentence):
        fetch("owner/other", "config.json", advice="connect once")


def test_a_hub_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(
        ModelError, match=r"^127\.0\.0\.1:1 cannot be reached for owner/net; connect once$"
    ):
        fetch("owner/net", "config.json", advice="connect once")


def test_names_that_are_none_are_told() -> None:
    with pytest.raises(ModelError, match="is no name of the hub"):
        fetch("a/b/c", "config.json")
