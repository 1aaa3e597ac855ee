"""The playground: a page without a layer on the command line, its lesson, gallery and language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcli.report.words.page import TEXTS

Open = Callable[..., Any]
# What a learner does in each step, and the formula of the task: selectors to click, or to fill.
DEEDS: list[list[tuple[str, str]]] = [
    [("#kernel_less", "")],
    [("#stride_more", "")],
    [("#padding_more", "")],
    [("#dilation_more", "")],
    [("#out_channels", "2")],
    [("#groups", "4")],
    [("#padding_more", "")],
    [("#output_0_1_2", "")],
]
GALLERY = [2, 6, 5, 7, 2, 3, 3, 3, 4, 5, 5, 5, 5, 5, 6]  # sizes of the guide's outputs
TRANSPOSED = 8  # the first of the transposed cases


def test_the_page_without_a_layer_is_a_playground(open_page: Open) -> None:
    page = open_page()
    assert page.inner_text("#lesson").startswith("1 of 8, sizes: ")
    assert page.inner_text("#pytorch code") == "nn.Conv2d(1, 1, kernel_size=3, bias=False)"
    assert page.get_attribute("#undo", "aria-disabled") == "true"
    page.click("#open_lesson")
    assert page.is_hidden("#lesson")


def test_every_task_is_checked(open_page: Open) -> None:
    page = open_page()
    for number, deeds in enumerate(DEEDS):
        assert page.inner_text("#lesson").startswith(f"{number + 1} of 8")
        assert page.inner_text("#verdict") == ""
        for selector, text in deeds:
            if text:
                page.fill(selector, text)
                page.keyboard.press("Enter")
            else:
                page.click(selector)
        assert page.inner_text("#verdict") == "\u2713 Right."
        page.click("#lesson_again")
        assert page.inner_text("#verdict") == ""
        page.click("#lesson_end" if number == len(DEEDS) - 1 else "#lesson_next")
    assert page.is_hidden("#lesson")


def test_the_gallery_has_the_fifteen_cases_of_the_guide(open_page: Open) -> None:
    page = open_page()
    page.click("#open_gallery")
    assert page.locator(".case").count() == len(GALLERY)
    for number, size in enumerate(GALLERY):
        page.click(f".case >> nth={number}")
        assert page.inner_text("#output .shape") == f"1\u00d7{size}\u00d7{size}"
        assert f"\u2192 {size}\u00d7{size}" in page.inner_text(f".case >> nth={number}")
        is_transposed = "ConvTranspose2d" in page.inner_text("#pytorch code")
        assert is_transposed == (number >= TRANSPOSED)


@pytest.mark.parametrize("arguments", [(), ("conv2d", "arange:2x5x5", "ones:2x2x3x3")])
def test_the_language_is_switched(open_page: Open, arguments: tuple[str, ...]) -> None:
    page = open_page(*arguments)
    page.click("#kernel_less")
    before = page.inner_text("#command code")
    page.click("#language")
    zh, en = TEXTS["zh"], TEXTS["en"]
    assert page.get_attribute("html", "lang") == "zh-Hans"
    assert page.inner_text("#undo") == zh["undo"]
    assert page.get_attribute("#input .grid", "aria-label").startswith(zh["input"])
    assert page.inner_text("#command code") == before
    page.click("#undo")
    page.click("#language")
    assert page.inner_text("#undo") == en["undo"]
    assert page.locator("#steppers .stepper").count() == 5


def test_layers_of_one_axis_have_no_lesson(open_page: Open) -> None:
    page = open_page("conv1d", "1 2 3", "1 2")
    assert page.is_hidden("#open_lesson")
    assert page.is_hidden("#open_gallery")


def test_a_small_page_stays_small(convcli: Callable[..., Any], tmp_path: Path) -> None:
    made = convcli("show", "-o", str(tmp_path / "x.html"))
    assert "no LAYER: this is the example conv2d arange:5x5:1 arange:3x3:1" in made.err
    assert (tmp_path / "x.html").stat().st_size < 150_000


def test_only_all_of_the_operands_may_be_left_out(convcli: Callable[..., Any]) -> None:
    for words, name in ((("conv2d",), "X"), (("conv2d", "1 2; 3 4"), "W")):
        made = convcli("show", *words)
        assert made.status == 2
        assert made.err == f"convcli: error: missing argument '{name}'. See: convcli show --help\n"
    assert "nn.Conv2d(1, 1, kernel_size=3, stride=2, bias=False)" in convcli("show", "-s", "2").out
