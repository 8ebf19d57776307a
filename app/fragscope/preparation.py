"""What happens to a picture and a model before methods run. Runs on the worker. No Qt."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as PillowImage

from fragscope_explainers.counts import Window
from fragscope_explainers.errors import SessionError
from fragscope_explainers.images import Image, UInt8Array, image_from_bytes, read_image
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import FloatArray, read_only

from .pictures import Answer, Photo

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.engines import PictureClassifier
    from fragscope_explainers.classifiers.loaded import LoadedClassifier
    from fragscope_explainers.classifiers.sources.found import Report
    from fragscope_explainers.fragments import Pyramid
    from fragscope_explainers.types import Precision

    from .model_choice import ModelChoice
    from .runs import RunState

MOST_SHOWN = 2048
"""Longest side in pixels at which a picture is drawn."""

THUMBNAIL = 128
"""Longest side in pixels of a picture in the strip."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What the model says of a picture.

    Attributes
    ----------
    probabilities : float32 [C].
    top : indices of the most probable classes, most probable first.
    classifier : the model as the methods use it on this picture.
    can_ask : whether that answers; else it only stands for a model that is not open.
    """

    model_input: ModelInput
    probabilities: FloatArray
    top: tuple[int, ...]
    classifier: PictureClassifier
    can_ask: bool = True

    @property
    def answer(self) -> Answer:
        """What is kept of it without pixels."""
        return Answer(self.probabilities, self.top, self.model_input.image.window)


@dataclass(frozen=True, slots=True, eq=False)
class OpenedImage:
    """A picture, a smaller copy of it for the screen and a very small one, uint8 [h, w, 3]."""

    image: Image
    preview: UInt8Array
    thumbnail: UInt8Array


def open_file(path: Path, window: Window | None = None) -> Iterator[OpenedImage]:
    """Read a picture file, through a window where one is set."""
    return open_image(read_image(path, window))


def open_photo(photo: Photo, window: Window | None = None) -> Iterator[OpenedImage]:
    """Read a picture from what a session file holds of it, as `open_file` does."""
    if photo.is_file:
        return open_image(image_from_bytes(photo.data, photo.path or Path(photo.name), window))
    pixels = image_from_bytes(photo.data, Path(photo.name)).pixels
    return open_image(Image(pixels, photo.name, photo.path, photo.sha256, photo.notes))


def open_image(image: Image) -> Iterator[OpenedImage]:
    """Prepare a picture for the screen."""
    step = -(-max(image.height, image.width) // MOST_SHOWN)
    reduced = PillowImage.fromarray(image.pixels).reduce(step) if step > 1 else image.pixels
    preview = np.asarray(reduced)
    small = PillowImage.fromarray(preview)
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    yield OpenedImage(image, preview, np.asarray(small))


def with_results(
    opened: Iterator[OpenedImage], states: Sequence[RunState]
) -> Iterator[OpenedImage]:
    """Read a picture, and its results where they lie on the disk."""
    for found in opened:
        for state in states:
            with contextlib.suppress(SessionError):  # whoever shows it will try again, and tell
                state.come_back()
        yield found


def load_model(choice: ModelChoice, report: Report) -> Iterator[LoadedClassifier]:
    """Import torch and load a model.

    What the window needs for its first map is loaded here as well: imports would hold it up.
    """
    from .colours import COLOUR_MAPS, lookup_table

    for name in COLOUR_MAPS:
        lookup_table(name, signed=name == COLOUR_MAPS[0])
    lookup_table(COLOUR_MAPS[0], signed=False)
    from fragscope_explainers.allocator import keep_large_buffers
    from fragscope_explainers.classifiers.catalog import load_classifier

    keep_large_buffers()
    yield load_classifier(
        choice.spec, choice.device, choice.settings, trusted=choice.trusted, report=report
    )


def change_settings(
    classifier: LoadedClassifier, settings: Mapping[str, str]
) -> Iterator[LoadedClassifier]:
    """The same model with other preprocessing or outputs; nothing is loaded again."""
    from fragscope_explainers.classifiers.catalog import with_settings

    yield with_settings(classifier, settings)


def prepare_engine(classifier: LoadedClassifier, precision: Precision) -> Iterator[str]:
    """Convert the model for a faster engine; runs beside the worker, which goes on meanwhile.

    Yields a sentence where something is amiss, else nothing.
    """
    from fragscope_explainers.classifiers import engines

    yield engines.prepare_engine(classifier, precision)
    _load_for_later()


def _load_for_later() -> None:
    """Load what contours and differences need: at their first use it would hold the window up."""
    for name in ("scipy.ndimage", "skimage.measure", "fragscope_explainers.metrics.agreement"):
        import_module(name)


def predict(image: Image, classifier: LoadedClassifier) -> Iterator[Prediction]:
    """Preprocess a picture and ask the model."""
    from fragscope_explainers import predict as probabilities_of
    from fragscope_explainers import top_classes
    from fragscope_explainers.classifiers.engines import on_picture

    model_input = classifier.preprocessing.apply(image)
    probabilities = read_only(probabilities_of(classifier, model_input).numpy())
    asked = on_picture(classifier, model_input)
    yield Prediction(model_input, probabilities, top_classes(probabilities), asked)


def recall(
    image: Image, classifier: LoadedClassifier, answer: Answer, *, can_ask: bool = True
) -> Iterator[Prediction]:
    """Preprocess a picture about which the model's answer is known."""
    from fragscope_explainers.classifiers.engines import on_picture

    model_input = classifier.preprocessing.apply(image)
    asked = on_picture(classifier, model_input)
    yield Prediction(model_input, answer.probabilities, answer.top, asked, can_ask)


def cut_pyramid(model_input: ModelInput) -> Iterator[Pyramid]:
    """Cut the crop that the model sees into fragments."""
    from fragscope_explainers import fragment_pyramid

    yield fragment_pyramid(model_input.rgb)
