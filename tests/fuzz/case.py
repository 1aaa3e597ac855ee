"""Case, Outcome and Format: what is run, what came of it, and where cases come from."""

from __future__ import annotations

import random
import shlex
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

MIB = 2**20
MAX_MEMORY = 256 * MIB  # what the cases allow with --max-memory
LIMIT = ("--max-memory", str(MAX_MEMORY))
STACK_PEAK = 128 * MIB  # that a list of layers may take
SECONDS = 5.0  # that a case may take
LAYOUTS = ("NHWC", "HWC", "WH", "HWIO", "NHWC,HWIO", "NLC", "NDHWC,DHWIO", "LIO", "TC", "CXYZ")
MAPS = ("clip", "linear", "absolute", "signed")
TABLES = (".csv", ".tsv", ".txt")
PICTURES = (".png", ".tif", ".jpg", ".bmp", ".webp", ".gif", ".pgm", ".ppm")
WRITING = ("run", "grad", "matrix", "learn")  # commands
PRINTED = ("--json", "-q", "-f", "plain", "markdown", "latex", "csv")  # `output_options`
RESULT = "y."  # how the files begin that a result goes to
WRITTEN_FILES = tuple(f"{RESULT}{suffix}" for suffix in (
    "npy", "npz", "safetensors", "png", "tif", "jpg", "bmp", "webp", "gif", "pgm", "ppm", "nii",
    "nii.gz", "wav", "csv", "tsv", "json", "jsonl", "html", "svg", "md", "txt", "x",
))  # fmt: skip


class Case(NamedTuple):
    """One command line: `argv`, the files in its folder, and the contents of its standard input.

    `needs` names the packages that are imported beforehand, so that their import is not measured.
    With `request` the command line is a server, and the bytes of this HTTP request are sent to it;
    TOKEN in them stands for the server's path.
    """

    argv: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...] = ()
    stdin: bytes = b""
    needs: tuple[str, ...] = ()
    request: bytes | None = None
    peak: int = MAX_MEMORY + 128 * MIB  # the most bytes that the run may add to resident memory
    may_write: bool = False
    links: tuple[tuple[str, str], ...] = ()  # names in the folder, and what they point at

    @property
    def wants_json(self) -> bool:
        return "--json" in self.argv or ("-f", "json") in zip(
            self.argv, self.argv[1:], strict=False
        )

    @property
    def is_for_people(self) -> bool:
        """Whether stdout is in one of the formats that people read."""
        machine = {"--json", "-q", "json", "jsonl", "csv", "--batch"}
        return self.request is None and not machine & set(self.argv)

    def command(self) -> str:
        return shlex.join(("convcli", *self.argv))


class Outcome(NamedTuple):
    """What a run did.

    `ended` is empty, or says how the process died; `stray` is what went to the descriptors 1 and 2
    past the streams of `main`; `started` is what an audit hook saw of processes, networks, foreign
    libraries, imports by name and files opened for writing; `written` are the bytes of the files
    that are `left`; `changed` are the files of the case that hold something else; `bug` is
    the exception behind status 70 and its place.
    """

    status: int
    out: bytes = b""
    err: bytes = b""
    stray: bytes = b""
    started: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu: float = 0.0
    peak: int = 0
    left: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    written: int = 0
    ended: str = ""
    bug: str = ""


class Format(NamedTuple):
    """A kind of input: `make` turns random numbers into a case, with the packages in `needs`."""

    name: str
    make: Callable[[random.Random], Case]
    needs: tuple[str, ...] = ()
    is_array: bool = False  # whether the cases come from `array_command`

    def case(self, seed: int) -> Case:
        rng = random.Random(f"{self.name}:{seed}")
        case = self.make(rng)
        case = with_array_options(rng, case) if self.is_array else case
        return case._replace(needs=tuple(dict.fromkeys((*self.needs, *case.needs))))

    def missing(self) -> list[str]:
        return [name for name in self.needs if find_spec(name) is None]


