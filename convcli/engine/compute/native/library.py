"""Loads the compiled kernel, and picks the instruction set; says why where there is none."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from functools import cache
from platform import machine
from typing import Any, NamedTuple

from convcli.engine.compute.native.build import (
    FLOAT_BITS,
    FOLDER,
    KERNELS,
    LIBRARY,
    NUMBERS,
    digest,
    variants,
)

SWITCH = "CONVCLI_NATIVE"  # 0: NumPy alone; or one of LEVELS, the most that is used
LEVELS = ("sse2", "avx2", "avx512")  # what `convcli_level` counts
SPELLED = {"sse2": "SSE2", "avx2": "AVX2", "avx512": "AVX-512"}
KINDS = (  # of functions, as `Kernel` has them: the end of the name, and the number types
    ("", NUMBERS),
    ("_packed", NUMBERS),
    ("_interleaved", NUMBERS),
    ("_winograd", FLOAT_BITS),
)
USED = (("sse2",), ("avx2",), ("avx512", "avx512_32", "avx512_halves"))  # at each level


class Kernel(NamedTuple):
    """The functions of an instruction set, by number type, and the bytes of its vectors.

    `packed` and `interleaved` are those of phases.c, `winograd` those of winograd.c.
    """

    name: str
    vector_bytes: int
    functions: dict[str, Any]
    packed: dict[str, Any]
    interleaved: dict[str, Any]
    winograd: dict[str, Any]

    @property
    def halves(self) -> bool:
        """Whether the halves of a vector are of two rows: see halves.h."""
        return self.name.endswith("halves")


class Native(NamedTuple):
    """The kernels that this machine runs, the widest first, and how `--version` says it.

    `share` and `help` are the functions of threads.c.
    """

    kernels: tuple[Kernel, ...]
    state: str
    share: Any = None
    help: Any = None


@cache
def native() -> Native:
    """The compiled kernel of this installation, or the reason why NumPy computes alone."""
    wanted = os.environ.get(SWITCH, "")
    if wanted == "0":
        return _none(f"{SWITCH} is 0")
    path = FOLDER / LIBRARY
    if not path.exists():
        return _none("the compiled kernel was not built, for want of a C compiler")
    try:
        library = ctypes.CDLL(str(path))
        if _is_of_other_source(library):
            return _none(f"the compiled kernel is not that of {KERNELS[0]}, build it again")
        kernels = _kernels(library, wanted)
        share, help = _threads(library)
    except (OSError, AttributeError, ValueError):
        return _none("the compiled kernel cannot be loaded")
    state = f"compiled kernel for {SPELLED.get(kernels[0].name, machine())}"
    return Native(kernels, state, share, help)


def _none(reason: str) -> Native:
    return Native((), f"NumPy computes: {reason}")


def _is_of_other_source(library: ctypes.CDLL) -> bool:
    made_of = ctypes.c_char.in_dll(library, "convcli_source")
    found = ctypes.string_at(ctypes.addressof(made_of)).decode()
    return (FOLDER / KERNELS[0]).exists() and found != digest(FOLDER)


def _kernels(library: ctypes.CDLL, wanted: str) -> tuple[Kernel, ...]:
    level = library.convcli_level()
    if wanted in LEVELS:
        level = min(level, LEVELS.index(wanted))
    sizes = {name: size for name, size, _ in variants(machine())}
    names = USED[level] if LEVELS[0] in sizes else tuple(sizes)
    kernels = []
    for name in names:
        functions = (_functions(library, name, *kind) for kind in KINDS)
        kernels.append(Kernel(name, sizes[name], *functions))
    return tuple(kernels)


def _functions(library: ctypes.CDLL, name: str, end: str, dtypes: Iterable[str]) -> dict[str, Any]:
    functions = {dtype: getattr(library, f"{name}_{dtype}{end}") for dtype in dtypes}
    for function in functions.values():
        function.argtypes, function.restype = [ctypes.c_void_p] * 6, None
    return functions


def _threads(library: ctypes.CDLL) -> tuple[Any, Any]:
    share, help = library.convcli_share, library.convcli_help
    size, place = ctypes.c_ssize_t, ctypes.c_void_p
    share.argtypes, share.restype = [place, place, size, place, size], None
    help.argtypes, help.restype = [place, size, size], None
    return share, help
