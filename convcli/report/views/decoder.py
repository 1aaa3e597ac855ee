"""The view of `convcli stack --mirror`: the decoder of an encoder, ready to paste."""

from __future__ import annotations

from convcli.engine.network.decoder import mirror
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.walk import Step, walk
from convcli.report.document import Column, Document, Drawing, Fact, Facts, Table
from convcli.report.quantities import Short
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.spelling.short_layers import short_layer
from convcli.report.views.network_parts import StackReport

MIRRORED = "'"  # behind the name of a layer, in its decoder


def mirror_view(report: StackReport) -> Document:
    """The layers of the decoder with their shapes, as a table and as an nn.Sequential."""
    coded, words = report.steps[-1].output, report.words
    steps = walk(mirror(report.steps), coded)
    texts = dict(zip((step.name for step in report.steps), report.texts, strict=True))
    names = {f"{step.name}{MIRRORED}": step.name for step in report.steps}
    mirrored = [names[step.name] for step in steps]
    layers = [_line(step, texts[name], "") for step, name in zip(steps, mirrored, strict=True)]
    columns = (
        Column("name", words("stack.mirrors"), report.is_numbered),
        Column("layer", words("layer"), wraps=True),
        Column("output.shape", words("output")),
    )
    rows = [
        (
            name,
            Short(layer, short_layer(step.layer, step.kind, layer)),
            report.in_input_rank(step.output),
        )
        for name, layer, step in zip(mirrored, layers, steps, strict=True)
    ]
    modules = [_line(step, texts[name], "nn.") for step, name in zip(steps, mirrored, strict=True)]
    code = ("nn.Sequential(", *(f"    {line}," for line in modules), ")")
    decoded = report.in_input_rank(steps[-1].output)
    facts = Facts((
        Fact("input.shape", None, report.in_input_rank(coded)),
        Fact("output.shape", None, decoded),
        Fact("pytorch", None, "\n".join(code)),
        Fact("parameters", words("parameters"), sum(step.parameters for step in steps)),
    ))  # fmt: skip
    title = words.amount(
        "stack.mirror", len(report.steps), coded=report.in_input_rank(coded), decoded=decoded
    )
    return Document(
        "stack",
        (Table(columns, list(rows), key="layers"), facts, Drawing(code)),
        decoded,
        title,
        records="layers",
        words=words,
    )


def _line(step: Step, text: str, module: str) -> str:
    """The layer of a step in PyTorch, with `module` before its class.

    `text` is the layer as it was written.
    """
    layer = step.layer
    if isinstance(layer, Convolution):
        return pytorch_line(layer.spec, module)
    return f"{module}{layer.expression() or text}"
