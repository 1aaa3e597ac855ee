"""The words of a run: in the language of --lang, else of CONVCLI_LANG; English where the others could not be read."""

from __future__ import annotations

import os
import re

from convcli.cli.app.options import OutputOptions
from convcli.cli.output.emit import format_of
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError
from convcli.inputs.text.numbers import did_you_mean
from convcli.report.words.vocabulary import ENGLISH, WORDS, Words

VARIABLE = "CONVCLI_LANG"
_LOCALE = re.compile(
    r"(?P<language>[a-z]+)(?:[-_.@].*)?", re.IGNORECASE | re.DOTALL
)  # zh, zh-CN, zh_CN.UTF-8


def words_of(lang: str | None, options: OutputOptions, streams: Streams) -> Words:
    """The words for what a command says. Raises ConvError for a language that is asked for and not known."""
    words = _asked(lang)
    return words if words == ENGLISH or _can_be_read(words, options, streams) else ENGLISH


def _asked(lang: str | None) -> Words:
    if lang is None:
        return Words(_known(os.environ.get(VARIABLE, "")) or "en")
    language = _known(lang)
    if language is None:
        rule, hint = f"must be one of {', '.join(WORDS)}", did_you_mean(lang, WORDS)
        raise ConvError("lang.name", rule, parameter="lang", got=lang, hint=hint)
    return Words(language)


def _known(name: str) -> str | None:
    """The language that a name or a locale says, where it is one of ours."""
    found = _LOCALE.fullmatch(name)
    language = found["language"].lower() if found else ""
    return language if language in WORDS else None


def _can_be_read(words: Words, options: OutputOptions, streams: Streams) -> bool:
    """Not where --ascii asks for ASCII; nor in LaTeX, which takes packages for it; nor in a .gif, whose font has no letters
    for it; nor on an stdout whose encoding has none."""
    target = options.output or "-"
    if options.ascii or format_of(options) == "latex" or target.lower().endswith(".gif"):
        return False
    return target != "-" or streams.has(words.characters)
