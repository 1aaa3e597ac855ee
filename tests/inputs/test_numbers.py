from __future__ import annotations

import pytest

from convcli import ConvError
from convcli.inputs.text.numbers import (
    parse_integer,
    parse_padding,
    parse_per_axis,
    parse_position,
    parse_shape,
)


@pytest.mark.parametrize(
    "text",
    [
        "1x3x224x224",
        "1,3,224,224",
        " 1 x 3 x 224 x 224",
        "(1, 3, 224, 224)",
        "torch.Size([1, 3, 224, 224])",
        "1\u00d73\u00d7224\u00d7224",
    ],
)
def test_spellings_of_a_shape(text: str) -> None:
    shape = parse_shape(text)
    assert shape == (1, 3, 224, 224)
    assert str(shape) == "1x3x224x224"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1x",
        "x3",
        "1xx3",
        "1.5x2",
        "1x-2",
        "1_000x2",
        "1e3",
        "٣x٣",
        "1 2",
        "9" * 5000,
        f"{2**63}",
    ],
)
def test_what_is_no_shape(text: str) -> None:
    with pytest.raises(ConvError):
        parse_shape(text)


@pytest.mark.parametrize("text", ["", "1_000", "1.0", "0x10", "١", "1e3", "--1", "9" * 5000, "nan"])  # noqa: RUF001
def test_integers_are_read_strictly(text: str) -> None:
    with pytest.raises(ConvError):
        parse_integer(text, "groups")
    assert parse_integer(" +0012 ", "groups") == 12


def test_values_for_each_axis() -> None:
    assert parse_per_axis("3", "stride") == 3
    assert parse_per_axis("5,3", "stride") == parse_per_axis("5x3", "stride") == (5, 3)
    assert parse_position("(0, -2)") == (0, -2)
    assert str(parse_position("0,2")) == "(0, 2)"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1,2", (1, 2)),
        ("1:2", ((1, 2),)),
        ("1:2,0:3", ((1, 2), (0, 3))),
        ("1,0:3", (1, (0, 3))),
        ("same", "same"),
        ("-1", -1),
    ],
)
def test_spellings_of_padding(text: str, value: object) -> None:
    assert parse_padding(text) == value


@pytest.mark.parametrize("text", ["", "full", "1:2:3", "1:", ":1", "1;2", "1.5"])
def test_what_is_no_padding(text: str) -> None:
    with pytest.raises(ConvError) as caught:
        parse_padding(text)
    assert caught.value.code == "padding.spelling"
