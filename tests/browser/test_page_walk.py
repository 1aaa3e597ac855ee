"""Random walks over the sliders.

After every move the page shows what its own `convcli` command computes, and its link restores it.
"""

from __future__ import annotations

import json
import random
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from tests.long_loops import everyday_and_long

from .conftest import ready

START = {
    "plane": ("conv2d", "randint:7x6:0", "randint:3x3:1", "-p", "1"),
    "groups": (
        "conv2d",
        "randint:4x5x5:0",
        "randint:6x2x2x3:1",
        "-g",
        "2",
        "--bias",
        "1 2 3 4 5 6",
    ),
    "depthwise": ("conv2d", "randint:3x5x5:0", "kernel:sobel-x", "-g", "depthwise"),
    "row": ("conv1d", "randint:1x2x12:0", "randint:1x2x3:1"),
    "stamp": ("conv_transpose2d", "randint:4x3x3:0", "randint:4x1x3x2:1", "-s", "2", "-g", "2"),
    "volume": ("conv3d", "randint:4x3x4:0", "randint:2x2x2:1"),
}
MOVE = """(draw) => {
  const pick = (list) => list[Math.floor(draw() * list.length)];
  const all = [...document.querySelectorAll('#controls input, #controls select')];
  const controls = all.filter((one) => !one.disabled && one.offsetParent);
  const one = pick(controls);
  if (one.type === 'range') {
    const [least, most] = [Number(one.min), Number(one.max)];
    one.value = least + Math.floor(draw() * (Math.min(most, least + 5) - least + 1));
    one.dispatchEvent(new Event('input'));
  } else if (one.type === 'checkbox') one.click();
  else {
    one.value = pick([...one.options].filter((option) => !option.disabled)).value;
    one.dispatchEvent(new Event('change'));
  }
  return `${one.id} = ${one.type === 'checkbox' ? one.checked : one.value}`;
}"""
VALUES = """() => {
  const { contents } = convcli.page;
  const { shape } = contents.outputs;
  const count = shape.reduce((a, b) => a * b, 1);
  const index = (number) => shape.map((size, d) =>
    Math.floor(number / shape.slice(d + 1).reduce((a, b) => a * b, 1)) % size);
  return Array.from({ length: count }, (_, number) =>
    String(contents.stored('output', index(number))));
}"""


def move(page: Any, rng: random.Random) -> str:
    draws = [rng.random() for _ in range(4)]
    made = page.evaluate(f"(draws) => ({MOVE})(() => draws.shift())", draws)
    ready(page)
    return str(made)


def flat(values: Any) -> list[str]:
    return (
        [one for row in values for one in flat(row)] if isinstance(values, list) else [str(values)]
    )


@pytest.mark.parametrize("name", START)
@everyday_and_long("length", 4, 15)
def test_a_walk(
    open_page: Callable[..., Any], convcli: Callable[..., Any], name: str, length: int
) -> None:
    page = open_page(*START[name], height=3000)
    rng = random.Random(name)
    moves = []
    compared = 0
    for _ in range(length):
        moves.append(move(page, rng))
        words = shlex.split(page.inner_text("#command code"))
        shown = page.evaluate(VALUES)
        if words[1] == "show":
            ran = convcli("run", *words[2:], "--json")
            assert ran.status == 0, (moves, ran.err)
            assert flat(json.loads(ran.out)["output"]["values"]) == shown, moves
            compared += 1
        else:
            assert convcli("shape", *words[2:], "-q").status == 0 or words[1] == "show", moves
    assert compared > length // 3
    page.wait_for_function("() => location.hash.slice(1) === convcli.page.fragment()")
    again = open_page(*START[name], fragment=page.evaluate("location.hash"), height=3000)
    assert again.evaluate(VALUES) == page.evaluate(VALUES)
    assert again.inner_text("#pytorch code") == page.inner_text("#pytorch code")
    assert page.inner_text("#notice") == ""
