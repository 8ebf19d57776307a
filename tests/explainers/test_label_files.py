from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image as PillowImage

from fragscope_explainers.errors import ParameterError
from fragscope_explainers.fragments import labelled_pyramid
from fragscope_explainers.label_files import read_labels
from fragscope_explainers.perturbation.mfpp import Mfpp
from fragscope_explainers.preprocessing import Geometry, ModelInput
from fragscope_explainers.types import Request

GEOMETRY = Geometry((30, 50), (12, 10), (10.0, 3.0, 35.0, 27.0))
"""A picture of 30 x 50 pixels; input pixels are 2.5 wide and 2 high on it."""


@pytest.fixture
def stripes() -> np.ndarray:
    """Labels of the picture: columns 0..24 are 7, the others 3; the last row is 9."""
    labels = np.full((30, 50), 3, np.uint8)
    labels[:, :25] = 7
    labels[-1] = 9
    return labels


def save(array: np.ndarray, path: Path) -> Path:
    np.save(path, array) if path.suffix == ".npy" else PillowImage.fromarray(array).save(path)
    return path


def test_labels_of_the_picture_are_carried_to_the_input(
    stripes: np.ndarray, tmp_path: Path
) -> None:
    found = read_labels(save(stripes, tmp_path / "labels.png"), GEOMETRY)
    assert found.shape == (1, 12, 10)
    assert found.dtype == np.int32
    expected = np.zeros((12, 10), int)  # 3 comes first, then 7; the row of 9 is not seen
    expected[:, :6] = 1  # centres at 11.25 + 2.5 k, up to 23.75
    assert_array_equal(found[0], expected)


def test_each_pixel_takes_the_label_under_its_centre(tmp_path: Path) -> None:
    labels = np.arange(30 * 50).reshape(30, 50)
    found = read_labels(save(labels, tmp_path / "each.npy"), GEOMETRY)[0]
    values = np.unique(found)
    assert_array_equal(values, np.arange(120))  # all input pixels see another picture pixel
    order = np.argsort([labels[int(y), int(x)] for y, x in centres()])
    assert_array_equal(found.ravel()[order], values)


def centres() -> list[tuple[float, float]]:
    return [GEOMETRY.to_image(c + 0.5, r + 0.5)[::-1] for r in range(12) for c in range(10)]


@pytest.mark.parametrize("kind", ["grey", "palette", "sixteen", "input", "levels", "floats"])
def test_all_kinds_of_files_give_the_same_fragments(
    kind: str, stripes: np.ndarray, tmp_path: Path
) -> None:
    wanted = read_labels(save(stripes, tmp_path / "plain.png"), GEOMETRY)
    path = tmp_path / ("labels.png" if kind in ("grey", "palette", "sixteen") else "labels.npy")
    if kind == "palette":
        picture = PillowImage.fromarray(stripes, mode=None).convert("P")
        picture.putdata(stripes.ravel().tolist())
        picture.save(path)
    else:
        arrays = {
            "grey": stripes,
            "sixteen": stripes.astype(np.uint16) * 1000,
            "input": wanted[0].astype(np.int64) - 4,
            "levels": np.stack([stripes, stripes]),
            "floats": stripes.astype(np.float32),
        }
        save(arrays[kind], path)
    found = read_labels(path, GEOMETRY)
    assert len(found) == (2 if kind == "levels" else 1)
    for level in found:
        assert_array_equal(level, wanted[0])


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros((30, 49), np.uint8), "the labels are 49 x 30 pixels; they need the size"),
        (np.zeros((30, 50), np.uint8), "the model sees one fragment only"),
        (np.arange(12 * 10).reshape(12, 10) + 0.5, "labels are whole numbers"),
        (np.full((12, 10), np.nan), "labels are whole numbers"),
        (np.zeros((12, 10), complex), "labels are whole numbers"),
        (np.zeros((2, 3, 12, 10)), r"shape \(H, W\) or \(levels, H, W\)"),
        (np.zeros((0, 12, 10)), "has 0 levels"),
        (np.zeros((12, 10), object), "not an array of numbers"),
    ],
)
def test_unsuitable_arrays_are_told(array: np.ndarray, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=sentence):
        read_labels(save(array, tmp_path / "labels.npy"), GEOMETRY)


def test_too_many_fragments_are_told(tmp_path: Path) -> None:
    wide = Geometry((150, 160), (150, 160), (0.0, 0.0, 160.0, 150.0))
    path = save(np.arange(150 * 160).reshape(150, 160), tmp_path / "labels.npy")
    with pytest.raises(ParameterError, match="has 24,000 fragments; 20,000 are the most"):
        read_labels(path, wide)


def test_unreadable_files_are_told(tmp_path: Path, stripes: np.ndarray) -> None:
    colours = save(np.dstack([stripes] * 3), tmp_path / "colours.png")
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "text.npy").write_text("no array")
    whole = save(stripes, tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    for name, sentence in (
        ("colours.png", "has one value a pixel .* got RGB"),
        ("text.png", "not a label file that can be read"),
        ("text.npy", "not an array of numbers"),
        ("cut.png", "cannot be read|is damaged"),
        ("none.png", "no such label file"),
        ("none.npy", "no such label file"),
    ):
        with pytest.raises(ParameterError, match=sentence):
            read_labels(tmp_path / name, GEOMETRY)
    with pytest.raises(ParameterError, match="cannot be read"):
        read_labels(tmp_path, GEOMETRY)
    assert colours.exists()


def test_a_pyramid_of_own_labels_counts_its_fragments() -> None:
    labels = np.array([[[0, 0, 1]], [[0, 1, 2]]])
    pyramid = labelled_pyramid(labels)
    assert pyramid.counts == pyramid.scales == (2, 3)
    assert not pyramid.labels.flags.writeable


def test_mfpp_runs_on_own_fragments(
    patch_classifier: Callable, wide_input: ModelInput, tmp_path: Path
) -> None:
    """The map is constant on the user's fragments, and highest on the one with the patch."""
    halves = np.zeros((32, 32), np.uint8)
    halves[:, 16:] = 200
    path = save(halves, tmp_path / "halves.png")
    explainer = Mfpp(masks=40, labels=str(path), scales=(30,))
    *_, last = explainer.explain(patch_classifier(patch=(8, 18, 20, 30)), Request(wide_input, 0))
    assert last.pyramid.counts == (2,)
    values = [np.unique(last.saliency(0)[halves == label]) for label in (0, 200)]
    assert [len(value) for value in values] == [1, 1]
    assert abs(values[1][0]) > abs(values[0][0])
