"""Texts as people paste them into plain lines: no colours, boxes, quotes, prefixes of logs."""

from __future__ import annotations

import html
import re

LARGEST = 1 << 20  # characters that are read of a text

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])|\r(?=\n)")
_ESCAPED_LINES = re.compile(r"\\r\\n|\\n")
_ESCAPED = re.compile(r"\\(['\"])")
_MARKDOWN = re.compile(r"\\(?=[\[\]_*<>`#])")
_FENCE = re.compile(r"^\s*(?:```|~~~)\w*\s*$")
_BOX_START = re.compile(r"^\s*[\u2502\u2503\u2551|] ?")
_BOX_END = re.compile(r"\s*[\u2502\u2503\u2551|]\s*$")
_BORDER = re.compile(r"^\s*[\u256d\u2570\u250c\u2514\u2554\u255a+][\u2500-\u257f\-= \w()\[\].:']*$")
_QUOTED = re.compile(r"^(?:> ?)+")
_PREFIXES = re.compile(
    r"^(?:"
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?(?:[+-]\d\d:?\d\d)?\]?[ :]*"
    r"|\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?[ :]+"
    r"|[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [\w./]+:\d+\] ?"
    r"|\[\w*rank\W?\d+\]:? ?"
    r"|\(\w+ pid=\d+(?:, ip=[\d.]+)?\) ?"
    r"|\[\d+(?:,\d+)?\](?:<std\w+>)?: ?"
    r"|\w[\w.-]*-\d+ +\| "
    r"|(?:- )?\[?(?:ERROR|WARNING|INFO|DEBUG|CRITICAL|FATAL|EXCEPTION)\]?\s*(?:-|:)\s?"
    r"(?:[\w.]+:(?=[A-Z]))?"
    r"|- (?=[A-Z`*])"
    r")"
)
_SIGNS = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00d7": "x", "\u00a0": " ",
     "\u200b": None, "\ufeff": None}
)  # fmt: skip
MOST_PREFIXES = 4  # before one line


def plain(text: str) -> str:
    """The text without what terminals, logs, and web pages put around it.

    >>> plain("> [rank0]: RuntimeError: expected input\\\\[1, 3\\\\]")
    'RuntimeError: expected input[1, 3]'
    """
    text = _ANSI.sub("", text[:LARGEST])
    if _ESCAPED_LINES.search(text) and text.strip().count("\n") <= 2:
        text = _ESCAPED_LINES.sub("\n", text).replace("\\t", "\t")
    text = _ESCAPED.sub(r"\1", text)
    if "&" in text:
        text = html.unescape(text)
    text = _MARKDOWN.sub("", text.translate(_SIGNS))
    lines = (_line(line) for line in text.splitlines() if not _FENCE.match(line))
    return "\n".join(line for line in lines if line is not None)


def _line(line: str) -> str | None:
    if _BORDER.match(line) and not line.lstrip().startswith("+ "):
        return None
    boxed = _BOX_START.sub("", line)
    if boxed != line:
        line = _BOX_END.sub("", boxed)
    line = _QUOTED.sub("", line)
    for _ in range(MOST_PREFIXES):
        stripped = line.lstrip() if line[:1] in " \t" and _PREFIXES.match(line.lstrip()) else line
        shorter = _PREFIXES.sub("", stripped, count=1)
        if shorter == line:
            break
        line = shorter
    return line.rstrip().strip("`")
