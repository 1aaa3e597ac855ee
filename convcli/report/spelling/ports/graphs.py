"""Graphs: ONNX nodes, OpenVINO's operators, and those of coremltools' builder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcli.engine.geometry.padding import PADDING_MODES
from convcli.report.spelling.ports.base import (
    CannotWrite,
    Ends,
    Task,
    Way,
    call,
    listed,
    number,
    option,
    word,
)


def onnx_ways(task: Task) -> Iterator[Way]:
    """auto_pad where the source says same, and pads: all begins, then all ends."""
    befores, afters = zip(*task.pads, strict=True)
    shared = (
        f"kernel_shape={listed(task.kernel)}",
        option("strides", task.stride, 1, listed),
        option("dilations", task.dilation, 1, listed),
        number("group", task.spec.groups),
        option("output_padding", task.kept, 0, listed),
    )
    kind = "ConvTranspose" if task.spec.transposed else "Conv"
    if task.has_border:
        mode = PADDING_MODES[task.spec.padding_mode].onnx
        if mode is None:
            raise CannotWrite("mode", mode=task.spec.padding_mode)
        pads = [0, 0, *befores, 0, 0, *afters]
        nodes = (
            f'onnx.helper.make_node("Constant", [], ["pads"], value_ints={pads})',
            f'onnx.helper.make_node("Pad", ["x", "pads"], ["padded"], mode="{mode}")',
            _node(kind, "padded", shared),
        )
        yield Way(f"[{', '.join(nodes)}]", call(f"onnx.{kind}", *shared), pads=task.pads)
        return
    explicit = option("pads", [*befores, *afters], 0, listed)
    names = [word("auto_pad", "SAME_UPPER")] if task.is_same else []
    for padding in (*names, explicit):
        parts = (*shared, padding)
        yield Way(_node(kind, "x", parts), call(f"onnx.{kind}", *parts))


def _node(kind: str, x: str, parts: Sequence[str]) -> str:
    return call("onnx.helper.make_node", f'"{kind}"', f'["{x}", "w"]', '["y"]', *parts)


def openvino_ways(task: Task) -> Iterator[Way]:
    """auto_pad where the source says same, and pads_begin with pads_end."""
    spec = task.spec
    back = "_backprop_data" if spec.transposed else ""
    operator = "ConvolutionBackpropData" if spec.transposed else "Convolution"
    function = f"openvino.opset13.{'group_' * (spec.groups > 1)}convolution{back}"
    name = f"openvino.{'Group' * (spec.groups > 1)}{operator}"
    names = [(task.pads, "same_upper")] if task.is_same and not spec.transposed else []
    for pads, auto in (*names, (task.pads, "explicit")):
        is_named = auto != "explicit"
        own = _openvino(task, ((0, 0),) * task.rank if is_named or task.has_border else pads)
        if is_named:
            own.append(word("auto_pad", auto))
        x = "x"
        if task.has_border:
            x = _openvino_pad(task)
        way = call(function, x, "w", *own)
        yield Way(way, call(name, *own), task.pads if task.has_border else ())


def _openvino(task: Task, pads: Sequence[Ends]) -> list[str]:
    begins, ends = zip(*pads, strict=True)
    kept = option("output_padding", task.kept, 0, listed)
    return [
        f"strides={listed(task.stride)}",
        f"pads_begin={listed(begins)}",
        f"pads_end={listed(ends)}",
        f"dilations={listed(task.dilation)}",
        *([kept] if kept else []),
    ]


def _openvino_pad(task: Task) -> str:
    mode = {"replicate": "edge", "reflect": "reflect", "symmetric": "symmetric"}.get(
        task.spec.padding_mode
    )
    if mode is None:
        raise CannotWrite("mode", mode=task.spec.padding_mode)
    befores, afters = zip(*task.pads, strict=True)
    ends = f"[0, 0, {str(list(befores))[1:]}", f"[0, 0, {str(list(afters))[1:]}"
    return call("openvino.opset13.pad", "x", *ends, f'"{mode}"')


def coreml_ways(task: Task) -> Iterator[Way]:
    """pad_type same where the source says so, and custom with pad: both ends of each axis."""
    spec = task.spec
    name = f"mb.conv{'_transpose' if spec.transposed else ''}"
    if task.has_border:
        raise CannotWrite("mode", mode=spec.padding_mode)
    if min(map(min, task.ends)) < 0:
        raise CannotWrite("kept")
    custom = f'pad_type="custom", pad={[end for ends in task.ends for end in ends]}'
    if not any(map(any, task.ends)):
        custom = word("pad_type", "valid")
    names = [word("pad_type", "same")] if task.is_same else []
    for padding in (*names, custom):
        line = call(
            name, "x=x", "weight=w", option("strides", task.stride, 1, listed), padding,
            option("dilations", task.dilation, 1, listed), number("groups", spec.groups),
        )  # fmt: skip
        yield Way(line, line)
