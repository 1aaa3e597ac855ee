"""The line that leads on: on a terminal, below an answer, the command that shows more of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from shlex import quote
from typing import Any, get_type_hints

from convcli.cli.output.streams import Streams
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.render.columns import text_width
from convcli.render.terminal_colors import TERMINAL
from convcli.report.words.vocabulary import ENGLISH, Words

VARIABLE = "CONVCLI_HINTS"
OFF = ("0", "off", "no", "false")  # its values without these lines
CONTINUED = " \\"  # at the end of a line that the shell reads together with the next one
INDENT = "    "


def are_wanted(streams: Streams) -> bool:
    """Whether lines that lead on are printed: on a terminal, unless CONVCLI_HINTS is off."""
    return streams.is_terminal and os.environ.get(VARIABLE, "").lower() not in OFF


def next_lines(
    command: Sequence[str], width: int | None, words: Words = ENGLISH, lang: str | None = None
) -> list[str]:
    """A command as lines that a shell reads as it is; none where a word has no room.

    A language that was specified by `--lang` is handed on. An option and its value stand on one
    line, where they have room.

    >>> next_lines(["trace", "conv2d", "1 2; 3 4", "1"], 80)
    ["next: convcli trace conv2d '1 2; 3 4' 1"]
    >>> next_lines(["trace", "conv2d", "1 2; 3 4", "1"], 26)
    ['next: convcli trace \\\\', "    conv2d '1 2; 3 4' 1"]
    """
    lines = [words("next")]
    options = () if lang is None else ("--lang", lang)
    for word in _together(["convcli", *map(quote, (*command, *options))], width):
        space = "" if lines[-1] in (words("next"), INDENT) else " "
        if width is not None and text_width(lines[-1] + space + word + CONTINUED) > width:
            lines[-1] += CONTINUED
            lines.append(INDENT)
            space = ""
        lines[-1] += space + word
    return [] if width is not None and max(map(text_width, lines)) > width else lines


def _together(words: Sequence[str], width: int | None) -> list[str]:
    """The words, an option with its value as one where they have room."""
    room = None if width is None else width - len(INDENT) - len(CONTINUED)
    kept: list[str] = []
    for word in words:
        before = kept[-1] if kept else ""
        is_value = before.startswith("-") and not {" ", "="} & set(before) and word[:1] != "-"
        if is_value and (room is None or text_width(f"{before} {word}") <= room):
            kept[-1] = f"{before} {word}"
        else:
            kept.append(word)
    return kept


def written_options(options: Any, without: Sequence[str] = ()) -> list[str]:
    """The options of a dataclass that were specified, as words of a command line."""
    hints = get_type_hints(type(options), include_extras=True)
    written = []
    for field in fields(options):
        value = getattr(options, field.name)
        if value in (None, False) or field.name in without:
            continue
        name = hints[field.name].__metadata__[0].default  # the first name, to Typer
        if value is True:
            written.append(name)
        elif str(value).startswith("-"):
            written.append(f"{long_name(field.name)}={value}")
        else:
            written += [name, str(value)]
    return written


def long_name(parameter: str) -> str:
    """The long name of an option: --kernel-size."""
    return f"--{parameter.replace('_', '-')}"


def padding_command(found: Mapping[str, Any]) -> list[str]:
    """The command for the padding that torch's `same` lacks under a stride; none for other errors.

    `found` has the layer without its padding, and the sizes of the input.
    """
    spec, sizes = found.get("layer"), found.get("sizes")
    if not isinstance(spec, ConvSpec) or sizes is None:
        return []
    words = ["solve", f"conv{spec.rank}d", str(Shape(sizes)), "same"]
    for name, values in (
        ("-k", spec.kernel_size),
        ("-s", [axis.stride for axis in spec.axes]),
        ("-d", [axis.dilation for axis in spec.axes]),
    ):
        texts = list(map(str, values))
        if name != "-d" or set(values) != {1}:
            words += [name, texts[0] if len(set(texts)) == 1 else ",".join(texts)]
    return words


def painted(lines: Sequence[str], *, color: bool) -> str:
    """The lines, quiet where there are colours."""
    code = TERMINAL["quiet"]
    return "".join(f"\x1b[{code}m{line}\x1b[0m\n" if color else f"{line}\n" for line in lines)
