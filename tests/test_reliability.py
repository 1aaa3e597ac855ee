"""docs/reliability.md names tests; each of them exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "reliability.md"
NAMED = re.compile(r"`(?P<file>[\w/]*\.py)?(?:::(?P<names>\w+(?:::\w+)*))?`")


def named_tests() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The file and the names of classes and functions of each test that the page names.

    A name without a file is one of the file before it in the same line.
    """
    for line in PAGE.read_text("utf-8").splitlines():
        file = ""
        for match in NAMED.finditer(line):
            file = (match["file"] or file).removeprefix("tests/")
            if match["names"] or match["file"]:
                yield file, tuple((match["names"] or "").split("::")) if match["names"] else ()


def defined(path: Path, names: tuple[str, ...]) -> bool:
    body = ast.parse(path.read_text("utf-8")).body
    for name in names:
        found = [node for node in body if getattr(node, "name", None) == name]
        if not found:
            return False
        body = getattr(found[0], "body", [])
    return True


def test_the_tests_that_the_page_names_exist() -> None:
    named = list(named_tests())
    assert len(named) > 30
    missing = [
        "::".join((file, *names))
        for file, names in named
        if not (TESTS / file).is_file() or not defined(TESTS / file, names)
    ]
    assert missing == []
