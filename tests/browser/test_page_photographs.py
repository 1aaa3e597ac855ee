"""The page of a photograph: the scale under its shades, and the loupe over them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

PHOTOGRAPH = ("conv2d", "rand:64x64:3", "kernel:sobel-x", "-p", "1")
BARS = """() => Object.fromEntries([...document.querySelectorAll(".panel")].map((panel) => {
  const scale = panel.querySelector(".scale");
  const plane = panel.querySelector(".grid").getBoundingClientRect();
  const { top, left, width, bottom } = scale.getBoundingClientRect();
  return [panel.id, scale.hidden ? null : {
    label: scale.getAttribute("aria-label"), texts: scale.innerText.trim().split(/\\s+/),
    isUnder: top >= plane.bottom - 1, isAligned: left === plane.left && width === plane.width,
    isInView: bottom <= innerHeight,
  }];
}))"""


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_a_scale_stands_under_each_plane_of_shades(
    open_page: Callable[..., Any], width: int, height: int
) -> None:
    bars = open_page(*PHOTOGRAPH, width=width, height=height).evaluate(BARS)
    assert bars["weight"] is None
    for name in ("input", "output"):
        told = {key: bars[name][key] for key in ("isUnder", "isAligned", "isInView")}
        assert all(told.values()), (name, told)


def test_a_scale_says_its_least_number_its_zero_and_its_most(
    open_page: Callable[..., Any],
) -> None:
    page = open_page("conv2d", "arange:50x50:-300", "[[1]]")
    bars = page.evaluate(BARS)
    assert bars["input"]["texts"] == ["-300", "0", "2199"]
    assert bars["input"]["label"] == "shades from -300 through 0 to 2199"


def test_the_scale_is_told_in_chinese(open_page: Callable[..., Any]) -> None:
    bars = open_page("conv1d", "ones:2000", "[2]", "--lang", "zh").evaluate(BARS)
    assert bars["output"]["label"] == "全部为同一数值：2"


# The loupes that are in sight, and which of them cover a cell with a mark.
LOUPES = """() => {
  const { panels } = convcli.page.stage;
  const seen = [...document.querySelectorAll(".loupe:not([hidden])")];
  const covered = seen.filter((root) => {
    const box = root.getBoundingClientRect();
    return Object.values(panels).some(({ plane, size }) => !size.isNumbered &&
      plane.marks.some(({ row, col }) => {
        const { left, top, right, bottom } = plane.rectangle(row, col);
        return left < box.right && right > box.left && top < box.bottom && bottom > box.top;
      }));
  });
  const out = seen.filter((root) => {
    const { left, top, right, bottom } = root.getBoundingClientRect();
    return left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
  });
  const texts = Object.fromEntries(seen.map((root) =>
    [root.dataset.of, [...root.querySelectorAll(".cell")].map((cell) => cell.textContent)]));
  const lit = seen.flatMap((root) =>
    [...root.querySelectorAll(".cell.result, .cell.source")].map((cell) => cell.textContent));
  return { texts, lit, faults: covered.length + out.length };
}"""
EXPECTED = """([row, col]) => {
  const { contents } = convcli.page;
  const value = contents.stored("output", [0, row, col]);
  return contents.arrays.numbers.inCell(value);
}"""


def hover(page: Any, name: str, row: int, col: int) -> None:
    at = page.evaluate(
        "([name, row, col]) => convcli.page.stage.panels[name].plane.rectangle(row, col)",
        [name, row, col],
    )
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_a_loupe_shows_numbers_and_covers_no_marked_cell(
    open_page: Callable[..., Any], width: int, height: int
) -> None:
    page = open_page(*PHOTOGRAPH, width=width, height=height)
    rng = random.Random(width)
    assert page.evaluate(LOUPES)["texts"] == {}
    corners = [(0, 0), (0, 63), (63, 0), (63, 63)]
    for row, col in corners + [(rng.randrange(64), rng.randrange(64)) for _ in range(12)]:
        hover(page, "output", row, col)
        seen = page.evaluate(LOUPES)
        assert seen["faults"] == 0, (row, col)
        sides = [min(at + 2, 63) - max(at - 2, 0) + 1 for at in (row, col)]
        assert len(seen["texts"]["output"]) == sides[0] * sides[1]
        assert len(seen["texts"]["input"]) == 9
        assert seen["lit"] == [page.evaluate(EXPECTED, [row, col])]


def test_the_loupe_follows_the_keyboard_and_a_tick_turns_it_off(
    open_page: Callable[..., Any],
) -> None:
    page = open_page(*PHOTOGRAPH)
    page.focus("#output .grid")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(LOUPES)["lit"] == [page.evaluate(EXPECTED, [0, 1])]
    page.uncheck("#tick_loupe")
    page.focus("#output .grid")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(LOUPES)["texts"] == {}


def test_a_finger_sees_the_numbers_while_it_presses(open_page: Callable[..., Any]) -> None:
    page = open_page(*PHOTOGRAPH, width=390, height=844, has_touch=True)
    page.evaluate(
        """() => {
          const { plane } = convcli.page.stage.panels.output;
          const { x, y, width } = plane.rectangle(20, 30);
          const [clientX, clientY] = [x + width / 2, y + width / 2];
          plane.root.dispatchEvent(new PointerEvent("pointerdown",
            { pointerType: "touch", bubbles: true, clientX, clientY }));
        }"""
    )
    assert page.evaluate(LOUPES)["lit"] == [page.evaluate(EXPECTED, [20, 30])]


def test_numbered_planes_need_no_loupe(open_page: Callable[..., Any]) -> None:
    page = open_page("conv2d", "arange:5x5", "ones:3x3")
    hover(page, "output", 1, 1)
    assert page.evaluate(LOUPES)["texts"] == {}
