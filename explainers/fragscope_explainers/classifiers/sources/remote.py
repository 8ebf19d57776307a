"""A model on a running server that speaks the Open Inference Protocol."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

import requests
from numpy.typing import NDArray
from urllib3 import exceptions as low

from ...errors import ModelError
from ...translation import mark, tr
from .. import open_inference as protocol
from .. import web
from ..credentials import VARIABLE, Credentials, HeaderAuth, credentials_for, variable_of
from ..model_settings import stated
from ..open_inference import Signature
from ..server_runner import RefusedError, ServerRunner
from ..specs import ModelSpec
from .found import Found, Order

SOURCE = mark("the server")
_PATH = re.compile(
    r"(?P<root>.*)/v2/models/(?P<model>[^/]+)(?:/versions/(?P<version>[^/]+))?(?:/infer)?/?"
)
_GRPC_PATH = re.compile(r"/(?P<model>[^/]+)(?:/versions/(?P<version>[^/]+))?/?")
_MOST_METADATA, _MOST_ANSWER = 4 << 20, 256 << 20
_MOST_QUOTED = 160
_TOO_LARGE = (400, 413, 422, 500)
"""Answers after which a smaller batch may do: servers do not agree on one."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is, without credentials.

    Attributes
    ----------
    scheme : "http", "https", "grpc" or "grpcs".
    root : what stands before "/v2" in the path.
    """

    scheme: str
    host: str
    root: str
    model: str
    version: str = ""

    @property
    def shown(self) -> str:
        """How sentences name the model."""
        return f"{self.model} on {self.host}"

    @property
    def server(self) -> str:
        """URL of the server's own metadata."""
        return f"{self.scheme}://{self.host}{self.root}/v2"

    @property
    def url(self) -> str:
        """URL of the model's metadata."""
        version = f"/versions/{quote(self.version)}" if self.version else ""
        return f"{self.server}/models/{quote(self.model)}{version}"


def find(spec: ModelSpec, order: Order) -> Found:
    """Ask a server what its model takes, and connect to it."""
    where, parts = read_address(spec.name)
    credentials = credentials_for(parts)
    try:
        transport = connect(where, credentials)
        try:
            signature = transport.signature()
        except BaseException:
            transport.close()
            raise
    except ModelError as error:
        raise type(error)(credentials.hide(str(error))) from None
    runner = ServerRunner(transport, signature, where.shown)
    facts = stated(signature.facts, SOURCE) if signature.shape else {}
    return Found(runner, where.shown, facts, origin=where.url)


def read_address(url: str) -> tuple[Address, SplitResult]:
    """Read a URL; the second value still has its credentials.

    Raises
    ------
    ModelError
        It does not lead to a model.
    """
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise ModelError(
            tr("the URL of the server is not valid; check its host and port")
        ) from None
    name = parts.hostname or ""
    host = (f"[{name}]" if ":" in name else name) + port
    pattern = _GRPC_PATH if parts.scheme.startswith("grpc") else _PATH
    found = pattern.fullmatch(parts.path)
    if not found or not host:
        raise ModelError(
            tr(
                "{scheme}://{host}{path} leads to no model; give "
                "http://HOST:PORT/v2/models/NAME or grpc://HOST:PORT/NAME",
                scheme=parts.scheme,
                host=host,
                path=parts.path,
            )
        )
    if parts.query:
        raise ModelError(
            tr(
                "{host}: what stands after '?' in a URL is not sent, because it would stand in "
                "logs; "
                "put a token into the variable {variable_of}",
                host=host,
                variable_of=variable_of(name),
            )
        )
    root = found.groupdict().get("root") or ""
    version = unquote(found["version"] or "")
    return Address(parts.scheme, host, root, unquote(found["model"]), version), parts


def connect(where: Address, credentials: Credentials) -> Any:
    """A transport that also tells the model's signature."""
    if where.scheme in ("http", "https"):
        return HttpTransport(where, credentials)
    from ..grpc_transport import GrpcTransport

    return GrpcTransport(where.host, where.model, where.version, credentials, where.scheme)


