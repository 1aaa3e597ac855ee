"""`convcli show -o`: the picture files, their sizes, options and refusals."""

from __future__ import annotations

import base64
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.render import fonts

Convcli = Callable[..., Any]
LINE = ["show", "conv2d", "arange:5x5:1", "arange:3x3:1", "-p", "1"]
PHOTO = ["show", "conv2d", "randint:64x64:3", "kernel:sobel-x", "-p", "1"]
SVG = "{http://www.w3.org/2000/svg}"


def drawn(convcli: Convcli, path: Path, *line: object) -> ET.Element:
    """The SVG of a command line."""
    result = convcli(*line, "-o", path)
    assert result.status == 0, result.err
    return ET.fromstring(path.read_text())


def test_an_svg_needs_no_style_sheet(convcli: Convcli, tmp_path: Path) -> None:
    still = drawn(convcli, tmp_path / "a.svg", *LINE, "--at", "2,2")
    assert still.find(f".//{SVG}style") is None
    assert not [each for each in still.iter() if each.get("class") or each.get("style")]
    for each in still.iter(f"{SVG}rect"):
        assert each.get("fill") or any(each in list(group) and group.get("fill") for group in still)
    ground = still.find(f"{SVG}rect")
    assert ground is not None
    # In numbers: fpdf2 reads 100% as 100 points.
    size = still.get("width"), still.get("height")
    assert (ground.get("width"), ground.get("height"), ground.get("fill")) == (*size, "#ffffff")
    dark = drawn(convcli, tmp_path / "dark.svg", *LINE, "--theme", "dark")
    assert dark.find(f"{SVG}rect").get("fill") == "#16191d"  # type: ignore[union-attr]


def test_the_first_frame_is_visible_without_css(convcli: Convcli, tmp_path: Path) -> None:
    film = drawn(convcli, tmp_path / "film.svg", *LINE, "--frames")
    frames = [each for each in film.iter(f"{SVG}g") if each.get("class") == "f"]
    assert [each.get("visibility") for each in frames] == [None, *["hidden"] * 24]
    totals = [[text.text for text in frame.iter(f"{SVG}text")] for frame in frames]
    assert "= 681" in " ".join(text for text in totals[12] if text)
    assert (tmp_path / "film.svg").stat().st_size < 150_000


def test_a_still_picture_has_the_whole_output(convcli: Convcli, tmp_path: Path) -> None:
    still = drawn(convcli, tmp_path / "a.svg", *LINE)
    numbers = [text.text for text in still.iter(f"{SVG}text")]
    result = np.load(BytesIO(convcli("run", *LINE[1:], "-o", "-").out_bytes))
    assert all(str(number) in numbers for number in result.ravel().tolist())


