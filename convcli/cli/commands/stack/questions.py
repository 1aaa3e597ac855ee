"""The questions of `convcli stack`, and their answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import IO, Any, NamedTuple

from convcli.cli.commands.stack.networks import ListedNetwork, Network, RecordedAgain
from convcli.cli.commands.stack.options import StackOptions
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.network.walk import walk
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.inputs.files.admission import Admit
from convcli.inputs.networks.lists import read_stack
from convcli.inputs.networks.model_files import STDIN
from convcli.inputs.networks.shapes_of_inputs import NamedShapes, split_shapes
from convcli.inputs.text.numbers import parse_position, parse_range
from convcli.report.document import Block, Document
from convcli.report.spelling.plurals import count_of
from convcli.report.views.network_parts import Proven, StackReport
from convcli.report.views.stack import stack_view
from convcli.report.words.vocabulary import Words

MOST_SIZES = 100_000


class Sources(NamedTuple):
    """Where networks are read: LAYERS, with the options of operators, or modules of torch.

    `admit` raises where so many bytes are too many; `note` is called with what a reader assumed;
    `words` is the language of the answer.
    """

    texts: Sequence[str]
    options: Mapping[str, Any]
    open_stdin: Callable[[], IO[bytes]]
    admit: Admit
    note: Callable[[str], None]
    words: Words


class Answer(NamedTuple):
    """The document, and what a page is made of where it is about one network."""

    document: Document
    report: StackReport | None = None
    proven: Proven | None = None

    @property
    def status(self) -> int:
        """The exit status: 1 where a proof failed."""
        failed = self.proven is not None and not self.proven.holds
        return ExitStatus.ANSWER_IS_NO if failed else ExitStatus.DONE


def answer(
    sources: Sources, shape_text: str, questions: StackOptions, *, quiet: bool = False
) -> Answer:
    """What is asked. With `quiet` and no question, only the shapes are computed."""
    texts, shapes = split_shapes(
        sources.texts, shape_text, is_one=not questions.compare, is_module=bool(questions.module)
    )
    sources, input_shape = sources._replace(texts=texts), shapes[0][1]
    _check(questions)
    if questions.compare:
        from convcli.report.views.stack_comparison import compare_view

        named = [
            *((text, _read([text], shapes, sources, questions)) for text in sources.texts),
            *((module, _module(module, questions, sources)) for module in questions.module),
        ]
        reports = [_noted(network.report(input_shape), sources) for _, network in named]
        return Answer(compare_view(reports, [name for name, _ in named]))
    network = _network(sources, shapes, questions)
    if questions.mirror:
        from convcli.report.views.decoder import mirror_view

        report = _noted(network.report(input_shape), sources)
        return Answer(mirror_view(report))
    if questions.sizes is not None:
        return Answer(_sizes_answer(network, input_shape, questions, sources.words))
    return _whole_answer(network, input_shape, questions, sources, quiet=quiet)


def _noted(report: StackReport, sources: Sources) -> StackReport:
    for text in report.notes:
        sources.note(text)
    return replace(report, words=sources.words)


def _whole_answer(
    network: Network,
    input_shape: Shape,
    questions: StackOptions,
    sources: Sources,
    *,
    quiet: bool,
) -> Answer:
    """The table of the layers, with the answers that stand below it."""
    is_asked = questions.prove or questions.unit is not None or questions.target_rf is not None
    report = network.report(input_shape, seeing=is_asked or not quiet)
    report = replace(_noted(report, sources), unit=_unit(questions.unit, report))
    blocks: list[Block] = []
    proven = None
    if questions.target_rf is not None:
        from convcli.report.views.stack_questions import target_blocks

        blocks += target_blocks(report.steps, questions.target_rf, sources.words)
    if questions.prove:
        from convcli.cli.commands.stack.proofs import proof
        from convcli.report.views.stack_questions import proof_blocks

        proven = proof(network, report)
        blocks += proof_blocks(proven, report.words, is_recorded=report.recorded is not None)
    document = stack_view(report, blocks, questions.selection, costs=questions.costs)
    return Answer(document, report, proven)


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


def _network(sources: Sources, shapes: NamedShapes, questions: StackOptions) -> Network:
    if not questions.module:
        return _read(sources.texts, shapes, sources, questions)
    module = questions.module[0]
    if len(questions.module) > 1:
        rule, hint = "names one module", "To see several side by side, add `compare`."
        raise ConvError(
            "module.several", rule, parameter="module", got=questions.module[1], hint=hint
        )
    if sources.texts:
        rule = "cannot be combined with LAYERS"
        raise ConvError("layers.two", rule, parameter="module", got=module)
    return _module(module, questions, sources, shapes)


def _module(
    text: str, questions: StackOptions, sources: Sources, shapes: NamedShapes = ()
) -> RecordedAgain:
    from convcli.inputs.networks.recording.module_reader import ModuleReader

    reader = ModuleReader(text, sources.admit, shapes, skips_gates=questions.without_gates)
    return RecordedAgain(reader)


def _read(
    texts: Sequence[str], shapes: NamedShapes, sources: Sources, questions: StackOptions
) -> Network:
    if len(texts) == 1 and texts[0].lower().endswith(".onnx"):
        from convcli.inputs.networks.onnx_network import GraphReader

        return RecordedAgain(GraphReader(texts[0], shapes, skips_gates=questions.without_gates))
    if texts.count(STDIN) > 1:
        rule = "standard input is read once, and - stands more than once"
        raise ConvError("layers.stdin", rule, parameter="LAYERS")
    return ListedNetwork(read_stack(texts, sources.options, sources.open_stdin, sources.admit))


def _unit(text: str | None, report: StackReport) -> Position | None:
    """The unit of --unit, which the last layer that sees must have. Raises ConvError otherwise."""
    if text is None:
        return None
    unit, last = parse_position(text, "unit"), report.last_seeing
    axes = len(report.cells)
    if any(cell < 0 for cell in unit) or len(unit) != axes:
        rule = f"must be {count_of(axes, 'number', 'numbers')} of at least 0"
        raise ConvError("unit.range", rule, parameter="unit", got=text)
    if last is None:
        return unit
    sizes = report.units(last)
    if len(unit) != len(sizes) or any(cell >= size for cell, size in zip(unit, sizes, strict=True)):
        rule = f"must be inside the output {Shape(sizes)} of layer {{name}}"
        fields = {"name": report.steps[last].name}
        raise ConvError("unit.range", rule, parameter="unit", got=str(unit), fields=fields)
    return unit


def _sizes_answer(
    network: Network, input_shape: Shape, questions: StackOptions, words: Words
) -> Document:
    from convcli.report.views.stack_questions import sizes_blocks

    sizes = parse_range(questions.sizes or "", "sizes", MOST_SIZES)
    tried = list(network.tried(input_shape, sizes))
    mends = network.restored(input_shape)
    shape = None
    if mends.nodes:
        try:
            shape = walk(mends.nodes, network.full(input_shape))[-1].output
        except ConvError:
            shape = None
    blocks = sizes_blocks(tried, mends.output_padding, shape, words)
    smallest = next((each.size for each in tried if each.output is not None), None)
    title = words("stack.sizes.of_module", sizes=questions.sizes)
    if mends.nodes:
        title = words.amount("stack.sizes.of_layers", len(mends.nodes), sizes=questions.sizes)
    return Document(
        "stack",
        tuple(blocks),
        essential=smallest,
        title=title,
        records="sizes.tried",
        words=words,
    )
