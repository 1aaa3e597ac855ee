"""The document of every command renders any number of times alike, in every format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from convcli.cli.output import emit
from convcli.render import FORMATS, Style, renderer
from convcli.report.document import Document
from tests.command_lines import COMMANDS

DIVERGED = ["learn", "Conv1d(1, 1, 2, bias=False)", "1 2 3 4", "3 5 7", "--lr", "3"]
FURTHER = {
    "an entry of a gradient": ["grad", "conv2d", "arange:3x3", "ones:2x2", "--at", "input:0,0"],
    "learn that diverges": [*DIVERGED, "--epochs", "5"],
    "solve for nothing": ["solve", "conv2d", "5x5", "9x9", "-k", "2..3", "-s", "2"],
    "batch": ["shape", "--batch", "layers.jsonl"],
}
LAYERS = '{"layer": "conv1d", "input_shape": [9], "kernel_size": 3}\n' * 3


@pytest.mark.parametrize("name", [*COMMANDS, *FURTHER])
def test_a_document_renders_twice_alike_in_every_format(
    convcli: Callable[..., Any], name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "layers.jsonl").write_text(LAYERS)
    rendered: list[str] = []

    def every_format_twice(_: str) -> Callable[[Document, Style], Iterator[str]]:
        def render(document: Document, style: Style) -> Iterator[str]:
            for form in FORMATS:
                first, second = ("".join(renderer(form)(document, style)) for _ in range(2))
                assert first == second
                rendered.append(first)
            return iter(())

        return render

    monkeypatch.setattr(emit, "renderer", every_format_twice)
    result = convcli(*(COMMANDS | FURTHER)[name])
    assert result.out == ""
    assert result.err == "" or name == "learn that diverges"
    assert len(rendered) == len(FORMATS)
