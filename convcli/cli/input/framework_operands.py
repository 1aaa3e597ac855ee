"""The operands of commands that also take layers of other frameworks."""

from __future__ import annotations

from convcli.cli.app.options import InputOptions, LayerOptions
from convcli.cli.input.array_reader import AS_STORED, StoreReading
from convcli.cli.input.axis_orders import note_torch_order
from convcli.cli.input.loaded_operands import LoadedOperands
from convcli.cli.input.memory import RUN_COPIES
from convcli.cli.input.operands import Constants, load_operands
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError, printable, shortened
from convcli.inputs.frameworks.names import is_foreign


def load_any(
    layer: str,
    x: str,
    w: str | None,
    input_options: InputOptions,
    layer_options: LayerOptions,
    streams: Streams,
    *,
    seed: int = 0,
    in_pieces: bool = False,
    copies: int = RUN_COPIES,
    constants: Constants | None = None,
    asked: StoreReading = AS_STORED,
) -> LoadedOperands:
    """The operands of a layer of torch, as `load_operands` has them, or of another framework."""
    if is_foreign(layer):
        return _of_framework(
            layer, x, w, input_options, layer_options, streams,
            seed=seed, copies=copies, constants=constants,
        )  # fmt: skip
    return load_operands(
        layer, x, w, input_options, layer_options, streams,
        seed=seed, in_pieces=in_pieces, copies=copies, constants=constants, asked=asked,
    )  # fmt: skip


def _of_framework(
    layer: str,
    x: str,
    w: str | None,
    input_options: InputOptions,
    layer_options: LayerOptions,
    streams: Streams,
    *,
    seed: int,
    copies: int,
    constants: Constants | None,
) -> LoadedOperands:
    """The operands of a convolution of another framework. Raises ConvError for other layers."""
    from convcli.cli.input.foreign_operands import requested_arrays

    arrays = requested_arrays(
        layer, x, w, input_options, layer_options, streams,
        seed=seed, copies=copies, constants=constants or Constants(),
    )  # fmt: skip
    spec = None if arrays is None else arrays.resolved.spec
    if arrays is None or spec is None:
        rule = "{layer} has no weights, and so no sums"
        hint = "convcli shape and convcli run take it."
        fields = {"layer": layer}
        raise ConvError("framework.weightless", rule, parameter="LAYER", hint=hint, fields=fields)
    return LoadedOperands(
        spec, arrays.input, arrays.weight, arrays.bias, arrays.seed, arrays.source,  # type: ignore[arg-type]
        arrays.resolved.layouts, arrays,
    )  # fmt: skip


def load_told(
    layer: str,
    x: str,
    w: str | None,
    input_options: InputOptions,
    layer_options: LayerOptions,
    streams: Streams,
    *,
    copies: int,
) -> LoadedOperands:
    """The operands, of a layer of another framework too, and notes on the order of places."""
    arrays = load_any(layer, x, w, input_options, layer_options, streams, copies=copies)
    note_torch_order(arrays.layouts, arrays.spec.rank, streams)
    _note_beside(arrays, streams)
    return arrays


def note_activation(arrays: LoadedOperands, streams: Streams) -> None:
    """The note that an activation of the layer is left out."""
    activation = None if arrays.foreign is None else arrays.foreign.resolved.foreign.activation
    if activation is not None:
        name = printable(shortened(activation))
        streams.note(f"activation {name!r} is not applied, the numbers are those before it")


def _note_beside(arrays: LoadedOperands, streams: Streams) -> None:
    """Notes on what a layer of another framework does beside the sums that are shown."""
    if arrays.foreign is None:
        return
    resolved = arrays.foreign.resolved
    if resolved.cut:
        streams.note("the framework cuts cells off the input first: positions are those that stay")
    if resolved.added:
        streams.note("the framework puts zeros around the output: positions are those without them")
    note_activation(arrays, streams)
