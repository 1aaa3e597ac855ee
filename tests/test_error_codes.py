"""Error codes never change: `data/error_codes.txt` lists all that the source can raise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import convcli

LISTED = Path(__file__).parent / "data" / "error_codes.txt"
RAISING = (
    "ConvError",
    "_fail",
    "_error",
    "error",
    "literal_error",
    "_unreadable",
    "unreadable",
    "missing_package",
    "failed_import",
    "partial",
    "refusal",
)


def codes_of(tree: ast.AST) -> Iterator[str]:
    """The first argument of every error, with the filled-in parts of a code as a star."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and node.args
            and getattr(node.func, "id", getattr(node.func, "attr", "")) in RAISING
        ):
            code = node.args[0]
            if getattr(code, "id", getattr(code, "attr", "")) in ("ConvError", "refusal"):
                code = node.args[1]  # partial(ConvError, code, ...)
            if isinstance(code, ast.Constant) and isinstance(code.value, str) and "." in code.value:
                yield code.value
            elif isinstance(code, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "*"
                    for part in code.values
                )


def test_codes_are_those_that_are_listed() -> None:
    package = Path(convcli.__file__).parent
    found = {
        code for path in package.rglob("*.py") for code in codes_of(ast.parse(path.read_text()))
    }
    listed = LISTED.read_text().split()
    assert listed == sorted(listed)
    assert found - set(listed) == set(), "new codes: add them to the list"
    raised = {code for code in listed if any(fnmatchcase(code, pattern) for pattern in found)}
    assert set(listed) - raised == set(), "codes are never taken away"
