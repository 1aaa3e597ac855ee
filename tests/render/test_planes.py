"""Arrays as planes: large ones abbreviated, marks at the places of the array."""

from __future__ import annotations

import numpy as np

from convcli.render.planes import plane_title, plane_words, planes, visible
from convcli.report.document import Tensor


def test_large_arrays_show_both_ends() -> None:
    assert visible(3) == [0, 1, 2]
    assert visible(30) == [0, 1, 2, 3, 4, 5, None, 24, 25, 26, 27, 28, 29]


def test_a_mark_belongs_to_its_place_in_the_array() -> None:
    (plane,) = planes(
        Tensor("x", np.arange(30).reshape(1, 30), marked=frozenset({(0, 7), (0, 29)}))
    )
    (words,) = plane_words(plane, None, "...")
    assert [word.strip() for word in words if "[" in word] == ["[29]"]
    assert words[6] == " ... "


def test_planes_in_the_middle_are_left_out() -> None:
    found = list(planes(Tensor("x", np.zeros((2, 5, 1, 1), int))))
    titles = [plane_title(plane, "...") for plane in found]
    assert titles[:3] == ["x[0, 0]", "x[0, 1]", "x[0, 2]"]
    assert titles[3:] == ["... 4 planes more", "x[1, 2]", "x[1, 3]", "x[1, 4]"]


def test_blanks_and_tensors_without_label() -> None:
    (plane,) = planes(Tensor("x", [[None, 1]]))
    assert plane_words(plane, None, "...") == [["", "1"]]
    assert not list(planes(Tensor(None, [[1]])))
