"""`python -m tests.fuzz.worker` runs cases one after another: pickled on stdin, outcomes on stdout.

Whatever a library writes to the descriptors 1 and 2 past the program is caught as `stray`. The
address space may grow by ROOM only, so that a case cannot take the machine's memory.
"""

from __future__ import annotations

import faulthandler
import io
import os
import pickle
import re
import resource
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from convcli.program import ignore_warnings
from tests.fuzz import audit
from tests.fuzz.case import MIB, Case, Outcome

ROOM = 2048 * MIB
PREFIX = "fuzz-"  # of the folders that cases run in
INSIDE = "case"
EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt)\b")
FRAME = re.compile(r'File ".*?convcli/([\w/]+\.py)", line \d+, in (\w+)')


def serve_cases() -> None:
    """Answer every case on stdin until it ends."""
    audit.install()
    ignore_warnings()
    answers = os.fdopen(os.dup(1), "wb")
    faulthandler.enable(os.fdopen(os.dup(2), "wb"))  # past what is caught below
    caught = tempfile.TemporaryFile()  # noqa: SIM115
    for descriptor in (1, 2):
        os.dup2(caught.fileno(), descriptor)
    questions = sys.stdin.buffer
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        while True:
            try:
                case: Case = pickle.load(questions)
            except EOFError:
                break
            outcome = run_in(Path(folder), case)
            pickle.dump(outcome._replace(stray=_taken_from(caught)), answers)
            answers.flush()
        os.chdir("/")


def _taken_from(caught: Any) -> bytes:
    sys.stdout.flush()
    sys.stderr.flush()
    caught.seek(0)
    data: bytes = caught.read()
    caught.seek(0)
    caught.truncate()
    return data


def run_in(folder: Path, case: Case) -> Outcome:
    """Run the case in this process, in a folder inside `folder`, which is empty before and after.

    So a case whose patterns lead to the folder above finds nothing there that is not its own.
    A case may change the current folder, as the code of a user's module does. What is removed
    afterwards is what `folder` holds, and nothing else.
    """
    here = folder / INSIDE
    here.mkdir()
    os.chdir(here)
    import_module("convcli.cli.app.main")
    for name in case.needs:
        with suppress(ImportError):
            import_module(name)
    for name, data in case.files:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(data)
    for name, target in case.links:
        Path(name).symlink_to(target)
    _limit_address_space()
    audit.begin()
    before, wall, cpu = _begin_peak(), time.monotonic(), time.process_time()
    answer = _asked(case) if case.request is not None else _ran(case.argv, case.stdin)
    started = audit.end(
        *(("socket.",) if case.request is not None else ()), *(("open",) if case.may_write else ())
    )
    os.chdir(here)
    cost: dict[str, Any] = {
        "cpu": time.process_time() - cpu,
        "seconds": time.monotonic() - wall,
        "peak": _status_of_process("VmHWM") - before,
    }
    bug = _place_of_bug(case) if answer.status == 70 and case.request is None else ""
    given = {name.partition("/")[0] for name, _ in (*case.files, *case.links)}
    left = tuple(sorted(name for name in os.listdir(here) if name not in given))
    changed = tuple(name for name, data in case.files if not _holds(here / name, data))
    cost["written"] = sum(os.lstat(name).st_size for name in left)
    os.chdir(folder)
    _empty(folder)
    bug = bug or answer.bug
    return answer._replace(left=left, changed=changed, bug=bug, started=started, **cost)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _ran(argv: tuple[str, ...], stdin: bytes) -> Outcome:
    from convcli.cli.app.main import main
    from convcli.cli.output.streams import Streams

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    try:
        status = main(list(argv), Streams(io.TextIOWrapper(io.BytesIO(stdin)), out, err))
    except BaseException as escaped:
        return Outcome(70, err=repr(escaped).encode("utf-8", "replace"))
    out.flush()
    err.flush()
    return Outcome(status, out.buffer.getvalue(), err.buffer.getvalue())  # type: ignore[attr-defined]


def _asked(case: Case) -> Outcome:
    from tests.fuzz.served import ask

    return ask(case.argv, case.request or b"")


def _place_of_bug(case: Case) -> str:
    """The exception, and the last function of convcli that it came through."""
    text = _ran((*case.argv, "--debug"), case.stdin).err.decode("utf-8", "replace")
    lines = [line for line in text.splitlines() if EXCEPTION.match(line)]
    kind = (lines[-1] if lines else text[:60]).partition(":")[0]
    frames = FRAME.findall(text)
    place, function = frames[-1] if frames else ("?", "?")
    return f"{kind} in {place}:{function}"


def _empty(folder: Path) -> None:
    """Remove what a folder made for cases holds."""
    if not folder.is_absolute() or not folder.name.startswith(PREFIX):
        raise RuntimeError(f"{folder} was not made for cases: nothing in it is removed")
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _limit_address_space() -> None:
    limit = _status_of_process("VmSize") + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))


def _begin_peak() -> int:
    """Make the kernel count the peak of resident memory from now on; returns what is resident."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status_of_process("VmRSS")


def _status_of_process(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


if __name__ == "__main__":
    serve_cases()
