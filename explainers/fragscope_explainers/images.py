"""Read a picture safely into upright 8-bit RGB, and say what had to be done to it.

Only raster decoders are allowed: formats that run an interpreter (EPS) never open.
"""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, ImageOps, TiffImagePlugin, UnidentifiedImageError
from PIL import Image as PillowImage

from .errors import ImageError

MAX_PIXELS = 150_000_000
MAX_BYTES = 1 << 30
MIN_SIDE = 8
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "JPEG2000", "AVIF")
SUFFIXES = tuple(
    ".jpg .jpeg .jfif .png .webp .tif .tiff .bmp .gif .ppm .pgm .jp2 .avif".split()  # noqa: SIM905
)

UInt8Array = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """An upright picture.

    Attributes
    ----------
    pixels : uint8 [H, W, 3], RGB, read-only.
    name : short name for titles and folders.
    path : file it came from, or None for a pasted picture.
    sha256 : hash of the file's bytes (of the pixels for a pasted picture).
    notes : what was done on reading, one phrase each ("turned upright from EXIF").
    alpha : uint8 [H, W], read-only: how opaque each pixel is, or None where all are. `pixels`
        shows the picture laid on white.
    """

    pixels: UInt8Array
    name: str
    path: Path | None
    sha256: str
    notes: tuple[str, ...] = ()
    alpha: UInt8Array | None = None

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])


def read_image(path: Path | str) -> Image:
    """Read a picture file.

    Raises
    ------
    ImageError
        The file is missing, is no picture, is damaged, or is too small or too large.
    """
    path = Path(path)
    return image_from_bytes(file_bytes(path), path)


def image_from_bytes(data: bytes, path: Path) -> Image:
    """Read a picture from the bytes of its file, which need not be there any more.

    Raises
    ------
    ImageError
        The bytes are no picture, are damaged, or the picture is too small or too large.
    """
    pixels, notes = _decode(data, path.name)
    name = os.fsencode(path.stem).decode("utf-8", "replace")  # a file name need not be text
    return Image(pixels, name, path, hashlib.sha256(data).hexdigest(), notes)


