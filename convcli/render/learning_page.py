"""The page of `convcli learn`, made of the parts in `render/page/learning`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcli.render.page_file import page_file, palette_style, part, script_of
from convcli.render.palette import MARKS, NOT_A_NUMBER, SIGNED


def page(data: Mapping[str, Any], title: str) -> str:
    """The page of a course of learning as HTML."""
    colors = dict(zip(("negative", "zero", "positive"), SIGNED, strict=True))
    colors |= {f"{role}-mark": color for role, color in MARKS.items()}
    colors["not-a-number"] = NOT_A_NUMBER
    style = f"{palette_style(colors)}\n{part('shared.css')}\n{part('learning/learning.css')}"
    script = script_of("learning/start")
    return page_file("learning/learning.html", style, script, data, title=title)
