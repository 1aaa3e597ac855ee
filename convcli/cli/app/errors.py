"""Errors as the command line says them: one line on stderr, a caret where one helps, JSON where JSON was asked for."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from typer import TyperException

from convcli.cli.output.streams import Streams
from convcli.errors import ConvError, printable
from convcli.exit_status import ExitStatus

POSITIONAL = ("LAYER", "LAYERS", "SHAPE", "IN", "OUT", "X", "W", "G", "TARGET", "TOPIC")
OF_MODULES = (  # arguments of torch's modules that are no options
    "in_features", "num_features", "num_channels", "num_parameters", "output_size", "normalized_shape", "dim", "start_dim",
    "end_dim", "unflattened_size", "scale_factor", "mode", "align_corners", "size", "upscale_factor", "downscale_factor",
)  # fmt: skip
WIDEST_POINTER = 78

_NAMES_OF_COMMANDS = {
    "shape": {"input": "SHAPE"},
    "stack": {"input": "input"} | {name: name for name in OF_MODULES},
    "solve": {"input": "IN"},
    "learn": {"weight": "--weight", "scheme": "--init"},
}


def report_error(
    error: ConvError, arguments: Sequence[str], streams: Streams, debug: bool
) -> ExitStatus:
    """Say the error and return its exit status."""
    if debug:
        streams.complain(traceback.format_exc().rstrip())
    names = option_names(arguments[0] if arguments else "")
    if _wants_json(arguments):
        _complain_json(streams, error_data(error, names))
    else:
        streams.complain(f"convcli: error: {error.message(names)}")
        if error.pointer:
            streams.complain(_caret(*error.pointer))
    return error.exit_status


def error_data(error: ConvError, names: Callable[[str], str]) -> dict[str, Any]:
    """The error as JSON has it."""
    option = names(error.parameter) if error.parameter else None
    return {
        "code": error.code,
        "message": error.message(names),
        "option": option,
        "axis": error.axis,
    }


def report_usage_error(
    error: TyperException, arguments: Sequence[str], streams: Streams
) -> ExitStatus:
    """Say what the argument parser found, in our words."""
    message = error.format_message()
    context: Any = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        streams.complain(message)
        return ExitStatus.REQUEST
    option = getattr(error, "option_name", None)
    close = list(getattr(error, "possibilities", None) or ())
    message = re.sub(r" \(Possible options: .*\)$", "", message).rstrip(".")
    hint = f" Did you mean {close[0]}?" if close else ""
    usage = f" See: {context.command_path} --help" if context is not None else ""
    line = f"{message[:1].lower()}{message[1:]}{'' if message.endswith('?') else '.'}{hint}{usage}"
    if _wants_json(arguments):
        _complain_json(streams, {"code": "usage", "message": line, "option": option, "axis": None})
    else:
        streams.complain(f"convcli: error: {line}")
    return ExitStatus.REQUEST


def report_bug(bug: Exception, streams: Streams, debug: bool) -> ExitStatus:
    if debug:
        streams.complain(traceback.format_exc().rstrip())
    kind = type(bug).__name__
    streams.complain(
        f"convcli: bug: {kind}: {str(bug)[:200]!r}. Add --debug for the traceback, and please report it."
    )
    return ExitStatus.BUG


def option_names(command: str) -> Callable[[str], str]:
    """How a command spells the engine's parameters: kernel_size is --kernel-size, the input is X, or SHAPE for `shape`."""
    names = {name: name for name in POSITIONAL} | {
        "input": "X",
        "weight": "W",
        "output_gradient": "G",
    }
    names |= _NAMES_OF_COMMANDS.get(command, {})
    return lambda parameter: names.get(parameter) or f"--{parameter.replace('_', '-')}"


def _wants_json(arguments: Sequence[str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return "--json" in arguments or any(
        (first in ("-f", "--format") and second in ("json", "jsonl"))
        or first in ("-fjson", "--format=json", "--format=jsonl")
        for first, second in pairs
    )


def _complain_json(streams: Streams, error: dict[str, Any]) -> None:
    from json import dumps

    streams.complain(dumps({"error": error}, ensure_ascii=True))


def _caret(text: str, offset: int) -> str:
    """The line of `text` that holds `offset`, as much as fits, with a caret under the place."""
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = text[start : end if end >= 0 else len(text)]
    column = offset - start
    first = max(0, min(column - WIDEST_POINTER // 2, len(line) - WIDEST_POINTER))
    shown = printable(line[first : first + WIDEST_POINTER])
    return f"  {shown}\n  {' ' * (column - first)}^"
