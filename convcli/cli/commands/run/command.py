"""`convcli run`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Annotated, Any

from convcli.cli.app.each import EachOptions
from convcli.cli.app.options import (
    ArrayOutputOptions,
    InputArray,
    InputOptions,
    Layer,
    LayerOptions,
    Seed,
    argument,
    option,
)
from convcli.cli.app.stores import StoreOptions
from convcli.cli.app.workers import WorkerOptions
from convcli.cli.commands.run.store_targets import output_store, store_reading
from convcli.cli.input.engines import EngineOptions
from convcli.cli.input.framework_operands import load_any, note_activation
from convcli.cli.input.loaded_operands import LoadedOperands
from convcli.cli.input.operands import (
    Constants,
    read_constants,
)
from convcli.cli.output.arrays import check_array, write_arrays
from convcli.cli.output.emit import emit_result, writes_pieces
from convcli.cli.output.language import words_of
from convcli.cli.output.progress import progress_bar
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import Target, check_options
from convcli.exit_status import ExitStatus
from convcli.inputs.files.npy_file import NpyFile
from convcli.inputs.frameworks.names import is_foreign

if TYPE_CHECKING:
    from convcli.cli.input.foreign_operands import ForeignArrays

EXAMPLES = """\b
Examples:
  convcli run conv2d arange:5x5:1 arange:3x3:1
  convcli run "Conv2d(1, 1, 3)" rand:64x64 kernel:sobel-x -o edges.npy
"""


def run(
    layer: Layer,
    x: InputArray,
    w: Annotated[
        str | None,
        argument("[W]", "the weight (default: as torch initialises an expression)"),
    ] = None,
    *,
    check: Annotated[bool, option("--check", help="compare with torch")] = False,
    brief: Annotated[
        bool, option("--brief", help="print no numbers of input, weight and bias")
    ] = False,
    engine_options: EngineOptions,
    layer_options: LayerOptions,
    input_options: InputOptions,
    each_options: EachOptions,
    store_options: StoreOptions,
    worker_options: WorkerOptions,
    seed: Seed,
    output_options: ArrayOutputOptions,
    streams: Streams,
) -> int:
    """The full result: printed, or written as .npy with -o."""
    request = _Run(
        layer, w, check, brief, engine_options, layer_options, input_options, seed, store_options,
        worker_options,
    )  # fmt: skip
    if not each_options.check():
        return request.one(x, output_options, streams)[0]
    from convcli.cli.many.each import Many
    from convcli.cli.many.results import Suffixes

    constants = read_constants(layer, w, input_options, layer_options, streams)
    engine = engine_options.shared_by(each_options.jobs or 1)
    many = replace(request, engine_options=engine, constants=constants)
    job = Many("run", many.one, many.target, Suffixes(".npy", kept=True))
    return job.run(each_options, output_options, streams)


@dataclass(eq=False, repr=False, match_args=False)
class _Run:
    """A run but for its input."""

    layer: str
    w: str | None
    check: bool
    is_brief: bool
    engine_options: EngineOptions
    layer_options: LayerOptions
    input_options: InputOptions
    seed: int
    store_options: StoreOptions
    worker_options: WorkerOptions
    constants: Constants | None = None

    def target(self, options: ArrayOutputOptions, streams: Streams) -> Target:
        """Where the result goes."""
        return check_options(options, streams, stream=True)

    def one(
        self, x: str, options: ArrayOutputOptions, streams: Streams
    ) -> tuple[int, LoadedOperands | ForeignArrays]:
        """Compute and write the result of an input: the exit status, and its arrays."""
        ran = self._elsewhere(x, options, streams)
        if ran is not None:
            return ran
        target = self.target(options, streams)
        only_array = target.is_array_alone and options.expect is None and not self.check
        compute = self.engine_options.convolution()
        arrays = load_any(
            self.layer, x, self.w, self.input_options, self.layer_options, streams,
            seed=self.seed, constants=self.constants,
            in_pieces=only_array and writes_pieces(target),
            asked=store_reading(self.store_options),
        )  # fmt: skip
        if only_array or target.is_value:
            note_activation(arrays, streams)
        self.engine_options.note_separable(arrays.spec, arrays.weight, streams)
        origin = arrays.result_origin
        check_array(target, options, arrays.result_shape, arrays.output_dtype, origin)
        with progress_bar(streams, prod(arrays.shown_output), "outputs") as progress:
            if isinstance(arrays.input, NpyFile):
                from convcli.cli.commands.run.pieces import stream_result

                stream_result(arrays, options, streams, compute, progress)
                return ExitStatus.DONE, arrays
            empty = arrays.empty() if arrays.has_no_outputs else None
            result = empty if empty is not None else arrays.call(compute, progress=progress)
        if only_array:
            named = {"output": arrays.result(result)}
            write_arrays(target, options, streams, named, origin)
            return ExitStatus.DONE, arrays
        unflipped = None
        if arrays.is_flipped and not arrays.has_no_outputs and not target.is_value:
            unflipped = arrays.result(arrays.reversed().call(compute))
        return _emit_whole(arrays, result, unflipped, self, target, options, streams), arrays

    def _elsewhere(
        self, x: str, options: ArrayOutputOptions, streams: Streams
    ) -> tuple[int, LoadedOperands | ForeignArrays] | None:
        """The result of a run into a store, and of pooling and padding; None for others."""
        place = output_store(options)
        if place is not None:
            from convcli.cli.commands.run.stores import run_store

            return run_store(self, x, place, options, streams)
        self.store_options.require_none()
        self.worker_options.require_none()
        if not is_foreign(self.layer):
            return None
        from convcli.cli.commands.run.windows import run_windows

        return run_windows(
            self.layer, x, self.w, self.input_options, self.layer_options, self.constants,
            self.target(options, streams), options, streams,
            checked=self.check, is_brief=self.is_brief,
            is_separable=self.engine_options.separable,
        )  # fmt: skip


def _emit_whole(
    arrays: LoadedOperands,
    result: Any,
    unflipped: Any,
    request: _Run,
    target: Target,
    output_options: ArrayOutputOptions,
    streams: Streams,
) -> int:
    """Write the result with its facts, and the comparison with torch."""
    from convcli.report.spelling.comparisons import comparison_phrase
    from convcli.report.views.run import run_view

    comparison = None
    if request.check:
        from convcli.backends.oracle import compare_with_torch

        comparison = arrays.call(compare_with_torch, output=result)
    result = arrays.result(result)
    weight = arrays.layouts.result(arrays.weight, weight=True)
    words = words_of(output_options, streams)
    view = run_view(
        arrays.spec, arrays.typed_input, weight, arrays.bias, result, comparison, arrays.seed,
        is_column=arrays.source is not None and arrays.source.is_column,
        is_brief=request.is_brief, unflipped=unflipped, words=words,
    )  # fmt: skip
    if arrays.is_flipped:
        from convcli.cli.input.flips import said_flip

        view = said_flip(view, arrays, words)
    if arrays.foreign is not None:
        from convcli.report.views.foreign import with_foreign

        view = with_foreign(view, arrays.foreign.said, words)
    notes = [] if comparison is None else [comparison_phrase(comparison, words)]
    status = emit_result(
        view, {"output": result}, arrays.result_origin, target, output_options, streams, notes
    )
    return ExitStatus.ANSWER_IS_NO if comparison is not None and not comparison.agrees else status
