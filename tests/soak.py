"""Random tests for hours: `make soak`, or `python -m tests.soak --minutes 5`.

Workers take turns, each with fresh seeds, until the time is up. A fault is printed when it is met,
with the seed that reproduces it; faults of the same worker and kind are one. The run goes on, and
exits with 1 at its end. `--report FILE` has the counts and the faults, every minute anew.

- layers: values and gradients of random layers, compared with the tap tables and torch;
- files: damaged .npy files;
- lines: random command lines; lines of any words: one to six words, any word at any place;
- stacks: receptive fields of random chains, compared with composed tables and impulses;
- texts: layers, shapes, arrays and stacks as hypothesis, if installed, writes them;
- inputs of each format that is read, damaged: see `tests.fuzz`. `--no-inputs` leaves them out.

`python -m tests.soak --atheris` tests the .npy reader with the coverage-guided fuzzer atheris.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from convcli import ConvError
from convcli.backends.oracle import has_torch
from convcli.cli.app.main import main as convcli
from convcli.cli.output.streams import Streams
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.operands import operands
from convcli.engine.gradients.gradients import contract_tap_tables, gradient_operands, gradients
from convcli.engine.proof.receptive_proof import prove
from convcli.inputs.files.npy import read_npy
from convcli.inputs.networks.lists import read_stack
from convcli.inputs.networks.modules import parse_module
from convcli.inputs.text.expressions import parse_expression
from convcli.inputs.text.literals import parse_brackets, parse_rows
from convcli.inputs.text.numbers import (
    parse_padding,
    parse_per_axis,
    parse_position,
    parse_range,
    parse_shape,
)
from tests.cli.test_fuzz import random_line
from tests.fuzz import command_words
from tests.fuzz.driver import Workers
from tests.fuzz.soaking import soak_workers
from tests.inputs.test_npy_fuzz import damaged, whole_files
from tests.random_layers import random_layer
from tests.random_stacks import random_stack

MOST = 10**6  # bytes that a damaged header may ask for


def one_layer(seed: int) -> None:
    layer = random_layer(random.Random(seed))
    found = convolve(*layer)
    assert np.array_equal(found, read_tap_tables(operands(*layer)).reshape(found.shape)), (
        f"layer {seed}"
    )
    arrays, upstream = gradient_operands(*layer, None)
    for ours, by_tables in zip(
        gradients(*layer), contract_tap_tables(arrays, upstream), strict=True
    ):
        assert np.array_equal(ours, by_tables), f"gradients of layer {seed}"
    if has_torch():
        from convcli.backends.oracle import torch_convolve

        assert np.array_equal(found, torch_convolve(*layer)), f"layer {seed} beside torch"


def one_file(seed: int, files: list[bytes]) -> None:
    rng = random.Random(seed)
    read(damaged(rng, rng.choice(files)))


def read(data: bytes) -> None:
    """Read, or refuse with the one exception."""
    with suppress(ConvError):
        assert read_npy(io.BytesIO(data), "X", admit=_admit).nbytes <= len(data)


def _admit(size: int) -> None:
    if size > MOST:
        raise ConvError("memory.limit", "too much", kind="memory")


def one_line(seed: int) -> None:
    line = random_line(random.Random(seed))
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    status = convcli(line, Streams(io.TextIOWrapper(io.BytesIO(b"")), out, err))
    out.flush()
    assert status in (0, 1, 2, 3, 4, 5, 6), f"{line}: {status}"
    assert status < 2 or not out.buffer.getvalue(), f"{line}: an error, and something on stdout"  # type: ignore[attr-defined]


def one_to_six_words(seed: int) -> None:
    line = command_words.random_words(random.Random(seed))
    if command_words.is_quick(line):
        command_words.check(line)


def one_stack(seed: int) -> None:
    _, shape, steps = random_stack(random.Random(seed))
    for by_impulses in (False, True):
        assert prove(steps, len(steps) - 1, shape, by_impulses=by_impulses).differing == (), (
            f"stack {seed}"
        )


def hundred_texts(first: int) -> None:
    """A hundred texts to every parser of text: an answer, or the one exception."""
    from hypothesis import HealthCheck, given, seed, settings
    from hypothesis import strategies as st

    pieces = st.lists(
        st.one_of(st.sampled_from(WORDS_OF_TEXTS), st.text(max_size=3), st.integers().map(str)),
        max_size=12,
    )

    @seed(first)
    @settings(
        max_examples=100, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(pieces.map("".join))
    def parsed(text: str) -> None:
        for parse in PARSERS:
            with suppress(ConvError):
                parse(text)

    parsed()


WORDS_OF_TEXTS = [
    *" ()[]{}=,:;.'\"#<->\n-x",
    *(
        "Conv2d",
        "nn.",
        "ReLU()",
        "Sequential(",
        "MaxPool2d",
        "kernel_size",
        "same",
        "1e400",
        "nan",
        "3 x ",
    ),
]
PARSERS = (
    parse_expression,
    parse_module,
    parse_shape,
    parse_padding,
    parse_position,
    lambda text: parse_per_axis(text, "stride"),
    lambda text: parse_range(text, "sizes", 100),
    lambda text: read_stack([f"({text}"]),
    lambda text: read_stack([f"{text}\n"]),
    lambda text: parse_rows(text, "X"),
    lambda text: parse_brackets(text, "X"),
)


class Soak:
    """Workers that take turns, the number of their cases, and their distinct faults."""

    def __init__(self, first: int, report: Path | None) -> None:
        self.first = first
        self.report = report and report.resolve()
        self.counts = Counter[str]()
        self.faults: dict[tuple[str, str], str] = {}
        self.start = time.monotonic()

    def run(self, workers: dict[str, Callable[[int], None]], seconds: float) -> None:
        while time.monotonic() < self.start + seconds:
            for name, work in workers.items():
                until = time.monotonic() + 1
                while time.monotonic() < until:
                    self.one(name, work)
            if self.report:
                self.report.write_text(f"{self}\n", encoding="utf-8", errors="backslashreplace")

    def one(self, name: str, work: Callable[[int], None]) -> None:
        seed = self.first + self.counts[name]
        self.counts[name] += 1
        try:
            work(seed)
        except Exception as error:
            text = f"{name}, seed {seed}: {type(error).__name__}: {error}"
            kind = re.sub("[0-9]+", "N", str(error).partition(": [")[2][:60] or str(error)[:60])
            if self.faults.setdefault((name, kind), text) == text:
                print(text, flush=True)

    def __str__(self) -> str:
        tried = ", ".join(f"{count} {name}" for name, count in self.counts.items())
        minutes = (time.monotonic() - self.start) / 60
        end = f"{tried}, from seed {self.first}, in {minutes:.0f} minutes"
        return "\n".join(
            (f"{len(self.faults) or 'no'} distinct faults in {end}", *self.faults.values())
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument(
        "--seed", type=int, default=None, help="of the first case; without it, the time"
    )
    parser.add_argument("--no-inputs", action="store_true", help="no damaged inputs of each format")
    parser.add_argument("--report", type=Path, help="a file for the counts and the faults")
    parser.add_argument("--atheris", action="store_true")
    options, rest = parser.parse_known_args()
    if options.atheris:
        guided(rest)
    soak = Soak(int(time.time()) << 20 if options.seed is None else options.seed, options.report)
    files = whole_files()
    workers: dict[str, Callable[[int], None]] = {
        "layers": one_layer,
        "files": lambda seed: one_file(seed, files),
        "lines": one_line,
        "lines of any words": one_to_six_words,
        "stacks": one_stack,
    }
    if find_spec("hypothesis"):
        workers["hundreds of texts"] = hundred_texts
    with tempfile.TemporaryDirectory() as folder, Workers() as processes:
        workers |= {} if options.no_inputs else soak_workers(processes)
        os.chdir(folder)
        np.save("a.npy", np.arange(16, dtype=np.float16).reshape(4, 4))
        soak.run(workers, 60 * options.minutes)
        os.chdir("/")
    print(soak)
    sys.exit(1 if soak.faults else 0)


def guided(arguments: list[str]) -> None:
    """atheris on the .npy reader; its own options follow --atheris."""
    import atheris  # type: ignore[import-not-found]

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *arguments], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
