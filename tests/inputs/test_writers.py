"""Every format that is written: its own library reads it back; notes name what is lost."""

from __future__ import annotations

import os
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad
from convcli.errors import ConvError
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.files.writers import ALONE_WRITERS, pictures
from convcli.inputs.files.writers.request import Origin, WriteRequest
from convcli.inputs.files.writers.volume_axes import affine_of_windows
from convcli.inputs.text.pixel_maps import PixelMap

Array = Any


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(path: str, array: Array, **details: Any) -> list[str]:
    """Write the array, and return the notes."""
    said: list[str] = []
    suffix = path[path.index(".") :]
    writer = ALONE_WRITERS[suffix]
    if writer.package:
        pytest.importorskip(writer.package)
    arrays = array if isinstance(array, dict) else {"output": array}
    request = WriteRequest(path, suffix, arrays, note=said.append, **details)
    writer.check(request)
    Path(path).write_bytes(b"".join(bytes(chunk) for chunk in writer.write(request)))
    return said


def numbers(*shape: int, dtype: Any = np.uint8, most: int = 255) -> Array:
    return np.random.default_rng(0).integers(0, most + 1, shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["int64", "float32", "complex64", "uint8", "bool"])
@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors"])
def test_formats_of_arrays_keep_everything(suffix: str, dtype: str) -> None:
    array = numbers(2, 3, 4).astype(dtype)
    try:
        assert written(f"y{suffix}", array) == []
    except ConvError as error:
        if "complex" not in dtype or error.code != "output.dtype":
            raise
        pytest.skip("this version of safetensors has no complex numbers")
    if dtype != "bool":
        back = read_array(f"y{suffix}", "X", 2)
        assert back.dtype == array.dtype
        assert np.array_equal(back, array)


def test_safetensors_are_read_by_their_own_library() -> None:
    arrays = {"0.weight": numbers(2, 3), "0.bias": np.arange(2.0)}
    written("w.safetensors", arrays)
    from safetensors.numpy import load_file

    back = load_file("w.safetensors")
    assert back.keys() == arrays.keys()
    assert all(np.array_equal(back[name], arrays[name]) for name in arrays)


@pytest.mark.parametrize("dtype", ["int64", "float16", "float32", "float64"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".json"])
def test_texts_lose_no_digit(suffix: str, dtype: str) -> None:
    array = np.random.default_rng(1).normal(size=(3, 4)).astype(dtype)
    assert written(f"y{suffix}", array) == []
    back = read_array(f"y{suffix}", "X", 2)
    assert np.array_equal(back.astype(dtype), array)


PICTURES = {
    ".png": (1, 2, 3, 4), ".tif": (1, 2, 3, 4), ".tiff": (1, 3), ".bmp": (1, 3), ".webp": (3, 4),
    ".gif": (1,), ".pgm": (1,), ".ppm": (3,), ".pnm": (1, 3),
}  # fmt: skip


@pytest.mark.parametrize(
    ("suffix", "channels"), [(s, c) for s, counts in PICTURES.items() for c in counts]
)
def test_pillow_reads_the_same_pixels(suffix: str, channels: int) -> None:
    image = pytest.importorskip("PIL.Image")
    array = numbers(channels, 5, 7)
    assert written(f"y{suffix}", array.astype(np.int64)) == []
    with image.open(f"y{suffix}") as picture:
        pixels = np.asarray(picture.convert("L") if suffix == ".gif" else picture)
    assert np.array_equal(pixels, array[0] if channels == 1 else np.moveaxis(array, 0, -1))


@pytest.mark.parametrize("suffix", [".png", ".tif", ".pgm"])
@pytest.mark.parametrize("source", [None, SourceMetadata(".png", bits=16)])
def test_sixteen_bits_stay_sixteen_bits(suffix: str, source: SourceMetadata | None) -> None:
    image = pytest.importorskip("PIL.Image")
    array = numbers(5, 7, dtype=np.uint16, most=65535)
    origin = Origin(2, source, np.dtype(np.uint16 if source is None else np.int64))
    assert written(f"y{suffix}", array.astype(np.int64), origin=origin) == []
    with image.open(f"y{suffix}") as picture:
        assert np.array_equal(np.asarray(picture), array)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_of_sixteen_bits_and_colours(channels: int) -> None:
    """pillow reads the higher byte of each colour; the lower one is read by hand."""
    image = pytest.importorskip("PIL.Image")
    import zlib

    array = numbers(channels, 5, 7, dtype=np.uint16, most=65535)
    written("y.png", array, origin=Origin(2, None, array.dtype))
    data = Path("y.png").read_bytes()
    start = data.index(b"IDAT")
    size = int.from_bytes(data[start - 4 : start], "big")
    rows = np.frombuffer(zlib.decompress(data[start + 4 : start + 4 + size]), np.uint8)
    rows = rows.reshape(5, 1 + 7 * channels * 2)
    assert not rows[:, 0].any()
    samples = rows[:, 1:].copy().view(">u2").reshape(5, 7, channels)
    assert np.array_equal(np.moveaxis(samples, -1, 0), array)
    with image.open("y.png") as picture:
        picture.load()
        assert picture.size == (7, 5)
        if channels in (3, 4):
            assert np.array_equal(np.moveaxis(np.asarray(picture), -1, 0), array >> 8)


