"""DICOM files made by pydicom; what it computes is the reference."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from PIL import Image as PillowImage
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import apply_windowing
from pydicom.sequence import Sequence
from pydicom.uid import (
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    RLELossless,
)

from fragscope_explainers import image_from_array, read_image
from fragscope_explainers.counts import EXTREMES, SET, Window
from fragscope_explainers.errors import ImageError
from fragscope_explainers.images import Image

HEIGHT, WIDTH = 24, 37
STORED = np.random.default_rng(1).integers(0, 4096, (HEIGHT, WIDTH), dtype=np.uint16)
COLOURS = np.random.default_rng(2).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
NAME, NUMBER, DATE = "Nightingale^Florence", "SECRET-4711", "18200512"

Write = Callable[..., Path]


def dataset(stored: NDArray[Any], **elements: Any) -> Dataset:
    """A picture with a patient; further elements replace those made here."""
    found = Dataset()
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    found.SOPClassUID, found.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    found.file_meta.MediaStorageSOPClassUID = found.SOPClassUID
    found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID
    found.PatientName, found.PatientID, found.PatientBirthDate = NAME, NUMBER, DATE
    is_colour = stored.shape[-1] == 3
    found.Rows, found.Columns = stored.shape[-3:-1] if is_colour else stored.shape[-2:]
    found.SamplesPerPixel = 3 if is_colour else 1
    found.PhotometricInterpretation = "RGB" if is_colour else "MONOCHROME2"
    if is_colour:
        found.PlanarConfiguration = 0
    found.BitsAllocated = 8 * stored.dtype.itemsize
    found.BitsStored = found.BitsAllocated
    found.HighBit = found.BitsStored - 1
    found.PixelRepresentation = int(stored.dtype.kind == "i")
    found.PixelData = stored.tobytes()
    for name, value in elements.items():
        setattr(found, name, value)
    return found


def grey(image: Image) -> NDArray[np.uint8]:
    """The one channel of a grey picture."""
    assert (image.pixels == image.pixels[..., :1]).all()
    return image.pixels[..., 0]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a picture; gives its path."""

    def write(stored: NDArray[Any], name: str = "scan.dcm", **elements: Any) -> Path:
        dcmwrite(tmp_path / name, dataset(stored, **elements), enforce_file_format=True)
        return tmp_path / name

    return write


