"""The layer of a network that an error is about, found by its numbers, and the sizes that work."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from convcli.cli.commands.stack.networks import ListedNetwork, Network, RecordedAgain
from convcli.engine.diagnosis.channels import channels
from convcli.engine.diagnosis.sizes import kernel_of_layer
from convcli.engine.diagnosis.values import MOST_CHANGES, Diagnosis
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.linear import Linear
from convcli.engine.network.layers.normalisation import Normalisation
from convcli.engine.network.walk import INPUT, walk
from convcli.errors import ConvError
from convcli.inputs.messages.reader import Explained
from convcli.report.views.explain import InNetwork

OF_SIZES = ("conv.kernel_size", "pool.output_size", "pad.reflect")  # kinds that a larger input ends
OF_CODES = {  # kinds of messages, by our own error that a layer raises
    "input.channels": ("conv.in_channels",),
    "kernel_size.fits": ("conv.kernel_size", "pool.output_size"),
    "in_features.fits": ("linear.in_features",),
    "num_features.fits": ("batch_norm.num_features",),
    "branches.shape": ("cat.sizes", "add.sizes"),
    "input.rank": ("conv.input_rank", "pool.input_rank", "batch_norm.input_rank"),
    "padding.reflect": ("pad.reflect",),
}
LARGEST = 4096  # cells of a side that is tried


class Failing(NamedTuple):
    """A layer of a list that does not take its inputs."""

    name: str
    text: str
    layer: Layer
    inputs: Sequence[Shape]


def network_of(layers: Sequence[str], module: str | None) -> Network:
    """The network of LAYERS, or of a module of torch."""
    if module is not None:
        from convcli.inputs.networks.recording.module_reader import ModuleReader

        return RecordedAgain(ModuleReader(module, lambda needed: None, ()))
    if len(layers) == 1 and layers[0].lower().endswith(".onnx"):
        from convcli.inputs.networks.onnx_network import GraphReader

        return RecordedAgain(GraphReader(layers[0], ()))
    from convcli.inputs.networks.lists import read_stack

    return ListedNetwork(read_stack(layers))


def in_network(found: Explained, network: Network, shape: Shape) -> tuple[Explained, InNetwork]:
    """The error with what the network knows of its layer, and where that is.

    Raises ConvError where the network cannot be read, or fails in another way.
    """
    try:
        report = network.report(shape, seeing=False)
    except ConvError as error:
        if error.place is None:
            raise
        return _failing(found, network, shape, error)
    rows = [
        (step.name, text)
        for step, text in zip(report.steps, report.texts, strict=True)
        if _agrees(step.layer, found.diagnosis)
    ]
    return found, InNetwork(tuple(rows), fails=False)


def _failing(
    found: Explained, network: Network, shape: Shape, error: ConvError
) -> tuple[Explained, InNetwork]:
    is_it = found.kind in OF_CODES.get(error.code, ())
    failing, diagnosis = None, found.diagnosis
    if isinstance(network, ListedNetwork):
        failing = _layer_of(network, shape, str(error.place))
    if failing is not None and is_it:
        diagnosis = _known(failing, found)
    if found.kind in OF_SIZES and is_it:
        change = _size_that_works(network, shape)
        if change is not None:
            local = [each for each in diagnosis.changes if each.key != "larger"]
            diagnosis = diagnosis._replace(changes=(change, *local)[:MOST_CHANGES])
    row = (str(error.place), failing.text if failing is not None else "")
    return found._replace(diagnosis=diagnosis), InNetwork((row,), fails=True, is_it=is_it)


def _layer_of(network: ListedNetwork, shape: Shape, place: str) -> Failing | None:
    """The layer at a place of a list, and the shapes that reach it."""
    stack, full = network.stack, network.full(shape)
    places = [node.place for node in stack.nodes]
    if place not in places:
        return None
    at = places.index(place)
    node, steps = stack.nodes[at], walk(stack.nodes[:at], full, seeing=False)
    inputs = [full if source == INPUT else steps[source].output for source in node.sources]
    with suppress(ConvError):
        return Failing(node.name, stack.texts[at], node.layer_for(inputs), inputs)
    return None


def _known(failing: Failing, found: Explained) -> Diagnosis:
    """The diagnosis of a convolution whose arguments are all known."""
    if not isinstance(failing.layer, Convolution):
        return found.diagnosis
    spec, input = failing.layer.spec, failing.inputs[0]
    if found.kind == "conv.in_channels":
        return channels(spec, input, is_whole=True)
    if found.kind == "conv.kernel_size":
        pads = [sum(axis.pad) for axis in spec.axes]
        return kernel_of_layer(spec, [n + p for n, p in zip(input[2:], pads, strict=True)])
    return found.diagnosis


def _size_that_works(network: Network, shape: Shape) -> Change | None:
    """The input of equal sides, no smaller than now, that the network takes: by bisection."""

    def output(size: int) -> Shape | None:
        return next(iter(network.tried(shape, [size]))).output

    low = max(shape[2:], default=1)
    high = low
    while output(high) is None:
        if high >= LARGEST:
            return None
        low, high = high, min(2 * high, LARGEST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if output(middle) is not None else (middle, high)
    full = network.full(shape)
    larger = Shape((*full[:2], *(high for _ in full[2:])))
    return Change("network_input", "input", larger, {"size": high}, output(high))


def _sizes(value: Any) -> tuple[int | None, ...]:
    """The sizes of a shape, or of the one axis that a message names; none where it names none."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _agrees(layer: Layer, diagnosis: Diagnosis) -> bool:
    """Whether a layer has the numbers of a message."""
    numbers = {number.name: number.value for number in diagnosis.numbers if number.of == "layer"}
    weight = [number.value for number in diagnosis.numbers if number.name == "weight"]
    if isinstance(layer, Convolution):
        spec = layer.spec
        if weight:
            return tuple(spec.weight_shape) == _sizes(weight[0])
        return tuple(axis.extent for axis in spec.axes) == _sizes(numbers.get("extent"))
    if isinstance(layer, Linear):
        features = numbers.get("in_features"), numbers.get("out_features")
        return (layer.in_features, layer.out_features) == features
    if isinstance(layer, Normalisation):
        return layer.channels is not None and layer.channels == numbers.get("num_features")
    return False
