"""The options of `convcli show`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from convcli.cli.app.options import View, option


@dataclass(frozen=True)
class PictureOptions:
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
        str, option("--depth", metavar="K", help="depth tap of the drawn slice of a volume")
    ] = "0"
    speed: Annotated[str, option("--speed", metavar="S", help="positions per second")] = "1"
    frames: Annotated[bool, option("--frames", help="animate all positions in an .svg file")] = (
        False
    )
    serve: Annotated[
        bool, option("--serve", help="serve the page on this machine, for arrays of any size")
    ] = False
