"""What results give a notebook: HTML, Markdown and mathematics."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcli
from convcli import ConvSpec
from convcli.displays import Form
from convcli.notebook import Answer
from convcli.notebook.magic import answer
from convcli.report.words.vocabulary import Words
from tests.command_lines import COMMANDS
from tests.random_layers import random_layer

SPEC = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=2)
X = np.arange(25).reshape(5, 5)
W = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
TRANSPOSED = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, transposed=True, dims=2)
RESULTS: dict[str, Any] = {
    "layer": SPEC,
    "transposed layer": TRANSPOSED,
    "layer with groups": ConvSpec.of(
        in_channels=4, out_channels=8, kernel_size=(1, 3, 5), groups=2, dilation=2, bias=False
    ),
    "sums": convcli.trace(SPEC, X, W),
    "sums of a transposed layer": convcli.trace(
        TRANSPOSED, X[:2, :2], X[:2, :2] / 3, view="scatter"
    ),
    "sum": next(convcli.trace(SPEC, X, W, at=(2, 2))),
    "cost": convcli.cost(SPEC, (1, 1, 5, 5)),
    "gradients": convcli.gradients(SPEC, X, W),
    "result": convcli.run(SPEC, X, W),
}
FORMS: tuple[Form, ...] = ("html", "markdown", "latex")
VOID = {"br", "hr", "img", "input", "meta", "wbr"}
# What MathJax, KaTeX and LaTeX with amsmath all know.
COMMANDS_OF_MATHEMATICS = {
    "backslash", "begin", "cdot", "cdots", "colon", "end", "frac", "hline", "infty", "lceil",
    "left", "lfloor", "mathbf", "mathrm", "mathtt", "max", "odot", "phantom", "quad", "rceil",
    "rfloor", "right", "sim", "star", "text", "underset", "wedge",
}  # fmt: skip


def written(result: Any, form: Form) -> str:
    text: str = getattr(result, f"_repr_{form}_")()
    return text


class Balanced(HTMLParser):
    """Raises AssertionError for an element that is not closed in its turn; collects the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def check_mathematics(text: str) -> None:
    """Pairs of $$ around balanced braces and environments, with known commands, nothing outside."""
    outside, *parts = text.split("$$")
    assert len(parts) % 2 == 0
    assert not "".join([outside, *parts[1::2]]).strip()
    for inside in parts[::2]:
        bare = re.sub(r"\\[\\{}_%#&$ ]", "", inside)
        assert bare.count("{") == bare.count("}")
        assert bare.count(r"\left") == bare.count(r"\right")
        assert "$" not in bare
        assert set(re.findall(r"\\([a-zA-Z]+)", inside)) <= COMMANDS_OF_MATHEMATICS
        opened: list[str] = []
        for which, name in re.findall(r"\\(begin|end)\{(\w+)\}", inside):
            if which == "begin":
                opened.append(name)
            else:
                assert opened.pop() == name
        assert not opened


@pytest.mark.parametrize("name", RESULTS)
def test_html_is_whole_and_is_no_mathematics(name: str) -> None:
    html = written(RESULTS[name], "html")
    assert Balanced(html).text.strip()
    assert 'class="convcli tex2jax_ignore mathjax_ignore" lang="en"' in html
    assert not re.search(r"<(script|link|img)|url\(|@import|https?:", html)


@pytest.mark.parametrize("name", RESULTS)
def test_latex_is_what_mathjax_katex_and_latex_know(name: str) -> None:
    check_mathematics(written(RESULTS[name], "latex"))


