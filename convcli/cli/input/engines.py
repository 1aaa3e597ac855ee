"""--engine and --device: who computes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from typer import Option

from convcli.errors import ConvError
from convcli.inputs.text.numbers import did_you_mean

ENGINES, DEVICES = ("numpy", "torch"), ("cpu", "cuda")

Engine = Annotated[str, Option("--engine", metavar="ENGINE", help="numpy or torch")]
Device = Annotated[str, Option("--device", metavar="DEVICE", help="cpu or cuda, of --engine torch")]


def convolution(engine: str, device: str) -> Callable[..., Any]:
    """The function that computes a layer: `convolve`, or torch's in its place. Raises ConvError for a name that is none."""
    for parameter, value, known in (("engine", engine, ENGINES), ("device", device, DEVICES)):
        if value not in known:
            rule = f"must be {' or '.join(known)}"
            raise ConvError(
                f"{parameter}.name",
                rule,
                parameter=parameter,
                got=value,
                hint=did_you_mean(value, known),
            )
    if engine == "torch":
        from convcli.backends.torch_engine import convolve_with_torch, import_torch

        import_torch(device)  # before anything is read
        return partial(convolve_with_torch, device=device)
    if device != "cpu":
        raise ConvError("device.engine", "needs `engine` torch", parameter="device", got=device)
    from convcli.engine.compute.convolve import convolve

    return convolve
