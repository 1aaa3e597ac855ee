""".npy files, damaged as in the test of their reader, from a file and from standard input."""

from __future__ import annotations

import random

from tests.fuzz.case import Case, array_command, packed
from tests.fuzz.damage import damaged_bytes
from tests.inputs.test_npy_fuzz import damaged, whole_files


def make(rng: random.Random) -> Case:
    data = rng.choice(whole_files())
    data = damaged(rng, data) if rng.random() < 0.7 else damaged_bytes(rng, data)
    if rng.random() < 0.3:
        return Case(array_command(rng, "-"), stdin=data)
    return Case(array_command(rng, "x.npy"), packed("x.npy", data))