@pytest.mark.parametrize("name", RESULTS)
def test_markdown_has_mathematics_as_notebooks_do(name: str) -> None:
    markdown = written(RESULTS[name], "markdown")
    assert "```math" not in markdown
    assert markdown.count("$$\n") % 2 == 0


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "check"])  # loads torch
def test_the_answer_of_every_command_is_displayed(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer([str(word) for word in COMMANDS[name]])
    assert isinstance(found, Answer)
    assert capsys.readouterr().out == ""
    assert Balanced(found._repr_html_()).text.strip()
    check_mathematics(found._repr_latex_())
    assert found._repr_markdown_().strip()
    assert found.data["schema"] == 1


@pytest.mark.parametrize("seed", range(12))
def test_random_layers_and_numbers_are_displayed(seed: int) -> None:
    layer = random_layer(random.Random(seed))
    spec, x, w, bias = layer
    odd = x.copy()
    odd.flat[0] = (np.nan, np.inf, -np.inf, 1e300, 1e-300, -0.0)[seed % 6]
    kinds = (odd, x.astype(np.float16), x * 1j, x.astype(np.int64))
    sums = convcli.trace(spec, kinds[seed % 4], w, bias)
    for result in (spec, sums, convcli.run(spec, odd, w, bias), convcli.gradients(spec, x, w)):
        assert Balanced(written(result, "html")).text.strip()
        check_mathematics(written(result, "latex"))
        assert written(result, "markdown").strip()


def test_a_worked_sum_reads_as_in_a_terminal() -> None:
    worked = convcli.trace(SPEC, X, W, at=(0, 0))
    step = "0*1 + 0*0 + 0*(-1) + 0*2 + 0*0 + 1*(-2) + 0*1 + 5*0 + 6*(-1)"
    assert step in Balanced(written(worked, "html")).text
    assert step in written(worked, "markdown")
    assert r"1 \cdot (-2) + 0 \cdot 1 + 5 \cdot 0 + 6 \cdot (-1)" in written(worked, "latex")
    assert "= -8" in written(worked, "latex")


def test_a_layer_has_its_output_size_in_names() -> None:
    html = Balanced(written(SPEC, "html")).text
    assert "H_out = floor((H_in + 1 + 1 - 3)/1) + 1" in html
    assert "H_out = (H_in - 1)*1 - 0 - 0 + 2 + 0" in Balanced(written(TRANSPOSED, "html")).text


def test_a_long_trace_is_cut_and_says_so() -> None:
    sums = convcli.trace(SPEC, X, W)
    for form in FORMS:
        text = written(sums, form).replace(r"\ ", " ").replace("{=}", "=")
        assert "4 of 25 positions; at=... shows the one that you name" in text
        assert "output (0, 3)" in text
        assert "output (0, 4)" not in text
    one = convcli.trace(SPEC, X, W, at=(0, 4))
    assert "positions" not in Balanced(written(one, "html")).text


def test_a_display_takes_nothing_from_a_trace() -> None:
    sums = convcli.trace(SPEC, X, W)
    first = next(sums)
    before = written(sums, "html")
    assert [first.position[3], *(worked.position[3] for worked in islice(sums, 2))] == [0, 1, 2]
    assert written(sums, "html") == before
    assert sum(1 for _ in sums) == 22
    assert sums.count == 25


def test_a_sum_of_several_channels_names_its_channel() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=2, kernel_size=1, dims=1)
    x, w = np.array([[3, 4]]), np.array([[[5]], [[6]]])
    sums = list(convcli.trace(spec, x, w, [1, 2]))
    assert "output (1, 0)" in Balanced(written(sums[2], "html")).text
    assert "3*6 + 2" in Balanced(written(sums[2], "html")).text


def test_rounded_numbers_are_said_to_be_rounded() -> None:
    rounded = "rounded to six digits; the object has all of them"
    for form in FORMS:
        text = written(convcli.run(SPEC, X, W / 3), form).replace(r"\ ", " ")
        assert "-2.66667" in text
        assert text.count(rounded) == 1
        assert rounded not in written(convcli.run(SPEC, X, W / 4), form).replace(r"\ ", " ")


