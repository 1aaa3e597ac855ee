"""`-o x.html` of `stack` and `learn`: what is written, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Convcli = Callable[..., Any]
STACK = ("stack", "Conv2d(1, 2, 3); ReLU()", "1x8x8")
LEARN = ("learn", "conv1d", "-k", "2", "1 2 3 4", "1 1 1", "--lr", "0.01")


def data_of(path: Path) -> dict[str, Any]:
    text = path.read_text("utf-8")
    found = text.split('<script type="application/json" id="data">')[1].split("</script>")[0]
    data: dict[str, Any] = json.loads(found)
    return data


@pytest.mark.parametrize("line", [STACK, LEARN], ids=["stack", "learn"])
def test_a_page_is_one_file_without_addresses(
    convcli: Convcli, tmp_path: Path, line: tuple[str, ...]
) -> None:
    path = tmp_path / "x.html"
    made = convcli(*line, "-o", path)
    assert (made.status, made.out, made.err) == (0, "", "")
    text = path.read_text("utf-8")
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    assert "default-src 'none'" in text
    assert convcli(*line, "-o", path).status == 5
    assert convcli(*line, "-o", path, "--force", "--lang", "zh").status == 0
    assert '<html lang="zh-Hans">' in path.read_text("utf-8")
    refused = convcli(*line, "-o", path, "--force", "--json")
    assert (refused.status, refused.out) == (2, "")
    assert "contradicts the suffix .html" in refused.err


def test_expect_judges_beside_a_page(convcli: Convcli, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    assert convcli(*STACK, "-o", path, "--expect", "2x6x6").status == 0
    failed = convcli(*STACK, "-o", path, "--force", "--expect", "2x7x7")
    assert failed.status == 1
    assert "2x6x6" in failed.err
    assert path.exists()


@pytest.mark.parametrize(
    "option",
    [
        ("--compare",), ("--mirror",), ("--sizes", "3..9"), ("--target-rf", "9"), ("--costs",),
        ("--depth", "1"), ("--only", "Conv2d"), ("--sort", "macs"), ("--top", "2"),
    ],
    ids=lambda option: option[0],
)  # fmt: skip
def test_questions_about_tables_are_refused(
    convcli: Convcli, tmp_path: Path, option: tuple[str, ...]
) -> None:
    path = tmp_path / "x.html"
    refused = convcli(*STACK, *option, "-o", path)
    assert refused.status == 2
    assert f"{option[0]} is about a table of layers" in refused.err
    assert not path.exists()


def test_the_unit_and_the_proof_are_on_the_page(convcli: Convcli, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    assert convcli(*STACK, "--unit", "1,5", "--prove", "-o", path).status == 0
    data = data_of(path)
    assert data["start"] == {"layer": 1, "unit": [1, 5]}
    assert [each["count"] for each in data["proof"]["derivations"]] == [0, 0]
    refused = convcli(*STACK, "--unit", "6,0", "-o", path, "--force")
    assert refused.status == 2


def test_what_a_page_cannot_draw_is_refused(convcli: Convcli, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    refused = convcli("stack", "Linear(4, 2)", "4", "-o", path)
    assert refused.status == 2
    assert "1 to 3 spatial axes" in refused.err
    refused = convcli("stack", "Conv1d(1, 1, 3)", "1x200000", "-o", path)
    assert "at most 100000 cells" in refused.err
    assert not path.exists()
    assert "SHAPE" in convcli("stack", "lenet5", "-o", path).err


def test_names_cannot_leave_their_place(convcli: Convcli, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    odd = tmp_path / "a&b.txt"
    odd.write_text("Conv2d(1, 1, 3)\n")
    assert convcli("stack", odd, "1x5x5", "-o", path).status == 0
    assert "<title>a&amp;b.txt - convcli</title>" in path.read_text("utf-8")


def test_weights_are_written_as_before(convcli: Convcli, tmp_path: Path) -> None:
    made = convcli(*LEARN, "-o", tmp_path / "w.npz", "--json")
    assert made.status == 0
    assert json.loads(made.out)["loss"].startswith("mse")
    assert (tmp_path / "w.npz").exists()
    refused = convcli(*LEARN, "-o", tmp_path / "w.htm")
    assert refused.status == 2


def test_a_loss_above_the_target_still_writes_the_page(convcli: Convcli, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    made = convcli(*LEARN, "--target-loss", "0", "-o", path)
    assert made.status == 1
    assert "above --target-loss" in made.err
    assert data_of(path)["count"] == 10
