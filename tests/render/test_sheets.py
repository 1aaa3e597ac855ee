"""Sheets of exercises as LaTeX, as a page and as questions of Moodle."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.exercises.exercise import ASKS, LEVELS, Named
from convcli.engine.exercises.marking import mark
from convcli.engine.exercises.sheets import Request, draw_sheet
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.render import Style
from convcli.render.sheets import sheet_renderer
from convcli.report.document import Note, Tensor
from convcli.report.exercises.documents import sheet_of
from convcli.report.exercises.marks import mistake_text
from convcli.report.sheet import AnswerPart, Sheet, SheetProblem, WrongAnswer
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.words.vocabulary import Words
from tests.moodle_questions import Question, read_questions

AWKWARD = 'a ]]> & <b> "q" {1:NUMERICAL:=3:0} {#1} $x$ \\input{x} 50% #1 a_b ^ ~ \x07 \u2264 \u4e2d'
VOID = {"meta", "br", "wbr", "link", "img", "input", "hr"}


def drawn(seed: int, level: str, language: str = "en", count: int = 16) -> Sheet:
    request = Request(seed, count, level)
    return sheet_of(request, draw_sheet(request), Words(language))


def written(form: str, sheet: Sheet, *, solved: bool = False) -> str:
    return "".join(sheet_renderer(form)(sheet, Style(words=sheet.words), solved))


def awkward_sheet() -> Sheet:
    """A sheet with every kind of answer, in whose texts every character is one of markup."""
    grid = np.array([[1, -2], [3, 4]])
    parts = [
        AnswerPart(AWKWARD, 3, "number"),
        AnswerPart(AWKWARD, Shape((1, 2)), "shape"),
        AnswerPart(AWKWARD, grid, "array"),
        AnswerPart(AWKWARD, Shape((1, 2)), "padding", (Shape((2, 2)),)),
    ]
    wrong = (4, Shape((1, 3)), grid + 1, Shape((1, 3)))
    parts = [
        part._replace(mistakes=partial(tuple, [WrongAnswer(value, AWKWARD)]))
        for part, value in zip(parts, wrong, strict=True)
    ]
    problems = tuple(
        SheetProblem(
            number,
            "sum",
            AWKWARD,
            (Note(AWKWARD, main=True), Tensor(AWKWARD.replace("\x07", ""), grid)),
            (),
            (part,),
            (Note(AWKWARD),),
            {},
        )
        for number, part in enumerate(parts, 1)
    )
    return Sheet(AWKWARD, 1, "easy", problems, AWKWARD)


def right_answers(part: AnswerPart) -> Iterator[list[int]]:
    """The numbers of each right answer, in the order of reading."""
    for value in (part.value, *part.others):
        yield [int(number) for number in np.ravel(value)]


def check_question(question: Question, problem: SheetProblem) -> None:
    (part,) = problem.answers
    assert question.kind == ("numerical" if part.kind == "number" else "cloze")
    assert problem.title in question.category
    assert problem.title in question.name
    assert str(problem.number) in question.name
    assert problem.ask in question.tags
    assert 0 <= question.penalty <= 1
    for numbers in right_answers(part):
        assert question.mark(numbers) == 1
        for at in range(len(numbers)):
            wrong = [number + 1000 * (at == place) for place, number in enumerate(numbers)]
            assert question.mark(wrong) < 1
    every = [each.value for field in question.fields for each in field.alternatives if each.share]
    assert sorted(every) == sorted(set_of_values(part))


def set_of_values(part: AnswerPart) -> list[int]:
    """The right numbers of each field, each once."""
    answers = zip(*right_answers(part), strict=True)
    return [number for of_field in answers for number in dict.fromkeys(of_field)]


def check_moodle(sheet: Sheet) -> None:
    questions = {question.name: question for question in read_questions(written("moodle", sheet))}
    assert len(questions) == len(sheet.problems)
    by_number = {
        int(re.findall(r"\d+", name.removeprefix(question.category.split("/")[-1]))[0]): question
        for name, question in questions.items()
    }
    for problem in sheet.problems:
        check_question(by_number[problem.number], problem)


@pytest.mark.parametrize(("level", "language"), list(product(LEVELS, ("en", "zh"))))
def test_moodle_marks_the_answers_of_the_sheet(level: str, language: str) -> None:
    for seed in range(3):
        check_moodle(drawn(seed, level, language))


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_moodle_marks_the_answers_of_many_sheets(level: str) -> None:
    for seed in range(200):
        check_moodle(drawn(seed, level, count=8))


def test_moodle_has_a_category_for_each_ask_and_names_that_sort() -> None:
    questions = list(read_questions(written("moodle", drawn(1, "medium", count=120))))
    assert len(questions) == len({question.name for question in questions}) == 120
    assert len({question.category for question in questions}) == len(ASKS)
    names = [question.name for question in questions if "Output size" in question.category]
    assert names == sorted(names)


def test_no_character_of_a_text_is_markup_of_moodle() -> None:
    questions = list(read_questions(written("moodle", awkward_sheet())))
    assert [len(question.fields) for question in questions] == [1, 2, 4, 2]
    for question in questions:
        page = Page(question.text + question.feedback)
        assert "a ]]> & <b>" in page.text
        assert "{#1}" in page.text
        assert "\x07" not in page.text
        reasons = [each.feedback for field in question.fields for each in field.alternatives]
        for reason in filter(None, reasons):
            assert Page(reason).text.startswith('a ]]> & <b> "q" {1:NUMERICAL:=3:0} {#1} $x$')
        assert any(reasons)
        assert "b" not in page.elements


def test_several_right_paddings_are_right_in_moodle() -> None:
    *_, question = read_questions(written("moodle", awkward_sheet()))
    assert [question.mark(pads) for pads in ([1, 2], [2, 2], [3, 2], [1, 1])] == [1, 1, 0.5, 0.5]


@pytest.mark.parametrize("level", LEVELS)
def test_moodle_names_the_mistakes_that_marks_name(level: str) -> None:
    """Those of numbers; no right number is among the wrong ones, and no wrong one stands twice."""
    request = Request(4, 24, level)
    exercises = draw_sheet(request)
    sheet = sheet_of(request, exercises)
    questions = {q.name: q for q in read_questions(written("moodle", sheet))}
    named = 0
    for exercise, problem in zip(exercises, sheet.problems, strict=True):
        name = f"{problem.title} {problem.number:02} ({level}, sheet 4)"
        for field in questions[name].fields:
            values = [each.value for each in field.alternatives]
            assert len(set(values)) == len(values)
            for each in field.alternatives:
                assert bool(each.feedback) == (each.share == 0)
                if questions[name].kind == "numerical" and each.feedback:
                    marked = mark(exercise, int(each.value))
                    texts = [mistake_text(m) for m in marked.mistakes if m.rank == 0]
                    assert Page(each.feedback).text == ", or ".join(dict.fromkeys(texts))
                    named += 1
    assert named > 20


class Page(HTMLParser):
    """A page that is read strictly: elements are closed in turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attributes]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("level", "language", "solved"), list(product(LEVELS, ("en", "zh"), (False, True)))
)
def test_a_page_loads_nothing_and_holds_every_problem(
    level: str, language: str, solved: bool
) -> None:
    sheet = drawn(3, level, language)
    html = written("html", sheet, solved=solved)
    page = Page(html)
    names = {name for name, _ in page.attributes}
    assert not names & {"src", "href", "style", "onclick", "onload"}
    assert "script" not in page.elements
    assert not re.search(r"url\(|@import", html)
    assert page.elements.count("section") == len(sheet.problems)
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in html
    assert ("lang", sheet.words.tag) in page.attributes
    for problem in sheet.problems:
        assert problem.title in page.text
        assert str(problem.text[0].text) in page.text.replace(  # type: ignore[union-attr]
            "\u00a0\u00d7\u00a0", "x"
        )


