"""What a layer costs: parameters, multiply-adds, operations, bytes. Exact integers of any size."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from convcli.displays import displayed
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec


@displayed
class Cost(NamedTuple):
    """The cost of one forward pass.

    `macs` are multiply-adds, one a product, as if nothing were padding; `bias_adds` are the
    additions of the bias, which no multiply-add counts; `operations` counts a multiply-add as two
    and a bias addition as one. `mac_factors` multiply to `macs`, `weight_factors` to the number of
    weights.
    """

    weights: int
    biases: int
    macs: int
    bias_adds: int
    weight_factors: tuple[int, ...]
    mac_factors: tuple[int, ...]

    @property
    def parameters(self) -> int:
        return self.weights + self.biases

    @property
    def operations(self) -> int:
        return 2 * self.macs + self.bias_adds


def cost(spec: ConvSpec, input_shape: Sequence[int]) -> Cost:
    """The cost of a layer on an input (N, C_in, *sizes).

        parameters = prod(weight shape) + C_out with a bias
        multiply-adds of a convolution:  N*C_out*(C_in/groups)*prod(kernel_size)*prod(output sizes)
        of a transposed convolution:     N*C_in*(C_out/groups)*prod(kernel_size)*prod(input sizes)

    A transposed layer multiplies each *input* by the kernel, so its input is what counts. Raises
    ConvError where the layer does not fit on the input.

    >>> spec = ConvSpec.of(
    ...     in_channels=3, out_channels=64, kernel_size=7, stride=2, padding=3, bias=False, dims=2
    ... )
    >>> cost(spec, (1, 3, 224, 224)).macs
    118013952
    """
    output = spec.output_shape(input_shape)
    weight = spec.weight_shape
    biases = spec.out_channels if spec.bias else 0
    factors = mac_factors(spec, input_shape, output)
    return Cost(
        prod(weight),
        biases,
        prod(factors),
        prod(output) if spec.bias else 0,
        tuple(weight),
        factors,
    )


def mac_factors(
    spec: ConvSpec, input_shape: Sequence[int], output_shape: Sequence[int]
) -> tuple[int, ...]:
    """The factors of the multiply-adds: batch, weight shape, sizes that the kernel moves over."""
    moved_over = input_shape if spec.transposed else output_shape
    return (moved_over[0], *spec.weight_shape, *moved_over[2:])


def size_in_bytes(shape: Shape, bytes_per_number: int = 4) -> int:
    """The bytes of an array, by default of float32."""
    return prod(shape) * bytes_per_number
