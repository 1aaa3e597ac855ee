from __future__ import annotations

import pytest

from convcli import ConvError, Pad
from convcli.engine.geometry.arguments import resolve_padding
from convcli.engine.geometry.axis import Axis


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        (1, [(1, 1), (1, 1)]),
        ((1, 2), [(1, 1), (2, 2)]),
        (((1, 2), 3), [(1, 2), (3, 3)]),
        ([[0, 1], [2, 0]], [(0, 1), (2, 0)]),
        ((Pad(1, 2),), [(1, 2), (1, 2)]),
        ("valid", [(0, 0), (0, 0)]),
        ("same", [(1, 2), (2, 2)]),  # extents 4 and 5: the odd cell goes after
    ],
)
def test_every_spelling_becomes_pads(padding: object, expected: list[tuple[int, int]]) -> None:
    assert list(resolve_padding(padding, [Axis(4), Axis(5)], transposed=False)) == expected


@pytest.mark.parametrize(
    ("padding", "strides", "transposed", "code"),
    [
        ("full", (1, 1), False, "padding.name"),
        ("same", (1, 2), False, "padding.same"),
        ("same", (1, 1), True, "padding.transposed"),
        ((1, 2, 3), (1, 1), False, "padding.count"),
        (((1, 2, 3), 1), (1, 1), False, "padding.pair"),
    ],
)
def test_other_spellings_are_refused(
    padding: object, strides: tuple[int, int], transposed: bool, code: str
) -> None:
    with pytest.raises(ConvError) as caught:
        resolve_padding(padding, [Axis(3, stride) for stride in strides], transposed)
    assert caught.value.code == code
