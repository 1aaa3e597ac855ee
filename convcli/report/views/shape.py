"""The view of `convcli shape`: sizes with formulas, parameters, cost, memory, unread cells."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from convcli.engine.geometry.cost import Cost, cost, size_in_bytes
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.unread_cells import LISTED, Unread, unread_cells
from convcli.report.document import (
    Block,
    Column,
    Document,
    Fact,
    Facts,
    Formulas,
    Table,
    Text,
)
from convcli.report.quantities import Bytes
from convcli.report.spelling.bytes import STEP
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.spelling.ranges import range_text
from convcli.report.spelling.size_formulas import (
    extent_rule,
    output_formula,
    output_rule,
    size_rules,
)
from convcli.report.terms import Formula, Name, Over, Plus, Rule, Term, Times
from convcli.report.views.foreign import Foreign
from convcli.report.words.vocabulary import ENGLISH, Words

TENSORS = ("input", "weight", "bias", "output")
MOST_GROUPS, GROUPS_AT_FIRST = 5, 3  # that are named; of more, these and the last one
CELLS_NAMED = min(8, LISTED)  # no more than are listed


def shape_view(
    spec: ConvSpec,
    full_input: Shape,
    input_shape: Shape,
    output_shape: Shape,
    letters: tuple[str, str] = ("", ""),
    words: Words = ENGLISH,
    foreign: Foreign | None = None,
) -> Document:
    """The document on a layer and its input.

    `full_input` is (N, C_in, *sizes); the other shapes have as many axes as the input was specified
    with. `letters` are those of the axes of input and output, where they are not in torch's order.
    A layer of another framework, `foreign`, has the weight in its own layout.
    """
    sizes = full_input[2:]
    blocks = (
        Facts((Fact("layer", None, pytorch_line(spec)),)),
        _tensors(spec, input_shape, output_shape, letters, words, foreign),
        _groups(spec, words),
        _size_formulas(spec, sizes),
        *_cost_formulas(spec, full_input, words),
        _coverage(spec, sizes, words, fixed=foreign is None),
    )
    return Document("shape", blocks, output_shape, title=pytorch_line(spec), words=words)


def layer_view(spec: ConvSpec, words: Words = ENGLISH) -> Document:
    """The document on a layer without an input: its shapes, and its output size in names."""
    first, second = ("C_in", "C_out/groups") if spec.transposed else ("C_out", "C_in/groups")
    axes = ", ".join((first, second, *(f"K_{name}" for name in spec.axis_names)))
    bias = words("none") if spec.bias_shape is None else spec.bias_shape
    facts = Facts((
        Fact("weight.shape", words("weight"), spec.weight_shape, axes),
        Fact("bias.shape", words("bias"), bias, "" if spec.bias_shape is None else "C_out"),
        Fact("parameters", words("parameters"), spec.parameters),
    ))  # fmt: skip
    rules = (output_rule(spec.transposed), extent_rule(spec), *size_rules(spec))
    blocks = (facts, _groups(spec, words), Formulas((), rules=rules))
    return Document("shape", blocks, spec, title=pytorch_line(spec), words=words)


def cost_view(price: Cost, words: Words = ENGLISH) -> Document:
    """The document on what a layer costs."""
    facts = Facts((_operations_fact(price, words),))
    blocks = Formulas(_price_formulas(price, words)), facts
    return Document("shape", blocks, price.macs, words=words)


def _tensors(
    spec: ConvSpec,
    input_shape: Shape,
    output_shape: Shape,
    letters: tuple[str, str],
    words: Words,
    foreign: Foreign | None = None,
) -> Table:
    columns = (
        Column("shape", None),
        Column(None, words("shape.shape")),
        Column(None, words("shape.axes"), spare=1, wraps=True),
        Column("numbers", words("shape.numbers")),
        Column("bytes", None),
        Column(None, "float32"),
    )
    first, second = ("C_in", "C_out/groups") if spec.transposed else ("C_out", "C_in/groups")
    kernel = [f"K_{name}" for name in spec.axis_names]
    weight, axes = spec.weight_shape, (first, second, *kernel)
    if foreign is not None and foreign.weight_shape is not None:
        weight, axes = foreign.weight_shape, foreign.weight_axes
    weight_axes = f"({', '.join(axes)})"
    rows = [
        _tensor_row(input_shape, _axes("C_in", spec, input_shape, letters[0]), words),
        _tensor_row(weight, weight_axes, words),
        (None, words("none"), "", 0, 0, "")
        if spec.bias_shape is None
        else _tensor_row(spec.bias_shape, "(C_out)", words),
        _tensor_row(output_shape, _axes("C_out", spec, output_shape, letters[1]), words),
    ]
    labels = (words("input"), words("weight"), words("bias"), words("output"))
    return Table(columns, rows, row_keys=TENSORS, row_labels=labels)


def _tensor_row(shape: Shape, axes: str, words: Words) -> tuple[Any, ...]:
    size = size_in_bytes(shape)
    return shape, shape, axes, prod(shape), size, Bytes(size, words("bytes"))


def _axes(channel: str, spec: ConvSpec, shape: Sequence[int], letters: str) -> str:
    if letters:
        return f"({', '.join(channel if letter == 'C' else letter for letter in letters)})"
    return f"({', '.join(('N', channel, *spec.axis_names)[spec.rank + 2 - len(shape) :])})"


def _groups(spec: ConvSpec, words: Words) -> Facts:
    """Which channels each group reads and makes; for depthwise layers in one line."""
    ins, outs = spec.in_per_group, spec.out_channels // spec.groups
    if spec.groups == 1:
        return Facts(())
    if ins == 1:
        alone = (
            words("shape.depthwise_note")
            if outs == 1
            else words("shape.depthwise_several", outs=outs, last=outs - 1)
        )
        return Facts((Fact(None, words("shape.depthwise"), alone),))

    def fact(group: int) -> Fact:
        read = range_text(range(group * ins, (group + 1) * ins))
        made = range_text(range(group * outs, (group + 1) * outs))
        text = words("shape.group", read=read, made=made)
        return Fact(None, words("group", group=group), text)

    if spec.groups <= MOST_GROUPS:
        return Facts(tuple(map(fact, range(spec.groups))))
    left = words.amount("shape.groups_more", spec.groups - GROUPS_AT_FIRST - 1)
    more = Fact(None, "...", left)
    return Facts((*map(fact, range(GROUPS_AT_FIRST)), more, fact(spec.groups - 1)))


def _size_formulas(spec: ConvSpec, sizes: Sequence[int]) -> Formulas:
    rules = (output_rule(spec.transposed), extent_rule(spec))
    rows = tuple(output_formula(spec, d, size) for d, size in enumerate(sizes))
    return Formulas(rows, key="output.formula", rules=rules)


def parameter_formulas(spec: ConvSpec, input_shape: Shape, words: Words = ENGLISH) -> Formulas:
    """The number of parameters: its rule, and with the numbers of the layer."""
    rows = _price_formulas(cost(spec, input_shape), words)
    return Formulas(rows[:1], rules=_cost_rules(spec)[:1])


def _cost_formulas(spec: ConvSpec, input_shape: Shape, words: Words) -> tuple[Block, ...]:
    price = cost(spec, input_shape)
    counts = (Fact("parameters", None, price.parameters), Fact("macs", None, price.macs))
    activations = size_in_bytes(input_shape) + size_in_bytes(spec.output_shape(input_shape))
    memory: Text = words("shape.activations_note")
    if activations >= STEP:
        memory = words.phrase("shape.activations_size", amount=Bytes(activations))
    rest = (
        _operations_fact(price, words),
        Fact("activation_bytes", words("shape.activations"), activations, memory),
    )
    return Formulas(_price_formulas(price, words), rules=_cost_rules(spec)), Facts(counts + rest)


def _price_formulas(price: Cost, words: Words) -> tuple[Formula, ...]:
    """Parameters and multiply-adds as products of their factors."""
    weights = Times(price.weight_factors)
    parameters = Plus((weights, price.biases)) if price.biases else weights
    return (
        Formula(words("parameters"), parameters, price.parameters),
        Formula(words("shape.macs"), Times(price.mac_factors), price.macs),
    )


def _operations_fact(price: Cost, words: Words) -> Fact:
    """The operations, and how they are counted."""
    note = _operations_note(price.bias_adds, words)
    return Fact("operations", words("shape.operations"), price.operations, note)


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


def _operations_note(bias_adds: int, words: Words) -> str:
    if bias_adds:
        return words("shape.operations_of_bias", count=bias_adds)
    return words("shape.operations_note")


def _coverage(spec: ConvSpec, sizes: Sequence[int], words: Words, *, fixed: bool = True) -> Facts:
    """What is read of each axis, and where the padding is fixed, what other sizes give."""
    unread = [unread_cells(spec, d, size) for d, size in enumerate(sizes)]
    same = [spec.input_sizes(d, spec.output_size(d, size)) for d, size in enumerate(sizes)]
    machine = (
        Fact("input.unread", None, [cells._asdict() for cells in unread]),
        *([Fact("input.same_output", None, [[sizes[0], sizes[-1]] for sizes in same])] * fixed),
    )
    people = tuple(
        Fact(
            None,
            words("input_axis", name=name),
            _unread_text(cells, size, words),
            _same_text(sizes_giving, spec.output_size(d, size), words) if fixed else "",
        )
        for d, (name, size, cells, sizes_giving) in enumerate(
            zip(spec.axis_names, sizes, unread, same, strict=True)
        )
    )
    return Facts(machine + people)


def _unread_text(unread: Unread, size: int, words: Words) -> str:
    if not unread.total:
        return words("shape.all_read")
    if unread.total == unread.trailing:
        first = size - unread.total
        if unread.total == 1:
            return words("shape.unread_cell", first=first)
        return words("shape.unread_cells", first=first, last=size - 1)
    named = ", ".join(map(str, unread.cells[:CELLS_NAMED]))
    more = ", ..." if unread.total > CELLS_NAMED else ""
    return words("shape.unread", count=unread.total, size=size, cells=f"{named}{more}")


def _same_text(sizes: range, output: int, words: Words) -> str:
    if len(sizes) == 1:
        return words("shape.only_size", output=output)
    return words("shape.sizes", first=sizes[0], last=sizes[-1], output=output)
