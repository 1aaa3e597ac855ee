"""JAX: lax.conv_general_dilated and conv_transpose; and Flax's Conv and ConvTranspose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcli.engine.geometry.padding import PADDING_MODES
from convcli.report.spelling.ports.base import (
    CannotWrite,
    Ends,
    Task,
    Way,
    call,
    flag,
    many,
    number,
    numpy_pad,
    option,
)

SPATIAL = {1: "W", 2: "HW", 3: "DHW"}


def _numbers(task: Task) -> str:
    """The order of the axes: channels last as the source has them, else JAX's default."""
    spatial = SPATIAL[task.rank]
    if not task.is_last:
        return ""
    return f'dimension_numbers=("N{spatial}C", "{spatial}IO", "N{spatial}C")'


def _pairs(pads: Sequence[Ends]) -> str:
    return str([tuple(ends) for ends in pads])


def ways(task: Task) -> Iterator[Way]:
    """`SAME` where the source says so, and explicit pairs."""
    if task.spec.transposed:
        yield from _transposed(task)
        return
    if task.has_border:
        mode = PADDING_MODES[task.spec.padding_mode].numpy
        spatial = [*task.pads, (0, 0)] if task.is_last else task.pads
        x = numpy_pad(spatial, mode, module="jax.numpy", beside=1 if task.is_last else 2)
        yield Way(_general(task, x, '"VALID"'), _general(task, "x", '"VALID"'), pads=task.pads)
        return
    names = ['"SAME"'] if task.is_same else []
    for padding in (*names, _pairs(task.pads) if any(map(any, task.pads)) else '"VALID"'):
        line = _general(task, "x", padding)
        yield Way(line, line)


def _general(task: Task, x: str, padding: str) -> str:
    return call(
        "jax.lax.conv_general_dilated", x, "w", f"window_strides={many(task.stride)}",
        f"padding={padding}", option("rhs_dilation", task.dilation, 1, many),
        _numbers(task), number("feature_group_count", task.spec.groups),
    )  # fmt: skip


def _stuffed(task: Task) -> list[Ends]:
    """Padding of the stuffed input, which crops the output: extent - 1 less the crop."""
    return [
        (axis.extent - 1 - axis.pad.before, axis.extent - 1 - axis.pad.after + axis.output_padding)
        for axis in task.axes
    ]


def _transposed(task: Task) -> Iterator[Way]:
    if task.spec.groups != 1:
        raise CannotWrite("groups_transposed")
    spatial = SPATIAL[task.rank]
    numbers = f'dimension_numbers=("N{spatial}C", "{spatial}IO", "N{spatial}C")'
    if not task.is_last:
        numbers = f'dimension_numbers=("NC{spatial}", "OI{spatial}", "NC{spatial}")'
    for padding in ('"SAME"', '"VALID"', _pairs(_stuffed(task))):
        line = call(
            "jax.lax.conv_transpose", "x", "w", f"strides={many(task.stride)}",
            f"padding={padding}", option("rhs_dilation", task.dilation, 1, many), numbers,
        )  # fmt: skip
        if task.is_same or padding[0] == "[":
            yield Way(line, line)


def flax_ways(task: Task) -> Iterator[Way]:
    """`SAME` where the source says so, and explicit pairs."""
    transposed = task.spec.transposed
    if transposed and task.spec.groups != 1:
        raise CannotWrite("groups_transposed")
    pads = _stuffed(task) if transposed else task.pads
    explicit = str(tuple(tuple(ends) for ends in pads))
    if task.has_border:
        mode = PADDING_MODES[task.spec.padding_mode].numpy
        padded = numpy_pad([*task.pads, (0, 0)], mode, module="jax.numpy", beside=1)
        line = _flax(task, '"VALID"')
        yield Way(f"{_FLAX}Sequential([lambda x: {padded}, {line}])", line, pads=task.pads)
        return
    names = ['"SAME"'] if task.is_same else []
    for padding in (*names, explicit if transposed or any(map(any, pads)) else '"VALID"'):
        line = _flax(task, padding)
        yield Way(line, line)


_FLAX = "flax.linen."


def _flax(task: Task, padding: str) -> str:
    spec = task.spec
    return call(
        f"{_FLAX}Conv{'Transpose' * spec.transposed}", str(spec.out_channels), many(task.kernel),
        option("strides", task.stride, 1, many), f"padding={padding}",
        option("kernel_dilation", task.dilation, 1, many),
        number("feature_group_count", spec.groups), flag("use_bias", spec.bias, True),
    )  # fmt: skip
