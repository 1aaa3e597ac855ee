"""axe finds no violation on the page, in light, dark and forced colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LAYERS = {
    "5x5": ("conv2d", "arange:5x5", "arange:3x3:1", "-p", "1"),
    "groups": ("conv2d", "arange:4x5x5", "arange:4x2x3x3", "-g", "2", "-s", "2"),
    "transposed": ("conv_transpose2d", "arange:3x3", "arange:3x3:1", "-s", "2"),
    "photograph": ("conv2d", "rand:64x64", "kernel:sobel-x", "-p", "1"),
}
COLORS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
}


def violations(page: Any) -> list[str]:
    """What axe finds, a line for each violation with the first element that has it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    return [
        f"{found['id']}: {found['help']}: {found['nodes'][0]['html'][:200]}"
        for found in axe.run(page).response["violations"]
    ]


@pytest.mark.parametrize("colors", COLORS)
@pytest.mark.parametrize("layer", LAYERS)
def test_axe_finds_no_violation(open_page: Callable[..., Any], layer: str, colors: str) -> None:
    language = ("--lang", "zh") if colors == "dark" else ()
    page = open_page(*LAYERS[layer], *language, **COLORS[colors])
    assert violations(page) == []


def test_axe_finds_no_violation_on_a_phone(open_page: Callable[..., Any]) -> None:
    assert violations(open_page(*LAYERS["groups"], width=390, height=844)) == []
