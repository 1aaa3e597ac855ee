"""What must hold for every run, whatever the input is; each broken rule is one text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from convcli.exit_status import NO_MEMORY
from tests.fuzz.case import RESULT, SECONDS, Case, Outcome

STATUSES = (0, 1, 2, 3, 4, 5, 6)
BUG = 70
WRITTEN = 10 * 2**20  # bytes of output for which a run may take as long again
HELD = 3  # times that a run of the tests holds its output: whole, where a program writes it
LONGEST_ERROR = 4000  # characters
ADDRESS = re.compile(r"(?<![0-9A-Za-z_])0x(?=[0-9]*[a-f])[0-9a-f]{6,}")  # 0x1000000 is a shape
OBJECT = re.compile(r"<[^<>]{0,200} object at")
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
RAW = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff{BIDI}\ud800-\udfff]")
NOTE = "convcli: note: "  # a line on what a reader lost, before what comes after it
CARET = re.compile(r" *\^~*")


def faults(case: Case, outcome: Outcome) -> list[str]:
    """Every rule that the outcome breaks, with the evidence; none where all is well."""
    if outcome.ended:
        return [f"ended: {outcome.ended}"]
    return [*_of_status(case, outcome), *_of_text(case, outcome), *_of_cost(case, outcome)]


def _of_status(case: Case, outcome: Outcome) -> Iterator[str]:
    if outcome.status == BUG:
        yield f"bug: {outcome.bug}"
    elif outcome.status not in STATUSES:
        yield f"status: {outcome.status}"
    if outcome.left and not case.may_write:
        yield f"left: {', '.join(outcome.left)}"
    if outcome.status > 1 and any(name.startswith(RESULT) for name in outcome.left):
        yield f"written by an error: {', '.join(outcome.left)}"
    if outcome.changed and "--force" not in case.argv:
        yield f"changed: {', '.join(outcome.changed)}"
    if outcome.stray:
        yield f"stray: {outcome.stray[:300]!r}"
    if outcome.started:
        yield f"started: {'; '.join(outcome.started)[:300]}"
    if outcome.status > 1 and outcome.out and case.request is None and not _has_many(case):
        yield f"stdout of an error: {outcome.out[:80]!r}"


def _is_given(case: Case, text: str) -> bool:
    """Whether what looks like an address stands in the words or the files of the case."""
    return any(text in word for word in case.argv) or any(
        text.encode("utf-8", "surrogatepass") in data for _, data in case.files
    )


def _of_text(case: Case, outcome: Outcome) -> Iterator[str]:
    err = outcome.err.decode("utf-8", "surrogateescape")
    shown = [("stderr", err)]
    if case.is_for_people:
        shown.append(("stdout", outcome.out.decode("utf-8", "surrogateescape")))
    for name, text in shown:
        raw = RAW.search(text)
        if raw:
            yield f"raw {name}: {raw[0]!r} in {text[max(0, raw.start() - 60) : raw.end() + 20]!r}"
        if "Traceback (most recent call last)" in text:
            yield f"traceback on {name}"
        foreign = ADDRESS.search(text) or OBJECT.search(text)
        if foreign and not _is_given(case, foreign[0]):
            yield f"address {name}: {text[max(0, foreign.start() - 80) : foreign.end() + 20]!r}"
    if outcome.status > 1 and outcome.status != BUG and case.request is None:
        yield from _of_error(case, err)
    # else it is in a file, or it is no error that is known
    is_printed = outcome.out or not (case.may_write or case.argv[0] == "explain")
    if case.wants_json and outcome.status < 2 and is_printed and not _has_many(case):
        yield from _unless_json("stdout", outcome.out.decode("utf-8", "replace"))
    if case.request is not None and outcome.out[:1] == b"{":
        yield from _unless_json("answer", outcome.out.decode("utf-8", "replace"))


def _of_error(case: Case, err: str) -> Iterator[str]:
    """One line, and where a caret helps two more; with --json one object. Notes may precede it."""
    while err.startswith(NOTE):
        err = err.partition("\n")[2]
    lines = err.split("\n")[:-1]
    if _has_many(case):
        return
    if case.wants_json:
        yield from _unless_json("stderr", err)
    elif not lines or not lines[0].startswith("convcli: error: "):
        yield f"error line: {err[:120]!r}"
    elif len(lines) != 1 and not (len(lines) == 3 and CARET.fullmatch(lines[2])):
        yield f"error of {len(lines)} lines: {err[:300]!r}"
    if len(err) > LONGEST_ERROR:
        yield f"error of {LONGEST_ERROR} characters and more: {err[:120]!r}"


def _has_many(case: Case) -> bool:
    """Whether the case has several inputs, each with its own answer or error."""
    return bool({"--batch", "--each"} & set(case.argv))


def _unless_json(name: str, text: str) -> Iterator[str]:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        yield f"no JSON on {name}: {text[:120]!r}"


def _of_cost(case: Case, outcome: Outcome) -> Iterator[str]:
    if outcome.cpu > SECONDS * (1 + (len(outcome.out) + outcome.written) / WRITTEN):
        yield f"time: {outcome.cpu:.1f} s"
    if outcome.peak > case.peak + HELD * len(outcome.out):
        yield f"memory: {outcome.peak >> 20} MiB"
    if NO_MEMORY.encode() in outcome.err:  # the system refused it, not the program
        yield f"taken before it was admitted: {outcome.err.decode('utf-8', 'replace')[:80]}"


def signature(fault: str) -> str:
    """The fault without what changes from one input to the next."""
    kind, _, rest = fault.partition(": ")
    if kind in ("bug", "ended"):
        return fault
    if kind == "stray":
        return f"stray: {'a warning' if 'Warning' in rest else 'a line of a library'}"
    if kind == "started":
        return f"started: {rest.partition(' ')[0]}"
    return re.sub(r"[0-9]+", "N", kind)
