"""Who needs how many bytes, and why; what does not fit is refused before it is allocated.

The readers of files ask too, with the sizes in `inputs/files/admission.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import prod

from convcli.cli.input.machine import available_memory
from convcli.errors import ConvError
from convcli.inputs.text.generators import GENERATORS, generated_bytes
from convcli.report.spelling.bytes import human_bytes

MIB = 2**20

# How often a command holds input and output at the same time.
RUN_COPIES = 1  # the input and the output
TRACE_COPIES = 2  # as they were read, and in the type of exact sums
MATRIX_COPIES = 2  # as they were read, and in the type of the matrix
SHOW_COPIES = 2  # as they were read, and in the type of exact sums
GRAD_COPIES = 3  # the arrays, the gradients, and one of them in work

NUMBER = 8  # bytes of a float64 or int64: results have at least as many per number here
SCRATCH = 64 * MIB  # what the engine allocates at most beside input and output
SCRATCH_PER_NUMBER = 16  # ... and for a small layer: two float64 per number of input and output
# Below this size of input and output, holding both is faster than reading and writing pieces.
PIECES_FROM = 64 * MIB
PIECES_HINT = "With an .npy file as X and -o Y.npy, convcli run computes an input of any size"
STORE_HINT = "With -o Y.zarr, convcli run computes a stored input of any size"

COPIES_OF_MULTIPLIED = 2  # of a weight: as it was read, and in an executor's order
COPIES_OF_VALUE, COPIES_OF_WEIGHT = 3, 5  # while a layer learns
COPIES_OF_TOLD = 6  # of a value of the step that is told whole: outputs, slopes, deltas
# Of each byte of a file of layers: an ONNX file's bytes, its messages, and what onnx infers shapes
# from; the objects that parsers make of a text.
BYTES_OF_NETWORK = {".onnx": 6, ".py": 1000, ".yaml": 200, ".yml": 200}
BYTES_OF_LISTED = 80
COPIES_WHILE_DRAWING = 6  # of a weight: integers, float32, float64 and the products between them
BYTES_OF_WINDOW = 24  # of an im2col entry: the cell's index, its value, and the value in use
COPIES_OF_WINDOWS = 5  # their places, whether they are inside, and their cells twice
BYTES_OF_ENTRY = 220  # of an entry of the sparse matrix: place, order and value while compressed


def operand_bytes(input_shape: Sequence[int], output_shape: Sequence[int], itemsize: int) -> int:
    """Input and output, each in the result's type, and the engine's scratch.

    >>> operand_bytes((1, 1, 5, 5), (1, 1, 3, 3), 4)
    816
    """
    numbers = prod(input_shape) + prod(output_shape)
    return numbers * max(itemsize, NUMBER) + min(numbers * SCRATCH_PER_NUMBER, SCRATCH)


def weight_bytes(weight_shape: Sequence[int]) -> int:
    """A weight, and the copy in which an executor multiplies it."""
    return prod(weight_shape) * NUMBER * COPIES_OF_MULTIPLIED


def drawing_bytes(weight_shape: Sequence[int]) -> int:
    """A weight while an initialiser draws it."""
    return prod(weight_shape) * NUMBER * COPIES_WHILE_DRAWING


def matrix_bytes(windows: int, entries: int) -> int:
    """The im2col matrix of so many numbers, and the sparse matrix of so many entries."""
    return windows * BYTES_OF_WINDOW + entries * BYTES_OF_ENTRY


def learning_bytes(values: Sequence[int], weights: Sequence[int], *, told: bool = False) -> int:
    """An epoch of gradient descent: numbers of each layer's input, of the target, of the weights.

    Each value has its gradient and a copy in work; each weight a gradient and two moments. A step
    that is `told` whole holds more.
    """
    copies = COPIES_OF_VALUE + (COPIES_OF_TOLD if told else 0)
    return sum(values) * NUMBER * copies + sum(weights) * NUMBER * COPIES_OF_WEIGHT


def network_bytes(path: str) -> int:
    """A file of layers, or a graph, while its layers are read."""
    suffix = os.path.splitext(path)[1].lower()
    return os.path.getsize(path) * BYTES_OF_NETWORK.get(suffix, BYTES_OF_LISTED)


def part_bytes(outputs: int, weights: int) -> int:
    """The outputs and weights of a layer on the page: results, and their copy in float64."""
    return outputs * SCRATCH_PER_NUMBER + weights * NUMBER


def windows_bytes(input_shape: Sequence[int], windows: Sequence[tuple[int, int]]) -> int:
    """Pooling of an input (N, C, *sizes), an axis after the other.

    `windows` has the number of windows and the cells of one, of each axis.

    >>> windows_bytes((1, 1, 8), [(4, 3)])
    480
    """
    shape, most = list(input_shape), 0
    for axis, (count, cells) in enumerate(windows, len(shape) - len(windows)):
        shape[axis] = count
        most = max(most, prod(shape) * cells)
    return most * NUMBER * COPIES_OF_WINDOWS


class _Sharing:
    """How many computations share the memory at the moment."""

    jobs = 1


@contextmanager
def shared_by(jobs: int) -> Iterator[None]:
    """Let each of so many computations at the same time have its part of the memory."""
    _Sharing.jobs = jobs
    try:
        yield
    finally:
        _Sharing.jobs = 1


def memory_limit(max_memory: int | None) -> int | None:
    """The bytes that `--max-memory` allows, else those that are free; None where unknown.

    Of several computations at the same time each may take its part.
    """
    limit = available_memory() if max_memory is None else max_memory
    return limit if limit is None else limit // _Sharing.jobs


def require_memory(
    needed: int, max_memory: int | None = None, alternative: str | None = None
) -> None:
    """Raises ConvError where `needed` bytes exceed `memory_limit`.

    `alternative` is a sentence, without its full stop, about a way that needs less memory.
    """
    limit = memory_limit(max_memory)
    if limit is None or needed <= limit:
        return
    amount = human_bytes(limit)
    bound = f"only {amount} is free" if max_memory is None else f"`max_memory` allows {amount}"
    if _Sharing.jobs > 1:
        bound += f" for each of the {_Sharing.jobs} `jobs`"
    rule = f"this needs about {human_bytes(needed)} of memory, but {bound}"
    hint = f"To try anyway, add `max_memory` {-(-needed * _Sharing.jobs // MIB)}M."
    hint = f"{hint} {alternative}." if alternative else hint
    raise ConvError("memory.limit", rule, hint=hint, kind="memory")


def require_generated(
    texts: Iterable[tuple[str, str | None]], max_memory: int | None = None
) -> None:
    """Raises ConvError where the generated arrays among (name, ARRAY) texts exceed the limit."""
    made = ((name, text) for name, text in texts if text and text.partition(":")[0] in GENERATORS)
    require_memory(sum(generated_bytes(text, name) for name, text in made), max_memory)
