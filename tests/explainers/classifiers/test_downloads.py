from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from fragscope_explainers.classifiers.downloads import Download
from fragscope_explainers.classifiers.sources.found import StoppedError
from fragscope_explainers.classifiers.web import Patience
from fragscope_explainers.errors import ModelError

Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], str]
CONTENT = bytes(range(256)) * 4000  # about 1 MB
DIGEST = hashlib.sha256(CONTENT).hexdigest()

pytestmark = pytest.mark.usefixtures("soon_again")


def send(
    request: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: object
) -> None:
    request.send_response(status)
    for name, value in ({"Content_Length": len(body)} | headers).items():
        request.send_header(name.replace("_", "-"), str(value))
    request.end_headers()
    request.wfile.write(body)


def broken_after(request: BaseHTTPRequestHandler, body: bytes, **headers: object) -> None:
    """Promise all of the content, and close after a part of it."""
    request.close_connection = True
    send(request, body, Content_Length=len(CONTENT), **headers)


def leftovers(target: Path) -> list[str]:
    return [path.name for path in target.parent.iterdir()]


def test_a_file_comes_whole_and_tells_how_far_it_is(serve: Serve, tmp_path: Path) -> None:
    url = serve(lambda request: send(request, CONTENT))
    told: list[tuple[int, int | None]] = []
    target = tmp_path / "cache" / "file.pth"
    found = Download(url, DIGEST[:8]).into(target, lambda *step: told.append(step))
    assert (found, target.read_bytes()) == (DIGEST, CONTENT)
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) > 2
    assert leftovers(target) == ["file.pth"]


def test_a_connection_that_breaks_is_taken_up_where_it_broke(serve: Serve, tmp_path: Path) -> None:
    asked: list[str | None] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.headers["Range"])
        if len(asked) == 1:
            broken_after(request, CONTENT[:300_000], ETag='"one"')
        else:
            begin = int(asked[-1][6:-1])
            send(request, CONTENT[begin:], 206, ETag='"one"')

    found = Download(serve(answer), DIGEST).into(tmp_path / "file")
    assert found == DIGEST
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert asked == [None, "bytes=300000-"]


@pytest.mark.parametrize("tag", [{}, {"ETag": '"one"'}])
def test_a_server_that_cannot_resume_sends_all_again(
    serve: Serve, tmp_path: Path, tag: dict[str, str]
) -> None:
    asked: list[None] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked.append(None)
        if len(asked) == 1:
            broken_after(request, b"x" * 1000, **tag)
        else:
            send(request, CONTENT, **tag)

    assert Download(serve(answer), DIGEST).into(tmp_path / "file") == DIGEST
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_busy_server_is_asked_again(serve: Serve, tmp_path: Path) -> None:
    statuses = iter((503, 429, 200))

    def answer(request: BaseHTTPRequestHandler) -> None:
        status = next(statuses)
        send(request, CONTENT if status == 200 else b"", status, Retry_After=3600)

    assert Download(serve(answer)).into(tmp_path / "file") == DIGEST


def test_redirects_are_followed(serve: Serve, tmp_path: Path) -> None:
    url = serve(lambda request: send(request, CONTENT))
    moved = serve(lambda request: send(request, b"", 302, Location=url))
    assert Download(moved, DIGEST).into(tmp_path / "file") == DIGEST


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b"x" * 65536)


def stalling(request: BaseHTTPRequestHandler) -> None:
    broken_after(request, b"")
    threading.Event().wait(4)


FAILURES: dict[str, tuple[Callable[[BaseHTTPRequestHandler], None], str]] = {
    "absent": (lambda r: send(r, b"", 404), "has no such file (404)"),
    "always busy": (lambda r: send(r, b"", 503), "it answers 503"),
    "another file": (lambda r: send(r, b"hello"), "sent another file than expected"),
    "truncated": (lambda r: broken_after(r, CONTENT[:5]), "broke off"),
    "endless": (endless, "sends more than the 2 MiB"),
    "too long": (lambda r: send(r, b"", Content_Length=1 << 40), "sends more than the 2 MiB"),
    "stalling": (stalling, "no answer within 1 s"),
    "no HTTP": (lambda r: r.wfile.write(b"\0\1\2\r\n\r\n"), "cannot be reached"),
    "to a file here": (lambda r: send(r, b"", 302, Location="file:///etc/hostname"), "none of the"),
    "in circles": (lambda r: send(r, b"", 302, Location="/"), "cannot be reached"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_what_goes_wrong_is_one_sentence_and_leaves_no_file(
    kind: str, serve: Serve, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    answer, sentence = FAILURES[kind]
    if answer is stalling:
        request.getfixturevalue("impatient")
    target = tmp_path / "file"
    wanted = Download(serve(answer), DIGEST[:8], 2 << 20, "give a file instead")
    with pytest.raises(ModelError) as caught:
        wanted.into(target)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith("; give a file instead")
    assert "\n" not in str(caught.value)
    assert leftovers(target) == []


def test_a_server_that_is_not_there_cannot_be_reached(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot be reached .nothing answers there"):
        Download("http://127.0.0.1:1/file").into(tmp_path / "file")


def test_a_name_that_nobody_knows_cannot_be_reached(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere\.invalid cannot be reached"):
        Download("https://nowhere.invalid/file").into(tmp_path / "file")


def test_it_can_be_stopped_and_the_old_file_stays(serve: Serve, tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def stop(done: int, total: int | None) -> None:
        raise StoppedError("stopped")

    url = serve(lambda request: send(request, CONTENT))
    with pytest.raises(StoppedError):
        Download(url).into(target, stop)
    assert target.read_bytes() == b"old"
    assert leftovers(target) == ["file"]


def test_a_folder_that_cannot_be_written_is_told(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "folder").write_bytes(b"")
    url = serve(lambda request: send(request, CONTENT))
    with pytest.raises(ModelError, match="cannot be written"):
        Download(url).into(tmp_path / "folder" / "file")


def test_servers_are_not_waited_for_very_long() -> None:
    patience = Patience()
    assert max(patience.connect, patience.read) <= 60
    assert patience.whole <= 300
