"""One worker process for the tests of a session, and the rows of KNOWN, which may fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fuzz.driver import Workers

SLOW_TO_FAIL = "slow"  # how the reason of a row begins whose test would take long until it fails


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    with Workers() as started:
        yield started


@pytest.fixture(autouse=True)
def known(request: pytest.FixtureRequest) -> None:
    """A test that stands in KNOWN of its module, by its function, its id or both, may fail."""
    reasons: dict[str, str] = getattr(request.module, "KNOWN", {})
    name = request.node.name
    keys = (name, name.partition("[")[0], name.partition("[")[2].removesuffix("]"))
    reason = next((reasons[key] for key in keys if key in reasons), None)
    if reason is not None:
        run = not reason.startswith(SLOW_TO_FAIL)
        request.applymarker(pytest.mark.xfail(strict=False, run=run, reason=reason))
