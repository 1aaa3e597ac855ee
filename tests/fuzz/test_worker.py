"""The worker that runs cases: it removes what a case left, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import worker
from tests.fuzz.case import Case
from tests.fuzz.driver import Workers
from tests.fuzz.invariants import faults


def test_a_case_that_changes_the_folder_loses_nothing_there(
    workers: Workers, tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("kept")
    module = f"import os, torch\nos.chdir({str(tmp_path)!r})\nNet = torch.nn.ReLU\n"
    argv = ("stack", "--module", "m:Net", "1x1x8x8", "-q")
    outcome = workers.run(Case(argv, (("m.py", module.encode()),), needs=("torch",)))
    assert (outcome.status, outcome.out) == (0, b"1x1x8x8\n"), outcome
    assert (tmp_path / "kept" / "file").read_text() == "kept"
    again = workers.run(Case(("shape", "conv2d", "5x5", "-k", "3", "-q")))
    assert (again.status, again.left) == (0, ())


@pytest.mark.parametrize("folder", ["/", ".", "kept"])
def test_a_folder_not_made_for_cases_is_not_emptied(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept").mkdir()
    monkeypatch.setattr(Path, "iterdir", lambda _: pytest.fail("the folder is looked into"))
    with pytest.raises(RuntimeError, match="was not made for cases"):
        worker._empty(Path(folder))


def test_a_pattern_of_the_folder_above_finds_nothing_there(workers: Workers) -> None:
    """Else the outcome of a case would depend on what lies in the folder for temporary files."""
    argv = ("run", "conv2d", "ones:1x1", "--each", "..", "--out-dir", ".", "-q")
    outcome = workers.run(Case(argv, (("x.csv", b"1,2\n3,4\n"),), may_write=True))
    assert (outcome.status, outcome.left) == (3, ()), outcome
    assert b"holds no file of an array" in outcome.err


def test_a_file_that_a_case_replaces_is_a_fault_without_force(workers: Workers) -> None:
    pytest.importorskip("torch")
    module = "import torch\nopen('x.npy', 'w').close()\nNet = torch.nn.ReLU\n"
    files = (("replacing.py", module.encode()), ("x.npy", b"kept"))
    case = Case(("stack", "--module", "replacing:Net", "1x1x8x8", "-q"), files, needs=("torch",))
    outcome = workers.run(case._replace(may_write=True))
    assert outcome.changed == ("x.npy",)
    assert "changed: x.npy" in faults(case, outcome)
