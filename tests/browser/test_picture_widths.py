"""No letter of a picture lies outside of it, or of its cell, as the browser measures them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FONTS = ("DejaVu Sans", "Liberation Sans", "DejaVu Sans Mono", "Noto Sans CJK SC")
LINES: dict[str, tuple[str, ...]] = {
    "padding": ("conv2d", "arange:5x5:1", "arange:3x3:1", "-p", "1", "--at", "2,2"),
    "film": ("conv2d", "arange:5x5:1", "arange:3x3:1", "-p", "1", "--frames"),
    "channels": ("conv2d", "randn:3x6x6:0", "randn:2x3x3x3:1", "-p", "1"),
    "dilation": (
        "conv2d", "randn:7x7:0", "randn:3x3:1", "-d", "2", "-p", "2", "--padding-mode", "reflect",
    ),
    "stamp": (
        "conv_transpose2d", "1 2; 3 4", "1 2 3; 4 5 6; 7 8 9", "-s", "2", "--view", "scatter",
    ),
    "photograph": ("conv2d", "randint:64x64:3", "kernel:sobel-x", "-p", "1", "--at", "20,15"),
    "volume": ("conv3d", "arange:4x5x5", "arange:2x2x2", "--at", "1,1,1", "--theme", "dark"),
    "line": ("conv1d", "randn:40:0", "1 2 1", "-p", "1", "--at", "20"),
    "digits": ("conv2d", "full:4x4:123456789012", "ones:2x2"),
}  # fmt: skip
# The texts whose box leaves the picture, and the numbers that are wider than their cells.
OUTSIDE = """() => {
  const svg = document.querySelector("svg"), box = svg.viewBox.baseVal, faults = [];
  const middles = "g[text-anchor=middle]:not([font-size]) text";
  const numbers = new Set(svg.querySelectorAll(middles));
  const cells = [...svg.querySelectorAll("rect")].map(each => each.getBBox());
  for (const text of svg.querySelectorAll("text")) {
    const place = text.getBBox(), right = place.x + place.width;
    if (place.x < 0 || place.y < 0 || right > box.width || place.y + place.height > box.height)
      faults.push(text.textContent);
    if (!numbers.has(text)) continue;
    const x = place.x + place.width / 2, y = place.y + place.height / 2;
    const around = cells.filter(cell => cell.x <= x && x <= cell.x + cell.width &&
      cell.y <= y && y <= cell.y + cell.height).map(cell => cell.width);
    if (place.width > Math.min(...around)) faults.push(`cell: ${text.textContent}`);
  }
  return [svg.querySelectorAll("text").length, faults];
}"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_text_leaves_a_picture(
    browser: Any, tmp_path: Path, convcli: Callable[..., Any], language: str
) -> None:
    np.save(tmp_path / "x.npy", np.array([[1 + 2j, 3.25], [4, 5 - 1.125j]]))
    lines = LINES | {"complex": ("conv2d", str(tmp_path / "x.npy"), str(tmp_path / "x.npy"))}
    page = browser.new_context(offline=True).new_page()
    for name, line in lines.items():
        path = tmp_path / f"{name}.svg"
        assert convcli("show", *line, "--lang", language, "-o", path).status == 0
        page.goto(path.as_uri())
        for font in FONTS:
            page.evaluate("font => document.querySelector('svg').style.fontFamily = font", font)
            count, faults = page.evaluate(OUTSIDE)
            assert count > 5, name
            assert faults == [], (name, font)
    page.context.close()


def test_a_film_plays_where_css_animations_run(
    browser: Any, tmp_path: Path, convcli: Callable[..., Any]
) -> None:
    path = tmp_path / "film.svg"
    line = ("conv2d", "arange:5x5:1", "arange:3x3:1", "-p", "1", "--frames", "--speed", "8")
    assert convcli("show", *line, "-o", path).status == 0
    page = browser.new_context(offline=True).new_page()
    page.goto(path.as_uri())
    visible = """() => [...document.querySelectorAll("g.f")].map((frame, number) =>
      getComputedStyle(frame).visibility === "visible" ? number : -1).filter(n => n >= 0)"""
    page.wait_for_function(f"() => ({visible})()[0] >= 3")
    assert len(page.evaluate(visible)) == 1
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(visible) == [0]
    page.context.close()
