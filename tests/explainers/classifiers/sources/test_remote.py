from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from skimage import data
from torch import nn

from fragscope_explainers import (
    LoadedClassifier,
    Request,
    TorchClassifier,
    image_from_array,
    load_classifier,
    methods,
)
from fragscope_explainers.classifiers.black_box import BlackBoxClassifier
from fragscope_explainers.errors import ModelError
from fragscope_explainers.explainer import final

Answering = Callable[[BaseHTTPRequestHandler], None]
Serve = Callable[[Answering], str]
SETTINGS = {"mean": "0.5", "std": "0.25"}
SIZE = [24, 32]
SECRET = "tok-9f8e7d6c"

pytestmark = pytest.mark.usefixtures("soon_again")


@pytest.fixture(autouse=True)
def _no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FRAGSCOPE_TOKEN", "FRAGSCOPE_TOKEN_127_0_0_1"):
        monkeypatch.delenv(name, raising=False)


def load(url: str, **settings: str) -> LoadedClassifier:
    return load_classifier(f"{url}/v2/models/net", "cpu", SETTINGS | settings)


def original(net: nn.Module, found: LoadedClassifier) -> TorchClassifier:
    plain = replace(found.preprocessing, layout="NCHW", dtype="float32")
    return TorchClassifier(net, found.labels, plain, "original")


# --- answers


@pytest.mark.parametrize(
    ("shape", "datatype", "extensions"),
    [
        ([-1, 3, *SIZE], "FP32", ["binary_tensor_data"]),
        ([-1, 3, *SIZE], "FP32", []),
        ([-1, *SIZE, 3], "FP32", []),
        ([1, 3, *SIZE], "FP32", ["binary_tensor_data"]),
        ([2, *SIZE, 3], "FP32", []),
        ([3, *SIZE], "FP32", ["binary_tensor_data"]),
        ([-1, 3, *SIZE], "FP16", ["binary_tensor_data"]),
    ],
)
def test_a_server_answers_as_its_model_does(
    shape: list[int],
    datatype: str,
    extensions: list[str],
    serve: Serve,
    model_server: Any,
    net: nn.Module,
) -> None:
    server = model_server(net, shape, datatype)
    server.extensions = extensions
    found = load(serve(server))
    assert isinstance(found, BlackBoxClassifier)
    assert found.input_size == tuple(SIZE)
    assert not {"size", "layout", "channels", "dtype"} & {*found.settings.guessed}
    batch = torch.randn(5, 3, *SIZE, generator=torch.Generator().manual_seed(0))
    wanted = original(net, found).probabilities(batch)
    close = 2e-3 if datatype == "FP16" else 1e-6
    assert torch.allclose(found.probabilities(batch), wanted, atol=close)
    assert {len(asked) for asked in server.shapes} == {len(shape)}
    found.close()


def test_a_map_from_a_server_is_that_of_its_model(
    serve: Serve, model_server: Any, net: nn.Module
) -> None:
    found = load(serve(model_server(net, [-1, 3, *SIZE])))
    model_input = found.preprocessing.apply(image_from_array(data.chelsea(), "cat"))
    request = Request(model_input, target=1)
    rise = methods.create("rise", masks=60)
    maps = [
        final(rise.explain(model, request)).saliency(1) for model in (found, original(net, found))
    ]
    assert spearmanr(maps[0].ravel(), maps[1].ravel()).statistic > 0.99
    found.close()


def test_models_that_take_bytes_get_bytes(serve: Serve, model_server: Any, net: nn.Module) -> None:
    server = model_server(net, [-1, *SIZE, 3], "UINT8")
    found = load_classifier(f"{serve(server)}/v2/models/net", "cpu")
    assert (found.settings["range"], found.settings["dtype"]) == (255, "uint8")
    pixels = np.random.default_rng(0).integers(0, 256, (2, *SIZE, 3), dtype=np.uint8)
    batch = torch.from_numpy(np.stack([found.preprocessing.normalised(p) for p in pixels]))
    wanted = torch.from_numpy(server.scores(pixels.astype(np.float32))).softmax(1)
    assert torch.allclose(found.probabilities(batch), wanted, atol=1e-5)
    found.close()


