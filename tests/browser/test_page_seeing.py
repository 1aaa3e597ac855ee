"""The ways of looking at the page, and their numbers beside the engine's."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import convolve, gradients
from convcli.render.json import encode
from convcli.report.views.page import PageStart, in_torchs_layout, page_data, page_operands
from tests.random_layers import integers, random_layer

from .test_accessibility import violations

Open = Callable[..., Any]
LAYERS = 60
STAMP = ("conv_transpose2d", "1 2; 3 4", "1 2 3; 4 5 6; 7 8 9", "-s", "2")

SET_UP = """
  const numbers = new convcli.Numbers(data.dtype, data.wide);
  const parts = (array) => new convcli.Parts(array.shape, array.parts, numbers);
  const bias = data.bias && data.bias.map(numbers.of);
  const arrays = { numbers, bias, input: parts(data.input), weight: parts(data.weight) };
  const geometry = new convcli.Geometry(data.layer, data.sizes);
  const indices = (shape) => Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, n) =>
    shape.map((size, d) => Math.floor(n / shape.slice(d + 1).reduce((a, b) => a * b, 1)) % size));
"""


def random_cases(seed: int, **fixed: Any) -> list[Any]:
    rng = random.Random(seed)
    return [random_layer(rng, dtype=np.int64, **fixed) for _ in range(LAYERS)]


def evaluated(
    open_page: Open, cases: list[Any], body: str, asked: list[Any] | None = None
) -> list[Any]:
    """What `body` returns for the data of each layer, of the first example of its batch."""
    data = [
        page_data(page_operands(*one), PageStart("output", [0] * (one[0].rank + 1), 1, {}))
        | {"asked": ask}
        for one, ask in zip(cases, asked or [None] * len(cases), strict=True)
    ]
    page = open_page("conv1d", "1 2 3", "1 2")
    script = f"(text) => JSON.parse(text).map((data) => {{{SET_UP}{body}}})"
    made = page.evaluate(script, encode(data))
    return list(made)


def crossed(counts: list[list[int]]) -> Any:
    """The product of the counts of each axis."""
    total = np.ones((), np.int64)
    for along in counts:
        total = np.multiply.outer(total, np.array(along))
    return total


def zeros_bias(spec: Any) -> Any:
    return np.zeros(spec.out_channels, np.int64) if spec.bias else None


def test_counts_are_those_of_a_layer_of_ones(open_page: Open) -> None:
    cases = random_cases(18)
    counted = evaluated(open_page, cases, "return convcli.axisCounts(geometry);")
    for (spec, x, w, _), counts in zip(cases, counted, strict=True):
        ones, taps = np.ones_like(x[:1]), np.ones_like(w)
        expected = convolve(spec, ones, taps, zeros_bias(spec))
        products = crossed(counts["output"]) * (spec.in_channels // spec.groups)
        assert (products == expected[0, 0]).all(), spec
        found = gradients(spec, ones, taps, zeros_bias(spec))
        reached = crossed(counts["input"]) * (spec.out_channels // spec.groups)
        assert (reached == found.input[0, 0]).all(), spec
        assert (crossed(counts["weight"]) == found.weight[0, 0]).all(), spec


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation", "counts"),
    [(3, 2, 1, [2, 1]), (4, 2, 1, [2, 2]), (3, 1, 2, [3]), (3, 2, 2, [3, 0]), (1, 3, 1, [1, 0])],
)
def test_counts_away_from_the_edges(
    open_page: Open, kernel: int, stride: int, dilation: int, counts: list[int]
) -> None:
    page = open_page("conv1d", "1 2 3", "1 2")
    axis = {"kernel_size": kernel, "stride": stride, "dilation": dilation}
    assert page.evaluate("axis => convcli.countsInside(axis)", axis) == counts


ACCUMULATED = """
  const { panel, count } = data.asked;
  const accumulated = new convcli.Accumulated(geometry, arrays, panel);
  return indices([data.layer.out_channels, ...geometry.outs])
    .map((index) => Number(accumulated.at(index, count) ?? 0));