def test_ppm_of_sixteen_bits() -> None:
    array = numbers(3, 5, 7, dtype=np.uint16, most=65535)
    written("y.ppm", array, origin=Origin(2, None, array.dtype))
    header, samples = Path("y.ppm").read_bytes().split(b"65535\n", 1)
    assert header == b"P6\n7 5\n"
    back = np.frombuffer(samples, ">u2").reshape(5, 7, 3)
    assert np.array_equal(np.moveaxis(back, -1, 0), array)


def test_what_is_clipped_rounded_and_unknown_is_counted() -> None:
    image = pytest.importorskip("PIL.Image")
    array = np.array([[-5, -0.4, 0.5, 1.5, 254.9, 255, 300, np.nan, np.inf, -np.inf]])
    (note,) = written("y.png", array)
    assert "of 10 values (-5..300 where finite)" in note
    assert "2 below 0 became 0" in note
    assert "2 above 255 became 255" in note
    assert "4 were rounded" in note
    assert "1 is NaN and became 0" in note
    assert "--map linear" in note
    with image.open("y.png") as picture:
        assert np.asarray(picture).tolist() == [[0, 0, 0, 2, 255, 255, 255, 0, 255, 0]]


@pytest.mark.parametrize(
    ("kind", "pixels", "note"),
    [
        ("clip", [0, 0, 0, 51, 102], "2 below 0"),
        ("linear", [0, 85, 170, 212, 255], "-204 is 0 and 102 is 255"),
        ("absolute", [255, 128, 0, 64, 128], "204 and -204 are 255"),
        ("signed", [1, 64, 128, 160, 192], "-204 is 1, 0 is 128 and 204 is 255"),
    ],
)
@pytest.mark.parametrize("dtype", ["int64", "float32", "float16"])
def test_the_maps(kind: str, pixels: list[int], note: str, dtype: str) -> None:
    image = pytest.importorskip("PIL.Image")
    array = np.array([[-204, -102, 0, 51, 102]], dtype)
    (said,) = written("y.png", array, mapping=PixelMap(kind))
    assert note in said
    with image.open("y.png") as picture:
        assert np.abs(np.asarray(picture).astype(int) - pixels).max() <= (kind == "signed")


def test_signed_has_zero_in_the_middle_and_is_symmetric() -> None:
    image = pytest.importorskip("PIL.Image")
    values = np.random.default_rng(2).normal(size=(9, 9))
    both = np.concatenate([values, -values, np.zeros((1, 9))])
    for white, middle in ((255, 128), (65535, 32768)):
        written("y.png", both, mapping=PixelMap("signed", white))
        with image.open("y.png") as picture:
            pixels = np.asarray(picture).astype(int) - middle
        assert not pixels[-1].any()
        assert np.array_equal(pixels[:9], -pixels[9:18])
        assert pixels.max() == white - middle


@pytest.mark.parametrize("value", [0, 7, np.nan])
@pytest.mark.parametrize("kind", ["linear", "absolute", "signed"])
def test_maps_of_a_constant(kind: str, value: float) -> None:
    image = pytest.importorskip("PIL.Image")
    assert written("y.png", np.full((2, 2), value), mapping=PixelMap(kind))
    with image.open("y.png") as picture:
        assert len(np.unique(np.asarray(picture))) == 1


def test_the_opacity_is_not_stretched() -> None:
    image = pytest.importorskip("PIL.Image")
    array = np.stack([*np.arange(27).reshape(3, 3, 3), np.full((3, 3), 200)])
    written("y.png", array, mapping=PixelMap("linear"))
    with image.open("y.png") as picture:
        pixels = np.asarray(picture)
    assert (pixels[..., 3] == 200).all()
    assert (pixels[..., :3].min(), pixels[..., :3].max()) == (0, 255)


