"""What the program itself says of its commands: options, summaries, examples, error codes."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from convcli.cli.app import main
from convcli.report.words.vocabulary import Words

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
BIAS = "--bias ARRAY"  # in the table of each command too, because only some take it
ALWAYS = ("--help",)
HEADING = {"en": "| option | meaning |", "zh": "| 选项 | 作用 |"}
NO_OPTIONS = {"en": "It has no options of its own.\n", "zh": "它没有自己的选项。\n"}


class OptionRow(NamedTuple):
    """An option as its command declares it."""

    names: tuple[str, ...]
    metavar: str
    help: str
    default: str

    @property
    def spelling(self) -> str:
        return ", ".join(self.names) + (f" {self.metavar}" if self.metavar else "")

    @property
    def meaning(self) -> str:
        """The help of the option, with its default if the help does not name it."""
        return self.meaning_in("en")

    def meaning_in(self, language: str) -> str:
        """The meaning in a language."""
        words = Words(language)
        text = words.of_help(self.help)
        if not self.default or "default" in self.help:
            return text
        return words("help.default", text=text, value=self.default)


@cache
def parser_of(command: str) -> Any:
    """The parser of a command, as the program builds it."""
    group: Any = main.parser_of([command])
    return group.commands[command]


def summary_of(command: str) -> str:
    """The sentences that `--help` prints about a command."""
    return " ".join(str(parser_of(command).help).split())


def examples_of(command: str) -> list[str]:
    """The command lines under "Examples" of `--help`."""
    lines = import_module(f"convcli.cli.commands.{command}").EXAMPLES.splitlines()
    return [line.strip() for line in lines if line.strip().startswith("convcli ")]


def arguments_of(command: str) -> list[str]:
    """The arguments of a command, as its usage line spells them."""
    parameters = parser_of(command).params
    return [str(one.metavar) for one in parameters if one.param_type_name == "argument"]


@cache
def options_of(command: str) -> tuple[OptionRow, ...]:
    """The options that a command declares, in the order of `--help`."""
    rows = []
    for parameter in parser_of(command).params:
        names = tuple(getattr(parameter, "opts", ()))
        if parameter.param_type_name != "option" or names[-1] in ALWAYS:
            continue
        default = parameter.default if isinstance(parameter.default, str) else ""
        metavar = "" if getattr(parameter, "is_flag", False) else parameter.metavar or ""
        rows.append(OptionRow(names, metavar, parameter.help or "", default))
    return tuple(rows)


def tables(name: str) -> str:
    """The Markdown of a generated table: `options COMMAND`, or `options COMMAND LANGUAGE`."""
    kind, of, *languages = name.split()
    if kind != "options" or of not in main.COMMANDS:
        raise ValueError(f"no table is called {name!r}")
    language = languages[0] if languages else "en"
    shared = shared_spellings()
    rows = [row for row in options_of(of) if row.spelling not in shared]
    if not rows:
        return NO_OPTIONS[language]
    cells = [(row.spelling, row.meaning_in(language).replace("|", "\\|")) for row in rows]
    lines = [f"| `{spelling}` | {meaning} |" for spelling, meaning in cells]
    return "\n".join([HEADING[language], "| --- | --- |", *lines, ""])


@cache
def shared_spellings() -> frozenset[str]:
    """The options that the reference describes, for all commands that take them."""
    pages = ((REFERENCE / f"{name}.md").read_text("utf-8") for name in ("layers", "formats"))
    rows = re.findall(r"^\| `(-[^`]+)` \|", "\n".join(pages), re.MULTILINE)
    return frozenset(rows) - {BIAS}


def listed_error_codes() -> list[str]:
    """Every error code that the source can raise."""
    root = Path(__file__).parent.parent
    return (root / "tests" / "data" / "error_codes.txt").read_text().split()
