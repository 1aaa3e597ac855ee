"""What the commands promise beyond formats: arrays, options, expectations, files, batches."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.inputs.files.npy import npy_chunks

Convcli = Callable[..., Any]


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def stream(array: Any) -> bytes:
    return b"".join(bytes(chunk) for chunk in npy_chunks(np.asarray(array)))


def test_quiet_prints_the_one_value(convcli: Convcli) -> None:
    assert (
        convcli("shape", "conv2d", "1x3x224x224", "-c", 64, "-k", 7, "-s", 2, "-p", 3, "-q").out
        == "1x64x112x112\n"
    )
    assert (
        convcli("trace", "conv2d", "arange:5x5:1", "arange:3x3:1", "--at", "0,0", "-q").out
        == "411\n"
    )
    assert convcli("run", "conv2d", "arange:3x3", "ones:2x2", "-q").out == "[[8, 12], [20, 24]]\n"


@pytest.mark.parametrize(
    ("arguments", "expected", "other"),
    [
        (("shape", "conv2d", "5x5", "-k", "3"), "3,3", "3x4"),
        (("trace", "conv2d", "arange:5x5:1", "arange:3x3:1", "--at", "0,0"), "411", "412"),
        (("trace", "conv1d", "0.1 0.2", "1 1"), "0.30000000000000004", "0.3"),
        (("run", "conv2d", "arange:3x3", "ones:2x2"), "8 12; 20 24", "8 12; 20 25"),
        (("run", "conv2d", "arange:3x3", "ones:2x2"), "[[8, 12], [20, 24]]", "8 12 20 24"),
        (("run", "conv1d", "1 2", "1 1"), "3", "3.5"),
        (("run", "conv1d", "nan 1 2", "1 1"), "[NaN, 3]", "[3, 3]"),
    ],
)
def test_expect(convcli: Convcli, arguments: tuple[str, ...], expected: str, other: str) -> None:
    assert convcli(*arguments, "--expect", expected).status == 0
    wrong = convcli(*arguments, "--expect", other)
    assert wrong.status == 1
    assert "--expect is" in wrong.err
    assert convcli(*arguments, "--expect", "what").status == 2


def test_what_quiet_prints_is_expected(convcli: Convcli) -> None:
    arguments = ("run", "conv2d", "randn:4x4", "randn:2x2:1")
    printed = convcli(*arguments, "-q").out
    assert json.loads(convcli(*arguments, "--json").out)["output"]["dtype"] == "float32"
    assert convcli(*arguments, "--expect", printed).status == 0


def test_expect_needs_one_value(convcli: Convcli) -> None:
    assert convcli("trace", "conv1d", "1 2 3", "1 1", "--expect", 3).status == 2


def test_commands_pipe_into_each_other(convcli: Convcli) -> None:
    first = convcli("run", "conv2d", "arange:5x5", "ones:2x2", "-o", "-")
    assert (first.status, first.err) == (0, "")
    second = convcli("run", "conv2d", "-", "ones:2x2", "-q", stdin=first.out_bytes)
    assert json.loads(second.out) == convcli_twice()


def convcli_twice() -> Any:
    x = np.arange(25).reshape(5, 5)
    for _ in range(2):
        x = x[:-1, :-1] + x[1:, :-1] + x[:-1, 1:] + x[1:, 1:]
    return x.tolist()


def test_both_arrays_may_come_from_one_stream(convcli: Convcli) -> None:
    assert (
        convcli("run", "conv1d", "-", "-", "-q", stdin=stream([1, 2, 3]) + stream([1, 1])).out
        == "[3, 5]\n"
    )
    assert convcli("run", "conv1d", "-", "1 1", stdin=b"").status == 3


def test_results_are_written_in_the_kind_that_the_suffix_says(convcli: Convcli) -> None:
    arguments = ("run", "conv2d", "arange:3x3", "ones:2x2", "-o")
    for name in ("y.npy", "y.csv", "y.json", "y.md", "plainly"):
        result = convcli(*arguments, name)
        assert (result.status, result.out, result.err) == (0, "", ""), name
    assert np.load("y.npy").tolist() == np.load("plainly").tolist() == [[8, 12], [20, 24]]
    assert Path("y.csv").read_text() == "8,12\n20,24\n"
    assert json.loads(Path("y.json").read_text())["output"]["values"] == [[8, 12], [20, 24]]
    assert convcli("run", "conv2d", "y.csv", "ones:2x2", "-q").out == "[[64]]\n"
    assert convcli(*arguments, "y.foo").status == 2
    assert convcli(*arguments, "y.foo", "-f", "csv").status == 0


def test_a_file_that_exists_stays_without_force(convcli: Convcli) -> None:
    Path("y.npy").write_text("precious")
    refused = convcli("run", "conv2d", "arange:3x3", "ones:2x2", "-o", "y.npy")
    assert (refused.status, refused.out) == (5, "")
    assert "--force" in refused.err
    assert Path("y.npy").read_text() == "precious"
    os.chmod("y.npy", 0o640)
    assert convcli("run", "conv2d", "arange:3x3", "ones:2x2", "-o", "y.npy", "--force").status == 0
    assert np.load("y.npy").shape == (2, 2)
    assert os.stat("y.npy").st_mode & 0o777 == 0o640
    assert convcli("shape", "conv2d", "5x5", "-k", 3, "-o", "none/y.json").status == 5
    assert os.listdir() == ["y.npy"]


def test_a_link_is_written_through(convcli: Convcli) -> None:
    os.mkdir("other")
    os.symlink("other/real.json", "link.json")
    assert convcli("shape", "conv2d", "5x5", "-k", 3, "-o", "link.json").status == 0
    assert os.path.islink("link.json")
    assert json.loads(Path("other/real.json").read_text())["command"] == "shape"


def test_one_kernel_serves_every_channel_depthwise(convcli: Convcli) -> None:
    x = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    np.save("x.npy", x)
    found = json.loads(convcli("run", "conv2d", "x.npy", "1 -1;", "-g", "depthwise", "-q").out)
    assert np.array_equal(found, x[:, :, :-1] - x[:, :, 1:])
    assert "depthwise" in convcli("run", "conv2d", "x.npy", "1 -1;").err


def test_the_bias_is_an_array_and_absent_without_it(convcli: Convcli) -> None:
    assert convcli("run", "Conv1d(1, 1, 2, bias=True)", "1 2", "1 1", "-q").out == "[3]\n"
    assert (
        convcli("run", "Conv1d(1, 1, 2, bias=False)", "1 2", "1 1", "--bias", 10, "-q").out
        == "[13]\n"
    )
    assert convcli("run", "conv1d", "1 2", "1 1", "--bias", "1 2").status == 2


def test_without_a_weight_an_expression_is_drawn_from_the_seed(convcli: Convcli) -> None:
    a, b, c = (
        convcli("run", "Conv1d(1, 2, 2)", "ones:4", "--seed", seed, "-q").out for seed in (1, 1, 2)
    )
    assert a == b != c
    assert convcli("run", "conv1d", "ones:4").status == 2
    assert (
        json.loads(convcli("run", "Conv1d(1, 1, 2)", "ones:4", "--json").out)["output"]["dtype"]
        == "float32"
    )


def test_sizes_of_any_magnitude_have_exact_shapes(convcli: Convcli) -> None:
    huge = 10**12
    data = json.loads(
        convcli("shape", "conv2d", f"1x3x{huge}x{huge}", "-c", 8, "-k", 3, "-p", 1, "--json").out
    )
    assert data["output"]["shape"] == [1, 8, huge, huge]
    assert data["macs"] == 8 * 3 * 9 * huge * huge


def test_what_memory_cannot_hold_is_refused_before_it_is_tried(convcli: Convcli) -> None:
    result = convcli("run", "conv2d", "ones:1000000x1000000", "ones:3x3")
    assert (result.status, result.out) == (4, "")
    assert "7.276 TiB" in result.err
    assert "--max-memory" in result.err
    assert convcli("run", "conv2d", "ones:100x100", "ones:3x3", "--max-memory", "100k").status == 4
    assert (
        convcli("run", "conv2d", "ones:100x100", "ones:3x3", "--max-memory", "1GiB", "-q").status
        == 0
    )
    assert convcli("run", "conv2d", "ones:9x9", "ones:3x3", "--max-memory", "much").status == 2


def batch(
    convcli: Convcli, *lines: object, options: tuple[str, ...] = ()
) -> tuple[int, list[Any], str]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    result = convcli("shape", "--batch", "-", *options, stdin=text.encode())
    return result.status, [json.loads(line) for line in result.out.splitlines()], result.err


def test_a_batch_answers_line_by_line(convcli: Convcli) -> None:
    status, answers, err = batch(
        convcli,
        {"name": "stem", "layer": "Conv2d(3, 64, 7, 2, 3)", "input_shape": [1, 3, 224, 224]},
        {
            "id": 7,
            "layer": "conv2d",
            "input_shape": "1x1x5x5",
            "kernel_size": [3, 1],
            "padding": [[0, 1], 2],
            "bias": False,
        },
        "",
        {"layer": "conv_transpose1d", "shape": "9", "kernel-size": 3, "stride": "2"},
    )
    assert (status, err) == (0, "")
    assert [answer["output"]["shape"] for answer in answers] == [
        [1, 64, 112, 112],
        [1, 1, 4, 9],
        [19],
    ]
    assert (answers[0]["name"], answers[1]["id"], answers[1]["bias"]["shape"]) == ("stem", 7, None)
    single = json.loads(convcli("shape", "Conv2d(3, 64, 7, 2, 3)", "1x3x224x224", "--json").out)
    assert answers[0].pop("name") == "stem"
    for key, value in answers[0].items():
        assert value == single[key] or value.items() <= single[key].items(), key


def test_a_batch_goes_on_after_a_bad_line(convcli: Convcli) -> None:
    good = {"layer": "conv2d", "input_shape": [5, 5], "kernel_size": 3}
    bad = [
        "junk", "[1]", "{}", good | {"strides": 2}, good | {"kernel_size": 9},
        good | {"kernel_size": {"a": 1}},
        good | {"input_shape": None}, good | {"layer": 3}, good | {"padding": "x"},
        good | {"stride": 1.5},
        good | {"layer": "conv1d", "input_shape": [5], "padding": [{"a": 1}]},
    ]  # fmt: skip
    status, answers, err = batch(convcli, *bad, good)
    assert status == 2
    assert [answer.get("line") for answer in answers] == [*range(1, len(bad) + 1), None]
    assert all(answer["error"]["message"] for answer in answers[:-1])
    assert answers[-1]["output"]["shape"] == [3, 3]
    assert f"invalid lines: {len(bad)}; the first is line 1" in err


def test_every_real_layer_has_its_shape(convcli: Convcli) -> None:
    layers = json.loads((Path(__file__).parent.parent / "data" / "layers.json").read_text())[
        "layers"
    ]
    status, answers, _ = batch(convcli, *layers)
    assert status == 0
    assert len(answers) == len(layers)


def test_a_batch_from_and_to_files(convcli: Convcli) -> None:
    Path("in.jsonl").write_text('{"layer": "conv2d", "input_shape": [5, 5], "kernel_size": 3}\n')
    assert convcli("shape", "--batch", "in.jsonl", "-q", "-o", "out.txt").status == 0
    assert json.loads(Path("out.txt").read_text())["output"]["shape"] == [3, 3]
    assert convcli("shape", "--batch", "none.jsonl").status == 3
    assert convcli("shape", "--batch", "in.jsonl", "-f", "csv").status == 2


def test_streams_of_text_only_are_served_too() -> None:
    from convcli.cli.app.main import main
    from convcli.cli.output.streams import Streams

    out = io.StringIO()
    assert (
        main(
            ["shape", "conv2d", "5x5", "-k", "3", "-q"], Streams(io.StringIO(), out, io.StringIO())
        )
        == 0
    )
    assert out.getvalue() == "3x3\n"


def test_a_weight_that_memory_cannot_hold_is_not_drawn(convcli: Convcli) -> None:
    result = convcli("run", "Conv2d(1, 1, 1000000000000, padding=1000000000000)", "ones:3x3")
    assert (result.status, result.out) == (4, "")
    assert "--max-memory" in result.err
