"""The weights that `convcli learn` starts from and ends with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from convcli.cli.commands.learn.options import LearnOptions
from convcli.cli.input.memory import require_memory
from convcli.cli.output.atomic_files import check_target, write_file
from convcli.cli.output.streams import Streams
from convcli.engine.arrays import Array
from convcli.engine.compute.operands import numeric
from convcli.engine.geometry.shapes import promoted_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.training.descent import TrainedLayer
from convcli.engine.weights.initialisers import initialise_chain
from convcli.errors import ConvError
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.npy import npy_chunks, npz_bytes


def start_layers(
    specs: Sequence[ConvSpec], options: LearnOptions, seed: int, streams: Streams
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
        return [_from_npz(spec, i, options.weight, streams) for i, spec in enumerate(specs)]
    (spec,) = specs
    read = partial(read_array, stdin=streams.stdin_bytes, admit=require_memory, note=streams.note)
    weight = read(options.weight, "weight", spec.rank)
    bias = np.zeros(spec.out_channels) if options.bias is None else read(options.bias, "bias", 1)
    return [_fitted(spec, weight, bias if spec.bias else None)]


def real_array(name: str, array: Array) -> Array:
    """The array in float64. Raises ConvError where it holds complex numbers."""
    if numeric(name, array).dtype.kind == "c":
        rule = "learning needs real numbers"
        raise ConvError(f"{name}.dtype", rule, parameter=name, got=str(array.dtype), kind="data")
    return array.astype(np.float64)


def check_weights_file(path: str, layers: int, force: bool) -> None:
    """Raises ConvError where the weights of so many layers cannot be written to the file."""
    if layers > 1 and not path.endswith(".npz"):
        rule = "the weights of a chain are written to an .npz file"
        raise ConvError("output.suffix", rule, parameter="output", got=path)
    check_target(path, force)


def write_weights(path: str, layers: Sequence[TrainedLayer], force: bool, streams: Streams) -> None:
    """The weight as .npy, or all weights and biases as .npz: 0.weight, 0.bias, 1.weight, ..."""
    if path.endswith(".npy"):
        write_file(path, npy_chunks(layers[0].weight), force, streams)
        return
    named = {
        f"{i}.{name}": array
        for i, layer in enumerate(layers)
        for name, array in (("weight", layer.weight), ("bias", layer.bias))
        if array is not None
    }
    write_file(path, [npz_bytes(named)], force, streams)


def _from_npz(spec: ConvSpec, i: int, path: str, streams: Streams) -> TrainedLayer:
    read = partial(read_array, name="weight", admit=require_memory, note=streams.note)
    weight = read(f"{path}:{i}.weight", rank=spec.rank)
    bias = read(f"{path}:{i}.bias", rank=1) if spec.bias else None
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
