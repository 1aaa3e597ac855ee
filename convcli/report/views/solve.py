"""The views of `convcli solve`: the choices, or why there is none; padding for "same"; inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import Block, Column, Document, Fact, Facts, Formulas, Note, Table
from convcli.report.quantities import per_axis
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.spelling.ranges import range_text
from convcli.report.spelling.size_formulas import SAME, output_formula, output_rule
from convcli.report.words.vocabulary import ENGLISH, Words

Nearest = Sequence[tuple[int | None, int | None] | None]  # None for an axis that can be met alone


def choices_view(
    choices: Sequence[tuple[Axis, ...]],
    layer_of: Callable[[tuple[Axis, ...]], ConvSpec],
    sizes: Sequence[int],
    outs: Sequence[int],
    searched: Mapping[str, str],
    limit: int | None,
    words: Words = ENGLISH,
) -> Document:
    """The layers that turn `sizes` into `outs`, usual ones first; people see `limit` of them.

    Only the layers that are written are made: there may be 200,000.
    """
    listed = [layer_of(axes) for axes in choices[:limit]]
    rows = [_row(spec, outs) for spec in listed]
    names = [words("solve.kernel"), words("solve.stride")]
    names += [words("solve.padding"), words("solve.dilation")]
    if listed[0].transposed:
        names.append(words("solve.output_padding"))
    columns = _columns(names, rows, words)
    machine = (*_request(sizes, outs, searched), Fact("count", None, len(choices)))
    blocks: tuple[Block, ...] = (
        Facts(machine),
        Table(columns, rows),
        *_left_out(len(choices) - len(listed), words),
        *_first(listed, words),
        *_searched(searched, words),
    )
    title = words.amount("solve.choices", len(choices), input=Shape(sizes), output=Shape(outs))
    return Document(
        "solve",
        blocks,
        pytorch_line(listed[0]),
        title,
        records="choices",
        listing=lambda: _records([_choice(layer_of(axes), outs) for axes in choices]),
        words=words,
    )


def _columns(
    names: Sequence[str], rows: Sequence[tuple[Any, ...]], words: Words
) -> tuple[Column, ...]:
    """The columns; those of one value alone are left out first: PyTorch's line has it too."""
    alike = [len(rows) > 1 and len(set(values)) == 1 for values in zip(*rows, strict=True)]
    return (
        *(
            Column(None, name, spare=3 if same else 0)
            for name, same in zip(names, alike, strict=False)
        ),
        Column(None, words("solve.from_inputs"), spare=1),
        Column(None, "PyTorch", wraps=True, spare_when_narrow=1),
    )


def _first(listed: Sequence[ConvSpec], words: Words) -> Iterable[Facts]:
    """The first choice in PyTorch: a terminal may have no room for all of them."""
    yield Facts((Fact(None, words("solve.first"), pytorch_line(listed[0])),))


def _records(choices: list[dict[str, Any]]) -> Iterable[Block]:
    yield Facts((Fact("choices", None, choices),))


def _request(
    sizes: Sequence[int], outs: Sequence[int], searched: Mapping[str, str]
) -> tuple[Fact, ...]:
    return (
        Fact("input.sizes", None, list(sizes)),
        Fact("output.sizes", None, list(outs)),
        Fact("searched", None, dict(searched)),
    )


def _searched(searched: Mapping[str, str], words: Words) -> Iterable[Note]:
    """The ranges that were tried."""
    if searched:
        ranges = words("comma").join(f"{name} {text}" for name, text in searched.items())
        yield Note(words("solve.searched", ranges=ranges))


def _left_out(count: int, words: Words) -> Iterable[Note]:
    if count > 0:
        yield Note(words("solve.more", count=count))


def _row(spec: ConvSpec, outs: Sequence[int]) -> tuple[Any, ...]:
    values: list[Any] = [
        per_axis(axis.kernel_size for axis in spec.axes),
        per_axis(axis.stride for axis in spec.axes),
        _pads(spec),
        per_axis(axis.dilation for axis in spec.axes),
    ]
    if spec.transposed:
        values.append(per_axis(axis.output_padding for axis in spec.axes))
    inputs = per_axis(_ends(spec.input_sizes(d, out)) for d, out in enumerate(outs))
    return *values, inputs, pytorch_line(spec)


def _pads(spec: ConvSpec) -> Any:
    return per_axis(axis.pad.before if axis.pad.is_even else str(axis.pad) for axis in spec.axes)


