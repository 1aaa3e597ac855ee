"""Pages in the frames of a notebook: their height, their theme, and that they leave it alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcli
from convcli import ConvSpec
from tests.browser.firefox import FirefoxTab

Open = Callable[..., Any]
SPEC = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=2)
W = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
SMALL = convcli.show(SPEC, np.arange(25).reshape(5, 5), W)
CHINESE = convcli.show(SPEC, np.zeros((40, 40)), W, lang="zh")
OVERFLOW = """() => ["html", "#stage", "#explanation"].filter((name) => {
  const { scrollHeight, clientHeight } = document.querySelector(name);
  return scrollHeight > clientHeight + 1;
})"""
THEME = "document.documentElement.dataset.theme"


@pytest.fixture
def open_notebook(open_page: Open, tmp_path: Path) -> Open:
    """Opens a notebook with these pages, which begins with a field; the frames are ready."""

    def go(*pages: Any, ground: str = "white", **more: Any) -> Any:
        cells = "".join(f"<div>{page._repr_html_()}</div>" for page in pages)
        path = tmp_path / "notebook.html"
        path.write_text(
            '<!doctype html><html><meta charset="utf-8"><body data-state="ready" '
            f'style="background: {ground}; margin: 0"><textarea></textarea>{cells}',
            "utf-8",
        )
        page = open_page(address=path.as_uri(), **more)
        for frame in page.frames[1:]:
            frame.wait_for_selector("body[data-state=ready]")
            frame.wait_for_function(THEME)
        page.wait_for_timeout(100)  # the last change of height has come
        return page

    return go


def heights(page: Any) -> list[int]:
    found: list[int] = page.evaluate(
        "[...document.querySelectorAll('iframe')].map((frame) => frame.clientHeight)"
    )
    return found


@pytest.mark.parametrize("width", [560, 800, 1200])
def test_a_frame_gets_the_height_that_its_page_needs(open_notebook: Open, width: int) -> None:
    page = open_notebook(SMALL, CHINESE, width=width)
    assert [frame.evaluate(OVERFLOW) for frame in page.frames[1:]] == [[], []]
    assert all(560 < height < 900 for height in heights(page))
    assert [frame.evaluate(THEME) for frame in page.frames[1:]] == ["light", "light"]
    assert page.frames[2].inner_text("#play") == "播放"


def test_a_frame_gets_its_height_in_firefox_too(firefox: FirefoxTab, tmp_path: Path) -> None:
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><body>{SMALL._repr_html_()}", "utf-8")
    firefox.open(path.as_uri(), 1100, 800)
    grown = "new Promise((done) => new ResizeObserver(([frame]) => {"
    grown += "if (frame.contentRect.height > 600) done(frame.contentRect.height);"
    grown += "}).observe(document.querySelector('iframe')))"
    assert 600 < firefox.evaluate(grown) < 900
    assert firefox.console == []


def test_a_frame_of_a_chosen_height_keeps_it(open_notebook: Open) -> None:
    page = open_notebook(convcli.show(SPEC, np.ones((5, 5)), W, height=400))
    assert heights(page) == [400]


def test_a_page_is_as_dark_as_the_notebook(open_notebook: Open) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page = open_notebook(SMALL, CHINESE, ground="#111")  # on a system that prefers light
    frame = page.frames[1]
    dark = frame.evaluate(ground)
    assert [each.evaluate(THEME) for each in page.frames[1:]] == ["dark", "dark"]
    page.evaluate("document.body.style.background = 'white'")
    frame.wait_for_function(f"{THEME} === 'light'")
    assert frame.evaluate(ground) != dark
    page.emulate_media(color_scheme="dark")  # the notebook stays light
    assert frame.evaluate(ground) == "rgb(255, 255, 255)"


def test_light_letters_tell_of_a_dark_ground(open_notebook: Open) -> None:
    """In VS Code the ground of a notebook is that of the window behind it."""
    page = open_notebook(SMALL, ground="transparent; color: #cccccc")
    assert page.frames[1].evaluate(THEME) == "dark"
    page.evaluate("document.body.style.color = '#333'")
    page.frames[1].wait_for_function(f"{THEME} === 'light'")


def test_a_frame_leaves_the_notebook_alone(open_notebook: Open) -> None:
    page = open_notebook(SMALL)
    assert page.evaluate("document.activeElement === document.body")
    page.evaluate("window.keys = 0; addEventListener('keydown', () => window.keys++)")
    steps = page.evaluate("history.length")
    frame = page.frames[1]
    frame.click("#stride_more")
    frame.click("#output .grid .cell >> nth=0")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    assert "stride=2" in frame.inner_text("#pytorch code")
    frame.click("#undo")
    assert "stride" not in frame.inner_text("#pytorch code")
    page.wait_for_timeout(200)  # the address follows later
    assert page.evaluate("[history.length, location.hash, window.keys, scrollY]") == [
        steps, "", 0, 0
    ]  # fmt: skip
    before = frame.inner_text("#step_number")
    page.focus("textarea")
    page.keyboard.type("k.+ ")
    assert page.input_value("textarea") == "k.+ "
    assert frame.inner_text("#step_number") == before
    names = page.evaluate("Object.keys(window).filter((name) => name.includes('convcli'))")
    assert names == ["convcliFrames"]


def test_a_page_in_any_frame_makes_no_steps_of_back(open_page: Open, tmp_path: Path) -> None:
    outer, inner = tmp_path / "slides.html", tmp_path / "slides.html.page.html"
    SMALL.save(inner)
    frame = f'<iframe width="900" height="600" src="{inner.name}"></iframe>'
    outer.write_text(f'<!doctype html><body data-state="ready">{frame}', "utf-8")
    page = open_page(address=outer.as_uri())
    inside = page.frames[1]
    inside.wait_for_selector("body[data-state=ready]")
    steps = page.evaluate("history.length")
    inside.click("#stride_more")
    page.wait_for_timeout(200)  # the address follows later
    assert page.evaluate("history.length") == steps
    inside.click("#undo")
    assert "stride" not in inside.inner_text("#pytorch code")
