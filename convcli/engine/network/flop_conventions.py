"""The cost of a network as the tools in use count it: bias or not, doubled, transposed layers by their input or output.

The rules are what the tools printed for single layers and for AlexNet, VGG-16, ResNet-18, ResNet-50 and MobileNetV2:
torch.utils.flop_counter of torch 2.13, ptflops 0.7.5 (backend "aten"), fvcore 0.1.5, thop 0.1.1, torchinfo 1.8.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.linear import Linear
from convcli.engine.network.layers.merging import Concat, Elementwise
from convcli.engine.network.layers.normalisation import Normalisation
from convcli.engine.network.layers.padding import PadLayer
from convcli.engine.network.layers.pooling import AdaptivePool, Pool
from convcli.engine.network.layers.reshaping import Flatten
from convcli.engine.network.walk import Step

MEASURED = (
    Convolution,
    Linear,
    Normalisation,
    Pool,
    AdaptivePool,
    Flatten,
    Elementwise,
    Concat,
    PadLayer,
)


class Count(NamedTuple):
    """One way to count: what is counted, the number, and the tool that prints it, None where no tool of these does."""

    key: str
    rule: str
    number: int
    tool: str | None


def counts(steps: Sequence[Step]) -> list[Count]:
    """The cost under each convention; the tools are named where all layers are such that their rules were measured.

    `macs` counts a product of a weight as one, a transposed layer by its input; every other number goes from there.
    """
    macs = sum(step.macs for step in steps)
    biases = sum(map(_bias_additions, steps))
    by_output = sum(map(_extra_by_output, steps))
    measured = all(type(step.layer) is Layer or isinstance(step.layer, MEASURED) for step in steps)
    found = [
        Count("macs", "multiply-adds with weights", macs, None),
        Count("macs_and_bias", "the same, and the additions of biases", macs + biases, "ptflops"),
        Count("operations", "two for each multiply-add", 2 * macs, "torch.utils.flop_counter"),
        Count("operations_and_bias", "those, and the additions of biases", 2 * macs + biases, None),
    ]
    if measured:
        fvcore = macs + sum(map(_fvcore_extra, steps))
        thop = macs + by_output + sum(map(_thop_extra, steps))
        torchinfo = macs + biases + by_output + sum(map(_torchinfo_extra, steps))
        found += [
            Count(
                "fvcore",
                "multiply-adds, 2 a cell of BatchNorm, 1 a cell that adaptive pooling reads",
                fvcore,
                "fvcore",
            ),
            Count(
                "thop",
                "transposed layers by their output, 4 a cell of BatchNorm, averages",
                thop,
                "thop",
            ),
            Count(
                "torchinfo",
                "biases, transposed layers by their output, 1 a BatchNorm parameter",
                torchinfo,
                "torchinfo",
            ),
        ]
    return found


def _bias_additions(step: Step) -> int:
    layer = step.layer
    has_bias = (isinstance(layer, Convolution) and layer.spec.bias) or (
        isinstance(layer, Linear) and layer.bias
    )
    return prod(step.output) if has_bias else 0


def _extra_by_output(step: Step) -> int:
    """What counting a transposed layer as if it were a convolution to its output adds: its every output times the taps."""
    if not (isinstance(step.layer, Convolution) and step.layer.spec.transposed):
        return 0
    spec = step.layer.spec
    per_output = spec.in_channels // spec.groups * prod(spec.kernel_size)
    return prod(step.output) * per_output - step.macs


def _fvcore_extra(step: Step) -> int:
    if isinstance(step.layer, Normalisation):
        return 2 * prod(step.output)
    return (
        prod(step.inputs[0])
        if isinstance(step.layer, AdaptivePool) and step.layer.kind == "avg"
        else 0
    )


def _thop_extra(step: Step) -> int:
    if isinstance(step.layer, Normalisation):
        return 4 * prod(step.output)
    if isinstance(step.layer, AdaptivePool) and step.layer.kind == "avg":
        window = prod(
            size // out for size, out in zip(step.inputs[0][2:], step.output[2:], strict=True)
        )
        return (window + 1) * prod(step.output)
    return prod(step.output) if isinstance(step.layer, Pool) and step.layer.kind == "avg" else 0


def _torchinfo_extra(step: Step) -> int:
    return step.parameters if isinstance(step.layer, Normalisation) else 0
