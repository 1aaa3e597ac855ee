"""The page of `convcli show`: one file that needs nothing else, from the parts in `convcli/render/page`."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from convcli.errors import printable
from convcli.render.json import encode
from convcli.render.svg import FILLS, INK, class_of

SCRIPTS = (
    "tap_table", "layer", "sums", "arrays", "source", "panels", "focus", "explanation", "controls", "link", "command", "view",
    "page", "hands", "start",
)  # fmt: skip
SHADES = 16
COLORS = {  # beside those of the roles of cells, on a light and on a dark ground
    "ground": ("#ffffff", "#16191d"),
    "ink": INK,
    "quiet": ("#586069", "#9da7b1"),
    "line": ("#c9d1d9", "#444c56"),
    "focus": ("#0969da", "#6cb6ff"),
    "tap-ink": ("#1c2024", "#ffffff"),
    "window-strong": ("#0b8fb5", "#36b7dc"),
    "shade-low": ("#24292f", "#101316"),
    "shade-high": ("#ffffff", "#d5dbe1"),
}


def page(data: Mapping[str, Any], title: str) -> str:
    """The page that shows `data`; it may run its own script and style and, without a server, load nothing at all."""
    style, script = (
        _style(),
        "\n".join(["'use strict';", *(_part(f"{name}.js") for name in SCRIPTS)]),
    )
    return Template(_part("page.html")).substitute(
        language=data["language"],
        title=escape(printable(title)),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        connect="connect-src 'self'; " if data["server"] else "",
        **{
            name: Template(_part("panel.html")).substitute(name=name)
            for name in ("input", "weight", "output")
        },
        data=encode(data)
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029"),
    )


def _part(name: str) -> str:
    return (files("convcli.render") / "page" / name).read_text("utf-8").strip()


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _style() -> str:
    colors = COLORS | {class_of(role): fills for role, fills in FILLS.items()}

    def of(ground: int) -> str:
        return "".join(f"--{name}: {pair[ground]}; " for name, pair in colors.items())

    light, dark = of(0), of(1)
    shades = "\n".join(
        f'.tiny .cell[data-shade="{shade}"] {{ background: color-mix(in srgb, var(--shade-high) {100 * shade / (SHADES - 1):.3g}%, '
        "var(--shade-low)); }"
        for shade in range(SHADES)
    )
    rules = _part("page.css").replace("$shades", shades)
    return f":root {{ {light}}}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark}}} }}\n{rules}"
