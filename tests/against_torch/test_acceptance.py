"""convcli refuses exactly what torch refuses, over random requests, legal and not."""

from __future__ import annotations

import random
import warnings
from typing import Any

from convcli import ConvError, ConvSpec
from convcli.engine.geometry.padding import TORCH_PADDING_MODES
from tests.long_loops import first_part_everyday
from tests.random_layers import random_arguments

REQUESTS = 6000


def spoiled(rng: random.Random, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments with none, one or two of them changed to something doubtful."""
    rank = arguments["dims"]
    doubtful: dict[str, list[Any]] = {
        "in_channels": [1, 2, 3, 5],
        "out_channels": [1, 2, 5, 0, -1],
        "kernel_size": [0, -1, 7, (2,) * rank, (1,) * (rank - 1) + (6,)],
        "stride": [0, -1, 5, (1,) * (rank + 1), (2,) * rank, (1,) * (rank - 1) + (0,)],
        "padding": [-1, 5, 9, (4,) * rank, (2,) * (rank + 1), "same", "valid", "full"],
        "dilation": [0, -1, 4, (3,) * rank, (1,) * (rank + 1)],
        "groups": [0, -1, 2, 4, 7],
        "padding_mode": ["zeros", "reflect", "replicate", "circular", "mirror"],
        "output_padding": [-1, 1, 2, 3, (1,) * rank, (0,) * (rank - 1) + (2,), (1,) * (rank + 1)],
    }
    if not arguments["transposed"]:
        del doubtful["output_padding"]
    for _ in range(rng.choice((0, 1, 1, 2))):
        name = rng.choice(list(doubtful))
        arguments = arguments | {name: rng.choice(doubtful[name])}
    return arguments


def torch_shape(arguments: dict[str, Any], shape: tuple[int, ...]) -> tuple[int, ...] | None:
    import torch

    given = dict(arguments)
    rank, transposed = given.pop("dims"), given.pop("transposed")
    if not transposed:
        del given["output_padding"]
    layer = getattr(torch.nn, f"Conv{'Transpose' if transposed else ''}{rank}d")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tuple(layer(**given)(torch.zeros(shape)).shape)
    except (RuntimeError, ValueError, TypeError, NotImplementedError):
        return None


def our_shape(arguments: dict[str, Any], shape: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return tuple(ConvSpec.of(**arguments).output_shape(shape))
    except ConvError:
        return None


def is_accident_of_torch(arguments: dict[str, Any], theirs: tuple[int, ...] | None) -> bool:
    """Whether torch's own paths disagree; convcli refuses, like the stricter path.

    F.pad, which applies the modes other than zeros, crops for a negative padding; the fast path of
    transposed layers accepts an output of size 0 and, for a kernel of 1, dilation 0.
    """
    if arguments["padding"] == -1 and arguments["padding_mode"] in (
        "reflect",
        "replicate",
        "circular",
    ):
        return True
    if not arguments["transposed"] or theirs is None:
        return False
    zero_dilation = arguments["dilation"] == 0 or (
        isinstance(arguments["dilation"], tuple) and 0 in arguments["dilation"]
    )
    return 0 in theirs or zero_dilation


@first_part_everyday("seed", 6)
def test_the_same_requests_are_refused_and_the_others_give_the_same_shape(seed: int) -> None:
    rng = random.Random(seed)
    refused = 0
    for _ in range(REQUESTS // 6):
        arguments = spoiled(rng, random_arguments(rng, modes=TORCH_PADDING_MODES))
        channels = arguments["in_channels"] if rng.random() < 0.95 else arguments["in_channels"] + 1
        low = 0 if rng.random() < 0.05 else 1
        sizes = tuple(rng.randint(low, 8) for _ in range(arguments["dims"]))
        shape = (rng.choice((1, 2)), channels, *sizes)
        theirs = torch_shape(arguments, shape)
        ours = our_shape(arguments, shape)
        if is_accident_of_torch(arguments, theirs):
            assert ours is None, (arguments, shape)
            continue
        assert ours == theirs, (arguments, shape)
        refused += theirs is None
    assert REQUESTS // 30 < refused < REQUESTS // 6 * 0.8
