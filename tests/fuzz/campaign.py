"""Runs many damaged inputs of every format and reports the distinct faults.

`python -m tests.fuzz.campaign --count 20000` runs that many inputs over all formats. Faults with
the same format and signature are one; the report has their number and the shortest case.
`--show onnx 17` writes the files of a case and prints its command line and its outcome.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.case import Case
from tests.fuzz.driver import PATIENCE, Workers, files_for
from tests.fuzz.invariants import faults, signature
from tests.fuzz.registry import FORMATS


class Fault(NamedTuple):
    """One distinct fault: the shortest case that shows it, by its seed."""

    text: str
    seed: int
    case: Case
    count: int


Faults = dict[tuple[str, str], Fault]
Statuses = Counter[tuple[str, int]]


def collect(
    name: str, seeds: range, workers: Workers, into: Faults, statuses: Statuses, until: float
) -> int:
    """Run the cases of one format until the seeds or the time are used up; returns how many."""
    for number, seed in enumerate(seeds):
        if time.monotonic() > until:
            return number
        case = FORMATS[name].case(seed)
        outcome = workers.run(case)
        statuses[name, int(outcome.status)] += 1
        for text in faults(case, outcome):
            key = (name, signature(text) + code_of(case, text, workers))
            known = into.get(key)
            shorter = known is None or _size(case) < _size(known.case)
            kept = Fault(text, seed, case, 0) if known is None or shorter else known
            into[key] = kept._replace(count=(known.count if known else 0) + 1)
    return len(seeds)


def code_of(case: Case, text: str, workers: Workers) -> str:
    """The code of the error whose words are at fault."""
    if not text.startswith(("raw stderr", "address stderr", "error ")) or case.wants_json:
        return ""
    if case.argv[0] == "show":
        return " of show"
    pairs = zip(case.argv, ("", *case.argv), strict=False)
    kept = [word for word, before in pairs if word not in ("-f", "-q") and before != "-f"]
    err = workers.run(case._replace(argv=(*kept, "--json"))).err
    match = re.search(rb'"code": "([\w.]+)"', err)
    return f" of {match[1].decode()}" if match else ""


def _size(case: Case) -> int:
    return len(case.stdin) + sum(len(data) for _, data in case.files) + len(case.command())


def report(found: Faults, counts: Counter[str], statuses: Statuses) -> str:
    lines = [f"{sum(counts.values())} inputs, {len(found)} distinct faults", ""]
    for name, count in counts.items():
        codes = {status: met for (one, status), met in sorted(statuses.items()) if one == name}
        lines.append(f"{name}: {count}; exit statuses {codes}")
    for (name, key), fault in sorted(found.items(), key=lambda item: (item[0][0], -item[1].count)):
        lines += [
            "",
            f"## {name}: {key}",
            f"met {fault.count} times; seed {fault.seed}: {fault.case.command()[:400]}",
            f"    {fault.text[:600]}",
        ]
    return "\n".join(lines) + "\n"


def show(name: str, seed: int, folder: Path) -> None:
    """Write the files of a case, and say what it does."""
    case = FORMATS[name].case(seed)
    files_for(case, folder)
    with Workers() as workers:
        outcome = workers.run(case)
    print(f"cd {folder}; {case.command()}\n{outcome}\n", *faults(case, outcome), sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=2100, help="inputs, over all formats")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=600.0, help="the most that it takes")
    parser.add_argument("--formats", nargs="*", default=list(FORMATS), choices=list(FORMATS))
    parser.add_argument("--report", type=Path, help="a file for the report")
    parser.add_argument(
        "--patience", type=float, default=PATIENCE, help="seconds that a case may take"
    )
    parser.add_argument("--show", nargs=2, metavar=("FORMAT", "SEED"))
    parser.add_argument("--folder", type=Path, default=Path("fuzz-case"), help="for --show")
    options = parser.parse_args()
    if options.show:
        show(options.show[0], int(options.show[1]), options.folder)
        return
    found: Faults = {}
    counts: Counter[str] = Counter()
    statuses: Statuses = Counter()
    until = time.monotonic() + 60 * options.minutes
    share = -(-options.count // len(options.formats))
    for name in options.formats:
        with Workers(options.patience) as workers:
            seeds = range(options.seed, options.seed + share)
            counts[name] += collect(name, seeds, workers, found, statuses, until)
        distinct = sum(one == name for one, _ in found)
        print(f"{name}: {counts[name]} inputs, {distinct} distinct faults", flush=True)
    text = report(found, counts, statuses)
    if options.report:
        options.report.write_text(text, encoding="utf-8", errors="backslashreplace")
    print(text)


if __name__ == "__main__":
    main()