def test_a_scale_of_sixteen_bits_is_divided_for_eight() -> None:
    image = pytest.importorskip("PIL.Image")
    array = np.array([[0, 257, 65535]], np.uint16)
    notes = written("y.bmp", array, origin=Origin(2, None, array.dtype))
    assert notes == ["y.bmp: a .bmp file has 8 bits: the numbers are divided by 257"]
    with image.open("y.bmp") as picture:
        assert np.asarray(picture).tolist() == [[0, 1, 255]]


def test_jpeg_says_that_it_is_lossy() -> None:
    image = pytest.importorskip("PIL.Image")
    y, x = np.mgrid[:16, :16]
    (note,) = written("y.jpg", x * 8 + y * 4)
    assert "lossy" in note
    with image.open("y.jpg") as picture:
        assert np.abs(np.asarray(picture).astype(int) - (x * 8 + y * 4)).max() < 4


@pytest.mark.parametrize(
    ("shape", "rank", "pages", "mode"),
    [
        ((6, 5, 7), 3, 6, "L"),  # depths
        ((1, 6, 5, 7), 3, 6, "L"),
        ((3, 6, 5, 7), 3, 6, "RGB"),
        ((4, 3, 5, 7), 2, 4, "RGB"),  # examples
        ((4, 1, 5, 7), 2, 4, "L"),
        ((8, 5, 7), 2, 8, "L"),  # feature maps
        ((2, 8, 5, 7), 2, 16, "L"),
    ],
)
def test_stacks_are_pages(shape: tuple[int, ...], rank: int, pages: int, mode: str) -> None:
    image = pytest.importorskip("PIL.Image")
    array = numbers(*shape)
    notes = written("y.tif", array, origin=Origin(rank))
    assert bool(notes) == (8 in shape)
    with image.open("y.tif") as picture:
        assert (picture.n_frames, picture.mode) == (pages, mode)
        read = []
        for page in range(pages):
            picture.seek(page)
            read.append(np.asarray(picture))
    stacked = np.stack(read)
    if mode == "RGB":
        stacked = np.moveaxis(stacked, -1, 0 if rank == 3 else 1)
    assert np.array_equal(stacked.reshape(shape), array)


def floats_and_deep() -> dict[str, Array]:
    floats = np.random.default_rng(3).normal(size=(3, 5, 7)).astype(np.float32)
    return {"y.tif": floats, "z.tif": numbers(3, 5, 7, dtype=np.uint16, most=65535)}


def test_tiff_has_floats_and_deep_colours_in_pages_without_tifffile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image = pytest.importorskip("PIL.Image")
    monkeypatch.setattr(pictures, "has_tifffile", lambda: False)
    for path, array in floats_and_deep().items():
        (note,) = written(path, array, origin=Origin(2, None, array.dtype))
        assert "each of the 3 channels is a page: 3 pages; pip install" in note
        with image.open(path) as picture:
            for page, plane in enumerate(array):
                picture.seek(page)
                assert np.array_equal(np.asarray(picture), plane)


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_tiff_of_floats_and_deep_colours_by_tifffile(channels: int) -> None:
    tifffile = pytest.importorskip("tifffile")
    for path, array in floats_and_deep().items():
        planes = np.concatenate([array, array])[:channels]
        assert written(path, planes, origin=Origin(2, None, array.dtype)) == []
        back = tifffile.imread(path)
        assert np.array_equal(np.moveaxis(back, -1, 0), planes)
        assert np.array_equal(read_array(path, "X", 2), planes)
        stack = np.stack([planes, planes[:, ::-1]])
        written(path, stack, origin=Origin(2, None, array.dtype))
        assert np.array_equal(read_array(f"{path}:all", "X", 2), stack)


