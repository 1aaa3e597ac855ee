"""`convcli grad`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Any

import numpy as np

from convcli.cli.app.each import EachOptions
from convcli.cli.app.option_groups import OptionGroup
from convcli.cli.app.options import (
    ArrayOutputOptions,
    InputArray,
    InputOptions,
    Layer,
    LayerOptions,
    WeightArray,
    argument,
    option,
    output_option,
)
from convcli.cli.input.axis_orders import in_typed_order, note_torch_order
from convcli.cli.input.flips import said_flip, worked_entry
from convcli.cli.input.loaded_operands import LoadedOperands
from convcli.cli.input.memory import GRAD_COPIES
from convcli.cli.input.operands import (
    Constants,
    load_operands,
    read_constants,
)
from convcli.cli.output.arrays import check_alone, check_arrays, write_alone
from convcli.cli.output.emit import emit, emit_result
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import Target, check_options
from convcli.engine.compute.convolve import read_tap_tables
from convcli.engine.compute.operands import operands
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.shapes import Shape
from convcli.engine.gradients.as_layers import adjoint
from convcli.engine.gradients.finite_differences import check_by_differences
from convcli.engine.gradients.gradients import Gradients, gradients
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.inputs.files.writers import SEVERAL
from convcli.inputs.files.writers.request import Origin, outline
from convcli.inputs.text.layouts import Layouts
from convcli.inputs.text.numbers import parse_position
from convcli.inputs.text.seeds import with_seeds
from convcli.report.views.grad import NAMES, Checks, grad_view, gradient_entry_view
from convcli.suggestions import did_you_mean

EXAMPLES = """\b
Examples:
  convcli grad conv2d arange:4x4:1 "1 2; 3 4"
  convcli grad conv1d "1 2 3 4" "10 1" "1 0 -1" --at weight:1
"""


def _file(variable: str, gradient: str) -> Any:
    return output_option(
        f"--{variable}-grad", metavar="FILE", help=f"write {gradient}, as .npy, .csv, ..."
    )


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class GradOptions(OptionGroup):
    """One entry or all gradients, whether they are checked, and the files for them."""

    at: Annotated[
        str | None,
        option("--at", metavar="NAME:POSITION", help="one entry as a worked sum: weight:0,1"),
    ] = None
    check: Annotated[
        bool, option("--check", help="compare with finite differences and, if installed, torch")
    ] = False
    input_grad: Annotated[str | None, _file("input", "dL/dx")] = None
    weight_grad: Annotated[str | None, _file("weight", "dL/dW")] = None
    bias_grad: Annotated[str | None, _file("bias", "dL/db")] = None

    def paths(self) -> dict[str, str]:
        """The path of each gradient to write, by the variable's name."""
        paths = {"input": self.input_grad, "weight": self.weight_grad, "bias": self.bias_grad}
        return {f"{name}{SUFFIX}": path for name, path in paths.items() if path}


SUFFIX = "_grad"  # of the parameters that name a file
OutputGradient = Annotated[
    str | None, argument("[G]", "the gradient of the output, dL/dout (default: ones)")
]


def grad(
    layer: Layer,
    x: InputArray,
    w: WeightArray,
    g: OutputGradient = None,
    *,
    grad_options: GradOptions,
    layer_options: LayerOptions,
    input_options: InputOptions,
    each_options: EachOptions,
    output_options: ArrayOutputOptions,
    streams: Streams,
) -> int:
    """Gradients of input, weight and bias of L = sum(G * out)."""
    request = _Grad(layer, w, g, grad_options, layer_options, input_options)
    if not each_options.check():
        return request.one(x, output_options, streams)[0]
    from convcli.cli.many.each import Many
    from convcli.cli.many.results import Suffixes

    for name in grad_options.paths():
        rule = "is the file of one gradient, and `each` has many"
        hint = "The result of each file holds all gradients."
        raise ConvError("each.output", rule, parameter=f"{name}_grad", hint=hint)
    constants = read_constants(layer, w, input_options, layer_options, streams, g)
    many = replace(request, constants=constants)
    usual = ".npz" if grad_options.at is None else ".json"
    job = Many("grad", many.one, many.target, Suffixes(usual))
    return job.run(each_options, output_options, streams)


