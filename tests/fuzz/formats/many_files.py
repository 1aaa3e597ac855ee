"""Command lines of --each over files of several formats, some of them damaged."""

from __future__ import annotations

import random

from tests.fuzz.case import MAX_MEMORY, Case
from tests.fuzz.damage import damaged_bytes, text_of
from tests.fuzz.formats import wav_files
from tests.inputs.test_npy_fuzz import whole_files

COMMANDS = (("run", "conv2d", "ones:1x1"), ("grad", "conv2d", "ones:1x1"),
    ("matrix", "conv2d", "ones:1x1"), ("run", "conv1d", "ones:1"),
    ("run", "Conv2d(1, 1, 2, padding=1)"))  # fmt: skip
PATTERNS = ("*", "*.npy", "x?.*", "[x-", "**/*", "", "missing*", "x0.npy", "/dev/null", "..", ".")


def make(rng: random.Random) -> Case:
    files: list[tuple[str, bytes]] = []
    for number in range(rng.choice((0, 1, 2, 4))):
        name, data = rng.choice((
            ("npy", rng.choice(whole_files())),
            ("csv", b"1,2\n3,4\n"),
            ("json", b"[[1, 2], [3, 4]]"),
            ("pgm", b"P5 2 2 255\n\1\2\3\4"),
            ("wav", wav_files.whole_sound(rng)),
        ))  # fmt: skip
        data = damaged_bytes(rng, data) if rng.random() < 0.5 else data
        files.append((f"x{number}.{name}", data))
    pattern = rng.choice(PATTERNS) if rng.random() < 0.9 else text_of(rng).replace("\0", "")
    folder = rng.choice(("out", "out", "out", "out/deeper", "", ".", "x0.npy", "/dev/full"))
    suffix = rng.choice(
        ((), (), ("--out-suffix", rng.choice((".png", ".csv", ".x", "", "/", ".wav"))))
    )
    more = rng.choice(((), ("--json",), ("-q",), ("--force",), ("-o", "y.npy"), ("--each", "x1*")))
    line = (*rng.choice(COMMANDS), "--each", pattern, "--out-dir", folder, *suffix, *more)
    limit = ("--max-memory", str(MAX_MEMORY)) if line[0] != "learn" else ()
    return Case((*line, *limit), tuple(files), may_write=True)
