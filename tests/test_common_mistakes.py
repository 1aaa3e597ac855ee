"""The pages of common mistakes: statements with verdicts, in the index too, in both languages."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from tools.documentation import ROOT, anchors, blocks

PAGES = {
    "en": ROOT / "docs" / "explanation" / "common-mistakes.md",
    "zh": ROOT / "docs" / "zh" / "common-mistakes.md",
}
SECTION = re.compile(r"^### (?P<title>\d+\. .*)\n\n\*\*(?P<verdict>.+?)\*\*", re.MULTILINE)
ROW = re.compile(r"^\| (\d+) \| \[(.+)\]\(#(.+)\) \| (.+) \|$", re.MULTILINE)
VERDICTS = {"en": r"False\.$|True\b", "zh": r"错误$|仅.*成立$"}
LEAST = 25  # seventeen statements that are heard most, and at least eight more


class Section(NamedTuple):
    """A statement with its number, the verdict, and the commands that prove it."""

    title: str
    verdict: str
    commands: list[str]


def sections(language: str) -> list[Section]:
    text = PAGES[language].read_text("utf-8")
    parts = re.split(r"^(?=### )", text, flags=re.MULTILINE)[1:]
    found = []
    for part in parts:
        match = SECTION.match(part)
        assert match is not None, part[:80]
        commands = [block.command.strip() for block in blocks(part)]
        found.append(Section(match["title"], match["verdict"], commands))
    return found


@pytest.mark.parametrize("language", PAGES)
def test_the_index_agrees_with_the_sections(language: str) -> None:
    rows = ROW.findall(PAGES[language].read_text("utf-8"))
    found = sections(language)
    assert len(found) >= LEAST
    assert [f"{number}. {statement}" for number, statement, _, _ in rows] == [
        section.title for section in found
    ]
    names = anchors(PAGES[language].read_text("utf-8"))
    for (_, _, anchor, verdict), section in zip(rows, found, strict=True):
        assert anchor in names
        assert verdict.lower() == section.verdict.rstrip(".").lower()
        assert re.match(VERDICTS[language], section.verdict), section.title
        assert section.commands, section.title


def test_both_languages_prove_the_same() -> None:
    def bare(section: Section) -> list[str]:
        return [line.replace(" --lang zh", "") for line in section.commands]

    assert [bare(section) for section in sections("zh")] == [
        bare(section) for section in sections("en")
    ]
