"""The view of `convcli shape`: sizes with formulas, parameters, cost, memory, unread cells."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from convcli.engine.geometry.cost import cost, mac_factors, size_in_bytes
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.unread_cells import LISTED, Unread, unread_cells
from convcli.report.document import (
    Block,
    Column,
    Data,
    Document,
    Fact,
    Facts,
    Formulas,
    Table,
    Text,
)
from convcli.report.quantities import Bytes, Phrase
from convcli.report.spelling.bytes import STEP
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.spelling.ranges import range_text
from convcli.report.spelling.size_formulas import (
    extent_rule,
    output_formula,
    output_rule,
    size_formula,
)
from convcli.report.terms import Formula, Name, Over, Plus, Rule, Term, Times

MOST_GROUPS, GROUPS_AT_FIRST = 5, 3  # that are named; of more, these and the last one
CELLS_NAMED = min(8, LISTED)  # no more than are listed


def shape_view(
    spec: ConvSpec,
    full_input: Shape,
    input_shape: Shape,
    output_shape: Shape,
    letters: tuple[str, str] = ("", ""),
) -> Document:
    """The document on a layer and its input.

    `full_input` is (N, C_in, *sizes); the other shapes have as many axes as the input was specified
    with. `letters` are those of the axes of input and output, where they are not in torch's order.
    """
    sizes = full_input[2:]
    blocks = (
        Facts((Fact("layer", None, pytorch_line(spec)),)),
        _tensors(spec, input_shape, output_shape, letters),
        _groups(spec),
        _size_formulas(spec, sizes),
        *_cost_formulas(spec, full_input),
        _coverage(spec, sizes),
    )
    return Document("shape", blocks, essential=output_shape, title=pytorch_line(spec))


def shape_line(
    spec: ConvSpec,
    full_input: Shape,
    input_shape: Shape,
    output_shape: Shape,
    letters: tuple[str, str] = ("", ""),
) -> Document:
    """The same in few keys, those that scripts ask for: one of very many layers."""
    sizes, outs = full_input[2:], spec.output_sizes(full_input[2:])
    alike = sizes.count(sizes[0]) == len(sizes) and all(axis is spec.axes[0] for axis in spec.axes)
    formulas = [
        size_formula(spec, d, size, outs[d]) for d, size in enumerate(sizes[:1] if alike else sizes)
    ]
    weight = spec.weight_shape
    data = {
        "input": {"shape": input_shape},
        "weight": {"shape": weight},
        "bias": {"shape": spec.bias_shape},
        "output": {"shape": output_shape, "formula": formulas * (spec.rank if alike else 1)},
        "parameters": spec.parameters,
        "macs": prod(mac_factors(spec, full_input, (*full_input[:1], spec.out_channels, *outs))),
    }
    return Document("shape", (Data(data),), essential=output_shape)


def _tensors(
    spec: ConvSpec, input_shape: Shape, output_shape: Shape, letters: tuple[str, str]
) -> Table:
    columns = (
        Column("shape", "shape"),
        Column(None, "axes", spare=1, wraps=True),
        Column("numbers", "numbers"),
        Column("bytes", None),
        Column(None, "float32"),
    )
    first, second = ("C_in", "C_out/groups") if spec.transposed else ("C_out", "C_in/groups")
    kernel = [f"K_{name}" for name in spec.axis_names]
    weight_axes = f"({', '.join((first, second, *kernel))})"
    rows = [
        _tensor_row(input_shape, _axes("C_in", spec, input_shape, letters[0])),
        _tensor_row(spec.weight_shape, weight_axes),
        _tensor_row(spec.bias_shape, "(C_out)") if spec.bias_shape else (None, "", 0, 0, ""),
        _tensor_row(output_shape, _axes("C_out", spec, output_shape, letters[1])),
    ]
    names = ("input", "weight", "bias", "output")
    return Table(columns, rows, row_keys=names, row_labels=names)


def _tensor_row(shape: Shape, axes: str) -> tuple[Any, ...]:
    return shape, axes, prod(shape), size_in_bytes(shape), Bytes(size_in_bytes(shape))


def _axes(channel: str, spec: ConvSpec, shape: Sequence[int], letters: str) -> str:
    if letters:
        return f"({', '.join(channel if letter == 'C' else letter for letter in letters)})"
    return f"({', '.join(('N', channel, *spec.axis_names)[spec.rank + 2 - len(shape) :])})"


def _groups(spec: ConvSpec) -> Facts:
    """Which channels each group reads and makes; for depthwise layers in one line."""
    ins, outs = spec.in_per_group, spec.out_channels // spec.groups
    if spec.groups == 1:
        return Facts(())
    if ins == 1:
        made = "channel c" if outs == 1 else f"channels {outs}*c..{outs}*c + {outs - 1}"
        reads = "reads" if outs == 1 else "read"
        return Facts((Fact(None, "depthwise", f"output {made} {reads} input channel c alone"),))

    def fact(group: int) -> Fact:
        read = range_text(range(group * ins, (group + 1) * ins))
        made = range_text(range(group * outs, (group + 1) * outs))
        text = f"input channels {read} -> output channels {made}"
        return Fact(None, f"group {group}", text)

    if spec.groups <= MOST_GROUPS:
        return Facts(tuple(map(fact, range(spec.groups))))
    more = Fact(None, "...", f"{spec.groups - GROUPS_AT_FIRST - 1} groups more")
    return Facts((*map(fact, range(GROUPS_AT_FIRST)), more, fact(spec.groups - 1)))


def _size_formulas(spec: ConvSpec, sizes: Sequence[int]) -> Formulas:
    rules = (output_rule(spec.transposed), extent_rule(spec))
    rows = tuple(output_formula(spec, d, size) for d, size in enumerate(sizes))
    return Formulas(rows, key="output.formula", rules=rules)


def _cost_formulas(spec: ConvSpec, input_shape: Shape) -> tuple[Block, ...]:
    price = cost(spec, input_shape)
    weights = Times(price.weight_factors)
    parameters = Plus((weights, price.biases)) if spec.bias else weights
    rows = (
        Formula("parameters", parameters, price.parameters),
        Formula("MACs", Times(price.mac_factors), price.macs),
    )
    counts = (Fact("parameters", None, price.parameters), Fact("macs", None, price.macs))
    activations = size_in_bytes(input_shape) + size_in_bytes(spec.output_shape(input_shape))
    memory: Text = "bytes of float32: input and output"
    if activations >= STEP:
        memory = Phrase(f"{{amount}}, {memory}", {"amount": Bytes(activations)})
    rest = (
        Fact("operations", "operations", price.operations, _operations_note(price.bias_adds)),
        Fact("activation_bytes", "activation memory", activations, memory),
    )
    return Formulas(rows, rules=_cost_rules(spec)), Facts(counts + rest)


def _cost_rules(spec: ConvSpec) -> tuple[Rule, Rule]:
    """Parameters and MACs in names."""
    kernel = tuple(Name("K", name) for name in spec.axis_names)
    channels_in, channels_out, groups = Name("C", "in"), Name("C", "out"), Name("groups")
    first, second = channels_out, channels_in
    if spec.transposed:
        first, second = second, first
    weight: tuple[Term, ...] = (first, Over(second, groups), *kernel)
    parameters = Plus((Times(weight), channels_out)) if spec.bias else Times(weight)
    counted = "in" if spec.transposed else "out"
    moved_over = tuple(Name(name, counted) for name in spec.axis_names)
    macs = Times((Name("N"), *weight, *moved_over))
    return Rule((Name("parameters"), parameters)), Rule((Name("MACs"), macs))


def _operations_note(bias_adds: int) -> str:
    return "2 for each MAC, a multiply and an add" + (
        f"; and {bias_adds} to add the bias" if bias_adds else ""
    )


def _coverage(spec: ConvSpec, sizes: Sequence[int]) -> Facts:
    unread = [unread_cells(spec, d, size) for d, size in enumerate(sizes)]
    same = [spec.input_sizes(d, spec.output_size(d, size)) for d, size in enumerate(sizes)]
    machine = (
        Fact("input.unread", None, [cells._asdict() for cells in unread]),
        Fact("input.same_output", None, [[sizes[0], sizes[-1]] for sizes in same]),
    )
    people = tuple(
        Fact(
            None,
            f"input {name}",
            _unread_text(cells, size),
            _same_text(sizes_giving, spec.output_size(d, size)),
        )
        for d, (name, size, cells, sizes_giving) in enumerate(
            zip(spec.axis_names, sizes, unread, same, strict=True)
        )
    )
    return Facts(machine + people)


def _unread_text(unread: Unread, size: int) -> str:
    if not unread.total:
        return "every cell is read"
    if unread.total == unread.trailing:
        first = size - unread.total
        return (
            f"cell {first} is never read"
            if unread.total == 1
            else f"cells {first}..{size - 1} are never read"
        )
    named = ", ".join(map(str, unread.cells[:CELLS_NAMED]))
    more = ", ..." if unread.total > CELLS_NAMED else ""
    return f"{unread.total} of {size} cells are never read: {named}{more}"


def _same_text(sizes: range, output: int) -> str:
    if len(sizes) == 1:
        return f"no other size gives {output}"
    return f"sizes {sizes[0]}..{sizes[-1]} give {output}"
