"""A convolution calculator: sizes, worked sums and results of PyTorch's layers, without torch.

>>> from convcli import ConvSpec
>>> spec = ConvSpec.of(
...     in_channels=3, out_channels=64, kernel_size=7, stride=2, padding=3, dims=2
... )
>>> spec.output_sizes((224, 224))
(112, 112)
"""

from __future__ import annotations

TYPE_CHECKING = False  # `python -m convcli` imports this while the current folder stands first
if TYPE_CHECKING:
    from typing import Any

    from convcli.engine.compute.convolve import convolve as convolve
    from convcli.engine.explain.worked_sums import trace as trace
    from convcli.engine.geometry.cost import cost as cost
    from convcli.engine.geometry.padding import Pad as Pad
    from convcli.engine.geometry.shapes import Position as Position
    from convcli.engine.geometry.shapes import Shape as Shape
    from convcli.engine.geometry.spec import ConvSpec as ConvSpec
    from convcli.engine.geometry.taps import tap_table as tap_table
    from convcli.engine.gradients.gradients import gradients as gradients
    from convcli.engine.weights.initialisers import initialise as initialise
    from convcli.errors import ConvError as ConvError
    from convcli.notebook.answers import run as run
    from convcli.notebook.frames import show as show

__version__ = "0.1.0"

_HOMES = {
    "ConvError": "convcli.errors",
    "ConvSpec": "convcli.engine.geometry.spec",
    "Pad": "convcli.engine.geometry.padding",
    "Position": "convcli.engine.geometry.shapes",
    "Shape": "convcli.engine.geometry.shapes",
    "convolve": "convcli.engine.compute.convolve",
    "cost": "convcli.engine.geometry.cost",
    "gradients": "convcli.engine.gradients.gradients",
    "initialise": "convcli.engine.weights.initialisers",
    "run": "convcli.notebook.answers",
    "show": "convcli.notebook.frames",
    "tap_table": "convcli.engine.geometry.taps",
    "trace": "convcli.engine.explain.worked_sums",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'convcli' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext convcli`: the magic `%convcli`."""
    from convcli.notebook.magic import register

    register(shell)
