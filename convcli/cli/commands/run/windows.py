"""`convcli run` for pooling and padding, which have no weights."""

from __future__ import annotations

from convcli.cli.app.options import ArrayOutputOptions, InputOptions, LayerOptions
from convcli.cli.input.foreign_layers import requested_layer
from convcli.cli.input.foreign_operands import ForeignArrays, foreign_arrays
from convcli.cli.input.memory import RUN_COPIES, require_memory, windows_bytes
from convcli.cli.input.operands import Constants
from convcli.cli.output.arrays import check_array, write_arrays
from convcli.cli.output.emit import emit_result
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import Target
from convcli.engine.network.layers.pooling import Pool
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.inputs.files.writers.request import Origin


def run_windows(
    layer: str,
    x: str,
    w: str | None,
    input_options: InputOptions,
    layer_options: LayerOptions,
    constants: Constants | None,
    target: Target,
    options: ArrayOutputOptions,
    streams: Streams,
    *,
    checked: bool,
    is_brief: bool,
    is_separable: bool,
) -> tuple[int, ForeignArrays] | None:
    """Compute and write the result of pooling or padding; None for layers with weights."""
    from convcli.report.views.foreign_run import windows_view

    foreign = requested_layer(layer, input_options.layout)
    if foreign is None or foreign.kind == "convolution":
        return None
    rule, fields = "works for convolutions, and {call} is none", {"call": foreign.call}
    if checked:
        raise ConvError("check.layer", rule, parameter="check", fields=fields)
    if is_separable:
        raise ConvError("separable.layer", rule, parameter="separable", fields=fields)
    arrays = foreign_arrays(
        foreign, layer, x, w, input_options, layer_options, streams,
        seed=0, copies=RUN_COPIES, constants=constants or Constants(),
    )  # fmt: skip
    _require_windows(arrays, input_options.max_memory)
    layouts = arrays.resolved.layouts
    origin = Origin(arrays.resolved.rank, arrays.source, arrays.typed.dtype, layouts=layouts)
    result = arrays.windows()
    check_array(target, options, arrays.resolved.output, result.dtype, origin)
    if target.is_array_alone and options.expect is None:
        write_arrays(target, options, streams, {"output": result}, origin)
        return ExitStatus.DONE, arrays
    words = words_of(options, streams)
    view = windows_view(arrays.said, arrays.typed, result, words, is_brief=is_brief)
    return emit_result(view, {"output": result}, origin, target, options, streams), arrays


def _require_windows(arrays: ForeignArrays, max_memory: int | None) -> None:
    """Raises ConvError where the windows of a pooling layer need too much memory."""
    layer, shape = arrays.resolved.layer, arrays.resolved.inner_input
    if isinstance(layer, Pool):
        counts = layer.output_sizes(shape[2:])
        cells = [axis.kernel_size for axis in layer.axes]
        require_memory(windows_bytes(shape, list(zip(counts, cells, strict=True))), max_memory)
