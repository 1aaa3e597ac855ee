"""Which columns `stack` has on terminals: what rows are sorted by stays; shares look alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

Convcli = Callable[..., Any]
WIDTHS = (40, 50, 60, 70, 80, 90, 100, 120, 160, 200)
SORTED_BY = {"memory": "memory", "parameters": "params parameters", "macs": "MACs"}
NETWORK = (
    "features.conv: Conv2d(3, 64, 7, stride=2, padding=3, bias=False); features.relu: ReLU(); "
    "pool: MaxPool2d(3, 2, ceil_mode=True); head.conv: Conv2d(64, 128, 3); head.gap: "
    "AdaptiveAvgPool2d(1); flat: Flatten(); fc: Linear(128, 1000)"
)


def shown(convcli: Convcli, monkeypatch: pytest.MonkeyPatch, width: int, *options: str) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    result = convcli("stack", NETWORK, "3x224x224", *options, terminal=True)
    assert result.status == 0
    return str(result.out)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("key", SORTED_BY)
def test_the_numbers_that_rows_are_sorted_by_stand(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch, key: str, width: int
) -> None:
    out = shown(convcli, monkeypatch, width, "--sort", key, "--top", "3")
    table = out.partition("\n\n")[2].partition("left out")[0].partition("\n\n")[0]
    assert any(heading in table for heading in SORTED_BY[key].split())
    if key == "memory":
        assert "3.062 MiB" in table
    if key != "memory" and width >= 80:
        assert "%" in table


def test_memory_stands_where_rows_are_sorted_by_it_alone(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    heading = next(line for line in shown(convcli, monkeypatch, 200).splitlines() if "jump" in line)
    assert "memory" not in heading


def test_shares_have_one_decimal_at_every_width(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for width in WIDTHS:
        for share in re.findall(r"<?[\d.]+%", shown(convcli, monkeypatch, width)):
            assert re.fullmatch(r"<?\d+\.\d%", share)
