"""From an upright picture to the model's input, and the geometry that leads back.

Nothing here imports torch at the top, so that a window can show geometry before torch is loaded.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from .errors import ParameterError
from .images import Image, UInt8Array
from .types import FloatArray, read_only

if TYPE_CHECKING:
    import torch

ResizeMode = Literal["crop", "squash"]
_INTERPOLATION = {
    "bilinear": PillowImage.Resampling.BILINEAR,
    "bicubic": PillowImage.Resampling.BICUBIC,
}
_VERY_LONG = 20  # long side over short side


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the model's input lies on the picture.

    Pixel coordinates are continuous: pixel (column 0, row 0) covers [0, 1) x [0, 1).

    Attributes
    ----------
    image_size : (H, W) of the picture.
    input_size : (h, w) of the model's input.
    box : (left, top, right, bottom) of the region the model sees, in picture pixels.
    """

    image_size: tuple[int, int]
    input_size: tuple[int, int]
    box: tuple[float, float, float, float]

    def to_input(self, x: float, y: float) -> tuple[float, float]:
        """Carry a point of the picture to the model's input; it may lie outside."""
        left, top, right, bottom = self.box
        height, width = self.input_size
        return (x - left) / (right - left) * width, (y - top) / (bottom - top) * height

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Carry a point of the model's input to the picture."""
        left, top, right, bottom = self.box
        height, width = self.input_size
        return left + x * (right - left) / width, top + y * (bottom - top) / height

    def input_pixel(self, x: float, y: float) -> tuple[int, int] | None:
        """Column and row of the input pixel under a picture point, or None outside the box."""
        column, row = (int(np.floor(value)) for value in self.to_input(x, y))
        inside = 0 <= column < self.input_size[1] and 0 <= row < self.input_size[0]
        return (column, row) if inside else None

    def map_to_image(self, values: NDArray[np.floating[Any]]) -> FloatArray:
        """Carry a map from the input grid to the picture, bilinearly.

        Parameters
        ----------
        values : [h, w] on the input grid.

        Returns
        -------
        float32 [H, W]; NaN where the model does not see the picture.

        Raises
        ------
        ParameterError
            The map is not on the input grid.
        """
        if values.shape != self.input_size:
            raise ParameterError(
                f"a map of shape {values.shape} is not on the input grid {self.input_size}"
            )
        height, width = self.image_size
        rows, weights_y = _sample(height, self.box[1], self.box[3], self.input_size[0])
        columns, weights_x = _sample(width, self.box[0], self.box[2], self.input_size[1])
        image = np.full(self.image_size, np.nan, dtype=np.float32)
        if len(rows) and len(columns):
            by_row = _interpolate(np.asarray(values, np.float32), weights_y)
            block = _interpolate(by_row.T, weights_x).T
            image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = block
        return read_only(image)


