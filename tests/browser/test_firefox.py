"""The page works in Firefox as in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.browser.firefox import FirefoxTab

TEXT = "document.querySelector('#explanation').innerText"
LAYER = ("conv2d", "arange:2x5x5", "arange:2x2x3x3:1", "-p", "1", "--at", "2,2")


def test_the_page_says_the_same_in_firefox(
    open_page: Callable[..., Any], firefox: FirefoxTab, convcli: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "firefox.html"
    assert convcli("show", *LAYER, "-o", str(path)).status == 0
    firefox.open(path.as_uri(), 1280, 720)
    page = open_page(*LAYER, width=1280, height=720)
    assert firefox.evaluate(TEXT).split() == page.evaluate(TEXT).split()
    assert firefox.console == []