def test_tiff_rounds_to_float32_and_says_so() -> None:
    (note,) = written("w.tif", np.array([[0.1, 0.5]]))
    assert "1 of 2 values was rounded to float32" in note


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_wav_is_read_by_the_standard_library(bits: int, channels: int) -> None:
    lowest, beyond = (0, 256) if bits == 8 else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    array = np.random.default_rng(4).integers(lowest, beyond, (channels, 50))
    array[0, :2] = lowest, beyond - 1
    source = SourceMetadata(".wav", bits=bits, rate=8000)
    assert written("y.wav", array, origin=Origin(1, source)) == []
    with wave.open("y.wav") as file:
        assert (file.getnchannels(), file.getsampwidth() * 8) == (channels, bits)
        assert (file.getframerate(), file.getnframes()) == (8000, 50)
        raw = np.frombuffer(file.readframes(50), np.uint8).reshape(50, channels, bits // 8)
    if bits == 8:
        assert np.array_equal(raw[..., 0].T, array)
        return
    padded = np.zeros((50, channels, 4), np.uint8)
    padded[..., 4 - bits // 8 :] = raw
    assert np.array_equal(padded.view("<i4")[..., 0].T >> (32 - bits), array)


@pytest.mark.parametrize("bits", [32, 64])
def test_wav_of_floats(bits: int) -> None:
    array = np.random.default_rng(5).normal(size=(2, 9)).astype(f"float{bits}")
    source = SourceMetadata(".wav", bits=bits, is_float=True, rate=48000)
    assert written("y.wav", array, origin=Origin(1, source)) == []
    data = Path("y.wav").read_bytes()
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    scipy = pytest.importorskip("scipy.io.wavfile", reason="scipy reads floats")
    rate, samples = scipy.read("y.wav")
    assert rate == 48000
    assert np.array_equal(samples.T, array)


@pytest.mark.parametrize(
    ("stride", "transposed", "rate", "words"),
    [
        (1, False, 44100, ""),
        (2, False, 22050, "44100/2 = 22050"),
        (2, True, 88200, "44100*2 = 88200"),
        (8, False, 5512, "44100/8 = 5512.5 a second, rounded to 5512"),
    ],
)
def test_the_rate_follows_the_stride(stride: int, transposed: bool, rate: int, words: str) -> None:
    source = SourceMetadata(".wav", bits=16, rate=44100)
    axes = (Axis(1, stride=stride),)
    notes = written("y.wav", np.arange(9), origin=Origin(1, source, None, axes, transposed))
    assert words in "".join(notes)
    assert bool(notes) == bool(words)
    with wave.open("y.wav") as file:
        assert file.getframerate() == rate


def test_a_sample_that_is_unknown_is_silent() -> None:
    source = SourceMetadata(".wav", bits=8, rate=8000)
    (note,) = written("y.wav", np.array([np.nan, 200.0]), origin=Origin(1, source))
    assert "of 2 samples 1 is NaN and became 128" in note
    with wave.open("y.wav") as file:
        assert list(file.readframes(2)) == [128, 200]


def test_sound_that_does_not_fit_is_counted() -> None:
    array = np.array([0.5, 40000, -40000, np.nan, 3])
    source = SourceMetadata(".wav", bits=16, rate=8000)
    (note,) = written("y.wav", array, origin=Origin(1, source))
    assert (
        "of 5 samples 2 were clipped to -32768..32767, 1 was rounded, 1 is NaN and became 0" in note
    )
    with wave.open("y.wav") as file:
        assert np.frombuffer(file.readframes(5), "<i2").tolist() == [0, 32767, -32768, 0, 3]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int64", "float16", "float32", "float64"])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_nibabel_reads_the_same_volume(suffix: str, dtype: str) -> None:
    nibabel = pytest.importorskip("nibabel")
    array = numbers(4, 5, 6).astype(dtype)
    (note,) = written(f"y{suffix}", array, origin=Origin(3))
    assert "identity" in note
    image = nibabel.load(f"y{suffix}")
    assert np.array_equal(np.asarray(image.dataobj), array)
    assert np.array_equal(image.affine, np.eye(4))
    assert image.get_data_dtype().kind == np.dtype(dtype).kind


def test_integers_beyond_32_bits_are_kept() -> None:
    nibabel = pytest.importorskip("nibabel")
    array = np.arange(8).reshape(2, 2, 2) * 2**40
    written("y.nii", array, origin=Origin(3))
    assert np.array_equal(np.asarray(nibabel.load("y.nii").dataobj), array)


def brain(nibabel: Any, dtype: str = "int16") -> SourceMetadata:
    affine = np.array([[-2.0, 0, 0, 90], [0, 0, 3, -126], [0, -2.5, 0, 72], [0, 0, 0, 1]])
    image = nibabel.Nifti1Image(np.zeros((7, 8, 9), dtype), affine)
    image.header["descrip"] = b"a brain"
    image.header.set_xyzt_units("mm", "sec")
    return SourceMetadata(".nii", affine=affine, header=image.header, axes="XYZ")


def test_header_and_affine_of_the_input_are_kept() -> None:
    nibabel = pytest.importorskip("nibabel")
    source = brain(nibabel)
    axes = (Axis(3, pad=Pad(1, 1)),) * 3
    array = numbers(7, 8, 9, dtype=np.int64)
    assert written("y.nii.gz", array, origin=Origin(3, source, None, axes)) == []
    image = nibabel.load("y.nii.gz")
    assert np.array_equal(image.affine, source.affine)
    assert bytes(image.header["descrip"]).startswith(b"a brain")
    assert image.get_data_dtype() == np.int16
    assert image.header.get_zooms() == (2.0, 2.5, 3.0)
    assert np.array_equal(np.asarray(image.dataobj), array)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(
    "axis", [Axis(3), Axis(2, stride=2), Axis(3, stride=2, pad=Pad(1, 0)), Axis(3, dilation=2)]
)
def test_an_output_stands_at_the_centre_of_what_it_reads(axis: Axis, transposed: bool) -> None:
    """A transposed layer is the same map turned round."""
    steps = affine_of_windows((axis,) * 3, transposed)
    for place in range(3):
        window = axis.window(place)
        centre = (window[0] + window[-1]) / 2
        x, y = ([place] * 3 + [1], [centre] * 3 + [1])
        if transposed:
            x, y = y, x
        assert np.allclose(steps @ x, y)


def test_the_affine_follows_the_stride() -> None:
    nibabel = pytest.importorskip("nibabel")
    source = brain(nibabel)
    axes = (Axis(2, stride=2), Axis(1), Axis(3, stride=3))
    (note,) = written("y.nii", numbers(3, 8, 3), origin=Origin(3, source, None, axes))
    assert "voxels of 2x2.5x3 mm are 4x2.5x9 mm" in note
    image = nibabel.load("y.nii")
    assert image.header.get_zooms() == (4.0, 2.5, 9.0)
    # Voxel 0 stands between the cells 0 and 1 of x, and at cell 1 of z.
    assert np.allclose(image.affine[:3, 3], (source.affine @ [0.5, 0, 1, 1])[:3])


def test_channels_are_the_fourth_axis_of_a_volume() -> None:
    nibabel = pytest.importorskip("nibabel")
    array = numbers(2, 4, 5, 6)
    written("y.nii", array, origin=Origin(3))
    assert np.array_equal(np.moveaxis(np.asarray(nibabel.load("y.nii").dataobj), -1, 0), array)


def test_channels_of_a_picture_are_the_fourth_axis_too() -> None:
    nibabel = pytest.importorskip("nibabel")
    array = numbers(3, 4, 5)
    written("y.nii", array, origin=Origin(2))
    found = np.asarray(nibabel.load("y.nii").dataobj)
    assert np.array_equal(found, np.moveaxis(array, 0, -1)[:, :, None])
    assert np.array_equal(read_array("y.nii:t=channels", "X", 2), array)


@pytest.mark.parametrize(
    ("suffix", "shape", "words"),
    [
        (".gif", (3, 4, 5), "a .gif file has 1 channel, and there are 3"),
        (".webp", (4, 5), "a .webp file has 3 or 4 channels, and there is 1"),
    ],
)
def test_one_channel_is_singular(suffix: str, shape: tuple[int, ...], words: str) -> None:
    with pytest.raises(ConvError, match=words):
        written(f"y{suffix}", numbers(*shape))


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_a_table_has_rows_and_columns_only(suffix: str) -> None:
    with pytest.raises(ConvError) as caught:
        written(f"y{suffix}", numbers(2, 3, 4))
    assert caught.value.code == "output.shape"


def test_json_has_no_nan() -> None:
    with pytest.raises(ConvError) as caught:
        written("y.json", np.array([1, np.nan]))
    assert caught.value.code == "output.values"


def test_the_same_array_gives_the_same_bytes() -> None:
    for suffix in (".npz", ".nii.gz", ".png", ".safetensors", ".tif"):
        written(f"a{suffix}", numbers(3, 4, 5), origin=Origin(3 if "nii" in suffix else 2))
        written(f"b{suffix}", numbers(3, 4, 5), origin=Origin(3 if "nii" in suffix else 2))
        assert Path(f"a{suffix}").read_bytes() == Path(f"b{suffix}").read_bytes()
    assert len(os.listdir()) == 10
