"""The page of `convcli show`: one file that loads nothing, made of the parts in `render/page`."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from convcli.errors import printable
from convcli.render.json import encode
from convcli.render.palette import CELLS, PAGE, SHADES, css_name

START = "start"  # the module that the page runs
PANELS = ("input", "weight", "output")
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_ESCAPES = {"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"}  # of JSON inside a script


def page(data: Mapping[str, Any], title: str) -> str:
    """The page that shows `data`, as HTML.

    Its policy allows only its own script and style, by their hashes, and connections only if `data`
    names a server.
    """
    style, script = _style(), page_script()
    constants = data["constants"] | {"shades": SHADES}
    panel = Template(_part("panel.html"))
    return Template(_part("page.html")).substitute(
        {name: panel.substitute(name=name) for name in PANELS},
        language=data["language"],
        title=escape(printable(title)),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        connect="connect-src 'self'; " if data["server"] else "",
        data=_inside_html(encode({**data, "constants": constants})),
    )


def page_script() -> str:
    """The modules of the page as one classic script, each behind the modules that it imports.

    A file opened from the disk may not load modules, and the policy of the page allows one script.
    """
    modules: dict[str, str] = {}

    def add(name: str) -> None:
        source = _part(f"{name}.js") + "\n"
        for imported in _IMPORT.findall(source):
            if imported not in modules:
                add(imported)
        modules[name] = _EXPORT.sub("", _IMPORT.sub("", source))

    add(START)
    return "\n".join(["'use strict';", *modules.values()])


def _part(name: str) -> str:
    return (files("convcli.render") / "page" / name).read_text("utf-8").strip()


def _inside_html(json: str) -> str:
    for character, escaped in _ESCAPES.items():
        json = json.replace(character, escaped)
    return json


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _style() -> str:
    colors = PAGE | {css_name(role): color for role, color in CELLS.items()}
    light = "".join(f"--{name}: {color.light}; " for name, color in colors.items())
    dark = "".join(f"--{name}: {color.dark}; " for name, color in colors.items())
    rules = _part("page.css").replace("$shades", "\n".join(map(_shade_rule, range(SHADES))))
    return (
        f":root {{ {light}}}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark}}} }}\n{rules}"
    )


def _shade_rule(shade: int) -> str:
    share = 100 * shade / (SHADES - 1)
    mix = f"color-mix(in srgb, var(--shade-high) {share:.3g}%, var(--shade-low))"
    return f'.tiny .cell[data-shade="{shade}"] {{ background: {mix}; }}'
