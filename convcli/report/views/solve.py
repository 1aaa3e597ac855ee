"""The views of `convcli solve`: the choices that fit, or why there is none; padding for "same"; inputs that give an output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcli.engine.geometry.axis import OUTPUT_FORMULA, TRANSPOSED_OUTPUT_FORMULA
from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import Block, Column, Document, Fact, Facts, Note, Table
from convcli.report.spelling.plurals import count_of
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.spelling.ranges import range_text
from convcli.report.views.shape import output_formula

Nearest = Sequence[
    tuple[int | None, int | None] | None
]  # None for an axis that can be met by itself


def choices_view(
    specs: Sequence[ConvSpec],
    sizes: Sequence[int],
    outs: Sequence[int],
    searched: Mapping[str, str],
    limit: int | None,
) -> Document:
    """The layers that turn `sizes` into `outs`, the most usual first; people see `limit` of them."""
    shown = specs if limit is None else specs[:limit]
    columns = [Column(None, name) for name in ("kernel", "stride", "padding", "dilation")]
    if specs[0].transposed:
        columns.append(Column(None, "output padding"))
    columns += [Column(None, "from inputs"), Column(None, "PyTorch")]
    rows = [_row(spec, outs) for spec in shown]
    machine = Facts(
        (
            Fact("input.sizes", None, list(sizes)),
            Fact("output.sizes", None, list(outs)),
            Fact("searched", None, dict(searched)),
            Fact("count", None, len(specs)),
            Fact("choices", None, [_choice(spec, outs) for spec in specs]),
        )
    )
    blocks: list[Block] = [machine, Table(tuple(columns), rows)]
    if len(shown) < len(specs):
        blocks.append(Note(f"and {len(specs) - len(shown)} more; --all shows them"))
    if searched:
        blocks.append(
            Note(f"searched: {', '.join(f'{name} {text}' for name, text in searched.items())}")
        )
    title = f"{count_of(len(specs), 'choice', 'choices')} from {Shape(sizes)} to {Shape(outs)}"
    return Document(
        "solve", tuple(blocks), essential=pytorch_line(specs[0]), title=title, records="choices"
    )


def _row(spec: ConvSpec, outs: Sequence[int]) -> tuple[str, ...]:
    per_axis = [
        _together([str(axis.kernel_size) for axis in spec.axes]),
        _together([str(axis.stride) for axis in spec.axes]),
        _together([str(axis.pad) for axis in spec.axes]),
        _together([str(axis.dilation) for axis in spec.axes]),
    ]
    if spec.transposed:
        per_axis.append(_together([str(axis.output_padding) for axis in spec.axes]))
    inputs = [range_text(spec.input_sizes(d, out)) for d, out in enumerate(outs)]
    return (*per_axis, _together(inputs), pytorch_line(spec))


def _together(words: Sequence[str]) -> str:
    return words[0] if len(set(words)) == 1 else ",".join(words)


def _choice(spec: ConvSpec, outs: Sequence[int]) -> dict[str, Any]:
    inputs = [spec.input_sizes(d, out) for d, out in enumerate(outs)]
    return {
        "kernel_size": [axis.kernel_size for axis in spec.axes],
        "stride": [axis.stride for axis in spec.axes],
        "padding": [list(axis.pad) for axis in spec.axes],
        "dilation": [axis.dilation for axis in spec.axes],
        "output_padding": [axis.output_padding for axis in spec.axes],
        "symmetric": all(axis.pad.is_even for axis in spec.axes),
        "inputs": [[sizes[0], sizes[-1]] for sizes in inputs],
        "pytorch": pytorch_line(spec),
    }


def none_view(
    sizes: Sequence[int],
    outs: Sequence[int],
    searched: Mapping[str, str],
    nearest: Nearest,
    transposed: bool,
) -> Document:
    """Why nothing fits, and what can be reached instead, axis by axis; None where an axis can be met by itself."""
    names = axis_names(len(sizes))
    facts = [
        Fact("input.sizes", None, list(sizes)),
        Fact("output.sizes", None, list(outs)),
        Fact("searched", None, dict(searched)),
        Fact("count", None, 0),
        Fact("choices", None, []),
        Fact("nearest.below", None, [found and found[0] for found in nearest]),
        Fact("nearest.above", None, [found and found[1] for found in nearest]),
    ]
    for name, size, out, found in zip(names, sizes, outs, nearest, strict=True):
        said = f"{size} can be turned into {out}"
        if found is not None:
            reachable = " and ".join(str(one) for one in found if one is not None) or "nothing"
            said = (
                f"no choice turns {size} into {out}; the nearest that can be reached: {reachable}"
            )
        facts.append(Fact(None, f"axis {name}", said))
    blocks: list[Block] = [
        Note(TRANSPOSED_OUTPUT_FORMULA if transposed else OUTPUT_FORMULA),
        Facts(tuple(facts)),
    ]
    if searched:
        blocks.append(
            Note(f"searched: {', '.join(f'{name} {text}' for name, text in searched.items())}")
        )
    return Document(
        "solve",
        tuple(blocks),
        essential="none",
        title=f"no choice from {Shape(sizes)} to {Shape(outs)}",
    )


def same_view(specs: Sequence[ConvSpec], sizes: Sequence[int], limit: int | None) -> Document:
    """The padding, side by side, for ceil(size/stride) outputs, as TensorFlow's "SAME" has it."""
    columns = tuple(
        Column(None, name)
        for name in ("kernel", "stride", "dilation", "output", "--padding", "PyTorch")
    )
    rows = []
    records = []
    for spec in specs:
        outs = spec.output_sizes(sizes)
        option = ",".join(f"{axis.pad.before}:{axis.pad.after}" for axis in spec.axes)
        kernel, stride, dilation = (
            _together([str(getattr(axis, name)) for axis in spec.axes])
            for name in ("kernel_size", "stride", "dilation")
        )
        rows.append((kernel, stride, dilation, Shape(outs), option, pytorch_line(spec)))
        records.append(_choice(spec, outs) | {"output": list(outs), "option": option})
    symbols = "total = max((ceil(size/stride) - 1)*stride + extent - size, 0); before = floor(total/2), after = total - before"
    facts = Facts((Fact("input.sizes", None, list(sizes)), Fact("choices", None, records)))
    title = f"padding for ceil(size/stride) outputs from {Shape(sizes)}, TensorFlow's SAME"
    shown = rows[:limit]
    more = (
        (Note(f"and {len(rows) - len(shown)} more; --all shows them"),)
        if len(shown) < len(rows)
        else ()
    )
    blocks = (facts, Note(symbols), Table(columns, list(shown)), *more)
    return Document("solve", blocks, essential=records[0]["option"], title=title, records="choices")


def inputs_view(spec: ConvSpec, outs: Sequence[int]) -> Document:
    """All inputs from which a layer gives an output."""
    ranges = [spec.input_sizes(d, out) for d, out in enumerate(outs)]
    rows = [
        Fact(None, f"input {name}", range_text(sizes))
        for name, sizes in zip(spec.axis_names, ranges, strict=True)
    ]
    machine = Fact(
        "input.sizes", None, [[sizes[0], sizes[-1]] if sizes else None for sizes in ranges]
    )
    checked = [
        str(output_formula(spec, d, size))
        for d, sizes in enumerate(ranges)
        if sizes
        for size in (sizes[0], sizes[-1])
    ]
    note = (
        Note("; ".join(dict.fromkeys(checked)))
        if checked
        else Note("No input size gives this output.")
    )
    essential = ",".join(f"{sizes[0]}..{sizes[-1]}" if sizes else "none" for sizes in ranges)
    facts = Facts(
        (
            machine,
            Fact("output.sizes", None, list(outs)),
            Fact("pytorch", None, pytorch_line(spec)),
            *rows,
        )
    )
    return Document(
        "solve",
        (facts, note),
        essential=essential,
        title=f"{pytorch_line(spec)} gives {Shape(outs)} from",
    )
