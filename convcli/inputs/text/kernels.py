"""Well-known filters of any rank, as convolution layers use them: correlated, not flipped."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import axis_names
from convcli.errors import ConvError
from convcli.suggestions import did_you_mean

LARGEST_SIZE = 9999  # of an axis of a filter
NARROWEST = 1e-150  # deviation whose square is a number; below it the bell is the same, one cell
SMALLEST_OF_LOG = 1e-60  # deviation whose fourth power is a number
BYTES = 8  # of a number
COPIES = 4  # of a filter that has a size, while it is made
DERIVATIVE = (-1, 0, 1)
SMOOTHING = {"sobel": (1, 2, 1), "prewitt": (1, 1, 1), "scharr": (3, 10, 3)}
DIRECTIONS = {"x": -1, "y": -2, "z": -3}


def named_kernel(
    text: str, rank: int, name: str, admit: Callable[[int], None] = lambda size: None
) -> Array:
    """`sobel-x`, `laplacian`, `gaussian:5:1.0`, ... as an array of `rank` axes.

    `admit` is called with the bytes that a filter of a given size needs. Raises ConvError of kind
    "data" for an unknown name, or for numbers that the filter refuses, and what `admit` raises.

    >>> named_kernel("sobel-x", 2, "W").tolist()
    [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    """
    word, *numbers = text.split(":")
    if word not in KERNELS:
        raise ConvError(
            "kernel.name",
            "is not a known filter",
            parameter=name,
            got=f"kernel:{text}",
            hint=_suggestion(word, rank),
            kind="data",
        )
    make, most = KERNELS[word]
    try:
        if len(numbers) > most:
            raise ValueError
        values = [float(number) for number in numbers]
        if values and 1 <= values[0] <= LARGEST_SIZE:
            admit(int(values[0]) ** rank * BYTES * COPIES)
        return make(rank, *values)
    except ConvError:
        raise
    except (ValueError, IndexError):
        raise ConvError(
            "kernel.numbers", _usage(word, rank), parameter=name, got=f"kernel:{text}", kind="data"
        ) from None


def named_kernels(rank: int, most: int) -> dict[str, Array]:
    """The filters of `rank` axes with at most `most` numbers, by name, in their usual sizes.

    >>> sorted(named_kernels(1, 2)), named_kernels(1, 2)["edge"].tolist()
    (['edge'], [1, -1])
    """
    kernels = {word: KERNELS[word][0](rank) for word in KERNELS if _has_rank(word, rank)}
    return {word: kernel for word, kernel in kernels.items() if kernel.size <= most}


def _suggestion(word: str, rank: int) -> str:
    """The filters of this rank that the word may mean, or all."""
    names = [name for name in KERNELS if _has_rank(name, rank)]
    return did_you_mean(word, names) or f"The filters are {', '.join(names)}."


def _has_rank(word: str, rank: int) -> bool:
    make, _ = KERNELS[word]
    try:
        make(rank)
    except IndexError:
        return False
    return True


def _usage(word: str, rank: int) -> str:
    if "-" in word and word[-1] in DIRECTIONS:
        return f"{word} takes no numbers and needs an axis among {', '.join(axis_names(rank))}"
    return {
        "gaussian": "takes an odd size and a positive deviation, like kernel:gaussian:5:1.0",
        "log": f"takes an odd size and a deviation from {SMALLEST_OF_LOG:g} to "
        f"{1 / SMALLEST_OF_LOG:g}, like kernel:log:9:1.4",
        "box": "takes a size, like kernel:box:3",
        "identity": "takes an odd size, like kernel:identity:3",
    }.get(word, f"{word} takes no numbers")


def _outer(vectors: list[Any]) -> Array:
    return reduce(np.multiply.outer, [np.asarray(vector) for vector in vectors])


def _directed(family: str, letter: str) -> Callable[..., Array]:
    def make(rank: int) -> Array:
        if -DIRECTIONS[letter] > rank:
            raise IndexError
        vectors: list[Any] = [SMOOTHING[family]] * rank
        vectors[DIRECTIONS[letter]] = DERIVATIVE
        return _outer(vectors)

    return make


def _odd(size: float) -> int:
    if not 1 <= size <= LARGEST_SIZE or size % 2 != 1:
        raise ValueError
    return int(size)


def _gaussian(rank: int, size: float = 5, sigma: float = 1.0) -> Array:
    if not 0 < sigma < float("inf"):
        raise ValueError
    sigma = min(max(sigma, NARROWEST), 1 / NARROWEST)
    offsets = np.arange(_odd(size)) - _odd(size) // 2
    bell = np.exp(-(offsets**2) / (2 * sigma**2))
    return _outer([bell / bell.sum()] * rank)


def _laplacian_of_gaussian(rank: int, size: float = 9, sigma: float = 1.4) -> Array:
    if not SMALLEST_OF_LOG <= sigma <= 1 / SMALLEST_OF_LOG:
        raise ValueError
    bell = _gaussian(rank, size, sigma)
    offsets = np.meshgrid(*[np.arange(_odd(size)) - _odd(size) // 2] * rank, indexing="ij")
    squares = sum(offset**2 for offset in offsets)
    kernel = bell * (squares - rank * sigma**2) / sigma**4
    return np.asarray(kernel - kernel.mean())


def _box(rank: int, size: float = 3) -> Array:
    if not 1 <= size <= LARGEST_SIZE or size != int(size):
        raise ValueError
    return np.full((int(size),) * rank, 1 / int(size) ** rank)


def _identity(rank: int, size: float = 3) -> Array:
    kernel = np.zeros((_odd(size),) * rank, np.int64)
    kernel[(_odd(size) // 2,) * rank] = 1
    return kernel


def _laplacian(rank: int) -> Array:
    kernel = np.zeros((3,) * rank, np.int64)
    for axis in range(rank):
        kernel[(1,) * axis + (slice(None),) + (1,) * (rank - axis - 1)] += np.array((1, -2, 1))
    return kernel


def _laplacian_diagonal(rank: int) -> Array:
    return np.asarray(np.ones((3,) * rank, np.int64) - 3**rank * _identity(rank))


def _planar(rows: list[list[int]]) -> Callable[..., Array]:
    def make(rank: int) -> Array:
        if rank != 2:
            raise IndexError
        return np.array(rows)

    return make


KERNELS: dict[str, tuple[Callable[..., Array], int]] = {
    "identity": (_identity, 1),
    "box": (_box, 1),
    "gaussian": (_gaussian, 2),
    "sharpen": (lambda rank: _identity(rank) - _laplacian(rank), 0),
    "laplacian": (_laplacian, 0),
    "laplacian-diagonal": (_laplacian_diagonal, 0),
    "log": (_laplacian_of_gaussian, 2),
    "edge": (lambda rank: np.array((1, -1)).reshape((1,) * (rank - 1) + (2,)), 0),
    **{
        f"{family}-{letter}": (_directed(family, letter), 0)
        for family in SMOOTHING
        for letter in DIRECTIONS
    },
    "roberts-x": (_planar([[1, 0], [0, -1]]), 0),
    "roberts-y": (_planar([[0, 1], [-1, 0]]), 0),
    "emboss": (_planar([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]), 0),
}
