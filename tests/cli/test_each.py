"""--each: one layer over many files in one process."""

from __future__ import annotations

import glob
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.cli.app.each import with_files
from convcli.cli.many import jobs
from convcli.cli.many.outcomes import exit_status
from convcli.cli.output import arrays
from convcli.cli.output.streams import Streams
from convcli.inputs.files.many import files_of

Convcli = Callable[..., Any]
LAYER = ("conv2d", "kernel:sobel-x")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with six arrays in folders of their own."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name in ("a/1", "a/2", "a/3", "b/1", "b/deep/er/4", "5"):
        path = tmp_path / "in" / f"{name}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, rng.integers(-9, 9, (6, 7)))
    return tmp_path


def names(folder: Path) -> list[str]:
    """The files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


@pytest.mark.parametrize("count", ["1", "3"])
@pytest.mark.parametrize(
    ("command", "options", "suffix"),
    [
        ("run", ["-p", "1", "--bias", "2"], ".npy"),
        ("run", ["--out-suffix", "csv"], ".csv"),
        ("grad", ["--bias", "1"], ".npz"),
        ("grad", ["--at", "weight:0,0"], ".json"),
        ("matrix", [], ".npz"),
        ("matrix", ["--out-suffix", ".npy"], ".npy"),
    ],
)
def test_each_result_is_that_of_a_run_of_its_own(
    folder: Path, convcli: Convcli, command: str, options: list[str], suffix: str, count: str
) -> None:
    ran = convcli(
        command, *LAYER, *options, "--each", "in/**/*.npy", "--out-dir", "out", "--jobs", count
    )
    assert (ran.status, ran.err) == (0, "")
    assert "results  6" in ran.out
    results = names(folder / "out")
    assert [name.removesuffix(suffix) for name in results] == [
        name.removesuffix(".npy") for name in names(folder / "in")
    ]
    alone = [part for part in options if part not in ("--out-suffix", "csv", ".npy")]
    for name in results[:2]:
        source = f"in/{name.removesuffix(suffix)}.npy"
        convcli(command, "conv2d", source, *LAYER[1:], *alone, "-o", f"alone{suffix}", "--force")
        assert (folder / "out" / name).read_bytes() == (folder / f"alone{suffix}").read_bytes()


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (["in/a/*.npy"], ["1.npy", "2.npy", "3.npy"]),
        (["in/a"], ["1.npy", "2.npy", "3.npy"]),
        (["in/a/1.npy", "in/a/3.npy", "in/a/1.npy"], ["1.npy", "3.npy"]),
        (["in/a/1.npy", "in/b/1.npy"], ["a/1.npy", "b/1.npy"]),
        (["in/*/1.npy", "in/5.npy"], ["5.npy", "a/1.npy", "b/1.npy"]),
        (["in/**/*.npy"], ["5.npy", "a/1.npy", "a/2.npy", "a/3.npy", "b/1.npy", "b/deep/er/4.npy"]),
        (["./in/a/[12].npy", f"in{os.sep}a{os.sep}2.npy"], ["1.npy", "2.npy"]),
    ],
)
def test_results_keep_the_folders_below_what_their_files_share(
    folder: Path, convcli: Convcli, entries: list[str], expected: list[str]
) -> None:
    ran = convcli("run", *LAYER, "--each", *entries, "--out-dir", "out/new", "-q")
    assert ran.status == 0, ran.err
    assert names(folder / "out/new") == expected
    assert sorted(ran.out.splitlines()) == [os.path.join("out/new", name) for name in expected]


def test_a_file_that_fails_is_named_and_the_rest_goes_on(folder: Path, convcli: Convcli) -> None:
    (folder / "in/a/2.npy").write_bytes(b"nonsense")
    np.save(folder / "in/a/4.npy", np.ones((3, 6, 6)))
    entries = ["in/a/*.npy", "in/none.npy", "in/*.png"]
    ran = convcli("run", *LAYER, "--each", *entries, "--out-dir", "out")
    assert ran.status == 3
    errors = [line for line in ran.err.splitlines() if "error" in line]
    assert [line.split(": ")[2] for line in errors] == [
        "in/a/2.npy", "in/a/4.npy", "in/none.npy", "in/*.png",
    ]  # fmt: skip
    assert "4 of 6 files failed" in ran.err
    assert names(folder / "out") == ["1.npy", "3.npy"]


def test_lines_of_json_in_the_order_of_the_files(folder: Path, convcli: Convcli) -> None:
    (folder / "in/a/2.npy").write_bytes(b"nonsense")
    for form in (["--json"], ["-f", "jsonl", "--jobs", "3", "--force"]):
        ran = convcli("run", *LAYER, "--each", "in/a/*.npy", "--out-dir", "out", *form)
        assert ran.status == 3
        lines = [json.loads(line) for line in ran.out.splitlines()]
        assert [line["file"] for line in lines] == ["in/a/1.npy", "in/a/2.npy", "in/a/3.npy"]
        assert lines[0] == {
            "schema": 1, "command": "run", "file": "in/a/1.npy", "input": {"shape": [6, 7]},
            "output": {"shape": [4, 5], "file": os.path.join("out", "1.npy")},
        }  # fmt: skip
        assert lines[1]["error"]["code"] == "npy.format"
        error = json.loads(ran.err.splitlines()[0])["error"]
        assert (error["code"], error["file"]) == ("npy.format", "in/a/2.npy")


def test_nothing_is_computed_where_a_result_would_replace_a_file(
    folder: Path, convcli: Convcli
) -> None:
    (folder / "out").mkdir()
    (folder / "out/3.npy").write_text("old")
    request = ["run", *LAYER, "--each", "in/a/*.npy", "--out-dir", "out"]
    ran = convcli(*request)
    assert (ran.status, ran.out, names(folder / "out")) == (5, "", ["3.npy"])
    assert "1 of 3 results exist already, got 'out/3.npy'" in ran.err
    assert convcli(*request, "--force").status == 0
    assert np.load(folder / "out/3.npy").shape == (4, 5)


@pytest.mark.parametrize(
    ("arguments", "code", "status"),
    [
        (["--each", "in/a/*", "in/b/*.npy", "--out-dir", "out"], "each.twice", 2),
        (["--each", "in/a/*.npy", "--out-dir", "in/a"], "each.input", 2),
        (["--each", "in/a/*.npy", "--out-dir", "in/a", "--force"], "each.input", 2),
        (["--each", "in/a/*.npy", "--out-dir", "in/5.npy"], "output.folder", 5),
        (["--each", "in/a/*.npy", "--out-dir", "in/5.npy/x"], "output.folder", 5),
        (["--each", "in/a/*.npy"], "out_dir.missing", 2),
        (["--each", "in/a/*.npy", "--out-dir", "out", "-o", "y.npy"], "each.output", 2),
        (["--each", "in/a/*.npy", "--out-dir", "out", "--expect", "1"], "each.expect", 2),
        (["--each", "in/a/*.npy", "--out-dir", "out", "-f", "csv"], "each.format", 2),
        (["--each", "in/a/*.npy", "--out-dir", "out", "--out-suffix", "."], "out_suffix.name", 2),
        (["--each", "in/a/*.npy", "--out-dir", "out", "--out-suffix", "a/b"], "out_suffix.name", 2),
        (["--each", "in/a/*.npy", "--out-dir", "out", "--out-suffix", ".xyz"], "output.suffix", 2),
        (["--each", "--out-dir", "out"], "option.value", 2),
        (["--each", "in/5.npy", "ones:2x2", "--out-dir", "out"], "each.missing", 2),
        (["--each", "in/*.png", "in/none", "--out-dir", "out"], "each.none", 3),
        (["--each", "", "--out-dir", "out"], "array.missing", 3),
        (["--each", "in/a/*.npy", "--out-dir", "out", "--map", "signed"], "map.picture", 2),
        (["in/5.npy", "--jobs", "2"], "each.required", 2),
        (["in/5.npy", "--out-dir", "out"], "each.required", 2),
        (["x", "--each", "in/a/*.npy", "--out-dir", "out"], "usage", 2),
    ],
)
def test_requests_that_fit_no_file(
    folder: Path, convcli: Convcli, arguments: list[str], code: str, status: int
) -> None:
    before = names(folder)
    ran = convcli("run", *LAYER, *arguments)
    assert (ran.status, ran.out) == (status, "")
    if code != "each.format":
        ran = convcli("run", *LAYER, "--json", *arguments)
        assert json.loads(ran.err)["error"]["code"] == code
    assert names(folder) == before


def test_an_option_that_fits_no_file_is_a_wrong_request(folder: Path, convcli: Convcli) -> None:
    ran = convcli("run", *LAYER, "-k", "5", "--each", "in/a/*.npy", "--out-dir", "out")
    assert (ran.status, ran.err.count("--kernel-size contradicts the weight")) == (2, 3)
    small = ["-p", "4", "--padding-mode", "reflect"]
    np.save(folder / "in/a/9.npy", np.ones((3, 3)))
    ran = convcli("run", *LAYER, *small, "--each", "in/a/*.npy", "--out-dir", "out")
    assert (ran.status, names(folder / "out")) == (3, ["1.npy", "2.npy", "3.npy"])


def test_a_weight_that_cannot_be_read_ends_the_run_at_once(folder: Path, convcli: Convcli) -> None:
    ran = convcli("run", "conv2d", "none.npy", "--each", "in/a/*.npy", "--out-dir", "out")
    assert (ran.status, ran.err.count("\n"), names(folder / "out")) == (3, 1, [])
    ran = convcli("grad", "conv2d", "--each", "in/a/*.npy", "--out-dir", "out")
    assert ran.status == 2
    assert "missing argument 'W'" in ran.err
    ran = convcli("run", "conv2d", "--each", "in/a/*.npy", "ones:2x2", "--out-dir", "out")
    assert ran.status == 2


def test_one_weight_is_drawn_for_all(folder: Path, convcli: Convcli) -> None:
    ran = convcli("run", "Conv2d(1, 2, 3)", "--each", "in/a", "--out-dir", "out", "--seed", "3")
    assert ran.status == 0, ran.err
    convcli("run", "Conv2d(1, 2, 3)", "in/a/2.npy", "--seed", "3", "-o", "alone.npy")
    assert (folder / "out/2.npy").read_bytes() == (folder / "alone.npy").read_bytes()


def test_members_of_archives(folder: Path, convcli: Convcli) -> None:
    for name in ("p", "q"):
        np.savez(folder / f"{name}.npz", x=np.ones((3, 3)), **{"w/1": np.ones((4, 4))})
    ran = convcli("run", *LAYER, "--each", "*.npz:x", "p.npz:w/1", "--out-dir", "out")
    assert ran.status == 0, ran.err
    assert names(folder / "out") == ["p.w_1.npz", "p.x.npz", "q.x.npz"]


@pytest.mark.torch
def test_results_of_files_that_are_only_read(folder: Path, convcli: Convcli) -> None:
    import torch

    torch.save({"w": torch.ones(4, 4)}, folder / "m.pt")
    ran = convcli("run", *LAYER, "--each", "*.pt:w", "--out-dir", "out")
    assert (ran.status, names(folder / "out")) == (0, ["m.w.npy"])
    assert "results of .pt files are written as .npy; --out-suffix chooses another" in ran.err


def test_results_are_no_inputs_of_the_next_run(folder: Path, convcli: Convcli) -> None:
    for number in range(2):
        ran = convcli("run", *LAYER, "--each", "**/*.npy", "--out-dir", "out", "--force")
        assert ran.status == 0, ran.err
        assert len(names(folder / "out")) == 6
        assert ("6 files in out left out" in ran.err) == bool(number)


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 elsewhere")
def test_names_that_are_not_utf_8(folder: Path, convcli: Convcli) -> None:
    odd = [b"n\xff.npy", b"[1].npy", b"-x.npy", b" a\nb.npy", "ß…\u202e.npy".encode()]
    data = (folder / "in/5.npy").read_bytes()
    os.makedirs("odd")
    for name in odd:
        Path(os.fsdecode(b"odd/" + name)).write_bytes(data)
    ran = convcli("run", *LAYER, "--each", "odd/*", "--out-dir", "out", "--json")
    assert ran.status == 0, ran.err
    files = [json.loads(line)["file"] for line in ran.out.splitlines()]
    assert sorted(map(os.fsencode, files)) == sorted(b"odd/" + name for name in odd)
    assert sorted(os.listdir(b"out")) == sorted(odd)
    ran = convcli("run", *LAYER, "--each", os.fsdecode(b"odd/n\xff.npy"), "--out-dir", "o", "-q")
    assert ran.out_bytes == b"o/n\xff.npy\n"
    assert convcli("run", *LAYER, "--each", "odd/[1].npy", "--out-dir", "p").status == 0


def test_notes_that_repeat_are_one_line(folder: Path, convcli: Convcli) -> None:
    pytest.importorskip("PIL")
    ran = convcli("run", *LAYER, "--each", "in/**/*.npy", "--out-dir", "out", "--out-suffix", "png")
    notes = [line for line in ran.err.splitlines() if "note" in line]
    assert ran.status == 0
    assert len(notes) == 1
    assert "6 of 6 files, the first in/5.npy: of 20 values" in notes[0]
    ran = convcli("run", *LAYER, "--each", "in/5.npy", "--out-dir", "o", "--out-suffix", "png")
    assert "note: in/5.npy: of 20 values" in ran.err


def test_jobs_share_the_memory(folder: Path, convcli: Convcli) -> None:
    for number in range(4):
        np.save(folder / f"in/a/{number}.npy", np.zeros((300, 300)))
    request = ["run", *LAYER, "--each", "in/a/*.npy", "--out-dir", "out", "--out-suffix", "csv"]
    limit = ["--max-memory", "5M"]
    assert convcli(*request, *limit).status == 0
    ran = convcli(*request, *limit, "--force", "--jobs", "2")
    assert ran.status == 4
    assert "--max-memory allows 2.5 MiB for each of the 2 --jobs" in ran.err
    assert convcli(*request, "--max-memory", "10M", "--force", "--jobs", "2").status == 0
    assert convcli(*request, *limit, "--force").status == 0  # they no longer share


@pytest.mark.parametrize("count", ["1", "2"])
@pytest.mark.parametrize(
    ("raised", "status"),
    [(KeyboardInterrupt, 130), (ZeroDivisionError, 70)],
)
def test_a_run_that_ends_early_leaves_whole_files(
    folder: Path, convcli: Convcli, monkeypatch: pytest.MonkeyPatch, raised: Any, status: int,
    count: str,
) -> None:  # fmt: skip
    right, calls = arrays.write_file, []

    def write_file(path: str, chunks: Any, force: bool, streams: Any) -> None:
        calls.append(path)
        number = len(calls)

        def broken() -> Any:
            data = b"".join(chunks)
            yield data[:99]
            if number == 3:
                raise raised
            yield data[99:]

        right(path, broken(), force, streams)

    monkeypatch.setattr(arrays, "write_file", write_file)
    monkeypatch.setattr(jobs, "WAITING_PER_JOB", 1)
    request = ["run", *LAYER, "--each", "in/**/*.npy", "--out-dir", "out", "--jobs", count]
    assert convcli(*request).status == status
    left = names(folder / "out")
    assert len(left) in range(2, 6)
    assert all(np.load(folder / "out" / name).shape == (4, 5) for name in left)


def test_a_reader_that_leaves(
    folder: Path, convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_name(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(Streams, "write_name", write_name)
    request = ["run", *LAYER, "--each", "in/**/*.npy", "--out-dir", "out", "-q"]
    assert convcli(*request).status == 141
    assert names(folder / "out") == ["5.npy"]


def test_the_gravest_cause_is_the_status() -> None:
    assert exit_status([(0, 3)]) == 0
    assert exit_status([(0, 3), (2, 1), (5, 1)]) == 3
    assert exit_status([(4, 1), (5, 1), (6, 1)]) == 5
    assert exit_status([(1, 1), (6, 1)]) == 6
    assert exit_status([(0, 1), (1, 1)]) == 1


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        ("--each a b -q", "--each a --each b -q"),
        ("w --each=a b --jobs 2 x", "w --each=a --each b --jobs 2 x"),
        ("--each a --each b c", "--each a --each b --each c"),
        ("--each a -- b", "--each a -- b"),
        ("--each -q", "--each -q"),
        ("w -k 3", "w -k 3"),
    ],
)
def test_files_run_to_the_next_option(arguments: str, read: str) -> None:
    assert with_files(arguments.split()) == read.split()


@pytest.mark.parametrize("pattern", ["in/**/*.npy", "in/**", "**/*.npy", "*/**/[0-9].npy"])
def test_any_folders_are_looked_into_once(pattern: str, folder: Path, convcli: Convcli) -> None:
    """`**` follows no links: two that lead back would make names without end."""
    for name in ("back", "again"):
        (folder / "in" / name).symlink_to(".")
    result = convcli("run", *LAYER, "--each", pattern, "--out-dir", "out", "-q")
    assert result.status == 0, result.err
    assert len(result.out.splitlines()) == 6


@pytest.mark.parametrize(
    "pattern", ["*/*/1.npy", "**/deep/**/*.npy", "{}/in/**/4.npy", "in/*/../5.npy"]
)
def test_patterns_stand_for_what_glob_finds(pattern: str, folder: Path, convcli: Convcli) -> None:
    pattern = pattern.format(folder)
    expected = {os.path.abspath(path) for path in glob.glob(pattern, recursive=True)}
    found = {os.path.abspath(file.path) for file in files_of([pattern], "out").files}
    assert found == expected


def test_a_suffix_of_no_format_is_an_error_of_its_own_option(
    folder: Path, convcli: Convcli
) -> None:
    refused = convcli("run", *LAYER, "--each", "in/5.npy", "--out-dir", "o", "--out-suffix", ".xyz")
    assert refused.status == 2
    assert refused.err.startswith("convcli: error: --out-suffix must end in .npy, ")
    assert refused.err.endswith("got '.xyz'.\n")


@pytest.mark.skipif(os.name == "nt", reason="no line breaks in names of files")
def test_a_line_break_in_a_name_does_not_make_two_lines(folder: Path, convcli: Convcli) -> None:
    (folder / "in/5.npy").rename(folder / "in/a\nb.npy")
    line = ("run", *LAYER, "--each", "in/a\nb.npy", "in/a/1.npy", "--out-dir", "out")
    ran = convcli(*line, "-q")
    assert ran.out.splitlines() == ["out/a\ufffdb.npy", "out/a/1.npy"]
    assert "its name has a line break" in ran.err
    whole = convcli(*line, "--json", "--force").out.splitlines()
    assert json.loads(whole[0])["output"]["file"] == "out/a\nb.npy"
