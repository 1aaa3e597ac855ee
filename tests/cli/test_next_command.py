"""On a terminal a line leads on; what it says can be copied, and works."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from convcli.cli.output.next_command import next_lines
from convcli.render.columns import text_width
from convcli.report.words.vocabulary import Words

Convcli = Callable[..., Any]

SHAPES = [
    "shape conv2d 1x3x224x224 -c 64 -k 7 -s 2 -p 3",
    "shape conv1d 9 -k 3 -p 1:0 -d 2",
    "shape conv3d 2x4x4x4 -c 2 -k 2 --padding-mode circular -p 1",
    "shape conv_transpose2d 1x4x5x5 -c 2 -k 3,2 -s 2 -g 2 --output-padding 1,0",
    "shape conv2d 8x9x9 -k 3 -g depthwise --no-bias",
    "shape conv2d 9x9x8 -c 4 -k 3 --layout HWC",
    "shape 'Conv2d(3, 8, kernel_size=(3, 1), stride=2)' 3x9x9",
    "shape 'Conv2d(3, 8, 3)' 3x9x9 -k 5 --lang zh",
]
TRACES = [
    "trace conv2d '1 2 3; 4 5 6; 7 8 9' '1 2; 3 4' --bias -1 -p 1 --at 0,0",
    "trace conv2d arange:5x5x2 ones:2x2x2x1 --layout HWC,HWIO",
    "trace conv_transpose1d '1 2' '1.5 1' --view scatter -s 2",
]


def led_to(out: str) -> list[str]:
    """The words of the command that follows `next:`, as a shell reads them."""
    found = out.replace(" \\\n", " ").rstrip("\n").rpartition("\n")[2]
    name, line = found.split(": ", 1) if ": " in found else found.split("：", 1)
    assert name in ("next", "下一步")
    program, *words = shlex.split(line)
    assert program == "convcli"
    return words


@pytest.mark.parametrize("line", SHAPES)
def test_shape_leads_to_trace_and_trace_to_show(convcli: Convcli, line: str) -> None:
    shape = convcli(*shlex.split(line), "--color", "never", terminal=True)
    trace = led_to(shape.out)
    assert trace[0] == "trace"
    traced = convcli(*trace, "--color", "never", terminal=True)
    assert traced.status == 0, traced.err
    show = led_to(traced.out)
    assert show[:4] == ["show", *trace[1:4]]
    language = ["--lang", "zh"] if "--lang zh" in line else []
    assert trace[len(trace) - len(language) :] == show[len(show) - len(language) :] == language
    assert convcli(*show).status == 0


@pytest.mark.parametrize("line", TRACES)
def test_trace_leads_to_show_with_the_same_arguments(convcli: Convcli, line: str) -> None:
    words = shlex.split(line)
    show = led_to(convcli(*words, "--color", "never", terminal=True).out)
    assert show[0] == "show"
    shown = convcli(*show)
    assert shown.status == 0, shown.err
    assert shown.out == convcli("show", *words[1:]).out


@pytest.mark.parametrize(
    ("at", "position"),
    [
        ("1,2", ["--at", "1,2"]),
        ("1,1,2", ["--channel", "1", "--at", "1,2"]),
        ("1,1,1,2", ["--example", "1", "--channel", "1", "--at", "1,2"]),
        ("1,0,1,2", ["--example", "1", "--at", "1,2"]),
    ],
)
def test_trace_leads_to_the_same_position(convcli: Convcli, at: str, position: list[str]) -> None:
    layer = ["conv2d", "arange:2x2x5x5", "arange:2x2x3x3"]
    show = led_to(convcli("trace", *layer, "--at", at, "--color", "never", terminal=True).out)
    assert show == ["show", *layer, *position]
    place = (0, 0, *map(int, at.split(",")))[-4:]
    run = json.loads(convcli("run", *layer, "--json").out)["output"]["values"]
    total = run[place[0]][place[1]][place[2]][place[3]]
    assert f"= {total}\n" in convcli(*show).out


def test_nothing_follows_an_empty_batch(convcli: Convcli) -> None:
    assert "next" not in convcli("shape", "conv2d", "0x3x5x5", "-c", "2", terminal=True).out


def test_same_under_a_stride_leads_to_solve(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ("conv2d", "20x21", "-k", "3,5", "-s", "2", "-p", "same", "-d", "2,1")
    silent = convcli("shape", *line)
    assert silent.err.count("\n") == 1
    monkeypatch.setattr("tests.conftest._Text.isatty", lambda stream: True)
    solve = led_to(convcli("shape", *line, terminal=True).err)
    assert solve == ["solve", "conv2d", "20x21", "same", "-k", "3,5", "-s", "2", "-d", "2,1"]
    assert convcli(*solve).status == 0


@pytest.mark.parametrize(
    "more",
    [
        ["-q"],
        ["--wide"],
        ["-f", "plain"],
        ["--json"],
        ["-f", "markdown"],
        ["-f", "csv"],
        ["-o", "{folder}/x.txt"],
    ],
    ids=" ".join,
)
def test_nothing_else_leads_on(convcli: Convcli, more: list[str], tmp_path: Any) -> None:
    line = shlex.split(SHAPES[1])
    assert "next" not in convcli(*line).out
    words = [word.format(folder=tmp_path) for word in more]
    assert "next" not in convcli(*line, *words, terminal=True).out
    assert not any("next" in path.read_text() for path in tmp_path.iterdir())


@pytest.mark.parametrize("value", ["off", "0", "OFF", "no"])
def test_it_can_be_switched_off(
    convcli: Convcli, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = shlex.split(SHAPES[1])
    assert "next" in convcli(*line, terminal=True).out
    monkeypatch.setenv("CONVCLI_HINTS", value)
    assert "next" not in convcli(*line, terminal=True).out


def test_what_cannot_be_repeated_does_not_lead_on(convcli: Convcli) -> None:
    def leads(line: str, **more: Any) -> bool:
        return "next" in convcli(*shlex.split(line), terminal=True, **more).out

    assert not leads("shape conv2d 512x9x9 -c 512 -k 3")  # a sum of 4608 terms
    assert not leads("shape 'MaxPool2d(2)' 3x8x8")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", range(40, 201, 8))
def test_no_line_is_wider_than_the_terminal(width: int, language: str) -> None:
    words = ["trace", "conv2d", "a b; c", "x" * 30, "--stride", "2", "--padding", "1:2,3:4"]
    lines = next_lines(words, width, Words(language))
    assert max(map(text_width, lines)) <= width
    lead = Words(language)("next")
    joined = "".join(line.removesuffix("\\") for line in lines).removeprefix(lead)
    assert shlex.split(joined) == ["convcli", *words]
    assert next_lines(["show", "y" * 210], width) == []
