"""The page's tap table, formulas and lines of code beside the engine's, over random layers."""

from __future__ import annotations

import random
import shlex
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from convcli import ConvError, convolve
from convcli.engine.explain.worked_sums import trace
from convcli.engine.geometry.padding import PADDING_MODES
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.taps import tap_table
from convcli.render.formulas import formula_text
from convcli.render.json import encode
from convcli.report.spelling.layer_arguments import layer_arguments
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.spelling.size_formulas import output_formula
from convcli.report.views.page import PageStart, layer_data, layer_of, page_data, page_operands
from tests.long_loops import everyday_and_long
from tests.random_layers import integers, random_layer

LAYERS = 100  # in one call of the page
REQUESTS = 3000

COMPUTE = """(text) => JSON.parse(text).map((data) => {
  const numbers = new convcli.Numbers(data.dtype, data.wide);
  const parts = (array) => new convcli.Parts(array.shape, array.parts, numbers);
  const bias = data.bias && data.bias.map(numbers.of);
  const arrays = { numbers, bias, input: parts(data.input), weight: parts(data.weight) };
  const geometry = new convcli.Geometry(data.layer, data.sizes);
  const counts = [data.layer.out_channels, ...geometry.outs];
  const total = counts.reduce((a, b) => a * b, 1);
  const block = (d) => counts.slice(d + 1).reduce((a, b) => a * b, 1);
  const at = (number) => counts.map((size, d) => Math.floor(number / block(d)) % size);
  const indices = [...Array(total).keys()].map(at);
  const flat = (array) => new convcli.Edited(array, array.shape);
  const rows = new convcli.Outputs(geometry,
    { ...arrays, input: flat(arrays.input), weight: flat(arrays.weight) });
  const last = convcli.workedTerms(geometry, arrays, indices.at(-1));
  return {
    tables: geometry.tables,
    outputs: indices.map((index) => numbers.text(convcli.outputValue(geometry, arrays, index))),
    rows: indices.map((index) => (rows.row(index.slice(0, -1)), numbers.text(rows.at(index)))),
    terms: last.map(({ channel, tap, cell, landing, product }) =>
      [channel, tap, cell, landing, numbers.text(product)]),
    formulas: data.sizes.map((size, d) => convcli.formula(data.layer, d, size)),
    pytorch: convcli.pytorchLine(data.layer),
    command: convcli.layerArguments(data.layer).map(convcli.quoted).join(" "),
    fault: convcli.fault(data.layer, data.sizes),
  };
})"""


def numbers(rng: random.Random, shape: tuple[int, ...], dtype: str) -> Any:
    if dtype == "int64":
        return integers(rng, shape, most=rng.choice((9, 2**29)))
    return np.random.default_rng(rng.getrandbits(32)).standard_normal(shape).astype(dtype)


def case(rng: random.Random) -> tuple[Any, ...]:
    spec, x, w, _ = random_layer(rng)
    dtype = rng.choice(("int64", "int64", "float64", "float32", "float16"))
    x, w = numbers(rng, x.shape, dtype), numbers(rng, w.shape, dtype)
    return spec, x, w, numbers(rng, (spec.out_channels,), dtype) if spec.bias else None


@everyday_and_long("rounds", 1, 10)
def test_random_layers_are_computed_as_the_engine_does(
    open_page: Callable[..., Any], rounds: int
) -> None:
    rng = random.Random(20261121)
    cases = [case(rng) for _ in range(LAYERS * rounds)]
    shown = [page_operands(*one, example=len(one[1]) - 1) for one in cases]
    index = [[0] * (spec.rank + 1) for spec, *_ in cases]
    data = [
        page_data(one, PageStart("output", first, 1, {}))
        for one, first in zip(shown, index, strict=True)
    ]
    page = open_page("conv1d", "1 2 3", "1 2")
    for start in range(0, len(cases), LAYERS):
        results = page.evaluate(COMPUTE, encode(data[start : start + LAYERS]))
        for one, result in zip(cases[start : start + LAYERS], results, strict=True):
            assert_same(one, result)


