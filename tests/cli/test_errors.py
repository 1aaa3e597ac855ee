"""Bad requests: the exit code, one line that helps, nothing on stdout, never a traceback."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Convcli = Callable[..., Any]

BAD = [
    ("shape conv2d 4x4 -k 3 -p 4 --padding-mode reflect", 2, "padding.reflect", "--padding"),
    ("shape conv2d 5x5", 2, "kernel_size.missing", "--kernel-size"),
    ("shape conv2d", 2, "arguments.missing", None),
    ("shape conv2d 5 -k 3", 2, "SHAPE.rank", "SHAPE"),
    ("shape conv2d 0x5 -k 3", 2, "input.empty", "SHAPE"),
    ("shape conv2d 5xfive -k 3", 2, "shape.spelling", "SHAPE"),
    ("shape conv2d 5x5 -k 3 -s 0", 2, "stride.least", "--stride"),
    ("shape conv2d 5x5 -k 1_0", 2, "kernel_size.integer", "--kernel-size"),
    ("shape conv2d 5x5 -k --json", 2, "option.value", "--kernel-size"),
    ("shape conv2d 5x5 -k 3 -p -1", 2, "padding.least", "--padding"),
    ("shape conv2d 5x5 -k 3 -f xml", 2, "format.name", "--format"),
    ("shape conv2d 5x5 -k 3 -f csv --json", 2, "format.two", "--format"),
    ("shape conv2d 5x5 -k 3 --precision -1", 2, "precision.range", "--precision"),
    ("shape conv2d 5x5 -k 3 --color sometimes", 2, "color.name", "--color"),
    ("shape conv2d 5x5 -k 3 --strid 2", 2, "usage", "--strid"),
    ("shape conv2d 5x5 7x7 -k 3", 2, "usage", None),
    ("shpe conv2d 5x5", 2, "usage", None),
    ("trace conv2d arange:5x5 ones:3x3 --at 9,9", 2, "at.range", "--at"),
    ("trace conv2d arange:5x5 ones:3x3 --at x", 2, "at.integer", "--at"),
    ("trace conv2d arange:5x5 ones:3x3 --view scatter", 2, "view.transposed", "--view"),
    ("trace conv2d arange:5x5 ones:3x3 --view sideways", 2, "view.name", "--view"),
    ("trace conv2d arange:5x5 ones:3x3 --limit 0", 2, "limit.least", "--limit"),
    ("run conv2d arange:5x5", 2, "weight.missing", "W"),
    ("run conv2d arange:5x5 ones:6x6", 2, "kernel_size.fits", "--kernel-size"),
    ("run conv2d arange:5x5 ones:3x3 -k 5", 2, "kernel_size.contradicts", "--kernel-size"),
    ("run conv2d arange:3x5x5 ones:1x2x3x3", 2, "input.channels", "X"),
    ("trace conv2d arange:5x5 ones:3x3 -g 0", 2, "groups.least", "--groups"),
    ("run conv_transpose2d arange:5x5 ones:3x3 -g 0", 2, "groups.least", "--groups"),
    ("run conv1d full:2:9223372036854775807 full:2:2", 2, "int64.bound", "X"),
    ("run conv2d no.npy ones:3x3", 3, "array.missing", "X"),
    ("run conv2d arange:5x5 what", 3, "array.unknown", "W"),
    ("run conv2d 1,2;3 ones:1x1", 3, "literal.ragged", "X"),
    ("run conv2d ones:9999999x9999999 ones:3x3", 4, "memory.limit", None),
    ("run conv2d arange:5x5 ones:3x3 -o no/where.npy", 5, "output.folder", "--output"),
    ("run conv2d arange:5x5 ones:3x3 -o .", 5, "output.folder", "--output"),
]


@pytest.mark.parametrize(("line", "status", "code", "option"), BAD)
def test_a_bad_request(
    convcli: Convcli, line: str, status: int, code: str, option: str | None
) -> None:
    result = convcli(*line.split())
    assert (result.status, result.out) == (status, "")
    assert "`" not in result.err
    if "--json" not in line:
        assert re.fullmatch(
            r"convcli: error: \S.*[.?)]( See: .*)?|convcli: error: .* --help",
            result.err.splitlines()[0],
        )
    if option == "--format":  # --json beside it would be another error
        return
    error = json.loads(convcli(*line.split(), "--json").err)["error"]
    assert (error["code"], error["option"]) == (code, option)


def test_an_error_is_one_sentence_with_option_axis_rule_and_value(convcli: Convcli) -> None:
    err = convcli("shape", "conv2d", "4x4", "-k", 3, "-p", 4, "--padding-mode", "reflect").err
    assert err == (
        "convcli: error: --padding on axis H: "
        "reflect padding must be smaller than the input size 4, got 4. "
        "Try --padding-mode replicate.\n"
    )


def test_a_caret_points_at_the_place(convcli: Convcli) -> None:
    assert convcli("run", "conv2d", "1 2; 3 x", "ones:1x1").err.splitlines()[1:] == [
        "  1 2; 3 x",
        "         ^",
    ]
    far = convcli("run", "conv2d", "1 " * 500 + "x " + "1 " * 500, "ones:1x1").err.splitlines()
    assert far[1][far[2].index("^")] == "x"
    assert len(far[1]) <= 80


def test_data_never_reaches_the_terminal_raw(convcli: Convcli) -> None:
    evil = "\x1b[31m\u202e[red]x\x07"
    for arguments in (
        ("run", "conv2d", evil, "1"),
        ("run", evil, "1", "1"),
        ("shape", "conv2d", evil),
        ("run", "conv2d", f"1 {evil}", "1"),
    ):
        err = convcli(*arguments).err
        assert err
        assert not set(err) & {"\x1b", "\u202e", "\x07"}, arguments


def test_odd_file_names_are_data(
    convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("[red]x.csv", "-k.csv", "a b;c.csv", "x:y.csv", "é.csv"):
        Path(name).write_text("1,2\n3,4\n")
        path = f"./{name}" if name.startswith("-") else name
        assert convcli("run", "conv2d", path, "[[1]]", "-q").out == "[[1, 2], [3, 4]]\n"


def test_a_bug_is_one_line(convcli: Convcli, monkeypatch: pytest.MonkeyPatch) -> None:
    from convcli.cli.commands.shape import command

    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr(command, "shape_document", broken)
    result = convcli("shape", "conv2d", "5x5", "-k", 3)
    assert (result.status, result.out) == (70, "")
    assert result.err.splitlines() == [
        "convcli: bug: ZeroDivisionError: 'boom'. "
        "Add --debug for the traceback, and please report it."
    ]
    assert "Traceback" in convcli("shape", "conv2d", "5x5", "-k", 3, "--debug").err


def test_without_torch_check_says_what_to_install(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    result = convcli("run", "conv2d", "arange:3x3", "ones:2x2", "--check")
    assert (result.status, result.out) == (6, "")
    assert "pip install 'convcli[torch]'" in result.err


@pytest.mark.torch
def test_check_compares_with_torch(convcli: Convcli, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("run", "conv2d", "arange:5x5", "kernel:sobel-x", "--check")
    result = convcli(*arguments, "--json")
    check = json.loads(result.out)["check"]
    assert (result.status, check["agrees"], check["largest_difference"]) == (0, True, 0)
    import convcli.engine.compute.convolve as engine

    right = engine.execute
    monkeypatch.setattr(
        engine, "execute", lambda job, progress: (right(job), np.add(job.output, 1, out=job.output))
    )
    wrong = convcli(*arguments)
    assert wrong.status == 1
    assert "DIFFERS" in wrong.out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            ("--engine", "tourch"),
            "--engine must be numpy or torch, got 'tourch'. Did you mean torch?",
        ),
        (("--device", "gpu"), "--device must be cpu or cuda"),
        (("--device", "cuda"), "--device needs --engine torch"),
        (("--threads", "0"), "--threads must be 1..256, got 0"),
        (("--threads", "two"), "--threads"),
    ],
)
def test_who_computes_is_checked_before_anything_is_read(
    convcli: Convcli, options: tuple[str, str], says: str
) -> None:
    result = convcli("run", "conv2d", "missing.npy", "ones:2x2", *options)
    assert (result.status, result.out) == (2, "")
    assert says in result.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            ("run", "conv2d", "arange:3x3", "ones:2x2", "-o", ""),
            "--output must be a file, or - for stdout",
        ),
        (
            ("run", "conv2d", "arange:3x3", "ones:2x2", "--seed", "foo"),
            "--seed must be an integer",
        ),
        (
            (
                "grad",
                "conv2d",
                "arange:3x3",
                "ones:2x2",
                "--input-grad",
                "g.npy",
                "--weight-grad",
                "g.npy",
            ),
            "is the file of two results",
        ),
    ],
)
def test_what_would_be_lost_or_ignored_is_refused(
    convcli: Convcli, line: tuple[str, ...], says: str
) -> None:
    result = convcli(*line)
    assert (result.status, result.out) == (2, "")
    assert says in result.err


@pytest.mark.parametrize(
    "options",
    [
        ("--json",),
        ("-f", "json"),
        ("-f", "jsonl"),
        ("-fjson",),
        ("-fjsonl",),
        ("-qfjson",),
        ("-qf", "json"),
        ("--format", "jsonl"),
        ("--format=json",),
        ("--format=jsonl",),
        ("--json", "--quiet"),
        ("--json", "--json"),
    ],
)
@pytest.mark.parametrize(
    "wrong",
    [
        ("shape", "conv2d", "5x5", "-k", "9"),
        ("shape", "conv2d", "5x5", "--kernel-size=9"),
        ("shape", "conv2d", "5x5", "-k", "3", "--foo", "7"),
        ("shape", "conv2d", "5x5", "7x7", "-k", "3"),
        ("shpe", "conv2d", "5x5"),
        ("trace", "conv2d", "arange:5x5", "ones:3x3", "--at", "9"),
        ("trace", "conv2d", "arange:5x5", "ones:3x3", "--limit", "0"),
    ],
)
def test_an_error_is_json_where_the_format_is(
    convcli: Convcli, options: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    result = convcli(*wrong, *options)
    assert (result.status, result.out) == (2, "")
    assert set(json.loads(result.err)) == {"error"}


@pytest.mark.parametrize(
    "options", [(), ("-f", "csv"), ("-o", "json"), ("--expect=--json",), ("-q",), ("-ojson",)]
)
def test_an_error_is_text_in_every_other_format(convcli: Convcli, options: tuple[str, ...]) -> None:
    result = convcli("shape", "conv2d", "5x5", "-k", "9", *options)
    assert result.err.startswith("convcli: error: ")


@pytest.mark.parametrize(
    "line",
    [
        "shape conv2d 5x5 -k -s 2",
        "shape conv2d 5x5 -k -s",
        "shape conv2d -k -s 5x5",
        "shape conv2d 5x5 -k --stride 2",
    ],
)
def test_an_option_is_not_the_value_of_another(convcli: Convcli, line: str) -> None:
    err = convcli(*line.split()).err
    assert re.match(r"convcli: error: --kernel-size needs a value, but the next .* -(s|-str)", err)


def test_an_argument_is_named_as_it_was_written(convcli: Convcli) -> None:
    option = convcli("shape", "conv2d", "5x5", "-k", 3, "-s", 0).err
    assert option == "convcli: error: --stride must be at least 1, got 0.\n"
    argument = convcli("shape", "Conv2d(1, 1, 3, stride=0)", "5x5").err
    assert argument == "convcli: error: stride must be at least 1, got 0.\n"
    overridden = convcli("shape", "Conv2d(1, 1, 3, stride=2)", "5x5", "-s", 0).err
    assert overridden == option
    in_a_stack = convcli("stack", "a: Conv2d(1, 1, 3, stride=0)", "1x5x5").err
    assert in_a_stack == "convcli: error: layer a: stride must be at least 1, got 0.\n"


KERAS = f"keras.Sequential([keras.layers.Input{'.a' * 990}(3)])"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("matrix", "conv2d", "arange:0x1x3x3", "ones:1x1"), "at least one image: axis N is 0"),
        (("run", "onnx.MaxPool(kernel_shape=[3], auto_pad='SAME_LOWER')", "arange:1x1x0"),
         "every axis but N must be at least 1"),
        (("shape", f"openvino.Convolution(dilations={[1] * 7})", "1x1x5x6"),
         "1, 2 or 3 spatial axes"),
        (("learn", "conv1d", "ones:5", "ones:3", "-k", "3", "--epochs", str(2**63)),
         "--epochs must be at most 1000000000"),
        (("learn", "nn.Conv1d(1, 1, 1)", "arange:0x1x3", "arange:0x1x3"), "no mean loss"),
        (("learn", "nn.Conv1d(1, 1, 1)", "nn.Conv1d(1, 1, 1)", "arange:0x1x3", "arange:0x1x3",
          "--epoch", "1"), "no mean loss"),
        (("show", "conv2d", "arange:0x1x3x3", "ones:1x1"), "at least one image: axis N is 0"),
        (("show", "lax.conv([1, 1], 'SAME')", "arange:2x0x2x1", "ones:7x0x3x7"),
         "at least one channel: axis C is 0"),
        (("run", "nn.Conv(features=1, kernel_size=[3], padding='CIRCULAR')", "ones:1x0x1",
          "ones:3x1x1"), "an axis that has none"),
        (("trace", "nn.ConvTranspose(features=1, kernel_size=[3], padding='CIRCULAR')",
          "ones:1x0x1", "ones:3x1x1"), "an axis that has none"),
        (("run", "F.avg_pool3d(kernel_size=3, padding=1, stride=1)", "ones:1x1x2x3x3"),
         "the window 3 must be at most the input size 2"),
        (("stack", KERAS, "8x8x3"), "LAYERS is nested too deeply"),
    ],
)  # fmt: skip
def test_what_no_layer_computes_is_refused(
    line: tuple[str, ...], words: str, convcli: Convcli
) -> None:
    result = convcli(*line)
    assert (result.status, result.out) == (2, ""), result
    assert words in result.err


@pytest.mark.parametrize("command", ["run", "grad", "trace"])
@pytest.mark.parametrize(
    ("layer", "plain", "input", "weight"),
    [
        ("Conv1d(1, 1, 1, dilation={big})", "Conv1d(1, 1, 1)", "arange:1x1x4", "7"),
        ("Conv1d(1, 1, 1, stride={big})", "Conv1d(1, 1, 1, stride=4)", "arange:1x1x4", "7"),
        ("ConvTranspose1d(1, 1, 1, dilation={big})", "ConvTranspose1d(1, 1, 1)", "arange:1x1x4",
         "7"),
        ("ConvTranspose1d(1, 1, 2, stride={big})", "ConvTranspose1d(1, 1, 2)", "arange:1x1x1",
         "7 9"),
        ("Conv2d(2, 2, (1, 2), dilation=({big}, 1), groups=2)", "Conv2d(2, 2, (1, 2), groups=2)",
         "arange:2x5x5", "arange:2x1x1x2"),
    ],
)  # fmt: skip
def test_strides_and_dilations_that_reach_nothing(
    convcli: Convcli, command: str, layer: str, plain: str, input: str, weight: str
) -> None:
    """One tap has no dilation, and one output no stride, at any size."""
    form = "csv" if command == "run" else "plain"
    right = convcli(command, plain, input, weight, "-f", form)
    for big in (2**31, 2**60, 2**62, 2**63 - 1):
        ran = convcli(command, layer.format(big=big), input, weight, "-f", form)
        assert (ran.status, ran.err) == (0, right.err)
        assert len(ran.out.splitlines()) == len(right.out.splitlines())
        assert command != "run" or ran.out == right.out


@pytest.mark.parametrize("command", ["run", "grad"])
def test_no_image_reads_no_table(convcli: Convcli, command: str) -> None:
    for layer in ("ConvTranspose1d(1, 1, 3, stride=2147483648)", "Conv1d(1, 1, 3, padding=2**40)"):
        line = layer.replace("2**40", str(2**40))
        ran = convcli(command, line, "ones:0x1x4", "ones:1x1x3", "--max-memory", "64MiB", "--json")
        assert (ran.status, ran.err) == (0, "")
