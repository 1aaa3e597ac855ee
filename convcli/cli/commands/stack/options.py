"""The options of `convcli stack`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from convcli.cli.app.option_groups import OptionGroup
from convcli.cli.app.options import Parsed, option
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_choice, parse_positive
from convcli.report.views.stack_rows import SORTED_BY, Selection


def parse_kinds(text: str, name: str) -> tuple[str, ...]:
    """The kinds of layers of `Conv2d,Linear`. Raises ConvError where there is none.

    >>> parse_kinds("Conv2d, Linear", "only")
    ('Conv2d', 'Linear')
    """
    kinds = tuple(kind.strip() for kind in text.split(",") if kind.strip())
    if not kinds:
        raise ConvError("only.empty", "must name a kind of layer", parameter=name, got=text)
    return kinds


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class StackOptions(OptionGroup):
    """Questions about a stack."""

    unit: Annotated[
        str | None,
        option(
            "--unit",
            metavar="POSITION",
            help="show what this unit sees, like 5,5 (default: middle)",
        ),
    ] = None
    prove: Annotated[
        bool,
        option("--prove", help="verify the receptive fields by tables and by impulses"),
    ] = False
    compare: Annotated[
        bool, option("--compare", help="compare stacks: each LAYERS is one of them")
    ] = False
    target_rf: Annotated[
        int | None,
        option("--target-rf", metavar="N", help="find the layer that sees N cells"),
        Parsed(parse_positive),
    ] = None
    sizes: Annotated[
        str | None, option("--sizes", metavar="A..B", help="find the legal input sizes in a range")
    ] = None
    mirror: Annotated[bool, option("--mirror", help="print the decoder of the stack")] = False
    module: Annotated[
        list[str],
        option(
            "--module",
            metavar="MODULE",
            help="a torch module: m:Net, m.py:Net, 'm:Net(16)'; runs its code",
        ),
        Parsed(lambda text, name: text),
    ] = field(default_factory=list)
    without_gates: Annotated[
        bool,
        option("--without-gates", help="receptive fields of a module without what gates see"),
    ] = False
    depth: Annotated[
        int | None,
        option("--depth", metavar="N", help="sum the layers of blocks below this depth"),
        Parsed(parse_positive),
    ] = None
    only: Annotated[
        tuple[str, ...] | None,
        option("--only", metavar="KINDS", help="show only these kinds, like Conv2d,Linear"),
        Parsed(parse_kinds),
    ] = None
    sort: Annotated[
        str | None,
        option("--sort", metavar="BY", help=f"largest first, by {', '.join(SORTED_BY)}"),
        Parsed(partial(parse_choice, choices=SORTED_BY)),
    ] = None
    top: Annotated[
        int | None,
        option("--top", metavar="N", help="show the first N rows"),
        Parsed(parse_positive),
    ] = None
    costs: Annotated[bool, option("--costs", help="show how other tools count the cost")] = False

    @property
    def selection(self) -> Selection:
        """Which rows are shown."""
        return Selection(self.depth, self.only, self.sort, self.top)
