"""Paddle, MXNet, Caffe and Darknet, whose weights are torch's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcli.report.spelling.ports.base import (
    CannotWrite,
    Task,
    Way,
    call,
    flag,
    many,
    number,
    one,
    option,
    word,
)


def paddle_ways(task: Task) -> Iterator[Way]:
    """SAME where the source says so, and both ends of each axis."""
    spec = task.spec
    if spec.padding_mode == "symmetric" and task.has_border:
        raise CannotWrite("mode", mode=spec.padding_mode)
    if task.has_border and any(before != after for before, after in task.pads):
        raise CannotWrite("mode_sides", mode=spec.padding_mode)
    is_even = all(before == after for before, after in task.pads)
    ends = [end for pair in task.pads for end in pair]
    explicit = one([before for before, _ in task.pads]) if is_even else str(ends)
    names = ['"SAME"'] if task.is_same and not spec.transposed else []
    for padding in (*names, explicit):
        line = call(
            f"paddle.nn.Conv{task.rank}D{'Transpose' * spec.transposed}",
            f"{spec.in_channels}, {spec.out_channels}, {one(task.kernel)}",
            option("stride", task.stride, 1),
            f"padding={padding}" if padding != "0" else "",
            option("output_padding", task.kept, 0),
            option("dilation", task.dilation, 1),
            number("groups", spec.groups),
            word("padding_mode", spec.padding_mode) if task.has_border else "",
            flag("bias_attr", spec.bias, True),
        )
        yield Way(line, line)


def mxnet_ways(task: Task) -> Iterator[Way]:
    """One number for both sides of each axis, or mxnet.nd.pad before."""
    spec = task.spec
    if spec.transposed:
        if task.even_crops is not None:
            pads, kept = zip(*task.even_crops, strict=True)
            line = _mxnet(task, "x", pads, kept)
            yield Way(line, line)
        return
    even = task.even_pads
    if even is not None:
        line = _mxnet(task, "x", even, (0,) * task.rank)
        yield Way(line, line)
    if task.rank == 1:
        if even is None:
            raise CannotWrite("sides")
        return
    mode = {"zeros": "constant", "replicate": "edge", "reflect": "reflect"}.get(spec.padding_mode)
    if mode is None:
        raise CannotWrite("mode", mode=spec.padding_mode)
    width = (0, 0, 0, 0, *(end for ends in task.pads for end in ends))
    x = call("mxnet.nd.pad", "x", word("mode", mode), f"pad_width={width}")
    bare = (0,) * task.rank
    yield Way(_mxnet(task, x, bare, bare), _mxnet(task, "x", bare, bare), pads=task.pads)


def _mxnet(task: Task, x: str, pads: Sequence[int], kept: Sequence[int]) -> str:
    spec = task.spec
    return call(
        f"mxnet.nd.{'Deconvolution' if spec.transposed else 'Convolution'}", x, "w",
        f"kernel={many(task.kernel)}", option("stride", task.stride, 1, many),
        option("dilate", task.dilation, 1, many), option("pad", pads, 0, many),
        option("adj", kept, 0, many), f"num_filter={spec.out_channels}",
        number("num_group", spec.groups), "no_bias=True" if not spec.transposed else "",
    )  # fmt: skip


def caffe_ways(task: Task) -> Iterator[Way]:
    """One number for both sides of each axis."""
    spec = task.spec
    if task.rank != 2:
        raise CannotWrite("planes")
    if spec.transposed:
        pads = None if task.even_crops is None else tuple(both for both, _ in task.even_crops)
        if task.even_crops is not None and any(kept for _, kept in task.even_crops):
            raise CannotWrite("kept")
    else:
        pads = task.even_pads
    if pads is None:
        raise CannotWrite("sides")
    if len(set(task.dilation)) > 1:
        raise CannotWrite("square")
    line = call(
        f"caffe.layers.{'Deconvolution' if spec.transposed else 'Convolution'}", "x",
        f"num_output={spec.out_channels}", _caffe("kernel_size", "kernel", task.kernel, 0),
        _caffe("stride", "stride", task.stride, 1), _caffe("pad", "pad", pads, 0),
        option("dilation", task.dilation, 1), number("group", spec.groups),
        flag("bias_term", spec.bias, True),
    )  # fmt: skip
    yield Way(line, line)


def _caffe(both: str, side: str, values: Sequence[int], default: int) -> str:
    if len(set(values)) == 1:
        return number(both, values[0], default)
    return f"{side}_h={values[0]}, {side}_w={values[1]}"


def darknet_ways(task: Task) -> Iterator[Way]:
    """pad=1 for size//2, or padding: one number for all sides."""
    spec = task.spec
    if spec.transposed:
        raise CannotWrite("transposed")
    if task.rank != 2:
        raise CannotWrite("planes")
    if any(len(set(each)) > 1 for each in (task.kernel, task.stride, task.dilation)):
        raise CannotWrite("square")
    even = task.even_pads
    if even is None or len(set(even)) > 1:
        raise CannotWrite("sides")
    size, pad = task.kernel[0], even[0]
    parts = [f"filters={spec.out_channels}", f"size={size}", f"stride={task.stride[0]}"]
    parts.append("pad=1" if pad == size // 2 and pad else f"padding={pad}" if pad else "pad=0")
    parts += [part for part in (number("groups", spec.groups), option("dilation", task.dilation, 1))
              if part]  # fmt: skip
    section = "\n".join(["[convolutional]", *parts, "activation=linear"])
    yield Way(section, call("darknet.convolutional", *parts))
