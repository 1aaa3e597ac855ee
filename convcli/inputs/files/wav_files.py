"""Sound of .wav files, by the module wave of Python: integers as they are stored, and floats."""

from __future__ import annotations

import wave
from collections.abc import Collection
from io import BytesIO
from typing import NamedTuple, NoReturn

import numpy as np

from convcli.engine.arrays import Array
from convcli.inputs.files.admission import read_all
from convcli.inputs.files.boundary import library
from convcli.inputs.files.formats import suffix_of
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.files.request import ArrayRequest

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE  # tags of the encoding, in the chunk "fmt "
ENCODINGS = {
    2: "Microsoft ADPCM", 6: "A-law", 7: "mu-law", 0x11: "IMA ADPCM", 0x31: "GSM 6.10",
    0x50: "MPEG", 0x55: "MP3", 0xFF: "AAC", 0x161: "Windows Media Audio", 0xF1AC: "FLAC",
}  # fmt: skip
OTHER_SOUND = {
    b"fLaC": "FLAC", b"OggS": "Ogg", b"ID3": "MP3", b"FORM": "AIFF", b"RIFX": "big-endian RIFF",
    b"RF64": "RF64", b"riff": "Wave64", b".snd": "Sun audio",
}  # fmt: skip
HEADER, CHUNK_HEADER, TAG_IN_GUID, BITS_AT, FORMAT_BYTES = 12, 8, 24, 14, 16
UNDECLARED = 2**32 - 2**16  # lengths from here on are written by programs that do not know it
MOST_BITS = range(1, 33)  # of an integer, in 1 to 4 bytes
COPIES = 4  # of the file: its bytes, the samples, the array
INTEGERS = {8: "u1", 16: "<i2", 32: "<i4"}
FLOATS = {32: "<f4", 64: "<f8"}
REMEDY = "Convert it: ffmpeg -i FILE -c:a pcm_s16le NEW.wav."


class _Layout(NamedTuple):
    """What the chunk "fmt " says: the encoding, the bits of a sample, and the place of its tag."""

    encoding: int
    bits: int
    tag_at: int


def read_wav(request: ArrayRequest) -> Array:
    """(L,) of one channel, (C, L) of several; `x.wav:2` is the second channel.

    Integers are those of the file: unsigned of 8 bits, signed of 16, 24 and 32. Raises ConvError of
    kind "data" where the file is damaged or has another encoding.
    """
    with request.open() as stream:
        data = bytearray(read_all(stream, request.admit, COPIES))
    layout = _layout(request, data)
    if layout.encoding in (FLOAT, EXTENSIBLE):  # wave reads the bytes of either, named PCM
        data[layout.tag_at : layout.tag_at + 2] = PCM.to_bytes(2, "little")
    damaged = request.refusal("wav.format", "is damaged, or no .wav file")
    with library(damaged), wave.open(BytesIO(data)) as sound:
        channels, width, rate = sound.getnchannels(), sound.getsampwidth(), sound.getframerate()
        declared = sound.getnframes()
        frames = sound.readframes(declared)
    read = len(frames) // (channels * width)
    if read < declared:
        if declared * channels * width < UNDECLARED:
            rule = f"ends early: {declared} samples are declared, {read} follow"
            raise request.refusal("wav.format", rule)
        request.say(f"its length is not declared; {read} samples are read, to the end of the file")
    samples = _samples(layout, frames[: read * channels * width], width)
    planes = np.ascontiguousarray(samples.reshape(-1, channels).T)
    is_float = planes.dtype.kind == "f"
    request.keep(SourceMetadata(suffix_of(request.path), 8 * width, is_float, rate))
    return _chosen(request, planes)


def _layout(request: ArrayRequest, data: bytearray) -> _Layout:
    """Raises ConvError where the file is of another kind or encoding."""
    if data[:4] != b"RIFF" or data[8:HEADER] != b"WAVE":
        other = next((OTHER_SOUND[magic] for magic in OTHER_SOUND if data.startswith(magic)), None)
        if other:
            _refuse(request, f"is {other}, not a .wav file")
        raise request.refusal("wav.format", "is no .wav file: it does not begin with RIFF and WAVE")
    at = HEADER
    while at + CHUNK_HEADER <= len(data):
        size = int.from_bytes(data[at + 4 : at + CHUNK_HEADER], "little")
        body = at + CHUNK_HEADER
        if data[at : at + 4] == b"fmt " and len(data) >= body + FORMAT_BYTES:
            encoding = int.from_bytes(data[body : body + 2], "little")
            bits = int.from_bytes(data[body + BITS_AT : body + BITS_AT + 2], "little")
            if encoding == EXTENSIBLE and len(data) >= body + TAG_IN_GUID + 2:
                inner = int.from_bytes(data[body + TAG_IN_GUID : body + TAG_IN_GUID + 2], "little")
                return _checked(request, _Layout(EXTENSIBLE, bits, body), inner)
            return _checked(request, _Layout(encoding, bits, body), encoding)
        at = body + size + size % 2
    raise request.refusal("wav.format", "is damaged: it has no chunk that says its encoding")


def _checked(request: ArrayRequest, layout: _Layout, encoding: int) -> _Layout:
    """The layout, with FLOAT for floats in an extensible file as well."""
    known: Collection[int] = {PCM: MOST_BITS, FLOAT: FLOATS}.get(encoding, ())
    if not known:
        name = ENCODINGS.get(encoding, f"the encoding {encoding:#06x}")
        _refuse(request, f"holds sound in {name}; PCM and floats are read")
    if layout.bits not in known:
        kind = "floats" if encoding == FLOAT else "integers"
        _refuse(request, f"holds {kind} of {layout.bits} bits; at most {max(known)} are read")
    return layout._replace(encoding=FLOAT) if encoding == FLOAT else layout


def _refuse(request: ArrayRequest, rule: str) -> NoReturn:
    raise request.refusal("wav.encoding", rule, hint=REMEDY)


def _samples(layout: _Layout, frames: bytes, width: int) -> Array:
    """The samples of all channels in turn."""
    bits = 8 * width
    samples: Array
    if bits == 24:  # three bytes above an empty one are the number times 256
        padded = np.zeros((len(frames) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(frames, np.uint8).reshape(-1, 3)
        samples = padded.view("<i4").reshape(-1).astype(np.int32) >> 8
    else:
        stored = np.dtype((FLOATS if layout.encoding == FLOAT else INTEGERS)[bits])
        samples = np.frombuffer(frames, stored).astype(stored.newbyteorder("="))
    return samples


def _chosen(request: ArrayRequest, planes: Array) -> Array:
    """All channels, or the one that is named."""
    if not request.member:
        return planes[0] if len(planes) == 1 else planes
    member = request.member
    if not (member.isascii() and member.isdigit() and 1 <= int(member[:9]) <= len(planes)):
        has = "1 channel" if len(planes) == 1 else f"{len(planes)} channels, numbered from 1"
        raise request.refusal("wav.channel", f"has {has}", got=f"{request.path}:{member}")
    channel: Array = planes[int(member) - 1]
    return channel
