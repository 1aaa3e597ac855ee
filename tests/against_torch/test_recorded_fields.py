"""Receptive fields of recorded modules with branches, compared with impulses through torch."""

from __future__ import annotations

import importlib.util
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.geometry.shapes import Shape
from tests.impulses import cells_read, distinct_input, some_units

pytest.importorskip("torch")
pytestmark = pytest.mark.torch
FILE = Path(__file__).parents[1] / "data" / "branched_modules.py"
# what a unit sees there depends on which channel or place is asked, so that only a bound is known
BOUNDS = {"Causal"}


def _module_of(name: str) -> Any:
    spec = importlib.util.spec_from_file_location("branched_modules", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module if not name else getattr(module, name)


def _names() -> list[str]:
    text = FILE.read_text()
    lines = text.splitlines()
    return [
        line.partition("(")[0].removeprefix("class ")
        for before, line in pairwise(lines)
        if before.startswith("@on(")
    ]


@pytest.mark.parametrize("name", _names())
def test_units_see_the_cells_that_impulses_move(name: str) -> None:
    import torch

    from convcli.inputs.networks.recording.module_reader import ModuleReader

    network = ModuleReader(f"{FILE}:{name}").network(Shape(_module_of("").SHAPES[name]))
    module = _module_of(name)().double().eval()
    torch.manual_seed(0)
    for parameter in module.parameters():
        torch.nn.init.uniform_(parameter, 0.05, 0.15)

    def compute(inputs: list[Any]) -> list[Any]:
        with torch.no_grad():
            return [module(torch.from_numpy(x)).numpy() for x in inputs]

    shape, last = network.input_shape, len(network.operations) - 1
    output = network.operations[last].output
    assert tuple(output) == compute([np.zeros(shape)])[0].shape
    units = some_units(output[2:])
    found = cells_read(compute, distinct_input(shape, np.float64), units)
    words = {sight.word for sight in network.operations[last].sights}
    assert words <= ({"bound"} if name in BOUNDS else {"exact", "bound", "whole"})
    for unit, moved in zip(units, found, strict=True):
        seen = network.seen_by_unit(last, unit)
        claimed = [{cell for span in cells for cell in span} for cells in seen.cells]
        if seen.is_exact or name not in BOUNDS:
            assert claimed == moved, (name, unit)
        else:
            assert all(a >= b for a, b in zip(claimed, moved, strict=True)), (name, unit)
