"""Every format with every command: machine formats are the same everywhere, none loses a digit."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcli.render import FORMATS, MACHINE_FORMATS
from tests.command_lines import COMMANDS

Convcli = Callable[..., Any]


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_something_with_every_command(
    convcli: Convcli, name: str, form: str
) -> None:
    result = convcli(*COMMANDS[name], "-f", form)
    assert (result.status, result.err) == (0, "")
    assert result.out.endswith("\n")
    assert not any(line.endswith(" ") for line in result.out.splitlines())


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("form", MACHINE_FORMATS)
def test_machine_formats_do_not_depend_on_the_terminal(
    convcli: Convcli, name: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = convcli(*COMMANDS[name], "-f", form).out_bytes
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert (
        convcli(
            *COMMANDS[name],
            "-f",
            form,
            "--ascii",
            "--precision",
            1,
            "--color",
            "always",
            terminal=True,
        ).out_bytes
        == plain
    )


def test_json_of_shape_has_the_keys_of_the_contract(convcli: Convcli) -> None:
    data = json.loads(convcli(*COMMANDS["shape"], "--json").out)
    assert (data["schema"], data["command"]) == (1, "shape")
    assert data["input"]["shape"] == [1, 3, 224, 224]
    assert data["output"]["shape"] == [1, 64, 112, 112]
    assert data["weight"]["shape"] == [64, 3, 7, 7]
    assert data["bias"]["shape"] == [64]
    assert data["parameters"] == 9472
    assert data["macs"] == 118013952
    assert data["output"]["formula"] == ["floor((224 + 3 + 3 - 7)/2) + 1 = 112"] * 2
    assert (
        json.loads(convcli(*COMMANDS["shape"], "--no-bias", "--json").out)["bias"]["shape"] is None
    )


def test_jsonl_of_trace_has_the_keys_of_the_contract(convcli: Convcli) -> None:
    lines = [
        json.loads(line)
        for line in convcli(
            "trace", "conv2d", "arange:1x1x3x3", "ones:2x2", "-p", 1, "-f", "jsonl"
        ).out.splitlines()
    ]
    assert [line["position"] for line in lines] == [
        [0, 0, y, x] for y in range(4) for x in range(4)
    ]
    first = lines[0]
    assert (first["schema"], first["command"], first["bias"], first["total"]) == (
        1,
        "trace",
        None,
        0,
    )
    assert set(first["terms"][0]) >= {"channel", "tap", "cell", "input", "weight", "product"}
    assert [term["cell"] for term in first["terms"]] == [None, None, None, [0, 0]]
    whole = json.loads(
        convcli("trace", "conv2d", "arange:1x1x3x3", "ones:2x2", "-p", 1, "--json").out
    )
    assert [position["total"] for position in whole["positions"]] == [
        line["total"] for line in lines
    ]


def test_csv_is_a_grid_or_records(convcli: Convcli) -> None:
    assert convcli("run", "conv2d", "arange:3x3", "ones:2x2", "-f", "csv").out == "8,12\n20,24\n"
    rows = list(csv.DictReader(io.StringIO(convcli(*COMMANDS["trace"], "-f", "csv").out)))
    assert len(rows) == 2 * 8
    assert rows[0]["position"] == "0,0,0"
    assert rows[0]["cell"] == ""
    (shape,) = csv.DictReader(io.StringIO(convcli(*COMMANDS["shape"], "-f", "csv").out))
    assert (shape["output.shape"], shape["macs"]) == ("1x64x112x112", "118013952")
    volume = list(csv.reader(io.StringIO(convcli(*COMMANDS["run of a volume"], "-f", "csv").out)))
    assert volume[0] == ["axis0", "axis1", "axis2", "value"]
    assert len(volume) == 1 + 8**3


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
@pytest.mark.parametrize("name", COMMANDS)
def test_no_digit_is_lost_on_a_narrow_terminal(
    convcli: Convcli, name: str, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def words(out: str) -> set[str]:
        return {
            word
            for word in out.replace("─", " ").split()
            if any(character.isdigit() for character in word)
        }

    line = [*COMMANDS[name], "--precision", 9, *(["--brief"] if COMMANDS[name][0] == "run" else [])]
    piped = convcli(*line).out
    monkeypatch.setenv("COLUMNS", str(columns))
    narrow = convcli(*line, "--color", "never", terminal=True).out
    ink = "".join(narrow.split())
    missing = {word for word in words(piped) if word not in ink}
    assert not missing or "--wide" in narrow or "\u2026" in narrow
    wide = convcli(*line, "--color", "never", "--wide", terminal=True).out
    assert wide.partition("next: ")[0] == piped


def test_a_narrow_terminal_gets_records(convcli: Convcli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    lines = convcli(*COMMANDS["shape"], "--color", "never", terminal=True).out.splitlines()
    assert "  shape    1x3x224x224" in lines
    assert "weight" in lines


def test_limits_stop_people_only(convcli: Convcli) -> None:
    arguments = ["trace", "conv2d", "arange:9x9", "ones:2x2"]
    for form in FORMATS:
        count = 64 if form in MACHINE_FORMATS else 20
        out = convcli(*arguments, "-f", form).out
        found = (
            len(json.loads(out)["positions"])
            if form == "json"
            else out.count("output (")
            if count == 20
            else None
        )
        if form == "jsonl":
            found = len(out.splitlines())
        assert found in (count, None), form
        assert ("20 of 64 positions" in out.replace("\\", "")) == (count == 20)
    assert convcli(*arguments, "-f", "plain", "--limit", 3).out.count("output (") == 3
    assert convcli(*arguments, "-f", "plain", "--all").out.count("output (") == 64
    assert convcli(*arguments, "-q", "--all").out.split() == convcli(*arguments, "-q").out.split()


def test_ascii_and_encodings_without_boxes(convcli: Convcli) -> None:
    for name, arguments in COMMANDS.items():
        assert convcli(*arguments, "--ascii").out.isascii(), name


def test_color_comes_from_the_option_then_the_environment(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def colored(*options: str, terminal: bool = True) -> bool:
        return (
            "\x1b[" in convcli("shape", "conv2d", "5x5", "-k", 3, *options, terminal=terminal).out
        )

    monkeypatch.setenv("TERM", "xterm")
    assert colored()
    assert not colored(terminal=False)
    assert colored("--color", "always", terminal=False)
    monkeypatch.setenv("TERM", "dumb")
    assert not colored()
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert colored(terminal=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colored()
    assert colored("--color", "always")


WIDE = {
    "matrix": ["matrix", "conv2d", "arange:2x5x5:1", "arange:1x2x3x3:1"],
    "trace": ["trace", "conv2d", "randn:2x9x9", "randn:1x2x5x5", "--at", "0,0"],
    "shape": ["shape", "conv_transpose3d", "1x16x32x64x64", "-c", "8", "-k", "3,4,5", "-p",
              "1:2,0:3,1", "-s", "2", "-g", "4"],
    "circular": ["trace", "conv2d", "arange:5x5", "ones:1x1x3x3", "-p", "1", "--padding-mode",
                 "circular", "--at", "0,0"],
    "stack": ["stack", "conv3d -c 8 -k 3 -p 1; ReLU(); MaxPool3d(2)", "1x3x16x64x64", "--compare"],
    "grad": ["grad", "conv2d", "randn:2x8x8", "randn:2x2x3x3"],
    "init": ["init", "conv2d", "-c", "8", "-k", "3", "--in-channels", "3"],
    "run": ["run", "conv2d", "randn:64x64", "randn:3x3"],
    "solve": ["solve", "conv2d", "224x224", "112x112", "--all"],
}  # fmt: skip


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles_and_stays_on_the_page(convcli: Convcli, tmp_path: Path) -> None:
    """The answers of all commands, as fragments of one article of LaTeX's own margins."""
    lines = {**COMMANDS, **{f"wide {name}": line for name, line in WIDE.items()}}
    parts = [line for line in lines.values() if line[0] != "exercise"]  # which is a whole document
    fragments = [convcli(*line, "-f", "latex").out for line in parts]
    packages = fragments[0].splitlines()[0].removeprefix("% packages: ").replace(" ", "")
    body = "\\clearpage\n".join(fragments)
    said = compiled(
        f"\\documentclass{{article}}\\usepackage{{{packages}}}"
        f"\\begin{{document}}\n{body}\\end{{document}}\n",
        tmp_path,
    )
    assert [
        wide for wide in re.findall(r"Overfull \\hbox \(([\d.]+)pt", said) if float(wide) > 1
    ] == []


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_a_standalone_document_compiles_as_it_is(convcli: Convcli, tmp_path: Path) -> None:
    path = tmp_path / "a.tex"
    assert convcli(*COMMANDS["learn"], "--standalone", "-o", path).status == 0
    assert "Overfull" not in compiled(path.read_text(), tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("xelatex") is None, reason="xelatex is not installed")
