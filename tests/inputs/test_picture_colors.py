"""Every colour model that a picture can be saved in: equal, or converted and said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvError
from convcli.inputs.files.arrays import read_array

Image = pytest.importorskip("PIL.Image")
ImageCms = pytest.importorskip("PIL.ImageCms")


def read(text: Any, rank: int = 2) -> tuple[Any, list[str]]:
    notes: list[str] = []
    array = read_array(str(text), "X", rank, note=notes.append)
    return array, [note.partition(": ")[2].partition(";")[0] for note in notes]


@pytest.mark.parametrize(
    ("mode", "suffix", "shape", "notes"),
    [
        *(("L", suffix, (3, 4), []) for suffix in ("png", "tif", "bmp", "pgm")),
        *(("RGB", suffix, (3, 3, 4), []) for suffix in ("png", "tif", "bmp", "ppm")),
        *(("RGBA", suffix, (4, 3, 4), []) for suffix in ("png", "tif")),
        *(("LA", suffix, (2, 3, 4), []) for suffix in ("png", "tif")),
        *(("I;16", suffix, (3, 4), []) for suffix in ("png", "tif")),
        *(("I;16B", suffix, (3, 4), []) for suffix in ("png", "tif")),
        ("I;16L", "tif", (3, 4), []),
        ("I", "tif", (3, 4), []),
        ("F", "tif", (3, 4), []),
        *(("1", suffix, (3, 4), []) for suffix in ("png", "tif", "bmp")),
        *(("P", suffix, (3, 3, 4), []) for suffix in ("png", "tif", "gif")),
        ("PA", "tif", (4, 3, 4), []),
        ("RGBX", "tif", (3, 3, 4), ["1 channel of no declared meaning dropped"]),
        ("CMYK", "tif", (3, 3, 4), ["CMYK is converted to RGB by pillow's rule, and rounded"]),
        ("CMYK", "jpg", (3, 3, 4), ["CMYK is converted to RGB by pillow's rule, and rounded"]),
        ("YCbCr", "tif", (3, 3, 4), ["YCbCr is converted to RGB by pillow's rule, and rounded"]),
        ("LAB", "tif", (3, 3, 4), ["LAB is converted to sRGB, rounded and cut to what sRGB holds"]),
    ],
)
def test_each_mode_is_equal_or_said(
    mode: str, suffix: str, shape: tuple[int, ...], notes: list[str], tmp_path: Path
) -> None:
    path = tmp_path / f"x.{suffix}"
    colors = Image.fromarray(np.arange(36, dtype=np.uint8).reshape(3, 4, 3) * 7)
    if mode == "LAB":
        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(colors, *profiles, outputMode="LAB")
    elif mode == "PA":
        image = colors.convert("P").convert("PA")
    elif mode.startswith("I;16"):
        numbers = np.arange(12, dtype=">u2" if mode[-1] == "B" else "<u2").reshape(3, 4) * 5000
        image = Image.frombytes(mode, (4, 3), numbers.tobytes())
    elif mode == "RGBX":
        image = Image.frombytes("RGBX", (4, 3), bytes(range(48)))
    else:
        image = colors.convert(mode)
    image.save(path)
    with Image.open(path) as written:
        try:
            written.load()
        except OSError:
            pytest.skip("this version of Pillow does not read what it writes")
    found, said = read(path)
    assert (found.shape, said) == (shape, notes)
    if mode == "LAB":
        assert np.abs(found - np.moveaxis(np.asarray(colors).astype(int), -1, 0)).max() <= 6
        stored, said = read(f"{path}:stored")
        assert np.array_equal(np.moveaxis(stored, 0, -1), np.asarray(image))
        assert said == ["a and b have a sign in the file, and are read 128 larger"]
    elif not notes and mode not in ("P", "PA", "1"):
        expected = np.asarray(image)
        assert np.array_equal(
            found, expected if expected.ndim == 2 else np.moveaxis(expected, -1, 0)
        )


def profile_named(name: str) -> bytes:
    """sRGB with another name of as many letters."""
    data: bytes = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for encoding in ("ascii", "utf-16-be"):
        data = data.replace("sRGB".encode(encoding), name.encode(encoding))
    return data


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp"])
def test_a_profile_that_is_not_srgb_is_said(suffix: str, tmp_path: Path) -> None:
    path, image = tmp_path / f"x.{suffix}", Image.new("RGB", (4, 3), (9, 90, 200))
    for name, notes in (
        ("sRGB", []),
        (
            "Wide",
            ["its ICC profile Wide built-in is not applied: the numbers are those of the file"],
        ),
    ):
        image.save(path, icc_profile=profile_named(name))
        assert read(path)[1] == notes
        assert read(f"{path}:stored")[1] == []
    image.save(path, icc_profile=b"damaged" * 40)
    assert "its ICC profile" in str(read(path)[1])


def test_gamma_and_primaries_of_a_png(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    path, image = tmp_path / "x.png", Image.new("L", (4, 3), 9)
    for chunks, said in (
        ([(b"gAMA", 45455)], []),
        ([(b"gAMA", 100000)], ["its gamma of 1 is not applied: the numbers are those of the file"]),
        ([(b"sRGB", None), (b"gAMA", 100000)], []),
        ([(b"cHRM", (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))], []),
        ([(b"cHRM", (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000))],
            ["the primary colours that it declares, not those of sRGB, are not applied"]),
    ):  # fmt: skip
        information = PngInfo()
        for name, value in chunks:
            values = () if value is None else value if isinstance(value, tuple) else (value,)
            body = b"".join(each.to_bytes(4, "big") for each in values) or b"\0"
            information.add(name, body)
        image.save(path, pnginfo=information)
        assert read(path)[1] == said


def test_models_that_tifffile_alone_reads(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    path = tmp_path / "x.tif"
    numbers = np.arange(36, dtype=np.uint16).reshape(3, 4, 3)
    for photometric in ("cielab", "icclab"):
        tifffile.imwrite(path, numbers, photometric=photometric, metadata=None)
        with pytest.raises(ConvError, match="neither grey nor RGB"):
            read(path)
        assert np.array_equal(read(f"{path}:stored")[0], np.moveaxis(numbers, -1, 0))
    four = np.arange(48, dtype=np.uint8).reshape(3, 4, 4)
    Image.fromarray(four).save(path)
    assert read(path)[1] == []


class TestHyperstacks:
    """Pages of several axes are named, and those of channels can be C."""

    @pytest.mark.parametrize("kind", ["imagej", "ome"])
    @pytest.mark.parametrize(
        ("axes", "sizes", "words"),
        [
            ("ZCYX", (3, 2),
                "its 6 pages are 3 depths x 2 channels: page 1 + c + 2*z, each from 0"),
            ("TZCYX", (2, 3, 2),
                "its 12 pages are 2 times x 3 depths x 2 channels: page 1 + c + 2*z + 6*t,"),
            ("TZYX", (2, 3), "its 6 pages are 2 times x 3 depths: page 1 + z + 3*t, each from 0"),
        ],
    )  # fmt: skip
    def test_their_axes(self, kind: str, axes: str, sizes: Any, words: str, tmp_path: Path) -> None:
        tifffile = pytest.importorskip("tifffile")
        path = tmp_path / ("x.ome.tif" if kind == "ome" else "x.tif")
        array = np.arange(np.prod(sizes) * 20, dtype=np.uint8).reshape(*sizes, 4, 5)
        options = {"imagej": True} if kind == "imagej" else {"ome": True}
        tifffile.imwrite(path, array, metadata={"axes": axes}, photometric="minisblack", **options)
        found, said = read(f"{path}:all")
        assert found.shape == (np.prod(sizes), 1, 4, 5)
        assert words in str(said)
        assert words in str(read(path)[1])
        if "C" not in axes:
            with pytest.raises(ConvError, match="channels"):
                read(f"{path}:channels")
            return
        split, said = read(f"{path}:channels")
        assert np.array_equal(split, array.reshape(-1, 2, 4, 5))
        assert words in str(said)
        volume = read(f"{path}:channels", 3)[0]
        assert np.array_equal(volume, array.reshape(-1, 2, 4, 5).swapaxes(0, 1))

    def test_pages_of_channels_alone(self, tmp_path: Path) -> None:
        tifffile = pytest.importorskip("tifffile")
        path, array = tmp_path / "x.tif", np.arange(40, dtype=np.uint8).reshape(2, 4, 5)
        tifffile.imwrite(path, array, imagej=True, metadata={"axes": "CYX"})
        assert read(f"{path}:all")[1] == ["its 2 pages are 2 channels"]
        found, said = read(f"{path}:channels")
        assert np.array_equal(found, array)
        assert said == []

    def test_an_axis_without_a_name(self, tmp_path: Path) -> None:
        tifffile = pytest.importorskip("tifffile")
        path = tmp_path / "x.tif"
        tifffile.imwrite(path, np.zeros((3, 2, 4, 5), np.uint8))
        assert read(f"{path}:all")[1] == ["its 6 pages are 3 x 2"]

    def test_one_axis_needs_no_word(self, tmp_path: Path) -> None:
        tifffile = pytest.importorskip("tifffile")
        path = tmp_path / "x.tif"
        tifffile.imwrite(path, np.zeros((3, 4, 5), np.uint8), imagej=True, metadata={"axes": "ZYX"})
        assert read(f"{path}:all")[1] == []
        with pytest.raises(ConvError, match="channels"):
            read(f"{path}:channels")
