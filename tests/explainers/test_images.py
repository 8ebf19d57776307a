from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from PIL import ExifTags, PngImagePlugin
from PIL import Image as PillowImage

from fragscope_explainers import image_from_array, images, read_image
from fragscope_explainers.counts import SET, Window
from fragscope_explainers.errors import ImageError

HEIGHT, WIDTH = 24, 37
PIXELS = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
WIDE = PIXELS.astype(np.uint16) * 257  # 16-bit counts of the same colours

UPRIGHT: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, 1),
}


def encoded(kind: str, picture: PillowImage.Image | None = None, **options: Any) -> bytes:
    buffer = io.BytesIO()
    (picture or PillowImage.fromarray(PIXELS)).save(buffer, kind, **options)
    return buffer.getvalue()


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG written by hand, for what Pillow cannot write."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def refusal(path: Path) -> str:
    """The error's text: one line that names the file and says what to do."""
    with pytest.raises(ImageError) as caught:
        read_image(path)
    text = str(caught.value)
    assert path.name in text
    assert "\n" not in text
    assert "; " in text
    assert not text.endswith(".")
    return text


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "photo.bin"
        path.write_bytes(data)
        return path

    return write


def test_a_png_keeps_its_pixels_and_says_where_it_came_from(write: Callable[..., Path]) -> None:
    data = encoded("PNG")
    image = read_image(str(write(data)))
    assert_array_equal(image.pixels, PIXELS)
    assert (image.height, image.width) == (HEIGHT, WIDTH)
    assert (image.name, image.notes) == ("photo", ())
    assert image.sha256 == hashlib.sha256(data).hexdigest()
    assert not image.pixels.flags.writeable


# --- what is refused


def test_a_missing_file(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "missing.png")


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)


def test_a_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    assert "cannot be read (Not a directory)" in refusal(tmp_path / "file" / "photo.png")


def test_an_empty_file(write: Callable[..., Path]) -> None:
    assert "the file is empty" in refusal(write(b""))


@pytest.mark.parametrize(
    "data", [b"Dear diary, no pixels today.\n", b"<svg/>", b"%PDF-1.7", b"\x00" * 500]
)
def test_what_is_no_picture(data: bytes, write: Callable[..., Path]) -> None:
    assert "not a picture that can be read" in refusal(write(data))


