"""The options of `convcli learn`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from convcli.cli.app.option_groups import OptionGroup
from convcli.cli.app.options import (
    AxisLayout,
    Decimal,
    MaxMemory,
    Parsed,
    input_option,
    option,
)
from convcli.engine.training.losses import ACTIVATIONS, LOSSES
from convcli.engine.training.optimisers import OPTIMISERS
from convcli.inputs.text.numbers import (
    parse_choice,
    parse_not_negative,
    parse_number,
    parse_positive,
)


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class LearnOptions(OptionGroup):
    """How to learn, from which weights, and what is told of it."""

    loss: Annotated[
        str,
        option("--loss", metavar="NAME", help=", ".join(LOSSES)),
        Parsed(partial(parse_choice, choices=LOSSES), "mse"),
    ]
    optimizer: Annotated[
        str,
        option("--optimizer", metavar="NAME", help=", ".join(OPTIMISERS)),
        Parsed(partial(parse_choice, choices=OPTIMISERS), "sgd"),
    ]
    lr: Annotated[
        float | None,
        option("--lr", metavar="RATE", help="learning rate (default: torch's)"),
        Parsed(parse_not_negative),
    ]
    epochs: Annotated[
        int,
        option("--epochs", metavar="N", help="steps, each on the whole batch"),
        Parsed(parse_positive, "10"),
    ]
    momentum: Annotated[
        float,
        option("--momentum", metavar="M", help="for the optimizers momentum and nesterov"),
        Parsed(parse_not_negative, "0.9"),
    ]
    weight_decay: Annotated[
        float | None,
        option("--weight-decay", metavar="D", help="weight decay (default: torch's)"),
        Parsed(parse_not_negative),
    ]
    activation: Annotated[
        str,
        option("--activation", metavar="NAME", help=f"between layers: {', '.join(ACTIVATIONS)}"),
        Parsed(partial(parse_choice, choices=ACTIVATIONS), "none"),
    ]
    init: Annotated[
        str, input_option("--init", metavar="SCHEME", help="initialiser of the start weights")
    ] = "default"
    weight: Annotated[
        str | None,
        input_option(
            "--weight",
            metavar="ARRAY",
            help="start weight; for a chain an .npz file of 0.weight, 0.bias, 1.weight, ...",
        ),
    ] = None
    bias: Annotated[
        str | None, input_option("--bias", metavar="ARRAY", help="start bias, with --weight")
    ] = None
    decimal: Decimal = None
    layout: AxisLayout = None
    max_memory: MaxMemory = None
    every: Annotated[
        int,
        option("--every", metavar="N", help="print every N-th epoch"),
        Parsed(parse_positive, "1"),
    ]
    verbose: Annotated[
        bool, option("--verbose", help="print weights and gradients of every epoch")
    ] = False
    epoch: Annotated[
        int | None,
        option("--epoch", metavar="N", help="tell the whole step of epoch N (with --verbose: 1)"),
        Parsed(parse_positive),
    ]
    target_loss: Annotated[
        float | None,
        option("--target-loss", metavar="LOSS", help="exit 1 if the final loss is above LOSS"),
        Parsed(parse_number),
    ]

    @property
    def told_epoch(self) -> int | None:
        """The epoch whose whole step is told."""
        return 1 if self.verbose and self.epoch is None else self.epoch