def array_command(rng: random.Random, file: str) -> tuple[str, ...]:
    """A command line that reads `file` as one of its arrays."""
    limit = LIMIT
    line: tuple[str, ...] = rng.choice((
        ("run", "conv2d", file, "ones:1x1", *limit),
        ("run", "conv2d", file, "ones:1x1", *limit),
        ("run", "conv1d", file, "ones:1", *limit),
        ("run", "conv3d", file, "ones:1x1x1", *limit),
        ("run", "conv2d", "arange:6x6", file, *limit),
        ("run", "conv2d", "arange:3x3", "ones:1x1", "--bias", file, *limit),
        ("trace", "conv2d", file, "ones:1x1", *limit),
        ("grad", "conv2d", file, "ones:1x1", *limit),
        ("matrix", "conv2d", file, "ones:1x1", *limit),
        ("show", "conv2d", file, "ones:1x1", *limit),
        ("learn", "conv2d", file, "ones:3x3", "-k", "1", "--epochs", "2", *limit),
        (
            "learn", "conv2d", "ones:3x3", "ones:3x3", "-k", "1", "--epochs", "2", *limit,
            "--weight", file,
        ),
        ("run", "conv2d", "arange:3x3", "ones:1x1", "--expect", file, *limit),
    ))  # fmt: skip
    return line if line[0] == "show" else (*line, *output_options(rng))


def with_array_options(rng: random.Random, case: Case) -> Case:
    """The case with options of arrays, right or not, and with a file that the result goes to."""
    line, words = case.argv, []
    if rng.random() < 0.1:
        words += ["--layout", _perhaps_damaged(rng, rng.choice(LAYOUTS))]
    is_table = any(name.endswith(TABLES) for name, _ in case.files)
    if rng.random() < (0.3 if is_table else 0.02):
        words += ["--decimal", rng.choice((".", ",", ",", ";"))]
    file = rng.choice(WRITTEN_FILES)
    to_file = line[0] in WRITING and rng.random() < 0.4
    if to_file:
        words += ["-o", file, *rng.choice(((), (), ("--force",)))]
        if rng.random() < 0.9:  # what is printed depends on the file
            line = tuple(word for word in line if word not in PRINTED)
    if rng.random() < (0.7 if to_file and file.endswith(PICTURES) else 0.03):
        words += ["--map", _perhaps_damaged(rng, rng.choice(MAPS))]
    return case._replace(argv=(*line, *words), may_write=to_file)


def _perhaps_damaged(rng: random.Random, word: str) -> str:
    from tests.fuzz.damage import damaged_text

    if rng.random() < 0.8:
        return word
    return damaged_text(rng, word).replace("\0", "").replace("\ud800", "")


def output_options(rng: random.Random) -> tuple[str, ...]:
    return rng.choice((
        (), (), ("--json",), ("--json",), ("-f", "plain"), ("-f", "markdown"), ("-f", "latex"),
        ("-q",), ("-f", "csv"),
    ))  # fmt: skip


def stack_command(rng: random.Random, *sources: str) -> tuple[str, ...]:
    """A command line that reads `sources` as layers of a network."""
    shape = "1x1x8x8"
    if rng.random() < 0.5:
        shape = rng.choice(
            ("1x1x8x8", "1x3x16x16", "1x8x8", "8x8", "3x32", "16", "2x3x4x4x4", "0x1x8x8")
        )
    questions: tuple[str, ...] = rng.choice((
        (), (), (), ("--prove",), ("--sizes", "1..9"), ("--mirror",), ("--unit", "0,0"),
        ("--target-rf", "3"),
        ("--compare",),
    ))  # fmt: skip
    return ("stack", *sources, shape, *questions, *output_options(rng))


def stack_case(rng: random.Random, source: str, files: tuple[tuple[str, bytes], ...] = ()) -> Case:
    """A case that reads `source`, which is small, as layers of a network."""
    return Case(stack_command(rng, source), files, peak=STACK_PEAK)


def packed(name: str, data: bytes | str) -> tuple[tuple[str, bytes], ...]:
    """One file, as `Case.files` holds it; text may hold lone surrogates."""
    return ((name, data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data),)


def picked(rng: random.Random, table: dict[str, Any]) -> Any:
    """A value of a table, in an order that depends on nothing but the generator."""
    return table[rng.choice(sorted(table))]
