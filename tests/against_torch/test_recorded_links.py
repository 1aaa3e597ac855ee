"""Links of recorded modules lead to the cells that their outlooks say, unit by unit."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.links import Way, links_of_recorded, read_cells
from convcli.engine.network.walk import INPUT

pytest.importorskip("torch")
from tests.against_torch.test_recorded_fields import FILE, _module_of

pytestmark = pytest.mark.torch
# modules with rows between which more than grids of units lie
PARTLY = {"Attention", "Grid", "Selective", "ShiftedWindows", "SqueezeByLinear", "Recurrent"}
NAMES = (
    *sorted(PARTLY), "Residual", "Downsampling", "Inception", "Dense", "Shuffle", "SmallUNet",
    "Pyramid", "Dilated", "Squeeze", "SqueezeThenConvolve", "Tokens", "Upscaling",
    "Focus", "Pooled", "Volume",
)  # fmt: skip


def _ends(ways: tuple[Way, ...] | None, units: int, below: int) -> bool:
    """Each way begins at the units of the row, and ends at those of its source."""
    for way in ways or ():
        sizes = [
            units,
            *(size for reading in way for size in (reading.outputs, reading.size)),
            below,
        ]
        assert sizes[::2] == sizes[1::2], sizes
    return True


@pytest.mark.parametrize("name", NAMES)
def test_links_of_modules_lead_to_what_units_see(name: str) -> None:
    from convcli.inputs.networks.recording.module_reader import ModuleReader

    network = ModuleReader(f"{Path(FILE)}:{name}").network(Shape(_module_of("").SHAPES[name]))
    rows = links_of_recorded(network)
    assert {row.is_known for row in rows} == ({True, False} if name in PARTLY else {True})
    cells = [axis.size for axis in network.axes]
    for at, (row, operation) in enumerate(zip(rows, network.operations, strict=True)):
        if not row.is_known:
            continue
        for link in row.links:
            below = cells if link.source == INPUT else rows[link.source].units
            assert [_ends(ways, row.units[d], below[d]) for d, ways in enumerate(link.axes)]
        for unit in product(*(range(0, size, 3) for size in row.units)):
            seen = operation.outlook.seen(unit).cells
            if all(seen):
                assert read_cells(rows, at, unit, cells)[INPUT] == seen, (operation.name, unit)
