"""Items of JSON: the template of their keys gives what the encoder gives."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.render.data import to_data
from convcli.render.formulas import formula_text
from convcli.render.json import encode, item_text
from convcli.report.document import Data, Document, Fact, Facts
from convcli.report.quantities import Blanks, Filled, Keys, of_integers
from convcli.report.spelling.size_formulas import output_rule, size_formula, size_numbers
from convcli.report.terms import Formula, Name, Plus

FORMULA = Formula("H", Plus((Name("size"), Name("size"), 1)), 13, {"size": 6})
VALUES = (
    0, -(2**63), True, False, None, "", 'a"b\\c\n\x01', "\u5377 \u00e9", "\udcff", "%s %d", 0.1,
    1e-300, 1e300, -0.0, float("nan"), float("inf"), Shape((1, 3, 5)), Shape(()), Shape((7,)),
    [1, True, "x"], [], {"a": [1]}, FORMULA, [FORMULA],
)  # fmt: skip


def filled(values: tuple[Any, ...], **constants: Any) -> Filled:
    nested = {f"%{number}": None for number in range(len(values))}
    return Filled(Keys({"outer": {"inner": nested | constants}} | constants), values)


@pytest.mark.parametrize("seed", range(20))
def test_templates_and_the_encoder_agree(seed: int) -> None:
    rng = random.Random(seed)
    inner = filled(tuple(rng.choices(VALUES, k=4)), known=["exact", '"'], none=True)
    block = filled((*rng.choices(VALUES, k=9), inner, None), percent="100 %", few=[1, 2])
    document = Document("stack", (block,))
    text = item_text(document)
    assert text == encode(to_data(document)) == encode(block.data())
    assert json.loads(text)["outer"]["inner"]["percent"] == "100 %"


def test_values_of_lists_and_shapes() -> None:
    keys = Keys({"shape": of_integers(Shape, 2), "few": [None, {"%s%d": None}, 5], "none": []})
    block = Filled(keys, (3, -(2**70), "a", None))
    document = Document("stack", (block,))
    assert to_data(document) == {
        "shape": (3, -(2**70)),
        "few": ["a", {"%s%d": None}, 5],
        "none": [],
    }
    assert type(to_data(document)["shape"]) is Shape
    assert item_text(document) == encode(to_data(document))


@pytest.mark.parametrize("transposed", [False, True])
def test_the_blanks_of_a_formula(transposed: bool) -> None:
    term = output_rule(transposed).sides[1]
    spec = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=5, stride=3, padding=1, dilation=2, dims=2,
        transposed=transposed,
    )  # fmt: skip
    numbers = size_numbers(spec.axes[1], 40, transposed)
    block = Filled(Keys({"%": [Blanks("W", term), None]}), (*numbers, 11, "after"))
    formula = size_formula(spec, 1, 40, 11)
    assert block.data() == {"%": [formula, "after"]}
    text = item_text(Document("shape", (block,)))
    assert text == encode(block.data()) == encode({"%": [formula_text(formula), "after"]})


@pytest.mark.parametrize("value", [None, "3", [3]])
def test_what_is_no_integer_is_not_written_as_one(value: Any) -> None:
    with pytest.raises(TypeError):
        item_text(Document("stack", (Filled(Keys({"a": int}), (value,)),)))


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_each_value(value: Any) -> None:
    block = filled((value,))
    assert item_text(Document("stack", (block,))) == encode(block.data())


def test_other_documents_go_to_the_encoder() -> None:
    facts, data = Facts((Fact("name", None, "x"),)), Data({"a": 1})
    block = filled((1,))
    more = Document("stack", (block,), listing=lambda: iter([facts]))
    for document in (
        Document("a", (facts, block)),
        Document("a", (data,)),
        Document("a", ()),
        more,
    ):
        assert item_text(document) == encode(to_data(document))


def test_a_name_that_stands_twice_is_filled_twice() -> None:
    assert formula_text(FORMULA) == "6 + 6 + 1 = 13"