"""


@pytest.mark.parametrize("panel", ["input", "weight"])
def test_stamps_accumulate_to_the_layer_of_the_first_cells(open_page: Open, panel: str) -> None:
    """The sums after n members are the outputs of the layer whose other members are 0."""
    rng = random.Random(panel)
    cases = random_cases(19)
    asked = []
    for one in cases:
        shown = page_operands(*one)
        count = rng.randint(0, getattr(shown, panel).size)
        asked.append({"panel": panel, "count": count})
    for one, ask, sums in zip(
        cases, asked, evaluated(open_page, cases, ACCUMULATED, asked), strict=True
    ):
        shown = page_operands(*one)
        spec, kernels, x = one.spec, shown.weight.copy(), shown.input.copy()
        (x if panel == "input" else kernels).reshape(-1)[ask["count"] :] = 0
        expected = convolve(spec, x[None], in_torchs_layout(spec, kernels), zeros_bias(spec))
        assert sums == expected.reshape(-1).tolist(), spec


def texts(page: Any, panel: str) -> list[str]:
    found = page.eval_on_selector_all(
        f"#{panel} .drawn .cell", "cells => cells.map(cell => cell.textContent)"
    )
    return list(found)


def test_outputs_fill_in(open_page: Open) -> None:
    page = open_page("conv2d", "arange:3x3:1", "1 2; 3 4", "--bias", "100")
    page.click("#tick_fill")
    assert texts(page, "output") == ["137", "", "", ""]
    page.click("#forward")
    assert texts(page, "output") == ["137", "147", "", ""]
    page.focus("#input .grid")
    assert texts(page, "output") == ["101", "", "", ""]
    page.keyboard.press("ArrowRight")
    assert texts(page, "output") == ["105", "102", "", ""]
    page.keyboard.press("End")
    assert texts(page, "output") == ["137", "147", "167", "177"]
    page.wait_for_function("() => location.hash.includes('fill')")
    again = open_page("conv2d", "arange:3x3:1", "1 2; 3 4", fragment=page.evaluate("location.hash"))
    assert again.get_attribute("#tick_fill", "aria-pressed") == "true"


def test_the_checkerboard_is_named(open_page: Open) -> None:
    page = open_page(*STAMP)
    page.click("#tick_counts")
    assert texts(page, "output")[:10] == list("1121111211")
    assert "outputs are sums of 1, 2 or 4 products: a checkerboard" in page.inner_text("#see_note")
    page.hover("#output_0_2_2")
    assert page.inner_text("#explanation .head") == "products of output (2, 2): 4"
    assert "H 2 * W 2 = 4" in page.inner_text("#explanation")
    page.click("#kernel_more")
    assert "no checkerboard" in page.inner_text("#see_note")
    page.click("#tick_counts")
    assert not page.is_visible("#see_note")


def test_rows_of_output_padding_are_marked(open_page: Open) -> None:
    page = open_page("conv_transpose1d", "1 2", "1 10 100", "-s", "2", "--output-padding", "1")
    ids = page.eval_on_selector_all("#output .added", "cells => cells.map(cell => cell.id)")
    assert ids == ["output_0_0_5"]
    name = page.get_attribute("#output_0_0_5", "aria-label")
    assert name == "position 5, added by output_padding, 0"


GRADIENTS = """
  const upstream = new convcli.Numbers("int64", false);
  const shape = [data.layer.out_channels, ...geometry.outs];
  const g = (index) => upstream.of(data.asked[index.reduce((at, i, d) => at * shape[d] + i, 0)]);
  const sums = (terms, array) => indices(array.shape)
    .map((index) => numbers.total(terms(geometry, arrays, g, index).map((one) => one.product)));
  return { weight: sums(convcli.weightTerms, arrays.weight),
    input: sums(convcli.inputTerms, arrays.input) };
"""


def test_gradients_are_those_of_the_engine(open_page: Open) -> None:
    rng = random.Random(20)
    cases = random_cases(20)
    asked = [integers(rng, convolve(*one)[-1].shape) for one in cases]
    found = evaluated(open_page, cases, GRADIENTS, [g.reshape(-1).tolist() for g in asked])
    for (spec, x, w, bias), g, sums in zip(cases, asked, found, strict=True):
        expected = gradients(spec, x[:1], w, bias, output_gradient=g[None])
        shown = page_operands(spec, x[:1], expected.weight, bias)
        assert sums["weight"] == shown.weight.reshape(-1).tolist(), spec
        assert sums["input"] == expected.input.reshape(-1).tolist(), spec


STUFFED = """
  const layer = convcli.asConvolution(data.layer);
  const sizes = data.sizes.map((size, d) => convcli.stuffedSize(data.layer.axes[d], size));
  const stuffed = convcli.stuffedArrays(arrays, data.layer);
  const ordinary = new convcli.Geometry(layer, sizes);
  const outputs = new convcli.Outputs(ordinary, stuffed);
  return { outs: ordinary.outs, values: indices([layer.out_channels, ...ordinary.outs])
    .map((index) => (outputs.row(index.slice(0, -1)), outputs.at(index))) };
