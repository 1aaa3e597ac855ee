"""The page of `convcli learn`: its numbers are those that the command prints."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from convcli.report.words.learning import CHINESE

Open = Callable[..., Any]
CHAIN = ("Conv2d(1,2,2)", "Conv2d(2,1,2)", "rand:5x5:1", "rand:3x3:2", "--lr", "0.02")


def test_the_slider_shows_the_numbers_of_an_epoch(open_page: Open, convcli: Any) -> None:
    lines = convcli("learn", *CHAIN, "--verbose", "-f", "jsonl").out.splitlines()
    epochs = [each for each in map(json.loads, lines) if "epoch" in each]
    page = open_page(*CHAIN, command="learn")
    for number in (1, 4, 10):
        page.eval_on_selector(
            "#slider",
            f"range => {{ range.value = {number - 1}; range.dispatchEvent(new Event('input')); }}",
        )
        epoch = epochs[number - 1]
        assert page.inner_text("#now") == f"epoch {number} of 10: loss {epoch['loss']}"
        weight = next(c for c in epoch["changes"] if c["name"] == "1.weight")
        titles = page.eval_on_selector_all(
            "#stage section:nth-child(4) button",
            "all => all.map(each => each.title)",
        )
        assert list(map(float, titles)) == [
            value for plane in weight["before"][0] for row in plane for value in row
        ]
        page.click("#stage section:nth-child(4) td >> nth=3")
        before, after = (weight[key][0][0][1][1] for key in ("before", "after"))
        step = page.inner_text("#step .number")
        assert step.startswith(f"{before} - 0.02*")
        assert step.endswith(f"= {after}")
    page.wait_for_function("() => location.hash === '#epoch=10&cell=1.weight:3'")
    page.click("#last")
    whole = json.loads(convcli("learn", *CHAIN, "--json").out)
    assert page.inner_text("#now") == f"after epoch 10: loss {whole['final']['loss']}"


def test_it_plays_and_goes_by_keys(open_page: Open) -> None:
    page = open_page(*CHAIN, command="learn", fragment="#epoch=9")
    page.click("#play")
    page.wait_for_function("() => document.querySelector('#now').textContent.startsWith('after')")
    assert page.inner_text("#play") == "Play"
    page.focus("#slider")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#now").startswith("epoch 2 of 10")
    box = page.locator("#curve").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 20, box["y"] + 60)
    assert page.inner_text("#now").startswith("epoch 10")


def test_it_speaks_chinese_and_shows_what_diverged(open_page: Open, convcli: Any) -> None:
    page = open_page(
        "conv1d", "-k", "2", "1 2 3 4", "1 1 1", "--lr", "0.01", "--lang", "zh", command="learn"
    )
    assert page.inner_text("#play") == CHINESE["play"]
    page.select_option("#language", "en")
    assert page.inner_text("#play") == "Play"


def test_what_is_left_out_of_an_array_is_said(open_page: Open) -> None:
    page = open_page(
        "Conv2d(1,8,3)", "rand:2x1x90x9:1", "rand:2x8x88x7:2", "--epochs", "2", command="learn"
    )
    titles = page.eval_on_selector_all("#stage h2", "all => all.map(each => each.textContent)")
    assert (
        titles[1] == "0.weight 8\u00d71\u00d73\u00d73, the first 4\u00d71\u00d73\u00d73 are shown"
    )
    assert titles[2] == "0.bias 8"
    assert "the first 1\u00d71\u00d730\u00d79 are shown, every 3 cells one is shown" in titles[0]
    assert "Of 2 examples the first is shown." in page.inner_text("#notes")
