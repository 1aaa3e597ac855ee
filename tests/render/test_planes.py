"""Arrays as planes: large ones abbreviated, marks at the places of the array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcli.render import Significant
from convcli.render.planes import fitted_plane, plane_title, plane_words, planes, visible
from convcli.render.values import text
from convcli.report.document import Tensor
from convcli.report.words.vocabulary import ENGLISH


def test_large_arrays_show_both_ends() -> None:
    assert visible(3) == [0, 1, 2]
    assert visible(30) == [0, 1, 2, 3, 4, 5, None, 24, 25, 26, 27, 28, 29]


def test_a_mark_belongs_to_its_place_in_the_array() -> None:
    (plane,) = planes(
        Tensor("x", np.arange(30).reshape(1, 30), marked=frozenset({(0, 7), (0, 29)}))
    )
    header, words = plane_words(plane, None, "...")
    assert [word.strip() for word in words if "[" in word] == ["[29]"]
    assert (header[7], words[7]) == ("...", " ... ")


@pytest.mark.parametrize("width", range(40, 201, 3))
@pytest.mark.parametrize("size", [(3, 3), (3, 60), (30, 12), (60, 200), (1, 4000)], ids=str)
@pytest.mark.parametrize("kind", ["whole", "float", "complex"])
def test_numbers_of_rows_and_columns_are_those_of_the_array(
    kind: str, size: tuple[int, int], width: int
) -> None:
    """Every number stands under that of its column and beside that of its row, on both sides."""
    values: Any = np.arange(size[0] * size[1]).reshape(size) + 1_000_000
    values = {"whole": values, "float": values / 7, "complex": values / 7 - 2j}[kind]
    (plane,) = planes(Tensor("x", values), width)
    plane, columns = fitted_plane(plane, Significant(), "...", width)
    lines = ["".join(f"  {word}" for word in row) for row in zip(*columns, strict=True)]
    assert {len(line) for line in lines} <= set(range(width + 1))
    assert all(len({len(word) for word in column}) == 1 for column in columns)
    if not plane.has_gap:
        return
    heads, *others = columns
    for header, *words in others:
        for head, word in zip(heads[1:], words, strict=True):
            if "..." in (header.strip(), word.strip()):
                continue
            row, column = int(head.strip(" []") or 0), int(header.strip(" []"))
            assert word.strip() == text(values[row, column], Significant())
    assert plane.column_numbers[0] == 0
    assert plane.column_numbers[-1] == size[1] - 1


def test_as_many_columns_as_fit_stand_at_both_ends() -> None:
    tensor = Tensor("x", np.arange(100).reshape(1, 100))
    for width, first, last in [(18, 1, 1), (23, 2, 1), (29, 2, 2), (600, 100, 0)]:
        (plane,) = planes(tensor, width)
        numbers = list(fitted_plane(plane, None, "...", width)[0].column_numbers)
        at = numbers.index(None) if None in numbers else len(numbers)
        assert (at, len(numbers[at + 1 :])) == (first, last)


def test_planes_in_the_middle_are_left_out() -> None:
    found = list(planes(Tensor("x", np.zeros((2, 5, 6, 6), int))))
    titles = [plane_title(plane, "...", ENGLISH) for plane in found]
    assert titles[:3] == ["x[0, 0]", "x[0, 1]", "x[0, 2]"]
    assert titles[3:] == ["... 4 more planes", "x[1, 2]", "x[1, 3]", "x[1, 4]"]


def test_blanks_and_tensors_without_label() -> None:
    (plane,) = planes(Tensor("x", [[None, 1]]))
    assert plane_words(plane, None, "...") == [["", "1"]]
    assert not list(planes(Tensor(None, [[1]])))


def test_the_place_of_a_plane_stands_behind_its_name() -> None:
    tensor = Tensor(
        "gradient of w at the end",
        np.zeros((1, 2, 2, 2)),
        label_at=lambda place: f"gradient of w{place} at the end",
    )
    titles = [plane_title(plane, "...", ENGLISH) for plane in planes(tensor)]
    assert titles == [f"gradient of w[0, {at}] at the end" for at in (0, 1)]


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (99, 0), (0, 99), (1, 1, 0), (2, 30, 0)])
@pytest.mark.parametrize("width", [None, 80])
def test_an_array_without_numbers_has_planes_without_rows(shape: Any, width: int | None) -> None:
    found = list(planes(Tensor("x", np.zeros(shape)), width))
    assert len(found) == int(np.prod(shape[:-2]))
    for plane in found:
        assert plane.rows == []
        assert plane_words(plane, None, "...") == []
