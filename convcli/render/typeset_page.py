"""A page of Markdown as a terminal shows it: rich's, with plain headings and Chinese line ends."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, Paragraph, TableElement
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text

from convcli.render.columns import line_spans


class _Wrapped:
    """A text whose lines begin with no closing sign of Chinese."""

    def __init__(self, text: Text) -> None:
        self.text = text

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return self.text.__rich_measure__(console, options)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        is_english = self.text.plain.isascii()
        yield self.text if is_english else _wrapped(self.text, options.max_width)


def _wrapped(text: Text, width: int) -> Text:
    """The text in lines of at most so many columns."""
    lines = []
    for paragraph in text.split("\n", allow_blank=True):
        spans = list(line_spans(paragraph.plain, width, 0))
        lines += [paragraph[first:last] for first, last in spans] or [Text()]
    return Text("\n").join(lines)


class _Paragraph(Paragraph):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield _Wrapped(self.text)


class _Heading(Heading):
    """A heading at the left edge."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text("")
        yield Text(self.text.plain, style="bold")


class _Code(CodeBlock):
    """Code, indented instead of shaded. People copy it, so wide lines run over and are not cut."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in str(self.text).rstrip().split("\n"):
            yield Segment(f"    {line}")
            yield Segment.line()


class _Table(TableElement):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            for column in table.columns:  # type: ignore[union-attr]
                column.overflow = "fold"  # in place of cutting long words
                column._cells = [_Wrapped(cell) for cell in column.cells]
            yield table


class Page(Markdown):
    """A page of Markdown, without the addresses of its links."""

    elements = Markdown.elements | {
        "heading_open": _Heading,
        "paragraph_open": _Paragraph,
        "fence": _Code,
        "code_block": _Code,
        "table_open": _Table,
    }

    def __init__(self, markdown: str) -> None:
        super().__init__(markdown, hyperlinks=False)
