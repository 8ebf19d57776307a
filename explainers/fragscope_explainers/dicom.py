"""DICOM pictures: from stored values to counts, and the window that the file asks for.

Nothing but pixels and what they need is read: no name, date or number of a patient reaches notes,
reports or errors.

References
----------
DICOM PS3.3, C.11.1 (modality LUT), C.11.2 (VOI LUT), C.7.6.3 (pixels), C.7.6.16 (multi-frame).
"""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .counts import Counts, UInt8Array, Window, WindowShape, counts_of
from .errors import ImageError, ParameterError
from .picture_size import check_size
from .translation import mark, tr

if TYPE_CHECKING:
    from pydicom import Dataset

SUFFIXES = (".dcm", ".dicom")
FILE = mark("the file")
_MAGIC, _MAGIC_AT = b"DICM", 128
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_GREY = ("MONOCHROME1", "MONOCHROME2")
_SHAPES: dict[str, WindowShape] = {
    "LINEAR": "linear",
    "LINEAR_EXACT": "exact",
    "SIGMOID": "sigmoid",
}
_UNIT = "HU"
"""The one unit that is told: the field is free text."""
_MOST_WINDOWS, _LONGEST_NAME = 12, 40


def is_dicom(data: bytes, name: str) -> bool:
    """Whether bytes are a DICOM file: by their magic, or by the name where there is none."""
    marked = data[_MAGIC_AT : _MAGIC_AT + len(_MAGIC)] == _MAGIC
    return marked or (PurePath(name).suffix.lower() in SUFFIXES and bool(data))


def read_dicom(data: bytes, name: str) -> tuple[Counts | UInt8Array, list[str]]:
    """Decode the first picture of a DICOM file.

    Parameters
    ----------
    name : the file's name, for errors.

    Returns
    -------
    Counts, or uint8 [H, W, 3] of a picture in colours; and what was done.

    Raises
    ------
    ImageError
        The file holds no picture, is damaged, is too small or large, or needs a package.
    """
    try:
        import pydicom  # noqa: F401
    except ImportError:
        raise ImageError(
            tr(
                "{name}: DICOM pictures need the package pydicom; run "
                "pip install 'fragscope[dicom]' and open it again",
                name=name,
            )
        ) from None
    try:
        return _decoded(data, name)
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError(
            tr("{name}: not enough memory for its pixels; make it smaller", name=name)
        ) from error
    except Exception:  # noqa: BLE001  # readers raise anything, with texts that may name patients
        raise ImageError(
            tr(
                "{name}: the DICOM picture is damaged or of a rare kind; export it again, or as "
                "PNG",
                name=name,
            )
        ) from None


def _tools() -> Any:
    """pydicom's functions for pixels, whose public names are not typed as such."""
    import pydicom.pixels

    return pydicom.pixels


def _decoded(data: bytes, name: str) -> tuple[Counts | UInt8Array, list[str]]:
    dataset = _dataset(data, name)
    _check_decoder(dataset, name)
    frames = int(dataset.get("NumberOfFrames") or 1)
    notes = [mark("first of {frames} frames", frames=frames)] if frames > 1 else []
    stored = _tools().pixel_array(dataset, index=0)
    kind = str(dataset.PhotometricInterpretation)
    if kind in _GREY:
        return _grey(dataset, stored, inverted=kind == _GREY[0]), notes
    if kind == "PALETTE COLOR":
        stored = _tools().apply_color_lut(stored, dataset)
        bits = 8 * stored.dtype.itemsize
        notes.append(mark("colours from its palette"))
    else:  # pixel_array has made R, G, B of other colours
        bits = int(dataset.BitsStored)
    if bits > 8:
        window = Window.between(0, 2.0**bits - 1)
        return Counts(_frozen(stored), window, FILE), notes
    return np.asarray(stored, np.uint8), notes


def _dataset(data: bytes, name: str) -> Dataset:
    """The file's content, once it is sure that decoding it is bounded."""
    from pydicom import dcmread
    from pydicom.uid import ImplicitVRLittleEndian

    if _DEFLATED in data:
        raise ImageError(
            tr(
                "{name}: all of this DICOM file is deflated, so its size is not known before it is "
                "unpacked; save it in another transfer syntax",
                name=name,
            )
        )
    dataset = dcmread(io.BytesIO(data), force=True)
    if "Rows" not in dataset or "Columns" not in dataset or not _has_pixels(dataset):
        raise ImageError(
            tr("{name}: this DICOM file holds no picture; give one with pixels", name=name)
        )
    check_size(int(dataset.Columns), int(dataset.Rows), name)
    if int(dataset.get("SamplesPerPixel", 1)) not in (1, 3):
        raise ImageError(
            tr("{name}: a DICOM picture has one or three colours; export it as PNG", name=name)
        )
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    return dataset


