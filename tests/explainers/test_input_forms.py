"""One network behind every form of input: the maps must not depend on the form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import Tensor, nn

from fragscope_explainers import curve, final, methods
from fragscope_explainers.classifiers.black_box import BlackBoxClassifier
from fragscope_explainers.classifiers.engines import prepare_engine
from fragscope_explainers.classifiers.loaded import LoadedClassifier
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.fills import FILLS, fill_values
from fragscope_explainers.images import Image, image_from_array
from fragscope_explainers.metrics.pixel_order import end_pictures, picture_at
from fragscope_explainers.preprocessing import ModelInput, Preprocessing
from fragscope_explainers.smallest_sets import smallest_set
from fragscope_explainers.types import Curve, FillName, FloatArray, Request
from fragscope_explainers.what_if import ERASER_FILLS, Eraser, EraserFill

SIZE = (24, 40)
LABELS = ("ant", "bee", "cat")
PLAIN = Preprocessing(SIZE, (0.5,) * 3, (0.5,) * 3, short_side=48)
BYTES = replace(PLAIN, mean=(0.0,) * 3, std=(1.0,) * 3, range=255.0)
FORMS: dict[str, Preprocessing] = {
    "grey": replace(PLAIN, mean=(0.5,), std=(0.5,)),
    "grey and alpha": replace(PLAIN, mean=(0.5, 0.0), std=(0.5, 1.0)),
    "colours and alpha": replace(PLAIN, mean=(0.5, 0.5, 0.5, 0.0), std=(0.5, 0.5, 0.5, 1.0)),
    "BGR": replace(PLAIN, order="BGR"),
    "BGR and alpha": replace(PLAIN, mean=(0.5,) * 4, std=(0.5,) * 4, order="BGR"),
    "range 255": BYTES,
    "NHWC": replace(PLAIN, layout="NHWC"),
    "bytes": replace(BYTES, dtype="uint8"),
    "bytes in NHWC": replace(BYTES, dtype="uint8", layout="NHWC"),
}
SHORT: dict[str, dict[str, object]] = {
    "mfpp": {"masks": 20, "scales": (4, 9)},
    "mfpp-paper": {"masks": 20, "scales": (4, 9)},
    "mfpp-notebook": {"masks": 40, "scales": (4, 9)},
    "rise": {"masks": 20},
    "smoothgrad": {"samples": 4},
    "integrated-gradients": {"steps": 4},
}
OF_INPUT_UNITS = ("saliency", "smoothgrad")
"""Methods whose maps change with the scale of the input and the number of its channels."""
WITH_GRADIENTS = (*OF_INPUT_UNITS, "integrated-gradients", "grad-cam")


class Form(nn.Module):
    """Undoes a form of input before a network that takes colours from 0 to 1, [B, 3, h, w]."""

    def __init__(self, network: nn.Module, form: Preprocessing) -> None:
        super().__init__()
        self.network, self.form = network, form

    def forward(self, batch: Tensor) -> Tensor:
        form, height_width = self.form, SIZE
        assert batch.dtype == (torch.uint8 if form.dtype == "uint8" else torch.float32)
        if form.layout == "NHWC":
            assert tuple(batch.shape[1:]) == (*height_width, form.channels)
            batch = batch.permute(0, 3, 1, 2)
        assert tuple(batch.shape[1:]) == form.shape
        colours = batch.float()[:, : form.colours] / form.range
        if form.order == "BGR":
            colours = colours.flip(1)
        share = colours * form.std[0] + form.mean[0]
        found: Tensor = self.network(share.expand(-1, 3, -1, -1))
        return found


@cache
def network() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        found = nn.Sequential(
            nn.Conv2d(3, 6, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(6, 8, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
            nn.Linear(128, 3),
        )
    with torch.no_grad():
        found[-1].weight *= 6
    return found


def classifier(form: Preprocessing) -> TorchClassifier:
    return TorchClassifier(Form(network(), form), LABELS, form, "form")


@cache
def picture() -> Image:
    """A grey picture of 60 x 90 pixels, so that a grey model sees what others see."""
    rng = np.random.default_rng(4)
    grey = rng.integers(0, 120, (60, 90), dtype=np.uint8)
    grey[12:34, 25:52] += np.uint8(120)
    return image_from_array(np.repeat(grey[..., None], 3, 2), "grey")


def request_of(form: Preprocessing) -> Request:
    return Request(form.apply(picture()), target=1, refresh=0)


def explained(form: Preprocessing, method: str) -> FloatArray:
    explainer = methods.create(method, **SHORT.get(method, {}))
    return final(explainer.explain(classifier(form), request_of(form))).saliency(1)


@pytest.mark.parametrize(
    ("method", "name"),
    [
        (method, name)
        for method in methods.names
        for name, form in FORMS.items()
        if form.dtype != "uint8" or method not in WITH_GRADIENTS  # rounding has no gradient
    ],
)
def test_a_map_does_not_depend_on_the_form_of_the_input(method: str, name: str) -> None:
    form = FORMS[name]
    found, wanted = explained(form, method), explained(PLAIN, method)
    assert found.shape == SIZE
    if method in OF_INPUT_UNITS:
        assert np.isfinite(found).all()
        assert found.max() > 0
        return
    rounding = 0.02 if form.dtype == "uint8" else 1e-4
    assert_allclose(found, wanted, atol=rounding * np.abs(wanted).max())


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("fill", FILLS)
def test_curves_do_not_depend_on_the_form_of_the_input(fill: FillName, form: Preprocessing) -> None:
    def drawn(form: Preprocessing) -> Curve:
        saliency = np.linspace(0, 1, SIZE[0] * SIZE[1], dtype=np.float32).reshape(SIZE)
        *_, last = curve("deletion", classifier(form), request_of(form), saliency, 12, fill)
        return last

    assert_allclose(drawn(form).scores, drawn(PLAIN).scores, atol=5e-3)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("fill", ERASER_FILLS)
def test_previews_do_not_depend_on_the_form_of_the_input(
    fill: EraserFill, form: Preprocessing
) -> None:
    hole = np.zeros(SIZE, bool)
    hole[5:15, 10:25] = True

    def shown(form: Preprocessing) -> np.ndarray:
        model_input = form.apply(picture())
        return model_input.to_rgb(Eraser(model_input, fill).values(hole))

    assert_allclose(shown(form).astype(int), shown(PLAIN).astype(int), atol=1)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_smallest_sets_do_not_depend_on_the_form_of_the_input(form: Preprocessing) -> None:
    labels = np.arange(SIZE[0] * SIZE[1], dtype=np.int32).reshape(SIZE) // 160

    def found(form: Preprocessing) -> tuple[str, tuple[int, ...]]:
        top = int(classifier(form).probabilities(request_of(form).input.tensor()[None]).argmax())
        request = replace(request_of(form), target=top)
        *_, last = smallest_set("keep", classifier(form), request, labels)
        return last.phase, last.fragments

    assert found(form) == found(PLAIN)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_faster_engine_takes_over_every_form(form: Preprocessing) -> None:
    model = classifier(form)
    assert prepare_engine(model) == ""
    assert model.engine is not None
    batch = torch.stack([request_of(form).input.tensor(), torch.zeros(form.shape)])
    assert_allclose(model.engine.probabilities(batch), model.probabilities(batch), atol=1e-4)


def test_a_black_box_in_bytes_answers_as_the_network_does() -> None:
    form = FORMS["bytes in NHWC"]
    module = Form(network(), form)

    @dataclass
    class Closed:
        name: str = "closed"
        batches: tuple[int, int, int] = (8, 1, 8)
        fixed_batch: int | None = 1

        def answer(self, batch: np.ndarray) -> np.ndarray:
            assert batch.shape == (1, *SIZE, 3)
            with torch.inference_mode():
                return module(torch.from_numpy(batch)).numpy()

        def close(self) -> None:
            pass

    closed: LoadedClassifier = BlackBoxClassifier(Closed(), LABELS, form, "closed")
    batch = torch.stack([request_of(form).input.tensor(), torch.zeros(form.shape)])
    assert_allclose(closed.probabilities(batch), classifier(form).probabilities(batch), atol=1e-6)


# --- borders


PADDED = replace(PLAIN, resize="pad", input_size=(40, 32))


class Watching(nn.Module):
    """Keeps every batch that it is asked about."""

    def __init__(self, form: Preprocessing) -> None:
        super().__init__()
        self.network, self.seen = network(), []

    def forward(self, batch: Tensor) -> Tensor:
        self.seen.append(batch.detach().clone())
        found: Tensor = self.network(batch)
        return found

    def borders(self, model_input: ModelInput) -> Iterator[Tensor]:
        """Values outside the picture of every input that was asked about, [B, 3, n]."""
        inside = np.zeros(PADDED.input_size, bool)
        inside[model_input.geometry.photo] = True
        for batch in self.seen:
            yield batch[..., torch.from_numpy(~inside)]


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("method", [n for n in methods.names if n != "smoothgrad"])
def test_borders_around_the_picture_are_never_replaced(method: str, fill: FillName) -> None:
    watching = Watching(PADDED)
    model = TorchClassifier(watching, LABELS, PADDED, "padded")
    request = replace(request_of(PADDED), fill=fill)
    explainer = methods.create(method, **SHORT.get(method, {}))
    saliency = final(explainer.explain(model, request)).saliency(1)
    *_, last = curve("insertion", model, request, saliency, 12, fill)
    assert last.is_complete
    borders = list(watching.borders(request.input))
    assert len(borders) > 1
    for border in borders:
        assert border.shape[-1] == 40 * 32 - 21 * 32
        assert_array_equal(border, 0)  # the mean colour


@pytest.mark.parametrize("fill", ERASER_FILLS)
def test_erasing_all_erases_the_picture_and_not_its_borders(fill: EraserFill) -> None:
    model_input = PADDED.apply(picture())
    rows, columns = model_input.geometry.photo
    found = Eraser(model_input, fill).values(np.ones(PADDED.input_size, bool))
    changed = (found != model_input.values).any(0)
    assert changed[rows, columns].mean() > 0.9
    changed[rows, columns] = False
    assert not changed.any()


def test_borders_take_no_part_in_inpainting() -> None:
    flat = image_from_array(np.full((40, 90, 3), 250, np.uint8), "flat")
    model_input = PADDED.apply(flat)
    rows, columns = model_input.geometry.photo
    erased = np.zeros(PADDED.input_size, bool)
    erased[:, 5:20] = True
    found = Eraser(model_input, "inpaint").values(erased)
    assert_allclose(found[:, rows, columns], model_input.values[:, rows, columns], atol=1e-5)


def test_curves_leave_borders_out() -> None:
    request, model = request_of(PADDED), TorchClassifier(network(), LABELS, PADDED, "padded")
    photo, pixels = request.input.geometry.photo, 21 * 32
    saliency = np.ones(PADDED.input_size, np.float32)
    saliency[photo] = np.linspace(0, 1, pixels, dtype=np.float32).reshape(21, 32)
    *_, last = curve("deletion", model, request, saliency, pixels, "black")
    assert last.ranks is not None
    assert sorted(last.ranks[photo].ravel()) == list(range(pixels))
    assert (last.ranks >= 0).sum() == pixels
    assert len(last.scores) == pixels + 1  # each point takes a pixel of the picture
    assert last.tied_fraction == 0  # the values on borders are all alike
    ends = end_pictures("deletion", request.input, "black")
    shown = picture_at(ends, last.ranks, 0.5)
    gone = (shown[photo] == ends[1][photo]).all(2)
    assert gone.reshape(-1)[pixels // 2 :].all()
    assert_array_equal(shown[:5], ends[0][:5])


# --- alpha


@pytest.mark.parametrize("fill", ["blur", "inpaint"])
def test_alpha_is_neither_blurred_nor_inpainted(fill: EraserFill) -> None:
    form = FORMS["colours and alpha"]
    alpha = np.random.default_rng(1).integers(0, 256, (60, 90), dtype=np.uint8)
    model_input = form.apply(replace(picture(), alpha=alpha))
    hole = np.zeros(SIZE, bool)
    hole[4:20, 4:30] = True
    found = Eraser(model_input, fill).values(hole)
    assert_array_equal(found[3], model_input.values[3])
    assert (found[:3] != model_input.values[:3]).any()


def test_a_blur_fades_to_the_same_grey_whatever_is_subtracted() -> None:
    flat = image_from_array(np.full((60, 90, 3), 255, np.uint8), "flat")
    model_input = BYTES.apply(flat)
    plain = PLAIN.apply(flat)
    found = fill_values("blur", model_input) / 255
    assert_allclose(found, fill_values("blur", plain) * 0.5 + 0.5, atol=1e-5)
