"""What a picture holds is what is read: depth, alpha, pages, orientation."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvError
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.metadata import SourceMetadata

Image = pytest.importorskip("PIL.Image")

GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6  # colour types of PNG
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
HEIGHT, WIDTH = 3, 4


def read(text: Any, rank: int = 2) -> tuple[Any, list[str]]:
    """The array, and the notes."""
    notes: list[str] = []
    return read_array(str(text), "X", rank, note=notes.append), notes


def samples(channels: int, dtype: str = "u2") -> Any:
    """(H, W, C) of numbers that all bits matter in; the first pixels repeat."""
    generator = np.random.default_rng(channels)
    array = generator.integers(0, np.iinfo(dtype).max, (HEIGHT, WIDTH, channels), endpoint=True)
    array[0, 1] = array[0, 0]
    return array.astype(dtype)


def png(kind: int, depth: int, rows: list[bytes], *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file, written as its specification says."""
    header = struct.pack(">2I5B", WIDTH, len(rows), depth, kind, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [(b"IHDR", header), *chunks, (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )


def rows_of(array: Any) -> list[bytes]:
    return [row.astype(f">u{array.itemsize}").tobytes() for row in array]


def planes(array: Any) -> Any:
    return np.moveaxis(array, -1, 0) if array.shape[-1] > 1 else array[..., 0]


@pytest.mark.parametrize("kind", [GREY, RGB, GREY_ALPHA, RGB_ALPHA])
@pytest.mark.parametrize("depth", [8, 16])
def test_every_bit_of_a_png_is_read(kind: int, depth: int, tmp_path: Path) -> None:
    array = samples(CHANNELS[kind], f"u{depth // 8}")
    (tmp_path / "x.png").write_bytes(png(kind, depth, rows_of(array)))
    kept: list[SourceMetadata] = []
    found = read_array(str(tmp_path / "x.png"), "X", 2, keep=kept.append)
    assert found.dtype == array.dtype
    assert np.array_equal(found, planes(array))
    assert kept == [SourceMetadata(".png", bits=depth)]


@pytest.mark.parametrize(("kind", "depth"), [(GREY, 8), (RGB, 8), (GREY, 16), (RGB, 16)])
def test_a_transparent_colour_is_alpha(kind: int, depth: int, tmp_path: Path) -> None:
    array = samples(CHANNELS[kind], f"u{depth // 8}")
    transparent = array[0, 0].astype(">u2").tobytes()
    (tmp_path / "x.png").write_bytes(png(kind, depth, rows_of(array), (b"tRNS", transparent)))
    alpha = np.where((array == array[0, 0]).all(-1), 0, 2**depth - 1)
    assert alpha.ravel().tolist()[:3] == [0, 0, 2**depth - 1]
    found, notes = read(tmp_path / "x.png")
    assert np.array_equal(found, [*np.moveaxis(array, -1, 0), alpha])
    assert notes == []


@pytest.mark.parametrize(("depth", "row", "step"), [(1, 0x60, 255), (2, 0x1B, 85), (4, 0x12, 17)])
def test_grey_of_few_bits(depth: int, row: int, step: int, tmp_path: Path) -> None:
    stored = {1: [0, 1, 1, 0], 2: [0, 1, 2, 3], 4: [1, 2, 3, 4]}[depth]
    data = bytes([row]) if depth < 4 else bytes([row, 0x34])
    transparent = (b"tRNS", struct.pack(">H", stored[1]))
    (tmp_path / "x.png").write_bytes(png(GREY, depth, [data]))
    (tmp_path / "t.png").write_bytes(png(GREY, depth, [data], transparent))
    assert read(tmp_path / "x.png")[0].tolist() == [[step * each for each in stored]]
    assert read(f"{tmp_path / 'x.png'}:stored")[0].tolist() == [stored]
    alpha = [0 if each == stored[1] else 255 for each in stored]
    assert read(tmp_path / "t.png")[0].tolist() == [[[step * each for each in stored]], [alpha]]


def test_a_palette_is_looked_up_with_its_transparency(tmp_path: Path) -> None:
    colors, alpha = [[255, 0, 0], [0, 255, 0], [0, 0, 9]], [255, 128]
    indices = np.array([[0, 1, 2, 1]], np.uint8)
    palette = (b"PLTE", bytes(np.array(colors, np.uint8)))
    data = rows_of(indices)
    (tmp_path / "x.png").write_bytes(png(PALETTE, 8, data, palette))
    (tmp_path / "t.png").write_bytes(png(PALETTE, 8, data, palette, (b"tRNS", bytes(alpha))))
    looked_up = np.moveaxis(np.array(colors)[indices], -1, 0)
    assert np.array_equal(read(tmp_path / "x.png")[0], looked_up)
    with_alpha = [*looked_up, np.array([*alpha, 255])[indices]]
    assert np.array_equal(read(tmp_path / "t.png")[0], with_alpha)
    assert np.array_equal(read(f"{tmp_path / 't.png'}:stored")[0], indices)


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f2", "f4", "f8"])
def test_every_kind_of_sample_of_a_tiff(
    order: Any, compression: Any, planar: Any, dtype: str, tmp_path: Path
) -> None:
    tifffile = pytest.importorskip("tifffile")
    for channels in (1, 3, 4):
        array = samples(channels).view("i2").astype(dtype) if dtype[0] == "f" else samples(
            channels, dtype
        )  # fmt: skip
        stored = np.moveaxis(array, -1, 0) if planar == "separate" and channels > 1 else array
        path = tmp_path / f"{channels}.tif"
        tifffile.imwrite(
            path, np.ascontiguousarray(stored[..., 0] if channels == 1 else stored),
            byteorder=order, compression=compression, metadata=None,
            planarconfig=planar if channels > 1 else None,
            photometric="minisblack" if channels == 1 else "rgb",
            extrasamples=["unassalpha"] if channels == 4 else None,
        )  # fmt: skip
        for text in (path, f"{path}:stored"):
            found, notes = read(text)
            assert found.dtype == dtype
            assert np.array_equal(found, planes(array))
            assert notes == []


def test_what_a_tiff_loses_is_said(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    array = samples(5, "u1")
    path = tmp_path / "x.tif"
    extra = ["assocalpha", "unspecified"]
    tifffile.imwrite(
        path, array, photometric="rgb", extrasamples=extra, metadata=None, planarconfig="contig"
    )
    found, notes = read(path)
    assert found.shape == (4, HEIGHT, WIDTH)
    assert [note.partition("; ")[0] for note in notes] == [
        f"{path}: 1 channel of no declared meaning dropped",
        f"{path}: its colours are divided by alpha, with which they are multiplied",
    ]
    stored, notes = read(f"{path}:stored")
    assert np.array_equal(stored, planes(array))
    assert notes == []


@pytest.mark.parametrize(
    ("dtype", "pixels", "said"),
    [
        ("?", [255, 0, 0, 255], []),
        ("u1", [255, 254, 254, 255], ["inverted"]),
        ("u2", [0, 1, 1, 0], ["not inverted"]),
        ("f4", [0, 1, 1, 0], ["not inverted"]),
    ],
)
def test_white_that_is_zero(dtype: str, pixels: Any, said: Any, tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    array = np.array([[0, 1, 1, 0]], dtype)
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, array, photometric="miniswhite", metadata=None)
    assert read(f"{path}:stored")[0].tolist() == array.astype(int).tolist()
    found, notes = read(path)
    assert found.tolist() == [pixels]
    assert [note.rpartition("numbers are ")[2] for note in notes] == said


def test_planes_that_a_page_hides_are_said(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    path = tmp_path / "x.tif"
    stack = np.ones((16, 16, 16), np.uint16)
    tifffile.imwrite(path, stack, photometric="minisblack", volumetric=True, tile=(16,) * 3)
    with pytest.raises(ConvError, match="has pages of 16 planes each"):
        read(path)
    Image.new("L", (3, 2)).save(path, tiffinfo={270: "ImageJ=1.11a\nimages=24\nslices=24\n"})
    assert read(path)[1] == [
        f"{path}: the file says that it holds 24 images, and lists 1; the others are not read"
    ]


class TestPages:
    @pytest.fixture
    def stack(self, tmp_path: Path) -> Path:
        path = tmp_path / "x.tif"
        pages = [Image.fromarray(np.full((2, 3), value, np.uint16)) for value in (300, 301, 302)]
        pages[0].save(path, save_all=True, append_images=pages[1:])
        return path

    def test_the_first_page_is_read_and_said(self, stack: Path) -> None:
        found, notes = read(stack)
        assert found.tolist() == [[300] * 3] * 2
        assert notes == [
            f"{stack}: page 1 of 3 is read; {stack}:2 reads another, {stack}:all reads all, as a"
            " stack"
        ]

    @pytest.mark.parametrize(
        ("member", "rank", "shape", "values"),
        [
            ("3", 2, (2, 3), [302]),
            ("2..3", 2, (2, 1, 2, 3), [301, 302]),
            ("all", 2, (3, 1, 2, 3), [300, 301, 302]),
            ("all", 1, (3, 2, 3), [300, 301, 302]),
            ("all", 3, (3, 2, 3), [300, 301, 302]),
            ("2..2", 3, (1, 2, 3), [301]),
            ("all:rgb", 3, (3, 3, 2, 3), [300, 301, 302] * 3),
        ],
    )
    def test_pages_by_number(
        self, stack: Path, member: str, rank: int, shape: Any, values: Any
    ) -> None:
        found, notes = read(f"{stack}:{member}", rank)
        assert found.shape == shape
        assert found.reshape(-1, 6)[:, 0].tolist() == values
        assert notes == []

    def test_a_volume_is_all_pages(self, stack: Path) -> None:
        found, notes = read(stack, rank=3)
        assert found.shape == (3, 2, 3)
        assert notes == [f"{stack}: all 3 pages are read, as the axis of depth"]

    @pytest.mark.parametrize("member", ["0", "4", "2..4", "3..2", "0..1", "999999999"])
    def test_a_page_that_does_not_exist(self, stack: Path, member: str) -> None:
        with pytest.raises(ConvError, match="has 3 pages, numbered from 1") as caught:
            read(f"{stack}:{member}")
        assert caught.value.code == "image.page"

    @pytest.mark.parametrize("member", ["x", "-1", "1.5", "all:2", "gray:rgb", "1..2..3", "²"])
    def test_a_member_of_another_form(self, stack: Path, member: str) -> None:
        with pytest.raises(ConvError, match=r"takes a page \(2\), pages") as caught:
            read(f"{stack}:{member}")
        assert caught.value.code == "image.member"

    def test_pages_of_other_sizes_are_no_stack(self, tmp_path: Path) -> None:
        path = tmp_path / "x.tif"
        pages = [Image.new("L", size) for size in ((3, 2), (4, 2))]
        pages[0].save(path, save_all=True, append_images=pages[1:])
        with pytest.raises(ConvError, match="page 1 is 2x3 of uint8, page 2 is 2x4"):
            read(f"{path}:all")

    @pytest.mark.parametrize("suffix", [".gif", ".png", ".webp"])
    def test_animations(self, suffix: str, tmp_path: Path) -> None:
        path = tmp_path / f"x{suffix}"
        pages = [Image.new("RGB", (3, 2), color) for color in ("red", "lime", "blue")]
        pages[0].save(path, save_all=True, append_images=pages[1:], lossless=True)
        first, notes = read(path)
        assert first[:3, 0, 0].tolist() == [255, 0, 0]
        assert [note.partition("; ")[0] for note in notes] == [f"{path}: page 1 of 3 is read"]
        found, notes = read(f"{path}:all:rgb")
        assert found.shape == (3, 3, 2, 3)
        assert found[:, :, 0, 0].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
        assert notes == []

    def test_alpha_in_one_frame_is_alpha_in_all(self, tmp_path: Path) -> None:
        path = tmp_path / "x.tif"
        pages = [Image.new("L", (3, 2), 7), Image.new("RGBA", (3, 2), (1, 2, 3, 4))]
        pages[0].save(path, save_all=True, append_images=pages[1:])
        found, _ = read(f"{path}:all")
        assert found[:, :, 0, 0].tolist() == [[7, 7, 7, 255], [1, 2, 3, 4]]


def test_orientation_is_applied_and_said(tmp_path: Path) -> None:
    ImageOps = pytest.importorskip("PIL.ImageOps")
    stored = np.arange(6, dtype=np.uint8).reshape(2, 3)
    for suffix in (".png", ".tif", ".webp"):
        for orientation in range(1, 9):
            path = tmp_path / f"{orientation}{suffix}"
            exif = Image.Exif()
            exif[0x0112] = orientation
            picture = Image.fromarray(np.stack([stored] * 3, -1))
            picture.save(path, exif=exif, lossless=True)
            found, notes = read(path)
            if suffix == ".tif":  # Pillow turns it when it is opened
                expected = np.asarray(Image.open(path))
            else:
                expected = np.asarray(ImageOps.exif_transpose(Image.open(path)))
            assert np.array_equal(np.moveaxis(found, 0, -1), expected)
            said = f"{path}: turned upright, as its EXIF orientation {orientation} asks; "
            said += f"{path}:stored keeps what the file holds"
            assert notes == ([said] if orientation > 1 else [])
            if suffix != ".tif":
                kept, notes = read(f"{path}:stored")
                assert np.array_equal(kept[0], stored)
                assert notes == []


class TestForms:
    def test_grey_as_pillow_mixes_it(self, tmp_path: Path) -> None:
        array = samples(3, "u1")
        path = tmp_path / "x.png"
        Image.fromarray(array).save(path)
        found, notes = read(f"{path}:gray")
        assert np.array_equal(found, np.asarray(Image.open(path).convert("L")))
        assert notes == [f"{path}: grey is 0.299 red + 0.587 green + 0.114 blue, rounded"]

    def test_alpha_that_is_dropped_is_said(self, tmp_path: Path) -> None:
        path = tmp_path / "x.png"
        Image.new("LA", (3, 2), (7, 9)).save(path)
        found, notes = read(f"{path}:rgb")
        assert found.tolist() == [[[7] * 3] * 2] * 3
        assert notes == [
            f"{path}: the alpha channel is dropped, and colours behind it are not mixed"
        ]
        Image.new("LA", (3, 2), (7, 255)).save(path)
        assert read(f"{path}:gray")[1] == []

    def test_cmyk(self, tmp_path: Path) -> None:
        path = tmp_path / "x.tif"
        Image.new("CMYK", (3, 2), (10, 20, 30, 40)).save(path)
        found, notes = read(path)
        assert np.array_equal(
            found, np.moveaxis(np.asarray(Image.open(path).convert("RGB")), -1, 0)
        )
        assert notes == [
            f"{path}: CMYK is converted to RGB by pillow's rule, and rounded;"
            f" {path}:stored keeps what the file holds"
        ]
        assert read(f"{path}:stored")[0][:, 0, 0].tolist() == [10, 20, 30, 40]


class TestNetpbm:
    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            (b"P2 3 1 255 1 2 255", [[1, 2, 255]]),
            (b"P2\n# made by hand\n3 1\n65535\n1 2 # two\n65535\n", [[1, 2, 65535]]),
            (b"P5 2 1 255\n\x01\xff", [[1, 255]]),
            (b"P5 2 1 65535\n\x01\x02\xff\xff", [[258, 65535]]),
            (b"P3 1 1 65535 1 258 65535", [[[1]], [[258]], [[65535]]]),
            (b"P6 1 1 65535\n\0\x01\x01\x02\xff\xff", [[[1]], [[258]], [[65535]]]),
            (b"P1 3 1 0 1 1", [[255, 0, 0]]),
            (b"P4 3 1\n\x60", [[255, 0, 0]]),
            (b"Pf 2 1\n-1.0\n" + struct.pack("<2f", 0.5, -2), [[0.5, -2]]),
        ],
    )
    @pytest.mark.parametrize("suffix", [".pgm", ".pnm"])
    def test_numbers_of_the_file(
        self, data: bytes, expected: Any, suffix: str, tmp_path: Path
    ) -> None:
        path = tmp_path / f"x{suffix}"
        path.write_bytes(data)
        found, notes = read(path)
        assert found.tolist() == expected
        assert notes == []

    @pytest.mark.parametrize(
        ("data", "stored", "stretched", "top"),
        [
            (b"P2 3 1 15 0 5 15", [[0, 5, 15]], [[0, 85, 255]], 255),
            (b"P5 3 1 100\n\x00\x32\x64", [[0, 50, 100]], [[0, 128, 255]], 255),
            (b"P2 3 1 1023 0 1 1023", [[0, 1, 1023]], [[0, 64, 65535]], 65535),
        ],
    )
    def test_another_white_is_stretched_and_said(
        self, data: bytes, stored: Any, stretched: Any, top: int, tmp_path: Path
    ) -> None:
        path = tmp_path / "x.pgm"
        path.write_bytes(data)
        found, notes = read(path)
        assert found.tolist() == stretched == np.asarray(Image.open(io.BytesIO(data))).tolist()
        assert notes == [
            f"{path}: its numbers from 0 to {stored[0][-1]} are stretched to 0 to {top};"
            f" {path}:stored keeps them"
        ]
        found, notes = read(f"{path}:stored")
        assert found.tolist() == stored
        assert notes == []

    @pytest.mark.parametrize(
        "data", [b"P5 3 1 255\n\0\0", b"P2 3 1 255 1 2", b"P2 2 1 15 1 16", b"P2 2 1 255 1 x"]
    )
    def test_damaged(self, data: bytes, tmp_path: Path) -> None:
        path = tmp_path / "x.pgm"
        path.write_bytes(data)
        with pytest.raises(ConvError) as caught:
            read(path)
        assert caught.value.code == "image.format"

    def test_a_second_picture_is_said(self, tmp_path: Path) -> None:
        path = tmp_path / "x.pgm"
        path.write_bytes(b"P5 1 1 255\n\x01" * 2)
        assert read(path)[1] == [f"{path}: 12 bytes behind the picture are not read"]


def test_a_large_picture_asks_for_memory_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    header = struct.pack(">2I5B", 30000, 30000, 1, 0, 0, 0, 0)
    chunk = (
        struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT" + bytes(4))

    def admit(size: int) -> None:
        if size >= 30000**2:
            raise ConvError("memory.limit", "is too large", kind="memory")

    with pytest.raises(ConvError, match="is too large"):
        read_array(str(path), "X", 2, admit=admit)
