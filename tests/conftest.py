"""What every test may use: the command line as a function, and torch where it is installed."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = Path(__file__).parent
HAS_TORCH = find_spec("torch") is not None
BROWSER = (
    os.environ.get("CONVCLI_BROWSER")
    or shutil.which("chromium-headless-shell")
    or shutil.which("chromium")
)
os.environ.pop("PYTHONUNBUFFERED", None)
for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "CONVCLI_LANG"):
    os.environ.pop(name, None)
# Programs that a test starts in another folder import this tree too.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(TESTS.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
)
# torch's threads wait for each other on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Folders and files of tests, fast ones first; other files of `tests` itself run before them.
ORDER = (
    "convcli",
    "engine",
    "inputs",
    "distribution",
    "report",
    "render",
    "notebook",
    "against_torch",
    "cli",
    "browser",
    "fuzz",
    "test_examples.py",
    "test_documentation.py",
)


def pytest_report_header() -> list[str]:
    torch = (
        "installed; results are compared with it"
        if HAS_TORCH
        else "NOT installed; the comparisons with it are skipped"
    )
    missing = missing_for_browser()
    browser = (
        f"{' and '.join(missing)} NOT installed; its tests are skipped" if missing else BROWSER
    )
    return [f"torch: {torch}", f"the page in a browser: {browser}"]


def missing_for_browser() -> list[str]:
    """The requirements of the page's tests that are not installed."""
    return [
        name
        for name, there in (
            ("chromium-headless-shell", BROWSER),
            ("playwright", find_spec("playwright")),
        )
        if not there
    ]


# Data, and modules that only tests of torch import.
collect_ignore_glob = ["data/*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first; tests of torch are skipped where it is not installed."""
    items.sort(key=_place)
    if HAS_TORCH:
        return
    if os.environ.get("CONVCLI_REQUIRE_TORCH") == "1":
        raise pytest.UsageError("CONVCLI_REQUIRE_TORCH=1, but torch is not installed")
    for item in items:
        if "against_torch" in item.path.parts or item.get_closest_marker("torch"):
            item.add_marker(pytest.mark.skip(reason="torch is not installed"))


def _place(item: pytest.Item) -> int:
    """The place of a test's folder, or file, in `ORDER`."""
    first = item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else "convcli"
    return ORDER.index(first) + 1 if first in ORDER else 0


class Result(NamedTuple):
    status: int
    out: str
    err: str
    out_bytes: bytes


class _Text(io.TextIOWrapper):
    def __init__(self, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.fixture
def convcli() -> Callable[..., Result]:
    """`convcli("shape", "conv2d", "5x5", "-k", "3", stdin=b"")` -> status, out, err, out_bytes."""
    from convcli.cli.app.main import main
    from convcli.cli.output.streams import Streams

    def call(*arguments: object, stdin: bytes = b"", terminal: bool = False) -> Result:
        out, err = _Text(terminal), _Text(False)
        status = main(
            [str(argument) for argument in arguments],
            Streams(io.TextIOWrapper(io.BytesIO(stdin)), out, err),
        )
        out.flush()
        err.flush()
        data = out.buffer.getvalue()  # type: ignore[attr-defined]
        return Result(status, data.decode("utf-8", "replace"), err.buffer.getvalue().decode(), data)  # type: ignore[attr-defined]

    return call
