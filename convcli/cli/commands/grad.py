"""`convcli grad`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from typer import Argument, Option

from convcli.cli.app.options import (
    BiasArray,
    InputArray,
    Layer,
    LayerOptions,
    MaxMemory,
    OutputOptions,
    WeightArray,
)
from convcli.cli.input.memory import require_memory
from convcli.cli.input.operands import LoadedOperands, load_operands
from convcli.cli.output.atomic_files import check_target, write_file
from convcli.cli.output.emit import check_options, emit
from convcli.cli.output.streams import Streams
from convcli.engine.compute.convolve import read_tap_tables
from convcli.engine.compute.operands import operands
from convcli.engine.geometry.shapes import Shape
from convcli.engine.gradients.as_layers import adjoint
from convcli.engine.gradients.finite_differences import check_by_differences
from convcli.engine.gradients.gradients import Gradients, gradients
from convcli.engine.gradients.worked_entry import trace_gradient
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.npy import npy_chunks
from convcli.inputs.text.numbers import did_you_mean, parse_position
from convcli.report.views.grad import NAMES, Checks, grad_view, gradient_entry_view

EXAMPLES = """\b
Examples:
  convcli grad conv2d arange:4x4:1 "1 2; 3 4"
  convcli grad conv1d "1 2 3 4" "10 1" "1 0 -1" --at weight:1
"""


def _file(variable: str, what: str) -> Any:
    return Option(
        f"--{variable}-grad", metavar="FILE", help=f"write {what} as .npy", show_default=False
    )


@dataclass(frozen=True)
class GradientFiles:
    """Where the gradients go, as .npy."""

    input_grad: Annotated[str | None, _file("input", "dL/dx")] = None
    weight_grad: Annotated[str | None, _file("weight", "dL/dW")] = None
    bias_grad: Annotated[str | None, _file("bias", "dL/db")] = None

    def given(self) -> dict[str, str]:
        return {name.removesuffix("_grad"): path for name, path in vars(self).items() if path}


OutputGradient = Annotated[
    str | None, Argument(metavar="[G]", help="dL/dout; ones without it", show_default=False)
]
Entry = Annotated[
    str | None,
    Option(
        "--at",
        metavar="VARIABLE:POSITION",
        help="one entry as a worked sum: weight:0,1",
        show_default=False,
    ),
]
Check = Annotated[
    bool,
    Option("--check", help="compare with central differences, and with autograd where torch is"),
]


def grad(
    layer: Layer,
    x: InputArray,
    w: WeightArray,
    g: OutputGradient = None,
    *,
    bias: BiasArray = None,
    at: Entry = None,
    check: Check = False,
    files: GradientFiles,
    layer_options: LayerOptions,
    max_memory: MaxMemory = None,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Gradients of input, weight and bias of L = sum(G * out)."""
    check_options(output_options)
    _check_targets(files.given(), output_options.force)
    arrays = load_operands(layer, x, w, bias, layer_options, streams, max_memory, copies=3)
    upstream = (
        None
        if g is None
        else read_array(g, "G", arrays.spec.rank, streams.stdin_bytes, require_memory)
    )
    if at is not None:
        variable, position = _entry(at)
        worked = arrays.call(
            trace_gradient, variable=variable, at=position, output_gradient=upstream
        )
        return emit(
            gradient_entry_view(arrays.spec, worked, len(position)), output_options, streams
        )
    found = arrays.call(gradients, output_gradient=upstream)
    checks = _checks(arrays, upstream, found, check)
    for name, path in files.given().items():
        write_file(path, npy_chunks(getattr(found, name)), output_options.force)
    view = grad_view(
        arrays.spec, found, None if upstream is None else Shape(upstream.shape), checks
    )
    status = emit(view, output_options, streams)
    disagrees = checks.adjoint_equal is False or any(
        c is not None and not c.agrees for c in (checks.differences, checks.torch)
    )
    return ExitStatus.ANSWER_IS_NO if disagrees else status


def _check_targets(paths: dict[str, str], force: bool) -> None:
    for name, path in paths.items():
        if list(paths.values()).count(path) > 1:
            rule = "is named for two gradients, and one would replace the other"
            raise ConvError("output.twice", rule, parameter=f"{name}_grad", got=path)
        check_target(path, force)


def _entry(text: str) -> tuple[Any, tuple[int, ...]]:
    """`weight:0,1`; without a name the input."""
    variable, _, position = text.rpartition(":")
    variable = variable or "input"
    if variable not in NAMES:
        rule = f"must begin with one of {', '.join(NAMES)}, like weight:0,1"
        raise ConvError(
            "at.variable", rule, parameter="at", got=text, hint=did_you_mean(variable, NAMES)
        )
    return variable, parse_position(position)


def _checks(arrays: LoadedOperands, upstream: Any, found: Gradients, check: bool) -> Checks:
    back = adjoint(arrays.spec, arrays.full_shape[2:])
    equal = None
    if back is not None:
        output = arrays.spec.output_shape(arrays.full_shape)
        given = np.ones(output, found.input.dtype) if upstream is None else upstream.reshape(output)
        weight = arrays.weight.reshape(arrays.spec.weight_shape)
        by_tables = read_tap_tables(operands(back, given, weight))
        equal = bool(
            np.allclose(by_tables.reshape(-1), found.input.reshape(-1), rtol=1e-5, equal_nan=True)
        )
    if not check:
        return Checks(back, equal)
    from convcli.backends.oracle import compare_gradients, has_torch

    differences = arrays.call(check_by_differences, output_gradient=upstream, gradients=found)
    autograd = (
        arrays.call(compare_gradients, output_gradient=upstream, gradients=found)
        if has_torch()
        else None
    )
    return Checks(back, equal, differences, autograd)