@pytest.mark.parametrize("name", ["trace", "matrix", "learn", "init"])
def test_a_chinese_document_compiles_as_it_is(convcli: Convcli, name: str, tmp_path: Path) -> None:
    written = convcli(*COMMANDS[name], "--lang", "zh", "-f", "latex", "--standalone").out
    said = compiled(written, tmp_path, "xelatex")
    assert "Missing character" not in said
    assert [
        wide for wide in re.findall(r"Overfull \\hbox \(([\d.]+)pt", said) if float(wide) > 5
    ] == []


def compiled(source: str, folder: Path, engine: str = "pdflatex") -> str:
    """What TeX says of a document."""
    (folder / "a.tex").write_text(source, "utf-8")
    ran = subprocess.run(
        [engine, "-halt-on-error", "-interaction=nonstopmode", "a.tex"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-2000:]
    return (folder / "a.log").read_text("utf-8", errors="replace")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["-f", "markdown"], "Markdown is a whole document already"),
        (["--json"], "got 'json'"),
        (["-q"], "leave out one of the two"),
        ([], "got 'table'"),
        (["-o", "y.npy"], "got 'a file of arrays'"),
        (["-f", "latex", "-q"], "leave out one of the two"),
        (["-o", "y.md"], "Markdown is a whole document already"),
    ],
)
def test_standalone_is_of_latex(
    convcli: Convcli,
    options: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = convcli("run", "conv2d", "ones:3x3", "ones:2x2", "--standalone", *options)
    assert (ran.status, ran.out) == (2, "")
    assert "a whole document of LaTeX" in ran.err
    assert named in ran.err
    assert not list(tmp_path.iterdir())


def test_standalone_of_a_page_is_refused(convcli: Convcli, tmp_path: Path) -> None:
    ran = convcli(
        "show", "conv2d", "ones:3x3", "ones:2x2", "--standalone", "-o", tmp_path / "x.html"
    )
    assert ran.status == 2
    assert "A page is a whole document already" in ran.err


def test_a_file_gets_no_colours_and_no_lines_of_the_terminals_width(
    convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "30")
    arguments = ("shape", "conv2d", "1x3x224x224", "-c", "64", "-k", "7", "-p", "3")
    on_screen = convcli(*arguments, terminal=True).out
    assert "\x1b[" in on_screen
    for name in ("y.txt", "y.md", "y.out"):
        path = tmp_path / name
        option = ("-f", "table") if name == "y.out" else ()
        written = convcli(*arguments, "-o", path, *option, terminal=True)
        assert (written.status, written.out) == (0, "")
        text = path.read_text()
        assert "\x1b" not in text
        longest = max(map(len, text.splitlines()))
        assert longest > 60, "lines are not folded to the terminal"
        assert longest > max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", on_screen).splitlines()))


def test_a_file_gets_colours_where_they_are_asked_for(convcli: Convcli, tmp_path: Path) -> None:
    path = tmp_path / "y.out"
    convcli("run", "conv2d", "arange:3x3", "ones:1x1", "-o", path, "-f", "table", "--color=always")
    assert "\x1b[" in path.read_text()
