"""A model that the user asks for. No Qt, no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fragscope_explainers.classifiers.specs import without_secrets
from fragscope_explainers.errors import ParameterError
from fragscope_explainers.translation import tr

DEFAULT_MODEL = "builtin:efficientnet-lite0"
_PREFIX = "model."


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that the user asks for.

    Attributes
    ----------
    spec : where it comes from, as `--model` takes it.
    settings : texts by the names of the model's settings, "labels" for a file of class names.
    trusted : whether the user has said that its file or code may run programs.
    device : where torch models are to run.
    """

    spec: str = DEFAULT_MODEL
    settings: Mapping[str, str] = field(default_factory=dict)
    trusted: bool = False
    device: str = "auto"

    @property
    def text(self) -> str:
        """The specification as it can be shown: without passwords and tokens."""
        return without_secrets(self.spec)

    @property
    def without_trust(self) -> ModelChoice:
        """The same as a file may hold it: without trust, passwords and tokens."""
        settings = {name: without_secrets(text) for name, text in self.settings.items()}
        return replace(self, spec=self.text, settings=settings, trusted=False)


def model_settings(texts: Sequence[str]) -> dict[str, str]:
    """Read texts of the form model.FIELD=VALUE.

    Raises
    ------
    ParameterError
        A text has another form.
    """
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        name = key.strip().removeprefix(_PREFIX)
        if not (equals and name and key.strip().startswith(_PREFIX)):
            raise ParameterError(
                tr(
                    "'{text}' is not model.FIELD=VALUE, such as model.mean=0.5; the window sets "
                    "the "
                    "fields of methods itself",
                    text=text,
                )
            )
        found[name] = value.strip()
    return found
