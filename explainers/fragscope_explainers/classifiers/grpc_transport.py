"""Tensors to a server over gRPC, by the client that Triton's makers keep."""

from __future__ import annotations

import json
from typing import Any

from numpy.typing import NDArray

from ..errors import ModelError
from ..translation import tr
from . import open_inference as protocol
from . import web
from .credentials import Credentials
from .open_inference import Signature
from .server_runner import RefusedError

_MOST_ANSWER = 256 << 20
_SERVICE = "inference.GRPCInferenceService"
_CONTENTS = {
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
}
"""Fields that hold numbers where a server does not send them as bytes."""
_TOO_LARGE = ("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", "INTERNAL", "OUT_OF_RANGE")
_WORDS = {
    "UNAVAILABLE": tr("cannot be asked: nothing answers there; see whether the server runs"),
    "UNIMPLEMENTED": tr("does not speak the Open Inference Protocol; check the port"),
    "NOT_FOUND": tr("is not there; check the model's name and version"),
    "UNAUTHENTICATED": tr("refuses access; put a token into the variable FRAGSCOPE_TOKEN"),
    "PERMISSION_DENIED": tr("refuses access; put a token into the variable FRAGSCOPE_TOKEN"),
}


class GrpcTransport:
    """Tensors as bytes over gRPC.

    Parameters
    ----------
    host : host and port.
    scheme : "grpc", or "grpcs" for an encrypted connection.

    Raises
    ------
    ModelError
        The client's package is missing.
    """

    def __init__(
        self,
        host: str,
        model: str,
        version: str,
        credentials: Credentials,
        scheme: str,
    ) -> None:
        try:
            from tritonclient import grpc
        except ImportError:
            raise ModelError(
                tr(
                    "grpc:// needs a package that is missing; pip install 'fragscope[grpc]', or "
                    "give "
                    "the server's http:// address"
                )
            ) from None
        self._grpc = grpc
        self._shown = f"{model} on {host}"
        self._model, self._version = model, version
        self._patience = web.PATIENCE
        header = credentials.header
        self._headers = {"authorization": header} if header else None
        self._signature = Signature()
        self._client = grpc.InferenceServerClient(
            host, ssl=scheme == "grpcs", channel_args=_channel_settings(self._patience)
        )

    @property
    def name(self) -> str:
        return tr("server over gRPC")

    @property
    def bytes_a_number(self) -> float:
        return 4

    def signature(self) -> Signature:
        """Ask for the model's metadata.

        Raises
        ------
        ModelError
            The server cannot be reached, does not know the model, or says nothing of use.
        """
        found = self._call("get_model_metadata", as_json=True)
        try:
            self._signature = Signature.read(found)
        except ModelError as error:
            raise ModelError(self._named(error)) from None
        return self._signature

    def infer(self, batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
        given = self._grpc.InferInput(
            self._signature.input, list(batch.shape), self._signature.datatype
        )
        given.set_data_from_numpy(batch)
        response = self._call("infer", inputs=[given]).get_response()
        try:
            return _tensors(response)
        except ModelError as error:
            raise ModelError(self._named(error)) from None

    def close(self) -> None:
        self._client.close()

    def _call(self, method: str, **given: Any) -> Any:
        """Call a method of the client; what it raises may quote headers, so words are our own."""
        try:
            return getattr(self._client, method)(
                model_name=self._model,
                model_version=self._version,
                headers=self._headers,
                client_timeout=self._patience.read,
                **given,
            )
        except self._grpc.InferenceServerException as error:
            raise self._translated(str(error.status()).rpartition(".")[2]) from None

    def _named(self, error: ModelError) -> str:
        return tr("{server}: {error}", server=self._shown, error=error)

    def _translated(self, code: str) -> ModelError:
        if code == "DEADLINE_EXCEEDED":
            what = tr(
                "does not answer within {read:g} s; see whether the server runs",
                read=self._patience.read,
            )
            return ModelError(tr("{server} {what}", server=self._shown, what=what))
        if code in _TOO_LARGE:
            return RefusedError(
                tr("{shown} does not answer as it should ({code})", shown=self._shown, code=code)
            )
        what = _WORDS.get(code) or tr("gives no answer ({code})", code=code)
        return ModelError(tr("{server} {what}", server=self._shown, what=what))


def _channel_settings(patience: web.Patience) -> list[tuple[str, Any]]:
    """Limits, and repetition of the calls that only ask what a model is."""
    retry = {
        "maxAttempts": min(patience.retries + 1, 5),
        "initialBackoff": f"{max(patience.pause, 0.001):.3f}s",
        "maxBackoff": "5s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    name = [{"service": _SERVICE, "method": "ModelMetadata"}]
    config = {"methodConfig": [{"name": name, "retryPolicy": retry}]}
    return [
        ("grpc.max_send_message_length", _MOST_ANSWER),
        ("grpc.max_receive_message_length", _MOST_ANSWER),
        ("grpc.service_config", json.dumps(config)),
    ]


def _tensors(response: Any) -> dict[str, NDArray[Any]]:
    """The outputs of numbers in an answer, by name."""
    raw = list(response.raw_output_contents)
    found = {}
    for place, output in enumerate(response.outputs):
        if output.datatype not in protocol.TYPES:
            continue
        data: Any = raw[place] if place < len(raw) else None
        if data is None:
            data = list(getattr(output.contents, _CONTENTS.get(output.datatype, ""), ()))
        shape = tuple(output.shape)
        found[output.name] = protocol.tensor(output.name, output.datatype, shape, data)
    if not found:
        raise ModelError(tr("its answer has no output of numbers"))
    return found