class HttpTransport:
    """Tensors over HTTP, as bytes where the server takes them, else as JSON."""

    def __init__(self, where: Address, credentials: Credentials) -> None:
        self._where = where
        self._credentials = credentials
        self._patience = web.PATIENCE
        self._session = web.open_session(
            self._patience, HeaderAuth(credentials), f"{where.url}/infer"
        )
        self._binary = False
        self._signature = Signature()

    @property
    def name(self) -> str:
        return tr("server over HTTP")

    @property
    def bytes_a_number(self) -> float:
        return 4 if self._binary else 20

    def signature(self) -> Signature:
        """Ask for the model's metadata, whether it is ready, and what the server can do.

        Raises
        ------
        ModelError
            The server cannot be reached, does not know the model, or says nothing of use.
        """
        status, body, _ = self._send("GET", self._where.url, _MOST_METADATA)
        self._check(status, body)
        with self._named():
            self._signature = Signature.read(protocol.read_json(body))
        ready, _, _ = self._send("GET", f"{self._where.url}/ready", _MOST_METADATA)
        if ready in (400, 503):
            raise self._failed(tr("is not ready; try again once it has loaded"))
        self._binary = self._takes_bytes()
        return self._signature

    def infer(self, batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
        body, headers = protocol.request_body(self._signature, batch, binary=self._binary)
        url = f"{self._where.url}/infer"
        status, answer, got = self._send("POST", url, _MOST_ANSWER, body, headers)
        self._check(status, answer)
        with self._named():
            return protocol.answers(answer, got.get(protocol.LENGTH_HEADER))

    def close(self) -> None:
        self._session.close()

    def _takes_bytes(self) -> bool:
        """Whether the server has the extension for binary tensors."""
        status, body, _ = self._send("GET", self._where.server, _MOST_METADATA)
        try:
            extensions = protocol.read_json(body).get("extensions") if status == 200 else ()
        except ModelError:
            return False  # it says nothing of itself, which is no fault of the model
        return isinstance(extensions, list) and protocol.BINARY_EXTENSION in extensions

    def _send(
        self,
        method: str,
        url: str,
        most: int,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes, Any]:
        """Status, body and headers of an answer; redirects are not followed."""
        patience = self._patience
        try:
            with self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=(patience.connect, patience.read),
                allow_redirects=False,
                stream=True,
            ) as response:
                found = web.read_all(response, most, patience.whole)
                return response.status_code, found, response.headers
        except (requests.RequestException, low.HTTPError) as error:
            what = web.trouble(error, patience)
            raise self._failed(
                tr("cannot be asked: {what}; see whether the server runs", what=what)
            ) from None
        except ModelError as error:
            raise self._failed(tr("cannot be used: {error}", error=error)) from None

    def _check(self, status: int, body: bytes) -> None:
        """Raise what a status other than success means."""
        if status == 200:
            return
        if 300 <= status < 400:
            raise self._failed(tr("redirects to another address; give that one"))
        if status in (401, 403):
            raise self._failed(
                tr(
                    "refuses access ({status}); {how_to_get_in}",
                    status=status,
                    how_to_get_in=self._how_to_get_in(),
                )
            )
        said = self._said(body)
        if status == 404:
            raise self._failed(
                tr("is not there (404{said}); check the model's name and version", said=said)
            )
        kind = RefusedError if status in _TOO_LARGE else ModelError
        raise kind(
            tr(
                "{shown} does not answer as it should ({status}{said})",
                shown=self._where.shown,
                status=status,
                said=said,
            )
        )

    def _said(self, body: bytes) -> str:
        """What a server says of its error, short and without secrets."""
        try:
            text = str(protocol.read_json(body).get("error", ""))
        except ModelError:
            return ""
        line = " ".join(self._credentials.hide(text).split())
        printable = "".join(c for c in line[:_MOST_QUOTED] if c.isprintable())
        return f": {printable}" if printable else ""

    def _how_to_get_in(self) -> str:
        own = variable_of(urlsplit(self._where.server).hostname or "")
        over = tr("over https into ") if self._where.scheme == "http" else "into "
        return tr(
            "put a token into the variable {own}, or {over}{variable}",
            own=own,
            over=over,
            variable=VARIABLE,
        )

    def _failed(self, what: str) -> ModelError:
        return ModelError(tr("{server} {what}", server=self._where.shown, what=what))

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Put the model's name before what is wrong with an answer."""
        try:
            yield
        except ModelError as error:
            named = tr("{server}: {error}", server=self._where.shown, error=error)
            raise ModelError(named) from None
