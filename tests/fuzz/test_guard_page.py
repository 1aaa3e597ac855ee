"""No codec that a store may name reads past the end of a damaged chunk."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("zarr", "3.1.3")


@pytest.mark.parametrize("count", ["300", pytest.param("20000", marks=pytest.mark.slow)])
def test_codecs_read_no_further_than_the_chunk(count: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.guard_page", "--count", count, "--seed", "4"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "blosc: 0 of" not in ran.stdout
