"""The long tests of clusters run where they are asked for: `make cluster`."""

from __future__ import annotations

import os

import pytest

ASKED = os.environ.get("CONVCLI_CLUSTER") == "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what `make cluster` runs."""
    for item in items:
        if item.get_closest_marker("cluster") and not ASKED:
            item.add_marker(pytest.mark.skip(reason="run by `make cluster`"))
