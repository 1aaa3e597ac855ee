"""What every view keeps to: no view imports another, and machine formats carry full numbers."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcli.report import views

SHARED = {
    "course", "flip", "foreign", "learn_step", "network_parts", "page_constants", "run_operands",
    "stack_rows", "stack_table", "stack_tree",
}  # fmt: skip
FILES = sorted(Path(views.__path__[0]).glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_views_import_no_other_view(path: Path) -> None:
    imported = {
        node.module.rpartition(".")[2]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("convcli.report.views.")
    }
    assert imported <= SHARED


@pytest.mark.torch
def test_check_gives_full_numbers_to_machines(convcli: Callable[..., Any]) -> None:
    layers = json.loads(convcli("check", "--cases", "12", "--json").out)["layers"]
    differences = [layer[key] for layer in layers for key in ("values", "gradients")]
    assert any(difference != float(f"{difference:.3g}") for difference in differences)
