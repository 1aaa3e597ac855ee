"""The seeds of generated arrays: several of one command do not begin with the same numbers."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from convcli.errors import printable, shortened
from convcli.inputs.text.generators import SEED

LONGEST_SEED = 20  # digits: longer ones are no seeds, which their reader refuses
RANDOM = ("rand", "randn", "randint")
_RANDOM = re.compile(rf"({'|'.join(RANDOM)}):([^:]+)(?::(-?[0-9]+)(?::.*)?)?", re.ASCII)


def with_seeds(texts: Sequence[str | None]) -> list[str | None]:
    """The ARRAYs of a command; random ones without a seed get the smallest that no other one has.

    >>> with_seeds(["rand:4x4", "rand:3x3", "randn:1:1"])
    ['rand:4x4', 'rand:3x3:2', 'randn:1:1']
    """
    matches = [_match(text) for text in texts]
    used = {
        int(match[3]) for match in matches if match and match[3] and len(match[3]) <= LONGEST_SEED
    }
    seeded: list[str | None] = []
    for text, match in zip(texts, matches, strict=True):
        if match is None or match[3]:
            seeded.append(text)
            continue
        seed = next(seed for seed in range(len(used) + 1) if seed not in used)
        used.add(seed)
        seeded.append(f"{text}:{seed}" if seed else text)
    return seeded


def is_drawn_from(seed: int, text: str) -> bool:
    """Whether an ARRAY without a seed of its own is drawn from this one.

    >>> is_drawn_from(0, "rand:4x4"), is_drawn_from(0, "rand:4x4:0"), is_drawn_from(0, "ones:4x4")
    (True, False, False)
    """
    match = _match(text)
    return match is not None and match[3] is None and seed == SEED


def drawn_alike(name: str, text: str, seed: int) -> str:
    """The note on an array and drawn weights that begin with the same random numbers.

    >>> drawn_alike("X", "rand:4x4", 0)
    'X and the weight begin with the same random numbers, of seed 0; rand:4x4:1 has others'
    """
    same = f"{name} and the weight begin with the same random numbers, of seed {seed}"
    return f"{same}; {printable(shortened(text))}:{seed + 1} has others"


def _match(text: str | None) -> re.Match[str] | None:
    """The parts of a random array; None where a file has this name."""
    match = _RANDOM.fullmatch(text) if text else None
    return None if match is None or os.path.lexists(match[0]) else match
