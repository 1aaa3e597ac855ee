"""The page of `convcli stack`, made of the parts in `render/page/network`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcli.render.page_file import page_file, palette_style, part, script_of
from convcli.render.palette import MARKS


def page(data: Mapping[str, Any], name: str) -> str:
    """The page of a network, which is called `name`, as HTML."""
    marks = {f"{role}-mark": color for role, color in MARKS.items()}
    style = f"{palette_style(marks)}\n{part('shared.css')}\n{part('network/network.css')}"
    script = script_of("network/start")
    return page_file("network/network.html", style, script, {**data, "name": name}, title=name)
