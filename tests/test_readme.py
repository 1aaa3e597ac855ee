"""README's console blocks, in both languages, print what it says, its Python blocks are doctests, its tables name what is."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from convcli.cli.app.errors import EXIT_STATUS
from convcli.cli.app.main import COMMANDS
from convcli.inputs.text.kernels import KERNELS
from convcli.render import FORMATS
from tests.readme_blocks import READMES, Block, blocks, printed

TEXTS = {path.name: path.read_text("utf-8") for path in READMES}
BLOCKS = [(name, block) for name, text in TEXTS.items() for block in blocks(text)]


@pytest.mark.parametrize(
    "block",
    [block for _, block in BLOCKS],
    ids=[f"{name}: {block.command.strip()[:60]}" for name, block in BLOCKS],
)
def test_a_block_prints_what_it_says(block: Block) -> None:
    assert printed(block.command).rstrip() == block.output.rstrip()


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_python_blocks(path: Path) -> None:
    assert len([block for name, block in BLOCKS if name == path.name]) > 15
    results = doctest.testfile(str(path), module_relative=False, encoding="utf-8")
    assert results.attempted > 5
    assert results.failed == 0


@pytest.mark.parametrize("name", TEXTS)
def test_every_filter_format_command_and_exit_code_is_named(name: str) -> None:
    text = TEXTS[name]
    for kernel in KERNELS:
        family, _, direction = kernel.rpartition("-")
        assert kernel in text or (f"{family}-" in text and f"`{direction}`" in text), kernel
    for form in FORMATS:
        assert form in text
    for command in COMMANDS:
        assert f"convcli {command} " in text, command
    for status in EXIT_STATUS.values():
        assert f"| {status} |" in text


@pytest.mark.parametrize("name", TEXTS)
def test_each_readme_names_the_others(name: str) -> None:
    first = "\n".join(TEXTS[name].splitlines()[:4])
    assert all(f"]({other})" in first for other in TEXTS if other != name)
    for target in re.findall(r"\]\(([^):#]+)\)", TEXTS[name]):
        assert (READMES[0].parent / target).exists(), target
