"""`convcli check`."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Annotated, Any

from typer import Option

from convcli.cli.app.options import OutputOptions
from convcli.cli.output.emit import check_options, emit
from convcli.cli.output.progress import progress_bar
from convcli.cli.output.streams import Streams
from convcli.engine.compute.convolve import convolve
from convcli.engine.geometry.padding import TORCH_PADDING_MODES
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.gradients.gradients import gradients
from convcli.engine.proof.random_layers import random_layer
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.inputs.text.generators import generate
from convcli.inputs.text.numbers import parse_integer
from convcli.report.views.check import Case, check_view

EXAMPLES = """\b
Examples:
  convcli check
  convcli check --cases 20 --seed 7 --json
"""
MOST_CASES = 10**7
LARGE_SHARE = 0.05  # of the cases
LAST_SEED = 2**32


def check(
    *,
    cases: Annotated[str, Option("--cases", metavar="N", help="how many layers")] = "200",
    seed: Annotated[
        str, Option("--seed", metavar="S", help="of the first; case i has the seed S + i")
    ] = "0",
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Random layers of every kind, values and gradients, against torch on this machine."""
    from convcli.backends.torch_engine import import_torch

    check_options(output_options)
    count, first = parse_integer(cases, "cases"), parse_integer(seed, "seed")
    if not 1 <= count <= MOST_CASES:
        raise ConvError("cases.range", f"must be 1..{MOST_CASES}", parameter="cases", got=count)
    if not 0 <= first < LAST_SEED:
        raise ConvError("seed.range", f"must be 0..{LAST_SEED - 1}", parameter="seed", got=first)
    torch = import_torch()
    with progress_bar(streams, count, "layers") as progress:
        checked = []
        for case in checked_cases(first, count):
            checked.append(case)
            if progress is not None:
                progress(len(checked), count)
    status = emit(check_view(checked, torch.__version__), output_options, streams)
    return status if all(case.agrees for case in checked) else ExitStatus.ANSWER_IS_NO


def checked_cases(first: int, count: int) -> Iterator[Case]:
    """One case for each seed from `first` on, computed here and by torch."""
    from convcli.backends.oracle import compare_gradients, compare_with_torch

    for seed in range(first, first + count):
        rng = random.Random(seed)
        if rng.random() > LARGE_SHARE:
            spec, shape = random_layer(rng, modes=TORCH_PADDING_MODES)
        else:
            spec, shape = large_layer(rng)
        texts = _arrays(rng, spec, shape)
        x, w, b = (
            generate(texts[name], name) if name in texts else None
            for name in ("input", "weight", "bias")
        )
        output, found = convolve(spec, x, w, b), gradients(spec, x, w, b)
        comparisons: dict[str, Any] = {}
        refusal = None
        try:
            comparisons["values"] = compare_with_torch(spec, x, w, b, output=output)
            comparisons["gradients"] = compare_gradients(
                spec, x, w, b, output_gradient=None, gradients=found
            )
        except RuntimeError as error:
            refusal = str(error).partition("\n")[0]
        yield Case(seed, spec, texts, comparisons, refusal)


def large_layer(rng: random.Random) -> tuple[ConvSpec, Shape]:
    """A kernel so large, of a few channels, that it goes another way than small ones: through the Fourier transform."""
    rank, groups = rng.choice((1, 2)), rng.choice((1, 2))
    kernel, size = (
        (rng.randint(200, 400), rng.randint(500, 4000))
        if rank == 1
        else (rng.randint(17, 40), rng.randint(60, 120))
    )
    transposed, padding = rng.random() < 0.3, rng.randint(0, kernel // 2)
    spec = ConvSpec.of(
        in_channels=groups,
        out_channels=groups,
        groups=groups,
        kernel_size=kernel,
        padding=padding,
        transposed=transposed,
        dims=rank,
    )
    return spec, Shape((1, groups, *[size] * rank))


def _arrays(rng: random.Random, spec: Any, shape: Shape) -> dict[str, str]:
    """Input, weight and bias as they are written on a command line: integers, or torch's normal numbers."""
    kind, range_ = rng.choice((("randint", ":-9:10"), ("randn", "")))
    shapes = {"input": shape, "weight": spec.weight_shape} | (
        {"bias": Shape((spec.out_channels,))} if spec.bias else {}
    )
    return {
        name: f"{kind}:{of_one}:{rng.getrandbits(16)}{range_}" for name, of_one in shapes.items()
    }
