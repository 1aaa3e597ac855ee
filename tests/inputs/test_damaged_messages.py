"""Messages with a number that no framework prints there: they are explained, or are not known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from convcli.inputs.messages.reader import explained
from convcli.render import MACHINE_FORMATS, Style, renderer
from convcli.report.views.explain import explain_view

DATA = Path(__file__).parent.parent / "data" / "messages"
AWKWARD = (
    "None", "?", "0", "-1", "1", "2", "7", "64", "999", "1000000007", "99999999999999",
    "9223372036854775807", "-1e+308", "1.5", "",
)  # fmt: skip
EVERYDAY_STEP = 61  # of all of them, one in so many is tried every day


def damaged() -> Iterator[str]:
    for path in sorted(DATA.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = json.loads(line)["text"]
            for number in re.finditer(r"-?\d+|None", text):
                for word in AWKWARD:
                    yield text[: number.start()] + word + text[number.end() :]


@pytest.mark.parametrize("step", [EVERYDAY_STEP, pytest.param(5, marks=pytest.mark.slow)])
def test_every_number_of_every_message_may_be_any_word(step: int) -> None:
    for at, text in enumerate(damaged()):
        if at % step:
            continue
        try:
            found = explained(text)
            if found is not None:
                document = explain_view(found.kind, found.framework, found.diagnosis, None)
                "".join(renderer(MACHINE_FORMATS[0])(document, Style()))
        except Exception as error:
            raise AssertionError(text) from error
