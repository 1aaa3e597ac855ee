"""`command`: a function of option groups and parsed values as Typer reads it, text by text."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import MISSING, fields, is_dataclass
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from typer import Context

from convcli.cli.app.options import Parsed
from convcli.cli.completion import completing, values_of
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError

_NEGATIVE_STARTS = frozenset("0123456789.in")
_NEGATIVE = r"-(?:\.?[0-9]|(?:inf(?:inity)?|nan)(?![a-z]))"  # compiled at the first call


class Invocation:
    """One command line: its streams, its words, and its parameters as text once it is parsed."""

    def __init__(self, streams: Streams, arguments: Sequence[str] = ()) -> None:
        self.streams, self.arguments = streams, arguments
        self.parameters: Mapping[str, Any] | None = None


class _Declared(NamedTuple):
    """A parameter as a function declares it."""

    name: str
    annotation: Any
    default: Any

    @property
    def parsed(self) -> Parsed | None:
        metadata = get_args(self.annotation)[1:]
        return next((each for each in metadata if isinstance(each, Parsed)), None)

    @property
    def is_list(self) -> bool:
        return get_origin(get_args(self.annotation)[0]) is list

    def as_text(self) -> inspect.Parameter:
        """The parameter that Typer sees: text, where the function receives a parsed value."""
        default = self.default
        kind: Any
        kind, *metadata = get_args(self.annotation) or (self.annotation,)
        if not metadata:
            return self._as(kind, default)
        info = copy(next(each for each in metadata if not isinstance(each, Parsed)))
        info.autocompletion = self._completion(info.metavar)
        if self.parsed is not None:
            kind = list[str] if self.is_list else str | None
            default = [] if self.is_list else self.parsed.default
        return self._as(Annotated[kind, info], default)

    def _as(self, annotation: Any, default: Any) -> inspect.Parameter:
        return inspect.Parameter(
            self.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
        )

    def _completion(self, metavar: str | None) -> Callable[[str], list[str]] | None:
        """What completes the value: the choices of its parser, or what its name stands for."""
        choices = getattr(getattr(self.parsed, "read", None), "keywords", {}).get("choices")
        if choices is not None:
            return completing(lambda: choices)
        return values_of(self.name, metavar)

    def read(self, text: Any) -> Any:
        """The value of the text. Raises ConvError where it has none."""
        if self.parsed is None or text is None:
            return text
        read = self.parsed.read
        return [read(item, self.name) for item in text] if self.is_list else read(text, self.name)


def command(function: Callable[..., int]) -> Callable[..., int]:
    """The function as Typer reads it.

    A parameter that is a dataclass of options becomes one parameter per option. A parameter with
    `Parsed` in its annotation is text for Typer, and its value for the function. A parameter called
    `streams` receives the streams of the run.
    """
    hints = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function).parameters
    groups: dict[str, Any] = {}
    declared: dict[str, _Declared] = {}
    for name, parameter in signature.items():
        if is_dataclass(hints[name]):
            groups[name] = hints[name]
            declared |= {each.name: each for each in _fields(hints[name])}
        elif name != "streams":
            declared[name] = _Declared(name, hints[name], parameter.default)

    def spread(context: Context, **texts: Any) -> int:
        values = {name: declared[name].read(text) for name, text in texts.items()}
        grouped = {
            name: group(**{field.name: values.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        return function(**values, **grouped, streams=context.obj.streams)

    of_context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=Context)
    parameters = [of_context, *(each.as_text() for each in declared.values())]
    spread.__name__, spread.__doc__ = function.__name__, function.__doc__
    spread.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    spread.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return spread


def _fields(group: Any) -> Iterator[_Declared]:
    hints = get_type_hints(group, include_extras=True)
    for field in fields(group):
        default = inspect.Parameter.empty if field.default is MISSING else field.default
        yield _Declared(field.name, hints[field.name], default)


def is_negative_number(text: str) -> bool:
    """Whether an argument begins as a number below zero does, and not as an option.

    >>> is_negative_number("-2 3"), is_negative_number("-.5"), is_negative_number("-inf")
    (True, True, True)
    >>> is_negative_number("-k"), is_negative_number("--no-bias"), is_negative_number("-infinite")
    (False, False, False)
    """
    if text[:1] != "-" or text[1:2].lower() not in _NEGATIVE_STARTS:
        return False
    return bool(re.match(_NEGATIVE, text, re.IGNORECASE))


def refuse_swallowed(parameters: Mapping[str, Any]) -> None:
    """Raises ConvError where the value of an option is the next option: `-k -s 2`."""
    for name, value in parameters.items():
        for text in value if isinstance(value, (list, tuple)) else [value]:
            if (
                isinstance(text, str)
                and (text.startswith("--") or (text[:1] == "-" and text[1:2].isalpha()))
                and not is_negative_number(text)
            ):
                rule = "needs a value, but the next argument is the option {text}"
                fields = {"text": text}
                raise ConvError("option.value", rule, parameter=name, fields=fields)