def assert_same(one: tuple[Any, ...], found: dict[str, Any]) -> None:
    spec, x, w, bias = one
    sizes = x.shape[2:]
    last = len(x) - 1
    assert found["tables"] == [tap_table(spec, d, size).tolist() for d, size in enumerate(sizes)], (
        spec
    )
    expected = convolve(spec, x[last:], w, bias)[0].reshape(-1)
    if x.dtype == np.int64:
        assert [int(text) for text in found["outputs"]] == expected.tolist(), spec
    else:
        close = {"float64": 1e-12, "float32": 1e-4, "float16": 1e-3}[x.dtype.name]
        np.testing.assert_allclose(
            [float(text) for text in found["outputs"]], expected, rtol=close, atol=close
        )
    assert found["rows"] == found["outputs"], spec
    outs = spec.output_sizes(sizes)
    worked = next(
        trace(spec, x, w, bias, at=(last, spec.out_channels - 1, *(out - 1 for out in outs)))
    )
    terms = [
        [term.channel, list(term.tap), term.cell and list(term.cell), list(term.landing)]
        for term in worked.terms
    ]
    assert [term[:4] for term in found["terms"]] == terms, spec
    for term, (*_, text) in zip(worked.terms, found["terms"], strict=True):
        if x.dtype == np.float16:  # as short as float16 is, and the product is a float32
            assert float(text) == pytest.approx(float(term.product), rel=1e-3)
        else:
            assert type(term.product)(text) == term.product
    assert found["formulas"] == [
        formula_text(output_formula(spec, d, size)) for d, size in enumerate(sizes)
    ]
    assert found["pytorch"] == pytorch_line(spec)
    assert found["command"] == shlex.join(layer_arguments(spec))
    assert found["fault"] is None


def spoiled(rng: random.Random, spec: ConvSpec) -> dict[str, Any]:
    """A layer as the page has it, with one or two of its numbers changed to something doubtful."""
    layer = layer_data(spec)
    for _ in range(rng.choice((1, 1, 2))):
        kind = rng.randrange(4)
        if kind == 0:
            layer["padding_mode"] = rng.choice(tuple(PADDING_MODES))
        elif kind == 1:
            layer["transposed"] = not layer["transposed"]
        else:
            name = rng.choice(
                ("kernel_size", "stride", "dilation", "before", "after", "output_padding")
            )
            rng.choice(layer["axes"])[name] = rng.choice((-1, 0, 1, 2, 3, 5, 9))
    return layer


def accepts(layer: dict[str, Any], sizes: list[int]) -> bool:
    try:
        return bool(layer_of(layer).output_sizes(sizes))
    except ConvError:
        return False


def test_a_layer_is_refused_where_the_engine_refuses_it(open_page: Callable[..., Any]) -> None:
    rng = random.Random(7)
    requests = []
    for _ in range(REQUESTS):
        spec, x, *_ = random_layer(rng)
        requests.append((spoiled(rng, spec), list(x.shape[2:])))
    page = open_page("conv1d", "1 2 3", "1 2")
    faults = page.evaluate(
        "(text) => JSON.parse(text).map(([layer, sizes]) => convcli.fault(layer, sizes))",
        encode(requests),
    )
    answers = [accepts(layer, sizes) for layer, sizes in requests]
    assert [fault is None for fault in faults] == answers
    assert 0.2 < sum(answers) / REQUESTS < 0.8


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("float32", [0.1, 1 / 3, 1e-7, 123456.79, -2.5, float("inf"), float("nan")]),
        ("float64", [0.1, 1 / 3, 1e-7]),
        ("int64", [2**53 + 1, -7]),
    ],
)
def test_numbers_are_as_short_as_they_are_exact(
    open_page: Callable[..., Any], dtype: str, values: list[Any]
) -> None:
    array = np.array(values, dtype)
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=1, dims=1, bias=False)
    data = page_data(
        page_operands(spec, array, np.ones(1, dtype), None), PageStart("output", [0, 0], 1, {})
    )
    page = open_page("conv1d", "1 2 3", "1 2")
    texts = page.evaluate(COMPUTE, encode([data]))[0]["outputs"]
    assert np.array([np.dtype(dtype).type(text) for text in texts]).tobytes() == array.tobytes()
    assert max(map(len, texts)) <= max(len(str(value)) for value in array)
