"""Damaged chunks whose last byte lies before a page that may not be read, to each codec of stores.

`python -m tests.fuzz.guard_page --count 20000` decodes that many with each codec that Zarr may
name. A decoder that reads past the end of a chunk ends the process with SIGSEGV. What the store
refuses before it is decoded is left out: see `packed_sizes.is_whole`.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import mmap
import random
from contextlib import suppress
from typing import Any

import numcodecs
import numpy as np

from convcli.inputs.files.stores.packed_sizes import is_whole, unpacked_bytes
from convcli.inputs.files.stores.zarr_metadata import FILTERS, PACKING

PAGES = 16
MOST = 2**24  # bytes that a chunk may unpack to
COMPRESSORS = ("lz4", "lz4hc", "zstd", "zlib", "blosclz")
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "blosc": [{"cname": name, "shuffle": way} for name in COMPRESSORS for way in (0, 1, 2)]
    + [{"cname": name, "blocksize": 64} for name in COMPRESSORS],
    "zstd": [{}, {"checksum": True}],
    "shuffle": [{"elementsize": size} for size in (0, 1, 3, 4, 8)],
    "delta": [{"dtype": "<i4"}, {"dtype": "|u1", "astype": "<i4"}],
    "fixedscaleoffset": [{"offset": 1, "scale": 10, "dtype": "<f4", "astype": "u1"}],
    "bitround": [{"keepbits": 3}],
    "quantize": [{"digits": 2, "dtype": "<f4"}],
    "astype": [{"encode_dtype": "<i4", "decode_dtype": "<f8"}],
    **{name: [{}, {"location": "start"}] for name in ("crc32", "crc32c", "adler32")},
    "jenkins_lookup3": [{}, {"prefix": b"abc"}],
}
NUMBERS = {"bitround": "<f4", "quantize": "<f4", "fixedscaleoffset": "<f4", "packbits": "?"}


class GuardPage:
    """Some memory that ends before a page that nobody may read."""

    def __init__(self) -> None:
        self.size = PAGES * mmap.PAGESIZE
        self.memory = mmap.mmap(-1, self.size + mmap.PAGESIZE)
        first = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        if protect(ctypes.c_void_p(first + self.size), ctypes.c_size_t(mmap.PAGESIZE), 0):
            raise OSError(ctypes.get_errno(), "mprotect")

    def before(self, data: bytes) -> memoryview:
        """The bytes, the last of them before the page."""
        place = slice(self.size - len(data), self.size)
        self.memory[place] = data
        return memoryview(self.memory)[place]


def encoded(rng: random.Random, name: str, codec: Any) -> bytes:
    """What a codec makes of some numbers."""
    numbers = np.arange(rng.choice((0, 1, 2, 3, 64, 300))).astype(NUMBERS.get(name, "<i4"))
    made = codec.encode(numbers)
    return made if isinstance(made, bytes) else np.ascontiguousarray(made).tobytes()


def damaged(rng: random.Random, data: bytes) -> bytes:
    """The bytes with up to three changes, most of them where headers are."""
    changed = bytearray(data)
    for _ in range(rng.randrange(4)):
        at = rng.randrange(max(1, min(len(changed), rng.choice((24, 40, 4000)))))
        match rng.randrange(4):
            case 0:
                number = rng.choice((0, 1, 16, len(data), 2**16, 2**24, 2**31 - 1, 2**32 - 1))
                changed[at : at + 4] = number.to_bytes(4, "little")
            case 1:
                del changed[at:]
            case 2:
                changed += rng.randbytes(rng.randrange(9))
            case _:
                changed[at : at + 1] = bytes([rng.randrange(256)])
    return bytes(changed)


def decode(name: str, seed: int, page: GuardPage) -> bool:
    """Decode the chunk of a seed; whether the store would have decoded it."""
    rng = random.Random(seed)
    codec = numcodecs.get_codec({"id": name, **rng.choice(SETTINGS.get(name, [{}]))})
    try:
        data = page.before(damaged(rng, encoded(rng, name, codec)))
    except Exception:  # nothing to encode, or settings that say nothing
        return False
    if not is_whole(data, len(data), (name,)) or unpacked_bytes(data, (name,), MOST) > MOST:
        return False
    with suppress(Exception):  # the store makes one error of it
        codec.decode(data)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000, help="chunks of each codec")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    faulthandler.enable()
    page = GuardPage()
    for name in sorted(PACKING | FILTERS):
        seeds = range(options.seed, options.seed + options.count)
        decoded = sum(decode(name, seed, page) for seed in seeds)
        print(f"{name}: {decoded} of {options.count} decoded", flush=True)


if __name__ == "__main__":
    main()
