"""`shape` says which channels each group reads; the tap tables and gradients agree."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec, convolve

Convcli = Callable[..., Any]

GROUPS = re.compile(r"group (\d+)\s+input channels (\S+) -> output channels (\S+)")
DEPTHWISE = re.compile(r"depthwise\s+output (.*) reads? input channel c alone")


def ends(text: str) -> range:
    first, _, last = text.partition("..")
    return range(int(first), int(last or first) + 1)


@pytest.mark.parametrize("name", ["conv1d", "conv_transpose1d"])
@pytest.mark.parametrize(
    ("channels", "outs", "groups"),
    [(4, 8, 2), (6, 3, 3), (6, 6, 1), (12, 6, 6), (16, 16, 8), (4, 4, 4), (3, 9, 3)],
)
def test_the_channels_are_those_that_the_layer_reads(
    convcli: Convcli, name: str, channels: int, outs: int, groups: int
) -> None:
    line = ("shape", name, f"{channels}x3", "-c", outs, "-k", 1, "-g", groups)
    out = convcli(*line).out
    read = read_channels(name, channels, outs, groups)
    found = [(int(at), ends(ins), ends(made)) for at, ins, made in GROUPS.findall(out)]
    if groups == 1:
        assert not found
        assert not DEPTHWISE.search(out)
    elif channels == groups:
        (made,) = DEPTHWISE.findall(out)
        each = outs // channels
        assert made == ("channel c" if each == 1 else f"channels {each}*c..{each}*c + {each - 1}")
        assert all(read[output] == {output // each} for output in range(outs))
    else:
        assert len(found) == (groups if groups <= 5 else 4)
        assert found[-1][0] == groups - 1
        for _, ins, made in found:
            assert all(read[output] == set(ins) for output in made)
    left = re.search(r"(\d+) more groups", out)
    assert (int(left[1]) if left else 0) + len(found) == (groups if found else 0)


def read_channels(name: str, channels: int, outs: int, groups: int) -> list[set[int]]:
    """The input channels that each output channel reads, by impulses."""
    spec = ConvSpec.of(
        in_channels=channels, out_channels=outs, kernel_size=1, groups=groups, dims=1,
        transposed="transpose" in name, bias=False,
    )  # fmt: skip
    read: list[set[int]] = [set() for _ in range(outs)]
    for channel in range(channels):
        impulse = np.zeros((1, channels, 1), int)
        impulse[0, channel] = 1
        output = convolve(spec, impulse, np.ones(spec.weight_shape, int))
        for reached in np.flatnonzero(output[0, :, 0]):
            read[reached].add(channel)
    return read


@pytest.mark.parametrize("size", ["3x3", "1x3x64x64"])
def test_no_number_stands_twice_in_the_memory(convcli: Convcli, size: str) -> None:
    out = convcli("shape", "conv2d", size, "-k", 3, "-c", 1).out
    (line,) = [line for line in out.splitlines() if line.startswith("activation memory")]
    numbers = re.findall(r"\d+(?:\.\d+)?", line.replace("float32", ""))
    assert len(numbers) == len(set(numbers))
    assert ("KiB" in line) == (size != "3x3")
