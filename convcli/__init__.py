"""convcli: a convolution calculator. Sizes, worked sums and results of PyTorch's convolution family, exact, without torch.

>>> from convcli import ConvSpec
>>> ConvSpec.of(in_channels=3, out_channels=64, kernel_size=7, stride=2, padding=3, dims=2).output_sizes((224, 224))
(112, 112)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcli.engine.convolve import convolve as convolve
    from convcli.engine.cost import cost as cost
    from convcli.engine.gradients import gradients as gradients
    from convcli.engine.initialisers import initialise as initialise
    from convcli.engine.padding import Pad as Pad
    from convcli.engine.shapes import Position as Position
    from convcli.engine.shapes import Shape as Shape
    from convcli.engine.spec import ConvSpec as ConvSpec
    from convcli.engine.taps import tap_table as tap_table
    from convcli.engine.trace import trace as trace
    from convcli.errors import ConvError as ConvError

__version__ = "0.1.0"

_HOMES = {
    "ConvError": "convcli.errors",
    "ConvSpec": "convcli.engine.spec",
    "Pad": "convcli.engine.padding",
    "Position": "convcli.engine.shapes",
    "Shape": "convcli.engine.shapes",
    "convolve": "convcli.engine.convolve",
    "cost": "convcli.engine.cost",
    "gradients": "convcli.engine.gradients",
    "initialise": "convcli.engine.initialisers",
    "tap_table": "convcli.engine.taps",
    "trace": "convcli.engine.trace",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'convcli' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
