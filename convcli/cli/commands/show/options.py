"""The options of `convcli show`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

from convcli.cli.app.option_groups import OptionGroup
from convcli.cli.app.options import Parsed, View, argument, option
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_choice, parse_number

LEAST_SCALE, MOST_SCALE = 0.5, 8


def parse_scale(text: str, parameter: str) -> float:
    """How many times larger a picture is. Raises ConvError if it is no number, or out of range."""
    scale = parse_number(text, parameter)
    if not LEAST_SCALE <= scale <= MOST_SCALE:
        rule = f"must be {LEAST_SCALE}..{MOST_SCALE}"
        raise ConvError(f"{parameter}.range", rule, parameter=parameter, got=text)
    return scale


OptionalLayer = Annotated[
    str | None, argument("[LAYER]", 'conv1d ... conv_transpose3d, or "Conv2d(3, 64, 7)"')
]
OptionalInput = Annotated[
    str | None, argument("[X]", 'the input: x.npy, "1 2; 3 4", arange:5x5, ...')
]
OptionalWeight = Annotated[
    str | None, argument("[W]", "the weight: w.npy, ones:3x3, kernel:sobel-x, ...")
]


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class PictureOptions(OptionGroup):
    """Which part of the layer is drawn, and how; values as typed."""

    at: Annotated[
        str | None,
        option("--at", metavar="POSITION", help="first position; the position of a still picture"),
    ] = None
    view: View = "gather"
    channel: Annotated[str, option("--channel", metavar="C", help="output channel")] = "0"
    in_channel: Annotated[
        str | None,
        option("--in-channel", metavar="C", help="input channel (default: the first that is read)"),
    ] = None
    example: Annotated[str, option("--example", metavar="N", help="example of the batch")] = "0"
    depth: Annotated[
        str | None,
        option("--depth", metavar="K", help="depth tap of the drawn slice of a volume"),
    ] = None
    speed: Annotated[str, option("--speed", metavar="S", help="positions per second")] = "1"
    frames: Annotated[
        bool,
        option("--frames", help="all positions: an animated .svg, a .pdf with a page for each"),
    ] = False
    every: Annotated[
        str | None,
        option(
            "--every",
            metavar="N",
            help="draw every N-th row and column of positions (default: all, up to 500)",
        ),
    ] = None
    theme: Annotated[
        Literal["light", "dark"],
        option("--theme", metavar="THEME", help="ground of a picture: light or dark"),
        Parsed(partial(parse_choice, choices=("light", "dark")), "light"),
    ] = "light"
    scale: Annotated[
        float | None,
        option(
            "--scale",
            metavar="FACTOR",
            help="size of a picture in pixels: 0.5 to 8 (default: 2 for .png, 1 for films)",
        ),
        Parsed(parse_scale),
    ] = None
    projector: Annotated[
        bool, option("--projector", help="a page for a lecture hall: large, with few controls")
    ] = False
    serve: Annotated[
        bool, option("--serve", help="serve the page on this machine, for arrays of any size")
    ] = False

    @property
    def ticks(self) -> tuple[str, ...]:
        """The ways of looking that are on when a page opens."""
        return ("projector",) if self.projector else ()
