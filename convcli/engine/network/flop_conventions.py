"""The cost of a network as the tools in use count it.

They differ in biases, in counting a multiply-add as one or two, and in counting transposed layers
by input or output. The rules are what the tools printed for single layers and for AlexNet, VGG-16,
ResNet-18, ResNet-50 and MobileNetV2: torch.utils.flop_counter of torch 2.13, ptflops 0.7.5
(backend "aten"), fvcore 0.1.5, thop 0.1.1, torchinfo 1.8.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcli.engine.network.walk import Step


class Count(NamedTuple):
    """One way to count: its key, its rule in words, the number, the tool that prints it or None."""

    key: str
    rule: str
    number: int
    tool: str | None


def counts(steps: Sequence[Step]) -> list[Count]:
    """The cost of a network under each convention.

    `macs` counts each product with a weight as one, and a transposed layer by its input; the others
    start from it. fvcore, thop and torchinfo are omitted if a layer's rule was not measured.
    """
    macs = sum(step.macs for step in steps)
    biases = sum(step.layer.bias_additions(step.output) for step in steps)
    return [
        Count("macs", "multiply-adds with weights", macs, None),
        Count("macs_and_bias", "multiply-adds and bias additions", macs + biases, "ptflops"),
        Count("operations", "two for each multiply-add", 2 * macs, "torch.utils.flop_counter"),
        Count(
            "operations_and_bias",
            "two for each multiply-add, and bias additions",
            2 * macs + biases,
            None,
        ),
        *_tool_counts(steps, macs, biases),
    ]


def _tool_counts(steps: Sequence[Step], macs: int, biases: int) -> list[Count]:
    measured = [step.layer.tool_counts(step.output, *step.inputs) for step in steps]
    known = [tools for tools in measured if tools is not None]
    if len(known) < len(steps):
        return []
    fvcore, thop, torchinfo = (sum(numbers) for numbers in zip(*known, strict=True))
    return [
        Count(
            "fvcore",
            "multiply-adds, 2 per cell of BatchNorm, 1 per cell that adaptive pooling reads",
            macs + fvcore,
            "fvcore",
        ),
        Count(
            "thop",
            "transposed layers by their output, 4 per cell of BatchNorm, averages",
            macs + thop,
            "thop",
        ),
        Count(
            "torchinfo",
            "biases, transposed layers by their output, 1 per BatchNorm parameter",
            macs + biases + torchinfo,
            "torchinfo",
        ),
    ]