@pytest.mark.parametrize("kind", ["EPS", "ICO", "PDF"])
def test_formats_off_the_list_never_open(kind: str, write: Callable[..., Path]) -> None:
    assert "not a picture that can be read" in refusal(write(encoded(kind)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_cut_short(kind: str, share: float, write: Callable[..., Path]) -> None:
    data = encoded(kind)
    refusal(write(data[: int(len(data) * share)]))


def test_a_picture_of_one_pixel(write: Callable[..., Path]) -> None:
    dot = PillowImage.new("RGB", (1, 1))
    assert "1 x 1 pixels are too few" in refusal(write(encoded("PNG", dot)))


@pytest.mark.parametrize(
    ("width", "height", "text"),
    [
        (30_000, 30_000, "has more than 150,000,000 pixels"),
        (15_000, 10_001, "15,000 x 10,001 pixels are more than the limit of 150,000,000"),
    ],
)
def test_a_header_that_claims_too_much_is_never_decoded(
    width: int,
    height: int,
    text: str,
    write: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", lambda self: pytest.fail("decoded"))
    assert text in refusal(write(png(width, height, 8, 2, b"")))


def test_memory_that_runs_out(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def load(self: object) -> None:
        raise MemoryError

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", load)
    assert "not enough memory" in refusal(write(encoded("PNG")))


@pytest.mark.parametrize("error", [RuntimeError, struct.error, KeyError, OSError, EOFError])
def test_whatever_a_decoder_raises(
    error: type[Exception], write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(self: object) -> None:
        raise error("bad block")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", load)
    assert "the picture is damaged or cut short" in refusal(write(encoded("PNG")))


def test_values_that_are_not_finite(write: Callable[..., Path]) -> None:
    values = np.full((HEIGHT, WIDTH), np.nan, dtype=np.float32)
    assert "not finite" in refusal(write(encoded("TIFF", PillowImage.fromarray(values))))


def test_formats_that_this_pillow_lacks_are_passed_over(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "FORMATS", ("PNG", "FORMAT-OF-TOMORROW"))
    assert "not a picture that can be read" in refusal(write(encoded("JPEG")))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(data=st.data(), kind=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "BMP", "PPM"]))
def test_damage_never_raises_anything_else(
    data: st.DataObject, kind: str, write: Callable[..., Path]
) -> None:
    damaged = bytearray(encoded(kind))
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=8)):
        damaged[place] = data.draw(st.integers(0, 255))
    path = write(bytes(damaged[: data.draw(st.integers(1, len(damaged)))]))
    try:
        pixels = read_image(path).pixels
    except ImageError:
        return
    assert pixels.dtype == np.uint8
    assert pixels.shape[2] == 3


# --- what is converted


def test_a_very_wide_picture(write: Callable[..., Path]) -> None:
    wide = PillowImage.new("RGB", (30_000, 64), (10, 20, 30))
    assert read_image(write(encoded("PNG", wide))).pixels.shape == (64, 30_000, 3)


def test_cmyk_is_converted(write: Callable[..., Path]) -> None:
    cyan = PillowImage.new("CMYK", (WIDTH, HEIGHT), (255, 0, 0, 0))
    image = read_image(write(encoded("JPEG", cyan)))
    assert image.notes == ("converted from CMYK",)
    assert np.abs(image.pixels.astype(int) - (0, 255, 255)).max() <= 2


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_grey_of_16_bits_is_scaled_by_its_range(kind: str, write: Callable[..., Path]) -> None:
    dark = WIDE[..., 0] // 4
    image = read_image(write(encoded(kind, PillowImage.fromarray(dark))))
    assert_array_equal(image.pixels[..., 1], np.rint(dark / 16383 * 255))
    assert image.counts is not None
    assert_array_equal(image.counts.values, dark)
    assert image.counts.values.dtype == np.uint16
    assert image.counts.window == Window(8191.5, 16383)
    assert image.counts.source == "14 bits, by its greatest count"
    assert image.notes == (image.counts.note,)


def test_grey_of_floats_is_scaled_between_its_extremes(write: Callable[..., Path]) -> None:
    values = np.linspace(-3, 5, HEIGHT * WIDTH, dtype=np.float32).reshape(HEIGHT, WIDTH)
    pixels = read_image(write(encoded("TIFF", PillowImage.fromarray(values)))).pixels
    assert_array_equal(pixels[..., 0], np.rint((values.astype(np.float64) + 3) / 8 * 255))


def test_a_flat_float_picture_is_black(write: Callable[..., Path]) -> None:
    flat = PillowImage.fromarray(np.full((HEIGHT, WIDTH), 0.7, dtype=np.float32))
    assert not read_image(write(encoded("TIFF", flat))).pixels.any()


def wide_png(values: NDArray[np.uint16], colour: int) -> bytes:
    """A PNG of 16 bits a colour: 2 for R, G, B, 6 with alpha, 4 for grey with alpha."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(values.shape[1], values.shape[0], 16, colour, rows)


@pytest.mark.parametrize("colour", [2, 6])
def test_colour_png_of_16_bits_keeps_all_of_them(colour: int, write: Callable[..., Path]) -> None:
    values = np.random.default_rng(5).integers(0, 65536, (HEIGHT, WIDTH, 4), dtype=np.uint16)
    values[..., 3] = 65535
    image = read_image(write(wide_png(values[..., : 3 if colour == 2 else 4], colour)))
    assert image.counts is not None
    assert_array_equal(image.counts.values, values[..., :3])
    assert_array_equal(image.pixels, np.rint(values[..., :3] / 257))
    assert (image.alpha, image.notes) == (None, (image.counts.note,))


def clear_half() -> NDArray[np.uint16]:
    """Opaque on the left, half so on the right."""
    alpha = np.full((HEIGHT, WIDTH), 65535, np.uint16)
    alpha[:, WIDTH // 2 :] = 0x80FF
    return alpha


@pytest.mark.parametrize("colour", [4, 6])
def test_png_of_16_bits_with_alpha_keeps_all_of_them(
    colour: int, write: Callable[..., Path]
) -> None:
    values = np.random.default_rng(5).integers(0, 65536, (HEIGHT, WIDTH, 4), dtype=np.uint16)
    kept = values[..., 1] if colour == 4 else values[..., :3]
    alpha = clear_half()
    image = read_image(write(wide_png(np.dstack([kept, alpha]), colour)))
    assert image.counts is not None
    assert_array_equal(image.counts.values, kept)
    assert_array_equal(image.alpha, alpha >> 8)
    assert image.notes == ("transparency laid on white", image.counts.note)
    shares = (alpha >> 8)[..., None] / 255
    wanted = 255 - (255 - kept.reshape(HEIGHT, WIDTH, -1) / 257) * shares
    assert np.abs(image.pixels - wanted).max() <= 1


@pytest.mark.parametrize("colour", [0, 2])
def test_a_transparent_colour_of_16_bits(colour: int, write: Callable[..., Path]) -> None:
    values = np.full((HEIGHT, WIDTH, 1 if colour == 0 else 3), 0x1234, np.uint16)
    values[:3] = 0x1235
    values[0, 0] = 65535
    key = np.full(values.shape[2], 0x1235, ">u2").tobytes()
    chunk = b"tRNS" + key
    told = struct.pack(">I", len(key)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    data = wide_png(values, colour)
    image = read_image(write(data[:33] + told + data[33:]))
    assert image.counts is not None
    assert_array_equal(image.counts.values, values[..., 0] if colour == 0 else values)
    assert_array_equal(image.alpha, np.where((values == 0x1235).all(2), 0, 255))
    assert (image.pixels[1] == 255).all()


def test_another_window_leaves_what_is_clear_white(write: Callable[..., Path]) -> None:
    values = np.random.default_rng(5).integers(0, 65536, (HEIGHT, WIDTH, 4), dtype=np.uint16)
    values[:, 4:, 3] = 0
    image = read_image(write(wide_png(values, 6))).through(Window(100, 50))
    assert (image.pixels[:, 4:] == 255).all()
    assert image.counts is not None
    assert (image.counts.reduced(8).pixels()[:, -1] == 255).all()


def test_a_turned_png_of_16_bits_is_upright(write: Callable[..., Path]) -> None:
    exif = PillowImage.Exif()
    exif[ExifTags.Base.Orientation] = 6
    body = exif.tobytes().removeprefix(b"Exif\0\0")
    data = wide_png(WIDE, 2)
    chunk = b"eXIf" + body
    told = struct.pack(">I", len(body)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    image = read_image(write(data[:33] + told + data[33:]))
    assert image.counts is not None
    assert_array_equal(image.counts.values, np.rot90(WIDE, -1))
    assert image.notes[0] == "turned upright from EXIF"


def test_a_png_of_16_bits_that_is_cut_short_is_told(write: Callable[..., Path]) -> None:
    noise = np.random.default_rng(5).integers(0, 65536, (HEIGHT, WIDTH, 3), dtype=np.uint16)
    assert "cut short" in refusal(write(wide_png(noise, 2)[:600]))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"byteorder": ">"},
        {"compression": "zlib"},
        {"compression": "zlib", "predictor": True},
        {"compression": "zlib", "byteorder": ">"},
        {"compression": "zlib", "tile": (16, 16)},
    ],
)
def test_colour_tiff_of_16_bits(options: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    values = np.random.default_rng(5).integers(0, 65536, WIDE.shape, dtype=np.uint16)
    tifffile.imwrite(path, values, photometric="rgb", **options)
    image = read_image(path)
    assert image.counts is not None
    assert_array_equal(image.counts.values, values)
    assert_array_equal(image.pixels, np.rint(values / 257))


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_colour_tiff_of_16_bits_with_alpha(compression: str | None, tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    values = np.random.default_rng(5).integers(0, 65536, WIDE.shape, dtype=np.uint16)
    both = np.dstack([values, clear_half()])
    tifffile.imwrite(
        path, both, photometric="rgb", extrasamples=["unassalpha"], compression=compression
    )
    image = read_image(path)
    assert image.counts is not None
    assert_array_equal(image.counts.values, values)
    assert_array_equal(image.alpha, clear_half() >> 8)


def test_a_turned_tiff_of_16_bits_that_is_packed_is_upright(tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    turned = [(274, "H", 1, 6, True)]
    tifffile.imwrite(path, WIDE, photometric="rgb", compression="zlib", extratags=turned)
    image = read_image(path)
    assert image.counts is not None
    assert_array_equal(image.counts.values, np.rot90(WIDE, -1))


def test_packed_planes_of_16_bits_are_read_with_8_and_say_so(tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    planes = WIDE.transpose(2, 0, 1)
    tifffile.imwrite(path, planes, photometric="rgb", planarconfig="separate", compression="zlib")
    image = read_image(path)
    assert_array_equal(image.pixels, PIXELS)
    assert image.notes == ("16-bit colours read as 8 bits",)


def test_separate_planes_of_8_bits(tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    planes = PIXELS.transpose(2, 0, 1)
    tifffile.imwrite(path, planes, photometric="rgb", planarconfig="separate")
    assert_array_equal(read_image(path).pixels, PIXELS)


def test_separate_planes_of_16_bits(tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    planes = WIDE.transpose(2, 0, 1)
    tifffile.imwrite(path, planes, photometric="rgb", planarconfig="separate")
    image = read_image(path)
    assert_array_equal(image.pixels, PIXELS)
    assert image.counts is not None
    assert_array_equal(image.counts.values, WIDE)


def test_four_separate_planes_of_16_bits_are_refused_rather_than_misread(tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    planes = np.concatenate([WIDE, WIDE[..., :1]], axis=2).transpose(2, 0, 1)
    tifffile.imwrite(path, planes, photometric="rgb", planarconfig="separate")
    assert "separate 16-bit planes of other than three colours" in refusal(path)


def test_a_palette_is_resolved(write: Callable[..., Path]) -> None:
    palette = PillowImage.fromarray(PIXELS).quantize(16)
    image = read_image(write(encoded("PNG", palette)))
    assert_array_equal(image.pixels, np.asarray(palette.convert("RGB")))
    assert image.notes == ()


def test_a_transparent_palette_entry_becomes_white(write: Callable[..., Path]) -> None:
    palette = PillowImage.fromarray(PIXELS).quantize(16)
    clear = np.asarray(palette) == 3
    image = read_image(write(encoded("PNG", palette, transparency=3)))
    wanted = np.where(clear[..., None], 255, np.asarray(palette.convert("RGB")))
    assert_array_equal(image.pixels, wanted)
    assert_array_equal(image.alpha, np.where(clear, 0, 255))
    assert image.notes == ("transparency laid on white",)


def test_alpha_mixes_with_white(write: Callable[..., Path]) -> None:
    alpha = np.linspace(0, 255, HEIGHT * WIDTH).round().astype(np.uint8).reshape(HEIGHT, WIDTH, 1)
    rgba = PillowImage.fromarray(np.concatenate([PIXELS, alpha], axis=2))
    image = read_image(write(encoded("PNG", rgba)))
    wanted = 255 + (PIXELS.astype(float) - 255) * (alpha / 255)
    assert np.abs(image.pixels - wanted).max() <= 1
    assert image.notes == ("transparency laid on white",)
    assert image.alpha is not None
    assert_array_equal(image.alpha, alpha[..., 0])
    assert not image.alpha.flags.writeable


def test_an_alpha_channel_that_hides_nothing_is_left_out(write: Callable[..., Path]) -> None:
    image = read_image(write(encoded("PNG", PillowImage.fromarray(PIXELS).convert("RGBA"))))
    assert_array_equal(image.pixels, PIXELS)
    assert (image.alpha, image.notes) == (None, ())


def test_alpha_is_turned_upright_with_the_colours(write: Callable[..., Path]) -> None:
    exif = PillowImage.Exif()
    exif[ExifTags.Base.Orientation] = 6
    rgba = PillowImage.fromarray(np.concatenate([PIXELS, PIXELS[..., :1]], axis=2))
    image = read_image(write(encoded("PNG", rgba, exif=exif)))
    assert_array_equal(image.alpha, np.rot90(PIXELS[..., 0], -1))


# --- counts and windows


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_window_decides_which_counts_are_black_and_white(
    kind: str, write: Callable[..., Path]
) -> None:
    path = write(encoded(kind, PillowImage.fromarray(WIDE[..., 0])))
    image = read_image(path, Window(10_000, 4_000))
    wide = WIDE[..., 0].astype(float)
    assert_array_equal(image.pixels[..., 0], np.rint(np.clip((wide - 8_000) / 4_000, 0, 1) * 255))
    assert image.counts is not None
    assert image.counts.source == SET
    assert "at 10,000, 4,000 wide (set by you)" in image.notes[-1]


def test_another_window_needs_no_other_look_at_the_file(write: Callable[..., Path]) -> None:
    path = write(encoded("PNG", PillowImage.fromarray(WIDE[..., 0])))
    first, window = read_image(path), Window(10_000, 4_000)
    path.unlink()
    found = first.through(window)
    path.write_bytes(encoded("PNG", PillowImage.fromarray(WIDE[..., 0])))
    again = read_image(path, window)
    assert_array_equal(found.pixels, again.pixels)
    assert (found.notes, found.sha256, found.path) == (again.notes, first.sha256, path)
    assert (first.pixels != found.pixels).any()


def test_the_window_as_read_comes_back(write: Callable[..., Path]) -> None:
    first = read_image(write(encoded("PNG", PillowImage.fromarray(WIDE[..., 0]))))
    set_twice = first.through(Window(10_000, 4_000)).through(Window(9, 9))
    assert (first.window, set_twice.window) == (None, Window(9, 9))
    back = set_twice.through(None)
    assert back.window is None
    assert_array_equal(back.pixels, first.pixels)
    assert back.notes == first.notes
    assert first.through(None) is first


def test_a_picture_of_8_bits_says_that_a_window_does_nothing(write: Callable[..., Path]) -> None:
    image = read_image(write(encoded("PNG")), Window(10, 4))
    assert_array_equal(image.pixels, PIXELS)
    assert image.notes == ("8 bits a colour, so the window is not used",)
    assert image.through(Window(1, 1)) is image


@pytest.mark.parametrize("dtype", ["i2", "u4", "f2", "f8", "u2"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_tiff_of_any_number_keeps_its_counts_upright(
    dtype: str, orientation: int, tmp_path: Path
) -> None:
    counts = (WIDE[..., 0] // 4).astype(dtype)
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, counts, extratags=[(274, "H", 1, orientation, True)])
    image = read_image(path)
    assert image.counts is not None
    assert image.counts.values.dtype == np.dtype(dtype)
    assert_array_equal(image.counts.values, UPRIGHT[orientation](counts))
    assert ("turned upright from EXIF" in image.notes) == (orientation == 6)


def test_tiff_whose_least_count_is_white_is_inverted(tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, WIDE[..., 0], photometric="miniswhite")
    image = read_image(path)
    assert_array_equal(image.pixels[..., 0], 255 - PIXELS[..., 0])
    assert_array_equal(image.through(Window(32767.5, 65535)).pixels, image.pixels)


def test_the_first_of_several_wide_pages_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, np.stack([WIDE[..., 0], WIDE[..., 1]]), photometric="minisblack")
    image = read_image(path)
    assert image.notes[0] == "first of 2 frames"
    assert_array_equal(image.pixels[..., 0], PIXELS[..., 0])


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_wide_tiff_cut_short(share: float, tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, WIDE, photometric="rgb")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    refusal(path)


def test_a_wide_tiff_that_claims_too_much_is_never_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, np.zeros((20, 20)))
    monkeypatch.setattr(tifffile.TiffPage, "asarray", lambda self: pytest.fail("decoded"))
    monkeypatch.setattr("fragscope_explainers.picture_size.MAX_PIXELS", 399)
    assert "20 x 20 pixels are more than the limit" in refusal(path)


@pytest.mark.parametrize("make", [np.array, lambda v: v.astype(np.float64)])
def test_counts_that_are_not_finite_are_refused(make: Callable[..., Any], tmp_path: Path) -> None:
    values = np.full((HEIGHT, WIDTH), np.inf, dtype=np.float32)
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, make(values))
    assert "not finite" in refusal(path)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "TIFF", "WEBP"])
def test_the_first_frame_is_taken(kind: str, write: Callable[..., Path]) -> None:
    first = PillowImage.new("RGB", (WIDTH, HEIGHT), (200, 0, 0))
    others = [PillowImage.new("RGB", (WIDTH, HEIGHT), (0, shade, 0)) for shade in (90, 180)]
    image = read_image(write(encoded(kind, first, save_all=True, append_images=others)))
    assert np.abs(image.pixels.astype(int) - (200, 0, 0)).max() <= 6
    assert image.notes == ("first of 3 frames",)


def test_a_stereo_jpeg_is_one_picture(write: Callable[..., Path]) -> None:
    other = PillowImage.new("RGB", (WIDTH, HEIGHT))
    image = read_image(write(encoded("MPO", save_all=True, append_images=[other])))
    assert_array_equal(image.pixels, read_image(write(encoded("JPEG"))).pixels)
    assert image.notes == ()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_turns_the_picture_upright(
    kind: str, orientation: int, write: Callable[..., Path]
) -> None:
    exif = PillowImage.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = read_image(write(encoded(kind))).pixels
    image = read_image(write(encoded(kind, exif=exif)))
    assert_array_equal(image.pixels, UPRIGHT[orientation](stored))
    assert image.notes == (("turned upright from EXIF",) if orientation > 1 else ())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "LAB", "I", "F"])
def test_every_mode_becomes_rgb(mode: str, write: Callable[..., Path]) -> None:
    picture = PillowImage.new(mode, (WIDTH, HEIGHT))
    assert read_image(write(encoded("TIFF", picture))).pixels.shape == (HEIGHT, WIDTH, 3)


# --- pasted pictures


def test_an_array_is_copied_and_frozen() -> None:
    source = PIXELS.copy()
    image = image_from_array(source, "pasted")
    source[:] = 0
    assert_array_equal(image.pixels, PIXELS)
    assert not image.pixels.flags.writeable
    assert image.path is None
    assert image.sha256 == hashlib.sha256(PIXELS.tobytes()).hexdigest()


@pytest.mark.parametrize(
    ("pixels", "text"),
    [
        (PIXELS[..., 0], r"got uint8 of shape \(24, 37\)"),
        (PIXELS.astype(np.float32), r"got float32 of shape \(24, 37, 3\)"),
        (np.zeros((HEIGHT, WIDTH, 4), np.uint8), r"got uint8 of shape \(24, 37, 4\)"),
        (PIXELS[:7], "37 x 7 pixels are too few"),
    ],
)
def test_other_arrays_are_refused(pixels: NDArray[Any], text: str) -> None:
    with pytest.raises(ImageError, match=f"^pasted: .*{text}"):
        image_from_array(pixels, "pasted")
