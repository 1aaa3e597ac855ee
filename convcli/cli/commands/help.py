"""`convcli help`: the reference pages of the documentation, and the help of a command."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from convcli.cli.app.options import Ascii, Color, Debug, Language, OutputOptions, argument
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.report.words.vocabulary import Words
from convcli.suggestions import did_you_mean

if TYPE_CHECKING:
    from rich.theme import Theme

EXAMPLES = """\b
Examples:
  convcli help arrays
  convcli help shape
"""
INSTALLED_PAGES = Path(__file__).parents[2] / "reference"
SOURCE_PAGES = Path(__file__).parents[3] / "docs" / "reference"
WIDTH_OFF_A_TERMINAL, WIDEST = 80, 100  # columns
ASCII_ONLY = str.maketrans("─━│…×→•", "--|.x>*")

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_BLANK_LINES = re.compile(r"\n{3,}")
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?P<target>[^)]+)\)")


def help(
    topic: Annotated[
        str, argument("[TOPIC]", "a topic or a command (default: list the topics)")
    ] = "",
    *,
    lang: Language = None,
    color: Color,
    ascii: Ascii = False,
    debug: Debug = False,
    streams: Streams,
) -> int:
    """Print a page of the reference, or the help of a command."""
    from convcli.cli.app.main import COMMANDS, main

    options = OutputOptions(color=color, ascii=ascii, lang=lang)
    words = words_of(options, streams)
    if not topic:
        streams.write(_list_of_topics(COMMANDS, words, streams.width()))
        return ExitStatus.DONE
    if topic in topics():
        text = _typeset(_page(topic, words), streams, color)
        drawn = not ascii and streams.draws_boxes()
        colors = streams.wants_color(color)
        streams.write(text if drawn else text.translate(ASCII_ONLY), colors=colors)
        return ExitStatus.DONE
    if topic in COMMANDS:
        return main([topic, "--help", "--lang", words.language], streams)
    names = (*topics(), *COMMANDS)
    hint = did_you_mean(topic, names) or f"The topics are {', '.join(topics())}."
    raise ConvError(
        "topic.name", "is not a topic or a command", parameter="TOPIC", got=topic, hint=hint
    )


def topics(language: str = "en") -> dict[str, str]:
    """The topics and their titles: one for each page of the reference.

    >>> topics()["arrays"]
    'Ways to write an array'
    """
    return {
        path.stem: _text(path.stem, language).partition("\n")[0].removeprefix("# ")
        for path in sorted(_pages().glob("*.md"))
    }


def _pages() -> Path:
    """The folder of the pages: inside an installed package, else in the source tree."""
    return INSTALLED_PAGES if INSTALLED_PAGES.is_dir() else SOURCE_PAGES


def _text(topic: str, language: str) -> str:
    """The text of a page, in English where the language has no such page."""
    translated = {
        INSTALLED_PAGES: INSTALLED_PAGES / language,
        SOURCE_PAGES: SOURCE_PAGES.parent / language / "reference",
    }[_pages()]
    path = translated / f"{topic}.md"
    return (path if path.exists() else _pages() / f"{topic}.md").read_text("utf-8")


def _page(topic: str, words: Words) -> str:
    """A page without what only its source needs: comments, and links that lead out of it."""
    text = _COMMENT.sub("", _text(topic, words.language))
    return _LINK.sub(partial(_without_link, words=words), text)


def _without_link(match: re.Match[str], words: Words) -> str:
    """The text of a link; to a page of the reference, with the command that prints the page."""
    page = re.fullmatch(r"(?:\.\./)*(?:reference/)?([a-z-]+)\.md(?:#.*)?", match["target"])
    if match["target"].startswith("http"):
        return match[0]
    if page and page[1] in topics():
        return words("help.page", text=match["text"], topic=page[1])
    return match["text"]


def _list_of_topics(commands: tuple[str, ...], words: Words, width: int | None) -> str:
    from convcli.render.columns import wrapped

    first = max(map(len, topics()))
    room = (width or WIDTH_OFF_A_TERMINAL) - 2
    lines = [f"{name:<{first}}  {title}" for name, title in topics(words.language).items()]
    names = ", ".join(name for name in commands if name != "help")
    return "\n".join(
        [
            words("help.topics"),
            "",
            *(f"  {part}" for line in lines for part in wrapped(line, room, first + 2)),
            "",
            words("help.commands"),
            "",
            *(f"  {part}" for part in wrapped(names, room)),
            "",
        ]
    )


def _typeset(page: str, streams: Streams, color: str) -> str:
    """The page as text of the terminal's width, its headings and tables drawn by rich."""
    from io import StringIO

    from rich.console import Console

    from convcli.render.typeset_page import Page

    width = min(streams.width() or WIDTH_OFF_A_TERMINAL, WIDEST)
    colored = streams.wants_color(color)
    text = StringIO()
    Console(
        file=text,
        width=width,
        force_terminal=colored,
        color_system="256" if colored else None,
        legacy_windows=False,
        theme=_theme(),
    ).print(Page(page), crop=False)
    lines = "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())
    return _BLANK_LINES.sub("\n\n", lines).strip("\n") + "\n"


def _theme() -> Theme:
    from rich.theme import Theme

    from convcli.render.terminal_colors import BLUE, GRAY, rich_color

    return Theme(
        {
            "markdown.code": rich_color(BLUE),
            "markdown.table.border": rich_color(GRAY),
            "markdown.table.header": "bold",
            "markdown.item.bullet": "none",
        }
    )
