"""HTTP as models need it: TLS verified, time-outs, few retries, and a limit on what is read.

Texts of requests and urllib3 hold URLs and headers, in which credentials travel. So none of them
reaches a message: `trouble` has words of its own for what went wrong.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import Retry
from urllib3 import exceptions as low

from ..errors import ModelError
from ..translation import tr

CHUNK = 1 << 18
_BUSY, _NOT_BEGUN = (429, 502, 503, 504), (429, 503)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for.

    Attributes
    ----------
    connect, read : seconds until a connection stands, and between two pieces of an answer.
    whole : seconds for all of an answer that is not a download.
    retries : times that what is safe to repeat is repeated.
    pause : seconds before the second repetition; doubled each time. The first comes at once.
    """

    connect: float = 10
    read: float = 30
    whole: float = 120
    retries: int = 3
    pause: float = 0.5


PATIENCE = Patience()


class NoCredentials(AuthBase):
    """Sends none, not even those of a .netrc file, which nobody named for this program."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def open_session(
    patience: Patience, auth: AuthBase | None = None, posts_to: str = ""
) -> requests.Session:
    """A session with retries.

    GET is repeated where a server is busy or a connection breaks. What was never sent may be
    repeated always; a POST to `posts_to` also where the server says that it did not begin.
    """
    session = requests.Session()
    session.auth = auth or NoCredentials()
    session.headers["Accept-Encoding"] = "identity"
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=_retry(patience, _BUSY, {"GET"})))
    if posts_to:
        retry = _retry(patience, _NOT_BEGUN, {"POST"}).new(read=False)
        session.mount(posts_to, HTTPAdapter(max_retries=retry))
    return session


def _retry(patience: Patience, statuses: tuple[int, ...], methods: set[str]) -> Retry:
    return Retry(
        total=None,
        connect=patience.retries,
        read=patience.retries,
        status=patience.retries,
        other=0,
        backoff_factor=patience.pause,
        status_forcelist=statuses,
        allowed_methods=methods,
        raise_on_status=False,
        respect_retry_after_header=False,  # a server must not make the program wait for an hour
    )


def host_of(url: str) -> str:
    """Host and port of a URL, without credentials."""
    return urlsplit(url).netloc.rpartition("@")[2]


def trouble(error: Exception, patience: Patience) -> str:
    """What is wrong with a connection, as the end of a sentence about the server."""
    reason = _reason(error)
    if isinstance(reason, low.SSLError | requests.exceptions.SSLError):
        return tr("its certificate cannot be verified")
    if isinstance(reason, low.NameResolutionError):
        return tr("its name is not known here")
    if isinstance(reason, low.NewConnectionError):  # urllib3 counts it among the time-outs, too
        return tr("nothing answers there")
    if isinstance(reason, low.ConnectTimeoutError | requests.ConnectTimeout):
        return tr("no connection within {connect:g} s", connect=patience.connect)
    if isinstance(reason, low.ReadTimeoutError | requests.ReadTimeout):
        return tr("no answer within {read:g} s", read=patience.read)
    if isinstance(reason, low.ProxyError):
        return tr("the proxy does not let it through")
    return tr("the connection broke")


def read_all(response: requests.Response, most: int, seconds: float) -> bytes:
    """The body of an answer.

    Parameters
    ----------
    most : bytes that are read at most, whatever length the server tells.
    seconds : for all of it; a server may send a byte now and then for ever.

    Raises
    ------
    ModelError
        It is longer or slower.
    """
    deadline = time.monotonic() + seconds
    pieces, size = [], 0
    while piece := response.raw.read1(CHUNK, decode_content=True):
        size += len(piece)
        if size > most:
            raise ModelError(tr("the answer has more than {most:,} MiB", most=most >> 20))
        if time.monotonic() > deadline:
            raise ModelError(tr("the answer takes longer than {seconds:g} s", seconds=seconds))
        pieces.append(piece)
    return b"".join(pieces)


def _reason(error: BaseException) -> BaseException:
    """The first cause that requests and urllib3 have wrapped."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", None) or getattr(error, "reason", None)
    return reason if isinstance(reason, BaseException) else error