def test_a_photograph_is_an_image_with_a_scale(convcli: Convcli, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    photo = drawn(convcli, tmp_path / "a.svg", *PHOTO, "--at", "20,15")
    images = list(photo.iter(f"{SVG}image"))
    data = [each.get("href", "").partition("base64,")[2] for each in images]
    sizes = [image.open(BytesIO(base64.b64decode(each))).size for each in data]
    scale, padding = (128, 10), (14, 14)  # in the legend
    assert sizes == [(330, 330), scale, (320, 320), scale, padding]
    texts = [text.text for text in photo.iter(f"{SVG}text")]
    assert "window" in texts
    assert len(texts) < 40


def test_the_shades_of_an_image_are_its_numbers(convcli: Convcli, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    np.save(tmp_path / "x.npy", np.arange(400).reshape(20, 20) % 200)
    photo = drawn(convcli, tmp_path / "a.svg", "show", "conv2d", tmp_path / "x.npy", "1")
    data = next(photo.iter(f"{SVG}image")).get("href", "").partition("base64,")[2]
    pixels = np.asarray(image.open(BytesIO(base64.b64decode(data))).convert("L"))[9::19, 9::19]
    assert pixels.shape == (20, 20)
    assert np.array_equal(pixels[:10], pixels[10:])
    assert (np.diff(pixels[:10].ravel().astype(int)) >= 0).all()
    assert (pixels.min(), pixels.max()) == (18, 255)


def test_channels_and_depths_are_drawn_together(convcli: Convcli, tmp_path: Path) -> None:
    line = ["show", "conv2d", "arange:3x4x4", "ones:2x3x2x2", "--channel", "1"]
    several = drawn(convcli, tmp_path / "a.svg", *line)
    texts = [text.text or "" for text in several.iter(f"{SVG}text")]
    assert [text for text in texts if text.startswith("input")] == [
        f"input, channel {channel} of 3" for channel in range(3)
    ]
    assert not [text for text in texts if "other channels" in text]
    one = drawn(convcli, tmp_path / "b.svg", *line, "--in-channel", "2")
    assert [text.text for text in one.iter(f"{SVG}text") if "other channels" in (text.text or "")]
    volume = drawn(convcli, tmp_path / "c.svg", "show", "conv3d", "arange:3x3x3", "ones:2x2x2")
    texts = [text.text or "" for text in volume.iter(f"{SVG}text")]
    assert [text for text in texts if text.startswith("input")] == [
        "input, depth 0",
        "input, depth 1",
    ]


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_films_are_small_and_whole(convcli: Convcli, tmp_path: Path, suffix: str) -> None:
    image = pytest.importorskip("PIL.Image")
    path = tmp_path / f"x.{suffix}"
    assert convcli(*LINE, "-o", path, "--speed", "4").status == 0
    assert path.stat().st_size < 100_000
    with image.open(path) as film:
        assert (film.n_frames, film.info["loop"]) == (25, 0)
        film.seek(24)
        last = np.asarray(film.convert("RGB")).astype(int)
    assert convcli(*LINE, "-o", tmp_path / "y.png", "--at", "4,4", "--scale", "1").status == 0
    still = np.asarray(image.open(tmp_path / "y.png").convert("RGB")).astype(int)
    # The last frame is the still picture but for the sum, which is shorter in a film; a GIF has
    # few steps between a colour and the ink.
    height = last.shape[0] - 70
    assert np.abs(last[:height] - still[:height]).max() < 70


def test_frames_are_what_was_drawn(convcli: Convcli, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    films = {}
    for suffix in ("gif", "apng"):
        line = ["show", "conv2d", "arange:3x3:1", "1 2; 3 4", "-p", "1:0"]
        assert convcli(*line, "-o", tmp_path / f"x.{suffix}").status == 0
        with image.open(tmp_path / f"x.{suffix}") as film:
            frames = []
            for number in range(film.n_frames):
                film.seek(number)
                frames.append(np.asarray(film.convert("RGB")))
            films[suffix] = np.stack(frames)
    assert np.array_equal(films["gif"], films["apng"])
    assert (films["gif"][:, 2, 2] == 255).all()


def test_a_png_is_sharp(convcli: Convcli, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    root = drawn(convcli, tmp_path / "a.svg", *LINE)
    size = int(root.get("width", "")), int(root.get("height", ""))
    for more, scale in (([], 2), (["--scale", "3"], 3)):
        assert convcli(*LINE, *more, "--force", "-o", tmp_path / "a.png").status == 0
        with image.open(tmp_path / "a.png") as picture:
            assert picture.size == (size[0] * scale, size[1] * scale)


def test_a_pdf_has_a_page_for_each_position(convcli: Convcli, tmp_path: Path) -> None:
    pytest.importorskip("fpdf")
    assert convcli(*LINE, "-o", tmp_path / "a.pdf").err == ""
    assert convcli(*LINE, "--frames", "-o", tmp_path / "b.pdf").status == 0
    assert convcli(*LINE, "-o", tmp_path / "c.pdf").status == 0
    one, several = ((tmp_path / name).read_bytes() for name in ("a.pdf", "b.pdf"))
    assert one.startswith(b"%PDF-")
    assert [each.count(b"/Type /Page\n") for each in (one, several)] == [1, 25]
    assert one == (tmp_path / "c.pdf").read_bytes()


@pytest.mark.parametrize(("suffix", "package", "extra"), [
    (".png", "PIL", "image"), (".gif", "PIL", "image"), (".webp", "PIL", "image"),
    (".apng", "PIL", "image"), (".pdf", "fpdf", "pdf"),
])  # fmt: skip
def test_a_missing_package_is_named(
    convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    suffix: str, package: str, extra: str,
) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, package, None)
    result = convcli(*LINE, "-o", tmp_path / f"x{suffix}")
    assert (result.status, list(tmp_path.iterdir())) == (6, [])
    assert f"[{extra}]" in result.err


def test_a_long_film_leaves_positions_out_and_says_so(convcli: Convcli, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    line = ["show", "conv1d", "ones:600", "1"]
    result = convcli(*line, "-o", tmp_path / "x.gif", "--scale", "0.5")
    assert result.status == 0
    assert "x.gif: 150 of 600 positions, one in 4 along each axis" in result.err
    with image.open(tmp_path / "x.gif") as film:
        assert film.n_frames == 150
    result = convcli(*line, "--every", "50", "-o", tmp_path / "y.gif", "--scale", "0.5")
    assert result.err == ""
    with image.open(tmp_path / "y.gif") as film:
        assert film.n_frames == 12
    result = convcli(*line, "--every", "1", "-o", tmp_path / "z.gif")
    assert result.status == 2
    assert "at most 500 positions, and this one has 600" in result.err


def test_a_film_begins_where_it_is_asked_to(convcli: Convcli, tmp_path: Path) -> None:
    film = drawn(convcli, tmp_path / "x.svg", *LINE, "--frames", "--at", "4,1")
    texts = [text.text for text in film.iter(f"{SVG}text")]
    assert [text for text in texts if text and " of 25, at " in text] == [
        f"{number} of 25, at (4, {number - 21})" for number in range(22, 26)
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["-o", "x.png", "--frames"], "--frames needs a picture that holds several positions"),
        (["-o", "x.svg", "--every", "2"], "--every needs a picture of several positions"),
        (["-o", "x.svg", "--frames", "--every", "0"], "--every must be at least 1"),
        (["-o", "x.gif", "--every", "1,2,3"], "--every must be one number, or one for each of 2"),
        (["-o", "x.svg", "--scale", "2"], "--scale is for pictures that consist of pixels"),
        (["-o", "x.png", "--scale", "9"], "--scale must be 0.5..8"),
        (["-o", "x.svg", "--theme", "blue"], "--theme must be light or dark"),
        (["-o", "x.html", "--theme", "dark"], "--theme needs an --output that is a picture"),
        (["--every", "2"], "--every needs an --output that is a picture"),
        (["--frames"], "--frames needs an --output that is a picture"),
        (["-o", "x.bmp"], "a picture needs one of the suffixes .html, .svg, .pdf, .gif"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], message: str
) -> None:
    pytest.importorskip("PIL")
    monkeypatch.chdir(tmp_path)
    result = convcli(*LINE, *more)
    assert (result.status, list(tmp_path.iterdir())) == (2, [])
    assert message in result.err


@pytest.mark.parametrize("suffix", [".gif", ".png", ".pdf"])
def test_without_a_chinese_font_the_words_are_english(
    convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    pytest.importorskip("PIL" if suffix != ".pdf" else "fpdf")
    monkeypatch.setattr("convcli.cli.commands.show.pictures.chinese_font", lambda: None)
    small = ["show", "conv1d", "1 2 3", "1 1"]
    result = convcli(*small, "--lang", "zh", "-o", tmp_path / f"zh{suffix}")
    assert result.status == 0
    assert "no font with Chinese was found, so its words are English" in result.err
    assert convcli(*small, "-o", tmp_path / f"en{suffix}").err == ""
    assert (tmp_path / f"zh{suffix}").read_bytes() == (tmp_path / f"en{suffix}").read_bytes()
    svg = convcli(*small, "--lang", "zh", "-o", tmp_path / "x.svg")
    assert (svg.err, "输入" in (tmp_path / "x.svg").read_text("utf-8")) == ("", True)


@pytest.mark.parametrize("suffix", [".gif", ".pdf"])
def test_a_chinese_font_is_used(convcli: Convcli, tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("PIL" if suffix != ".pdf" else "fpdf")
    if fonts.chinese_font() is None:
        pytest.skip("no font with Chinese")
    small = ["show", "conv1d", "1 2 3", "1 1"]
    result = convcli(*small, "--lang", "zh", "-o", tmp_path / f"zh{suffix}")
    assert (result.status, result.err) == (0, "")
    assert convcli(*small, "-o", tmp_path / f"en{suffix}").status == 0
    assert (tmp_path / f"zh{suffix}").read_bytes() != (tmp_path / f"en{suffix}").read_bytes()


def test_fonts_are_found_in_the_folders_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "folders", lambda: iter([tmp_path]))
    fonts.chinese_font.cache_clear()
    try:
        assert fonts.chinese_font() is None
        fonts.chinese_font.cache_clear()
        (tmp_path / "deep").mkdir()
        for name in ("wqy-microhei.ttc", "NotoSansCJK-Regular.ttc"):
            (tmp_path / "deep" / name).touch()
        found = fonts.chinese_font()
        assert found == (str(tmp_path / "deep" / "NotoSansCJK-Regular.ttc"), 2)
    finally:
        fonts.chinese_font.cache_clear()


@pytest.mark.parametrize("dtype", ["complex128", "bool", "float32", "int8", "uint64", "float16"])
@pytest.mark.parametrize("size", [4, 20])
def test_every_type_of_number_is_drawn(
    convcli: Convcli, tmp_path: Path, dtype: str, size: int
) -> None:
    numbers = np.arange(size * size).reshape(size, size) % 7
    np.save(tmp_path / "x.npy", numbers.astype(dtype))
    np.save(tmp_path / "w.npy", np.ones((2, 2), dtype))
    drawn(convcli, tmp_path / "a.svg", "show", "conv2d", tmp_path / "x.npy", tmp_path / "w.npy")


def test_what_is_not_finite_has_a_colour_of_its_own(convcli: Convcli, tmp_path: Path) -> None:
    numbers = np.ones((20, 20))
    numbers[3, 4], numbers[9, 9] = np.nan, np.inf
    np.save(tmp_path / "x.npy", numbers)
    root = drawn(convcli, tmp_path / "a.svg", "show", "conv2d", tmp_path / "x.npy", "1.0")
    assert [text.text for text in root.iter(f"{SVG}text")].count("NaN, inf") == 2


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".apng"])
def test_the_last_frame_stays(convcli: Convcli, tmp_path: Path, suffix: str) -> None:
    image = pytest.importorskip("PIL.Image")
    path = tmp_path / f"a{suffix}"
    assert convcli(*LINE, "--at", "4,2", "--speed", "4", "-o", path).status == 0
    with image.open(path) as film:
        times = []
        for frame in range(film.n_frames):
            film.seek(frame)
            film.load()
            times.append(film.info["duration"])
    assert times == [250, 250, 3000]


def test_the_last_frame_of_an_svg_stays(convcli: Convcli, tmp_path: Path) -> None:
    film = drawn(convcli, tmp_path / "a.svg", *LINE, "--at", "4,2", "--speed", "1", "--frames")
    style = film.findtext(f"{SVG}style") or ""
    assert "f 5s steps(1)" in style
    assert "@keyframes f{0%{visibility:visible}20.000000%{" in style
    assert "@keyframes l{0%{visibility:visible}60.000000%{" in style
    styles = [each.get("style") for each in film.iter(f"{SVG}g") if each.get("class") == "f"]
    assert styles == [None, "animation-delay:1s", "animation-name:l;animation-delay:2s"]
