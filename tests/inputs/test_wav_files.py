"""Sound: the numbers of the file, every kind of sample, and what is refused."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvError
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.metadata import SourceMetadata

GUID = bytes.fromhex("0000 0000 1000 8000 00aa 0038 9b71")[2:]  # behind the tag of a subformat
INTEGERS = [
    (1, [0, 128, 255, 7], "u1"),
    (2, [-(2**15), 2**15 - 1, -1, 300], "<i2"),
    (3, [-(2**23), 2**23 - 1, -1, 70000], None),
    (4, [-(2**31), 2**31 - 1, -1, 5], "<i4"),
]


def packed(values: Any, width: int) -> bytes:
    if width == 1:
        return bytes(values)
    return b"".join(int(value).to_bytes(width, "little", signed=True) for value in values)


def pcm(values: Any, width: int, channels: int = 1, rate: int = 8000) -> bytes:
    """By the module wave."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(packed(values, width))
    return buffer.getvalue()


def riff(encoding: int, bits: int, data: bytes, extra: bytes = b"", channels: int = 1) -> bytes:
    """By the specification, with a chunk of an odd size in front."""
    frame = channels * bits // 8
    about = struct.pack("<2H2I2H", encoding, channels, 8000, 8000 * frame, frame, bits) + extra
    chunks = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    for name, body in ((b"fmt ", about), (b"data", data)):
        chunks += name + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def extensible(tag: int, bits: int, data: bytes) -> bytes:
    return riff(0xFFFE, bits, data, struct.pack("<2HIH", 22, bits, 4, tag) + GUID)


def read(path: Path, data: bytes, member: str = "") -> tuple[Any, SourceMetadata]:
    path.write_bytes(data)
    kept: list[SourceMetadata] = []
    return read_array(f"{path}{member}", "X", 1, keep=kept.append), kept[0]


@pytest.mark.parametrize(("width", "values", "_"), INTEGERS)
def test_integers_are_those_of_the_file(width: int, values: Any, _: Any, tmp_path: Path) -> None:
    for data in (
        pcm(values, width),
        riff(1, 8 * width, packed(values, width)),
        extensible(1, 8 * width, packed(values, width)),
    ):
        array, metadata = read(tmp_path / "x.wav", data)
        assert array.tolist() == values
        assert array.dtype.kind == ("u" if width == 1 else "i")
        assert metadata == SourceMetadata(".wav", bits=8 * width, rate=8000)


@pytest.mark.parametrize("bits", [32, 64])
def test_floats(bits: int, tmp_path: Path) -> None:
    values = np.array([0.1, -1, 1.5, 0], f"<f{bits // 8}")
    for data in (riff(3, bits, values.tobytes()), extensible(3, bits, values.tobytes())):
        array, metadata = read(tmp_path / "x.wav", data)
        assert array.dtype == f"f{bits // 8}"
        assert np.array_equal(array, values)
        assert metadata == SourceMetadata(".wav", bits=bits, is_float=True, rate=8000)


def test_channels(tmp_path: Path) -> None:
    data = pcm([1, -1, 2, -2, 3, -3], 2, channels=2)
    assert read(tmp_path / "x.wav", data)[0].tolist() == [[1, 2, 3], [-1, -2, -3]]
    assert read(tmp_path / "x.wav", data, ":2")[0].tolist() == [-1, -2, -3]
    for member in (":0", ":3", ":left"):
        with pytest.raises(ConvError, match="has 2 channels, numbered from 1") as caught:
            read(tmp_path / "x.wav", data, member)
        assert caught.value.code == "wav.channel"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (riff(6, 8, b"ab"), "holds sound in A-law; PCM and floats are read"),
        (riff(7, 8, b"ab"), "in mu-law"),
        (riff(2, 4, b"ab"), "in Microsoft ADPCM"),
        (riff(0x55, 0, b"ab"), "in MP3"),
        (riff(0x1234, 16, b"ab"), "in the encoding 0x1234"),
        (extensible(6, 8, b"ab"), "in A-law"),
        (riff(3, 16, b"ab"), "holds floats of 16 bits"),
        (riff(1, 64, bytes(8)), "holds integers of 64 bits; at most 32 are read"),
        (b"fLaC" + bytes(40), "is FLAC, not a .wav file"),
        (b"RIFX" + bytes(40), "is big-endian RIFF"),
    ],
)
def test_other_encodings_are_refused_by_name(data: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConvError) as caught:
        read(tmp_path / "x.wav", data)
    assert words in str(caught.value)
    assert caught.value.code == "wav.encoding"
    assert "ffmpeg" in str(caught.value)


@pytest.mark.parametrize("length", range(0, 60, 3))
def test_a_file_that_is_cut(length: int, tmp_path: Path) -> None:
    data = pcm(range(8), 2)
    with pytest.raises(ConvError) as caught:
        read(tmp_path / "x.wav", data[:length])
    assert caught.value.code == "wav.format"


def test_a_length_that_is_not_declared(tmp_path: Path) -> None:
    data = pcm(range(8), 2)
    at = data.index(b"data") + 4
    (tmp_path / "x.wav").write_bytes(data[:at] + b"\xff" * 4 + data[at + 4 :])
    notes: list[str] = []
    path = str(tmp_path / "x.wav")
    assert read_array(path, "X", 1, note=notes.append).tolist() == list(range(8))
    assert notes == [
        f"{path}: its length is not declared; 8 samples are read, to the end of the file"
    ]
