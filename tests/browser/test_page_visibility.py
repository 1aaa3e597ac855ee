"""One view: whatever lights up is inside the window, and nothing lies over it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.long_loops import everyday_and_long

SIZES = [(1440, 900), (1280, 720), (640, 360), (1024, 768), (390, 844)]
LAYERS = {
    "plane": ("conv2d", "arange:5x5:1", "arange:3x3:1", "-p", "1"),
    "groups": ("conv2d", "randint:4x5x5:0", "randint:4x1x3x3:1", "-p", "1", "-g", "4"),
    "volume": ("conv3d", "randint:2x4x5x5:0", "randint:2x2x2x3x3:1"),
    "channels": ("conv2d", "randn:3x32x32:0", "randn:16x3x3x3:1", "-p", "1"),
    "photograph": ("conv2d", "rand:64x64", "kernel:sobel-x", "-p", "1"),
    "picture": ("conv2d", "rand:256x256", "kernel:sobel-x", "-p", "1"),
}
STEP = """(number) => {
  const { page } = convcli;
  page.player.goTo(number);
  const hidden = [];
  const seen = (name, x, y, root) => {
    const top = document.elementFromPoint(x, y);
    const isInside = x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
    if (!isInside || !(root === top || root.contains(top)))
      hidden.push(`${name} at ${x}, ${y} lies under ${top?.id || top?.className}`);
  };
  const middle = ({ left, top, width, height }) => [left + width / 2, top + height / 2];
  for (const [name, panel] of Object.entries(page.stage.panels)) {
    const lead = `${panel.lead}`;
    const own = page.stage.marks[name].filter(([place]) => `${place.lead}` === lead);
    if (name !== 'input' && !own.length) hidden.push(`${name} has no mark on its large plane`);
    for (const [place] of own)
      seen(name, ...middle(panel.plane.rectangle(place.row, place.col)), panel.plane.root);
  }
  for (const id of ['play', 'kernel_more', 'padding_less', 'turn', 'more'])
    seen(id, ...middle(document.getElementById(id).getBoundingClientRect()),
      document.getElementById(id));
  const head = document.querySelector('#explanation .head');
  seen('sum', ...middle(head.getBoundingClientRect()), head);
  return hidden;
}"""
NUMBERED = ("plane", "groups", "volume")
CELLS = """() => Object.values(convcli.page.stage.panels)
  .every(({ size }) => size.isNumbered && size.width >= 22)"""
FITS = """() => {
  const root = document.documentElement;
  return root.scrollWidth <= innerWidth && root.scrollHeight <= innerHeight;
}"""


@pytest.mark.parametrize("name", LAYERS)
@everyday_and_long("steps", 4, 100)
def test_what_lights_up_is_in_sight(open_page: Callable[..., Any], name: str, steps: int) -> None:
    page = open_page(*LAYERS[name])
    count = page.evaluate("convcli.page.player.count")
    rng = random.Random(name)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        assert page.evaluate(FITS), f"the page scrolls at {width}x{height}"
        if name in NUMBERED:
            assert page.evaluate(CELLS), f"cells without numbers at {width}x{height}"
        for number in [0, count - 1, *(rng.randrange(count) for _ in range(steps))]:
            assert page.evaluate(STEP, number) == [], f"step {number} at {width}x{height}"
