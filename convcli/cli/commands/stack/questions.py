"""The questions of `convcli stack`, and their answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Annotated, Any

from convcli.cli.app.options import Parsed, option
from convcli.engine.geometry.shapes import Position, Shape, promoted_shape, restored_shape
from convcli.engine.network.input_sizes import restored, tried_sizes
from convcli.engine.network.walk import Step, totals, walk
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.inputs.networks.lists import Stack, read_stack
from convcli.inputs.networks.model_files import STDIN
from convcli.inputs.text.numbers import parse_position, parse_positive, parse_range, parse_shape
from convcli.report.document import Block, Document
from convcli.report.spelling.plurals import count_of
from convcli.report.views.network_parts import StackReport
from convcli.report.views.stack import stack_view

MOST_SIZES = 100_000
LARGEST_PROOF = 2_000  # cells of an axis whose tables are composed
LARGEST_TABLE = 4_000_000  # entries of such a table: outputs * taps
IMPULSES = 48  # cells of an axis in the proof by impulses


@dataclass(frozen=True)
class StackOptions:
    """Questions about a stack."""

    unit: Annotated[
        str | None,
        option(
            "--unit",
            metavar="POSITION",
            help="show what this unit sees, like 5,5 (default: middle)",
        ),
    ] = None
    prove: Annotated[
        bool,
        option("--prove", help="verify the receptive fields by tables and by impulses"),
    ] = False
    compare: Annotated[
        bool, option("--compare", help="compare stacks: each LAYERS is one of them")
    ] = False
    target_rf: Annotated[
        int | None,
        option("--target-rf", metavar="N", help="find the layer that sees N cells"),
        Parsed(parse_positive),
    ] = None
    sizes: Annotated[
        str | None, option("--sizes", metavar="A..B", help="find the legal input sizes in a range")
    ] = None
    mirror: Annotated[bool, option("--mirror", help="print the decoder of the stack")] = False
    module: Annotated[
        str | None,
        option(
            "--module", metavar="MODULE", help="a torch module, package.mod:Class; runs its code"
        ),
    ] = None


def answer(
    sources: Sequence[str],
    shape_text: str,
    arguments: Mapping[str, Any],
    questions: StackOptions,
    *,
    quiet: bool = False,
    open_stdin: Callable[[], IO[bytes]] | None = None,
) -> tuple[Document, int]:
    """The document, and the exit status: 1 where a proof failed.

    With `quiet` and no question, only the shapes are computed.
    """
    input_shape = parse_shape(shape_text)
    _check(questions)
    if questions.compare:
        from convcli.report.views.stack_questions import compare_view

        stacks = [
            _read([source], input_shape, arguments, questions, open_stdin) for source in sources
        ]
        reports = [_report(stack, input_shape, questions) for stack in stacks]
        return compare_view(reports, sources), ExitStatus.DONE
    stack = _read(sources, input_shape, arguments, questions, open_stdin)
    if questions.mirror:
        from convcli.report.views.decoder import mirror_view

        return mirror_view(_report(stack, input_shape, questions)), ExitStatus.DONE
    if questions.sizes is not None:
        return _sizes_answer(stack, input_shape, questions), ExitStatus.DONE
    return _whole_answer(stack, input_shape, questions, quiet=quiet)


def _whole_answer(
    stack: Stack, input_shape: Shape, questions: StackOptions, *, quiet: bool
) -> tuple[Document, int]:
    """The table of the layers, with the answers that stand below it."""
    is_asked = questions.prove or questions.unit is not None or questions.target_rf is not None
    report = _report(stack, input_shape, questions, seeing=is_asked or not quiet)
    blocks: list[Block] = []
    status = ExitStatus.DONE
    if questions.target_rf is not None:
        from convcli.report.views.stack_questions import target_blocks

        blocks += target_blocks(report.steps, questions.target_rf)
    if questions.prove:
        proof, proved = _proof(stack, report)
        blocks += proof
        status = ExitStatus.DONE if proved else ExitStatus.ANSWER_IS_NO
    return stack_view(report, blocks), status


def _check(questions: StackOptions) -> None:
    """Raises ConvError for questions that cannot be combined."""
    apart = {
        "compare": questions.compare,
        "mirror": questions.mirror,
        "sizes": questions.sizes is not None,
    }
    beside = {
        "unit": questions.unit,
        "prove": questions.prove or None,
        "target_rf": questions.target_rf,
    }
    chosen = [name for name, wanted in apart.items() if wanted]
    others = chosen[1:] + [name for name, wanted in beside.items() if wanted is not None]
    if chosen and others:
        rule = f"cannot be combined with `{others[0]}`"
        raise ConvError("stack.two", rule, parameter=chosen[0], hint="Run them one by one.")


def _read(
    sources: Sequence[str],
    input_shape: Shape,
    options: Mapping[str, Any],
    questions: StackOptions,
    open_stdin: Callable[[], IO[bytes]] | None,
) -> Stack:
    if questions.module is not None:
        from convcli.inputs.networks.torch_modules import stack_of_module

        if sources:
            raise ConvError(
                "layers.two",
                "cannot be combined with LAYERS",
                parameter="module",
                got=questions.module,
            )
        return stack_of_module(questions.module, input_shape)
    if len(sources) == 1 and sources[0].lower().endswith(".onnx"):
        from convcli.inputs.networks.onnx_files import stack_of_onnx

        return stack_of_onnx(sources[0], input_shape)
    if sources.count(STDIN) > 1:
        rule = "standard input is read once, and - stands more than once"
        raise ConvError("layers.stdin", rule, parameter="LAYERS")
    return read_stack(sources, options, open_stdin)


def _report(
    stack: Stack, input_shape: Shape, questions: StackOptions, *, seeing: bool = True
) -> StackReport:
    """The walk through a stack on an input of this shape."""
    full = input_shape if stack.rank is None else promoted_shape(input_shape, stack.rank, "SHAPE")
    steps = _walk(stack, full, seeing)
    unit = _unit(questions.unit, full)
    _check_unit(unit, steps)
    return StackReport(
        stack.texts,
        steps,
        full,
        totals(steps, full),
        lambda shape: restored_shape(shape, len(input_shape) - len(full) + len(shape)),
        unit,
        stack.notes,
    )


def _walk(stack: Stack, full: Shape, seeing: bool) -> list[Step]:
    """Walk; where branches differ in size, the hint is the output_padding that fixes it."""
    try:
        return walk(stack.nodes, full, seeing=seeing)
    except ConvError as error:
        if error.code == "branches.shape":
            mends = restored(stack.nodes, full).output_padding
            words = [
                f"output_padding={','.join(map(str, values))} in layer {name}"
                for name, values in mends.items()
            ]
            if words:
                fields = {"words": " and ".join(words)}
                raise error.with_place(hint="Try {words}.", fields=fields) from None
        raise


def _unit(text: str | None, shape: Shape) -> Position | None:
    if text is None:
        return None
    unit = parse_position(text, "unit")
    if any(cell < 0 for cell in unit) or len(unit) != len(shape) - 2:
        count = len(shape) - 2
        rule = f"must be {count_of(count, 'number', 'numbers')} of at least 0"
        raise ConvError("unit.range", rule, parameter="unit", got=text)
    return unit


def _check_unit(unit: Position | None, steps: Sequence[Step]) -> None:
    """Raises ConvError where the last layer with spatial axes has no such unit."""
    last = next((step for step in reversed(steps) if step.fields), None)
    if unit is None or last is None:
        return
    sizes = last.output[2:]
    if len(unit) != len(sizes) or any(cell >= size for cell, size in zip(unit, sizes, strict=True)):
        rule = f"must be inside the output {Shape(sizes)} of layer {{name}}"
        fields = {"name": last.name}
        raise ConvError("unit.range", rule, parameter="unit", got=str(unit), fields=fields)


def _sizes_answer(stack: Stack, input_shape: Shape, questions: StackOptions) -> Document:
    from convcli.report.views.stack_questions import sizes_blocks

    sizes = parse_range(questions.sizes or "", "sizes", MOST_SIZES)
    full = input_shape if stack.rank is None else promoted_shape(input_shape, stack.rank, "SHAPE")
    if len(full) < 3:
        raise ConvError(
            "sizes.axes", "needs an input with spatial axes", parameter="sizes", got=input_shape
        )
    tried = list(tried_sizes(stack.nodes, full, sizes))
    mends = restored(stack.nodes, full)
    try:
        shape = walk(mends.nodes, full)[-1].output
    except ConvError:
        shape = None
    blocks = sizes_blocks(tried, mends.output_padding, shape)
    smallest = next((each.size for each in tried if each.output is not None), None)
    return Document(
        "stack",
        tuple(blocks),
        essential=smallest,
        title=_sizes_title(len(stack.nodes), questions.sizes),
        records="sizes.tried",
    )


def _sizes_title(layers: int, sizes: str | None) -> str:
    return f"{count_of(layers, 'layer', 'layers')} on inputs of {sizes} cells"


def _proof(stack: Stack, report: StackReport) -> tuple[list[Block], bool]:
    """The last fields, from the tables on this input and by impulses on a small one."""
    from convcli.engine.proof.receptive_proof import prove
    from convcli.report.views.stack_questions import proof_blocks

    steps = report.steps
    last = next((at for at, step in enumerate(steps) if not step.fields), len(steps)) - 1
    if last < 0:
        raise ConvError("prove.none", "the first layer has no receptive field", parameter="prove")
    for shape in (report.input_shape, *(step.output for step in steps[: last + 1])):
        if max(shape[2:], default=0) > LARGEST_PROOF:
            raise ConvError(
                "prove.large",
                f"works for at most {LARGEST_PROOF} cells per axis",
                parameter="prove",
                got=report.in_input_rank(shape),
                kind="memory",
            )
    for step in steps[: last + 1]:
        for reading in filter(None, step.readings or ()):
            if reading.outputs * max(map(len, reading.windows), default=0) > LARGEST_TABLE:
                rule = f"works for tap tables of at most {LARGEST_TABLE} entries"
                raise ConvError("prove.large", rule, parameter="prove", kind="memory")
    proofs = [
        (
            "tables",
            report.input_shape,
            prove(report.steps, last, report.input_shape, by_impulses=False),
        )
    ]
    shape = report.input_shape
    if max(shape[2:]) > IMPULSES:
        tried = tried_sizes(stack.nodes[: last + 1], shape, range(IMPULSES, 0, -1))
        shape = next((_with_size(shape, each.size) for each in tried if each.output), shape)
    steps = walk(stack.nodes[: last + 1], shape)
    proofs.append(("impulses", shape, prove(steps, last, shape, by_impulses=True)))
    return proof_blocks(report.steps[last], proofs), not any(
        proof.differing for _, _, proof in proofs
    )


def _with_size(shape: Shape, size: int) -> Shape:
    return Shape((*shape[:2], *(size,) * (len(shape) - 2)))
