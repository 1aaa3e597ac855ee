"""The page in a real browser: chromium-headless-shell, driven by playwright, without a network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.browser.firefox import FirefoxTab, firefox_command, firefox_tab
from tests.conftest import BROWSER, missing_for_browser

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    require(missing_for_browser())
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=BROWSER, args=list(ARGUMENTS))
        yield running
        running.close()


def require(missing: list[str]) -> None:
    """Skip the test where something is missing; fail it where a browser is required."""
    if not missing:
        return
    rule = f"needs {' and '.join(missing)}"
    if os.environ.get("CONVCLI_REQUIRE_BROWSER") == "1":
        pytest.fail(f"CONVCLI_REQUIRE_BROWSER=1: {rule}")
    pytest.skip(rule)


@pytest.fixture(scope="session")
def firefox() -> Iterator[FirefoxTab]:
    command = firefox_command()
    there = (("firefox-esr", command), ("websockets", find_spec("websockets")))
    require([name for name, found in there if not found])
    with firefox_tab(command or "") as tab:
        yield tab


@pytest.fixture
def open_page(
    browser: Any, tmp_path: Path, convcli: Callable[..., Any]
) -> Iterator[Callable[..., Any]]:
    """Opens the page of `convcli show` in the browser: `open_page("conv2d", X, W, width=768)`.

    `command` is another one that writes a page.

    At the end, the console must be empty, nothing thrown, and nothing requested but the file.
    """
    contexts, faults = [], []

    def go(
        *arguments: str,
        width: int = 1440,
        height: int = 900,
        fragment: str = "",
        address: str | None = None,
        command: str = "show",
        **more: Any,
    ) -> Any:
        path = tmp_path / f"page{len(contexts)}.html"
        if address is None:
            made = convcli(command, *arguments, "-o", str(path))
            assert made.status == 0, made.err
            address = path.as_uri()
        context = browser.new_context(
            offline=address.startswith("file:"), viewport={"width": width, "height": height}, **more
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        root = address.split("#")[0]
        page.on(
            "request",
            lambda request: (
                request.url.startswith(root) or faults.append(f"asked for {request.url}")
            ),
        )
        page.goto(address + fragment)
        ready(page)
        return page

    yield go
    for context in contexts:
        context.close()
    assert faults == []


def ready(page: Any) -> None:
    """Wait until all numbers are there."""
    page.wait_for_selector("body[data-state=ready]")
