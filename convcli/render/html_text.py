"""Text in HTML: no character is markup, code is code, sizes are products, numbers have a minus."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from convcli.errors import printable
from convcli.render import Precision
from convcli.render.latex_text import parts
from convcli.render.values import number_text

MINUS = "\u2212"
SPACE = "\u00a0"  # at which no line ends
TIMES, DOT = "\u00d7", "\u00b7"
COMPARED = {"<=": "\u2264", ">=": "\u2265", "~": "~"}


def html_text(written: str) -> str:
    """Text in which no character is markup, nor one that a browser obeys.

    >>> html_text("a<b & c")
    'a&lt;b &amp; c'
    """
    return escape(printable(written), quote=True)


def preformatted(lines: Iterable[str]) -> str:
    """Lines that stand exactly as they are."""
    return f"<pre>{chr(10).join(map(html_text, lines))}</pre>"


def html_prose(written: str) -> str:
    """A text of people: code in its own letters, 3x5 a product, negative numbers with a minus.

    >>> html_prose("3x5 for nn.ReLU()").replace(SPACE, " ")
    '3 \u00d7 5 for <code>nn.ReLU()</code>'
    """
    return "".join(_KINDS[kind](html_text(part)) for kind, part in parts(written))


def html_number(value: object, precision: Precision = None) -> str:
    """A number with a minus that is as wide as a plus."""
    return html_text(number_text(value, precision)).replace("-", MINUS)


def _index(written: str) -> str:
    word, _, subscript = written.partition("_")
    return f"{word}<sub>{subscript}</sub>"


def _compared(written: str) -> str:
    return COMPARED[written.replace("&lt;", "<").replace("&gt;", ">")]


_KINDS: dict[str, Callable[[str], str]] = {
    "": str,
    "code": lambda written: f"<code>{written}</code>",
    "index": _index,
    "size": lambda written: written.replace("x", f"{SPACE}{TIMES}{SPACE}"),
    "number": lambda written: written.replace("-", MINUS),
    "compared": _compared,
}
