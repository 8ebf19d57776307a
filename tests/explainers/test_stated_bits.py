"""Files of more bits than are read say so, whatever their format."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL import features

from fragscope_explainers.images import read_image
from fragscope_explainers.stated_bits import stated_bits

COLOURS = np.random.default_rng(0).integers(0, 256, (24, 37, 3), dtype=np.uint8)


def written(kind: str) -> bytes:
    stream = io.BytesIO()
    PillowImage.fromarray(COLOURS).save(stream, kind)
    return stream.getvalue()


def bits(data: bytes, kind: str) -> int:
    with PillowImage.open(io.BytesIO(written(kind))) as opened:
        return stated_bits(data, opened)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "PPM", "JPEG2000", "AVIF"])
def test_usual_files_have_8(kind: str) -> None:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    assert bits(written(kind), kind) == 8


@pytest.mark.parametrize("greatest", [1023, 65535])
def test_ppm_of_more_bits_is_told(greatest: int, tmp_path: Path) -> None:
    values = (COLOURS.astype(np.uint16) * (greatest // 255)).astype(">u2")
    path = tmp_path / "wide.ppm"
    path.write_bytes(f"P6\n37 24\n{greatest}\n".encode() + values.tobytes())
    image = read_image(path)
    assert image.notes == (f"{greatest.bit_length()}-bit colours read as 8 bits",)


def test_jpeg_2000_tells_its_depth() -> None:
    data = written("JPEG2000")
    place = data.index(b"\xff\x4f\xff\x51") + 42
    assert data[place] == 7
    assert bits(data[:place] + b"\x0f" + data[place + 1 :], "JPEG2000") == 16
    assert bits(data[: place - 1], "JPEG2000") == 8


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
@pytest.mark.parametrize(("flags", "wanted"), [(0x40, 10), (0x60, 12)])
def test_avif_tells_its_depth(flags: int, wanted: int) -> None:
    data = bytearray(written("AVIF"))
    data[data.index(b"av1C") + 6] |= flags
    assert bits(bytes(data), "AVIF") == wanted
