"""Real models of torchvision, timm and others: output, parameters and multiply-adds are right.

Those whose package is installed: pip install 'convcli[models]'.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convcli.inputs.text.numbers import parse_shape
from tests.data.zoo import MAKERS

pytestmark = [pytest.mark.torch, pytest.mark.slow]
FOLDER = Path(__file__).parents[1] / "data"
RIGHT = json.loads((FOLDER / "models.json").read_text())


@pytest.mark.parametrize("name", RIGHT)
def test_a_model_is_recorded_as_torch_runs_it(name: str) -> None:
    from convcli.inputs.networks.recording.module_reader import ModuleReader

    package = MAKERS[name].package  # type: ignore[attr-defined]
    pytest.importorskip(package, exc_type=Exception)
    right = RIGHT[name]
    network = ModuleReader(f"{FOLDER / 'zoo.py'}:{name}").network(parse_shape(right["input"]))
    rows = network.operations
    found = {
        "input": right["input"],
        "output": list(rows[-1].output),
        "parameters": network.parameters,
        "macs": sum(row.macs or 0 for row in rows),
        "macs_without_weights": sum(row.macs_without_weights for row in rows),
    }
    assert found == right
    assert all(row.macs is not None for row in rows)
    in_rows = sum(row.parameters for row in rows)
    assert in_rows == network.parameters or any("no operation" in note for note in network.notes)


def test_every_model_has_its_numbers() -> None:
    assert set(MAKERS) == set(RIGHT)
