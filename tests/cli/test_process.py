"""The program as a process: pipes that close, disks that are full, signals."""

from __future__ import annotations

import io
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from convcli.backends.oracle import has_torch
from convcli.cli.app.main import COMMANDS
from convcli.cli.output import streams
from tests.stepping_program import stepping

PROGRAM = [sys.executable, "-m", "convcli"]
ENDLESS = ["trace", "conv2d", "zeros:3000x3000", "ones:3x3", "-f", "jsonl"]


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*PROGRAM, *arguments], stderr=subprocess.PIPE, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_a_reader_that_leaves_ends_the_program_silently() -> None:
    with subprocess.Popen(
        [*PROGRAM, *ENDLESS], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"schema": 1')
        process.stdout.close()
        assert process.wait() == 141
        assert process.stderr.read() == b""


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (getattr(signal, "SIGHUP", signal.SIGTERM), 129)],
)
def test_signals_leave_nothing_half_written(tmp_path: Path, number: int, status: int) -> None:
    target = tmp_path / "out.jsonl"
    with stepping(*ENDLESS, "-o", str(target)) as steps:
        steps.go_until("write")
        assert len(os.listdir(tmp_path)) <= 1  # a temporary file, where it needs a name
        steps.process.send_signal(number)
        _, err = steps.process.communicate()  # closes stdin: the program runs on
    assert (err, steps.process.returncode) == (b"", status)
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_full_disk(form: str) -> None:
    with open("/dev/full", "wb") as full:
        ran = run("run", "conv2d", "arange:99x99", "ones:3x3", "-f", form, stdout=full)
    assert ran.returncode == 5
    assert ran.stderr.count(b"\n") == 1
    assert b"No space left" in ran.stderr
    ran = run(
        "run", "conv2d", "arange:9x9", "ones:3x3", "-o", "/dev/full", stdout=subprocess.DEVNULL
    )
    assert (ran.returncode, b"No space left" in ran.stderr) == (5, True)
    assert not os.path.exists("/dev/full.npy")


def test_a_closed_stdout() -> None:
    ran = subprocess.run(
        ["bash", "-c", '"$@" >&-', "_", *PROGRAM, "shape", "conv2d", "5x5", "-k", "3"],
        stderr=subprocess.PIPE,
        check=False,
    )
    assert ran.returncode == 5
    assert ran.stderr == b"convcli: error: standard output is closed.\n"


def test_a_pipe_of_stderr_that_is_closed_changes_no_exit_code() -> None:
    beyond = ["conv2d", "4x4", "-k", "3", "-p", "4", "--padding-mode", "reflect"]
    for words, code in ((beyond, 2), (["conv2d", "5x5", "-k", "3"], 0)):
        reading, writing = os.pipe()
        os.close(reading)
        command = [*PROGRAM, "shape", *words, "-q"]
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=writing, check=False)
        os.close(writing)
        assert ran.returncode == code


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_of_stdout(encoding: str) -> None:
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    for form in ("table", "json", "plain"):
        ran = run(
            "trace",
            "conv2d",
            "arange:30x30",
            "ones:3x3",
            "--at",
            "0,0",
            "-f",
            form,
            stdout=subprocess.PIPE,
            env=environment,
        )
        assert (ran.returncode, ran.stderr) == (0, b"")
        ran.stdout.decode(encoding if form != "json" else "utf-8")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(command, marks=[pytest.mark.slow] if command == "check" else [])
        for command in COMMANDS
    ],
)
def test_help_shows_two_examples_that_run(
    convcli: Callable[..., Any], tmp_path: Path, command: str
) -> None:
    shown = convcli(command, "-h").out
    examples = [line.strip() for line in shown.split("Examples:")[1].splitlines() if line.strip()]
    assert len(examples) == 2
    for example in examples:
        line = example.replace("convcli ", f"{sys.executable} -m convcli ", 1)
        ran = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, check=False)
        assert ran.returncode == (0 if has_torch() or command != "check" else 6), example


def test_version_and_no_arguments() -> None:
    assert run("--version", stdout=subprocess.PIPE).stdout.startswith(b"convcli 0.")
    bare = run(stdout=subprocess.PIPE)
    assert (bare.returncode, bare.stdout) == (2, b"")
    assert b"Commands:" in bare.stderr


def test_completion_knows_the_commands_and_their_options() -> None:
    def complete(line: str) -> str:
        words = line.split(" ")
        environment = os.environ | {
            "_CONVCLI_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
        }
        return run(stdout=subprocess.PIPE, env=environment).stdout.decode()

    assert complete("convcli sh").split() == ["shape", "show"]
    assert "--kernel-size" in complete("convcli shape --ker")


ENDING = """
import atexit, os, sys, threading
from convcli.cli.app.main import run_program
atexit.register(os.write, 2, b"atexit ")
{before}
try:
    run_program()
except SystemExit as ended:
    os.write(2, b"SystemExit %d " % ended.code)
    sys.setprofile(None)
"""


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("", "atexit "),
        ("sys.setprofile(lambda *_: None)", "SystemExit 0 atexit "),
        ("sys.modules['h5py'] = sys", "SystemExit 0 atexit "),
        (
            "threading.Thread("
            "target=lambda: (threading.main_thread().join(), os.write(2, b' . '))).start()",
            "SystemExit 0 . atexit ",
        ),
    ],
)
def test_the_end_leaves_out_no_more_than_the_modules(before: str, said: str) -> None:
    program = [sys.executable, "-c", ENDING.format(before=before)]
    ran = subprocess.run(
        [*program, "shape", "conv2d", "5x5", "-k", "3", "-q"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (0, "3x3\n")
    assert sorted(ran.stderr.split()) == sorted(said.split())


@pytest.mark.parametrize("source", ["-", "fifo"])
def test_a_partner_has_each_answer_before_it_sends_the_next_line(
    tmp_path: Path, source: str
) -> None:
    path = source
    if source == "fifo":
        path = str(tmp_path / "lines")
        os.mkfifo(path)
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [*PROGRAM, "shape", "--batch", path, "-q"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=buffered,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked = process.stdin if source == "-" else open(path, "wb")  # noqa: SIM115
        with asked:
            for size in (9, 10, 11):
                asked.write(b'{"layer": "Conv1d(1, 2, 3)", "input_shape": [1, 1, %d]}\n' % size)
                asked.flush()
                ready, _, _ = select.select([process.stdout], [], [], 60)
                assert ready
                assert os.read(process.stdout.fileno(), 100) == b"1x2x%d\n" % (size - 2)
            # half a line is no line, and two that come together are both answered
            asked.write(b'{"layer": "Conv1d(1, 2, 3)", "input_')
            asked.flush()
            asked.write(b'shape": "9"}\n{"layer": "Conv1d(1, 1, 1)", "input_shape": "7"}')
        assert process.stdout.read() == b"2x7\n7\n"
        assert process.wait() == 0


def test_pieces_that_come_slowly_are_written_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.01, 0.02, 5.0, 5.01])
    monkeypatch.setattr(streams, "monotonic", clock.__next__)
    written = io.BytesIO()
    stdout = io.TextIOWrapper(io.BufferedWriter(Recorded(written)))
    pieces = streams.Streams(None, stdout, None)
    seen = []

    def made() -> Iterator[str]:
        for number in range(4):
            yield str(number)
            seen.append(written.getvalue())

    pieces.write_pieces(made())
    assert seen == [b"", b"", b"012", b"012"]
    pieces.flush()
    assert written.getvalue() == b"0123"


class Recorded(io.RawIOBase):
    def __init__(self, written: io.BytesIO) -> None:
        self.written = written

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self.written.write(data)
