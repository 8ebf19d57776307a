"""Read a picture safely into upright 8-bit RGB, and say what had to be done to it.

Only raster decoders are allowed: formats that run an interpreter (EPS) never open.
"""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, ImageOps, TiffImagePlugin, UnidentifiedImageError
from PIL import Image as PillowImage

from .counts import Counts, Window, counts_of
from .dicom import SUFFIXES as DICOM_SUFFIXES
from .dicom import is_dicom, read_dicom
from .errors import ImageError
from .picture_size import MAX_PIXELS, check_size
from .stated_bits import stated_bits
from .translation import mark, tr
from .wide_colours import wide_colours
from .wide_tiff import MAGIC, UPRIGHT, wide_tiff

MAX_BYTES = 1 << 30
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "JPEG2000", "AVIF")
SUFFIXES = (
    *".jpg .jpeg .jfif .png .webp .tif .tiff .bmp .gif .ppm .pgm .jp2 .avif".split(),  # noqa: SIM905
    *DICOM_SUFFIXES,
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
    notes : what was done on reading, one marked phrase each ("turned upright from EXIF").
    alpha : uint8 [H, W], read-only: how opaque each pixel is, or None where all are. `pixels`
        shows the picture laid on white.
    counts : the numbers of a picture of more than 8 bits, and the window that made `pixels` of
        them; None where the file has 8 bits.
    """

    pixels: UInt8Array
    name: str
    path: Path | None
    sha256: str
    notes: tuple[str, ...] = ()
    alpha: UInt8Array | None = None
    counts: Counts | None = None

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def window(self) -> Window | None:
        """The window that the user set, or None where it was found on reading or has 8 bits."""
        return None if self.counts is None else self.counts.chosen

    def through(self, window: Window | None) -> Image:
        """The picture through another window, set by the user; of 8 bits it is the same.

        None is the window that was found on reading.
        """
        if self.counts is None or window == self.window:
            return self
        counts = self.counts.through(window)
        notes = tuple(note for note in self.notes if note != self.counts.note)
        return replace(self, pixels=counts.pixels(), notes=(*notes, counts.note), counts=counts)


def read_image(path: Path | str, window: Window | None = None) -> Image:
    """Read a picture file.

    Parameters
    ----------
    window : which counts of a picture of more than 8 bits become black and white; by default what
        the file says, else all that the bits of its counts hold, or from the least to the greatest.

    Raises
    ------
    ImageError
        The file is missing, is no picture, is damaged, or is too small or too large.
    """
    path = Path(path)
    return image_from_bytes(file_bytes(path), path, window)


def image_from_bytes(data: bytes, path: Path, window: Window | None = None) -> Image:
    """Read a picture from the bytes of its file, which need not be there any more.

    Raises
    ------
    ImageError
        The bytes are no picture, are damaged, or the picture is too small or too large.
    """
    found = _decode(data, path.name)
    pixels, counts, notes = found.pixels, found.counts, found.notes
    if counts is not None:
        counts = counts if window is None else counts.through(window)
        pixels, notes = counts.pixels(), [*notes, counts.note]
    elif window is not None:
        notes = [*notes, mark("8 bits a colour, so the window is not used")]
    pixels.flags.writeable = False
    name = os.fsencode(path.stem).decode("utf-8", "replace")  # a file name need not be text
    digest = hashlib.sha256(data).hexdigest()
    return Image(pixels, name, path, digest, tuple(notes), found.alpha, counts)


def image_from_array(pixels: NDArray[np.generic], name: str) -> Image:
    """Wrap uint8 RGB pixels [H, W, 3], such as a pasted picture or a sample.

    Raises
    ------
    ImageError
        The array is not uint8 [H, W, 3], or is too small or too large.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ImageError(
            tr(
                "{name}: expected uint8 pixels of shape (H, W, 3), got {dtype} of shape {shape}",
                name=name,
                dtype=pixels.dtype,
                shape=pixels.shape,
            )
        )
    check_size(pixels.shape[1], pixels.shape[0], name)
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
            raise ImageError(tr("{path}: is not a regular file; give a picture file", path=path))
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise ImageError(
                tr(
                    "{path}: has more than {max_bytes:,} MiB, too much for a picture; "
                    "make it smaller",
                    path=path,
                    max_bytes=MAX_BYTES >> 20,
                )
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise ImageError(tr("{path}: no such file; check its name and folder", path=path)) from None
    except IsADirectoryError:
        raise ImageError(
            tr("{path}: is a folder without pictures; give picture files", path=path)
        ) from None
    except OSError as error:
        raise ImageError(
            tr(
                "{path}: cannot be read ({reason}); check its permissions",
                path=path,
                reason=error.strerror,
            )
        ) from error


@dataclass(slots=True)
class _Decoded:
    """Pixels of 8 bits, or the counts of which they are still to be made."""

    pixels: UInt8Array
    notes: list[str]
    alpha: UInt8Array | None = None
    counts: Counts | None = None

    @classmethod
    def of(cls, found: Counts | UInt8Array, notes: list[str]) -> _Decoded:
        if isinstance(found, Counts):
            return cls(np.empty((0, 0, 3), np.uint8), notes, found.alpha, found)
        return cls(found, notes)


def _decode(data: bytes, name: str) -> _Decoded:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns below its limit; ours is checked here
            if is_dicom(data, name):
                return _Decoded.of(*read_dicom(data, name))
            return _decode_by_pillow(data, name)
    except ImageError:
        raise
    except (UnidentifiedImageError, PillowImage.DecompressionBombError) as error:
        raise _unreadable(data, name, error) from error
    except MemoryError as error:
        raise ImageError(
            tr("{name}: not enough memory for its pixels; make it smaller", name=name)
        ) from error
    except Exception as error:  # decoders raise almost anything on damaged data
        raise ImageError(
            tr(
                "{name}: the picture is damaged or cut short ({error}); export it again",
                name=name,
                error=error,
            )
        ) from error


def _decode_by_pillow(data: bytes, name: str) -> _Decoded:
    try:
        with PillowImage.open(io.BytesIO(data), formats=_known_formats()) as opened:
            check_size(*opened.size, name)
            wide = _decode_wide(data, name) if _is_wide_tiff(opened) else None
            return wide or _to_rgb(opened, data, name)
    except UnidentifiedImageError:
        wide = _decode_wide(data, name) if data.startswith(MAGIC) else None
        if wide is None:
            raise
        return wide


def _decode_wide(data: bytes, name: str) -> _Decoded | None:
    """The counts of a TIFF that Pillow cannot give, or None where this cannot either."""
    found = wide_tiff(data, name)
    if found is None:
        return None
    values, inverted, notes = found
    return _Decoded.of(_counts(values, name, inverted=inverted), notes)


def _counts(values: NDArray[np.generic], name: str, *, inverted: bool = False) -> Counts:
    if not np.isfinite(values).all():
        raise ImageError(
            tr("{name}: has pixels that are not finite numbers; export it as 8-bit PNG", name=name)
        )
    return counts_of(values, inverted=inverted)


def _known_formats() -> tuple[str, ...]:
    """The allowed formats that this Pillow has; it answers others with a KeyError."""
    PillowImage.init()
    return tuple(name for name in FORMATS if name in PillowImage.OPEN)


def _unreadable(data: bytes, name: str, error: Exception) -> ImageError:
    if isinstance(error, PillowImage.DecompressionBombError):
        return ImageError(
            tr(
                "{name}: has more than {max_pixels:,} pixels; make it smaller",
                name=name,
                max_pixels=MAX_PIXELS,
            )
        )
    if not data:
        return ImageError(tr("{name}: the file is empty; copy it again from its source", name=name))
    return ImageError(
        tr(
            "{name}: not a picture that can be read; give a PNG, JPEG, TIFF, WebP or DICOM file",
            name=name,
        )
    )


def _to_rgb(opened: PillowImage.Image, data: bytes, name: str) -> _Decoded:
    _refuse_wide_planes(opened, name)
    # asking a PNG for its EXIF loads it, which forgets them
    bits = _bits(opened) if _is_tiff(opened) else stated_bits(data, opened)
    notes: list[str] = []
    wide = wide_colours(data, opened)
    frames = getattr(opened, "n_frames", 1)
    if frames > 1 and opened.format != "MPO":
        notes.append(mark("first of {frames} frames", frames=frames))
        opened.seek(0)
    turn = opened.getexif().get(ExifTags.Base.Orientation, 1)  # loading a TIFF resets it
    if turn in UPRIGHT:
        notes.append(mark("turned upright from EXIF"))
    if wide is not None:
        values, alpha = wide
        if turn in UPRIGHT and opened.format == "PNG":  # Pillow turns a TIFF while it loads it
            values, alpha = UPRIGHT[turn](values), None if alpha is None else UPRIGHT[turn](alpha)
        return _wide(values, alpha, notes, name)
    if bits > 8 and not opened.mode.startswith(("I", "F")):
        notes.append(mark("{bits}-bit colours read as 8 bits", bits=bits))
    opened.load()
    return _flatten(ImageOps.exif_transpose(opened), notes, name)


def _is_tiff(opened: PillowImage.Image) -> bool:
    return isinstance(opened, TiffImagePlugin.TiffImageFile)


def _bits(opened: PillowImage.Image) -> int:
    """Bits a colour of a TIFF."""
    tags = getattr(opened, "tag_v2", {})
    return int(max(tags.get(TiffImagePlugin.BITSPERSAMPLE, (8,))))


def _is_wide_tiff(opened: PillowImage.Image) -> bool:
    """Whether Pillow would lose bits of a TIFF."""
    return _is_tiff(opened) and _bits(opened) > 8


def _refuse_wide_planes(opened: PillowImage.Image, name: str) -> None:
    """Refuse the one layout that Pillow decodes into wrong pixels without an error."""
    if not isinstance(opened, TiffImagePlugin.TiffImageFile):
        return
    tags = opened.tag_v2
    planar = tags.get(TiffImagePlugin.PLANAR_CONFIGURATION, 1) == 2
    if planar and _bits(opened) > 8 and tags.get(TiffImagePlugin.COMPRESSION, 1) == 1:
        raise ImageError(
            tr(
                "{name}: TIFF with separate 16-bit planes of other than three colours cannot be "
                "read; "
                "export it as 8-bit PNG",
                name=name,
            )
        )


def _flatten(picture: PillowImage.Image, notes: list[str], name: str) -> _Decoded:
    """Convert any mode to RGB; of more than 8 bits keep the counts."""
    if picture.mode.startswith(("I", "F")):
        values, key = np.asarray(picture), picture.info.get("transparency")
        opaque = None if not isinstance(key, int) else (values != key).astype(np.uint8) * 255
        return _wide(values, opaque, notes, name)
    if picture.has_transparency_data:
        return _laid_on_white(picture.convert("RGBA"), notes)
    if picture.mode == "CMYK":
        notes.append(mark("converted from CMYK"))
    return _Decoded(np.array(picture.convert("RGB"), np.uint8), notes)


def _wide(
    values: NDArray[np.generic], alpha: NDArray[np.uint8] | None, notes: list[str], name: str
) -> _Decoded:
    """Counts, with how opaque they are where not all pixels are so."""
    counts = _counts(values, name)
    if alpha is None or alpha.min() == 255:
        return _Decoded.of(counts, notes)
    frozen = np.array(alpha)
    frozen.flags.writeable = False
    laid = [*notes, mark("transparency laid on white")]
    return _Decoded.of(replace(counts, alpha=frozen), laid)


def _laid_on_white(rgba: PillowImage.Image, notes: list[str]) -> _Decoded:
    alpha = np.array(rgba.getchannel("A"), np.uint8)
    alpha.flags.writeable = False
    if alpha.min() == 255:
        return _Decoded(np.array(rgba.convert("RGB"), np.uint8), notes)
    white = PillowImage.new("RGBA", rgba.size, "white")
    shown = PillowImage.alpha_composite(white, rgba).convert("RGB")
    return _Decoded(np.array(shown, np.uint8), [*notes, mark("transparency laid on white")], alpha)
