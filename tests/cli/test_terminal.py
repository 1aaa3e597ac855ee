"""Nothing foreign reaches a terminal raw, and every command line ends as documented."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from unicodedata import category

import pytest

from convcli import ConvError, __version__
from convcli.cli.app.errors import option_names
from convcli.cli.output.streams import Streams, shown
from convcli.engine.compute.native.library import native
from tests.fuzz.invariants import BIDI

Convcli = Callable[..., Any]

DIRECTIONS = {*BIDI, "\ufeff", "\u200b"}


def test_the_text_of_a_field_is_not_part_of_the_template() -> None:
    error = ConvError(
        "array.name",
        "has no {name!r} beside `stride`, of {kind}",
        parameter="input",
        hint="{name} {unknown}",
        fields={"name": "`force` {kind}\x1b", "kind": "`weights_only`\n"},
    )
    line = error.message(option_names("run"))
    assert line == (
        "X has no '`force` {kind}\\x1b' beside --stride, of `weights_only`\ufffd. "
        "`force` {kind}\ufffd {unknown}"
    )
    assert error.with_place(place="a", hint="h {kind}").fields == error.fields
    assert error.with_place(fields={"more": 1}).fields == error.fields | {"more": 1}


@pytest.mark.parametrize("colors", [False, True])
def test_what_a_terminal_obeys_is_not_shown(colors: bool) -> None:
    code = "\x1b[31m"
    every = "".join(map(chr, range(0x110000)))
    text = shown(every + code, colors=colors)
    obeyed = {c for c in text if category(c) in ("Cc", "Cs", "Zl", "Zp") or c in DIRECTIONS}
    assert obeyed == {"\n", "\t", *(("\x1b",) if colors else ())}
    assert text.endswith(code) == colors
    assert len(text) == len(every + code)


UNPARSED = [
    ("-v", 2), ("--verison", 2), ("-q", 2), ("--json", 2), ("--json shape", 2), ("-Vq", 2),
    ("--", 2), ("-- shape", 2), ("--version=1", 2), ("--help=1", 2), ("-hV", 0), ("-", 2),
    ("-V", 0), ("--version", 0), ("-V --nonsense", 2), ("-h", 0), ("--debug", 2), ("-f json", 2),
    ("shape --", 2), ("shape -V", 2), ("shape --verison", 2), ("shape --json --json", 2),
    ("help --json", 2), ("\x1b[31m", 2), ("--\x1b[31m", 2),
]  # fmt: skip


@pytest.mark.parametrize(("line", "status"), UNPARSED)
def test_every_command_line_ends_with_a_documented_code_and_one_line(
    convcli: Convcli, line: str, status: int
) -> None:
    result = convcli(*line.split())
    assert result.status == status
    if status:
        assert result.out == ""
        assert len(result.err.splitlines()) == 1
        assert "\x1b" not in result.err


def test_the_letter_of_the_version(convcli: Convcli) -> None:
    said = f"convcli {__version__} ({native().state})\n"
    assert convcli("-V").out == convcli("--version").out == said


@pytest.mark.parametrize(
    "line",
    [
        ["stack", "[{name}] ReLU()", "1x1x8x8"],
        ["stack", "ReLU() <- {name}", "1x1x8x8"],
        ["stack", "a: ReLU(); Add() <- a, {name}", "1x1x8x8"],
        ["run", "conv2d", "1 {name}", "1"],
        ["run", "conv2d", "{name}", "1"],
        ["shape", "conv2d", "8x8", "-k", "3", "--padding-mode", "{name}"],
        ["shape", "conv2d", "8x8", "-k", "{name}"],
        ["shape", "{name}(1, 2, 3)", "8x8"],
        ["shape", "Conv2d({name})", "8x8"],
        ["shape", "Conv2d(1, 1, 3, {name}=2)", "8x8"],
        ["help", "{name}"],
        ["{name}"],
        ["shape", "--{name}"],
    ],
    ids=" ".join,
)
def test_a_name_in_backquotes_is_no_option(convcli: Convcli, line: list[str]) -> None:
    err = convcli(*(word.replace("{name}", "`invented_option`") for word in line)).err
    assert "invented_option" in err
    assert "--invented-option" not in err


def test_a_name_with_a_line_break_stays_in_the_line_of_its_note() -> None:
    err = io.StringIO()
    Streams(io.StringIO(), io.StringIO(), err).note("a\nb.png: the alpha channel is dropped")
    assert err.getvalue() == "convcli: note: a\ufffdb.png: the alpha channel is dropped\n"
