"""What a model would see with settings that are still being edited. Runs on the worker. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fragscope_explainers.images import Image
from fragscope_explainers.preprocessing import ModelInput, Preprocessing
from fragscope_explainers.translation import tr

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier


@dataclass(frozen=True, slots=True, eq=False)
class InputPreview:
    """A picture as a model would be given it."""

    model_input: ModelInput
    preprocessing: Preprocessing

    @property
    def facts(self) -> tuple[str, ...]:
        """Shape, type and range of the values, and how much of the picture is seen."""
        form, values = self.preprocessing, self.model_input.values
        channels, rows, columns = form.shape
        shape = (1, rows, columns, channels) if form.layout == "NHWC" else (1, *form.shape)
        low, high = float(values.min()), float(values.max())
        return (
            f"{' x '.join(map(str, shape))}, {form.dtype}, {form.layout}",
            tr("values {low:.3g} to {high:.3g}", low=low, high=high),
            tr("sees {seen:.0%} of the picture", seen=self.seen),
        )

    @property
    def seen(self) -> float:
        """Share of the picture's area inside the crop, in [0, 1]."""
        height, width = self.model_input.geometry.image_size
        left, top, right, bottom = self.model_input.geometry.box
        across = max(0.0, min(right, width) - max(left, 0.0))
        down = max(0.0, min(bottom, height) - max(top, 0.0))
        return across * down / (width * height)


def preview(image: Image, classifier: LoadedClassifier, texts: Mapping[str, str]) -> InputPreview:
    """The picture under a model's settings with some of them changed; the model is not asked.

    Raises
    ------
    FragScopeError
        A setting does not suit.
    """
    from fragscope_explainers.classifiers.model_settings import SET, settled, stated

    if classifier.recipe is None:
        form = classifier.preprocessing
    else:
        chosen = stated({name: text for name, text in texts.items() if name != "labels"}, SET)
        form = settled((*classifier.recipe.layers[:-1], chosen)).preprocessing
    return InputPreview(form.apply(image), form)