"""


def test_a_stuffed_layer_has_the_outputs_of_the_transposed_one(open_page: Open) -> None:
    cases = random_cases(21, transposed=True)
    for one, found in zip(cases, evaluated(open_page, cases, STUFFED), strict=True):
        expected = convolve(*one)[0]
        assert found["outs"] == list(expected.shape[1:]), one[0]
        assert found["values"] == expected.reshape(-1).tolist(), one[0]


def test_the_gradient_of_a_weight_and_of_a_cell(
    open_page: Open, convcli: Callable[..., Any]
) -> None:
    layer = ("conv2d", "arange:3x3:1", "1 2; 3 4", "-p", "1")
    made = json.loads(convcli("grad", *layer, "--json").out)
    page = open_page(*layer)
    page.click("#tick_weight_gradient")
    assert texts(page, "weight") == [
        str(v) for row in made["weight_gradient"]["values"] for v in row
    ]
    assert set(texts(page, "output")) == {"1"}
    assert page.inner_text("#explanation .head") == "dL/dw (0, 0) = 45"
    page.hover("#explanation .term >> nth=3")
    assert page.locator("#input .cell.tap").get_attribute("id") == "input_0_1_0"
    page.click("#tick_input_gradient")
    assert page.get_attribute("#tick_weight_gradient", "aria-pressed") == "false"
    shown = [text for text in texts(page, "input") if text]
    assert shown == [str(v) for row in made["input_gradient"]["values"] for v in row]
    page.click("#tick_own_gradient")
    outputs = page.evaluate("convcli.page.contents.outputs.row([0, 0])[0]")
    assert texts(page, "output")[0] == str(outputs)
    page.click("#tick_input_gradient")
    assert not page.is_visible("#tick_own_gradient")


def test_the_stuffed_input_is_drawn(open_page: Open) -> None:
    page = open_page(*STAMP)
    before = texts(page, "output")
    page.click("#tick_stuffed")
    assert texts(page, "output") == before
    assert texts(page, "weight") == list("987654321")
    assert page.locator("#input .cell.gap").count() == 5
    assert "nn.Conv2d(1, 1, kernel_size=3, padding=2, bias=False)" in page.inner_text("#see_note")
    page.hover("#output_0_2_2")
    assert "1*9 + 0*8 + 2*7 + 0*6 + 0*5 + 0*4 + 3*3 + 0*2 + 4*1" in page.inner_text("#explanation")
    page.focus("#input .grid")
    page.keyboard.press("End")
    assert "--at=1,1" in page.inner_text("#command code")
    page.click("#tick_stuffed")
    assert page.evaluate("convcli.page.state.selected.index") == [0, 1, 1]


def test_taps_have_colours_and_numbers(open_page: Open) -> None:
    page = open_page("conv2d", "arange:5x5:1", "arange:3x3:1")
    page.click("#tick_colors")
    for cell in ("#input_0_1_2", "#weight_0_1_2", "#explanation .term >> nth=5"):
        assert "hue-5 no-5" in page.get_attribute(cell, "class")
    page.hover("#input_0_2_2")
    assert "no-8" in page.get_attribute("#output_0_0_0", "class")
    assert "hue" not in page.get_attribute("#input_0_1_2", "class")


MATRIX = """
  const { rows, columns } = convcli.matrixSize(geometry);
  return Array.from({ length: data.layer.groups }, (_, group) =>
    Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => {
      const { cell } = convcli.entryAt(geometry, group, row, column);
      return Number(cell ? arrays.input.at(cell) : 0);
    })));
