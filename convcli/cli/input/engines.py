"""--engine, --device, --threads and --separable: what computes a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Annotated, Any

from convcli.cli.app.option_groups import OptionGroup
from convcli.cli.app.options import Parsed, Threads, option, thread_count
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_choice

if TYPE_CHECKING:
    from convcli.cli.output.streams import Streams
    from convcli.engine.geometry.spec import ConvSpec

ENGINES, DEVICES = ("numpy", "torch"), ("cpu", "cuda")


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class EngineOptions(OptionGroup):
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
    separable: Annotated[
        bool,
        option("--separable", help="replace the kernel by an outer product of vectors"),
    ] = False

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
        if self.separable and self.engine != "numpy":
            rule = f"needs `engine` numpy, and not {self.engine}"
            raise ConvError("separable.engine", rule, parameter="separable")
        if self.engine == "torch":
            from convcli.backends.torch_engine import convolve_with_torch, import_torch

            import_torch(self.device)  # before anything is read
            return partial(convolve_with_torch, device=self.device, threads=threads)
        if self.device != "cpu":
            rule = "needs `engine` torch"
            raise ConvError("device.engine", rule, parameter="device", got=self.device)
        from convcli.engine.compute.convolve import convolve

        if self.separable:
            return partial(convolve, threads=threads, separable=True)
        return partial(convolve, threads=threads)

    def note_separable(self, spec: ConvSpec, weight: Any, streams: Streams) -> None:
        """Say how far the product of the vectors is from the kernel.

        Raises ConvError where the kernel is not separable: before anything is computed.
        """
        if not self.separable:
            return
        from convcli.engine.compute.separable import factors_of

        sizes, deviation = spec.kernel_size, factors_of(spec, weight).deviation
        taps = f"{' + '.join(map(str, sizes))} taps in place of {prod(sizes)}"
        apart = (
            f"the kernel differs from their product by {deviation:.1e} of its largest weight"
            if deviation
            else "the kernel is their product exactly"
        )
        streams.note(f"--separable: {taps}; {apart}")
