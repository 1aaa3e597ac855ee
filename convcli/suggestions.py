"""Did you mean: the known words that a mistyped word may stand for, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

LETTERS_PER_MISTAKE = 3  # of a word; a word of two letters must be right but for its case
MOST_TIES = 6  # known words that are as near; of more, the word says nothing
SHORTEST_PREFIX = 2  # letters
LONGEST_WORD = 60  # characters that are compared

_SEPARATOR = re.compile(r"[-_. ]+")


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint with the closest known words, None where none is close.

    >>> did_you_mean("--verison", ["--version", "--help"])
    'Did you mean --version?'
    >>> did_you_mean("sobel", ["sobel-x", "sobel-y", "laplacian"])
    'Did you mean sobel-x or sobel-y?'
    """
    close = closest(word, known)
    return f"Did you mean {either(close)}?" if close else None


def either(words: Sequence[str]) -> str:
    """The words as a choice.

    >>> either(["a", "b", "c"])
    'a, b or c'
    """
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def closest(word: str, known: Iterable[str]) -> list[str]:
    """The known words that `word` may stand for, all that are as close, in their order.

    These are the words that differ only in case, hyphens and underscores; else those of which it
    is a part, like --kernel-size for size; else those with the fewest mistakes, at most one for
    each LETTERS_PER_MISTAKE letters; else those that begin with it, or have a part that does.

    >>> closest("conv4d", ["conv1d", "conv2d", "init"]), closest("bogus", ["groups"])
    (['conv1d', 'conv2d'], [])
    """
    names = list(dict.fromkeys(known))
    plain = {name: _plain(name) for name in names}
    target = _plain(word)
    same = [name for name in names if plain[name] == target]
    if same or len(target) < SHORTEST_PREFIX:
        return same
    parts = {name: [_plain(part) for part in _SEPARATOR.split(name) if part] for name in names}
    whole = [name for name in names if target in parts[name] and len(target) > SHORTEST_PREFIX]
    if whole:
        return whole if len(whole) <= MOST_TIES else []
    most = len(target) // LETTERS_PER_MISTAKE
    mistakes = {
        name: edit_distance(target, plain[name])
        for name in names
        if abs(len(plain[name]) - len(target)) <= most
    }
    fewest = min(mistakes.values(), default=most + 1)
    near = [name for name in mistakes if mistakes[name] == fewest <= most]
    begun = [name for name in names if plain[name].startswith(target)]
    inside = [name for name in names if any(part.startswith(target) for part in parts[name])]
    found = near or begun or (inside if len(target) > SHORTEST_PREFIX else [])
    return found if len(found) <= MOST_TIES else []


def edit_distance(first: str, second: str) -> int:
    """How many letters are changed, inserted, removed or swapped with the next, at least.

    Source: the optimal string alignment distance, with the recursion over prefixes

        d[i][j] = min(d[i-1][j] + 1, d[i][j-1] + 1, d[i-1][j-1] + (a != b), d[i-2][j-2] + 1)

    whose last term is for swapped letters.

    >>> edit_distance("verison", "version"), edit_distance("adma", "adam")
    (1, 1)
    """
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        before, last, row = row, before, [i]
        for j, b in enumerate(second, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and b == first[i - 2]:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _plain(word: str) -> str:
    """The word in lower case, without what separates its parts."""
    return _SEPARATOR.sub("", word[:LONGEST_WORD].lower())