def _has_pixels(dataset: Dataset) -> bool:
    return any(f"{kind}PixelData" in dataset for kind in ("", "Float", "DoubleFloat"))


def _check_decoder(dataset: Dataset, name: str) -> None:
    """Say what to install where pixels are compressed in a way that nothing here unpacks."""
    syntax = dataset.file_meta.TransferSyntaxUID
    if not syntax.is_compressed:
        return
    try:
        decoder = _tools().get_decoder(syntax)
    except NotImplementedError:
        decoder = None
    if decoder is None:
        raise ImageError(
            tr(
                "{name}: its pixels are a film or in a form that cannot be read ({syntax_name}); "
                "export one picture of it",
                name=name,
                syntax_name=syntax.name,
            )
        )
    if not decoder.is_available:
        extra = "openjpeg" if "2000" in syntax.name else "libjpeg"
        raise ImageError(
            tr(
                "{name}: its pixels are compressed as {syntax_name}, which needs another package; "
                "run pip install pylibjpeg pylibjpeg-{extra} and open it again",
                name=name,
                syntax_name=syntax.name,
                extra=extra,
            )
        )


def _grey(dataset: Dataset, stored: NDArray[Any], *, inverted: bool) -> Counts:
    transformation = _of_frame(dataset, "PixelValueTransformationSequence")
    values = _tools().apply_modality_lut(stored, transformation)
    unit = _unit(dataset, transformation)
    windows = _of_frame(dataset, "FrameVOILUTSequence")
    if "VOILUTSequence" in windows and "WindowCenter" not in windows:
        table = windows.VOILUTSequence[0]
        values = _tools().apply_voi(values.astype(np.int64), windows)
        window: Window | None = Window.between(0, 2.0 ** int(table.LUTDescriptor[2]) - 1)
        unit = ""
    else:
        window = _window(windows)
    if window is None and np.array_equal(values, stored):
        bits = int(dataset.BitsStored) if stored.dtype.kind == "u" else 0
        return counts_of(stored, inverted=inverted, unit=unit, stated=bits)
    if values.dtype == np.float64:
        values = values.astype(np.float32)
    if not np.isfinite(values).all():
        raise ValueError(tr("counts are not finite"))
    if window is None:
        return counts_of(values, inverted=inverted, unit=unit)
    named = _named(windows) if "WindowCenter" in windows else ()
    return Counts(_frozen(values), window, FILE, inverted, unit, named)


def _unit(dataset: Dataset, transformation: Dataset) -> str:
    """HU where the file says so, or is of a CT that need not: there it is what is meant."""
    told = str(transformation.get("RescaleType") or "").strip()
    is_ct = str(dataset.get("Modality", "")).strip() == "CT" and "RescaleSlope" in transformation
    return _UNIT if told == _UNIT or (is_ct and not told) else ""


def _named(dataset: Dataset) -> tuple[tuple[str, Window], ...]:
    """All windows that the file gives, each with its explanation, which may be empty."""
    shape = _shape(dataset)
    centres, widths = (_all(dataset[name].value) for name in ("WindowCenter", "WindowWidth"))
    told = _all(dataset.get("WindowCenterWidthExplanation") or ())
    texts = [_plain(str(text)) for text in told] + [""] * len(centres)
    found: list[tuple[str, Window]] = []
    for text, centre, width in zip(texts, centres, widths, strict=False):
        with suppress(ParameterError, ValueError, TypeError):
            found.append((text, Window(float(centre), float(width), shape)))
    return tuple(found[:_MOST_WINDOWS])


def _plain(text: str) -> str:
    """A short text of one line."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:_LONGEST_NAME]


def _all(value: Any) -> list[Any]:
    """The values of an element that may hold one or many."""
    return [value] if isinstance(value, str) or not hasattr(value, "__len__") else list(value)


def _shape(dataset: Dataset) -> WindowShape:
    return _SHAPES.get(str(dataset.get("VOILUTFunction", "LINEAR")).strip(), "linear")


def _window(dataset: Dataset) -> Window | None:
    """The first window that the file names, or None."""
    try:
        centre, width = dataset["WindowCenter"].value, dataset["WindowWidth"].value
        return Window(float(_all(centre)[0]), float(_all(width)[0]), _shape(dataset))
    except (KeyError, TypeError, ValueError, IndexError, ParameterError):
        return None


def _of_frame(dataset: Dataset, sequence: str) -> Dataset:
    """What the file says of its first frame, of all frames, or of its one picture."""
    for groups in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        items: Any = dataset.get(groups) or ()
        found = items[0].get(sequence) if len(items) else None
        if found:
            item: Dataset = found[0]
            return item
    return dataset


def _frozen(values: NDArray[Any]) -> NDArray[Any]:
    found = np.array(values)
    found.flags.writeable = False
    return found
