"""PyTorch: torch.nn.Conv2d, with a padding layer before it where the sides differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from convcli.engine.geometry.padding import NO_PAD, PADDING_MODES, Pad
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.spelling.ports.base import Task, Way
from convcli.report.spelling.pytorch_line import pytorch_line

MODULE = "torch.nn."


def ways(task: Task) -> Iterator[Way]:
    """The lines: `same`, one number of both sides, and a padding layer before or behind."""
    spec = task.spec
    same = [axis.same_pad(size) for axis, size in zip(task.axes, task.sizes, strict=True)]
    is_same = [tuple(pad) for pad in same] == list(task.pads) and set(task.stride) == {1}
    if is_same and not spec.transposed and any(map(any, task.pads)):
        mode = f", padding_mode='{spec.padding_mode}'" if task.has_border else ""
        line = pytorch_line(replace(_bare(spec), padding_mode="zeros"), MODULE)
        text = f"{line[:-1]}, padding='same'{mode})"
        if any(before != after for before, after in task.pads):
            yield Way(text, text)
    if task.has_border and PADDING_MODES[spec.padding_mode].torch_pad is None:
        yield Way(pytorch_line(spec, MODULE), pytorch_line(_bare(spec), MODULE), pads=task.pads)
        return
    if all(before == after for before, after in task.pads):
        line = pytorch_line(spec, MODULE)
        yield Way(line, line)
        return
    near = _near(task)
    if near is not None:
        line = pytorch_line(near, MODULE)
        yield Way(line, line)
    line = pytorch_line(spec, MODULE)
    if spec.transposed:
        kept = replace(spec, axes=tuple(replace(axis, pad=NO_PAD) for axis in task.axes))
        keeps = tuple((before, 1) for before, _ in task.pads)
        yield Way(line, pytorch_line(kept, MODULE), keeps=keeps)
    else:
        yield Way(line, pytorch_line(_bare(spec), MODULE), pads=task.pads)


def _bare(spec: ConvSpec) -> ConvSpec:
    """The layer without padding."""
    return replace(spec, axes=tuple(replace(axis, pad=NO_PAD) for axis in spec.axes))


def _near(task: Task) -> ConvSpec | None:
    """The layer with one number for both sides that has the same size; None without one."""
    if task.spec.transposed:
        if task.even_crops is None:
            return None
        axes = tuple(
            replace(axis, pad=Pad(both, both), output_padding=kept)
            for axis, (both, kept) in zip(task.axes, task.even_crops, strict=True)
        )
        return replace(task.spec, axes=axes)
    if task.even_pads is None:
        return None
    axes = tuple(
        replace(axis, pad=Pad(pad, pad))
        for axis, pad in zip(task.axes, task.even_pads, strict=True)
    )
    return replace(task.spec, axes=axes)
