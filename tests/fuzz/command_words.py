"""Command lines of one to six words: any word at any place, and what must hold of each of them."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from convcli.cli.app.main import COMMANDS, main, parser_of
from convcli.cli.app.usage import wants_json
from convcli.cli.output.streams import Streams
from convcli.exit_status import ExitStatus

DOCUMENTED = frozenset(int(status) for status in ExitStatus) - {ExitStatus.BUG}
NEVER = (  # they run for ever, start processes, or write into the home folder
    "--serve",
    "--install-completion",
    "--show-completion",
    "--workers",
    "--dask-address",
    "--scheduler-file",
    "--jobs",
)
VALUES = [
    *("", " ", "-", "--", "---", "=", "-=", "--=", ":", "0", "1", "-1", "2", "3", "1:2", "1,2"),
    *("3.0", "1e999", "nan", "x", "\u00e9", "\x1b[31m", "\u202e", "a\nb", "'", '"', "`force`"),
    *("{0}", "%s", "\\", "same", "SAME", "valid", "?", "5x5", "1x1x5x5", "3x5x5", "0x3", "1x"),
    *("conv2d", "conv1d", "conv_transpose2d", "conv4d", "Conv2d(1, 1, 3)", "Conv2d("),
    *("Conv2D(1, 3)", "MaxPool2d(2)", "maxpool2d", "ReLU()", "lenet5", "1 2; 3 4", "[[1, 2]]"),
    *("[", "ones:3x3", "arange:1x1x5x5", "kernel:sobel-x", "kernel:sobel", "kernel:", "rand:"),
    *("no.npy", "f.jsonl", "json", "jsonl", "csv", "zh", "xx", "table", "out.npy", "out.json"),
    *("out.png", "no/x.npy", "-fjson", "-fjsonl", "-qf", "-qfjson", "-fq", "-kq", "-k3", "-k=3"),
    *("-s2", "-stride", "-json", "--format=json", "--format=", "--json=1", "--kernel_size"),
    *("--kern", "--bogus", "-v", "-V", "--version", "--verison", "-h", "--help", "-z", "-xyz"),
    *("--no-such=1", "help", "version"),
]
USUAL = {
    "shape": "conv2d 5x5 -k 3",
    "trace": "conv2d arange:5x5 ones:3x3",
    "run": "conv2d arange:5x5 ones:3x3",
    "init": "conv2d --in-channels 1 -k 3",
    "grad": "conv2d arange:5x5 ones:3x3",
    "learn": "conv2d ones:5x5 ones:3x3 -k 3",
    "stack": "ReLU() 1x5x5",
    "solve": "conv2d 5x5 3x3",
    "matrix": "conv2d arange:5x5 ones:3x3",
    "show": "conv2d arange:5x5 ones:3x3",
    "check": "--cases 1",
    "explain": "f.jsonl",
    "port": "conv2d 1x1x5x5 -k 3",
    "exercise": "--count 2",
    "help": "padding",
}
LINE_OF_ERROR = re.compile(r"convcli: (?:error|note): ")


class Outcome(NamedTuple):
    """How a command line ended."""

    status: int
    out: bytes
    err: str


@cache
def options_of(command: str) -> tuple[str, ...]:
    """The options of a command that may be tried."""
    params: list[Any] = parser_of(()).commands[command].params
    names = [name for param in params if param.param_type_name == "option" for name in param.opts]
    return tuple(name for name in names if name not in NEVER)


@cache
def vocabulary() -> tuple[str, ...]:
    """Every command, every option of each, and values that fit and do not fit them."""
    options = dict.fromkeys(name for command in COMMANDS for name in options_of(command))
    return (*COMMANDS, *options, *VALUES)


def single_words() -> Iterator[list[str]]:
    """Every word alone, and no word."""
    yield []
    yield from ([word] for word in vocabulary())


def pairs() -> Iterator[list[str]]:
    """Every command with every word behind it, and before it."""
    for command in COMMANDS:
        for word in vocabulary():
            yield [command, word]
            yield [word, command]


def options_at_every_place() -> Iterator[list[str]]:
    """A line that works for each command, with each option of any command at each place."""
    options = [word for word in vocabulary() if word.startswith("-")]
    for command, rest in USUAL.items():
        line = [command, *rest.split()]
        for option in options:
            for at in range(len(line) + 1):
                yield [*line[:at], option, *line[at:]]


def random_words(rng: random.Random) -> list[str]:
    """One to six words; most lines begin with a command, half of their words are its options."""
    count = rng.randint(1, 6)
    if rng.random() < 0.4:
        return [rng.choice(vocabulary()) for _ in range(count)]
    command = rng.choice([name for name in COMMANDS if name != "check"])
    line = [command]
    if rng.random() < 0.5:
        line += USUAL[command].split()[: count - 1]
    while len(line) < count:
        own = rng.random() < 0.5
        line.insert(
            rng.randint(1, len(line)), rng.choice(options_of(command) if own else vocabulary())
        )
    return line


def is_quick(line: list[str]) -> bool:
    """Whether the line may be run: `check` alone compares 200 layers, and most words are longer."""
    return not set(NEVER) & set(line) and ("check" not in line or "1" in line)


def run(line: list[str]) -> Outcome:
    """The command line, in this process, on streams that are no terminal."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    status = main(line, Streams(io.TextIOWrapper(io.BytesIO(b"")), out, err))
    out.flush()
    return Outcome(status, out.buffer.getvalue(), err.getvalue())  # type: ignore[attr-defined]


def check(line: list[str]) -> Outcome:
    """Run the line, and raise AssertionError with it where something does not hold."""
    outcome = run(line)
    status, out, err = outcome
    assert status in DOCUMENTED, (line, outcome)
    assert "Traceback" not in err or "--debug" in line, (line, err)
    assert "\x1b" not in err, (line, err)
    if status <= ExitStatus.ANSWER_IS_NO:
        return outcome
    assert out == b"", (line, out)
    if not line or "--debug" in line:
        return outcome
    lines = [each for each in err.splitlines() if not each.startswith(("  ", "convcli: note: "))]
    assert len(lines) == 1, (line, err)
    if wants_json(line):
        error = json.loads(lines[0])["error"]
        assert {"code", "message", "option", "axis"} == set(error), (line, err)
    else:
        assert lines[0].startswith("convcli: error: "), (line, err)
    return outcome
