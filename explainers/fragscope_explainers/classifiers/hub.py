"""Files of the Hugging Face hub through its own client and cache, with progress."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import ModelError
from .sources.found import Report, silent


def fetch(
    repository: str, file: str, report: Report = silent, *, revision: str = "", advice: str = ""
) -> Path | None:
    """A file of a repository: from the cache, else from the hub.

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
    import huggingface_hub
    from huggingface_hub import errors

    # Its other way of transfer runs outside Python, where a report could not stop it.
    huggingface_hub.constants.HF_HUB_DISABLE_XET = True
    host = _endpoint().partition("://")[2]
    try:
        return Path(
            huggingface_hub.hf_hub_download(
                repository,
                file,
                revision=revision or None,
                endpoint=_endpoint(),
                tqdm_class=_bar(report),
            )
        )
    except errors.LocalEntryNotFoundError:
        raise ModelError(f"{host} cannot be reached for {repository}; {advice}") from None
    except errors.EntryNotFoundError:
        return None
    except errors.GatedRepoError:
        raise ModelError(
            f"{repository} is given to those only who have agreed to its terms; agree on {host}, "
            "and put a token into the variable HF_TOKEN"
        ) from None
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError):
        at = f" at {revision}" if revision else ""
        raise ModelError(
            f"{host} has no {repository}{at}, or not for everyone; check the name, or put a token "
            "into the variable HF_TOKEN"
        ) from None
    except errors.HFValidationError:
        raise ModelError(
            f"'{repository}' is no name of the hub; give OWNER/NAME or a folder"
        ) from None
    except errors.HfHubHTTPError as error:
        status = getattr(error.response, "status_code", "?")
        raise ModelError(f"{host} does not give {repository}/{file} ({status}); {advice}") from None
    except OSError as error:
        what = error.strerror or "it arrives incomplete"
        raise ModelError(f"{repository}/{file} cannot be fetched ({what}); {advice}") from None


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
