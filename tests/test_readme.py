"""README's console blocks print what it says, its Python blocks are doctests, and its tables name what there is."""

from __future__ import annotations

import doctest

import pytest
from readme_blocks import README, blocks, printed

from convcli.inputs.kernels import KERNELS
from convcli.render import FORMATS

TEXT = README.read_text()
BLOCKS = list(blocks(TEXT))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.command.strip()[:60])
def test_a_block_prints_what_it_says(block: object) -> None:
    assert printed(block.command).rstrip() == block.output.rstrip()  # type: ignore[attr-defined]


def test_python_blocks() -> None:
    assert len(BLOCKS) > 15
    results = doctest.testfile(str(README), module_relative=False)
    assert results.attempted > 5
    assert results.failed == 0


def test_every_filter_and_format_is_named() -> None:
    for name in KERNELS:
        family, _, direction = name.rpartition("-")
        assert name in TEXT or (f"{family}-" in TEXT and f"`{direction}`" in TEXT), name
    for name in FORMATS:
        assert name in TEXT
