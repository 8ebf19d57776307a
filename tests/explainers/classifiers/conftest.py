"""Small servers on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from fragscope_explainers.classifiers import web

Answering = Callable[[BaseHTTPRequestHandler], None]
Serve = Callable[[Answering], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server that answers every request by a function, and returns its URL."""
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(_serving(answer))


@pytest.fixture
def soon_again(monkeypatch: pytest.MonkeyPatch) -> web.Patience:
    """Servers are asked again at once, and waited for long enough on a busy machine."""
    patience = web.Patience(connect=10, read=20, whole=40, retries=2, pause=0.01)
    monkeypatch.setattr(web, "PATIENCE", patience)
    return patience


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> web.Patience:
    """Servers are given up soon."""
    patience = web.Patience(connect=5, read=1, whole=2, retries=1, pause=0.01)
    monkeypatch.setattr(web, "PATIENCE", patience)
    return patience


@contextmanager
def _serving(answer: Answering) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self)

        def do_POST(self) -> None:
            answer(self)

        def do_HEAD(self) -> None:
            answer(self)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the client has gone
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True  # one that stalls must not hold the tests up
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class ModelServer:
    """A server of one model, "net", by the Open Inference Protocol, version 2.

    Attributes
    ----------
    extensions : what it says that it can do; "binary_tensor_data" makes it send bytes, too.
    token : where it is not empty, nobody gets in without it.
    most : pictures that it takes at most at once.
    asked : method, path and headers of every request, and the shape of those for answers.
    change : takes an answer, and returns what is sent instead.
    """

    def __init__(self, module: nn.Module, shape: list[int], datatype: str = "FP32") -> None:
        self.module = module.eval()
        self.input: dict[str, Any] = {"name": "picture", "datatype": datatype, "shape": shape}
        self.extensions = ["binary_tensor_data"]
        self.token = ""
        self.most = 1000
        self.is_ready = True
        self.asked: list[tuple[str, str, Any]] = []
        self.shapes: list[tuple[int, ...]] = []
        self.change: Callable[[dict[str, Any]], dict[str, Any]] = lambda answer: answer

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append((request.command, request.path, request.headers))
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        if self.token and request.headers["Authorization"] != f"Bearer {self.token}":
            send(request, json.dumps({"error": "who are you"}).encode(), 401)
        elif request.path == "/v2":
            send_json(request, {"name": "test", "version": "1", "extensions": self.extensions})
        elif request.path == "/v2/models/net":
            send_json(request, {"name": "net", "platform": "torch", "inputs": [self.input]})
        elif request.path == "/v2/models/net/ready":
            send(request, b"", 200 if self.is_ready else 503)
        elif request.path == "/v2/models/net/infer":
            self._infer(request, body)
        else:
            send(request, json.dumps({"error": f"no {request.path}"}).encode(), 404)

    def _infer(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        length = request.headers["Inference-Header-Content-Length"]
        asked = json.loads(body[: int(length)] if length else body)
        given = asked["inputs"][0]
        shape = tuple(given["shape"])
        self.shapes.append(shape)
        if len(shape) == 4 and shape[0] > self.most:
            send(request, json.dumps({"error": f"at most {self.most} at once"}).encode(), 400)
            return
        kind = {"FP32": "<f4", "FP16": "<f2", "UINT8": "u1"}[given["datatype"]]
        if length:
            numbers = np.frombuffer(body[int(length) :], kind)
        else:
            numbers = np.array(given["data"], kind)
        scores = self.scores(numbers.reshape(shape).astype(np.float32))
        self._send(request, scores, binary=bool(length))

    def scores(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the model says of inputs in the server's layout."""
        batch = torch.from_numpy(values if values.ndim == 4 else values[None])
        batch = batch.permute(0, 3, 1, 2) if batch.shape[-1] == 3 else batch
        with torch.inference_mode():
            found: NDArray[np.float32] = self.module(batch).numpy()
        return found if values.ndim == 4 else found[0]

    def _send(
        self, request: BaseHTTPRequestHandler, scores: NDArray[np.float32], *, binary: bool
    ) -> None:
        output: dict[str, Any] = {"name": "scores", "datatype": "FP32", "shape": [*scores.shape]}
        rest = scores.tobytes() if binary else b""
        output |= (
            {"parameters": {"binary_data_size": len(rest)}}
            if binary
            else {"data": scores.ravel().tolist()}
        )
        head = json.dumps(self.change({"model_name": "net", "outputs": [output]})).encode()
        more = {"Inference_Header_Content_Length": len(head)} if binary else {}
        send(request, head + rest, **more)


def send(
    request: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: object
) -> None:
    """Answer a request; underscores in names of headers stand for hyphens."""
    request.send_response(status)
    for name, value in ({"Content_Length": len(body)} | headers).items():
        request.send_header(name.replace("_", "-"), str(value))
    request.end_headers()
    request.wfile.write(body)


def send_json(request: BaseHTTPRequestHandler, value: object) -> None:
    """Answer a request with JSON."""
    send(request, json.dumps(value).encode(), Content_Type="application/json")


@pytest.fixture
def net() -> nn.Module:
    """Five classes from 24 x 32 pictures, the same every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        return nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(3),
            nn.Flatten(),
            nn.Linear(72, 5),
        ).eval()


@pytest.fixture
def model_server() -> type[ModelServer]:
    """The class of servers; `serve` starts one."""
    return ModelServer
