"""Columns of a terminal: Chinese characters take two, in wrapped lines and in planes."""

from __future__ import annotations

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.render import Style
from convcli.render.columns import text_width, wrapped
from convcli.render.scene_text import scene_lines
from convcli.report.film.moments import film
from convcli.report.film.planes import Framing
from convcli.report.words.vocabulary import TAGS, Words, every_text

HELP = Words("zh")("player.help")


def test_what_a_text_takes() -> None:
    texts = ("", "abc", "输出", "a\u00b7\u2026\u00d7\u2500", "e\u0301", "（1）")
    assert [text_width(text) for text in texts] == [0, 3, 4, 5, 1, 5]


def test_rich_has_the_same_columns() -> None:
    cell_len = pytest.importorskip("rich.cells").cell_len
    for language in TAGS:
        for text in every_text(language).values():
            assert text_width(text) == cell_len(text)


@pytest.mark.parametrize("width", range(2, 100))
def test_wrapped_lines_are_no_wider(width: int) -> None:
    lines = wrapped(HELP, width)
    assert max(map(text_width, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(HELP.split())
    assert len(lines) == 1 or len(lines) <= 3 * text_width(HELP) // width + 1


LONG_WORDS = {
    "N*C_out*(C_in/groups)*K_H*K_W*H_out*W_out": [
        "N*C_out*(C_in/",
        "groups)*K_H*",
        "K_W*H_out*W_out",
    ],
    "features.block.convolution.weight": ["features.block.", "convolution.", "weight"],
    "nn.Sequential(nn.ZeroPad2d((0,": ["nn.Sequential(", "nn.ZeroPad2d((", "0,"],
}


@pytest.mark.parametrize("text", LONG_WORDS)
def test_formulas_are_broken_at_signs_and_not_in_names(text: str) -> None:
    assert wrapped(text, 15) == LONG_WORDS[text]


@pytest.mark.parametrize("language", TAGS)
@pytest.mark.parametrize("width", [80, 200])
def test_planes_side_by_side(language: str, width: int) -> None:
    spec = ConvSpec.of(in_channels=3, out_channels=2, kernel_size=2, padding=1, dims=2)
    words, most = Words(language), (4, 5)
    scene = film(
        spec,
        np.arange(300).reshape(3, 10, 10),
        np.ones((2, 3, 2, 2), int),
        None,
        framing=Framing(words=words, most=most),
    ).scene(60)
    title, _, first, *rows = scene_lines(scene, Style(width=width))
    kernel = text_width(first.partition(scene.kernel.title)[0])
    output = text_width(first.partition(scene.output.title)[0])
    assert first.startswith(scene.input.title)
    for row in rows[:4]:
        assert {row[at - 1] for at in (kernel, output) if at < len(row)} <= {" "}
    assert rows[4].startswith(scene.input.notice)
    assert text_width(rows[4].partition(scene.output.notice)[0]) == output
    assert max(map(text_width, (title, first, *rows))) <= 80


@pytest.mark.parametrize("language", TAGS)
def test_planes_that_do_not_fit_stand_below_each_other(language: str) -> None:
    spec = ConvSpec.of(in_channels=3, out_channels=2, kernel_size=2, padding=1, dims=2)
    arrays = np.arange(300).reshape(3, 10, 10), np.ones((2, 3, 2, 2), int), None
    one = film(spec, *arrays, framing=Framing(words=Words(language), most=(4, 5))).scene(60)
    lines = scene_lines(one, Style())
    beside = (
        max(map(text_width, lines[2:8])) + 1
    )  # unlit numbers end in a space, which is cut at the end of a line
    assert scene_lines(one, Style(width=beside)) == lines
    assert len(scene_lines(one, Style(width=beside - 1))) > len(lines)
