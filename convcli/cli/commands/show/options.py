"""The options of `convcli show`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from typer import Option


def _option(name: str, metavar: str, help: str) -> Any:
    return Option(f"--{name}", metavar=metavar, help=help, show_default=False)


@dataclass(frozen=True)
class PictureOptions:
    """Which part of the layer is drawn, and how; values as typed."""

    at: Annotated[
        str | None, _option("at", "POSITION", "first position; the position of a still picture")
    ] = None
    view: Annotated[
        str, _option("view", "VIEW", "gather, or scatter for transposed layers (default: gather)")
    ] = "gather"
    channel: Annotated[str, _option("channel", "C", "output channel (default: 0)")] = "0"
    in_channel: Annotated[
        str | None,
        _option("in-channel", "C", "input channel (default: the first that is read)"),
    ] = None
    example: Annotated[str, _option("example", "N", "example of the batch (default: 0)")] = "0"
    depth: Annotated[
        str, _option("depth", "K", "depth tap of the drawn slice of a volume (default: 0)")
    ] = "0"
    speed: Annotated[str, _option("speed", "S", "positions per second (default: 1)")] = "1"
    frames: Annotated[bool, Option("--frames", help="animate all positions in an .svg file")] = (
        False
    )
    serve: Annotated[
        bool, Option("--serve", help="serve the page on this machine, for arrays of any size")
    ] = False