def test_chinese_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVCLI_LANG", "zh")
    sums = convcli.trace(SPEC, X, W)
    assert 'lang="zh-Hans"' in written(sums, "html")
    assert Words("zh")("notebook.left", limit=4, total=25, noun="个位置")[:4] in written(
        sums, "html"
    )
    assert "窗口" in written(sums, "latex")


def test_nothing_in_a_name_becomes_markup(capsys: pytest.CaptureFixture[str]) -> None:
    layers = '{"layers": [{"name": "<img src=x>$a$", "type": "ReLU"}]}'
    path = "<b>&$x$.json"
    from convcli.report.document import Document, Fact, Facts, Note

    document = Document(
        "x", (Facts((Fact(None, path, layers),)), Note("a\u202e$b$ </style><script>")), title=path
    )
    html = Answer(document)._repr_html_()
    assert "<img" not in html
    assert "<script" not in html
    assert "\u202e" not in html
    assert Balanced(html).text.count("$") == 8
    check_mathematics(Answer(document)._repr_latex_())


def test_a_bias_that_is_not_there_is_not_in_the_title() -> None:
    assert "bias=False" in written(convcli.run(SPEC, X, W), "html")
    assert "bias=False" not in written(convcli.run(SPEC, X, W, [1]), "html")
    assert "bias=False" in written(convcli.trace(SPEC, X, W), "html")


def test_numpy_takes_a_result_as_its_output() -> None:
    result = convcli.run(SPEC, X, W)
    assert np.array_equal(np.asarray(result), convcli.convolve(SPEC, X, W))
    assert result.data["output"]["shape"] == [5, 5]
    assert "input   5x5  int64" in str(result)
    assert str(result) == repr(result)


def test_nothing_is_loaded_before_a_notebook_asks() -> None:
    code = (
        "import sys, convcli\n"
        "spec = convcli.ConvSpec.of(in_channels=1, out_channels=1, kernel_size=1, dims=1)\n"
        "print([name for name in sys.modules if 'notebook' in name or 'render' in name])\n"
        "spec._repr_html_()\n"
        "print('IPython' in sys.modules, 'convcli.notebook' in sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n")[:2] == ["[]", "False True"]


def test_the_magic_is_registered_and_says_errors_as_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    registered = {}

    class Shell:
        def register_magic_function(self, function: Any, kind: str, name: str) -> None:
            registered[name] = (function, kind)

    convcli.load_ipython_extension(Shell())
    magic, kind = registered["convcli"]
    assert kind == "line"
    assert magic("shape conv2d 5x5 -k 9") is None
    assert "Specify at least --padding 2" in capsys.readouterr().err
    assert magic("shape conv2d 5x5 -k 3 -q") is None
    assert capsys.readouterr().out == "3x3\n"
    assert magic('trace conv2d "1 2; 3 4" "1 1"').data["positions"][0]["total"] == 3
    page = magic("show conv2d arange:5x5 ones:3x3")
    assert str(page).startswith("<!DOCTYPE html>")
    assert 'srcdoc="&lt;!DOCTYPE html&gt;' in page._repr_html_()
    wide = magic("run conv2d rand:3x3 ones:1x1 --wide")
    assert "rounded" not in wide._repr_html_()
    assert "--wide shows all" in magic("run conv2d rand:3x3 ones:1x1")._repr_html_()
    cut = "20 of 25 positions; --all shows every one"
    assert cut in magic("trace conv2d arange:5x5 ones:1x1")._repr_html_()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles_as_in_a_pdf_of_nbconvert(tmp_path: Path) -> None:
    body = "\n\\newpage\n".join(written(result, "latex") for result in RESULTS.values())
    head = r"\documentclass{article}\usepackage[margin=1in]{geometry}\usepackage{amsmath}"
    document = rf"\begin{{document}}{body}\end{{document}}"
    (tmp_path / "cells.tex").write_text(head + document, "utf-8")
    line = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "cells.tex"]
    ran = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:]
    assert max(map(float, re.findall(r"Overfull \\hbox \(([\d.]+)pt", ran.stdout)), default=0) < 5