@dataclass(frozen=True, slots=True, eq=False)
class ModelInput:
    """A picture as the model sees it.

    Attributes
    ----------
    image : the picture.
    rgb : uint8 [h, w, 3]: the exact crop, before mean and std.
    values : float32 [3, h, w]: what the model is given; 0 is the mean colour.
    black, white : float32 [3]: a black and a white pixel in the same space.
    geometry : where the crop lies on the picture.
    """

    image: Image
    rgb: UInt8Array
    values: FloatArray
    black: FloatArray
    white: FloatArray
    geometry: Geometry

    def to_rgb(self, values: NDArray[np.floating[Any]]) -> UInt8Array:
        """Carry values [3, h, w] of the model's input back to colours, uint8 [h, w, 3]."""
        share = (values - self.black[:, None, None]) / (self.white - self.black)[:, None, None]
        rounded = np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)
        return np.ascontiguousarray(rounded.transpose(1, 2, 0))

    def tensor(self, device: torch.device | str = "cpu") -> torch.Tensor:
        """The model's input as a new float32 tensor [3, h, w]."""
        import torch

        return torch.tensor(self.values, device=device)


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a picture becomes a model's input.

    Attributes
    ----------
    input_size : (h, w) of the model's input.
    mean, std : per channel R, G, B, in the range 0..1.
    resize : "crop" scales the short side and cuts the centre; "squash" scales the whole picture.
    short_side : length that "crop" gives the short side, in pixels.
    interpolation : "bilinear" or "bicubic", both with anti-aliasing.
    """

    input_size: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    resize: ResizeMode = "crop"
    short_side: int = 256
    interpolation: Literal["bilinear", "bicubic"] = "bicubic"

    def apply(self, image: Image) -> ModelInput:
        """Cut, scale and normalise a picture."""
        geometry = self.geometry(image.height, image.width)
        resized = self._resample(PillowImage.fromarray(image.pixels), geometry)
        rgb = np.array(resized, dtype=np.uint8)
        rgb.flags.writeable = False
        mean, std = (np.array(v, dtype=np.float32) for v in (self.mean, self.std))
        values = ((rgb.astype(np.float32) / 255 - mean) / std).transpose(2, 0, 1)
        black, white = read_only(-mean / std), read_only((1 - mean) / std)
        return ModelInput(image, rgb, read_only(values), black, white, geometry)

    def geometry(self, height: int, width: int) -> Geometry:
        """Region of a picture of this size that the model sees."""
        if self.resize == "squash":
            box = (0.0, 0.0, float(width), float(height))
            return Geometry((height, width), self.input_size, box)
        (scaled_h, scaled_w), (top, left) = self._placement(height, width)
        rows, columns = self.input_size
        to_y, to_x = height / scaled_h, width / scaled_w
        box = (left * to_x, top * to_y, (left + columns) * to_x, (top + rows) * to_y)
        return Geometry((height, width), self.input_size, box)

    def _placement(self, height: int, width: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """Size (rows, columns) of the scaled picture, and where "crop" cuts it (top, left).

        The long side is truncated and the offset rounded, as torchvision does.
        """
        scaled_h = self.short_side if height <= width else int(self.short_side * height / width)
        scaled_w = self.short_side if width <= height else int(self.short_side * width / height)
        rows, columns = self.input_size
        if scaled_h < rows or scaled_w < columns:
            raise ParameterError(
                f"a short side of {self.short_side} px is less than the input {rows} x {columns} px"
            )
        return (scaled_h, scaled_w), (round((scaled_h - rows) / 2), round((scaled_w - columns) / 2))

    def _resample(self, picture: PillowImage.Image, geometry: Geometry) -> PillowImage.Image:
        """The pixels under the geometry's box at the input size.

        Scaling all of a very long picture would take much memory, so there only the box is scaled.
        Elsewhere the whole is, as torchvision does: the box alone can differ by some grey levels,
        because Pillow rounds between its two passes and their order depends on the sizes.
        """
        height, width = self.input_size
        filtering = _INTERPOLATION[self.interpolation]
        if self.resize == "squash" or max(picture.size) > _VERY_LONG * min(picture.size):
            return picture.resize((width, height), filtering, box=geometry.box)
        (scaled_h, scaled_w), (top, left) = self._placement(picture.height, picture.width)
        scaled = picture.resize((scaled_w, scaled_h), filtering)
        return scaled.crop((left, top, left + width, top + height))

    def describe(self) -> dict[str, Any]:
        """The settings as plain values for a report."""
        return asdict(self)


def _sample(
    length: int, start: float, stop: float, cells: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Pixels of one axis whose centre lies inside the box, and their positions in cells."""
    centres = np.arange(length) + 0.5
    inside = np.flatnonzero((centres >= start) & (centres < stop))
    positions = (centres[inside] - start) / (stop - start) * cells - 0.5
    return inside, np.clip(positions, 0, cells - 1).astype(np.float32)


def _interpolate(values: FloatArray, positions: NDArray[np.float32]) -> FloatArray:
    """Sample rows of `values` at fractional positions, linearly."""
    below = np.floor(positions).astype(np.intp)
    above = np.minimum(below + 1, len(values) - 1)
    share = (positions - below)[:, None]
    mixed: FloatArray = values[below] * (1 - share) + values[above] * share
    return mixed