def refusal(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        read_image(path)
    text = str(caught.value)
    assert path.name in text
    assert "; " in text
    assert "\n" not in text
    for secret in (NAME, NUMBER, DATE):
        assert secret not in text
    return text


def test_stored_values_become_counts_through_the_window_of_the_file(write: Write) -> None:
    made: dict[str, Any] = {
        "RescaleSlope": 2,
        "RescaleIntercept": -1024,
        "RescaleType": "HU",
        "WindowCenter": [40, 300],
        "WindowWidth": [400, 1500],
        "BitsStored": 12,
        "HighBit": 11,
    }
    image = read_image(write(STORED, **made))
    assert image.counts is not None
    wanted = STORED.astype(float) * 2 - 1024
    assert_array_equal(image.counts.values, wanted)
    assert (image.counts.window, image.counts.unit) == (Window(40, 400, "linear"), "HU")
    low, high = -1024, 2 * 4095 - 1024
    shares = (apply_windowing(wanted, dataset(STORED, **made)) - low) / (high - low)
    assert_array_equal(grey(image), np.rint(shares * 255))
    assert image.notes == (image.counts.note,)
    assert "HU through a window at 40, 400 wide (the file)" in image.counts.note


def test_a_window_of_the_user_replaces_that_of_the_file(write: Write) -> None:
    path = write(STORED, WindowCenter=40, WindowWidth=400)
    image = read_image(path, Window(1000, 500))
    assert_array_equal(grey(image), np.rint(np.clip((STORED - 750.0) / 500, 0, 1) * 255))
    assert image.counts is not None
    assert image.counts.source == SET


@pytest.mark.parametrize(
    "elements",
    [{}, {"WindowCenter": 40, "WindowWidth": 0}, {"WindowCenter": 40}, {"WindowCenter": None}],
)
def test_without_a_window_the_counts_of_the_picture_decide(
    elements: dict[str, Any], write: Write
) -> None:
    measured = {"RescaleSlope": 2, "RescaleIntercept": -1024}
    counts = read_image(write(STORED, **elements, **measured)).counts
    assert counts is not None
    assert counts.source == EXTREMES
    assert (counts.pixels().min(), counts.pixels().max()) == (0, 255)


@pytest.mark.parametrize(
    ("elements", "source"),
    [
        ({"BitsStored": 12, "HighBit": 11}, "12 bits, as the file states"),
        (
            {"BitsStored": 12, "HighBit": 11, "RescaleSlope": 1, "RescaleIntercept": 0},
            "12 bits, as the file states",
        ),
        ({}, "10 bits, by its greatest count"),
    ],
)
def test_counts_without_a_window_take_the_bits_that_they_are_stored_in(
    elements: dict[str, Any], source: str, write: Write
) -> None:
    """That a file states 16 says how much room there is, so there the greatest count decides."""
    counts = read_image(write(STORED // 4, **elements)).counts
    assert counts is not None
    assert counts.source == source
    assert counts.window == Window.between(0, 2.0 ** int(source[:2]) - 1)
    assert_array_equal(counts.values, STORED // 4)


def test_a_picture_whose_least_value_is_white_is_inverted(write: Write) -> None:
    window = {"WindowCenter": 2000, "WindowWidth": 3000}
    plain = grey(read_image(write(STORED, **window)))
    turned = read_image(write(STORED, PhotometricInterpretation="MONOCHROME1", **window))
    assert_array_equal(grey(turned), 255 - plain)


def test_signed_values(write: Write) -> None:
    signed = STORED.astype(np.int16) - 2000
    counts = read_image(write(signed)).counts
    assert counts is not None
    assert_array_equal(counts.values, signed)


def test_a_table_of_the_file_instead_of_a_window(write: Write) -> None:
    table = Dataset()
    table.LUTDescriptor, table.LUTExplanation = [4096, 0, 16], "falling"
    table.LUTData = (np.arange(4096)[::-1] * 16).astype("<u2").tobytes()
    table["LUTData"].VR = "OW"
    table["LUTDescriptor"].VR = "US"
    image = read_image(write(STORED, VOILUTSequence=Sequence([table])))
    assert_array_equal(grey(image), np.rint((4095 - STORED.astype(int)) * 16 / 257))


def test_the_first_of_several_frames_with_its_own_window(write: Write) -> None:
    def item(**elements: Any) -> Dataset:
        found = Dataset()
        for name, value in elements.items():
            setattr(found, name, value)
        return found

    rescale = Sequence([item(RescaleSlope=1, RescaleIntercept=-100, RescaleType="HU")])
    windows = [Sequence([item(WindowCenter=c, WindowWidth=100)]) for c in (700, 9)]
    image = read_image(
        write(
            np.stack([STORED, STORED[::-1]]),
            NumberOfFrames=2,
            SharedFunctionalGroupsSequence=Sequence(
                [item(PixelValueTransformationSequence=rescale)]
            ),
            PerFrameFunctionalGroupsSequence=Sequence(
                [item(FrameVOILUTSequence=window) for window in windows]
            ),
        )
    )
    assert image.notes[0] == "first of 2 frames"
    assert image.counts is not None
    assert_array_equal(image.counts.values, STORED.astype(int) - 100)
    assert (image.counts.window.centre, image.counts.unit) == (700, "HU")


def test_colours(write: Write) -> None:
    image = read_image(write(COLOURS))
    assert_array_equal(image.pixels, COLOURS)
    assert (image.counts, image.notes) == (None, ())


def test_colours_in_planes(write: Write) -> None:
    planes = np.ascontiguousarray(COLOURS.transpose(2, 0, 1)).tobytes()
    assert_array_equal(
        read_image(write(COLOURS, PlanarConfiguration=1, PixelData=planes)).pixels, COLOURS
    )


def test_luminance_and_chrominance_become_colours(write: Write) -> None:
    stored = np.asarray(PillowImage.fromarray(COLOURS).convert("YCbCr"))
    image = read_image(write(stored, PhotometricInterpretation="YBR_FULL"))
    assert np.abs(image.pixels.astype(int) - COLOURS).max() <= 3


def test_a_palette_is_resolved(write: Write) -> None:
    indices = STORED.astype(np.uint8)
    tables = np.random.default_rng(3).integers(0, 256, (3, 256), dtype=np.uint16) * 257
    elements: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for colour, table in zip(("Red", "Green", "Blue"), tables, strict=True):
        elements[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        elements[f"{colour}PaletteColorLookupTableData"] = table.astype("<u2").tobytes()
    image = read_image(write(indices, **elements))
    assert_array_equal(image.pixels, tables[:, indices].transpose(1, 2, 0) // 257)


def test_a_compressed_picture(write: Write, tmp_path: Path) -> None:
    packed = dataset(STORED)
    packed.compress(RLELossless)
    dcmwrite(tmp_path / "packed.dcm", packed, enforce_file_format=True)
    found, wanted = read_image(tmp_path / "packed.dcm"), read_image(write(STORED))
    assert_array_equal(found.pixels, wanted.pixels)


def test_a_picture_compressed_as_photos_are(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    PillowImage.fromarray(COLOURS[..., 0]).save(buffer, "JPEG", quality=95)
    packed = dataset(COLOURS[..., 0], PixelData=encapsulate([buffer.getvalue()]))
    packed.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dcmwrite(tmp_path / "photo.dcm", packed, enforce_file_format=True)
    counts = read_image(tmp_path / "photo.dcm").counts
    assert counts is not None
    assert np.abs(counts.values.astype(int) - COLOURS[..., 0]).mean() < 4


@pytest.mark.parametrize(
    ("syntax", "sentence"),
    [
        (JPEGLosslessSV1, "run pip install pylibjpeg pylibjpeg-libjpeg"),
        (MPEG2MPML, "are a film or in a form that cannot be read"),
    ],
)
def test_what_nothing_here_unpacks_is_told(
    syntax: Any, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = dataset(STORED, PixelData=encapsulate([b"\0" * 100]))
    packed.file_meta.TransferSyntaxUID = syntax
    dcmwrite(tmp_path / "packed.dcm", packed, enforce_file_format=True)
    monkeypatch.setattr("pydicom.pixels.decoders.base.Decoder.is_available", False)
    assert sentence in refusal(tmp_path / "packed.dcm")


def test_jpeg_2000_asks_for_its_own_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = dataset(STORED, PixelData=encapsulate([b"\0" * 100]))
    packed.file_meta.TransferSyntaxUID = JPEG2000Lossless
    dcmwrite(tmp_path / "packed.dcm", packed, enforce_file_format=True)
    assert "damaged" in refusal(tmp_path / "packed.dcm")
    monkeypatch.setattr("pydicom.pixels.decoders.base.Decoder.is_available", False)
    assert "pylibjpeg-openjpeg" in refusal(tmp_path / "packed.dcm")


def test_a_deflated_file_is_not_unpacked(tmp_path: Path) -> None:
    packed = dataset(STORED)
    packed.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dcmwrite(tmp_path / "packed.dcm", packed, enforce_file_format=True)
    assert "all of this DICOM file is deflated" in refusal(tmp_path / "packed.dcm")


def test_a_header_that_claims_too_much_is_never_decoded(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pydicom.pixels.pixel_array", lambda *_, **__: pytest.fail("decoded"))
    path = write(STORED, Rows=20_000, Columns=20_000)
    assert "20,000 x 20,000 pixels are more than the limit" in refusal(path)


def test_the_magic_counts_where_the_name_says_nothing(write: Write) -> None:
    named, plain = read_image(write(STORED)), read_image(write(STORED, name="IM-0001"))
    assert_array_equal(named.pixels, plain.pixels)


def test_the_name_counts_where_there_is_no_magic(write: Write, tmp_path: Path) -> None:
    bare = dataset(STORED)
    del bare.file_meta
    dcmwrite(tmp_path / "bare.dcm", bare, implicit_vr=True, little_endian=True)
    assert b"DICM" not in (tmp_path / "bare.dcm").read_bytes()
    assert_array_equal(read_image(tmp_path / "bare.dcm").pixels, read_image(write(STORED)).pixels)


@pytest.mark.parametrize("data", [b"Dear diary", b"\0" * 200, b"\0" * 128 + b"DICM" + b"\1" * 60])
def test_what_is_no_dicom(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "scan.dcm").write_bytes(data)
    refusal(tmp_path / "scan.dcm")


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.95])
def test_a_file_cut_short(share: float, write: Write) -> None:
    path = write(STORED)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    refusal(path)


def test_a_file_without_a_picture(write: Write, tmp_path: Path) -> None:
    empty = dataset(STORED)
    del empty.PixelData
    dcmwrite(tmp_path / "report.dcm", empty, enforce_file_format=True)
    assert "holds no picture" in refusal(tmp_path / "report.dcm")


def test_without_the_package_the_sentence_says_what_to_install(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(STORED)
    monkeypatch.setitem(sys.modules, "pydicom", None)
    assert "pip install 'fragscope[dicom]'" in refusal(path)


def test_nothing_of_the_patient_is_kept(write: Write) -> None:
    image = read_image(write(STORED, RescaleSlope=1, RescaleIntercept=0, RescaleType=NAME[:16]))
    assert image.counts is not None
    told = f"{image.notes} {image.name} {image.counts.describe()}"
    for secret in (NAME, NAME[:16], NUMBER, DATE):
        assert secret not in told
    assert image.name == "scan"


def test_a_pasted_picture_has_no_counts() -> None:
    assert image_from_array(COLOURS, "pasted").counts is None


def test_all_windows_of_the_file_are_kept_by_their_names(write: Write) -> None:
    made: dict[str, Any] = {
        "WindowCenter": [40, 300, 10],
        "WindowWidth": [400, 1500, 0],
        "WindowCenterWidthExplanation": ["BRAIN", f" BONE{'x' * 50}"],
    }
    image = read_image(write(STORED, **made))
    assert image.counts is not None
    first, second = image.counts.named
    assert first == ("BRAIN", Window(40, 400, "linear"))
    assert second[1] == Window(300, 1500, "linear")
    assert second[0].startswith("BONE")
    assert len(second[0]) == 40
    assert "BRAIN" not in f"{image.notes} {image.counts.describe()}", "free text is not reported"


@pytest.mark.parametrize(
    ("elements", "unit"),
    [
        ({"Modality": "CT", "RescaleSlope": 1, "RescaleIntercept": -1024}, "HU"),
        ({"Modality": "MR", "RescaleSlope": 1, "RescaleIntercept": -1024}, ""),
        ({"Modality": "CT"}, ""),
        (
            {"Modality": "CT", "RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "US"},
            "",
        ),
    ],
)
def test_a_ct_that_names_no_unit_is_in_hu(
    elements: dict[str, Any], unit: str, write: Write
) -> None:
    counts = read_image(write(STORED, **elements)).counts
    assert counts is not None
    assert counts.unit == unit
