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
from .translation import tr
from .types import FloatArray, read_only

if TYPE_CHECKING:
    import torch

ResizeMode = Literal["crop", "squash", "pad"]
Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos"]
ChannelOrder = Literal["RGB", "BGR"]
Layout = Literal["NCHW", "NHWC"]
ElementType = Literal["float32", "float16", "uint8"]
_INTERPOLATION = {
    "nearest": PillowImage.Resampling.NEAREST,
    "bilinear": PillowImage.Resampling.BILINEAR,
    "bicubic": PillowImage.Resampling.BICUBIC,
    "lanczos": PillowImage.Resampling.LANCZOS,
}
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
"""Pillow's mode of a picture of so many channels."""
_MIDDLE_GREY = 0.5
_VERY_LONG = 20  # long side over short side


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the model's input lies on the picture.

    Pixel coordinates are continuous: pixel (column 0, row 0) covers [0, 1) x [0, 1).

    Attributes
    ----------
    image_size : (H, W) of the picture.
    input_size : (h, w) of the model's input.
    box : (left, top, right, bottom) of the region the model sees, in picture pixels. Where the
        input has borders around the picture ("pad"), it reaches beyond the picture.
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

    @property
    def photo(self) -> tuple[slice, slice]:
        """Rows and columns of the input that show the picture: all, but for borders of "pad"."""
        height, width = self.image_size
        left, top = self.to_input(0, 0)
        right, bottom = self.to_input(width, height)
        rows, columns = self.input_size
        return (
            slice(max(round(top), 0), min(round(bottom), rows)),
            slice(max(round(left), 0), min(round(right), columns)),
        )

    @property
    def has_borders(self) -> bool:
        """Whether some of the input lies outside the picture."""
        return self.photo != tuple(slice(0, side) for side in self.input_size)

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
                tr(
                    "a map of shape {shape} is not on the input grid {input_size}",
                    shape=values.shape,
                    input_size=self.input_size,
                )
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
    values : float32 [C, h, w]: what the model is given, in its order of channels.
    black, grey, white : float32 [C]: a black pixel, one of the mean colour and a white one in
        the same space; opaque where there is an alpha channel.
    geometry : where the crop lies on the picture.
    order : the order of the colours among the channels.
    """

    image: Image
    rgb: UInt8Array
    values: FloatArray
    black: FloatArray
    grey: FloatArray
    white: FloatArray
    geometry: Geometry
    order: ChannelOrder = "RGB"

    @property
    def colours(self) -> int:
        """Channels that are colours or grey; one more, if there is, is alpha."""
        return 3 if len(self.black) > 2 else 1

    def to_rgb(self, values: NDArray[np.floating[Any]]) -> UInt8Array:
        """Carry values [C, h, w] of the model's input back to colours, uint8 [h, w, 3].

        Grey is repeated, and what an alpha channel says is left out.
        """
        colours = slice(0, self.colours)
        black, white = (v[colours, None, None] for v in (self.black, self.white))
        share = np.clip((values[colours] - black) / (white - black), 0, 1)
        rounded = np.rint(share * 255).astype(np.uint8)[:: -1 if self.order == "BGR" else 1]
        return np.ascontiguousarray(
            np.broadcast_to(rounded, (3, *rounded.shape[1:])).transpose(1, 2, 0)
        )

    def tensor(self, device: torch.device | str = "cpu") -> torch.Tensor:
        """The model's input as a new float32 tensor [C, h, w]."""
        import torch

        return torch.tensor(self.values, device=device)


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a picture becomes a model's input.

    Attributes
    ----------
    input_size : (h, w) of the model's input.
    mean, std : per channel in the range 0..1, colours in the order R, G, B. Their length is the
        number of channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
    resize : "crop" scales the short side and cuts the centre; "squash" scales the whole picture;
        "pad" makes the long side fit and fills the borders with the mean colour, opaque.
    short_side : length that "crop" gives the short side, in pixels.
    interpolation : filter that scales, with anti-aliasing except for "nearest".
    order : order in which the model takes the colours.
    range : what a white pixel is before mean and std are counted in: 1, or 255 for models that
        take bytes; the values are (pixel / 255 - mean) / std * range.
    layout, dtype : how the model takes the values; methods always work on float32 [B, C, h, w].
    """

    input_size: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resize: ResizeMode = "crop"
    short_side: int = 256
    interpolation: Interpolation = "bicubic"
    order: ChannelOrder = "RGB"
    range: float = 1.0
    layout: Layout = "NCHW"
    dtype: ElementType = "float32"

    def __post_init__(self) -> None:
        if len(self.mean) not in _MODES or len(self.mean) != len(self.std):
            raise ParameterError(
                tr(
                    "mean and std take one number for each of 1 to 4 channels, got {count} "
                    "and {stds}",
                    count=len(self.mean),
                    stds=len(self.std),
                )
            )
        if not all(np.isfinite(self.mean)) or not all(s > 0 and np.isfinite(s) for s in self.std):
            raise ParameterError(
                tr(
                    "mean takes finite numbers and std numbers above 0, got {mean} and {std}",
                    mean=self.mean,
                    std=self.std,
                )
            )
        if min(self.input_size) < 1 or not self.range > 0:
            raise ParameterError(
                tr(
                    "the input size takes whole numbers from 1 on and the range a number above 0, "
                    "got {input_size} and {range}",
                    input_size=self.input_size,
                    range=self.range,
                )
            )
        if self.resize == "crop" and self.short_side < min(self.input_size):
            raise ParameterError(self._too_short())

    @property
    def channels(self) -> int:
        """Channels of the model's input."""
        return len(self.mean)

    @property
    def colours(self) -> int:
        """Channels that are colours or grey; one more, if there is, is alpha."""
        return 3 if self.channels > 2 else 1

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, rows and columns of one input, [C, h, w]."""
        return (self.channels, *self.input_size)

    def apply(self, image: Image) -> ModelInput:
        """Cut, scale and normalise a picture."""
        geometry = self.geometry(image.height, image.width)
        rgb = np.array(self._resample(PillowImage.fromarray(image.pixels), geometry), np.uint8)
        rgb.flags.writeable = False
        values = self.normalised(self._channels(image, rgb, geometry))
        black, white = self._black_and_white()
        grey = self._grey(black, white)
        if geometry.has_borders:  # to the bit, so that what is filled with the mean stays
            inside, values = values, np.broadcast_to(grey[:, None, None], values.shape).copy()
            values[:, *geometry.photo] = inside[:, *geometry.photo]
        return ModelInput(
            image,
            rgb,
            read_only(values),
            read_only(black),
            read_only(grey),
            read_only(white),
            geometry,
            self.order,
        )

    def _black_and_white(self) -> tuple[FloatArray, FloatArray]:
        """A black and a white pixel as the model takes them, each [C]."""
        pixels = np.full((1, 2, self.channels), 255, np.uint8)  # opaque, where there is alpha
        pixels[0, 0, : self.colours] = 0
        values = self.normalised(pixels)
        return values[:, 0, 0], values[:, 0, 1]

    def _channels(self, image: Image, rgb: UInt8Array, geometry: Geometry) -> UInt8Array:
        """The crop in the model's channels, colours as R, G, B, uint8 [h, w, C]."""
        picture = PillowImage.fromarray(rgb).convert(_MODES[self.channels])
        if self.channels > self.colours and image.alpha is not None:
            alpha = self._resample(PillowImage.fromarray(image.alpha), geometry)
            picture.putalpha(alpha)
        values = np.asarray(picture, np.uint8)
        return values if values.ndim == 3 else values[:, :, None]

    def normalised(self, pixels: UInt8Array) -> FloatArray:
        """Bytes [h, w, C] as the model's values [C, h, w]."""
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        values: FloatArray = pixels.astype(np.float32).transpose(2, 0, 1)
        values = (values / np.float32(255) - mean[:, None, None]) / std[:, None, None]
        if self.range != 1:
            values = values * np.float32(self.range)
        if self.order == "BGR" and self.channels > 2:
            values = values[[2, 1, 0, 3][: self.channels]]
        return values

    def _grey(self, black: FloatArray, white: FloatArray) -> FloatArray:
        """The colour that the mean stands for: 0, or middle grey where nothing is subtracted."""
        centred = any(self.mean[: self.colours])
        grey = black + (white - black) * _MIDDLE_GREY if not centred else np.zeros_like(black)
        grey[self.colours :] = white[self.colours :]
        return grey

    def geometry(self, height: int, width: int) -> Geometry:
        """Region of a picture of this size that the model sees."""
        if self.resize == "squash":
            box = (0.0, 0.0, float(width), float(height))
            return Geometry((height, width), self.input_size, box)
        place = self._inside_borders if self.resize == "pad" else self._placement
        (scaled_h, scaled_w), (top, left) = place(height, width)
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
            raise ParameterError(self._too_short())
        return (scaled_h, scaled_w), (round((scaled_h - rows) / 2), round((scaled_w - columns) / 2))

    def _too_short(self) -> str:
        rows, columns = self.input_size
        return tr(
            "a short side of {short_side} px is less than the input {rows} x {columns} px",
            short_side=self.short_side,
            rows=rows,
            columns=columns,
        )

    def _inside_borders(self, height: int, width: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """Size of the scaled picture, and where it begins in the input, as (-top, -left)."""
        rows, columns = self.input_size
        scale = min(rows / height, columns / width)
        scaled_h, scaled_w = max(round(height * scale), 1), max(round(width * scale), 1)
        return (scaled_h, scaled_w), (-((rows - scaled_h) // 2), -((columns - scaled_w) // 2))

    def _border_colour(self) -> tuple[int, int, int]:
        """The mean colour in bytes, or middle grey where nothing is subtracted."""
        mean = self.mean[: self.colours]
        shares = mean if any(mean) else (_MIDDLE_GREY,)
        levels = [round(255 * min(max(share, 0.0), 1.0)) for share in shares]
        return levels[0], levels[len(levels) // 2], levels[-1]

    def _resample(self, picture: PillowImage.Image, geometry: Geometry) -> PillowImage.Image:
        """The pixels under the geometry's box at the input size.

        Scaling all of a very long picture would take much memory, so there only the box is scaled.
        Elsewhere the whole is, as torchvision does: the box alone can differ by some grey levels,
        because Pillow rounds between its two passes and their order depends on the sizes.
        """
        height, width = self.input_size
        filtering = _INTERPOLATION[self.interpolation]
        if self.resize == "pad":
            colour = self._border_colour() if picture.mode == "RGB" else 255
            (scaled_h, scaled_w), (top, left) = self._inside_borders(*geometry.image_size)
            padded = PillowImage.new(picture.mode, (width, height), colour)
            padded.paste(picture.resize((scaled_w, scaled_h), filtering), (-left, -top))
            return padded
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
