"""`convcli check`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

from convcli.cli.app.options import OutputOptions, Parsed, Seed, option
from convcli.cli.output.emit import emit
from convcli.cli.output.language import words_of
from convcli.cli.output.progress import watched
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import check_options
from convcli.engine.compute.convolve import convolve
from convcli.engine.gradients.gradients import gradients
from convcli.engine.proof.random_layers import random_case
from convcli.errors import ConvError, reason_of
from convcli.exit_status import ExitStatus
from convcli.inputs.text.generators import generate
from convcli.inputs.text.numbers import parse_between
from convcli.report.views.check import Case, check_view

EXAMPLES = """\b
Examples:
  convcli check
  convcli check --cases 20 --seed 7 --json
"""
MOST_CASES = 10**7
LAST_SEED = 2**32 - 1


def check(
    *,
    cases: Annotated[
        int,
        option("--cases", metavar="N", help="number of layers; layer i has the seed SEED + i"),
        Parsed(partial(parse_between, least=1, most=MOST_CASES), "200"),
    ],
    seed: Seed,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Compare random layers of every kind with torch on this machine."""
    from convcli.backends.torch_engine import import_torch

    check_options(output_options, streams)
    words = words_of(output_options, streams)
    if not 0 <= seed <= LAST_SEED:
        raise ConvError("seed.range", f"must be 0..{LAST_SEED}", parameter="seed", got=seed)
    torch = import_torch()
    checked = list(watched(checked_cases(seed, cases), cases, "layers", streams, words))
    status = emit(check_view(checked, torch.__version__, words), output_options, streams)
    return status if all(case.agrees for case in checked) else ExitStatus.ANSWER_IS_NO


def checked_cases(first: int, count: int) -> Iterator[Case]:
    """One case per seed from `first` on, computed here and by torch."""
    from convcli.backends.oracle import compare_gradients, compare_with_torch

    for seed in range(first, first + count):
        spec, texts = random_case(seed)
        x, w, b = (
            generate(texts[name], name) if name in texts else None
            for name in ("input", "weight", "bias")
        )
        output, computed = convolve(spec, x, w, b), gradients(spec, x, w, b)
        comparisons: dict[str, Any] = {}
        refusal = None
        try:
            comparisons["values"] = compare_with_torch(spec, x, w, b, output=output)
            comparisons["gradients"] = compare_gradients(
                spec, x, w, b, output_gradient=None, gradients=computed
            )
        except RuntimeError as error:
            refusal = reason_of(error)
        yield Case(seed, spec, texts, comparisons, refusal)
