"""Errors of the argument parser in our words, with what was meant where that can be known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from typer import TyperException

from convcli.cli.app.each import EACH
from convcli.errors import ConvError, printable, shortened
from convcli.inputs.text.layer import OPERATORS
from convcli.suggestions import closest, did_you_mean, either

JSON_FORMATS = ("json", "jsonl")
TAKING_VALUES = "kcsdpgof"  # letters of options with a value

_ONE_DASH = r"-(?P<name>[A-Za-z][\w-]{2,})(?:=.*)?"
_SIZES = r"\d+(?:[x,]\d+)*"


class Usage(NamedTuple):
    """What the parser refuses: a sentence, and the option that it is about."""

    message: str
    option: str | None


def usage_of(error: TyperException, arguments: Sequence[str]) -> Usage:
    """The error of the parser on the command line `arguments`, in our words."""
    context: Any = getattr(error, "ctx", None)
    command = getattr(context, "command", None)
    path = getattr(context, "command_path", "convcli")
    option = getattr(error, "option_name", None)
    text = error.format_message()
    kind = type(error).__name__
    if kind == "NoSuchOption":
        text = f"no such option: {shortened(option or '')}"
        hint = _option_hint(option or "", command, arguments)
    elif text.startswith("No such command"):
        name = next((word for word in arguments if not word.startswith("-")), "")
        name = arguments[0] if arguments and arguments[0] == "-" else name
        text, hint = f"no such command {shortened(name)!r}", _command_hint(name, arguments)
    elif kind == "BadOptionUsage" and "requires" in text:
        long, values = _long_name(option or "", command)
        text, hint = f"{long} needs a value", f"It is written {values}." if values else None
    elif "unexpected extra argument" in text:
        text, hint = _extra(text, context, arguments)
    else:
        hint = None
    text = shortened(text).rstrip(".")
    end = "" if text.endswith("?") else "."
    line = f"{text[:1].lower()}{text[1:]}{end}{' ' if hint else ''}{hint or ''}"
    named = None if option is None else shortened(option)
    return Usage(printable(f"{line} See: {path} --help"), named)


def _option_hint(option: str, command: Any, arguments: Sequence[str]) -> str | None:
    """The option that was meant, the commands that have it, or the place where it belongs."""
    names = [name for param in command.params for name in param.opts] if command else []
    is_program = hasattr(command, "commands")
    if is_program:
        known = {name for each in command.commands.values() for name in _options(each)}
        following = [word for word in arguments if word in command.commands]
        meant = [] if closest(option, names) else closest(option, known)
        if len(meant) == 1:
            name = following[0] if following else "COMMAND"
            return f"Options follow the command: convcli {name} {meant[0]}."
    own = did_you_mean(option, (*names, "--help", "-h"))
    if own or is_program:
        return own
    having = _commands_with(option)
    if having:
        return f"It is an option of {either(having)}."
    return None


def _options(command: Any) -> Iterable[str]:
    return (name for p in command.params if p.param_type_name == "option" for name in p.opts)


def _commands_with(option: str) -> list[str]:
    """The commands that have this option."""
    from convcli.cli.app.main import parser_of

    commands = parser_of(()).commands
    return [name for name, each in commands.items() if option in _options(each)]


def _command_hint(name: str, arguments: Sequence[str]) -> str | None:
    from convcli.cli.app.main import COMMANDS
    from convcli.cli.commands.help import topics

    if name.lower() == "version":
        return "Try convcli --version."
    if "(" in name or name in OPERATORS:
        rest = " ".join(f'"{word}"' if re.search(r"[\s()]", word) else word for word in arguments)
        return f"A command stands first, like: convcli shape {shortened(rest)}."
    close = closest(name, COMMANDS)
    if close:
        return f"Did you mean {either(close)}?"
    pages = [topic for topic in topics() if topic == name.lower()]
    return f"Did you mean convcli help {pages[0]}?" if pages else None


def _long_name(option: str, command: Any) -> tuple[str, str]:
    """The long spelling of an option, and the text of its help."""
    for param in command.params if command else ():
        if option in param.opts:
            long = next((name for name in param.opts if name.startswith("--")), option)
            return long, f"{long} {param.metavar}: {param.help}"
    return option, ""


def _extra(text: str, context: Any, arguments: Sequence[str]) -> tuple[str, str | None]:
    """Words beyond those that the command takes; sizes among them make one shape."""
    words = text.partition("argument(s) (")[2].rpartition(")")[0].split()
    taken = [
        param.metavar for param in context.command.params if param.param_type_name == "argument"
    ]
    takes = " ".join(str(name) for name in taken) or "no arguments"
    name = context.info_name
    hint = None
    if any(word == EACH or word.startswith(f"{EACH}=") for word in arguments):
        takes = takes.replace(" X", "", 1)
        hint = f"The files of {EACH} take the place of X: leave X out."
    elif words and all(re.fullmatch(_SIZES, word) or word == "x" for word in words):
        first = arguments.index(words[0]) if words[0] in arguments else 0
        before = arguments[first - 1] if first else ""
        sizes = [word for word in (before, *words) if re.fullmatch(_SIZES, word)]
        if len(sizes) > 1 and "SHAPE" in takes:
            hint = f"A shape is one word: {'x'.join(sizes).replace(',', 'x')}."
        elif " X " in f" {takes} ":
            hint = 'The numbers of an array are one word, in quotes: "1 2 3".'
    return f"{name} takes {takes} and nothing more, got {' '.join(words)}", hint


def refuse_one_dash(arguments: Sequence[str], command: Any) -> None:
    """Raises ConvError for `-stride 2`, which the parser reads as -s with the value tride."""
    long = [name[2:] for name in _options(command) if name.startswith("--")]
    for word in arguments:
        if word == "--":
            return
        match = re.fullmatch(_ONE_DASH, word, re.DOTALL)
        name = match["name"].replace("_", "-") if match else ""
        if name in long:
            rule, fields = "{word} is written with two dashes", {"word": word.partition("=")[0]}
            hint = f"Write --{name}."
            raise ConvError("option.dashes", rule, fields=fields, hint=hint)


def refuse_repeated(parser: Any) -> None:
    """Let the parser raise ConvError for an option that stands twice, with two values.

    The parser would keep the last one. An option that gathers its values, like --at, is none.
    """
    options = {id(each): each for each in (*parser._long_opt.values(), *parser._short_opt.values())}
    for option in options.values():
        if option.action == "store":
            option.process = _once(option, option.process)


def _once(option: Any, process: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def checked(value: Any, state: Any) -> None:
        first = state.opts.get(option.dest, value)
        if first != value:
            rule, fields = (
                "has two values, {first!r} and {second!r}",
                {
                    "first": first,
                    "second": value,
                },
            )
            hint = "Write it once."
            raise ConvError("option.twice", rule, parameter=option.dest, fields=fields, hint=hint)
        process(value, state)

    return checked


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether the words of a command line that could not be parsed ask for JSON anywhere.

    >>> wants_json(["shape", "-qf", "json", "--nope"]), wants_json(["shape", "-o", "f.json"])
    (True, False)
    """
    words = list(arguments)
    words = words[: words.index("--")] if "--" in words else words
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word in ("--json", "--batch") or word.startswith("--batch="):
            return True
        name, equals, value = word.partition("=")
        if name == "--format" and (value if equals else following) in JSON_FORMATS:
            return True
        if word[:1] == "-" and word[1:2] != "-" and _short_format(word[1:], following):
            return True
    return False


def _short_format(letters: str, following: str) -> bool:
    """Whether a word of options of one letter, like -qf json or -fjson, asks for JSON."""
    for at, letter in enumerate(letters):
        if letter in TAKING_VALUES:
            return letter == "f" and (letters[at + 1 :] or following) in JSON_FORMATS
    return False
