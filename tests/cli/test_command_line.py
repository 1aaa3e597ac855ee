"""The command line itself: what is mistyped, where JSON is asked for, --expect, --lang, batches."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcli.cli.app.main import COMMANDS, main
from convcli.cli.app.usage import wants_json
from convcli.cli.output.expect import difference
from convcli.cli.output.streams import Streams
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.text.numbers import Tolerance, parse_tolerance
from convcli.suggestions import closest, edit_distance

Convcli = Callable[..., Any]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-v", "Did you mean -V?"),
        ("--verison", "Did you mean --version?"),
        ("-q", "Options follow the command: convcli COMMAND -q."),
        ("--json shape conv2d 5x5", "Options follow the command: convcli shape --json."),
        ("--", "missing command"),
        ("-", "no such command '-'."),
        ("sh", "Did you mean shape or show?"),
        ("stak", "Did you mean stack?"),
        ("conv2d 5x5 -k 3", "like: convcli shape conv2d 5x5 -k 3."),
        ("arrays", "Did you mean convcli help arrays?"),
        ("version", "Try convcli --version."),
        ("shape conv2d 5x5 --bogus", "no such option: --bogus. See"),
        ("shape conv2d 5x5 --twirl", "no such option: --twirl. See"),
        ("shape conv2d 5x5 --epochs 3", "It is an option of learn."),
        ("shape conv2d 5x5 --kernel_size 3", "Did you mean --kernel-size?"),
        ("shape conv2d 5x5 --channels 3", "Did you mean --out-channels or --in-channels?"),
        ("shape conv2d 5x5 -stride 2", "-stride is written with two dashes. Write --stride."),
        ("shape conv2d 5x5 -k -s 2", "--kernel-size needs a value, but the next argument is"),
        ("shape conv2d 5x5 -k", "--kernel-size needs a value. It is written --kernel-size K:"),
        ("shape conv2d 5x5 -k 3 -o --json", "--output needs a value"),
        ("shape conv2d 5x5 -k 3 --expect -q", "--expect needs a value"),
        ("shape conv2d 1 3 5 5 -k 3", "A shape is one word: 1x3x5x5."),
        ("shape conv2d 5 x 5 -k 3", "A shape is one word: 5x5."),
        ("run conv1d 1 2 3", "are one word, in quotes"),
        ("shape conv4d 5x5", "Did you mean conv1d, conv2d or conv3d?"),
        ("shape conv2d 5x5 -k 3 --padding-mode constant", "Try --padding-mode zeros"),
        ("shape conv2d 5x5 -k 3 --padding-mode edge", "Try --padding-mode replicate"),
        ("shape conv2d 5x5 -k 3 --padding-mode reflekt", "Did you mean reflect?"),
        ("run conv2d ones:5x5 kernel:sobel", "Did you mean sobel-x or sobel-y?"),
        ("run conv3d ones:5x5x5 kernel:sobel", "Did you mean sobel-x, sobel-y or sobel-z?"),
        ("run conv2d rnd:5x5 ones:3x3", "Did you mean rand"),
        ("shape conv2d 5x5 -k 3 -f jsn", "Did you mean json?"),
        ("init Conv2d(1,1,3) --scheme he_normal", "Did you mean kaiming_normal?"),
        ("init Conv2d(1,1,3) --scheme kaiming_uniform_", "Did you mean kaiming_uniform?"),
        ("learn conv1d ones:5 ones:3 -k 3 --loss mes", "Did you mean mse?"),
        ("learn conv1d ones:5 ones:3 -k 3 --optimizer adma", "Did you mean adam?"),
        ("stack lenet 1x28x28", "Did you mean lenet5?"),
        ("stack maxpool2d 1x28x28", "Did you mean MaxPool2d?"),
        ("help paddng", "Did you mean padding?"),
    ],
)  # fmt: skip
def test_what_was_meant(line: str, words: str, convcli: Convcli) -> None:
    result = convcli(*line.split(" "))
    assert result.status in (2, 3)
    assert result.out == ""
    assert words.lower() in result.err.lower()
    assert "Traceback" not in result.err


def test_suggestions_have_a_threshold_and_ties() -> None:
    assert closest("sobel", ["sobel-x", "sobel-y", "sobel-z", "box"]) == [
        "sobel-x",
        "sobel-y",
        "sobel-z",
    ]
    assert closest("lang", ["padding", "kernel-size"]) == []
    assert closest("flip", ["help"]) == []
    assert closest("zz", ["zh", "en"]) == []
    assert closest("", ["a", "b"]) == []
    assert closest("K", ["k", "c"]) == ["k"]
    assert closest("x" * 10_000, ["x" * 9]) == []


def test_the_distance_is_a_metric_on_single_mistakes() -> None:
    word = "padding"
    for at in range(len(word)):
        assert edit_distance(word, word[:at] + word[at + 1 :]) == 1
        assert edit_distance(word, word[:at] + "?" + word[at:]) == 1
        assert edit_distance(word, word[:at] + "?" + word[at + 1 :]) == 1
    assert edit_distance("abdc", "abcd") == 1
    assert edit_distance("", "abc") == edit_distance("abc", "") == 3


@pytest.mark.parametrize(
    "line",
    [
        "--json",
        "-qf json",
        "-fjsonl",
        "nope --json",
        "shape --json",
        "shape conv2d x --json",
        "shape conv2d x -qf json",
        "shape conv2d x -qfjson",
        "shape conv2d x -f jsonl",
        "shape -f json conv2d x",
        "shape --format=json conv2d 5x5 --nope",
        "shape conv2d 5x5 --nope --format json",
        "shape --json conv2d 5x5 -k 3 -k",
        "shape conv2d 5x5 -k --json",
        "shape conv2d 5x5 -o --json",
        "shape conv2d 5x5 1 2 3 --json",
        "shape conv2d 5x5 -k 3 --precision x --json",
        "trace conv2d 5x5 -fjsonl",
        "shape --batch none.jsonl",
        "shape --batch - conv2d",
        "shape conv2d 5x5 -stride 2 --json",
    ],
)
def test_errors_are_json_wherever_json_was_asked_for(line: str, convcli: Convcli) -> None:
    result = convcli(*line.split(" "))
    assert result.status in (2, 3)
    assert result.out == ""
    (text,) = result.err.splitlines()
    error = json.loads(text)["error"]
    assert set(error) == {"code", "message", "option", "axis"}


@pytest.mark.parametrize(
    "line",
    ["shape conv2d x", "shape conv2d x -o f.json", "shape conv2d 5x5 -k 3 --nope -- --json",
     "shape conv2d x -f csv", "run conv2d x -k f"],
)  # fmt: skip
def test_other_errors_are_text(line: str, convcli: Convcli) -> None:
    assert not wants_json(line.split(" "))
    assert convcli(*line.split(" ")).err.startswith("convcli: error: ")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_and_lang_are_on_every_command(command: str, convcli: Convcli) -> None:
    by_letter, by_word = convcli(command, "-h"), convcli(command, "--help")
    assert by_letter == by_word
    assert command == "stack" or convcli("help", command) == by_word
    assert by_letter.status == 0
    assert "--lang" in by_letter.out


def test_errors_in_chinese_say_that_they_are_english(convcli: Convcli) -> None:
    for options in (["--lang", "zh", "-q"], ["--lang", "zh", "--json"], ["--lang", "en"]):
        assert convcli("shape", "conv2d", "5x5", "-k", "3", *options).err == ""
    refused = convcli("shape", "conv2d", "2x2", "-k", "3", "--lang", "zh", "-q").err
    assert refused.endswith("convcli: note: errors have no text in zh yet, and are in English\n")
    assert "note" not in convcli("shape", "conv2d", "2x2", "-k", "3", "--lang", "en").err


class TestExpect:
    @pytest.mark.parametrize(
        ("value", "expected", "tolerance"),
        [
            (8.555499352039517, "8.555", "5e-4"),
            (8.555499352039517, "8.555", "0.01%"),
            (8.555499352039517, "8.555499352039517", None),
            (5, "5", None),
            (2**62, str(2**62 - 1), "1"),
            (float("nan"), "nan", "0"),
            (float("inf"), "inf", "1%"),
            (-3.0, "-3.1", "0.1,1%"),
            ("nn.Conv2d(1, 1, 3)", "nn.Conv2d(1, 1, 3)", None),
            (Shape((1, 3, 3)), "1,3,3", None),
        ],
    )
    def test_equal(self, value: Any, expected: str, tolerance: str | None) -> None:
        limit = None if tolerance is None else parse_tolerance(tolerance)
        assert difference(value, expected, limit) is None

    @pytest.mark.parametrize(
        ("value", "expected", "tolerance"),
        [
            (8.555499352039517, "8.555", None),
            (8.555499352039517, "8.555", "4e-4"),
            (2**62, str(2**62 - 2), "1"),
            (float("inf"), "-inf", "1e300"),
            (1.0, "nan", "1"),
            (0.5, "0", "100%"),
            (-(2**63), str(2**63 - 1), "1e19"),
        ],
    )
    def test_not_equal(self, value: Any, expected: str, tolerance: str | None) -> None:
        limit = None if tolerance is None else parse_tolerance(tolerance)
        assert difference(value, expected, limit) is not None

    def test_the_tolerance_that_it_names_passes(self) -> None:
        import random

        rng = random.Random(0)
        for _ in range(200):
            value, expected = (rng.gauss(0, 1) * 10 ** rng.randint(-9, 9) for _ in range(2))
            words = difference(value, repr(expected)) or ""
            named = words.partition("--tolerance ")[2].partition(" ")[0]
            assert difference(value, repr(expected), parse_tolerance(named)) is None
            assert difference(value, repr(expected), Tolerance(float(named) * 0.8)) is not None

    def test_arrays_say_how_many_and_where(self, convcli: Convcli) -> None:
        result = convcli("run", "conv2d", "1 2; 3 4.5", "[[1]]", "-q", "--expect", "1 2; 3 4")
        assert result.status == 1
        assert result.err == (
            "convcli: the result is [[1.0, 2.0], [3.0, 4.5]], but --expect is '1 2; 3 4': 1 of 4 "
            "numbers differ, the most at (1, 1): 4.5 and not 4; the difference is 0.5; "
            "--tolerance 0.5 would pass\n"
        )

    def test_another_shape(self, convcli: Convcli) -> None:
        result = convcli("run", "conv1d", "1 2", "1", "-q", "--expect", "1 2 3")
        assert result.status == 1
        assert "the shapes differ: 2, not 3" in result.err

    @pytest.mark.parametrize(
        "options",
        [
            "--tolerance 1",
            *(f"--expect 3x3 --tolerance {text}" for text in ["1", "x", "-1", "1,2", "nan"]),
        ],
    )
    def test_a_tolerance_that_does_not_apply_is_refused(
        self, options: str, convcli: Convcli
    ) -> None:
        result = convcli("shape", "conv2d", "5x5", "-k", "3", "-q", *options.split())
        assert (result.status, result.out) == (2, "")
        assert "--tolerance" in result.err


LINE = {"layer": "conv2d", "input_shape": [5, 5], "kernel_size": 3}


def batch(convcli: Convcli, *records: dict[str, Any], options: str = "") -> Any:
    text = "\n".join(map(json.dumps, records))
    return convcli("shape", "--batch", "-", *options.split(), stdin=text.encode())


def test_a_batch_compares_line_by_line(convcli: Convcli) -> None:
    right, wrong = LINE | {"expect": "3x3"}, LINE | {"expect": [3, 4]}
    assert batch(convcli, right, LINE).status == 0
    result = batch(convcli, right, wrong)
    assert result.status == 1
    answers = [json.loads(line) for line in result.out.splitlines()]
    assert [answer["expected"] for answer in answers] == [True, False]
    assert "is not the expected one: 1; the first is line 2" in result.err
    assert batch(convcli, LINE, options="-q --expect 3x3").status == 0
    assert batch(convcli, LINE, options="-q --expect 4x4").status == 1
    assert batch(convcli, wrong, LINE | {"stride": 0}).status == 2


def test_a_batch_refuses_two_shapes_of_one_input(convcli: Convcli) -> None:
    result = batch(convcli, LINE | {"shape": "1x9x9", "input_shape": [1, 5, 5]})
    assert result.status == 2
    assert "the shape of the input twice, as input_shape and shape" in result.out


def test_a_batch_refuses_a_key_that_stands_twice(convcli: Convcli) -> None:
    line = b'{"layer": "conv2d", "shape": "9x9", "kernel_size": 3, "kernel_size": 4}'
    result = convcli("shape", "--batch", "-", stdin=line)
    assert result.status == 2
    assert "has the key 'kernel_size' twice" in result.out


def test_a_batch_takes_nothing_beside_its_lines(convcli: Convcli) -> None:
    for options in ("conv2d 1x3x4x4", "-k 3", "--no-bias", "--padding-mode reflect"):
        result = batch(convcli, LINE, options=options)
        assert (result.status, result.out) == (2, "")
        assert json.loads(result.err)["error"]["code"] == "batch.arguments"


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (LINE | {"strides": 2}, "Did you mean stride?"),
        (LINE | {"kernelSize": 2}, "Did you mean kernel_size?"),
        (LINE | {"expects": 2}, "Did you mean expect?"),
        (LINE | {"colour": 2}, "The keys are layer, input_shape"),
        ({"layr": "conv2d", "input_shape": [5, 5]}, 'Did you mean "layer"?'),
        ({"layer": "conv2d", "inputshape": [5, 5]}, 'Did you mean "input_shape"?'),
    ],
)
def test_unknown_keys_of_a_batch_name_the_nearest(
    record: dict[str, Any], words: str, convcli: Convcli
) -> None:
    assert words in json.loads(batch(convcli, record).out)["error"]["message"]


@pytest.mark.parametrize(
    "text",
    ["Conv2d(1, 1, 3); ReLU()", "Conv2d(1, 1, 3)\nReLU()\n", '["Conv2d(1, 1, 3)", "ReLU()"]',
     '{"layers": ["Conv2d(1, 1, 3)"]}', '{"layer": "conv2d", "kernel_size": 3}',
     '{"layer": "conv2d", "kernel_size": 3}\n{"layer": "ReLU()"}\n',
     "Sequential(\n  (0): Conv2d(1, 1, kernel_size=(3, 3), stride=(1, 1))\n  (1): ReLU()\n)"],
)  # fmt: skip
def test_a_stack_on_standard_input(text: str, convcli: Convcli) -> None:
    result = convcli("stack", "-", "1x9x9", "-q", stdin=text.encode())
    assert (result.status, result.out, result.err) == (0, "1x7x7\n", "")
    assert convcli("stack", "-", "ReLU()", "1x9x9", "-q", stdin=text.encode()).out == "1x7x7\n"


def test_standard_input_that_gives_no_stack(convcli: Convcli) -> None:
    for text in (b"", b"Conv2d(1, 1, 3", b"\xff\xfe\x00", b"[1]", b'{"layers": 3}'):
        result = convcli("stack", "-", "1x9x9", stdin=text)
        assert result.status in (2, 3)
        assert result.out == ""
    assert "stands more than once" in convcli("stack", "-", "-", "9x9").err


@pytest.mark.parametrize("line", ["stack - 9x9", "shape --batch -"])
def test_a_closed_standard_input_says_so(line: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    assert main(line.split(), Streams(None, out, err)) == 3
    assert "standard input is closed" in err.getvalue()


@pytest.mark.parametrize("line", ["stack - 9x9 -q", "shape --batch - -q"])
def test_a_terminal_as_standard_input_says_so(line: str) -> None:
    class Typed(io.BytesIO):
        def isatty(self) -> bool:
            return True

    text = b"ReLU()" if "stack" in line else json.dumps(LINE).encode()
    out, err = io.StringIO(), io.StringIO()
    assert main(line.split(), Streams(Typed(text), out, err)) == 0
    assert "standard input is the terminal" in err.getvalue()


def test_a_file_that_is_named_like_an_option_is_reached_with_a_folder(
    convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert convcli("shape", "conv2d", "5x5", "-k", "3", "-q", "-o", "./-q.txt").status == 0
    assert "output\t3x3" in Path("-q.txt").read_text()
