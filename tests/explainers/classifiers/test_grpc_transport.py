from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from fragscope_explainers import LoadedClassifier, TorchClassifier, load_classifier
from fragscope_explainers.errors import ModelError

grpc = pytest.importorskip("grpc")

SETTINGS = {"mean": "0.5", "std": "0.25"}
SIZE = [24, 32]
SECRET = "tok-9f8e7d6c"
Change = Callable[[Any, Any], Any]

pytestmark = pytest.mark.usefixtures("soon_again")


class Server:
    """A model over gRPC; `change` may alter an answer or end the call."""

    def __init__(self, module: nn.Module, shape: list[int]) -> None:
        from tritonclient.grpc import service_pb2, service_pb2_grpc

        self.module, self.shape = module, shape
        self.change: Change = lambda answer, context: answer
        self.headers: list[dict[str, str]] = []
        self.messages = service_pb2
        self._server = grpc.server(ThreadPoolExecutor(2))
        service_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def __getattr__(self, name: str) -> Any:
        if not name[0].isupper():
            raise AttributeError(name)

        def refuse(request: Any, context: Any) -> None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, name)

        return refuse

    def ModelMetadata(self, request: Any, context: Any) -> Any:
        self.headers.append(dict(context.invocation_metadata()))
        if request.name != "net":
            context.abort(grpc.StatusCode.NOT_FOUND, f"no {request.name} for {self.headers[-1]}")
        entry = {"name": "picture", "datatype": "FP32", "shape": self.shape}
        return self.messages.ModelMetadataResponse(name="net", inputs=[entry])

    def ModelInfer(self, request: Any, context: Any) -> Any:
        self.headers.append(dict(context.invocation_metadata()))
        shape = tuple(request.inputs[0].shape)
        values = np.frombuffer(request.raw_input_contents[0], np.float32).reshape(shape).copy()
        with torch.inference_mode():
            scores = self.module(torch.from_numpy(values)).numpy()
        answer = self.messages.ModelInferResponse(
            model_name="net",
            outputs=[{"name": "scores", "datatype": "FP32", "shape": scores.shape}],
            raw_output_contents=[scores.tobytes()],
        )
        return self.change(answer, context)

    def stop(self) -> None:
        self._server.stop(None).wait()


@pytest.fixture
def server(net: nn.Module) -> Iterator[Server]:
    found = Server(net, [-1, 3, *SIZE])
    yield found
    found.stop()


@pytest.fixture
def model(server: Server) -> Iterator[LoadedClassifier]:
    found = load_classifier(f"grpc://127.0.0.1:{server.port}/net", "cpu", SETTINGS)
    yield found
    found.close()


def test_a_server_answers_as_its_model_does(
    server: Server, model: LoadedClassifier, net: nn.Module
) -> None:
    assert model.input_size == tuple(SIZE)
    original = TorchClassifier(net, model.labels, model.preprocessing, "original")
    batch = torch.randn(5, 3, *SIZE, generator=torch.Generator().manual_seed(0))
    wanted = original.probabilities(batch)
    assert torch.allclose(model.probabilities(batch), wanted, atol=1e-6)

    def in_fields(answer: Any, context: Any) -> Any:
        numbers = np.frombuffer(answer.raw_output_contents[0], np.float32)
        answer.outputs[0].contents.fp32_contents.extend(numbers.tolist())
        answer.ClearField("raw_output_contents")
        return answer

    server.change = in_fields
    assert torch.allclose(model.probabilities(batch), wanted, atol=1e-6)


def truncated(answer: Any, context: Any) -> Any:
    answer.raw_output_contents[0] = answer.raw_output_contents[0][:-4]
    return answer


def odd(answer: Any, context: Any) -> Any:
    answer.raw_output_contents[0] = answer.raw_output_contents[0][:-1]
    return answer


def empty(answer: Any, context: Any) -> Any:
    answer.ClearField("outputs")
    return answer


def stalling(answer: Any, context: Any) -> Any:
    threading.Event().wait(3)
    return answer


def ending(code: str) -> Change:
    def end(answer: Any, context: Any) -> Any:
        context.abort(getattr(grpc.StatusCode, code), f"{SECRET} is what you sent")

    return end


FAULTS: dict[str, tuple[Change, str]] = {
    "truncated": (truncated, "it tells has"),
    "odd": (odd, "not made of FP32 numbers"),
    "empty": (empty, "no output of numbers"),
    "dead": (ending("UNAVAILABLE"), "cannot be asked"),
    "refused": (ending("INVALID_ARGUMENT"), "does not answer as it should"),
    "forbidden": (ending("PERMISSION_DENIED"), "refuses access"),
    "unknown": (ending("UNKNOWN"), "gives no answer"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_what_goes_wrong_is_one_sentence_and_can_be_tried_again(
    kind: str, server: Server, model: LoadedClassifier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.change, sentence = FAULTS[kind]
    batch = torch.zeros(2, 3, *SIZE)
    with pytest.raises(ModelError, match=sentence) as caught:
        model.probabilities(batch)
    text = str(caught.value)
    assert text.startswith("net on 127.0.0.1:")
    assert SECRET not in text + repr(caught.value.__cause__) + caplog.text
    server.change = lambda answer, context: answer
    assert model.probabilities(batch).shape == (2, 5)


def test_one_that_stalls_is_given_up(
    impatient: object, server: Server, model: LoadedClassifier
) -> None:
    server.change = stalling
    with pytest.raises(ModelError, match="does not answer within 1 s"):
        model.probabilities(torch.zeros(2, 3, *SIZE))
    server.change = lambda answer, context: answer
    assert model.probabilities(torch.zeros(2, 3, *SIZE)).shape == (2, 5)


def test_a_token_is_sent_and_not_told(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("FRAGSCOPE_TOKEN", SECRET)
    url = f"grpc://127.0.0.1:{server.port}"
    load_classifier(f"{url}/net", "cpu").close()
    assert {headers["authorization"] for headers in server.headers} == {f"Bearer {SECRET}"}
    with pytest.raises(ModelError, match="is not there") as caught:
        load_classifier(f"{url}/other")
    assert SECRET not in str(caught.value) + caplog.text


def test_nobody_there_is_told() -> None:
    with pytest.raises(
        ModelError, match=r"net on 127\.0\.0\.1:1 (cannot be asked|does not answer)"
    ):
        load_classifier("grpc://127.0.0.1:1/net")


def test_without_its_package_the_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tritonclient", None)
    with pytest.raises(ModelError, match=r"pip install 'fragscope\[grpc\]'"):
        load_classifier("grpc://127.0.0.1:1/net")
