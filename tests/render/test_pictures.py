"""Pictures: no text leaves them, whatever the font; no cell is narrower than its number."""

from __future__ import annotations

import random
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.render.letter_widths import folded, widest
from convcli.render.palette import CELLS, GROUND, INK, MARKS
from convcli.render.png import indexed_png
from convcli.render.scene_layout import Picture, pictures
from convcli.render.scene_panels import KINDS, Box, TextLine
from convcli.report.film.moments import film
from convcli.report.film.planes import Framing
from convcli.report.words.vocabulary import Words
from tests.random_layers import random_layer

FONTS = (
    "truetype/dejavu/DejaVuSans.ttf",
    "truetype/dejavu/DejaVuSansMono.ttf",
    "truetype/liberation/LiberationSans-Regular.ttf",
    "opentype/noto/NotoSansCJK-Regular.ttc",
)
SAMPLES = (
    "nn.Conv2d(1, 1, kernel_size=3, padding=1, bias=False)",
    "7*1 + 8*2 + (-0.5)*3 = 7 + 16 - 1.5 = 21.5",
    "WWWWMMMM@@@@%%%%mmmm", "iiiillll....''''", "#&+<=>DGHNOQU^w~{}$_?",
)  # fmt: skip


def right_end(line: TextLine) -> float:
    width = widest(line.text, KINDS[line.kind], bold=line.kind == "title")
    return line.x + width * {"start": 1, "middle": 0.5, "end": 0}[line.anchor]


def check(picture: Picture) -> None:
    for shape in picture.shapes:
        if isinstance(shape, TextLine):
            assert shape.x >= 0
            assert right_end(shape) <= picture.width
            assert 0 < shape.y < picture.height
        else:
            assert shape.x + shape.width <= picture.width
            assert shape.y + shape.height <= picture.height
        if isinstance(shape, Box):
            assert widest(shape.text, KINDS["number"]) <= shape.width


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_leaves_the_picture(language: str) -> None:
    rng = random.Random(3)
    for number in range(60):
        spec, x, w, b = random_layer(rng, dtype=np.int64 if number % 3 else np.complex128)
        framing = Framing(most=(576, 576), layers=4, words=Words(language))
        reel = film(spec, x, w, b, framing=framing)
        check(pictures([reel.scene(rng.randrange(reel.count), finished=True)])[0])
        if number % 5 == 0 and reel.count < 60:
            for each in pictures([reel.scene(index) for index in range(reel.count)]):
                check(each)


def test_all_terms_of_several_channels_are_in_the_sum() -> None:
    rng = random.Random(4)
    for _ in range(40):
        spec, x, w, b = random_layer(rng, dtype=np.int64)
        reel = film(spec, x, w, b, framing=Framing(layers=4))
        index = rng.randrange(reel.count)
        scene, worked = reel.scene(index), reel.worked(index)
        assert scene.sum.total == worked.total == sum(scene.sum.products)
        lit = sum(int(np.isin(kernel.codes, [4, 5]).sum()) for _, kernel in scene.layers)
        assert lit == len(reel.drawn_terms(worked))


@pytest.mark.parametrize("path", FONTS)
@pytest.mark.parametrize("text", SAMPLES)
def test_letters_are_no_wider_than_the_table_says(path: str, text: str) -> None:
    fonts = pytest.importorskip("PIL.ImageFont")
    file = Path("/usr/share/fonts") / path
    if not file.exists():
        pytest.skip("the font is not installed")
    assert fonts.truetype(str(file), 100).getlength(text) <= widest(text, 100)


def test_a_sum_breaks_before_its_operators() -> None:
    lines = folded(SAMPLES[1], 150, 14)
    assert all(widest(line, 14) <= 150 for line in lines)
    assert " ".join(lines) == SAMPLES[1]
    assert all(line[0] in "+-=" for line in lines[1:])


def test_a_statement_stays_on_its_line_where_it_fits() -> None:
    stamps = ", ".join(f"4*{number} = {4 * number}" for number in range(1, 10))
    assert all(line.count("*") == line.count("=") for line in folded(stamps, 200, 14))
    assert folded("0*1 + 0*2 + 6*8 = 0 + 0 + 48 = 48", 160, 14) == [
        "0*1 + 0*2 + 6*8",
        "= 0 + 0 + 48 = 48",
    ]
    assert " ".join(folded(stamps, 60, 14)) == stamps


def test_the_embedded_png_is_what_pillow_reads() -> None:
    image: Any = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 200, (13, 29)).astype(np.uint8)
    colors = [(index, 255 - index, index // 2) for index in range(200)]
    with image.open(BytesIO(indexed_png(pixels, colors))) as opened:
        assert np.array_equal(np.asarray(opened.convert("RGB")), np.array(colors)[pixels])


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_and_marks_stand_out(theme: Any) -> None:
    for role, color in CELLS.items():
        if role != "tap":  # of a term, which no picture shows
            assert contrast(INK.on(theme), color.on(theme)) >= 4.5, role
    for color in MARKS.values():
        assert contrast(color.on(theme), GROUND.on(theme)) >= 4.5
