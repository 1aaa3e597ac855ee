"""The view of `convcli explain`: what a message means, and what helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcli.engine.diagnosis.values import Diagnosis, Group, Saying
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import Block, Column, Document, Drawing, Fact, Facts, Note, Table
from convcli.report.spelling.changes import code_of, is_written
from convcli.report.words.vocabulary import ENGLISH, Words

TENSORS = ("input", "weight", "target")  # arguments that a change gives another shape


class Source(NamedTuple):
    """A line of the user's code; `file` is shown as the traceback has it."""

    file: str
    line: int
    code: str


class InNetwork(NamedTuple):
    """The layers of a network that an error is about: their names and texts.

    With `fails` the network does not take the shape, and fails there; `is_it` says whether in the
    way of the error. Else they are those with the numbers of the error.
    """

    layers: tuple[tuple[str, str], ...]
    fails: bool
    is_it: bool = True


def explain_view(
    kind: str,
    framework: str,
    diagnosis: Diagnosis,
    source: Source | None = None,
    words: Words = ENGLISH,
    *,
    network: InNetwork | None = None,
) -> Document:
    """The document of an error; its essential value is the kind."""
    says = sentence(diagnosis, words)
    layer = diagnosis.made_at
    if layer is not None and source is not None and layer[:2] == source[:2]:
        layer = None
    facts = (
        Fact("kind", None, kind),
        Fact("framework", None, framework),
        Fact("sure", None, diagnosis.is_sure),
        Fact("says", None, sentence(diagnosis)),
        Fact("source", None, None if source is None else source._asdict()),
        Fact("layer", None, None if layer is None else Source(*layer)._asdict()),
    )
    lines = [each for each in (source, layer) if each is not None]
    blocks: list[Block] = [Facts(facts)]
    if lines:
        blocks.append(Drawing(tuple(f"{file}:{line}  {code}" for file, line, code in lines)))
    if network is not None:
        blocks += _network(network, words)
    blocks.append(_numbers(diagnosis))
    if diagnosis.groups:
        blocks.append(_groups(diagnosis.groups, words))
    changes = [change for change in diagnosis.changes if is_written(change, framework)]
    blocks.append(_fixes(changes, framework, words))
    if diagnosis.assumed and diagnosis.changes:
        names = words("between").join(diagnosis.assumed)
        blocks.append(Note(words("explain.assumed", names=names)))
    return Document(
        "explain", tuple(blocks), essential=kind, title=says, records="fixes", words=words
    )


def sentence(diagnosis: Diagnosis, words: Words = ENGLISH) -> str:
    """What is wrong and why, as one sentence; a guess with "perhaps"."""
    saying = diagnosis.what
    what = words(f"says.{saying.key}", **_readable(saying.fields, words))
    if diagnosis.why is None:
        return words("explain.plain", what=what)
    why = _cause(diagnosis.why, words)
    if diagnosis.is_sure:
        return words("explain.because", what=what, why=why)
    return words("explain.guess", what=what, why=why)


def _cause(saying: Saying, words: Words) -> str:
    return words(f"causes.{saying.key}", **_readable(saying.fields, words))


def _readable(fields: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """The fields, causes among them as text, and the class of their layer as `name`."""
    readable = {
        name: _cause(value, words) if isinstance(value, Saying) else value
        for name, value in fields.items()
    }
    layer = fields.get("layer")
    return readable | ({"name": class_of(layer)} if isinstance(layer, ConvSpec) else {})


def class_of(spec: ConvSpec) -> str:
    """The class of torch.nn that a layer is made with: Conv2d."""
    return f"Conv{'Transpose' if spec.transposed else ''}{spec.rank}d"


def _network(network: InNetwork, words: Words) -> list[Block]:
    """Where the error is in the network."""
    keys = (Column("name", None), Column("text", None))
    rows = Table(keys, list(network.layers), key="network.layers")
    facts = Facts((Fact("network.fails", None, network.fails),))
    if not network.layers:
        return [facts, rows, Note(words("explain.nowhere"))]
    lines = Drawing(tuple(f"{name}  {text}".rstrip() for name, text in network.layers))
    if not network.fails:
        lead = Note(words("explain.alike"))
    else:
        lead = Note(words("explain.fails") if network.is_it else words("explain.elsewhere"))
    return [facts, rows, lead, lines]


def _groups(groups: Sequence[Group], words: Words) -> Table:
    """The parts of an error by their causes."""
    columns = (
        Column("cause", None),
        Column(None, words("explain.cause"), wraps=True),
        Column("count", words("explain.tensors")),
        Column("example", words("explain.example"), wraps=True),
    )
    rows = [
        (_cause(group.cause, ENGLISH), _cause(group.cause, words), group.size, group.example)
        for group in groups
    ]
    return Table(columns, rows, key="groups")


def _numbers(diagnosis: Diagnosis) -> Table:
    columns = (Column("name", None), Column("value", None), Column("of", None))
    return Table(columns, [tuple(number) for number in diagnosis.numbers], key="numbers")


def _fixes(changes: Sequence[Change], framework: str, words: Words) -> Table:
    outputs = [change.output is not None for change in changes]
    columns = (
        Column("text", None),
        Column("code", words("explain.code") if changes else None),
        Column("argument", None),
        Column("value", None),
        Column("output", None),
        Column(None, words("explain.gives") if any(outputs) else None),
        Column(None, words("explain.text") if changes else None, wraps=True),
    )
    rows = [
        (
            _text(change),
            code_of(change, framework),
            change.argument,
            change.value,
            change.output,
            "" if change.output is None else _shown(change.output),
            _text(change, words),
        )
        for change in changes
    ]
    return Table(columns, rows, key="fixes")


def _text(change: Change, words: Words = ENGLISH) -> str:
    """What the change does, and the shape that a tensor has then."""
    fields = {"value": change.value, "argument": change.argument}
    fields |= _readable(change.fields, words)
    text = words(f"fixes.{change.key}", **fields)
    if change.argument in TENSORS and isinstance(change.value, tuple):
        return words("explain.then", text=text, shape=_shown(change.value))
    return text


def _shown(sizes: Sequence[int | None]) -> Shape | str:
    """A shape, with None for the sizes that are unknown, as Keras prints it."""
    return sizes if isinstance(sizes, Shape) else str(sizes)
