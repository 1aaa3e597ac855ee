"""Errors on stderr: one line, a caret where one helps, JSON where JSON was requested."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from typer import TyperException

from convcli.cli.output.streams import Streams
from convcli.errors import ConvError, printable
from convcli.exit_status import ExitStatus
from convcli.inputs.text.layer import ARGUMENTS

POSITIONAL = ("LAYER", "LAYERS", "SHAPE", "IN", "OUT", "X", "W", "G", "TARGET", "TOPIC")
OF_MODULES = (  # arguments of torch's modules for which there is no option
    "in_features", "num_features", "num_channels", "num_parameters", "output_size",
    "normalized_shape", "dim", "start_dim", "end_dim", "unflattened_size", "scale_factor", "mode",
    "align_corners", "size", "upscale_factor", "downscale_factor", "embed_dim", "input_size",
)  # fmt: skip
WIDEST_POINTER = 78  # columns of a line above a caret
LONGEST_BUG = 200  # characters of an exception's text

_NAMES_OF_COMMANDS = {
    "shape": {"input": "SHAPE"} | {name: name for name in OF_MODULES},
    "stack": {"input": "input"} | {name: name for name in OF_MODULES},
    "solve": {"input": "IN"},
    "learn": {"weight": "--weight", "scheme": "--init"},
}


class Report(NamedTuple):
    """Writes the error that ends a run of `command`, whose parsed `parameters` are texts; empty
    where they could not be parsed.
    """

    command: str
    parameters: Mapping[str, Any]
    streams: Streams
    wants_json: bool = False

    def error(self, error: ConvError) -> ExitStatus:
        """Write an error and return the exit status."""
        self._traceback()
        names = option_names(self.command)
        if self.wants_json:
            self._write_json(error_data(error, names))
        else:
            line = error.message(names, self._name_as_written(error, names))
            self.streams.complain(f"convcli: error: {line}")
            if error.pointer:
                self.streams.complain(_caret(*error.pointer))
            self._note_language()
            self._lead_on(error)
        return error.exit_status

    def usage_error(self, error: TyperException, arguments: Sequence[str]) -> ExitStatus:
        """Write an error of the argument parser, in our words."""
        if type(error).__name__ == "NoArgsIsHelpError":
            self.streams.complain(error.format_message())
            return ExitStatus.REQUEST
        from convcli.cli.app.usage import usage_of

        message, option = usage_of(error, arguments)
        if self.wants_json:
            self._write_json({"code": "usage", "message": message, "option": option, "axis": None})
        else:
            self.streams.complain(f"convcli: error: {message}")
        return ExitStatus.REQUEST

    def bug(self, bug: Exception) -> ExitStatus:
        """Write one line about an exception that nobody expected."""
        self._traceback()
        line = (
            f"{type(bug).__name__}: {str(bug)[:LONGEST_BUG]!r}. "
            "Add --debug for the traceback, and please report it."
        )
        if self.wants_json:
            self._write_json({"code": "bug", "message": line, "option": None, "axis": None})
        else:
            self.streams.complain(f"convcli: bug: {line}")
        return ExitStatus.BUG

    def _lead_on(self, error: ConvError) -> None:
        """On a terminal, the command that solves what torch's padding `same` does not."""
        stderr = self.streams.stderr
        if error.code != "padding.same" or stderr is None or not stderr.isatty():
            return
        from convcli.cli.output.next_command import are_wanted, next_lines, padding_command

        words = padding_command(error.fields) if are_wanted(self.streams) else []
        lang = self.parameters.get("lang")
        for line in next_lines(words, self.streams.width(), lang=lang) if words else ():
            self.streams.complain(line)

    def _note_language(self) -> None:
        """Say that errors are in English, where --lang asks for another language."""
        from convcli.cli.output.language import asked_for

        language = asked_for(self.parameters.get("lang"))
        if language is not None:
            self.streams.note(f"errors have no text in {language} yet, and are in English")

    def _traceback(self) -> None:
        if self.parameters.get("debug"):
            self.streams.complain(traceback.format_exc().rstrip())

    def _write_json(self, error: dict[str, Any]) -> None:
        from json import dumps

        self.streams.complain(dumps({"error": error}, ensure_ascii=True))

    def _name_as_written(
        self, error: ConvError, names: Callable[[str], str]
    ) -> Callable[[str], str]:
        """torch's name for an argument of an expression or a file, else the option."""
        layers = [self.parameters.get("layer") or "", *(self.parameters.get("operands") or ())]
        in_layer = error.place is not None or any("(" in layer for layer in layers)

        def name(parameter: str) -> str:
            is_option = self.parameters.get(parameter) is not None
            return names(parameter) if is_option or parameter not in ARGUMENTS else parameter

        return name if in_layer else names


def error_data(error: ConvError, names: Callable[[str], str]) -> dict[str, Any]:
    """The error as it stands in JSON."""
    option = names(error.parameter) if error.parameter else None
    return {
        "code": error.code,
        "message": error.message(names),
        "option": option,
        "axis": error.axis,
    }


def option_names(command: str) -> Callable[[str], str]:
    """How a command spells a parameter: kernel_size is --kernel-size; the input is X or SHAPE."""
    names = {name: name for name in POSITIONAL} | {
        "input": "X",
        "weight": "W",
        "output_gradient": "G",
    }
    names |= _NAMES_OF_COMMANDS.get(command, {})
    return lambda parameter: names.get(parameter) or f"--{parameter.replace('_', '-')}"


def _caret(text: str, offset: int) -> str:
    """The line of `text` at `offset`, as much as fits, and a caret below it."""
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = text[start : end if end >= 0 else len(text)]
    column = offset - start
    first = max(0, min(column - WIDEST_POINTER // 2, len(line) - WIDEST_POINTER))
    part = printable(line[first : first + WIDEST_POINTER])
    return f"  {part}\n  {' ' * (column - first)}^"
