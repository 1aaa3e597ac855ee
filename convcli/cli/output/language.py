"""The language of a run: --lang, else CONVCLI_LANG; English where another is not printable."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from itertools import pairwise

from convcli.cli.app.options import OutputOptions
from convcli.cli.output.streams import Streams
from convcli.inputs.text.numbers import parse_choice
from convcli.report.words.vocabulary import ENGLISH, TAGS, Words

VARIABLE = "CONVCLI_LANG"
_LOCALE = r"(?is)(?P<language>[a-z]+)(?:[-_.@].*)?"  # zh, zh-CN, zh_CN.UTF-8; compiled when named


def words_of(options: OutputOptions, streams: Streams) -> Words:
    """The vocabulary of a command. Raises ConvError where `--lang` is no known language."""
    words = requested_words(options.lang)
    return words if words == ENGLISH or _can_be_read(words, options, streams) else ENGLISH


def requested_words(lang: str | None) -> Words:
    """The vocabulary that `--lang` or the environment asks for.

    Raises ConvError where `--lang` is no known language.
    """
    if lang is None:
        return Words(_known(os.environ.get(VARIABLE, "")) or "en")
    return Words(_known(lang) or parse_choice(lang, "lang", TAGS))


def words_of_line(arguments: Sequence[str], streams: Streams) -> Words:
    """The vocabulary for the help of a command line, which is not parsed."""
    named = [
        word.partition("=")[2] if "=" in word else following
        for word, following in pairwise((*arguments, ""))
        if word.partition("=")[0] == "--lang"
    ]
    words = Words(_known(named[-1]) or "en") if named else requested_words(None)
    readable = words == ENGLISH or ("--ascii" not in arguments and streams.has(words.characters))
    return words if readable else ENGLISH


def asked_for(lang: object) -> str | None:
    """The language of the text of `--lang`, where it is another than English.

    >>> asked_for("zh_CN"), asked_for("en"), asked_for("nope"), asked_for(None)
    ('zh', None, None, None)
    """
    language = _known(lang) if isinstance(lang, str) else None
    return None if language in (None, ENGLISH.language) else language


def _known(name: str) -> str | None:
    """The language of a name or a locale, where it is one of ours."""
    match = re.fullmatch(_LOCALE, name) if name else None
    language = match["language"].lower() if match else ""
    return language if language in TAGS else None


def _can_be_read(words: Words, options: OutputOptions, streams: Streams) -> bool:
    """Whether the output can hold the language.

    It cannot with --ascii, and on an stdout whose encoding lacks its letters.
    """
    target = options.output or "-"
    if options.ascii:
        return False
    return target != "-" or streams.has(words.characters)