def test_a_server_that_says_little_is_asked_with_guesses(
    serve: Serve, model_server: Any, net: nn.Module
) -> None:
    server = model_server(net, [-1, 3, *SIZE])
    answer = server.__call__

    def silent(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/v2/models/net":
            body = b'{"name": "net", "inputs": [], "outputs": []}'
            request.send_response(200)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        else:
            answer(request)

    found = load(serve(silent), size="24x32")
    assert "layout" in found.settings.guessed
    assert found.probabilities(torch.zeros(1, 3, *SIZE)).shape == (1, 5)
    found.close()


def test_a_version_and_a_folder_before_the_protocol_are_kept(serve: Serve) -> None:
    paths = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        paths.append(request.path)
        request.send_error(404)

    url = serve(answer)
    with pytest.raises(ModelError, match="is not there"):
        load_classifier(f"{url}/some/where/v2/models/a%20b/versions/3/infer")
    assert paths == ["/some/where/v2/models/a%20b/versions/3"]


def test_batches_that_are_refused_are_asked_in_halves(
    serve: Serve, model_server: Any, net: nn.Module
) -> None:
    server = model_server(net, [-1, 3, *SIZE])
    server.most = 3
    found = load(serve(server))
    batch = torch.randn(11, 3, *SIZE, generator=torch.Generator().manual_seed(1))
    wanted = original(net, found).probabilities(batch)
    assert torch.allclose(found.probabilities(batch), wanted, atol=1e-6)
    server.shapes.clear()
    assert torch.allclose(found.probabilities(batch), wanted, atol=1e-6)
    assert max(shape[0] for shape in server.shapes) <= server.most  # it has learned
    found.close()


# --- credentials


def test_a_token_goes_with_every_request_and_into_no_text(
    serve: Serve,
    model_server: Any,
    net: nn.Module,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("FRAGSCOPE_TOKEN_127_0_0_1", SECRET)
    server = model_server(net, [-1, 3, *SIZE])
    server.token = SECRET
    found = load(serve(server))
    found.probabilities(torch.zeros(2, 3, *SIZE))
    assert {headers["Authorization"] for *_, headers in server.asked} == {f"Bearer {SECRET}"}
    texts = [found.name, found.spec, found.engine_name, repr(found.recipe), caplog.text]
    assert not any(SECRET in text for text in texts)
    found.close()


def test_user_and_password_of_a_url_are_sent_and_not_told(
    serve: Serve, model_server: Any, net: nn.Module, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = model_server(net, [-1, 3, *SIZE])
    url = serve(server).replace("http://", f"http://anna:{SECRET}@")
    found = load(url)
    assert {headers["Authorization"][:6] for *_, headers in server.asked} == {"Basic "}
    texts = [found.name, found.spec, repr(found.recipe), caplog.text]
    assert not any(SECRET in text for text in texts)
    found.close()


def test_without_a_token_the_variable_is_told(
    serve: Serve, model_server: Any, net: nn.Module
) -> None:
    server = model_server(net, [-1, 3, *SIZE])
    server.token = SECRET
    with pytest.raises(ModelError, match=r"refuses access \(401\); .*FRAGSCOPE_TOKEN_127_0_0_1"):
        load(serve(server))


def test_redirects_are_not_followed(
    serve: Serve, model_server: Any, net: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAGSCOPE_TOKEN", SECRET)
    other = model_server(net, [-1, 3, *SIZE])
    target = serve(other)

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(307)
        request.send_header("Location", f"{target}{request.path}")
        request.send_header("Content-Length", "0")
        request.end_headers()

    with pytest.raises(ModelError, match="redirects to another address"):
        load(serve(answer))
    assert other.asked == []


def test_a_query_is_refused_and_not_repeated() -> None:
    with pytest.raises(ModelError) as caught:
        load_classifier(f"https://host.example/v2/models/net?key={SECRET}")
    assert "FRAGSCOPE_TOKEN_HOST_EXAMPLE" in str(caught.value)
    assert SECRET not in str(caught.value)


# --- what goes wrong


def said(answer: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """An answer with other values of its output."""
    return answer | {"outputs": [answer["outputs"][0] | changed]}


LIES: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = {
    "too few rows": (lambda a: said(a, shape=[1, 5], data=[0.0] * 5), "one row a picture"),
    "shape": (lambda a: said(a, shape=[2, 500]), "it tells has 1,000"),
    "negative twice": (lambda a: said(a, shape=[-4, -5]), "it tells has"),
    "many axes": (lambda a: said(a, shape=[9] * 1_000_000), "tells no shape"),
    "negative": (lambda a: said(a, shape=[-1, 5]), "it tells has"),
    "huge": (lambda a: said(a, shape=[1 << 40, 1 << 40]), "it tells has"),
    "texts": (lambda a: said(a, data=["a"] * 20), "not made of FP32 numbers"),
    "ragged": (lambda a: said(a, data=[[1], [1, 2]]), "not made of FP32 numbers"),
    "no data": (lambda a: said(a, data=None), "not made of FP32 numbers"),
    "no shape": (lambda a: said(a, shape="big"), "tells no shape"),
    "no numbers": (lambda a: said(a, datatype="BYTES"), "no output of numbers"),
    "no outputs": (lambda a: {}, "has no outputs"),
    "bytes that are not there": (
        lambda a: said(a, parameters={"binary_data_size": 4000}),
        "shorter than it says",
    ),
    "bytes below none": (
        lambda a: said(a, parameters={"binary_data_size": -4}),
        "shorter than it says",
    ),
    "another number of classes": (
        lambda a: said(a, shape=[4, 2], data=[0.0] * 8),
        "give names that match",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_lies_is_found_out(
    lie: str, serve: Serve, model_server: Any, net: nn.Module
) -> None:
    server = model_server(net, [-1, 3, *SIZE])
    server.extensions = []
    found = load(serve(server))
    server.change, sentence = LIES[lie]
    with pytest.raises(ModelError, match=sentence) as caught:
        found.probabilities(torch.zeros(4, 3, *SIZE))
    assert "\n" not in str(caught.value)
    server.change = lambda answer: answer
    assert found.probabilities(torch.zeros(4, 3, *SIZE)).shape == (4, 5)
    found.close()


def respond(body: bytes, status: int = 200, **headers: str) -> Answering:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.rfile.read(int(request.headers.get("Content-Length", 0)))
        request.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b"x" * 65536)


def dripping(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000000")
    request.end_headers()
    while True:
        request.wfile.write(b" ")
        threading.Event().wait(0.05)


def stalling(request: BaseHTTPRequestHandler) -> None:
    threading.Event().wait(4)


def hanging_up(request: BaseHTTPRequestHandler) -> None:
    request.close_connection = True


def metadata(**changed: Any) -> bytes:
    entry = {"name": "x", "datatype": "FP32", "shape": [-1, 3, 8, 8]} | changed
    return json.dumps({"name": "net", "inputs": [entry]}).encode()


BAD: dict[str, tuple[Answering, str]] = {
    "a page for people": (respond(b"<html>hello</html>"), "something else than JSON"),
    "a list": (respond(b"[1]"), "something else than a JSON object"),
    "brackets": (respond(b"[" * 100_000), "something else than JSON"),
    "inputs of another kind": (respond(b'{"inputs": 7}'), "does not follow the Open Inference"),
    "several inputs": (
        respond(b'{"inputs": [{"name": "a"}, {"name": "b"}]}'),
        r"takes 2 inputs \(a, b\)",
    ),
    "texts": (respond(metadata(datatype="BYTES")), "has the type BYTES"),
    "a table": (respond(metadata(shape=[-1, 30])), r"has the shape \[-1, 30\]"),
    "no shape": (respond(metadata(shape=None)), "tells no shape"),
    "absent": (respond(b'{"error": "no such model"}', 404), "404: no such model"),
    "broken": (respond(b"", 500), "does not answer as it should .500"),
    "busy": (respond(b"", 503), "does not answer as it should .503"),
    "forbidden": (respond(b"", 403), "refuses access"),
    "endless": (endless, "more than 4 MiB"),
    "packed": (
        respond(bytes(99), **{"Content-Encoding": "gzip, gzip"}),
        r"is packed \(gzip, gzip\)",
    ),
    "huge pictures": (respond(metadata(shape=[-1, 3, 1 << 30, 1 << 30])), "4,096 are the most"),
    "a huge batch": (respond(metadata(shape=[1 << 30, 3, 8, 8])), "fit into no memory"),
    "many axes": (respond(metadata(shape=[3] * 100_000)), "tells no shape"),
    "a shape of no numbers": (respond(metadata(shape=[1e400])), "tells no shape"),
    "dripping": (dripping, "takes longer than"),
    "stalling": (stalling, "no answer within 1 s"),
    "hanging up": (hanging_up, "the connection broke"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_server_is_one_sentence_without_secrets(
    kind: str,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("FRAGSCOPE_TOKEN", SECRET)
    answer, sentence = BAD[kind]
    if answer in (dripping, stalling):
        request.getfixturevalue("impatient")
    with pytest.raises(ModelError, match=sentence) as caught:
        load(serve(answer))
    text = str(caught.value)
    assert text.startswith("net on 127.0.0.1:")
    assert "\n" not in text
    assert SECRET not in text + repr(caught.value.__cause__) + caplog.text


def test_a_server_that_repeats_the_token_is_not_quoted(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAGSCOPE_TOKEN", SECRET)

    def echo(request: BaseHTTPRequestHandler) -> None:
        respond(json.dumps({"error": request.headers["Authorization"]}).encode(), 404)(request)

    with pytest.raises(ModelError, match=r"404: Bearer \*\*\*") as caught:
        load(serve(echo))
    assert SECRET not in str(caught.value)


def test_nobody_there_is_told() -> None:
    with pytest.raises(ModelError, match=r"net on 127\.0\.0\.1:1 cannot be asked: nothing answers"):
        load("http://127.0.0.1:1")


@pytest.mark.parametrize(
    "url", ["http://host", "https://host/v2/models/", "http:///v2/models/x", "grpc://host:1"]
)
def test_urls_that_lead_to_no_model_are_told(url: str) -> None:
    with pytest.raises(ModelError, match="leads to no model"):
        load_classifier(url)


@pytest.mark.parametrize("url", [f"http://a:{SECRET}@[::1/v2/models/x", f"http://a:{SECRET}@h:x/y"])
def test_urls_that_are_none_are_told_without_their_secrets(url: str) -> None:
    with pytest.raises(ModelError, match="the URL of the server is not valid") as caught:
        load_classifier(url)
    assert SECRET not in str(caught.value)


def test_one_that_has_not_loaded_is_told(serve: Serve, model_server: Any, net: nn.Module) -> None:
    server = model_server(net, [-1, 3, *SIZE])
    server.is_ready = False
    with pytest.raises(ModelError, match="is not ready"):
        load(serve(server))


def test_a_server_may_die_amid_a_run_and_come_back(
    serve: Serve, model_server: Any, net: nn.Module
) -> None:
    server = model_server(net, [-1, 3, *SIZE])
    alive = [True]
    url = serve(lambda request: server(request) if alive[0] else hanging_up(request))
    found = load(url)
    model_input = found.preprocessing.apply(image_from_array(data.chelsea(), "cat"))
    run = methods.create("rise", masks=40).explain(found, Request(model_input, target=1))
    next(run)
    alive[0] = False
    with pytest.raises(ModelError, match=r"net on 127.*cannot be asked: the connection broke"):
        list(run)
    alive[0] = True
    again = methods.create("rise", masks=40).explain(found, Request(model_input, target=1))
    assert np.isfinite(final(again).saliency(1)).all()
    found.close()


def test_a_busy_server_is_asked_again(serve: Serve, model_server: Any, net: nn.Module) -> None:
    server = model_server(net, [-1, 3, *SIZE])
    calls: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        calls.append(request.path)
        if calls.count(request.path) == 1:
            respond(b"", 503, **{"Retry-After": "3600"})(request)
        else:
            server(request)

    found = load(serve(answer))
    assert calls.count("/v2/models/net/infer") >= 2
    found.close()


def test_what_a_server_may_have_begun_is_not_repeated(
    serve: Serve, model_server: Any, net: nn.Module
) -> None:
    server = model_server(net, [-1, 3, *SIZE])
    calls: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        calls.append(request.path)
        (hanging_up if request.path.endswith("/infer") else server)(request)

    with pytest.raises(ModelError, match="the connection broke"):
        load(serve(answer))
    assert calls.count("/v2/models/net/infer") == 1


def test_answers_that_are_no_numbers_are_told_when_a_picture_is_asked(
    serve: Serve, model_server: Any, net: nn.Module
) -> None:
    from fragscope_explainers import predict

    server = model_server(net, [-1, 3, *SIZE])
    server.extensions = []
    found = load(serve(server))
    server.change = lambda answer: said(
        answer, data=[float("nan")] * len(answer["outputs"][0]["data"])
    )
    model_input = found.preprocessing.apply(image_from_array(data.chelsea(), "cat"))
    with pytest.raises(ModelError, match="NaN or infinity"):
        predict(found, model_input)
    found.close()
