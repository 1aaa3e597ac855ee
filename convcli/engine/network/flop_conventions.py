"""The cost of a network as the tools in use count it.

They differ in biases, in counting a multiply-add as one or two, and in counting transposed layers
by input or output. The rules are what the tools printed for single layers and for AlexNet, VGG-16,
ResNet-18, ResNet-50 and MobileNetV2: torch.utils.flop_counter of torch 2.13, ptflops 0.7.5 with
either backend, fvcore 0.1.5, thop 0.1.1, torchinfo 1.8.0. `make tools` compares them on more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcli.engine.network.layers.base import ToolCounts
from convcli.engine.network.walk import Step


class Count(NamedTuple):
    """One way to count: its key, the number, the tool that prints it or None."""

    key: str
    number: int
    tool: str | None


def counts(steps: Sequence[Step]) -> list[Count]:
    """The cost of a network under each convention.

    `macs` counts each product with a weight as one, and a transposed layer by its input; the others
    start from it. A tool is omitted if its rule for a layer was not measured.
    """
    macs = sum(step.macs or 0 for step in steps)
    products = macs + sum(step.macs_without_weights for step in steps)
    biases = sum(step.layer.bias_additions(step.output) for step in steps)
    return [
        Count("macs", macs, None),
        Count("macs_and_bias", macs + biases, _WITH_ATEN),
        Count("operations", 2 * products, "torch.utils.flop_counter"),
        Count("operations_and_bias", 2 * products + biases, None),
        *_tool_counts(steps, macs, biases),
    ]


_WITH_ATEN = "ptflops, backend aten"
_TOOLS = ("fvcore", "thop", "torchinfo", "ptflops")
_WITH_BIASES = ("torchinfo", "ptflops")
_NOTHING = ToolCounts()


def _tool_counts(steps: Sequence[Step], macs: int, biases: int) -> Iterator[Count]:
    measured = [step.layer.tool_counts(step.output, *step.inputs) for step in steps]
    known = [tools for tools in measured if tools is not None]
    if len(known) < len(steps):
        return
    more = [tools for tools in known if tools != _NOTHING]
    for tool in _TOOLS:
        numbers = [getattr(tools, tool) for tools in more]
        if None not in numbers:
            start = macs + (biases if tool in _WITH_BIASES else 0)
            yield Count(tool, start + sum(numbers), tool)
