"""`convcli stack`."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Annotated

from convcli.cli.app.options import (
    LayerOptionsWithBias,
    MaxMemory,
    OutputOptions,
    ShapeLayout,
    argument,
)
from convcli.cli.commands.stack.options import StackOptions
from convcli.cli.commands.stack.page import check_page, page_text
from convcli.cli.commands.stack.questions import Sources, answer
from convcli.cli.output.emit import emit, emit_page
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import PAGES, Target, check_options
from convcli.errors import ConvError
from convcli.inputs.text.layouts import in_torch_order
from convcli.report.document import Document
from convcli.report.words.vocabulary import Words

EXAMPLES = """\b
Examples:
  convcli stack "Conv2d(1, 6, 5)" "ReLU()" "MaxPool2d(2)" "Conv2d(6, 9, 2)" 9x9
  convcli stack "Conv1d(1, 1, 3); Conv1d(1, 1, 3, dilation=2)" 100 --json
"""
Operands = Annotated[
    list[str],
    argument("LAYERS... SHAPE", "layers, or a file of layers, and the shape of the input"),
]


def stack(
    operands: Operands,
    *,
    stack_options: StackOptions,
    layer_options: LayerOptionsWithBias,
    max_memory: MaxMemory,
    layout: ShapeLayout = None,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """A network of layers: shapes, parameters, cost, receptive field."""
    target = check_options(output_options, streams, forms=PAGES)
    if target.is_page:
        check_page(operands, stack_options)
    least = 1 if stack_options.module else 2
    if len(operands) < least:
        document = _without_shape(operands, words_of(output_options, streams))
        return emit(document, output_options, streams)
    *sources, shape_text = operands
    if layout is not None:
        _check_one_shape(sources, shape_text)
        streams.note("--layout: SHAPE is read in it; the layers have torch's order")
        shape_text = in_torch_order(shape_text, layout)
    _require_room([source for source in sources if os.path.isfile(source)], max_memory)
    is_for_people = target.form in ("table", "markdown", "latex", "plain")  # who read them there
    read = Sources(
        sources,
        layer_options.arguments(),
        lambda: streams.open_stdin("LAYERS"),
        lambda needed: _admit(needed, max_memory),
        _nothing if is_for_people else streams.note,
        words_of(output_options, streams),
    )
    with _uncollected() if _keeps_all(sources, stack_options) else nullcontext():
        return _answered(read, shape_text, stack_options, target, output_options, streams)


def _answered(
    sources: Sources,
    shape_text: str,
    questions: StackOptions,
    target: Target,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Answer, and release what was made for it."""
    result = answer(sources, shape_text, questions, quiet=target.is_value)
    if target.is_page:
        page = page_text(result, [*questions.module, *sources.texts])
        return emit_page(page, result.document, output_options, streams) or result.status
    return emit(result.document, output_options, streams) or result.status


def _keeps_all(sources: Sequence[str], options: StackOptions) -> bool:
    """Whether a list of layers is walked once: what is made then stays in use until the end."""
    reads_graph = any(source.lower().endswith(".onnx") for source in sources)
    return not (options.module or reads_graph or options.sizes or options.prove)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's search for cycles of objects, which visits all layers and finds none.

    A test holds that there are none.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _without_shape(operands: Sequence[str], words: Words) -> Document:
    """The layers of a printed model. Raises ConvError for other LAYERS, which need a SHAPE."""
    if len(operands) == 1 and os.path.isfile(operands[0]):
        from convcli.inputs.networks.model_files import read_text
        from convcli.inputs.networks.printed_models import layers_of_print
        from convcli.inputs.networks.printed_tree import is_printed
        from convcli.report.views.printed_layers import printed_view

        text = ""
        with suppress(ConvError):  # no text: a graph, which needs a SHAPE too
            text = read_text(operands[0]).strip()
        if is_printed(text):
            return printed_view(*layers_of_print(text), words)
    raise ConvError(
        "arguments.missing",
        "needs LAYERS... SHAPE",
        hint='Like: convcli stack "Conv2d(3, 8, 3)" "ReLU()" 3x32x32.',
    )


def _check_one_shape(sources: Sequence[str], last: str) -> None:
    """Raises ConvError where there is a SHAPE for each of several inputs."""
    is_shape = re.compile("[0-9][0-9x,]*").fullmatch
    is_named = any("=" in text.partition("(")[0] for text in (*sources, last))
    if is_named or any(map(is_shape, sources)):
        rule = "is for one SHAPE without a name; shapes of several inputs have the model's order"
        raise ConvError("layout.several", rule, parameter="layout", got=last)


def _require_room(files: Sequence[str], max_memory: int | None) -> None:
    """Raises ConvError where the files of layers take more memory than there is."""
    if files:
        from convcli.cli.input.memory import network_bytes, require_memory

        require_memory(sum(map(network_bytes, files)), max_memory)


def _admit(needed: int, max_memory: int | None) -> None:
    from convcli.cli.input.memory import require_memory

    require_memory(needed, max_memory)


def _nothing(_: str) -> None:
    """A note that stands in the document."""