def test_a_sheet_has_no_answer_and_the_solutions_have_each() -> None:
    sheet = drawn(2, "medium")
    empty, full = (Page(written("html", sheet, solved=solved)) for solved in (False, True))
    assert "strong" not in empty.elements
    assert full.elements.count("strong") >= sum(
        part.kind != "array" for problem in sheet.problems for part in problem.answers
    )


def test_no_character_of_a_text_is_markup_of_a_page() -> None:
    page = Page(written("html", awkward_sheet()))
    assert "a ]]> & <b>" in page.text
    assert "b" not in page.elements


def test_a_document_of_latex_has_room_for_each_answer() -> None:
    latex = written("latex", awkward_sheet())
    assert latex.count(r"\workroom{") == 4
    assert latex.count(r"\empt{10mm} &") == 2
    assert r"\input{x}" not in latex


def compiled(latex: str, folder: Path, engine: str) -> str:
    """The log of a document that compiles."""
    (folder / "sheet.tex").write_text(latex)
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "sheet.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    log = run.stdout.decode(errors="replace")
    assert run.returncode == 0, log[-2000:]
    return log


def has_package(name: str) -> bool:
    """Whether TeX has a package; it has the one without a name."""
    found = subprocess.run(["kpsewhich", f"{name}.sty"], capture_output=True, check=False)
    return not name or found.returncode == 0


def widest_overfull(log: str) -> float:
    """By how many points a line is too wide."""
    return max(map(float, re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)), default=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "language"), [("pdflatex", "en"), ("xelatex", "zh"), ("lualatex", "zh")]
)
def test_latex_compiles_and_fits_the_page(engine: str, language: str, tmp_path: Path) -> None:
    if shutil.which(engine) is None or not has_package("luatexja" if engine == "lualatex" else ""):
        pytest.skip(f"without {engine}")
    seeds: dict[str, Any] = {"pdflatex": (1, 2), "xelatex": (3,), "lualatex": (4,)}
    levels = LEVELS if engine == "pdflatex" else ("hard",)
    for level, seed, solved in product(levels, seeds[engine], (False, True)):
        log = compiled(
            written("latex", drawn(seed, level, language), solved=solved), tmp_path, engine
        )
        assert widest_overfull(log) < 3


@pytest.mark.slow
@pytest.mark.parametrize("solved", [False, True])
def test_latex_of_awkward_texts_compiles(solved: bool, tmp_path: Path) -> None:
    if shutil.which("xelatex") is None:
        pytest.skip("without xelatex")
    sheet = awkward_sheet()._replace(words=Words("zh"))
    compiled(written("latex", sheet, solved=solved), tmp_path, "xelatex")


@pytest.mark.parametrize("form", ["latex", "html", "moodle"])
def test_no_number_of_a_sheet_is_left_out(form: str) -> None:
    """Not even of layers that were named, whose arrays are as large as they make them."""
    specs = (
        ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, stride=7, dims=1),
        ConvSpec.of(
            in_channels=2, out_channels=2, kernel_size=2, stride=9, transposed=True, dims=1
        ),
    )
    layers = tuple(Named(spec, pytorch_line(spec)) for spec in specs)
    request = Request(1, 24, "hard", ("sum", "transposed", "gradient"), layers)
    sheet = sheet_of(request, draw_sheet(request))
    assert len(sheet.problems) == 24
    for solved in (False, True):
        html = written(form, sheet, solved=solved)
        assert "\u2026" not in html
        assert r"\cdots" not in html
