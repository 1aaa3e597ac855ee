"""A document in the forms of a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from convcli.displays import Form
from convcli.render import Significant, Style, renderer, watched
from convcli.report.document import Block, Document, Note
from convcli.report.words.vocabulary import Words

RENDERERS: dict[Form, str] = {"html": "html", "markdown": "markdown", "latex": "mathematics"}
MOST_ITEMS = 4  # of a cell, such as worked sums


def words_here(lang: str | None = None) -> Words:
    """The language of `lang`, else of the environment. Raises ConvError where it is unknown."""
    from convcli.cli.output.language import requested_words

    return requested_words(lang)


# Of results of Python: the first items, and numbers rounded to six digits.
OF_PYTHON = Style(precision=Significant(), limit=MOST_ITEMS, is_python=True)


def in_form(document: Document, form: Form, style: Style = OF_PYTHON) -> str:
    """The document for a cell."""
    style, losses = watched(style._replace(words=document.words, is_notebook=True))
    sentence = document.words("notebook.rounded" if style.is_python else "numbers.rounded")
    rounded = _noted(document, lambda: sentence if losses.any else "")
    return "".join(renderer(RENDERERS[form])(rounded, style))


def _noted(document: Document, sentence: Callable[[], str]) -> Document:
    """The document with a sentence behind everything, where there is one by then."""

    def ending() -> Iterator[Block]:
        yield from document.behind_items()
        text = sentence()
        if text:
            yield Note(text)

    return document._replace(ending=ending)