def _ends(numbers: range) -> Any:
    """One number alone, else the ends as text."""
    return numbers[0] if len(numbers) == 1 else range_text(numbers)


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
    words: Words = ENGLISH,
) -> Document:
    """Why nothing fits, and the nearest outputs of each axis; None where an axis can be met."""
    facts = [
        *_request(sizes, outs, searched),
        Fact("count", None, 0),
        Fact("choices", None, []),
        Fact("nearest.below", None, [sides and sides[0] for sides in nearest]),
        Fact("nearest.above", None, [sides and sides[1] for sides in nearest]),
    ]
    names = axis_names(len(sizes))
    for name, size, out, sides in zip(names, sizes, outs, nearest, strict=True):
        if sides is None:
            answer = words("solve.can_be", size=size, output=out)
        else:
            reachable = _nearest_text(sides, words)
            answer = words("solve.cannot_be", size=size, output=out, nearest=reachable)
        facts.append(Fact(None, words("solve.axis", name=name), answer))
    blocks: tuple[Block, ...] = (
        Formulas((), rules=(output_rule(transposed),)),
        Facts(tuple(facts)),
        *_searched(searched, words),
    )
    title = words("solve.no_choice", input=Shape(sizes), output=Shape(outs))
    return Document("solve", blocks, essential="none", title=title, words=words)


def _nearest_text(sides: tuple[int | None, int | None], words: Words) -> str:
    below, above = sides
    if below is not None and above is not None:
        return words("solve.nearest", below=below, above=above)
    one = above if below is None else below
    return words("solve.nothing") if one is None else str(one)


def same_view(
    choices: Sequence[tuple[Axis, ...]],
    layer_of: Callable[[tuple[Axis, ...]], ConvSpec],
    sizes: Sequence[int],
    limit: int | None,
    words: Words = ENGLISH,
) -> Document:
    """The padding, side by side, for ceil(size/stride) outputs: TensorFlow's "SAME"."""
    columns = (
        Column(None, words("solve.kernel")),
        Column(None, words("solve.stride")),
        Column(None, words("solve.dilation")),
        Column(None, words("output")),
        Column(None, "--padding"),
        Column(None, "PyTorch", wraps=True, spare_when_narrow=1),
    )
    listed = choices[:limit]
    blocks: tuple[Block, ...] = (
        Facts((Fact("input.sizes", None, list(sizes)),)),
        Formulas((), rules=SAME),
        Table(columns, [_same_row(layer_of(axes), sizes) for axes in listed]),
        *_left_out(len(choices) - len(listed), words),
        *_first([layer_of(axes) for axes in listed[:1]], words),
    )
    return Document(
        "solve",
        blocks,
        _padding_option(choices[0]),
        words("solve.same", input=Shape(sizes)),
        records="choices",
        listing=lambda: _records([_same_choice(layer_of(axes), sizes) for axes in choices]),
        words=words,
    )


def _same_row(spec: ConvSpec, sizes: Sequence[int]) -> tuple[Any, ...]:
    kernel, stride, dilation = (
        per_axis(getattr(axis, name) for axis in spec.axes)
        for name in ("kernel_size", "stride", "dilation")
    )
    output, option = Shape(spec.output_sizes(sizes)), _padding_option(spec.axes)
    return kernel, stride, dilation, output, option, pytorch_line(spec)


def _same_choice(spec: ConvSpec, sizes: Sequence[int]) -> dict[str, Any]:
    outs = spec.output_sizes(sizes)
    return _choice(spec, outs) | {"output": list(outs), "option": _padding_option(spec.axes)}


def _padding_option(axes: Sequence[Axis]) -> str:
    return ",".join(f"{axis.pad.before}:{axis.pad.after}" for axis in axes)


def inputs_view(
    spec: ConvSpec, outs: Sequence[int], ranges: Sequence[range], words: Words = ENGLISH
) -> Document:
    """The input sizes of each axis that give the output; empty ranges where there are none."""
    facts = Facts(
        (
            Fact("input.sizes", None, [[s[0], s[-1]] if s else None for s in ranges]),
            Fact("output.sizes", None, list(outs)),
            Fact("pytorch", None, pytorch_line(spec)),
            *(
                Fact(None, words("input_axis", name=name), range_text(sizes, words("none")))
                for name, sizes in zip(spec.axis_names, ranges, strict=True)
            ),
        )
    )
    formulas = tuple(
        output_formula(spec, d, size)
        for d, sizes in enumerate(ranges)
        for size in dict.fromkeys((*sizes[:1], *sizes[-1:]))
    )
    essential = ",".join(f"{sizes[0]}..{sizes[-1]}" if sizes else "none" for sizes in ranges)
    check = Formulas(formulas) if formulas else Note(words("solve.no_input"))
    title = words("solve.inputs", line=pytorch_line(spec), output=Shape(outs))
    return Document("solve", (facts, check), essential=essential, title=title, words=words)
