"""The options of every command, declared once. A command takes these groups as parameters; `command` spreads them out."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from typing import Annotated, Any, get_type_hints

from typer import Argument, Context, Option

from convcli.engine.geometry.padding import PADDING_MODES
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_integer
from convcli.render import FORMATS

Layer = Annotated[
    str,
    Argument(
        metavar="LAYER",
        help='conv1d ... conv_transpose3d, or "Conv2d(3, 64, kernel_size=7)"',
        show_default=False,
    ),
]
InputArray = Annotated[
    str,
    Argument(metavar="X", help='the input: x.npy, "1 2; 3 4", arange:5x5, ...', show_default=False),
]
WeightArray = Annotated[
    str,
    Argument(
        metavar="W", help="the weight: w.npy, ones:3x3, kernel:sobel-x, ...", show_default=False
    ),
]
BiasArray = Annotated[
    str | None,
    Option("--bias", metavar="ARRAY", help="the bias; none without it", show_default=False),
]
MaxMemory = Annotated[
    str | None,
    Option(
        "--max-memory",
        metavar="BYTES",
        help="the most to hold, like 2GiB (default: what is free)",
        show_default=False,
    ),
]

Threads = Annotated[
    str | None,
    Option(
        "--threads",
        metavar="N",
        help="threads that share a large layer (default: the cores)",
        show_default=False,
    ),
]

MODES = f"{', '.join([*PADDING_MODES][:-1])} or {[*PADDING_MODES][-1]}"
MOST_THREADS = 256

LAYER_PANEL, OUTPUT_PANEL = "Layer options", "Output options"


def _layer(*names: str, metavar: str, help: str) -> Any:
    return Option(
        *names, metavar=metavar, help=help, show_default=False, rich_help_panel=LAYER_PANEL
    )


def _output(*names: str, help: str, metavar: str | None = None) -> Any:
    return Option(
        *names, metavar=metavar, help=help, show_default=False, rich_help_panel=OUTPUT_PANEL
    )


Language = Annotated[
    str | None,
    _output(
        "--lang",
        metavar="LANG",
        help="the language of words: en or zh (default: CONVCLI_LANG, else en)",
    ),
]


@dataclass(frozen=True)
class LayerOptions:
    """torch's arguments, as typed; None where not given."""

    kernel_size: Annotated[
        str | None, _layer("-k", "--kernel-size", metavar="K", help="3, or one for each axis: 5,3")
    ] = None
    out_channels: Annotated[
        str | None, _layer("-c", "--out-channels", metavar="N", help="output channels")
    ] = None
    in_channels: Annotated[
        str | None,
        _layer("--in-channels", metavar="N", help="input channels, read off the input without it"),
    ] = None
    stride: Annotated[str | None, _layer("-s", "--stride", metavar="S", help="2, or 1,2")] = None
    padding: Annotated[
        str | None,
        _layer(
            "-p", "--padding", metavar="P", help="1; 1,2 per axis; 1:2 before:after; same; valid"
        ),
    ] = None
    dilation: Annotated[str | None, _layer("-d", "--dilation", metavar="D", help="2, or 1,2")] = (
        None
    )
    groups: Annotated[
        str | None,
        _layer("-g", "--groups", metavar="G", help="groups of channels; depthwise: one a channel"),
    ] = None
    padding_mode: Annotated[
        str | None,
        _layer("--padding-mode", metavar="MODE", help=MODES),
    ] = None
    output_padding: Annotated[
        str | None,
        _layer("--output-padding", metavar="P", help="transposed layers: rows to keep at the end"),
    ] = None

    def given(self) -> dict[str, str | bool | None]:
        return asdict(self)


@dataclass(frozen=True)
class OutputOptions:
    """How a result is shown and where it goes."""

    format: Annotated[
        str | None, _output("-f", "--format", metavar="FORMAT", help=", ".join(FORMATS))
    ] = None
    json: Annotated[bool, _output("--json", help="short for -f json")] = False
    quiet: Annotated[
        bool, _output("-q", "--quiet", help="print only the value that a script wants")
    ] = False
    output: Annotated[
        str | None, _output("-o", "--output", metavar="FILE", help="write to FILE; - is stdout")
    ] = None
    force: Annotated[bool, _output("--force", help="replace a file that exists")] = False
    precision: Annotated[
        str | None,
        _output("--precision", metavar="N", help="decimals of floats, for people's formats"),
    ] = None
    expect: Annotated[
        str | None, _output("--expect", metavar="VALUE", help="exit 1 where the result is another")
    ] = None
    color: Annotated[str, _output("--color", metavar="WHEN", help="auto, always or never")] = "auto"
    ascii: Annotated[bool, _output("--ascii", help="no box characters")] = False
    debug: Annotated[bool, _output("--debug", help="show the traceback of an error")] = False


def parse_threads(text: str | None) -> int:
    """The number of threads; without one, of the cores that this process may use."""
    if text is None:
        return (
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1
        )
    count = parse_integer(text, "threads")
    if not 1 <= count <= MOST_THREADS:
        raise ConvError(
            "threads.range", f"must be 1..{MOST_THREADS}", parameter="threads", got=count
        )
    return count


def command(function: Callable[..., int]) -> Callable[..., int]:
    """The function with its option groups spread into single parameters, as Typer reads them.

    A parameter called `streams` gets the run's streams. An option that swallowed another option is an error.
    """
    hints = get_type_hints(function, include_extras=True)
    groups: dict[str, Any] = {
        name: hint for name, hint in hints.items() if is_dataclass(hint) and name != "streams"
    }
    parameters = [inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=Context)]
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in groups:
            parameters += _spread(groups[parameter.name])
        elif parameter.name != "streams":
            parameters.append(
                parameter.replace(kind=parameter.KEYWORD_ONLY, annotation=hints[parameter.name])
            )

    def spread(context: Context, **values: Any) -> int:
        for name, value in values.items():
            _refuse_swallowed(name, value)
        grouped = {
            name: group(**{field.name: values.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        return function(**values, **grouped, streams=context.obj)

    spread.__name__, spread.__doc__ = function.__name__, function.__doc__
    spread.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    spread.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return spread


def _spread(group: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(group)
    ]


def _refuse_swallowed(name: str, value: Any) -> None:
    for text in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(text, str) and (
            text.startswith("--") or (text[:1] == "-" and text[1:2].isalpha())
        ):
            rule = f"needs a value, and {text} is the next option"
            raise ConvError("option.value", rule, parameter=name)
