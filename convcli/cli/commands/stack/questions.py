"""What `convcli stack` reads, and which of its questions it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from convcli.cli.app.options import Parsed, option
from convcli.engine.geometry.shapes import Position, Shape, promoted_shape, restored_shape
from convcli.engine.network.input_sizes import mended, tried_sizes
from convcli.engine.network.walk import Step, totals, walk
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.inputs.networks.lists import Stack, read_stack
from convcli.inputs.text.numbers import parse_position, parse_positive, parse_range, parse_shape
from convcli.report.document import Block, Document
from convcli.report.spelling.plurals import count_of
from convcli.report.views.network_parts import StackReport
from convcli.report.views.stack import stack_view

MOST_SIZES = 100_000
LARGEST_PROOF = 2_000  # cells of an axis up to which its tables are composed
IMPULSES = 48  # cells of an axis, at most, for the proof by impulses


@dataclass(frozen=True)
class StackOptions:
    """Questions about a stack, as typed."""

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
    options: Mapping[str, Any],
    asked: StackOptions,
    *,
    quiet: bool = False,
) -> tuple[Document, int]:
    """The document, and the exit status: 1 where a proof failed. For `quiet` only shapes are worked out where nothing else
    is asked."""
    given = parse_shape(shape_text)
    _check(asked)
    if asked.compare:
        from convcli.report.views.stack_questions import compare_view

        reports = [
            _report(_read([source], given, options, asked), given, asked) for source in sources
        ]
        return compare_view(reports, sources), ExitStatus.DONE
    stack = _read(sources, given, options, asked)
    if asked.mirror:
        from convcli.report.views.decoder import mirror_view

        return mirror_view(_report(stack, given, asked)), ExitStatus.DONE
    if asked.sizes is not None:
        return _sizes_answer(stack, given, asked), ExitStatus.DONE
    report = _report(
        stack,
        given,
        asked,
        seeing=not quiet or asked.prove or asked.unit is not None or asked.target_rf is not None,
    )
    further: list[Block] = []
    status = ExitStatus.DONE
    if asked.target_rf is not None:
        from convcli.report.views.stack_questions import target_blocks

        further += target_blocks(report.steps, asked.target_rf)
    if asked.prove:
        blocks, proved = _proof(stack, report)
        further += blocks
        status = ExitStatus.DONE if proved else ExitStatus.ANSWER_IS_NO
    return stack_view(report, further), status


def _check(asked: StackOptions) -> None:
    """Raises ConvError for questions that have answers of their own, asked together."""
    apart = {"compare": asked.compare, "mirror": asked.mirror, "sizes": asked.sizes is not None}
    beside = {"unit": asked.unit, "prove": asked.prove or None, "target_rf": asked.target_rf}
    chosen = [name for name, wanted in apart.items() if wanted]
    others = chosen[1:] + [name for name, wanted in beside.items() if wanted is not None]
    if chosen and others:
        rule = f"cannot be combined with `{others[0]}`"
        raise ConvError("stack.two", rule, parameter=chosen[0], hint="Run them one by one.")


def _read(
    sources: Sequence[str], given: Shape, options: Mapping[str, Any], asked: StackOptions
) -> Stack:
    if asked.module is not None:
        from convcli.inputs.networks.torch_modules import stack_of_module

        if sources:
            raise ConvError(
                "layers.two",
                "cannot be combined with LAYERS",
                parameter="module",
                got=asked.module,
            )
        return stack_of_module(asked.module, given)
    if len(sources) == 1 and sources[0].lower().endswith(".onnx"):
        from convcli.inputs.networks.onnx_files import stack_of_onnx

        return stack_of_onnx(sources[0], given)
    return read_stack(sources, options)


def _report(stack: Stack, given: Shape, asked: StackOptions, *, seeing: bool = True) -> StackReport:
    """The walk through a stack on the shape that was given."""
    full = given if stack.rank is None else promoted_shape(given, stack.rank, "SHAPE")
    steps = _walk(stack, full, seeing)
    unit = _unit(asked.unit, full)
    _check_unit(unit, steps)
    return StackReport(
        stack.texts,
        steps,
        full,
        totals(steps, full),
        lambda shape: restored_shape(shape, len(given) - len(full) + len(shape)),
        unit,
        stack.notes,
    )


def _walk(stack: Stack, full: Shape, seeing: bool) -> list[Step]:
    """Where branches do not meet, the hint says which output_padding would mend that."""
    try:
        return walk(stack.nodes, full, seeing=seeing)
    except ConvError as error:
        if error.code == "branches.shape":
            mends = mended(stack.nodes, full).output_padding
            words = [f"{name} {','.join(map(str, values))}" for name, values in mends.items()]
            if words:
                hint = f"With `output_padding` of {'; '.join(words)} they may."
                raise error.with_place(hint=hint) from None
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
    """Raises ConvError where the last layer that has units in space has not this one."""
    last = next((step for step in reversed(steps) if step.fields), None)
    if unit is None or last is None:
        return
    sizes = last.output[2:]
    if len(unit) != len(sizes) or any(cell >= size for cell, size in zip(unit, sizes, strict=True)):
        rule = f"must lie in the output {Shape(sizes)} of layer {last.name}"
        raise ConvError("unit.range", rule, parameter="unit", got=str(unit))


def _sizes_answer(stack: Stack, given: Shape, asked: StackOptions) -> Document:
    from convcli.report.views.stack_questions import sizes_blocks

    sizes = parse_range(asked.sizes or "", "sizes", MOST_SIZES)
    full = given if stack.rank is None else promoted_shape(given, stack.rank, "SHAPE")
    if len(full) < 3:
        raise ConvError(
            "sizes.axes", "needs an input with spatial axes", parameter="sizes", got=given
        )
    tried = list(tried_sizes(stack.nodes, full, sizes))
    mends = mended(stack.nodes, full)
    try:
        shape = walk(mends.nodes, full)[-1].output
    except ConvError:
        shape = None
    blocks = sizes_blocks(tried, mends.output_padding, shape)
    smallest = next((one.size for one in tried if one.output is not None), None)
    return Document(
        "stack",
        tuple(blocks),
        essential=smallest,
        title=_sizes_title(len(stack.nodes), asked.sizes),
    )


def _sizes_title(layers: int, sizes: str | None) -> str:
    return f"{count_of(layers, 'layer', 'layers')} on inputs of {sizes} cells"


def _proof(stack: Stack, report: StackReport) -> tuple[list[Block], bool]:
    """The fields of the last layer that has any, from the tables on this input, and by impulses on a small one."""
    from convcli.engine.proof.receptive_proof import prove
    from convcli.report.views.stack_questions import proof_blocks

    known = [at for at, step in enumerate(report.steps) if step.fields]
    last = (
        next((at for at in range(len(report.steps)) if at not in set(known)), len(report.steps)) - 1
    )
    if last < 0:
        raise ConvError("prove.none", "the first layer has no receptive field", parameter="prove")
    if max(report.input_shape[2:]) > LARGEST_PROOF:
        rule = f"composes tables of at most {LARGEST_PROOF} cells"
        raise ConvError(
            "prove.large",
            rule,
            parameter="prove",
            got=report.shown(report.input_shape),
            kind="memory",
        )
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
        shape = next((_with_size(shape, one.size) for one in tried if one.output), shape)
    steps = walk(stack.nodes[: last + 1], shape)
    proofs.append(("impulses", shape, prove(steps, last, shape, by_impulses=True)))
    return proof_blocks(report.steps[last], proofs), not any(
        proof.differing for _, _, proof in proofs
    )


def _with_size(shape: Shape, size: int) -> Shape:
    return Shape((*shape[:2], *(size,) * (len(shape) - 2)))
