"""A user's own fragments: a label image or array, carried to the model's input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError

from .errors import ParameterError, first_line
from .preprocessing import Geometry
from .translation import tr

MOST_FRAGMENTS = 20_000
MOST_LEVELS = 32
_SINGLE = ("1", "L", "P", "I", "I;16", "I;16B", "I;16L")
"""Pillow's modes of one whole number a pixel."""

Labels = NDArray[np.int32]


def read_labels(path: Path | str, geometry: Geometry) -> Labels:
    """Read fragments from a file: pixels of one value are one fragment, wherever they lie.

    A PNG (grey, palette or 16 bit) is one level; an array in a .npy file is one level [H, W] or
    several [L, H, W]. They have the size of the upright picture, or else of the model's input.

    Parameters
    ----------
    path : the file; ~ stands for the home folder.
    geometry : where the input lies on the picture; each input pixel takes the label under its
        centre.

    Returns
    -------
    int32 [L, h, w] on the input grid; level l holds 0 .. n_l - 1, each at least once.

    Raises
    ------
    ParameterError
        The file cannot be read, has another size, labels that are not whole numbers, or a level
        of which the model sees one fragment only or more than `MOST_FRAGMENTS`.
    """
    path = Path(path).expanduser()
    values = _read(path, geometry)
    _check_whole(values, path.name)
    on_input = _carried(values, geometry)
    return np.stack([_contiguous(level, path.name) for level in on_input])


def _read(path: Path, geometry: Geometry) -> NDArray[np.generic]:
    """Labels [L, H, W] as the file has them, of one of the two sizes."""
    read = _read_array if path.suffix.lower() == ".npy" else _read_picture
    try:
        return read(path, geometry)
    except FileNotFoundError:
        raise ParameterError(
            tr("{path}: no such label file; check its name and folder", path=path)
        ) from None
    except OSError as error:
        reason = error.strerror or first_line(error)
        raise ParameterError(
            tr(
                "{path}: the labels cannot be read ({reason}); save them as PNG or .npy",
                path=path,
                reason=reason,
            )
        ) from error


def _read_array(path: Path, geometry: Geometry) -> NDArray[np.generic]:
    try:
        # Mapped, so that the size is known before the values are read.
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ParameterError(
            tr("{name}: not an array of numbers; save it with numpy.save", name=path.name)
        ) from error
    if not isinstance(found, np.ndarray) or found.ndim not in (2, 3):
        shape = getattr(found, "shape", "several arrays")
        raise ParameterError(
            tr(
                "{name}: labels have the shape (H, W) or (levels, H, W), got {shape}",
                name=path.name,
                shape=shape,
            )
        )
    levels = found if found.ndim == 3 else found[None]
    if not 1 <= len(levels) <= MOST_LEVELS:
        raise ParameterError(
            tr(
                "{name}: has {count} levels; give between 1 and {most_levels}",
                name=path.name,
                count=len(levels),
                most_levels=MOST_LEVELS,
            )
        )
    _check_size((levels.shape[1], levels.shape[2]), geometry, path.name)
    return np.array(levels)


def _read_picture(path: Path, geometry: Geometry) -> NDArray[np.generic]:
    try:
        with PillowImage.open(path, formats=("PNG",)) as opened:
            _check_size((opened.height, opened.width), geometry, path.name)
            if opened.mode not in _SINGLE:
                raise ParameterError(
                    tr(
                        "{name}: a label image has one value a pixel (grey, palette or 16 bit), "
                        "got {mode}; save the labels, not their colours",
                        name=path.name,
                        mode=opened.mode,
                    )
                )
            return np.asarray(opened)[None]
    except UnidentifiedImageError:
        raise ParameterError(
            tr("{name}: not a label file that can be read; save it as PNG or .npy", name=path.name)
        ) from None
    except (SyntaxError, ValueError, PillowImage.DecompressionBombError) as error:
        raise ParameterError(
            tr(
                "{name}: the label image is damaged ({reason}); save it again",
                name=path.name,
                reason=first_line(error),
            )
        ) from error


def _check_size(size: tuple[int, int], geometry: Geometry, name: str) -> None:
    if size not in (geometry.image_size, geometry.input_size):
        (height, width), (rows, columns) = geometry.image_size, geometry.input_size
        raise ParameterError(
            tr(
                "{name}: the labels are {found_width} x {found_height} pixels; they need the "
                "size of the picture, {width} x {height}, or of the model's input, "
                "{columns} x {rows}",
                name=name,
                found_width=size[1],
                found_height=size[0],
                width=width,
                height=height,
                columns=columns,
                rows=rows,
            )
        )


def _check_whole(values: NDArray[np.generic], name: str) -> None:
    if values.dtype.kind in "bui":
        return
    numbers = values.astype(np.float64) if values.dtype.kind == "f" else None
    if numbers is None or not (np.isfinite(numbers) & (numbers == np.rint(numbers))).all():
        raise ParameterError(
            tr(
                "{name}: labels are whole numbers, and these are not; round them or save them as "
                "int32",
                name=name,
            )
        )


def _carried(values: NDArray[np.generic], geometry: Geometry) -> NDArray[np.generic]:
    """Labels [L, h, w] on the input grid, by nearest neighbour."""
    height, width = geometry.image_size
    if values.shape[1:] != (height, width):
        return values
    rows, columns = geometry.input_size
    x, _ = geometry.to_image(np.arange(columns) + 0.5, 0.0)  # type: ignore[arg-type]
    _, y = geometry.to_image(0.0, np.arange(rows) + 0.5)  # type: ignore[arg-type]
    nearest_x = np.clip(np.floor(x), 0, width - 1).astype(np.intp)
    nearest_y = np.clip(np.floor(y), 0, height - 1).astype(np.intp)
    carried: NDArray[np.generic] = values[:, nearest_y[:, None], nearest_x[None]]
    return carried


def _contiguous(level: NDArray[np.generic], name: str) -> Labels:
    found, numbered = np.unique(level, return_inverse=True)
    if len(found) < 2:
        raise ParameterError(
            tr(
                "{name}: the model sees one fragment only; label at least two inside its frame",
                name=name,
            )
        )
    if len(found) > MOST_FRAGMENTS:
        raise ParameterError(
            tr(
                "{name}: has {count:,} fragments; {most_fragments:,} are the most, so merge some",
                name=name,
                count=len(found),
                most_fragments=MOST_FRAGMENTS,
            )
        )
    contiguous: Labels = numbered.reshape(level.shape).astype(np.int32)
    return contiguous
