"""Parts of the page by themselves: the layout, quick reading of planes, undo, frames."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from convcli.render.page_html import page as html
from convcli.report.views.page import PageStart, page_data, page_operands
from tests.random_layers import random_layer

from .conftest import ready

SLIDE = ("conv2d", "arange:5x5:1", "arange:3x3:1", "-p", "1")
COMMAND = {"input": "X", "weight": "W", "rest": [], "groups": ""}
DIFFERENCES = """() => {
  const { contents, stage } = convcli.page;
  const found = [];
  for (const panel of Object.values(stage.panels)) {
    const reader = convcli.planeReader(contents, panel);
    const { rows, columns } = panel.shown;
    for (let row = rows[0]; reader && row < rows[1]; row++)
      for (let col = columns[0]; col < columns[1]; col++) {
        contents.valueOn(panel, panel.lead, row, col, true);
        const quick = [reader.kind(row, col), reader.value(row, col)];
        const slow = [contents.kindOn(panel, row, col),
          contents.valueOn(panel, panel.lead, row, col, false)];
        if (!Object.is(quick[1], slow[1]) && quick[1] != slow[1] || quick[0] !== slow[0])
          found.push(`${panel.name} ${row} ${col}: ${quick} instead of ${slow}`);
      }
  }
  return found;
}"""
FIT = """([width, height, panels]) => {
  const panel = ([rows, columns, letters, strips]) =>
    ({ rows, columns, letters, strips, digits: 2, isRow: rows === 1, title: 90 });
  const needs = Object.fromEntries(["input", "weight", "output"]
    .map((name, at) => [name, panel(panels[at])]));
  return convcli.fitted({ width, height, largest: 60 }, needs);
}"""


def test_planes_are_read_quickly_as_cell_by_cell(
    open_page: Callable[..., Any], tmp_path: Path
) -> None:
    rng = random.Random(5)
    for number in range(6):
        spec, x, w, bias = random_layer(rng, dtype=np.int64)
        start = PageStart("output", [0] * (spec.rank + 1), 1, COMMAND)
        path = tmp_path / f"layer{number}.html"
        path.write_text(html(page_data(page_operands(spec, x, w, bias), start), "layer"), "utf-8")
        page = open_page(address=path.as_uri())
        assert page.evaluate(DIFFERENCES) == [], spec
        page.close()


def test_cells_grow_with_the_room(open_page: Callable[..., Any]) -> None:
    page = open_page("conv1d", "1 2 3", "1 2")
    small = [[7, 7, 2, []], [3, 3, 1, []], [5, 5, 3, []]]
    sides = [
        page.evaluate(FIT, [width, height, small])["cells"]["input"]["height"]
        for width, height in ((480, 230), (700, 400), (1100, 700), (4000, 3000))
    ]
    assert sides == sorted(sides)
    assert (sides[0] >= 22, sides[-1]) == (True, 60)
    photograph = [[256, 256, 3, []], [3, 3, 2, []], [256, 256, 4, []]]
    found = page.evaluate(FIT, [1000, 700, photograph])
    assert not found["cells"]["input"]["isNumbered"]
    assert found["cells"]["weight"]["isNumbered"]
    tall = page.evaluate(FIT, [380, 560, small])["arrangement"]
    wide = page.evaluate(FIT, [900, 250, small])["arrangement"]
    assert (tall, wide) == ("below", "row")


def test_a_shape_is_never_cut(open_page: Callable[..., Any]) -> None:
    page = open_page("conv2d", "arange:4x6x6", "ones:4x2x3x3", "-g", "2", width=1280, height=720)
    cut = """() => [...document.querySelectorAll(".caption")].filter((caption) => {
      const [room, shape] = [caption, caption.querySelector(".shape")].map((part) =>
        part.getBoundingClientRect());
      return shape.top < room.bottom && shape.right > room.right + 1;
    }).map((caption) => caption.innerText)"""
    assert page.evaluate(cut) == []
    page.click("#tick_counts")
    assert page.evaluate(cut) == []


def test_undo_and_the_browsers_back(open_page: Callable[..., Any]) -> None:
    page = open_page(*SLIDE)
    line = "document.querySelector('#pytorch code').textContent"
    lines = [page.evaluate(line)]
    for button in ("stride_more", "kernel_more", "turn"):
        page.click(f"#{button}")
        ready(page)
        lines.append(page.evaluate(line))
        page.evaluate("convcli.page.store.lastKind = ''")
    assert len(set(lines)) == 4

    def shows(expected: str) -> None:
        page.wait_for_function(f"line => {line} === line", arg=expected)

    page.keyboard.press("Control+z")
    shows(lines[2])
    page.go_back()
    shows(lines[1])
    page.keyboard.press("Control+y")
    shows(lines[2])
    page.click("#undo")
    shows(lines[1])
    page.click("#undo")
    shows(lines[0])
    assert page.get_attribute("#undo", "aria-disabled") == "true"


def test_quick_steps_of_a_stepper_are_one_step_of_undo(open_page: Callable[..., Any]) -> None:
    page = open_page(*SLIDE)
    for _ in range(3):
        page.evaluate("document.querySelector('#stride_more').click()")
    assert page.evaluate("convcli.page.state.layer.axes[0].stride") == 4
    page.keyboard.press("Control+z")
    page.wait_for_function("() => convcli.page.state.layer.axes[0].stride === 1")


def test_a_refused_step_says_why(open_page: Callable[..., Any]) -> None:
    page = open_page("conv2d", "arange:3x3", "ones:3x3")
    page.click("#dilation_more", force=True)
    assert page.inner_text("#notice").startswith("the kernel would span 2*(3 - 1) + 1 = 5 cells")
    page.click("#padding_more")
    assert page.inner_text("#notice") == ""


def test_keys_act_where_the_focus_is(open_page: Callable[..., Any]) -> None:
    page = open_page(*SLIDE)
    for key in ("ArrowRight", "End", " ", "i"):
        page.keyboard.press(key)
    assert page.evaluate("convcli.page.state.selected.index") == [0, 0, 0]
    assert not page.evaluate("convcli.page.player.isPlaying")
    page.focus("#output .grid")
    page.keyboard.press("End")
    assert page.evaluate("convcli.page.state.selected.index") == [0, 4, 4]


def test_cells_have_names(open_page: Callable[..., Any]) -> None:
    page = open_page(*SLIDE, "-s", "2")
    name = "row -1, column 2, padding, 0"
    assert page.get_attribute("#input_0_-1_2", "aria-label") == name
    assert page.get_attribute("#output_0_1_2", "aria-label") == "row 1, column 2, 453"
    page = open_page("conv2d", "rand:64x64", "kernel:sobel-x", "-p", "1")
    page.focus("#input .grid")
    page.keyboard.press("ArrowUp")
    edge = "row -1, column 0, padding"
    assert page.get_attribute("#input [aria-selected]", "aria-label") == f"{edge}, 0"


def test_nothing_throws_in_a_frame(
    open_page: Callable[..., Any], convcli: Callable[..., Any], tmp_path: Path
) -> None:
    import html as escapes

    inner, outer = tmp_path / "inner.html", tmp_path / "outer.html"
    convcli("show", *SLIDE, "-o", str(inner))
    source = escapes.escape(inner.read_text("utf-8"))
    frame = f'<iframe sandbox="allow-scripts" width="800" height="500" srcdoc="{source}"></iframe>'
    outer.write_text(f"<!doctype html><body data-state=ready>{frame}", "utf-8")
    page = open_page(address=outer.as_uri())
    inside = page.frame_locator("iframe")
    inside.locator("#stride_more").click()
    inside.locator("#command .copy, #pytorch .copy").first.click()
    inside.locator("#undo").click()
    assert "stride" not in inside.locator("#pytorch code").inner_text()
