"""The options of every command, each declared once. `spread` turns them into Typer's parameters."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple

from typer import Argument, Option

from convcli.cli.app.option_groups import OptionGroup
from convcli.engine.geometry.padding import PADDING_MODES
from convcli.inputs.text.numbers import (
    Tolerance,
    parse_between,
    parse_bytes,
    parse_choice,
    parse_integer,
    parse_tolerance,
)
from convcli.inputs.text.pixel_maps import PIXEL_MAPS, PixelMap, parse_pixel_map
from convcli.render import FORMATS, GRAPH_FORMATS

MOST_THREADS = 256
*_MOST_MODES, _LAST_MODE = PADDING_MODES
MODES = f"{', '.join(_MOST_MODES)} or {_LAST_MODE}"
MOST_DECIMALS = 50
LAYER_PANEL, INPUT_PANEL, OUTPUT_PANEL = "Layer options", "Input options", "Output options"
STORE_PANEL, WORKER_PANEL = "Store options", "Worker options"


class Parsed(NamedTuple):
    """How the text of an option becomes the value that its command receives.

    `read` is called with the text and the parameter's name, and raises ConvError. `default` is a
    text too; an option without one is None where it is not specified.
    """

    read: Callable[[str, str], Any]
    default: str | None = None


def argument(metavar: str, help: str) -> Any:
    """A positional argument."""
    return Argument(metavar=metavar, help=help, show_default=False)


def option(*names: str, help: str, metavar: str | None = None, panel: str | None = None) -> Any:
    """An option, in a panel of the help; a flag where `metavar` is None."""
    return Option(*names, metavar=metavar, help=help, show_default=False, rich_help_panel=panel)


layer_option = partial(option, panel=LAYER_PANEL)
input_option = partial(option, panel=INPUT_PANEL)
output_option = partial(option, panel=OUTPUT_PANEL)

Layer = Annotated[str, argument("LAYER", 'conv1d ... conv_transpose3d, or "Conv2d(3, 64, 7)"')]
InputArray = Annotated[str, argument("X", 'the input: x.npy, "1 2; 3 4", arange:5x5, ...')]
WeightArray = Annotated[str, argument("W", "the weight: w.npy, ones:3x3, kernel:sobel-x, ...")]
Seed = Annotated[
    int,
    input_option("--seed", metavar="N", help="random seed, as in torch.manual_seed"),
    Parsed(parse_integer, "0"),
]
MaxMemory = Annotated[
    int | None,
    input_option(
        "--max-memory", metavar="BYTES", help="memory limit, like 2GiB (default: the free memory)"
    ),
    Parsed(parse_bytes),
]
Decimal = Annotated[
    str | None,
    input_option("--decimal", metavar="SIGN", help="decimal sign of a table: . or ,"),
    Parsed(partial(parse_choice, choices=(".", ","))),
]
AxisLayout = Annotated[
    str | None,
    input_option("--layout", metavar="LAYOUT", help="order of the axes: NHWC, HWIO or NHWC,HWIO"),
]
ShapeLayout = Annotated[
    str | None,
    option("--layout", metavar="LAYOUT", help="order of the axes of shapes, like NHWC"),
]
Threads = Annotated[
    int | None,
    option("--threads", metavar="N", help="threads for a large layer (default: all cores)"),
    Parsed(partial(parse_between, least=1, most=MOST_THREADS)),
]
View = Annotated[
    Literal["gather", "scatter"],
    option("--view", metavar="VIEW", help="gather, or scatter for transposed layers"),
    Parsed(partial(parse_choice, choices=("gather", "scatter")), "gather"),
]
ShowAll = Annotated[bool, option("--all", help="print everything, without a limit")]
Language = Annotated[
    str | None,
    output_option(
        "--lang", metavar="LANG", help="language: en or zh (default: CONVCLI_LANG, or en)"
    ),
]

Color = Annotated[
    str,
    output_option("--color", metavar="WHEN", help="auto, always or never"),
    Parsed(partial(parse_choice, choices=("auto", "always", "never")), "auto"),
]
Ascii = Annotated[bool, output_option("--ascii", help="draw with ASCII characters only")]
Debug = Annotated[bool, output_option("--debug", help="print the traceback of an error")]


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class InputOptions(OptionGroup):
    """What commands with arrays read beside X and W."""

    bias: Annotated[
        str | None, input_option("--bias", metavar="ARRAY", help="the bias (default: no bias)")
    ] = None
    decimal: Decimal = None
    layout: AxisLayout = None
    flip: Annotated[
        bool, input_option("--flip", help="flip the kernel: a true convolution, beside the layer")
    ] = False
    max_memory: MaxMemory = None


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class LayerOptions(OptionGroup):
    """torch's arguments of a layer as text; None where not specified."""

    kernel_size: Annotated[
        str | None, layer_option("-k", "--kernel-size", metavar="K", help="3, or per axis: 5,3")
    ] = None
    out_channels: Annotated[
        str | None, layer_option("-c", "--out-channels", metavar="N", help="output channels")
    ] = None
    in_channels: Annotated[
        str | None,
        layer_option(
            "--in-channels", metavar="N", help="input channels (default: those of the input)"
        ),
    ] = None
    stride: Annotated[
        str | None, layer_option("-s", "--stride", metavar="S", help="2, or per axis: 1,2")
    ] = None
    padding: Annotated[
        str | None,
        layer_option(
            "-p", "--padding", metavar="P", help="1; per axis: 1,2; before:after: 1:2; same; valid"
        ),
    ] = None
    dilation: Annotated[
        str | None, layer_option("-d", "--dilation", metavar="D", help="2, or per axis: 1,2")
    ] = None
    groups: Annotated[
        str | None,
        layer_option(
            "-g", "--groups", metavar="G", help="channel groups; depthwise: one group per channel"
        ),
    ] = None
    padding_mode: Annotated[
        str | None, layer_option("--padding-mode", metavar="MODE", help=MODES)
    ] = None
    output_padding: Annotated[
        str | None,
        layer_option(
            "--output-padding", metavar="P", help="rows to keep at the end of a transposed layer"
        ),
    ] = None

    def arguments(self) -> dict[str, str | bool | None]:
        """The arguments by torch's names, None where not specified."""
        return dict(vars(self))


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class LayerOptionsWithBias(LayerOptions):
    """The options of a layer where no arrays are: whether it has a bias is one of them."""

    no_bias: Annotated[bool, layer_option("--no-bias", help="no bias, as bias=False")] = False

    def arguments(self) -> dict[str, str | bool | None]:
        """The arguments by torch's names, `bias` included, None where not specified."""
        arguments = dict(vars(self))
        return arguments | {"bias": False if arguments.pop("no_bias") else None}


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class OutputOptions(OptionGroup):
    """How a result is written, and where."""

    format: Annotated[
        str | None,
        output_option("-f", "--format", metavar="FORMAT", help=", ".join(FORMATS)),
        Parsed(partial(parse_choice, choices=(*FORMATS, *GRAPH_FORMATS))),
    ] = None
    json: Annotated[bool, output_option("--json", help="short for -f json")] = False
    quiet: Annotated[
        bool,
        output_option(
            "-q", "--quiet", help="print only the essential value, such as the output shape"
        ),
    ] = False
    output: Annotated[
        str | None,
        output_option("-o", "--output", metavar="FILE", help="write to FILE; - is stdout"),
    ] = None
    force: Annotated[bool, output_option("--force", help="overwrite an existing file")] = False
    precision: Annotated[
        int | None,
        output_option("--precision", metavar="N", help="decimals in human-readable formats"),
        Parsed(partial(parse_between, least=0, most=MOST_DECIMALS)),
    ] = None
    expect: Annotated[
        str | None,
        output_option("--expect", metavar="VALUE", help="exit 1 unless the result equals VALUE"),
    ] = None
    tolerance: Annotated[
        Tolerance | None,
        output_option(
            "--tolerance",
            metavar="T",
            help="for --expect: 1e-6 (distance), 0.1% of VALUE, or both: 1e-6,0.1%",
        ),
        Parsed(parse_tolerance),
    ] = None
    standalone: Annotated[
        bool,
        output_option("--standalone", help="with -f latex: a whole document that compiles"),
    ] = False
    lang: Language = None
    color: Color = "auto"
    ascii: Ascii = False
    wide: Annotated[
        bool,
        output_option(
            "--wide", help="print whole tables and exact numbers, however wide the terminal is"
        ),
    ] = False
    debug: Debug = False


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class ArrayOutputOptions(OutputOptions):
    """The output options of commands that have arrays to write."""

    map: Annotated[
        PixelMap | None,
        output_option(
            "--map",
            metavar="MAP",
            help=f"numbers as pixels: {', '.join(PIXEL_MAPS)} (default: clip)",
        ),
        Parsed(parse_pixel_map),
    ] = None


def thread_count(threads: int | None) -> int:
    """The number of threads; the cores that this process may use where it is not specified."""
    if threads is not None:
        return threads
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
