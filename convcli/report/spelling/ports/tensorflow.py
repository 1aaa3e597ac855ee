"""TensorFlow's tf.nn, and TFLite, whose operators the converter makes of Keras layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcli.report.spelling.ports import keras
from convcli.report.spelling.ports.base import (
    CannotWrite,
    Task,
    Way,
    around,
    call,
    listed,
    one,
    option,
    word,
)

PAD_MODES = {"zeros": "", "reflect": "REFLECT", "symmetric": "SYMMETRIC"}


def ways(task: Task) -> Iterator[Way]:
    """`SAME`, `VALID`, in two axes explicit numbers, and tf.pad before."""
    if task.spec.transposed:
        yield from _transposed(task)
        return
    names = [f'"{name}"' for name in ("SAME", "VALID")]
    if task.rank == 2 and not task.is_same and not task.has_border and any(map(any, task.pads)):
        names.insert(0, str(around(task.pads, 1, 1)))
    for name in names:
        line = _function(task, "x", name)
        yield Way(line, line)
    valid = _function(task, "x", '"VALID"')
    yield Way(_function(task, _padded(task), '"VALID"'), valid, pads=task.pads)


def _padded(task: Task) -> str:
    mode = task.spec.padding_mode if task.has_border else "zeros"
    if mode not in PAD_MODES:
        raise CannotWrite("mode", mode=mode)
    name = PAD_MODES[mode] and f'"{PAD_MODES[mode]}"'
    return call("tf.pad", "x", str(around(task.pads, 1, 1)), name)


def _function(task: Task, x: str, padding: str) -> str:
    rank = task.rank
    if task.is_depthwise and rank == 2:
        strides = str([1, *task.stride, 1])
        dilations = option("dilations", task.dilation, 1, listed)
        return call(
            "tf.nn.depthwise_conv2d", x, "w", f"strides={strides}", f"padding={padding}", dilations
        )
    every = {1: one, 2: one, 3: _all_axes}[rank]
    strides = f"{'stride' if rank == 1 else 'strides'}={every(task.stride)}"
    return call(
        f"tf.nn.conv{rank}d", x, "w", strides, f"padding={padding}",
        option("dilations", task.dilation, 1, every),
    )  # fmt: skip


def _all_axes(values: Sequence[int]) -> str:
    return str([1, *values, 1])


def _transposed(task: Task) -> Iterator[Way]:
    if task.spec.groups != 1:
        raise CannotWrite("groups_transposed")
    for padding in ("SAME", "VALID"):
        line = _back(task, task.outs, padding)
        yield Way(line, line)
    whole = [axis.cells_under(size) for axis, size in zip(task.axes, task.sizes, strict=True)]
    ends = [before + out for (before, _), out in zip(task.pads, task.outs, strict=True)]
    cells = [max(pair) for pair in zip(whole, ends, strict=True)]
    line = _back(task, cells, "VALID")
    cuts = ", ".join(
        f"{before or ''}:{end}" for (before, _), end in zip(task.pads, ends, strict=True)
    )
    keeps = tuple((before, 1) for before, _ in task.pads)
    yield Way(f"{line}[:, {cuts}]", line, keeps=keeps)


def _back(task: Task, outs: Sequence[int], padding: str) -> str:
    shape = [task.batch, *outs, task.spec.out_channels]
    every = {1: one, 2: one, 3: _all_axes}[task.rank]
    return call(
        f"tf.nn.conv{task.rank}d_transpose", "x", "w", f"output_shape={shape}",
        f"strides={every(task.stride)}", word("padding", padding),
        option("dilations", task.dilation, 1, every),
    )  # fmt: skip


def tflite_ways(task: Task) -> Iterator[Way]:
    """The operator that the converter makes of the Keras layer, behind PAD or not."""
    if task.rank != 2:
        raise CannotWrite("planes")
    shape = (*task.sizes, task.spec.in_channels)
    keras_ways = list(keras.ways(task))
    for way in keras_ways:
        operator = _operator(task, "SAME" if '"same"' in way.call else "VALID")
        layers = (f"keras.layers.Input({shape})", *way.layers)
        model = f"keras.Sequential([{', '.join(layers)}])"
        code = f"tf.lite.TFLiteConverter.from_keras_model({model}).convert()"
        if way.layers and "output_padding" not in way.call:
            yield Way(code, operator, way.pads, way.keeps, within=way.call)


def _operator(task: Task, padding: str) -> str:
    strides = f"strides={listed(task.stride)}"
    if task.spec.transposed:
        shape = [task.batch, *task.outs, task.spec.out_channels]
        if padding == "VALID":
            sizes = [
                size * axis.stride + max(axis.extent - axis.stride, 0)
                for axis, size in zip(task.axes, task.sizes, strict=True)
            ]
            shape = [task.batch, *sizes, task.spec.out_channels]
        name = "tflite.TRANSPOSE_CONV"
        return call(name, f"output_shape={shape}", strides, word("padding", padding))
    name = "tflite.DEPTHWISE_CONV_2D" if task.is_depthwise else "tflite.CONV_2D"
    dilations = option("dilations", task.dilation, 1, listed)
    return call(name, strides, dilations, word("padding", padding))
