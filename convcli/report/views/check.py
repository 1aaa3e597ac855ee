"""The view of `convcli check`: what random layers gave beside torch, by kind of layer."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from convcli.engine.compute.comparison import Comparison
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import Block, Column, Document, Fact, Facts, Note, Table
from convcli.report.quantities import Phrase, Rounded
from convcli.report.spelling.comparisons import comparison_phrase
from convcli.report.spelling.layer_arguments import layer_arguments, layer_name
from convcli.report.words.vocabulary import ENGLISH, Words

DIGITS = 3  # of a largest difference, for people


@dataclass(frozen=True)
class Case:
    """One random layer: its arrays, as on a command line, and their comparisons with torch.

    `refusal` is torch's error, where it computes nothing.
    """

    seed: int
    spec: ConvSpec
    arrays: dict[str, str]
    comparisons: dict[str, Comparison]
    refusal: str | None = None

    @property
    def agrees(self) -> bool:
        """Whether torch computes the same."""
        return self.refusal is None and all(each.agrees for each in self.comparisons.values())

    @property
    def command(self) -> str:
        """The command line that shows this case again."""
        values = self.comparisons.get("values")
        wrong_gradients = self.refusal is None and values is not None and values.agrees
        bias = ["--bias", self.arrays["bias"]] if "bias" in self.arrays else []
        arrays = [self.arrays["input"], self.arrays["weight"], *bias]
        return shlex.join(
            [
                "convcli",
                "grad" if wrong_gradients else "run",
                *layer_arguments(self.spec),
                *arrays,
                "--check",
            ]
        )


def check_view(cases: Sequence[Case], torch_version: str, words: Words = ENGLISH) -> Document:
    """The document on checked cases; its essential value is the number of those that disagree."""
    wrong = [case for case in cases if not case.agrees]
    rows = [
        _row(name, [case for case in cases if layer_name(case.spec) == name])
        for name in sorted({layer_name(c.spec) for c in cases})
    ]
    columns = (
        Column("layer", words("layer")),
        Column("cases", words("check.cases")),
        Column("values", None),
        Column("gradients", None),
        Column(None, words("check.values")),
        Column(None, words("check.gradients")),
        Column("disagree", words("check.disagree")),
    )
    seeds = f"{cases[0].seed}..{cases[-1].seed}" if cases else None
    facts = (
        Fact("cases", words("check.cases"), len(cases)),
        Fact("seeds", words("check.seeds"), seeds),
        Fact("torch", "torch", torch_version),
        Fact("disagree", words("check.disagree"), len(wrong)),
    )
    blocks: list[Block] = [Table(columns, rows, key="layers"), Facts(facts)]
    for case in wrong:
        blocks.append(Note(_reason(case, words)))
        blocks.append(Note(case.command))
    records = [_record(case) for case in wrong]
    blocks.append(Facts((Fact("mismatches", None, records),)))
    title = words("check.title")
    return Document("check", tuple(blocks), essential=len(wrong), title=title, words=words)


def _row(name: str, cases: Sequence[Case]) -> tuple[Any, ...]:
    def largest(key: str) -> float:
        comparisons = (case.comparisons.get(key) for case in cases)
        return max((each.largest_difference for each in comparisons if each), default=0.0)

    differences = (largest("values"), largest("gradients"))
    rounded = (Rounded(difference, DIGITS) for difference in differences)
    return name, len(cases), *differences, *rounded, sum(not case.agrees for case in cases)


def _reason(case: Case, words: Words) -> Phrase:
    """Why a case does not agree: torch's refusal, or its comparisons."""
    reasons: list[Any] = [comparison_phrase(each, words) for each in case.comparisons.values()]
    if case.refusal is not None:
        reasons = [case.refusal]
    if len(reasons) == 1:
        return words.phrase("check.mismatch", seed=case.seed, reason=reasons[0])
    first, second = reasons
    return words.phrase("check.mismatches", seed=case.seed, reason=first, second=second)


def _record(case: Case) -> dict[str, Any]:
    compared = {name: comparison.as_data() for name, comparison in case.comparisons.items()}
    return {"seed": case.seed, "command": case.command, "torch_refused": case.refusal, **compared}