@dataclass(frozen=True)
class _Grad:
    """The gradients of a layer but for its input."""

    layer: str
    w: str
    g: str | None
    grad_options: GradOptions
    layer_options: LayerOptions
    input_options: InputOptions
    constants: Constants = field(default_factory=Constants)

    def target(self, options: ArrayOutputOptions, streams: Streams) -> Target:
        """Where the result goes."""
        target = check_options(
            options, streams, arrays=self.grad_options.at is None, files=self.grad_options.paths()
        )
        _check_one_file(target)
        return target

    def one(
        self, x: str, options: ArrayOutputOptions, streams: Streams
    ) -> tuple[int, LoadedOperands]:
        """Compute and write the gradients for an input: the exit status, and its arrays."""
        target, paths = self.target(options, streams), self.grad_options.paths()
        arrays = load_operands(
            self.layer, x, self.w, self.input_options, self.layer_options, streams,
            copies=GRAD_COPIES, constants=self.constants, beside=self.g,
        )  # fmt: skip
        upstream = self._upstream(x, arrays, streams)
        if self.grad_options.at is not None:
            variable, position = _entry(self.grad_options.at)
            worked = worked_entry(arrays, variable, position, upstream)
            note_torch_order(arrays.layouts, arrays.spec.rank, streams)
            words = words_of(options, streams)
            document = gradient_entry_view(arrays.spec, worked, len(position), words)
            return emit(said_flip(document, arrays, words), options, streams), arrays
        outlines, origins = _outlines(arrays), _origins(arrays)
        check_arrays(target, options, outlines, arrays.origin)
        for name, path in paths.items():
            check_alone(path, outlines[name], name, options, origins[name])
        result = self._gradients(arrays, upstream)
        checks = _checks(arrays, upstream, result, self.grad_options.check)
        result = _in_layouts(result, arrays.layouts)
        for name, path in paths.items():
            gradient = getattr(result, name.removesuffix(SUFFIX))
            write_alone(path, gradient, name, options, streams, origins[name])
        as_typed = None if upstream is None else arrays.layouts.result(upstream)
        words = words_of(options, streams)
        view = grad_view(arrays.spec, result, as_typed, checks, words)
        view = said_flip(view, arrays, words)
        named = {name: getattr(result, name) for name in NAMES if getattr(result, name) is not None}
        status = emit_result(view, named, arrays.origin, target, options, streams)
        return status if _agrees(checks) else ExitStatus.ANSWER_IS_NO, arrays

    def _gradients(self, arrays: LoadedOperands, upstream: Any) -> Gradients:
        try:
            return arrays.call(gradients, output_gradient=upstream)
        except ConvError as error:
            if error.parameter != "output_gradient" or upstream is None:
                raise
            wanted, got = arrays.shown_output, Shape(upstream.shape)
            raise in_typed_order(error, arrays.layouts, wanted, got) from None

    def _upstream(self, x: str, arrays: LoadedOperands, streams: Streams) -> Any:
        """G, read once."""
        g = with_seeds((x, self.w, self.input_options.bias, self.g))[-1]
        if g is None:
            return None
        reader = arrays.reader(self.input_options, streams)
        return self.constants.get("G", partial(reader.read, g, "G"))


def _in_layouts(result: Gradients, layouts: Layouts) -> Gradients:
    """The gradients of X and W in the order of their axes."""
    return result._replace(
        input=layouts.result(result.input), weight=layouts.result(result.weight, weight=True)
    )


def _agrees(checks: Checks) -> bool:
    compared = [each for each in (checks.differences, checks.torch) if each is not None]
    return checks.adjoint_equal is not False and all(each.agrees for each in compared)


def _check_one_file(target: Target) -> None:
    """Raises ConvError where the file can hold one array only."""
    if target.writer is not None and not target.writer.several:
        rule = f"must end in {', '.join(SEVERAL)}: there are several gradients"
        hint = "Or write one of them: `input_grad`, `weight_grad`, `bias_grad`."
        raise ConvError("output.several", rule, parameter="output", got=target.path, hint=hint)


def _outlines(arrays: LoadedOperands) -> dict[str, Any]:
    """The gradients without their numbers, as far as a file must hold their types."""
    layouts = arrays.layouts
    shapes = (
        layouts.result(arrays.input).shape,
        layouts.result(arrays.weight, weight=True).shape,
        (arrays.spec.out_channels,),
    )
    return {
        f"{name}{SUFFIX}": outline(shape, arrays.output_dtype)
        for name, shape in zip(NAMES, shapes, strict=True)
    }


def _origins(arrays: LoadedOperands) -> dict[str, Origin]:
    """The gradient of the input lies on the grid of the input; the others lie on none."""
    rank = arrays.spec.rank
    return {
        f"input{SUFFIX}": arrays.origin._replace(axes=(Axis(1),) * rank, channels_stay=True),
        f"weight{SUFFIX}": Origin(rank, layouts=Layouts(input=arrays.layouts.weight)),
        f"bias{SUFFIX}": Origin(rank),
    }


def _entry(text: str) -> tuple[Any, tuple[int, ...]]:
    """`weight:0,1`; the input where no name stands in front."""
    variable, _, position = text.rpartition(":")
    variable = variable or "input"
    if variable not in NAMES:
        rule = f"must begin with {' or '.join(NAMES)}, like weight:0,1"
        raise ConvError(
            "at.variable", rule, parameter="at", got=text, hint=did_you_mean(variable, NAMES)
        )
    return variable, parse_position(position)


def _checks(arrays: LoadedOperands, upstream: Any, result: Gradients, check: bool) -> Checks:
    back = adjoint(arrays.spec, arrays.full_shape[2:])
    equal = None
    if back is not None:
        output = arrays.spec.output_shape(arrays.full_shape)
        gradient = (
            np.ones(output, result.input.dtype) if upstream is None else upstream.reshape(output)
        )
        weight = arrays.weight.reshape(arrays.spec.weight_shape)
        by_tables = read_tap_tables(operands(back, gradient, weight))
        equal = bool(
            np.allclose(by_tables.reshape(-1), result.input.reshape(-1), rtol=1e-5, equal_nan=True)
        )
    if not check:
        return Checks(back, equal)
    from convcli.backends.oracle import compare_gradients, has_torch

    differences = arrays.call(check_by_differences, output_gradient=upstream, gradients=result)
    autograd = (
        arrays.call(compare_gradients, output_gradient=upstream, gradients=result)
        if has_torch()
        else None
    )
    return Checks(back, equal, differences, autograd)
