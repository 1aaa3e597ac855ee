"""The notebooks of the documentation: whole, small, executed, and quiet in a browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import BROWSER, missing_for_browser
from tools.notebooks import IN_PLACE_OF_FRAME, NOTEBOOKS, ROOT

LARGEST = 150_000  # bytes of a file
NEEDED = ("nbclient", "nbconvert", "ipykernel")
LINK = re.compile(r"\]\(([^)#]+)\)")


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_notebook_is_small_and_has_its_outputs(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.encode()) < LARGEST
    assert "<iframe" not in text
    assert sum(text.count(notice) for notice in IN_PLACE_OF_FRAME.values()) == 1
    assert not re.search(r"/(home|root|tmp|usr|work)/", text)
    code = [cell for cell in cells(path) if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert all("text/html" in output.get("data", ["text/html"]) for output in outputs[-2:])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_a_notebook_lead_to_files(path: Path) -> None:
    prose = ["".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == "markdown"]
    links = [link for text in prose for link in LINK.findall(text)]
    assert links
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_both_languages_run_the_same_code() -> None:
    def code(path: Path) -> list[str]:
        sources = ["".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == "code"]
        return [source.replace("%env CONVCLI_LANG=zh\n", "") for source in sources]

    english, chinese = map(code, NOTEBOOKS)
    assert english == chinese


def run_tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    return subprocess.run(
        [sys.executable, "-m", "tools.notebooks", *arguments],
        cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_the_outputs_are_those_that_the_cells_have() -> None:
    ran = run_tool()
    assert (ran.returncode, ran.stdout) == (0, "")


@pytest.mark.slow
def test_the_notebooks_are_quiet_in_a_browser(tmp_path: Path) -> None:
    missing = missing_for_browser()
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}")
    ran = run_tool("--html", str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    from playwright.sync_api import sync_playwright

    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        for path in sorted(tmp_path.glob("*.html")):
            page = browser.new_context(offline=True).new_page()
            page.on("console", lambda message: faults.append(message.text))
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.route("**/*.svg", lambda route: route.fulfill(body="<svg/>"))  # of the examples
            page.goto(path.as_uri())
            (frame,) = page.frames[1:]
            frame.wait_for_selector("body[data-state=ready]")
            frame.wait_for_function("document.documentElement.dataset.theme === 'light'")
            page.wait_for_timeout(200)  # the last change of height has come
            inner = "document.documentElement.scrollHeight - innerHeight"
            assert frame.evaluate(inner) <= 0
            assert frame.inner_text("#formula").strip()
            assert page.evaluate("document.querySelectorAll('div.convcli').length") == 14
        browser.close()
    assert faults == []
