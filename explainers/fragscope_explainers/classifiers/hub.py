"""Files of the Hugging Face hub through its own client and cache, with progress."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import requests

from ..errors import ModelError
from ..translation import tr
from . import web
from .sources.found import Report, silent


def fetch(
    repository: str, file: str, report: Report = silent, *, revision: str = "", advice: str = ""
) -> Path | None:
    """A file of a repository: from the cache, else from the hub.

    What the cache has is taken as it is, without asking for a newer one: a model does not change
    between two runs, and needs no network the second time.

    Parameters
    ----------
    report : told how far a download is; may raise to stop it.
    advice : what people can do where the hub cannot be reached, as a clause.

    Returns
    -------
    Its path in the cache, or None where the repository has no such file.

    Raises
    ------
    ModelError
        The hub cannot be reached, or does not know or give the repository.
    """
    from huggingface_hub import constants, errors, hf_hub_download

    # Its other way of transfer runs outside Python, where a report could not stop it.
    constants.HF_HUB_DISABLE_XET = True
    order = partial(
        hf_hub_download, repository, file, revision=revision or None, endpoint=_endpoint()
    )
    try:
        with suppress(errors.LocalEntryNotFoundError):
            return Path(order(local_files_only=True))
        if constants.HF_HUB_OFFLINE or not _can_be_reached():
            raise ModelError(
                tr(
                    "{host} cannot be reached for {repository}; {advice}",
                    host=_host(),
                    repository=repository,
                    advice=advice,
                )
            )
        return Path(order(tqdm_class=_bar(report)))
    except errors.LocalEntryNotFoundError:
        raise ModelError(
            tr(
                "{host} cannot be reached for {repository}; {advice}",
                host=_host(),
                repository=repository,
                advice=advice,
            )
        ) from None
    except errors.EntryNotFoundError:
        return None
    except errors.HFValidationError:
        raise ModelError(
            tr(
                "'{repository}' is no name of the hub; give OWNER/NAME or a folder",
                repository=repository,
            )
        ) from None
    except errors.HfHubHTTPError as error:
        raise ModelError(_refusal(error, repository, file, advice)) from None
    except OSError as error:
        what = error.strerror or tr("it arrives incomplete")
        raise ModelError(
            tr(
                "{repository}/{file} cannot be fetched ({what}); {advice}",
                repository=repository,
                file=file,
                what=what,
                advice=advice,
            )
        ) from None


def _refusal(error: Exception, repository: str, file: str, advice: str) -> str:
    """What the hub means by an error."""
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return tr(
            "{repository} is given to those only who have agreed to its terms; agree on "
            "{host}, and put a token into the variable HF_TOKEN",
            repository=repository,
            host=_host(),
        )
    if isinstance(error, errors.RepositoryNotFoundError | errors.RevisionNotFoundError):
        return tr(
            "{host} has no {repository} of this revision, or not for everyone; check the name, "
            "or put a token into the variable HF_TOKEN",
            host=_host(),
            repository=repository,
        )
    status = getattr(getattr(error, "response", None), "status_code", "?")
    return tr(
        "{host} does not give {repository}/{file} ({status}); {advice}",
        host=_host(),
        repository=repository,
        file=file,
        status=status,
        advice=advice,
    )


def _can_be_reached() -> bool:
    """Whether anything answers there; the hub's own client tries for half a minute."""
    patience = replace(web.PATIENCE, retries=1)
    limits = (patience.connect, patience.read)
    try:
        with web.open_session(patience) as session:
            session.head(_endpoint(), timeout=limits).close()
    except requests.RequestException:
        return False
    return True


def _host() -> str:
    return web.host_of(_endpoint())


def _endpoint() -> str:
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def _bar(report: Report) -> Any:
    """A class of progress bars that draw nothing and tell `report`."""
    from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *given: Any, **more: Any) -> None:
            more.pop("name", None)
            super().__init__(*given, **more | {"disable": True})
            self.total, self.n = more.get("total"), more.get("initial") or 0

        def update(self, n: float | None = 1) -> None:
            self.n += n or 0
            report(int(self.n), int(self.total) if self.total else None)

    return Bar