def image_from_array(pixels: NDArray[np.generic], name: str) -> Image:
    """Wrap uint8 RGB pixels [H, W, 3], such as a pasted picture or a sample.

    Raises
    ------
    ImageError
        The array is not uint8 [H, W, 3], or is too small or too large.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ImageError(
            f"{name}: expected uint8 pixels of shape (H, W, 3), "
            f"got {pixels.dtype} of shape {pixels.shape}"
        )
    _check_size(pixels.shape[1], pixels.shape[0], name)
    frozen = np.array(pixels, dtype=np.uint8)
    frozen.flags.writeable = False
    return Image(frozen, name, None, hashlib.sha256(frozen.tobytes()).hexdigest())


def file_bytes(path: Path) -> bytes:
    """All bytes of a picture file.

    Raises
    ------
    ImageError
        It is missing, is no file, is too large, or cannot be read.
    """
    try:
        if path.exists() and not path.is_dir() and not path.is_file():
            raise ImageError(f"{path}: is not a regular file; give a picture file")
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise ImageError(
                f"{path}: has more than {MAX_BYTES >> 20:,} MiB, too much for a picture; "
                "make it smaller"
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise ImageError(f"{path}: no such file; check its name and folder") from None
    except IsADirectoryError:
        raise ImageError(f"{path}: is a folder without pictures; give picture files") from None
    except OSError as error:
        raise ImageError(
            f"{path}: cannot be read ({error.strerror}); check its permissions"
        ) from error


def _decode(data: bytes, name: str) -> tuple[UInt8Array, tuple[str, ...]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns below its limit; ours is checked here
            with PillowImage.open(io.BytesIO(data), formats=_known_formats()) as opened:
                _check_size(*opened.size, name)
                return _to_rgb(opened, name)
    except ImageError:
        raise
    except (UnidentifiedImageError, PillowImage.DecompressionBombError) as error:
        raise _unreadable(data, name, error) from error
    except MemoryError as error:
        raise ImageError(f"{name}: not enough memory for its pixels; make it smaller") from error
    except Exception as error:  # decoders raise almost anything on damaged data
        raise ImageError(
            f"{name}: the picture is damaged or cut short ({error}); export it again"
        ) from error


def _known_formats() -> tuple[str, ...]:
    """The allowed formats that this Pillow has; it answers others with a KeyError."""
    PillowImage.init()
    return tuple(name for name in FORMATS if name in PillowImage.OPEN)


def _unreadable(data: bytes, name: str, error: Exception) -> ImageError:
    if isinstance(error, PillowImage.DecompressionBombError):
        return ImageError(f"{name}: has more than {MAX_PIXELS:,} pixels; make it smaller")
    if not data:
        return ImageError(f"{name}: the file is empty; copy it again from its source")
    return ImageError(
        f"{name}: not a picture that can be read; convert it to 8-bit PNG, JPEG, TIFF or WebP"
    )


def _check_size(width: int, height: int, name: str) -> None:
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            f"{name}: {width} x {height} pixels are too few to explain; "
            f"each side needs at least {MIN_SIDE}"
        )
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{name}: {width:,} x {height:,} pixels are more than the limit of {MAX_PIXELS:,}; "
            "make it smaller"
        )


def _to_rgb(opened: PillowImage.Image, name: str) -> tuple[UInt8Array, tuple[str, ...]]:
    _refuse_wide_planes(opened, name)
    notes: list[str] = []
    frames = getattr(opened, "n_frames", 1)
    if frames > 1 and opened.format != "MPO":
        notes.append(f"first of {frames} frames")
        opened.seek(0)
    if opened.getexif().get(ExifTags.Base.Orientation, 1) in range(
        2, 9
    ):  # loading a TIFF resets it
        notes.append("turned upright from EXIF")
    opened.load()
    picture = ImageOps.exif_transpose(opened)
    picture = _flatten(picture, notes, name)
    pixels = np.array(picture, dtype=np.uint8)
    pixels.flags.writeable = False
    return pixels, tuple(notes)


def _refuse_wide_planes(opened: PillowImage.Image, name: str) -> None:
    """Refuse the one layout that Pillow decodes into wrong pixels without an error."""
    if not isinstance(opened, TiffImagePlugin.TiffImageFile):
        return
    tags = opened.tag_v2
    bits = tags.get(TiffImagePlugin.BITSPERSAMPLE, (8,))
    planar = tags.get(TiffImagePlugin.PLANAR_CONFIGURATION, 1) == 2
    if planar and max(bits) > 8 and tags.get(TiffImagePlugin.COMPRESSION, 1) == 1:
        raise ImageError(
            f"{name}: TIFF with separate 16-bit colour planes cannot be read; "
            "export it as 8-bit PNG"
        )


def _flatten(picture: PillowImage.Image, notes: list[str], name: str) -> PillowImage.Image:
    """Convert any mode to RGB."""
    if picture.mode.startswith(("I", "F")):
        notes.append("scaled from more than 8 bits")
        return PillowImage.fromarray(_to_eight_bits(np.asarray(picture), name)).convert("RGB")
    if picture.has_transparency_data:
        notes.append("transparency laid on white")
        rgba = picture.convert("RGBA")
        white = PillowImage.new("RGBA", rgba.size, "white")
        return PillowImage.alpha_composite(white, rgba).convert("RGB")
    if picture.mode == "CMYK":
        notes.append("converted from CMYK")
    return picture.convert("RGB")


def _to_eight_bits(values: NDArray[np.generic], name: str) -> UInt8Array:
    """Scale 16-bit counts by their range, and anything else between its extremes."""
    wide = values.astype(np.float64)
    if not np.isfinite(wide).all():
        raise ImageError(f"{name}: has pixels that are not finite numbers; export it as 8-bit PNG")
    low, high = 0.0, 65535.0
    if wide.min() < low or wide.max() > high or values.dtype.kind == "f":
        low, high = float(wide.min()), float(wide.max())
    scaled = (wide - low) * (255.0 / ((high - low) or 1.0))
    return np.rint(scaled).astype(np.uint8)
