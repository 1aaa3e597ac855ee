"""What other tools print for networks and layers, beside what convcli says that they print.

    python -m tools.counts

needs torch, torchvision, ptflops, thop, fvcore and torchinfo. Its exit status is 1 where a number
differs.
"""

from __future__ import annotations

import contextlib
import copy
import io
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.flop_conventions import counts
from convcli.engine.network.walk import walk
from convcli.inputs.networks.lists import read_stack

LISTED = {  # networks that come with convcli, and their makers in torchvision
    name: name for name in ("alexnet", "vgg16", "resnet18", "resnet50")
}
SEQUENCES = [
    "Conv2d(3, {c}, 3, padding=1)", "BatchNorm2d({c})", "ReLU()", "Conv2d({c}, {c}, 3, groups={c})",
    "InstanceNorm2d({c}, affine=True)", "SiLU()", "MaxPool2d(2)",
    "ConvTranspose2d({c}, 8, 2, stride=2)",
    "GroupNorm(2, 8)", "GELU()", "Upsample(scale_factor=2)", "BatchNorm2d(8, affine=False)",
    "AdaptiveAvgPool2d((2, 3))", "Flatten()", "Linear(48, 10)",
]  # fmt: skip


def networks(torch: Any) -> Iterator[tuple[str, Any, str, tuple[int, ...]]]:
    """Name, module, text for convcli, and input shape of each network: about thirty."""
    models: Any = __import__("torchvision.models", fromlist=["models"])
    for name, maker in LISTED.items():
        yield name, getattr(models, maker)(weights=None), name, (1, 3, 224, 224)
    for channels in (4, 8, 12, 16):
        layers = [layer.format(c=channels) for layer in SEQUENCES]
        for count in range(3, len(layers) + 1, 2):
            text = f"nn.Sequential({', '.join('nn.' + layer for layer in layers[:count])})"
            module = eval(text, {"nn": torch.nn})  # text of this file
            yield f"{count} layers, {channels}", module, text, (1, 3, 20, 24)


def tools(torch: Any) -> dict[str, Callable[[Any, Any], int]]:
    """The number that each tool prints for a module and an input."""
    import fvcore.nn
    import ptflops
    import thop
    import torchinfo
    from torch.utils.flop_counter import FlopCounterMode

    def by_ptflops(module: Any, x: Any, backend: str) -> int:
        macs, _ = ptflops.get_model_complexity_info(
            module, tuple(x.shape[1:]), as_strings=False, print_per_layer_stat=False,
            verbose=False, backend=backend,
        )  # fmt: skip
        return int(macs)

    def by_flop_counter(module: Any, x: Any) -> int:
        with FlopCounterMode(display=False) as counter:
            module(x)
        return int(counter.get_total_flops())

    def by_fvcore(module: Any, x: Any) -> int:
        analysis = fvcore.nn.FlopCountAnalysis(module, x)
        return int(
            analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).total()
        )

    return {
        "ptflops": lambda module, x: by_ptflops(module, x, "pytorch"),
        "ptflops, backend aten": lambda module, x: by_ptflops(module, x, "aten"),
        "torch.utils.flop_counter": by_flop_counter,
        "fvcore": by_fvcore,
        "thop": lambda module, x: int(thop.profile(module, inputs=(x,), verbose=False)[0]),
        "torchinfo": lambda module, x: int(
            torchinfo.summary(module, input_data=x, verbose=0).total_mult_adds
        ),
    }


def main() -> int:
    import torch

    warnings.simplefilter("ignore")
    differing = compared = 0
    for name, module, text, shape in networks(torch):
        steps = walk(read_stack([text]).nodes, Shape(shape))
        ours = {count.tool: count.number for count in counts(steps) if count.tool}
        for tool, print_of in tools(torch).items():
            silent = io.StringIO()
            with torch.no_grad(), contextlib.redirect_stdout(silent):
                theirs = print_of(copy.deepcopy(module).eval(), torch.zeros(shape))
            compared += tool in ours
            if tool in ours and ours[tool] != theirs:
                differing += 1
                sys.stdout.write(f"{name}: {tool} prints {theirs}, and convcli {ours[tool]}\n")
    sys.stdout.write(f"{compared} numbers compared, {differing} differ\n")
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
