"""Pictures with damaged bytes, header fields, chunks and directories, and with other contents."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zlib
from functools import cache
from itertools import product

from tests.fuzz.case import Case, array_command, packed
from tests.fuzz.damage import CANARY, damaged_bytes, number_of

MODES = ("L", "RGB", "RGBA", "P", "1", "LA", "I;16", "I", "F", "CMYK", "YCbCr", "LAB", "HSV", "PA")
SAVED_AS = ("PNG", "TIFF", "GIF", "JPEG", "BMP", "WEBP")
SUFFIXES = {
    "PNG": "png", "TIFF": "tif", "GIF": "gif", "JPEG": "jpg", "BMP": "bmp", "WEBP": "webp",
    "PPM": "pnm",
}  # fmt: skip
MEMBERS = (
    "", "", "", ":stored", ":gray", ":rgb", ":1", ":2", ":all", ":all:rgb", ":2..3", ":0", ":99999",
    ":all:stored", f":{CANARY}", ":9..1", ":",
)  # fmt: skip
NETPBM = (
    b"P1 3 2 0 1 1 1 0 0", b"P2 2 2 15 0 1 2 15", b"P2 2 2 65535 0 1 2 15", b"P4 9 1\n\x60\x80",
    b"P3 1 2 1023 1 2 3 4 5 1023", b"P5 2 2 255\n\1\2\3\4", b"P5 2 1 65535\n\1\2\3\4",
    b"P6 1 1 65535\n\1\2\3\4\5\6", b"P6 1 1 200\n\1\2\3", b"Pf 2 1 -1.0\n" + bytes(8),
    b"P5 2 2 100\n\1\2\3\4 and more", b"PF 1 1 1.0\n" + bytes(12),
)  # fmt: skip
OTHERS = (
    "ICO",
    "PCX",
    "TGA",
    "SGI",
    "DDS",
    "IM",
    "PDF",
    "EPS",
    "MSP",
    "ICNS",
    "MPO",
    "SPIDER",
    "XBM",
    "QOI",
    "AVIF",
)
TIFF_COMPRESSIONS = ("raw", "tiff_lzw", "tiff_deflate", "packbits", "tiff_adobe_deflate")
POSTSCRIPT = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n%%EndComments\n/x 1 def showpage\n%%EOF\n"
)
PNG_MARK = b"\x89PNG\r\n\x1a\n"


def make(rng: random.Random) -> Case:
    if rng.random() < 0.1:
        kind, data = rng.choice(SAVED_AS), rng.choice(foreign_contents())
    else:
        kind, data = rng.choice(whole_pictures())
    for _ in range(rng.choice((0, 1, 1, 2))):
        data = damaged_picture(rng, kind, data)
    suffix = SUFFIXES[kind] if rng.random() < 0.9 else rng.choice(sorted(SUFFIXES.values()))
    member = rng.choice(MEMBERS)
    return Case(array_command(rng, f"x.{suffix}{member}"), packed(f"x.{suffix}", data))


@cache
def whole_pictures() -> list[tuple[str, bytes]]:
    """Every format in every mode that it can be saved in, TIFF with every compression."""
    found = []
    for kind in SAVED_AS:
        for mode in MODES:
            options = (
                [{"compression": name} for name in TIFF_COMPRESSIONS] if kind == "TIFF" else [{}]
            )
            found += [(kind, data) for one in options if (data := saved(mode, kind, **one))]
    return [
        *found,
        ("TIFF", saved("L", "TIFF", compression="jpeg") or b""),
        ("GIF", animation()),
        ("TIFF", animation("TIFF")),
        ("PNG", animation("PNG")),
        ("TIFF", animation("TIFF", "I;16")),
        *(("PNG", png_of_16_bits(kind)) for kind in (0, 2, 4, 6)),
        *(("PPM", data) for data in NETPBM),
        *(("TIFF", data) for data in tiffs_of_other_samples()),
    ]


def png_of_16_bits(kind: int) -> bytes:
    """A PNG file of 6 by 5 pixels: kind 0 is grey, 2 RGB, 4 and 6 the same with alpha."""
    row = b"\0" + bytes(range(12 * {0: 1, 2: 3, 4: 2, 6: 4}[kind]))
    header = struct.pack(">2I5B", 6, 5, 16, kind, 0, 0, 0)
    return png_of([(b"IHDR", header), (b"IDAT", zlib.compress(row * 5)), (b"IEND", b"")])


def tiffs_of_other_samples() -> list[bytes]:
    """TIFF files whose samples Pillow has no mode for, or cuts; none without tifffile."""
    try:
        import numpy as np
        import tifffile
    except ImportError:
        return []
    found = []
    for dtype, channels, order in product(("u2", "f4", "f8", "i2"), (1, 3, 5), "<>"):
        array = np.ones((5, 6, channels), dtype)
        stream = io.BytesIO()
        tifffile.imwrite(
            stream, array[..., 0] if channels == 1 else array, byteorder=order, metadata=None,
            photometric="minisblack" if channels == 1 else "rgb",
            planarconfig=None if channels == 1 else "contig",
        )  # fmt: skip
        found.append(stream.getvalue())
    return found


@cache
def foreign_contents() -> list[bytes]:
    """What other suffixes should hold."""
    found = [data for kind in OTHERS for mode in ("RGB", "L", "1") if (data := saved(mode, kind))]
    texts = (
        b"%PDF-1.4\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"P3 2 2 9 1 2 3",
        b"",
        b"\0" * 64,
    )
    windows = b"\xd7\xcd\xc6\x9a" + bytes(18)  # a metafile
    return [*found, POSTSCRIPT, *texts, windows, b"\xc5\xd0\xd3\xc6" + bytes(26) + POSTSCRIPT]


def saved(mode: str, kind: str, **options: str) -> bytes | None:
    """A picture of 6 by 5 pixels; None where the format has no such mode."""
    from PIL import Image

    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.new(mode, (6, 5))
            image.putpixel((1, 1), image.getpixel((0, 0)))
            image.save(stream, kind, **options)
        except Exception:
            return None
    return stream.getvalue()


def animation(kind: str = "GIF", mode: str = "P") -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    frames = [Image.new(mode, (6, 5), color) for color in range(3)]
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:])
    return stream.getvalue()


def damaged_picture(rng: random.Random, kind: str, data: bytes) -> bytes:
    special = {"PNG": damaged_png, "TIFF": damaged_tiff, "JPEG": damaged_jpeg}.get(kind)
    if special is not None and rng.random() < 0.6:
        return special(rng, data)
    if rng.random() < 0.5:
        at = rng.randrange(min(len(data), 64) or 1)
        width = rng.choice((1, 2, 4))
        value = number_of(rng) % 2 ** (8 * width)
        return data[:at] + value.to_bytes(width, rng.choice(("little", "big"))) + data[at + width :]
    return damaged_bytes(rng, data)


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks, at = [], len(PNG_MARK)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks


def png_of(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """The file with right lengths and checksums."""
    parts = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    ]
    return PNG_MARK + b"".join(parts)


def damaged_png(rng: random.Random, data: bytes) -> bytes:
    chunks = png_chunks(data)
    if not data.startswith(PNG_MARK) or not chunks:
        return damaged_bytes(rng, data)
    at = rng.randrange(len(chunks))
    match rng.randrange(6):
        case 0:
            sizes = (number_of(rng) % 2**32, number_of(rng) % 2**32)
            tail = bytes(rng.choice((1, 2, 4, 8, 16, 3)) for _ in range(1)) + bytes(
                [rng.randrange(8), 0, 0, rng.randrange(3)]
            )
            chunks[0] = (
                b"IHDR",
                struct.pack(">2I", *rng.choice((sizes, (6, 5), (30_000, 30_000)))) + tail,
            )
        case 1:
            chunks.insert(at, _extra_chunk(rng))
        case 2:
            chunks.insert(at, chunks[rng.randrange(len(chunks))])
        case 3:
            del chunks[at]
        case 4:
            name, body = chunks[at]
            chunks[at] = (name, damaged_bytes(rng, body))
        case 5:
            chunks = [
                (b"IDAT", zlib.compress(bytes(2**22))) if name == b"IDAT" else (name, body)
                for name, body in chunks
            ]
    return png_of(chunks)


def _extra_chunk(rng: random.Random) -> tuple[bytes, bytes]:
    text = CANARY.encode()
    return rng.choice((
        (b"tEXt", text + b"\0" + text),
        (b"zTXt", b"a\0\0" + zlib.compress(bytes(2**24))),
        (b"iTXt", b"a\0\1\0\0\0" + zlib.compress(text)),
        (b"iCCP", b"x\0\0" + zlib.compress(b"nonsense")),
        (b"acTL", struct.pack(">2I", 2**31 - 1, 0)),
        (b"fcTL", rng.randbytes(26)),
        (b"tRNS", rng.randbytes(rng.choice((0, 1, 7, 300)))),
        (b"PLTE", rng.randbytes(rng.choice((0, 3, 4, 800)))),
        (b"eXIf", b"MM\0*" + rng.randbytes(20)),
        (b"pHYs", rng.randbytes(3)),
    ))  # fmt: skip


def damaged_tiff(rng: random.Random, data: bytes) -> bytes:
    """One entry of the directory: its tag, type, count or value."""
    order = "<" if data[:2] == b"II" else ">"
    if len(data) < 12:
        return damaged_bytes(rng, data)
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    if at + 2 > len(data):
        return damaged_bytes(rng, data)
    (count,) = struct.unpack_from(f"{order}H", data, at)
    entry = at + 2 + 12 * rng.randrange(max(1, min(count, 40)))
    out = bytearray(data)
    match rng.randrange(5):
        case 0:
            tag = rng.choice(
                (
                    256,
                    257,
                    258,
                    259,
                    262,
                    273,
                    277,
                    278,
                    279,
                    317,
                    320,
                    322,
                    323,
                    338,
                    339,
                    33432,
                    700,
                    34377,
                )
            )
            out[entry : entry + 2] = struct.pack(f"{order}H", tag)
        case 1:
            out[entry + 2 : entry + 4] = struct.pack(f"{order}H", rng.randrange(20))
        case 2:
            out[entry + 4 : entry + 8] = struct.pack(f"{order}I", number_of(rng) % 2**32)
        case 3:
            out[entry + 8 : entry + 12] = struct.pack(f"{order}I", number_of(rng) % 2**32)
        case 4:
            out[entry + 8 : entry + 10] = struct.pack(
                f"{order}H", rng.choice((0, 1, 2, 3, 5, 7, 8, 32773, 34712, 50000))
            )
    return bytes(out)


def damaged_jpeg(rng: random.Random, data: bytes) -> bytes:
    """One segment: its marker, its length, or a new one put before it."""
    marks = [at for at in range(len(data) - 4) if data[at] == 0xFF and 0xC0 <= data[at + 1] <= 0xFE]
    if not marks:
        return damaged_bytes(rng, data)
    at = rng.choice(marks)
    match rng.randrange(4):
        case 0:
            return data[: at + 1] + bytes([rng.randrange(0xC0, 0xFF)]) + data[at + 2 :]
        case 1:
            return data[: at + 2] + struct.pack(">H", number_of(rng) % 2**16) + data[at + 4 :]
        case 2:
            body = rng.choice(
                (
                    CANARY.encode(),
                    b"Exif\0\0MM\0*" + rng.randbytes(12),
                    b"MPF\0" + rng.randbytes(30),
                    b"ICC_PROFILE\0\1\2",
                )
            )
            return (
                data[:at]
                + b"\xff"
                + bytes([rng.choice((0xFE, 0xE0, 0xE1, 0xE2, 0xED))])
                + struct.pack(">H", len(body) + 2)
                + body
                + data[at:]
            )
        case _:
            sizes = struct.pack(">2H", number_of(rng) % 2**16, number_of(rng) % 2**16)
            return data[: at + 5] + sizes + data[at + 9 :]
