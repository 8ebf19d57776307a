from __future__ import annotations

import base64
import sys
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from fragscope_explainers.classifiers.credentials import Credentials, credentials_for, variable_of
from fragscope_explainers.errors import ModelError

TOKEN = "tok-1a2b3c"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No token of the environment and no keyring."""
    for name in ("FRAGSCOPE_TOKEN", "FRAGSCOPE_TOKEN_MODELS_EXAMPLE_ORG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)


def header(url: str) -> str:
    return credentials_for(urlsplit(url)).header


def test_nothing_is_sent_where_nothing_is_known() -> None:
    assert header("https://models.example.org") == ""


@pytest.mark.parametrize(
    ("url", "is_sent"),
    [
        ("https://models.example.org/v2", True),
        ("grpcs://models.example.org", True),
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("http://models.example.org", False),
        ("grpc://models.example.org", False),
        ("http://localhost.example.org", False),
    ],
)
def test_a_token_for_all_hosts_goes_only_where_nobody_listens(
    url: str, is_sent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAGSCOPE_TOKEN", f" {TOKEN}\n")
    assert header(url) == (f"Bearer {TOKEN}" if is_sent else "")


def test_a_token_for_a_host_goes_there_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable_of("models.example.org"), TOKEN)
    assert header("http://models.example.org") == f"Bearer {TOKEN}"
    assert header("https://other.example.org") == ""


def test_user_and_password_of_a_url_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAGSCOPE_TOKEN", TOKEN)
    found = header("https://anna:p%40ss@models.example.org")
    assert base64.b64decode(found.removeprefix("Basic ")) == b"anna:p@ss"


def test_the_keyring_is_asked_last(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def get_password(service: str, user: str) -> str:
        asked.append((service, user))
        return TOKEN

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=get_password))
    assert header("https://models.example.org") == f"Bearer {TOKEN}"
    assert asked == [("fragscope", "models.example.org")]


def test_a_keyring_that_is_locked_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def get_password(service: str, user: str) -> str:
        raise RuntimeError("locked")

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=get_password))
    assert header("https://models.example.org") == ""


@pytest.mark.parametrize("bad", [f"{TOKEN}\r\nX: 1", f"{TOKEN}\u00e9", f"a\x7f{TOKEN}"])
def test_a_token_that_cannot_be_sent_is_told_without_it(
    bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAGSCOPE_TOKEN", bad)
    with pytest.raises(ModelError, match="characters that cannot be sent") as caught:
        header("https://models.example.org")
    assert TOKEN not in str(caught.value)


def test_secrets_are_hidden_in_texts_and_in_their_own() -> None:
    found = Credentials(f"Bearer {TOKEN}", (TOKEN, "abc"))
    assert found.hide(f"the token {TOKEN} of abc") == "the token *** of abc"
    assert TOKEN not in repr(found)
