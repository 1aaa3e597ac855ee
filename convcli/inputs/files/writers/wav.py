"""`.wav`: sound of one or more channels, (L,) or (C, L).

Samples are integers of 16, 24 or 32 bits, or of 8, or floats, as in the input's file. Source of the
header of floats: Microsoft, "Multiple Channel Audio Data and WAVE Files", format tag 3.
"""

from __future__ import annotations

import struct
import wave
from io import BytesIO
from typing import NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.inputs.files.writers.request import WriteRequest, count_of

USUAL_RATE, USUAL_BITS = 44100, 16  # where the input is no sound
FLOAT_FORMAT = 3
MOST_BYTES = 2**32 - 64  # that the header can count
MOST_CHANNELS = 2**16 - 1
MOST_RATE = 2**32 - 1  # bytes a second


class _Samples(NamedTuple):
    bits: int
    is_float: bool


def check(request: WriteRequest) -> None:
    """Raises ConvError where the array is no sound."""
    channels = _channels(request)
    if channels.size * (_samples(request).bits // 8) > MOST_BYTES or len(channels) > MOST_CHANNELS:
        raise request.wrong_shape("holds at most 4 GiB", "Write an .npy file.")


def write(request: WriteRequest) -> list[bytes]:
    """The bytes of the file."""
    check(request)
    samples, channels = _samples(request), _channels(request)
    rate = _written_rate(request, len(channels) * samples.bits // 8)
    if samples.is_float:
        return _floats(request, channels, rate, samples.bits)
    numbers = _integers(request, channels, samples.bits)
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(samples.bits // 8)
        file.setframerate(rate)
        file.writeframes(_packed(numbers.T, samples.bits))
    return [buffer.getvalue()]


def _channels(request: WriteRequest) -> Array:
    """(C, L). Raises ConvError where the array has another shape, or complex numbers."""
    array = request.array_in_order
    if array.dtype.kind == "c":
        raise request.wrong_type("holds real numbers")
    channels = array[0] if array.ndim == 3 and len(array) == 1 else array
    if not 1 <= channels.ndim <= 2 or not channels.size:
        raise request.wrong_shape("holds L samples, or CxL of C channels")
    return channels.reshape(-1, channels.shape[-1])


def _samples(request: WriteRequest) -> _Samples:
    """As in the input's file; of other inputs floats stay floats, and integers have 16 bits."""
    source = request.origin.source
    if source is not None and source.rate is not None and source.bits is not None:
        return _Samples(source.bits, source.is_float)
    if request.array.dtype.kind == "f":
        return _Samples(32, True)
    return _Samples(USUAL_BITS, False)


def _written_rate(request: WriteRequest, frame: int) -> int:
    """The rate, or the largest whose bytes a second the header can count."""
    rate = _rate(request)
    if rate * frame > MOST_RATE:
        request.say(
            f"the rate {rate} is more than the header counts: {MOST_RATE // frame} is written"
        )
    return min(rate, MOST_RATE // frame)


def _rate(request: WriteRequest) -> int:
    """The input's rate, divided by the stride; of a transposed layer multiplied."""
    source, axes = request.origin.source, request.origin.axes
    if source is None or not source.rate:
        request.say(f"the input has no rate: {USUAL_RATE} samples a second are written")
        return USUAL_RATE
    stride = axes[0].stride if axes else 1
    if stride == 1:
        return source.rate
    exact = source.rate * stride if request.origin.transposed else source.rate / stride
    sign = "*" if request.origin.transposed else "/"
    rate = max(round(exact), 1)
    rounded = "" if rate == exact else f", rounded to {rate}"
    request.say(f"the rate is {source.rate}{sign}{stride} = {exact:.8g} a second{rounded}")
    return rate


def _integers(request: WriteRequest, channels: Array, bits: int) -> Array:
    """Samples within the range of their bits; says what was rounded and clipped."""
    # Samples of 8 bits have no sign, in the file and as they are read.
    lowest, highest = (0, 255) if bits == 8 else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    rounded = np.rint(channels)
    unknown = int(np.isnan(channels).sum())
    clipped = int(((rounded < lowest) | (rounded > highest)).sum())
    changed = int(((rounded != channels) & np.isfinite(channels)).sum())
    silence = 128 if bits == 8 else 0
    span, became = f"clipped to {lowest}..{highest}", f"NaN and became {silence}"
    lost = [
        count_of(count, f"{one} {what}", f"{many} {what}")
        for count, one, many, what in (
            (clipped, "was", "were", span),
            (changed, "was", "were", "rounded"),
            (unknown, "is", "are", became),
        )
        if count
    ]
    if lost:
        request.say(
            f"of {count_of(channels.size, 'sample', 'samples')} {', '.join(lost)}:"
            f" the file has {bits} bits a sample;"
            " an .npy file keeps all numbers"
        )
    numbers: Array = np.nan_to_num(np.clip(rounded, lowest, highest), nan=silence)
    return numbers.astype(np.int64)


def _packed(frames: Array, bits: int) -> bytes:
    """Little-endian samples: the low bytes of an int64."""
    as_bytes = np.ascontiguousarray(frames).astype("<i8").view(np.uint8)
    return as_bytes.reshape(*frames.shape, 8)[..., : bits // 8].tobytes()


def _floats(request: WriteRequest, channels: Array, rate: int, bits: int) -> list[bytes]:
    dtype = np.dtype("<f8" if bits == 64 else "<f4")
    with np.errstate(over="ignore"):
        samples = channels.astype(dtype)
    changed = int(((samples != channels) & ~np.isnan(channels)).sum())
    if changed:
        request.say(
            f"{changed} of {count_of(channels.size, 'sample', 'samples')}"
            f" {'was' if changed == 1 else 'were'} rounded to float32;"
            " an .npy file keeps every digit"
        )
    data = np.ascontiguousarray(samples.T).tobytes()
    count, width = len(channels), dtype.itemsize
    form = struct.pack(
        "<HHIIHHH", FLOAT_FORMAT, count, rate, rate * count * width, count * width, width * 8, 0
    )
    frames = struct.pack("<I", channels.shape[1])
    chunks = b"".join(
        name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
        for name, body in ((b"fmt ", form), (b"fact", frames), (b"data", data))
    )
    return [b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE", chunks]
