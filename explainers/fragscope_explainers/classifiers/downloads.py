"""Files from the network: with progress, to be stopped at any time, and never half there."""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import requests
import torch
from urllib3 import exceptions as low

from ..errors import ModelError
from ..translation import tr
from . import web
from .sources.found import Report, silent
from .web import CHUNK, Patience, host_of, open_session, trouble

MOST_BYTES = 16 << 30
_PARTIAL = 206
_LONGEST_STALL = 10
"""Seconds without a byte after which a download is taken up again; so long it hears no stop."""
_HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.")


@dataclass(frozen=True, slots=True)
class Download:
    """A file that is to be fetched.

    Attributes
    ----------
    sha256 : what the hash of the file begins with, in hexadecimal digits; empty where unknown.
    most : bytes that are read at most.
    advice : what people can do where it fails, as a clause.
    """

    url: str
    sha256: str = ""
    most: int = MOST_BYTES
    advice: str = tr("connect and try again")
    patience: Patience = field(default_factory=lambda: _patience())

    def into(self, target: Path, report: Report = silent) -> str:
        """Fetch the file; it appears under its name once it is complete and right.

        Parameters
        ----------
        report : told the bytes that are there after every piece; may raise to stop.

        Returns
        -------
        The file's sha256.

        Raises
        ------
        ModelError
            It cannot be reached, is not there, is too long, or is another file than expected.
        """
        partial = target.with_name(f"{target.name}.{uuid.uuid4().hex}.partial")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("xb") as file:
                found = _Transfer(self, file, report).run()
            partial.replace(target)
        except OSError as error:
            raise ModelError(
                tr(
                    "{target}: cannot be written ({reason}); make room or check permissions",
                    target=target,
                    reason=error.strerror,
                )
            ) from error
        finally:
            with suppress(OSError):
                partial.unlink()
        return found

    def into_torch_cache(self, report: Report = silent) -> tuple[Path, str]:
        """The file in torch's own cache, and its sha256; fetched unless it is there and right.

        Names such as "resnet18-f37072fd.pth" tell what the hash begins with.

        Raises
        ------
        ModelError
            As for `into`.
        """
        name = Path(urlsplit(self.url).path).name
        target = Path(torch.hub.get_dir()) / "checkpoints" / name
        begins = self.sha256 or (_HASH_IN_NAME.search(name) or ["", ""])[1]
        if target.is_file():
            with target.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found.startswith(begins):
                return target, found
        return target, replace(self, sha256=begins).into(target, report)

    def failed(self, what: str) -> ModelError:
        """An error with the advice."""
        return ModelError(f"{host_of(self.url)} {what}; {self.advice}")


def _patience() -> Patience:
    return replace(web.PATIENCE, read=min(web.PATIENCE.read, _LONGEST_STALL))


class _Transfer:
    """One download under way. A connection that breaks is taken up where it broke."""

    def __init__(self, wanted: Download, file: IO[bytes], report: Report) -> None:
        self.wanted = wanted
        self.file = file
        self.report = report
        self.tag = ""
        self._begin_anew()

    def run(self) -> str:
        """Fetch all of it; returns its sha256."""
        with open_session(self.wanted.patience) as session:
            for attempt in range(self.wanted.patience.retries + 1):
                try:
                    self._take(session)
                    break
                except (requests.RequestException, low.HTTPError) as error:
                    self._wait_after(error, attempt)
        found = self.digest.hexdigest()
        if not found.startswith(self.wanted.sha256.lower()):
            raise self.wanted.failed(
                tr(
                    "sent another file than expected (its sha256 begins with {found}, and "
                    "{sha256} was asked for)",
                    found=found[:8],
                    sha256=self.wanted.sha256[:8],
                )
            )
        return found

    def _take(self, session: requests.Session) -> None:
        """Read what is missing, from one connection."""
        limits = (self.wanted.patience.connect, self.wanted.patience.read)
        with session.get(
            self.wanted.url, headers=self._range(), stream=True, timeout=limits
        ) as response:
            self._check(response)
            if response.status_code != _PARTIAL and self.done:
                self._begin_anew()
            self.tag = response.headers.get("ETag", "")
            length = response.headers.get("Content-Length", "")
            total = self.done + int(length) if length.isdecimal() else None
            self._check_length(total or 0)
            while piece := response.raw.read1(CHUNK):
                self.file.write(piece)
                self.digest.update(piece)
                self.done += len(piece)
                self._check_length(self.done)
                self.report(self.done, total)

    def _range(self) -> dict[str, str]:
        """Headers that ask for the rest; for all of it where the file has changed meanwhile."""
        if not self.done or not self.tag or self.tag.startswith("W/"):
            return {}
        return {"Range": f"bytes={self.done}-", "If-Range": self.tag}

    def _check(self, response: requests.Response) -> None:
        if not 200 <= response.status_code < 300:
            has_none = response.status_code in (404, 410)
            raise self.wanted.failed(
                tr("has no such file ({status_code})", status_code=response.status_code)
                if has_none
                else tr(
                    "does not give the file (it answers {status_code})",
                    status_code=response.status_code,
                )
            )
        if self.wanted.url.startswith("https:") and not response.url.startswith("https:"):
            raise self.wanted.failed(tr("leads to an address without encryption"))

    def _check_length(self, length: int) -> None:
        if length > self.wanted.most:
            raise self.wanted.failed(
                tr(
                    "sends more than the {max:,} MiB that were expected",
                    max=max(1, self.wanted.most >> 20),
                )
            )

    def _begin_anew(self) -> None:
        self.done = 0
        self.digest = hashlib.sha256()
        self.file.seek(0)
        self.file.truncate()

    def _wait_after(self, error: Exception, attempt: int) -> None:
        """Wait before the rest is asked for; a server without tags starts from the beginning."""
        patience = self.wanted.patience
        cut = isinstance(error, low.HTTPError)  # while reading; all else has been repeated already
        if not cut or attempt == patience.retries:
            reached = tr("broke off") if self.done else tr("cannot be reached")
            raise self.wanted.failed(f"{reached} ({trouble(error, patience)})") from None
        if not self.tag:
            self._begin_anew()
        time.sleep(patience.pause * 2**attempt)
        self.report(self.done, None)
