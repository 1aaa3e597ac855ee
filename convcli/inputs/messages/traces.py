"""The places of a traceback: the last line of the user's own code, and not of a library."""

from __future__ import annotations

import re
from typing import NamedTuple

_FRAMES = re.compile(
    r'File "(?P<file>[^"\n]+)", line (?P<line>\d+)(?:, in (?P<name>[^\n]+))?\n'
    r"(?P<code>(?![ \t]*File )[^\n]*)"
    r"|^(?:File )?(?P<cell>(?:~?/|\.\.?/|[A-Za-z]:\\)?[^\s:<>]*\.py|<ipython-input-[\w-]+>|"
    r"Cell In ?\[\d+\]|Input In ?\[\d+\])"
    r"(?::(?P<cell_line>\d+)|, line (?P<in_line>\d+))?"
    r"(?:,? in (?P<cell_name>[^\n]+))?\n(?P<body>(?:(?!\n\n)[\s\S]){0,2000}?"
    r"(?:-+> ?|\u2771 ?)(?P<arrow>\d+)(?P<cell_code>[^\n]*))",
    re.MULTILINE,
)
_LIBRARY = re.compile(
    r"site-packages|dist-packages|[\\/]lib[\\/]python3?[\d.]*[\\/]|^<(?!ipython|stdin|string)|"
    r"[\\/](?:torch|keras|tensorflow|jax|flax|paddle|mxnet)[\\/](?:nn|src|python|layers|_src)[\\/]"
)
_TREE = re.compile(r"^[\s\u2502|]+")


class Place(NamedTuple):
    """A line of the user's code, as a traceback shows it."""

    file: str
    line: int
    code: str
    name: str = ""


def own_place(text: str) -> Place | None:
    """The last line of the user's own code in a traceback; None where there is none.

    >>> own_place('  File "train.py", line 12, in forward\\n    x = self.conv(x)\\n').code
    'x = self.conv(x)'
    """
    own = own_places(text)
    return own[-1] if own else None


def own_places(text: str) -> list[Place]:
    """The lines of the user's own code in a traceback, the outermost first."""
    places = [_place(frame) for frame in _FRAMES.finditer(text)]
    return [place for place in places if not _LIBRARY.search(place.file)]


def _place(frame: re.Match[str]) -> Place:
    if frame["file"]:
        code = frame["code"].strip()
        code = "" if set(code) <= set("^~") or _is_message(code) else code
        return Place(frame["file"], int(frame["line"]), code, _name(frame["name"]))
    code = _TREE.sub("", frame["cell_code"]).strip()
    return Place(frame["cell"], int(frame["arrow"]), code, _name(frame["cell_name"]))


def _name(text: str | None) -> str:
    return (text or "").partition("(")[0].strip()


def _is_message(line: str) -> bool:
    return re.match(r"[\w.]*(?:Error|Exception)\b", line) is not None
