"""The parts of the page: one script of all modules, and one palette."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import convcli
from convcli.notebook.frames import BESIDE
from convcli.render.page_file import UNPACK, script_of
from convcli.render.palette import CELLS, PAGE, Color, Theme, css_name

RENDER = Path(convcli.__file__).parent / "render"
FOLDER = RENDER / "page"
SCRIPTS = sorted(FOLDER.rglob("*.js"))
MODULES = [path for path in SCRIPTS if path.name not in (UNPACK, BESIDE)]
STARTS = ("start", "network/start", "learning/start")  # of the pages
HEX_COLOR = re.compile(r"#[0-9a-fA-F]{6}\b")
TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
IMPORTED = re.compile(r'^import \{[^}]*\} from "(\.\.?/[\w./]+\.js)";', re.MULTILINE)


def imports(path: Path) -> list[Path]:
    return [(path.parent / name).resolve() for name in IMPORTED.findall(path.read_text())]


def reached(path: Path) -> set[Path]:
    """A module and those that it needs."""
    return {path}.union(*map(reached, imports(path)))


@pytest.mark.parametrize("start", STARTS)
def test_a_script_holds_every_module_behind_those_that_it_imports(start: str) -> None:
    script = script_of(start)
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    definitions = {match[1]: match.start() for match in TOP_LEVEL.finditer(script)}
    modules = reached((FOLDER / f"{start}.js").resolve())
    place = {path: definitions[TOP_LEVEL.findall(path.read_text())[0]] for path in modules}
    for path in modules:
        for imported in imports(path):
            assert place[imported] < place[path], f"{path} imports {imported}"


def test_every_module_is_part_of_a_page() -> None:
    starts = [(FOLDER / f"{start}.js").resolve() for start in STARTS]
    assert set().union(*map(reached, starts)) == {path.resolve() for path in MODULES}


@pytest.mark.parametrize("start", STARTS)
def test_top_level_names_are_unique(start: str) -> None:
    """The modules share one scope in the page."""
    names = Counter(TOP_LEVEL.findall(script_of(start)))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_lines_of_scripts_are_short(path: Path) -> None:
    assert max(map(len, path.read_text().splitlines())) <= 100


def test_colors_stand_in_the_palette_alone() -> None:
    parts = [path for path in RENDER.rglob("*") if path.suffix in (".py", ".js", ".css", ".html")]
    holders = {path.name for path in parts if HEX_COLOR.search(path.read_text())}
    assert holders == {"palette.py"}


@pytest.mark.parametrize("color", [*CELLS.values(), *PAGE.values()])
def test_a_color_is_written_for_both_grounds(color: Color) -> None:
    assert all(HEX_COLOR.fullmatch(text) for text in color)


def luminance(color: str) -> float:
    """The relative luminance of WCAG 2.2."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


ALL = PAGE | {css_name(role): color for role, color in CELLS.items()}
LINES = {
    "window-line": ("cell", "padding", "window", "ground"),
    "padding-line": ("cell", "padding", "window-padding"),
    "kernel-line": ("kernel", "waiting", "ground"),
    "tap-line": ("tap", "cell", "window", "kernel", "waiting"),
    "result-line": ("result", "output", "ground"),
    "edge": ("ground",),
    "focus": ("ground",),
}
TEXTS = {
    "ink": ("ground", "cell", "window", "window-padding", "kernel", "output", "result", "waiting"),
    "quiet": ("ground", "padding"),
    "tap-ink": ("tap",),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(LINES, 3), (TEXTS, 4.5)], ids=["lines", "texts"])
def test_lines_and_texts_stand_out(
    pairs: dict[str, tuple[str, ...]], least: float, theme: Theme
) -> None:
    faint = {
        (name, ground): round(contrast(ALL[name].on(theme), ALL[ground].on(theme)), 2)
        for name, grounds in pairs.items()
        for ground in grounds
    }
    assert {pair: found for pair, found in faint.items() if found < least} == {}


def test_a_small_page_stays_under_150_kilobytes() -> None:
    assert (RENDER.parent.parent / "examples" / "slide.html").stat().st_size < 150_000
