"""`exercise`: sheets, solutions, answers files and marks; what is odd is refused in words."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Convcli = Callable[..., Any]


def sheet(convcli: Convcli, *words: str) -> list[dict[str, Any]]:
    problems: list[dict[str, Any]] = json.loads(convcli("exercise", *words, "--json").out)[
        "problems"
    ]
    return problems


def test_the_keys_of_a_problem(convcli: Convcli) -> None:
    for level in ("easy", "medium", "hard"):
        for problem in sheet(convcli, "--level", level, "--seed", "3"):
            assert {"ask", "text", "layer", "input", "weight", "answer", "steps"} <= set(problem)
            assert problem["steps"]
            assert all(isinstance(line, str) for line in problem["steps"])


def test_the_answers_are_those_of_the_other_commands(convcli: Convcli) -> None:
    for problem in sheet(convcli, "--level", "medium", "--seed", "4", "-n", "16"):
        x, w = json.dumps(problem["input"]), json.dumps(problem["weight"])
        bias = [] if problem["bias"] is None else ["--bias", json.dumps(problem["bias"])]
        at = ",".join(map(str, problem["at"] or ()))
        layer, right = problem["layer"].replace(", bias=False", ""), problem["answer"]
        if problem["kind"] == "shape":
            shape = "x".join(map(str, problem["input"]))
            found = json.loads(convcli("shape", layer, shape, "--json").out)["output"]["shape"]
        elif problem["ask"] == "gradient":
            g = json.dumps(problem["output_gradient"])
            entry = f"{problem['variable']}:{at}"
            found = json.loads(convcli("grad", layer, x, w, g, *bias, "--at", entry, "--json").out)[
                "total"
            ]
        elif problem["kind"] == "array":
            found = json.loads(convcli("run", layer, x, w, *bias, "--json").out)["output"]["values"]
        elif problem["at"] is not None:
            line = convcli("trace", layer, x, w, *bias, "--at", at, "-q").out
            found = json.loads(line)
        else:
            continue
        assert found == right, problem


def test_another_process_makes_the_same_bytes(convcli: Convcli) -> None:
    words = ["exercise", "--seed", "11", "--level", "hard", "--solutions", "-"]
    ran = subprocess.run(
        [sys.executable, "-m", "convcli", *words, "-f", "markdown"],
        capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": "7"},
    )  # fmt: skip
    assert ran.stdout.decode() == convcli(*words, "-f", "markdown").out


def test_sheet_and_solutions_are_apart(convcli: Convcli, tmp_path: Path) -> None:
    paper, solved = tmp_path / "blatt 1.md", tmp_path / "解答.txt"
    result = convcli(
        "exercise", "--ask", "parameters", "-n", "1", "-o", str(paper), "--solutions", str(solved)
    )
    assert (result.status, result.out) == (0, "")
    assert "solutions" not in paper.read_text()
    assert "parameters = " not in paper.read_text()
    assert "parameters = " in solved.read_text()
    again = convcli("exercise", "-o", str(paper))
    assert again.status == 5
    twice = convcli("exercise", "-o", str(tmp_path / "a.md"), "--solutions", str(tmp_path / "a.md"))
    assert twice.status == 2
    assert "--solutions is the file of two results" in twice.err
    for words, option in (
        ("--solutions SHEET.docx", "--solutions must end in .json"),
        ("--solutions PAPER", "--solutions: the file already exists"),
        ("--answers PAPER", "--answers: the file already exists"),
        ("--answers no/such/folder.json", "--answers: the folder does not exist"),
        ("-o a.json --answers a.json", "--answers is the file of two results"),
    ):
        refused = convcli("exercise", *(w.replace("PAPER", str(paper)) for w in words.split()))
        assert (refused.status in (2, 5), refused.out) == (True, ""), words
        assert option in refused.err, words
    assert not (tmp_path / "a.md").exists()


def test_the_language_changes_words_and_no_bytes_of_machines(convcli: Convcli) -> None:
    assert convcli("exercise", "--json", "--lang", "zh").out == convcli("exercise", "--json").out
    assert "输出尺寸" in convcli("exercise", "--lang", "zh").out


def test_layers_of_torch_and_of_other_frameworks(convcli: Convcli) -> None:
    layer = "Conv2d(1, 2, kernel_size=3, padding=1)"
    assert {problem["layer"] for problem in sheet(convcli, layer, "--ask", "size,sum")} == {layer}
    keras = 'keras.layers.Conv2D(filters=2, kernel_size=3, strides=2, padding="same")'
    (first,) = sheet(convcli, keras, "-n", "1")
    assert first["layer"] == keras
    halved = [-(-size // 2) for size in first["input"][2:]]
    assert first["answer"] == [1, 2, *halved]
    assert convcli("exercise", "MaxPool2d(2)").status == 2
    options = sheet(convcli, "conv2d", "-k", "3", "-s", "2", "-n", "1")
    assert options[0]["layer"] == "Conv2d(1, 1, kernel_size=3, stride=2)"
    few = convcli("exercise", layer, "--ask", "parameters")
    assert few.status == 0
    assert "no more than 1 different" in few.err


def test_the_value_of_quiet_is_an_answers_file_that_is_right(convcli: Convcli) -> None:
    for level in ("easy", "hard"):
        words = ["exercise", "--seed", "6", "--level", level, "-n", "16"]
        right = convcli(*words, "-q").out.encode()
        result = convcli(*words, "--check", "-", stdin=right)
        assert (result.status, result.out.splitlines()[0][-14:]) == (0, "16 of 16 right")


def test_the_sheet_itself_is_an_answers_file(convcli: Convcli, tmp_path: Path) -> None:
    path = tmp_path / "sheet.json"
    convcli("exercise", "--seed", "8", "--level", "medium", "-n", "5", "-o", str(path))
    assert convcli("exercise", "--check", str(path)).status == 0
    other = convcli("exercise", "--check", str(path), "--seed", "9")
    assert other.status == 2
    assert "--seed contradicts" in other.err
    assert "which says 8" in other.err
    layer = convcli("exercise", LAYER, "--check", str(path)).err
    assert "LAYER contradicts" in layer
    assert layer.endswith("which says nothing of it.\n")


LAYER = "Conv2d(1, 1, 3, padding=1, bias=False)"


def test_a_file_to_fill_in_names_its_sheet(convcli: Convcli, tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    convcli("exercise", LAYER, "--ask", "size,parameters", "--seed", "2", "--answers", str(path))
    data = json.loads(path.read_text())
    assert all(problem["answer"] is None for problem in data["problems"])
    blank = convcli("exercise", "--check", str(path))
    assert (blank.status, blank.out.count("missing")) == (1, len(data["problems"]))
    data["problems"][1]["answer"] = 9
    path.write_text(json.dumps(data))
    marks = json.loads(convcli("exercise", "--check", str(path), "--json").out)
    assert (marks["right"], marks["of"]) == (1, len(data["problems"]))
    assert [mark["mark"] for mark in marks["marks"]][:2] == ["missing", "right"]


@pytest.mark.parametrize("name", ["answers.txt", "answers", "answers.json.md"])
def test_answers_are_json_and_their_name_says_so(
    convcli: Convcli, tmp_path: Path, name: str
) -> None:
    result = convcli("exercise", "--answers", str(tmp_path / name))
    assert (result.status, result.out) == (2, "")
    assert "the name must end in .json" in result.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("written", ['"-1"', "-1", "[[-1, 2]]", '"\u22121"', "[-1]"])
def test_a_padding_below_0_is_wrong_and_not_unreadable(convcli: Convcli, written: str) -> None:
    words = ["exercise", "--ask", "padding", "-n", "1", "--check", "-"]
    result = convcli(*words, stdin=f"[{written}]".encode())
    assert (result.status, "a padding is at least 0" in result.out) == (1, True)


def test_a_size_below_0_is_wrong_and_not_unreadable(convcli: Convcli) -> None:
    words = ["exercise", "Conv2d(1, 1, 3)", "--ask", "size", "-n", "1", "--check", "-", "--json"]
    for written in ('"-1x1x3x3"', "[-1, 1, 3, 3]"):
        (mark,) = json.loads(convcli(*words, stdin=f"[{written}]".encode()).out)["marks"]
        assert (mark["mark"], mark["answer"]) == ("wrong", [-1, 1, 3, 3])


def test_a_wrong_answer_says_what_happened(convcli: Convcli) -> None:
    words = ["exercise", "Conv2d(4, 6, 3, groups=2)", "--ask", "parameters", "-n", "1"]
    result = convcli(*words, "--check", "-", stdin=b"[108]")
    assert result.status == 1
    assert "the bias was forgotten" in result.out
    (mark,) = json.loads(convcli(*words, "--check", "-", "--json", stdin=b"[222]").out)["marks"]
    assert [each["key"] for each in mark["mistakes"]] == ["groups_forgotten"]
    assert mark["text"] == "the groups were forgotten"
    assert convcli(*words, "--check", "-", "-q", stdin=b"[108]").out == "0/1\n"
    (row,) = csv.DictReader(
        convcli(*words, "--check", "-", "-f", "csv", stdin=b"[9]").out.split("\n")
    )
    assert (row["answer"], row["right"]) == ("9", "114")  # not the score
    questions = convcli(*words, "--check", "-", "-f", "moodle", stdin=b"[108]")
    assert (questions.status, "--format cannot be combined" in questions.err) == (2, True)


@pytest.mark.parametrize(
    "written",
    ["114", '"114"', "114.0", '" 114 "', "[[114]]", '"114.0"', '"\uff11\uff11\uff14"'],
)
def test_a_number_may_be_written_in_any_way(convcli: Convcli, written: str) -> None:
    words = ["exercise", "Conv2d(4, 6, 3, groups=2)", "--ask", "parameters", "-n", "1"]
    for data in (f"[{written}]", f'{{"1": {written}}}', f'{{"answers": {{"1": {written}}}}}'):
        assert convcli(*words, "--check", "-", stdin=data.encode()).status == 0


@pytest.mark.parametrize(
    "written",
    ['"1x1x16x16"', '"1, 1, 16, 16"', "[1, 1, 16, 16]", '"torch.Size([1, 1, 16, 16])"',
     '"\uff081, 1, 16, 16\uff09"'],
)  # fmt: skip
def test_so_may_a_shape(convcli: Convcli, written: str) -> None:
    words = ["exercise", "Conv2d(1, 1, 3, padding=1)", "--level", "medium", "--ask", "size"]
    (problem,) = sheet(convcli, *words[1:], "-n", "1")
    right = "x".join(map(str, problem["answer"]))
    commas = str(problem["answer"])[1:-1]
    written = written.replace("1x1x16x16", right).replace("1, 1, 16, 16", commas)
    answers = f"[{written}]".encode()
    assert convcli(*words, "-n", "1", "--check", "-", stdin=answers).status == 0


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"", 3, "is no JSON"),
        (b"{", 3, "is no JSON: line 1"),
        (b"7", 3, "must be a list of answers"),
        (b'"1"', 3, "must be a list of answers"),
        (b"\xff\xfe", 3, "is not UTF-8"),
        (b"[" * 100_000, 3, "standard input"),
        (b"[NaN]", 3, "has 'NaN'"),
        (b"[-Infinity]", 3, "has '-Infinity'"),
        (b"[1e999]", 3, "finite numbers"),
        (b"[" + b"9" * 5000 + b"]", 3, "has '99999"),
        (b"[true]", 3, "not true"),
        (b"[{}]", 3, "not an object"),
        (b'[["a"]]', 3, "numbers alone"),
        (b'{"x": 1}', 3, "has the key 'x'"),
        (b'{"0": 1}', 3, "has the key '0'"),
        (b'{"1": 1, "1": 2}', 3, "stands twice"),
        (b"[1, 2, 3]", 3, "answers problem 3"),
        (b'{"problems": [1]}', 3, "an object for each problem"),
        (b'{"problems": [{"number": 0}]}', 3, "no number of its own"),
        (b'{"seed": "x", "problems": []}', 3, "has a seed that no sheet has"),
        (b'{"layers": ["x"], "problems": []}', 2, "x"),
        (b'["\\u001b[31m", 1]', 1, "not readable"),
        (b"[" * 600 + b"]" * 600, 3, "more than 32 deep"),
        (b'{"1": ' + b"[" * 90000 + b"]" * 90000 + b"}", 3, "more than 32 deep"),
        (b'{"seed": ' + b'{"a": ' * 600 + b"1" + b"}" * 601, 3, "more than 32 deep"),
        (b"[" * 32 + b"4" + b"]" * 32, 1, ""),
        (b"[]", 1, "missing"),
        (b'[null, ""]', 1, "missing"),
        (b'["4x3", [[1], [2, 3]]]', 1, "not readable"),
    ],
)
def test_odd_answers_are_refused_in_words(
    convcli: Convcli, data: bytes, status: int, words: str
) -> None:
    result = convcli("exercise", "--ask", "sum,output", "-n", "2", "--check", "-", stdin=data)
    assert result.status == status
    assert words in (result.err if status > 1 else result.out)
    assert "\x1b" not in result.out + result.err


def test_files_with_odd_names(convcli: Convcli, tmp_path: Path) -> None:
    for name in ("作答.json", "a b.json", "-x.json", "`force`.json", "{0}.json"):
        path = tmp_path / name
        convcli("exercise", "-n", "2", "--answers", str(path))
        assert convcli("exercise", "--check", str(path)).status == 1
        path.write_text("{")
        assert convcli("exercise", "--check", str(path)).status == 3
    assert convcli("exercise", "--check", str(tmp_path)).status == 3
    assert convcli("exercise", "--check", str(tmp_path / "none")).status == 3
    assert convcli("exercise", "--check", "a\0b").status == 3
    assert convcli("exercise", "--check", "-", "--solutions", "-", stdin=b"[]").status == 2


def test_wrong_requests(convcli: Convcli) -> None:
    for words in (["--ask", "summ"], ["--ask", "sum,sum"], ["--level", "x"], ["-n", "0"]):
        assert convcli("exercise", *words).status == 2
    assert "too large for paper" in convcli("exercise", "Conv2d(3, 64, 7)", "--ask", "sum").err
