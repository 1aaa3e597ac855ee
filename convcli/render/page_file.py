"""A page: one HTML file that loads nothing, made of a template, a style, a script and data.

The script is stored compressed, which takes a third of its size; a few lines unpack it.

The parts stand in `render/page`. A page of its own has a folder there, and shares what it imports.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
import zlib
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from convcli.errors import printable
from convcli.render.json import encode
from convcli.render.palette import CELLS, PAGE, Color, css_name

FOLDER = "page"
UNPACK = "unpack.js"
_NO_COLORS: Mapping[str, Color] = {}
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.\.?/[\w./]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
# Left out of a script, a third of it: types, comments, most indentation.
_TYPE = re.compile(r"/\*\* @type (?:(?!\*/).)*\*/ ")
_COMMENT = re.compile(r"^[ ]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
_REMARK = re.compile(r" +// [^\n\"'`]*$", re.MULTILINE)  # no quote: not inside a text
_INDENT = re.compile(r"^ +", re.MULTILINE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_BLANKS = re.compile(r"\s*([{};,])\s*")
_ESCAPES = {"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"}  # of JSON inside a script


def page_file(
    template: str,
    style: str,
    script: str,
    data: Mapping[str, Any],
    *,
    title: str,
    connect: str = "",
    **parts: str,
) -> str:
    """A whole page, in the language of `data`.

    Its policy allows only its own script and style, by their hashes, and what `connect` names.
    """
    style = _tight(style)
    return Template(part(template)).substitute(
        parts,
        language=data["language"],
        title=escape(printable(title)),
        style=style,
        style_hash=_hash(style),
        script=_packed(script),
        script_hash=f"{_hash(part(UNPACK))}' '{_hash(script)}",
        connect=f"connect-src {connect}; " if connect else "",
        data=_inside_html(encode(data)),
    )


def still_page(template: str, style: str, **parts: str) -> str:
    """A whole page without a script: its policy allows its own style alone, by its hash."""
    style = _tight(style)
    return Template(part(template)).substitute(parts, style=style, style_hash=_hash(style)) + "\n"


def script_of(start: str) -> str:
    """The module and those that it imports as one classic script, each behind what it imports.

    A file opened from the disk may not load modules, and the policy of a page allows one script.
    """
    modules: dict[str, str] = {}

    def add(name: str) -> None:
        source = part(f"{name}.js") + "\n"
        for path in _IMPORT.findall(source):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            if imported not in modules:
                add(imported)
        modules[name] = _bare(_EXPORT.sub("", _IMPORT.sub("", source)))

    add(start)
    return "\n".join(["'use strict';", *modules.values()])


def _tight(style: str) -> str:
    """A style without comments, and without blanks where CSS needs none."""
    return _CSS_BLANKS.sub(r"\1", _CSS_COMMENT.sub("", style))


def _packed(script: str) -> str:
    """The elements that hold a script compressed, and unpack and run it."""
    packed = base64.b64encode(zlib.compress(script.encode(), 9)).decode()
    held = f'<script type="text/plain" id="packed">{packed}</script>'
    return f"{held}\n<script>{part(UNPACK)}</script>"


def _bare(source: str) -> str:
    """A module without what only its readers need."""
    bare = _REMARK.sub("", _COMMENT.sub("", _TYPE.sub("", source)))
    return _INDENT.sub(" ", bare).strip() + "\n"


def part(name: str) -> str:
    """The text of a part, by its path in `render/page`."""
    return (files("convcli.render") / FOLDER).joinpath(*name.split("/")).read_text("utf-8").strip()


def script_alone(name: str) -> str:
    """A script that stands in no page, without what only its readers need."""
    return _bare(part(name)).strip()


def palette_style(more: Mapping[str, Color] = _NO_COLORS) -> str:
    """The colours of the palette as variables of CSS, on a light ground and on a dark one."""
    colors = PAGE | {css_name(role): color for role, color in CELLS.items()} | dict(more)
    light = "".join(f"--{name}: {color.light}; " for name, color in colors.items())
    dark = "".join(f"--{name}: {color.dark}; " for name, color in colors.items())
    dark_rule = f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark}}} }}"
    return f":root {{ {light}}}\n{dark_rule}"


def _inside_html(json: str) -> str:
    for character, escaped in _ESCAPES.items():
        json = json.replace(character, escaped)
    return json


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
