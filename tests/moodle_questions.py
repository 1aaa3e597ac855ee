"""A reader of Moodle's XML, by its documentation, and the marks that Moodle gives.

Documented at docs.moodle.org: "Moodle XML format" and "Embedded Answers (Cloze) question type".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import NamedTuple
from xml.etree import ElementTree

_NUMBER = r"-?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?"
_FIELD = re.compile(r"\{(\d*):(NUMERICAL|NM):((?:[^}\\]|\\.)*)\}")
_ALTERNATIVE = re.compile(rf"(=|%-?\d+%)?({_NUMBER}|\*)(?::({_NUMBER}))?(?:#(.*))?", re.DOTALL)
KINDS = {"category", "numerical", "cloze"}


class Alternative(NamedTuple):
    """An answer that is expected, with its share of the mark."""

    value: float
    tolerance: float
    share: float
    feedback: str = ""


class Field(NamedTuple):
    """A number to fill in, which weighs so much."""

    weight: int
    alternatives: tuple[Alternative, ...]

    def mark(self, response: float) -> float:
        """The share of the first answer that the response agrees with."""
        for each in self.alternatives:
            if abs(response - each.value) <= each.tolerance:
                return each.share
        return 0


class Question(NamedTuple):
    """A question with the category into which it is imported."""

    kind: str
    name: str
    category: str
    text: str
    feedback: str
    penalty: float
    tags: tuple[str, ...]
    fields: tuple[Field, ...]

    def mark(self, responses: Sequence[float]) -> float:
        """The share of the whole mark."""
        marks = (
            field.weight * field.mark(response)
            for field, response in zip(self.fields, responses, strict=True)
        )
        return sum(marks) / sum(field.weight for field in self.fields)


def read_questions(xml: str) -> Iterator[Question]:
    """The questions of a file; fails where Moodle would not import one."""
    assert xml.startswith("<?xml"), "nothing may stand before the declaration"
    root = ElementTree.fromstring(xml.encode())
    assert root.tag == "quiz"
    category = ""
    for element in root:
        assert element.tag == "question"
        kind = element.attrib["type"]
        assert kind in KINDS
        if kind == "category":
            category = _text(element, "category")
            assert category.startswith("$course$/")
            continue
        assert element.find("questiontext").attrib["format"] == "html"  # type: ignore[union-attr]
        assert element.find("generalfeedback").attrib["format"] == "html"  # type: ignore[union-attr]
        text = _text(element, "questiontext")
        fields = tuple(_cloze(text)) if kind == "cloze" else (_numerical(element),)
        for field in fields:
            assert any(each.share == 1 for each in field.alternatives)
        assert kind == "numerical" or re.search(r"\{#?\d", _FIELD.sub("", text)) is None
        yield Question(
            kind,
            _text(element, "name"),
            category,
            text,
            _text(element, "generalfeedback"),
            float(element.findtext("penalty", "")),
            tuple(tag.findtext("text", "") for tag in element.iterfind("tags/tag")),
            fields,
        )


def _text(element: ElementTree.Element, name: str) -> str:
    text = element.findtext(f"{name}/text")
    assert text, name
    return text


def _numerical(element: ElementTree.Element) -> Field:
    assert float(element.findtext("defaultgrade", "")) > 0
    found = []
    for answer in element.iterfind("answer"):
        value, tolerance = answer.findtext("text", ""), answer.findtext("tolerance", "")
        assert re.fullmatch(_NUMBER, value)
        share = float(answer.attrib["fraction"]) / 100
        feedback = answer.findtext("feedback/text", "")
        found.append(Alternative(float(value), float(tolerance), share, feedback))
    return Field(1, tuple(found))


def _cloze(text: str) -> Iterator[Field]:
    for weight, _, written in _FIELD.findall(text):
        found = []
        for alternative in re.split(r"(?<!\\)~", written):
            match = _ALTERNATIVE.fullmatch(alternative)
            assert match is not None, alternative
            share = 1.0 if match[1] == "=" else float((match[1] or "0").strip("%")) / 100
            feedback = unescape(match[4] or "").replace(r"\}", "}").replace(r"\#", "#")
            found.append(Alternative(float(match[2]), float(match[3] or 0), share, feedback))
        yield Field(int(weight or 1), tuple(found))
