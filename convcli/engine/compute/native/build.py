"""Compiles the sources in C of this folder: `python -m convcli.engine.compute.native.build`.

The wheel of a platform and an installation from source do this through hatch_build.py. Without a
compiler NumPy computes everything.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent
# For each instruction set and number type, in one unit; and before these, for one instruction set.
KERNELS, HALVES = ("kernel.c", "phases.c", "winograd.c"), "halves.h"
SHARING = "threads.c"  # for all
SOURCES = (*KERNELS, HALVES, SHARING)
LIBRARY = "kernel.dll" if sys.platform == "win32" else "kernel.so"

# Compiled once each: name, bytes of a vector, flags. The first is for every machine of its kind.
AVX2 = ("-mavx2", "-mfma")
AVX512 = ("-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw", "-mfma")
X86 = (
    ("sse2", 16, ("-msse2",)),
    ("avx2", 32, AVX2),
    ("avx512_32", 32, AVX512),  # for short rows
    ("avx512_halves", 64, (*AVX512, "-include", HALVES)),
    ("avx512", 64, AVX512),
)
OTHERS = (("plain", 16, ()),)  # NEON where the machine has it
NUMBERS = {"float32": "float", "float64": "double", "int64": "uint64_t"}
FLOAT_BITS = {"float32": "uint32_t", "float64": "uint64_t"}
# Loops over a few numbers stay loops: a call of memset or memcpy takes longer. Sums stay fused with
# products, where GCC from 13 on would take them apart for short vectors: other bytes, and slower.
# Clang refuses these flags, and knows another word for the first one.
OF_GCC = ("-fno-tree-loop-distribute-patterns", "--param=avoid-fma-max-bits=0")
QUICK = (OF_GCC, ("-fno-builtin",))
FLAGS = ("-O3", "-std=gnu11", "-fPIC", "-ffp-contract=fast", "-fvisibility=hidden")
EXPORTED = (
    "__declspec(dllexport)" if sys.platform == "win32" else '__attribute__((visibility("default")))'
)


def variants(machine: str) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    """What is compiled for a kind of machine, as `platform.machine` spells it."""
    return X86 if machine.lower() in ("x86_64", "amd64") else OTHERS


def digest(folder: Path) -> str:
    """The text by which a library says of which sources it was made."""
    sources = [(folder / name).read_bytes() for name in SOURCES]
    return f"{zlib.crc32(b''.join(sources)):08x}"  # hashlib takes milliseconds to import


def compiler() -> list[str] | None:
    """The command of a C compiler: $CC, or the first one of the system; None without one."""
    if "CC" in os.environ:
        return os.environ["CC"].split()
    found = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    return None if found is None else [found]


def build(into: Path = FOLDER, more: Sequence[str] = ()) -> Path | None:
    """Compile the source into a library in a folder; `more` are flags of the compiler.

    None where there is no compiler, or where it cannot compile this.
    """
    from tempfile import TemporaryDirectory  # not needed by `library`, which imports this module

    command = compiler()
    if command is None:
        return None
    with TemporaryDirectory() as work:
        compiles = (_compiles(command, Path(work), [*FLAGS, *quick, *more]) for quick in QUICK)
        if not any(compiles):
            return None
        # renamed in its folder: a process that has loaded the old library keeps it
        shutil.copy(Path(work) / LIBRARY, new := into / f".{LIBRARY}")
        return new.replace(into / LIBRARY)


def _compiles(command: list[str], work: Path, flags: list[str]) -> bool:
    try:
        _compile(command, work, flags)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _compile(command: list[str], work: Path, flags: list[str]) -> None:
    """One object for each instruction set and number type, and a library of all of them.

    In a folder of its own, with relative names: the same bytes wherever it is compiled.
    """
    for source in SOURCES:
        shutil.copy(FOLDER / source, work / source)
    running, objects = [], ["threads.o"]
    line = [*command, *flags, f"-DEXPORTED={EXPORTED}", "-c", SHARING, "-o", *objects]
    *before, last = KERNELS
    before = [word for source in before for word in ("-include", source)]
    running.append((line, subprocess.Popen(line, cwd=work, stderr=subprocess.PIPE)))
    for i, (name, size, of_set) in enumerate(variants(platform.machine())):
        for dtype, number in NUMBERS.items():
            objects.append(f"{name}_{dtype}.o")
            macros = [
                f"-DVECTOR_BYTES={size}",
                f"-DNUMBER={number}",
                f"-DNAME={name}_{dtype}",
                f"-DPACKED={name}_{dtype}_packed",
                f"-DINTERLEAVED={name}_{dtype}_interleaved",
                f"-DEXPORTED={EXPORTED}",
            ]
            if dtype in FLOAT_BITS:
                macros += [f"-DBITS={FLOAT_BITS[dtype]}", f"-DWINOGRAD={name}_{dtype}_winograd"]
            if i == 0 and dtype == "float32":
                macros.append(f'-DSOURCE="{digest(FOLDER)}"')
            line = [*command, *flags, *of_set, *macros, *before, "-c", last, "-o", objects[-1]]
            running.append((line, subprocess.Popen(line, cwd=work, stderr=subprocess.PIPE)))
    ended = [(line, process.communicate()[1], process.returncode) for line, process in running]
    for line, message, status in ended:
        if status:
            raise subprocess.CalledProcessError(status, line, stderr=message)
    line = [*command, *flags, "-shared", *objects, "-o", LIBRARY]
    subprocess.run(line, cwd=work, check=True, capture_output=True)


if __name__ == "__main__":
    made = build()
    sys.stdout.write(
        f"{made}\n" if made else "no C compiler that compiles kernel.c: NumPy is used\n"
    )
