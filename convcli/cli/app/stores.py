"""The options of `run` between stored arrays: `run LAYER X.zarr W -o Y.zarr`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import Annotated

from convcli.cli.app.option_groups import OptionGroup
from convcli.cli.app.options import STORE_PANEL, Parsed, option
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_between, parse_choice, parse_per_axis

MISSING = ("refuse", "fill")
MOST_LEVELS = 32

store_option = partial(option, panel=STORE_PANEL)
Sizes = int | tuple[int, ...]


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class StoreOptions(OptionGroup):
    """How a stored input is read, and how a stored output is written."""

    axes: Annotated[
        str | None,
        store_option("--axes", metavar="AXES", help="axes of the stored X in its order: tczyx"),
    ] = None
    level: Annotated[
        int | None,
        store_option("--level", metavar="N", help="level of an OME-Zarr image (default: 0)"),
        Parsed(partial(parse_between, least=0, most=MOST_LEVELS)),
    ] = None
    missing: Annotated[
        str,
        store_option("--missing", metavar="WHAT", help="missing chunks of X: refuse or fill"),
        Parsed(partial(parse_choice, choices=MISSING), "refuse"),
    ]
    chunks: Annotated[
        Sizes | None,
        store_option("--chunks", metavar="SIZES", help="chunks of Y on its spatial axes: 64,64"),
        Parsed(parse_per_axis),
    ] = None
    shards: Annotated[
        Sizes | None,
        store_option("--shards", metavar="SIZES", help="shards of Y: whole chunks, like 512,512"),
        Parsed(parse_per_axis),
    ] = None
    levels: Annotated[
        int | None,
        store_option("--levels", metavar="N", help="levels of the OME-Zarr image Y (default: 1)"),
        Parsed(partial(parse_between, least=1, most=MOST_LEVELS)),
    ] = None
    resume: Annotated[
        bool, store_option("--resume", help="finish a Y that was begun by the same request")
    ] = False
    verify: Annotated[
        bool, store_option("--verify", help="with --resume: decode what is there first")
    ] = False
    plan: Annotated[
        bool, store_option("--plan", help="print what would be read, computed and written")
    ] = False

    def require_none(self) -> None:
        """Raises ConvError where an option of outputs stands without a stored output."""
        for each in fields(self):
            if each.name in READING:
                continue
            if getattr(self, each.name) not in (None, False):
                rule = "needs a stored output, like `output` Y.zarr"
                raise ConvError("store.output", rule, parameter=each.name)

    def sizes(self, name: str, rank: int) -> tuple[int, ...] | None:
        """`--chunks` or `--shards` as a number for each spatial axis."""
        value: Sizes | None = getattr(self, name)
        if value is None:
            return None
        sizes = (value,) * rank if isinstance(value, int) else tuple(value)
        if len(sizes) != rank:
            rule = f"needs one number, or {rank}: one for each spatial axis"
            raise ConvError(f"{name}.count", rule, parameter=name, got=",".join(map(str, sizes)))
        if min(sizes) < 1:
            raise ConvError(f"{name}.least", "must be at least 1", parameter=name, got=min(sizes))
        return sizes


READING = ("axes", "level", "missing")  # of the input
