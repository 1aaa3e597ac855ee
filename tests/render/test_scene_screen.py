from __future__ import annotations

import random

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.render import Style
from convcli.render.columns import text_width
from convcli.render.scene_screen import Foot, screen_lines
from convcli.render.scene_text import number
from convcli.report.film.moments import Film, film
from convcli.report.film.scene import Scene

FOOT = Foot(
    ("paused, 1 per second", "space pause/play  left right position  q quit"), "q quit  space"
)


def film_of(size: int, kernel: int, *, channels: int = 1, transposed: bool = False) -> Film:
    spec = ConvSpec.of(
        in_channels=channels, out_channels=2, kernel_size=kernel, dims=2, transposed=transposed,
        padding=kernel // 2,
    )  # fmt: skip
    rng = np.random.default_rng(size)
    x = rng.normal(size=(channels, size, size)).astype(np.float32)
    return film(spec, x, rng.normal(size=spec.weight_shape).astype(np.float32), None)


FILMS = [film_of(5, 3), film_of(64, 3), film_of(32, 11, channels=3), film_of(9, 4, transposed=True)]


@pytest.mark.parametrize("drawn", FILMS)
def test_the_sum_and_the_keys_are_in_sight_on_any_screen(drawn: Film) -> None:
    rng = random.Random(1)
    films: dict[tuple[int, int, bool], Film] = {}
    for lines, columns in [(24, 80), (12, 40), (10, 60), (50, 200), (8, 40)]:
        index = rng.randrange(drawn.count)
        terms = rng.randint(1, drawn.terms(index))

        def crop(
            rows: int, columns: int, whole_kernel: bool, index: int = index, terms: int = terms
        ) -> Scene:
            size = (rows, columns, whole_kernel)
            films.setdefault(size, drawn.within(*size))
            return films[size].scene(index, terms)

        written = screen_lines(crop, drawn.framing.most, FOOT, Style(columns, True), lines)
        plain = [_without_colors(line) for line in written]
        assert len(plain) <= lines
        assert max(map(text_width, plain)) <= columns
        moment = f"{index + 1} of {drawn.count}, at"
        at = next(at for at, line in enumerate(plain) if line.startswith(moment))
        assert plain[at + 1].startswith("... ") or "*" in plain[at + 1]
        assert "q quit" in plain[-1]
        assert "48;5;131" in "".join(written) or terms == drawn.terms(index)  # the present tap


def test_a_sum_too_long_is_shown_from_its_end() -> None:
    drawn = film_of(32, 11)
    index = drawn.count // 2 + 16
    written = screen_lines(
        lambda *size, **named: drawn.within(*size, **named).scene(index),
        (16, 16),
        FOOT,
        Style(80),
        24,
    )
    at = next(at for at, line in enumerate(written) if line.startswith("... "))
    total = drawn.scene(index).sum.total
    assert written[at + 3].endswith(f"= {number(total, None)}")


def _without_colors(line: str) -> str:
    import re

    return re.sub("\x1b\\[[0-9;]*m", "", line)
