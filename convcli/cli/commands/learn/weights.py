"""The weights that `convcli learn` starts from and ends with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from convcli.cli.app.options import ArrayOutputOptions
from convcli.cli.commands.learn.options import LearnOptions
from convcli.cli.input.array_reader import ArrayReader
from convcli.cli.output.arrays import check_arrays, write_arrays
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import Target
from convcli.engine.arrays import Array
from convcli.engine.compute.operands import numeric
from convcli.engine.geometry.shapes import promoted_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.training.descent import TrainedLayer
from convcli.engine.weights.initialisers import initialise_chain
from convcli.errors import ConvError, printable, shortened
from convcli.inputs.files.writers import SEVERAL
from convcli.inputs.files.writers.request import Origin


def start_layers(
    specs: Sequence[ConvSpec], options: LearnOptions, seed: int, reader: ArrayReader
) -> list[TrainedLayer]:
    """The layers with their start weights in float64: those of `--weight`, or drawn from the seed.

    Raises ConvError where the weights cannot be read, or do not fit the layers.
    """
    if options.weight is None:
        drawn = initialise_chain(specs, seed, options.init)
        return [
            TrainedLayer(spec, w.astype(np.float64), None if b is None else b.astype(np.float64))
            for spec, (w, b) in zip(specs, drawn, strict=True)
        ]
    if len(specs) > 1:
        return [_from_npz(spec, i, options.weight, reader) for i, spec in enumerate(specs)]
    (spec,) = specs
    weight = reader.read(options.weight, "weight")
    bias = np.zeros(spec.out_channels)
    if options.bias is not None:
        bias = reader.read(options.bias, "bias", rank=1)
    return [_fitted(spec, weight, bias if spec.bias else None)]


def real_array(name: str, array: Array) -> Array:
    """The array in float64. Raises ConvError where it holds complex numbers."""
    if numeric(name, array).dtype.kind == "c":
        rule = "learning needs real numbers"
        raise ConvError(f"{name}.dtype", rule, parameter=name, got=str(array.dtype), kind="data")
    return array.astype(np.float64)


class WeightsFile(NamedTuple):
    """The file of the learned weights, where `--output` names one of arrays."""

    target: Target
    options: ArrayOutputOptions
    streams: Streams

    def check(self, layers: Sequence[TrainedLayer]) -> None:
        """Raises ConvError where the weights of these layers cannot be written to the file."""
        writer = self.target.writer
        if writer is None:
            return
        if len(layers) > 1 and not writer.several:
            rule = f"the weights of a chain are written to a file of {' or '.join(SEVERAL)}"
            raise ConvError("output.suffix", rule, parameter="output", got=self.target.path)
        check_arrays(self.target, self.options, self._arrays(layers), self._origin(layers))

    def write(self, layers: Sequence[TrainedLayer]) -> None:
        """Write the weights and the biases; a file of one array holds the weight alone."""
        writer = self.target.writer
        if writer is None:
            return
        arrays, origin = self._arrays(layers), self._origin(layers)
        write_arrays(self.target, self.options, self.streams, arrays, origin)

    def say_what_is_left_out(self, layers: Sequence[TrainedLayer]) -> None:
        """A note where the file holds the weight alone and there is a bias."""
        writer = self.target.writer
        if writer is not None and not writer.several and layers[0].bias is not None:
            path = printable(shortened(str(self.target.path)))
            self.streams.note(f"{path}: the bias is left out; an .npz file holds weight and bias")

    def _arrays(self, layers: Sequence[TrainedLayer]) -> dict[str, Array]:
        """The weight alone, or all as 0.weight, 0.bias, 1.weight, ..."""
        if self.target.writer is not None and not self.target.writer.several:
            return {"weight": layers[0].weight}
        return {
            f"{i}.{name}": array
            for i, layer in enumerate(layers)
            for name, array in (("weight", layer.weight), ("bias", layer.bias))
            if array is not None
        }

    def _origin(self, layers: Sequence[TrainedLayer]) -> Origin:
        return Origin(layers[0].spec.rank)


def _from_npz(spec: ConvSpec, i: int, path: str, reader: ArrayReader) -> TrainedLayer:
    weight = reader.read(f"{path}:{i}.weight", "weight")
    bias = reader.read(f"{path}:{i}.bias", "weight", rank=1) if spec.bias else None
    return _fitted(spec, weight, bias)


def _fitted(spec: ConvSpec, weight: Array, bias: Array | None) -> TrainedLayer:
    shape = promoted_shape(weight.shape, spec.rank, "weight")
    if shape != spec.weight_shape or (bias is not None and bias.size != spec.out_channels):
        rule = (
            f"the layer needs a weight of shape {spec.weight_shape}"
            f" and a bias of shape {spec.out_channels}"
        )
        raise ConvError("weight.shape", rule, parameter="weight", got=shape)
    flat_bias = None if bias is None else real_array("bias", bias).reshape(-1)
    return TrainedLayer(spec, real_array("weight", weight).reshape(shape), flat_bias)
