"""The marks of the page beside the engine's worked sums: of outputs, input cells and weights."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from convcli.engine.explain.worked_sums import Term, WorkedSum, trace
from convcli.render.page_html import page as html
from convcli.report.views.page import PageStart, page_data, page_operands
from tests.long_loops import everyday_and_long
from tests.random_layers import random_layer

COMMAND = {"input": "X", "weight": "W", "rest": [], "groups": ""}
LIT = """([panel, index]) => {
  convcli.page.hover({ panel, index });
  const { marks, panels } = convcli.page.stage;
  const at = ({ lead, row, col }) => [...lead, row, col];
  const kinds = (name, wanted) => marks[name].filter(([place, kind]) =>
    wanted.includes(kind)).map(([place]) => at(place));
  const drawn = (name, selector) => [...document.querySelectorAll(`#${name} .drawn ${selector}`)]
    .map((cell) => [...panels[name].lead, ...cell.id.split('_').slice(2).map(Number)]);
  const spans = ({ lead, leads, all, size }) => ({ lead, isNumbered: size.isNumbered,
    spans: [...leads.map((size) => [0, size]), all.rows, all.columns] });
  return {
    input: { lit: kinds('input', ['window']), padded: kinds('input', ['window-padding']) },
    weight: { lit: kinds('weight', ['kernel', 'tap']) },
    output: { lit: kinds('output', ['result']) },
    drawn: {
      input: drawn('input', '.cell.window'), padded: drawn('input', '.cell.window-padding'),
      weight: drawn('weight', '.cell.kernel, .cell.tap'), output: drawn('output', '.cell.result'),
    },
    panels: Object.fromEntries(Object.values(panels).map((one) => [one.name, spans(one)])),
  };
}"""


def place(*index: int, rank: int) -> tuple[int, ...]:
    """An index as the page places it: a row of cells is a plane of one row."""
    return index if rank > 1 else (*index[:-1], 0, index[-1])


def landing(term: Term, rank: int) -> tuple[int, ...]:
    """The marked input cell of a term: where it lands, in a volume on the plane that it reads."""
    at = term.landing
    if rank == 3 and term.cell is not None:
        at = (term.cell[0], *at[1:])  # type: ignore[assignment]
    return place(term.channel, *at, rank=rank)


def assert_lit(found: Any, panel: str, expected: set[tuple[int, ...]], kind: str = "lit") -> None:
    """Exactly these places are marked, of those that the panel has; its large plane is drawn."""
    has = found["panels"][panel]

    def is_held(at: Sequence[int]) -> bool:
        return all(low <= i < high for i, (low, high) in zip(at, has["spans"], strict=True))

    marked = {tuple(at) for at in found[panel][kind] if is_held(at)}
    assert marked == set(filter(is_held, expected))
    if has["isNumbered"]:
        drawn = {tuple(at) for at in found["drawn"]["padded" if kind == "padded" else panel]}
        assert drawn == {at for at in marked if list(at[:-2]) == has["lead"]}


def assert_output(found: Any, worked: WorkedSum) -> None:
    spec, rank = worked.spec, worked.spec.rank
    assert_lit(found, "input", {landing(term, rank) for term in worked.terms if not term.padded})
    assert_lit(
        found, "input", {landing(term, rank) for term in worked.terms if term.padded}, "padded"
    )
    width = spec.in_channels // spec.groups
    assert_lit(
        found,
        "weight",
        {place(term.channel % width, *term.tap, rank=rank) for term in worked.terms},
    )
    assert_lit(found, "output", {place(*worked.position[1:], rank=rank)})


def assert_input(found: Any, index: Sequence[int], sums: list[WorkedSum]) -> None:
    channel, *cell = index
    reading = [
        s for s in sums if any(t.channel == channel and t.cell == tuple(cell) for t in s.terms)
    ]
    assert_lit(found, "output", {place(*s.position[1:], rank=len(cell)) for s in reading})


def assert_weight(found: Any, index: Sequence[int], sums: list[WorkedSum]) -> None:
    channel, c, *tap = index
    spec, rank = sums[0].spec, len(tap)
    source = channel // (spec.out_channels // spec.groups) * (spec.in_channels // spec.groups) + c
    of_channel = [(s, t) for s in sums if s.position[1] == channel for t in s.terms]
    touched = [(s, t) for s, t in of_channel if (t.channel, t.tap) == (source, tuple(tap))]
    assert_lit(found, "output", {place(*s.position[1:], rank=rank) for s, _ in touched})
    assert_lit(found, "input", {landing(t, rank) for _, t in touched if not t.padded})
    assert_lit(found, "input", {landing(t, rank) for _, t in touched if t.padded}, "padded")


@everyday_and_long("layers", 6, 40)
def test_what_lights_up_is_what_the_engine_reads(
    open_page: Callable[..., Any], tmp_path: Path, layers: int
) -> None:
    rng = random.Random(11)

    def any_of(shape: Sequence[int]) -> list[int]:
        return [rng.randrange(size) for size in shape]

    for number in range(layers):
        spec, x, w, bias = random_layer(rng, dtype=np.int64)
        start = PageStart("output", [0] * (spec.rank + 1), 1, COMMAND)
        data = page_data(page_operands(spec, x, w, bias), start)
        path = tmp_path / f"layer{number}.html"
        path.write_text(html(data, "layer"), "utf-8")
        page = open_page(address=path.as_uri(), height=3000)
        sums = list(trace(spec, x[:1], w, bias))
        for _ in range(3):
            worked = rng.choice(sums)
            assert_output(page.evaluate(LIT, ["output", list(worked.position[1:])]), worked)
            cell = any_of((spec.in_channels, *x.shape[2:]))
            assert_input(page.evaluate(LIT, ["input", cell]), cell, sums)
            tap = any_of((spec.out_channels, spec.in_channels // spec.groups, *spec.kernel_size))
            assert_weight(page.evaluate(LIT, ["weight", tap]), tap, sums)
        page.close()
