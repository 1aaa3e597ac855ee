"""The layers of a printed model without an input: their arguments and parameters."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.report.document import Block, Column, Document, Fact, Facts, Note, Table
from convcli.report.words.vocabulary import ENGLISH, Words


def printed_view(
    layers: Sequence[tuple[str, str, int | None]], stored: int, words: Words = ENGLISH
) -> Document:
    """Each layer with its name, its text and its parameters, None where the text cannot say.

    `stored` are the parameters that belong to no layer.
    """
    known = sum(count or 0 for _, _, count in layers) + stored
    unknown = sum(count is None for _, _, count in layers)
    columns = (
        Column("name", "name", wraps=True),
        Column("layer", words("layer"), wraps=True),
        Column("parameters", words("parameters"), is_numeric=True),
    )
    facts = Facts((Fact("total.parameters", words("parameters"), known),))
    blocks: list[Block] = [Table(columns, list(layers), "layers"), facts]
    notes = [words("stack.printed.order")]
    if unknown:
        notes.append(words.amount("stack.printed.unknown", unknown))
    blocks += map(Note, notes)
    title = words.amount("stack.printed.title", len(layers))
    return Document("stack", tuple(blocks), known, title, records="layers", words=words)
