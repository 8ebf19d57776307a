"""Credentials of servers: from the environment, a keyring or a URL, and never into a text."""

from __future__ import annotations

import base64
import ipaddress
import os
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote

import requests
from requests.auth import AuthBase

from ..errors import ModelError
from ..translation import tr

VARIABLE = "FRAGSCOPE_TOKEN"
_HIDDEN = "***"
_SHORTEST_HIDDEN = 4
"""Replacing shorter secrets would garble every sentence, and they keep nothing secret."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is sent to a server so that it lets us in.

    Attributes
    ----------
    header : value of the Authorization header, or empty.
    secrets : what no message may contain.
    """

    header: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def hide(self, text: str) -> str:
        """A text, for example of the server, without the secrets."""
        for secret in self.secrets:
            if len(secret) >= _SHORTEST_HIDDEN:
                text = text.replace(secret, _HIDDEN)
        return text


class HeaderAuth(AuthBase):
    """Sends credentials with every request of a session."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._credentials.header:
            request.headers["Authorization"] = self._credentials.header
        return request


def credentials_for(url: SplitResult) -> Credentials:
    """Credentials for a server.

    User and password of the URL come first, then the variable FRAGSCOPE_TOKEN_HOST of this host,
    then FRAGSCOPE_TOKEN, then the keyring's password of "fragscope" for this host, where the
    keyring package is installed. FRAGSCOPE_TOKEN names no host, so it is sent only where nobody
    can listen: with encryption, or to this machine.

    Raises
    ------
    ModelError
        They have characters that cannot be sent.
    """
    host = url.hostname or ""
    if url.username is not None:
        pair = f"{unquote(url.username)}:{unquote(url.password or '')}"
        code = base64.b64encode(pair.encode()).decode()
        return Credentials(f"Basic {code}", (code, pair, unquote(url.password or "")))
    token = os.environ.get(variable_of(host), "").strip()
    if not token and (url.scheme in ("https", "grpcs") or _is_this_machine(host)):
        token = os.environ.get(VARIABLE, "").strip()
    token = token or _from_keyring(host)
    if not token.isascii() or not token.isprintable():
        raise ModelError(
            tr("the token for {host} has characters that cannot be sent; copy it anew", host=host)
        )
    return Credentials(f"Bearer {token}", (token,)) if token else Credentials()


def variable_of(host: str) -> str:
    """Name of the environment variable with the token for a host."""
    return f"{VARIABLE}_{re.sub(r'[^0-9A-Za-z]', '_', host).upper()}"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _from_keyring(host: str) -> str:
    try:
        import keyring
    except ImportError:
        return ""
    try:
        return keyring.get_password("fragscope", host) or ""
    except Exception:  # noqa: BLE001  # a keyring that is locked or broken is none
        return ""
