"""--engine, --device and --threads: what computes a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

from convcli.cli.app.options import Parsed, Threads, option, thread_count
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_choice

ENGINES, DEVICES = ("numpy", "torch"), ("cpu", "cuda")


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    """The library, the device and the threads that compute."""

    engine: Annotated[
        str,
        option("--engine", metavar="ENGINE", help="numpy or torch"),
        Parsed(partial(parse_choice, choices=ENGINES), "numpy"),
    ]
    device: Annotated[
        str,
        option("--device", metavar="DEVICE", help="device for --engine torch: cpu or cuda"),
        Parsed(partial(parse_choice, choices=DEVICES), "cpu"),
    ]
    threads: Threads

    def shared_by(self, jobs: int) -> EngineOptions:
        """The options of each of so many jobs, which share the cores."""
        if self.threads is not None or jobs == 1:
            return self
        return replace(self, threads=max(1, thread_count(None) // jobs))

    def convolution(self) -> Callable[..., Any]:
        """The function that computes a layer: `convolve`, or torch's.

        Raises ConvError for a device without torch, or where torch or the device is missing.
        """
        threads = thread_count(self.threads)
        if self.engine == "torch":
            from convcli.backends.torch_engine import convolve_with_torch, import_torch

            import_torch(self.device)  # before anything is read
            return partial(convolve_with_torch, device=self.device, threads=threads)
        if self.device != "cpu":
            rule = "needs `engine` torch"
            raise ConvError("device.engine", rule, parameter="device", got=self.device)
        from convcli.engine.compute.convolve import convolve

        return partial(convolve, threads=threads)