"""


def test_the_matrix_times_the_weights_is_the_output(open_page: Open) -> None:
    cases = random_cases(22)
    for one, groups in zip(cases, evaluated(open_page, cases, MATRIX), strict=True):
        spec, x, w, _ = one
        kernels = page_operands(*one).weight.reshape(
            spec.groups, spec.out_channels // spec.groups, -1
        )
        made = np.stack([k @ np.array(m) for k, m in zip(kernels, groups, strict=True)])
        expected = convolve(spec, x, w, zeros_bias(spec))[0]
        assert (made.reshape(expected.shape) == expected).all(), spec


def test_the_matrix_is_linked_with_the_window(
    open_page: Open, convcli: Callable[..., Any], tmp_path: Path
) -> None:
    layer = ("conv2d", "randint:2x4x4:1", "randint:3x2x2x2:1", "-p", "1")
    assert convcli("matrix", *layer, "-o", str(tmp_path / "columns.npy")).status == 0
    columns = np.load(tmp_path / "columns.npy").reshape(8, 25)
    page = open_page(*layer)
    page.click("#tick_matrix")
    shown = page.eval_on_selector_all(
        "#matrix tbody tr",
        """rows => rows.map((row) =>
          [...row.querySelectorAll('[data-column]')].map((cell) => +cell.textContent))""",
    )
    assert shown == columns.tolist()
    page.hover("#matrix [data-row='6'][data-column='7']")
    assert page.inner_text("#explanation .head").startswith("output (0, 1, 2)")
    assert page.locator("#weight .cell.tap").get_attribute("id") == "weight_1_1_0"
    page.hover("#input_1_0_0")
    assert page.locator("#matrix tbody td.lit[data-column]").count() == 4
    page.hover("#weight_1_0_1")
    assert page.locator("#matrix tbody tr >> nth=5").locator("td.lit[data-column]").count() == 25
    page.click("#matrix [data-row='0'][data-column='3']")
    assert page.evaluate("convcli.page.state.selected.index") == [0, 0, 3]


def test_a_large_matrix_is_cut_and_says_so(open_page: Open) -> None:
    page = open_page(
        "conv_transpose2d", "arange:20x20", "ones:3x3", "-s", "2",
        fragment="#ticks=matrix&output=0,40,40", width=390, height=844,
    )  # fmt: skip
    assert re.search(r"columns \d+\.\.\d+ of 1681", page.inner_text("#matrix p"))
    assert page.locator("#matrix thead th.lit").inner_text() == "40,40"
    widths = page.evaluate(
        """['#matrix table', 'main'].map((name) => document.querySelector(name).clientWidth)"""
    )
    assert widths[0] <= widths[1]


def test_groups_are_named(open_page: Open) -> None:
    page = open_page("conv2d", "arange:4x3x3", "ones:4x2x2x2", "-g", "2")
    page.click("#tick_groups")
    page.click("#output .thumb >> nth=3")
    line = "Group 1 of 2: input channels 2..3 give output channels 2..3"
    assert line in page.inner_text("#explanation")
    marked = page.eval_on_selector_all("#input .thumb", "all => all.map(one => one.dataset.group)")
    assert marked == ["g0", "g0", "g1", "g1"]
    page.click("#tick_groups")
    assert page.locator("[data-group]").count() == 0


@pytest.mark.parametrize(
    "name", ["fill", "colors", "counts", "stuffed", "matrix", "weight_gradient", "input_gradient"]
)
def test_every_way_of_looking_works_for_volumes_rows_and_photographs(
    open_page: Open, name: str
) -> None:
    """Nothing throws, hovering and playing included, and every line of words is filled in."""
    layers = [
        ("conv_transpose3d", "arange:2x2x3x3", "arange:2x2x2x2x2", "-s", "2"),
        ("conv1d", "arange:9", "1 2 3", "-p", "2", "--padding-mode", "reflect"),
        ("conv2d", "rand:40x40", "rand:3x3", "-s", "2", "--bias", "1"),
    ]
    for layer in layers:
        page = open_page(*layer, fragment=f"#ticks={name}")
        for panel in ("input", "weight", "output"):
            page.focus(f"#{panel} .grid")
            for key in (".", "End"):
                page.keyboard.press(key)
            box = page.locator(f"#{panel} .drawn .grid").bounding_box()
            page.mouse.move(box["x"] + box["width"] / 2 + 2, box["y"] + box["height"] / 2 + 2)
        assert not re.search(r"undefined|NaN|\{\w+\}", page.inner_text("body"))


def test_thumbnails_show_the_gradient_too(open_page: Open) -> None:
    page = open_page("conv2d", "arange:2x3x3", "ones:1x2x2x2", fragment="#ticks=input_gradient")
    read = "index => convcli.page.contents.thumbnailAt('input', index)"
    assert [page.evaluate(read, [1, 0, col]) for col in range(3)] == [1, 2, 1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["counts", "stuffed", "matrix", "input_gradient"])
def test_axe_finds_no_violation_in_a_way_of_looking(
    open_page: Open, name: str, scheme: str
) -> None:
    page = open_page(
        *("conv_transpose2d", "arange:4x3x3", "arange:4x2x3x3", "-s", "2", "-g", "2"),
        fragment=f"#ticks={name},colors,groups,fill&output=1,2,2",
        color_scheme=scheme,
    )
    assert violations(page) == []
