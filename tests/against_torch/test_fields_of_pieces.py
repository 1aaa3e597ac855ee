"""Receptive fields of values that are cut, turned, masked and put together again, against torch."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.geometry.shapes import Shape
from tests.fields import one_thread, wrong_claims
from tests.impulses import distinct_input
from tests.random_modules import HEAD

pytest.importorskip("torch")
pytestmark = pytest.mark.torch
IMAGE, LINE = (1, 2, 8, 8), (1, 2, 6)

RESIZED = "torch.cat([x, F.interpolate(F.max_pool2d(x, 3, 2), size=(8, 8))], 1)"  # jumps differ
# a call on x, the layers that it calls, the input's shape, a unit, and the cells that it sees
CASES = [
    ("torch.stack([x[:, :, i : i + 3].mean(2) for i in range(6)], 2)", "", IMAGE, (0, 0), "0..2 0"),
    ("torch.cat([F.instance_norm(x[:, :, :4]), F.instance_norm(x[:, :, 4:])], 2)", "", IMAGE,
     (0, 0), "0..3 0..7"),
    ("torch.cat([a(x), x], 2)", "nn.LayerNorm((2, 8, 8))", IMAGE, (15, 0), "7 0"),
    ("torch.cat([a(x), x], 3)", "nn.Conv2d(2, 2, (5, 1), padding=(2, 0))", IMAGE, (3, 8), "3 0"),
    ("torch.cat([x, a(x)], 2)", "nn.Linear(8, 8)", IMAGE, (0, 3), "0 3"),
    ("torch.cat([p(x)[:, :, :1], a(p(x)), p(x)[:, :, -1:]], 2)",
     "nn.Conv2d(2, 2, (3, 1), padding=(1, 0)); nn.AvgPool2d((2, 1))", IMAGE, (0, 1), "0..1 1"),
    ("x.flip(3)[..., :2].mean(3, keepdim=True)", "", IMAGE, (0, 0), "0 6..7"),
    ("x.flip(3)[..., ::2].mean(3, keepdim=True)", "", IMAGE, (0, 0), "0 1,3,5,7"),
    ("x.cumsum(3)[..., :2].softmax(3)", "", IMAGE, (0, 0), "0 0..1"),
    ("F.max_pool2d(x.flip(3), (1, 2), (1, 3)).softmax(3)", "", IMAGE, (0, 0), "0 0..1,3..4,6..7"),
    ("a(x) @ x.transpose(2, 3)", "nn.Conv2d(2, 2, 3, padding=1)", IMAGE, (0, 0), "0..1 0..7"),
    ("x + x.transpose(2, 3)", "", IMAGE, (0, 1), "0..1 0..1"),
    ("x.transpose(2, 3)", "", IMAGE, (0, 1), "1 0"),
    ("zeroed(x, (slice(None), slice(None), slice(0, None, 2)))", "", IMAGE, (0, 0), ""),
    ("zeroed(x, (slice(None), slice(None), slice(0, None, 2)))", "", IMAGE, (1, 0), "1 0"),
    ("written(a(x), (slice(None), slice(None), slice(0, 4)), x[:, :, :4])",
     "nn.Conv2d(2, 2, 3, padding=1)", IMAGE, (3, 0), "3 0"),
    ("torch.where(torch.arange(8) % 2 == 0, x, x.roll(1, 2))", "", IMAGE, (0, 0), "0 0"),
    ("torch.where(torch.arange(8) % 2 == 0, x, x.roll(1, 2))", "", IMAGE, (0, 1), "7 1"),
    ("torch.cat([x, F.pad(a(x), (0, 2, 0, 2))], 1)", "nn.Conv2d(2, 2, 3)", IMAGE, (0, 7), "0 7"),
    ("a(F.adaptive_avg_pool2d(x, 1))", "nn.ConvTranspose2d(2, 2, 2, 3, output_padding=1)", IMAGE,
     (2, 2), ""),
    ("a(F.adaptive_avg_pool2d(x, 1))", "nn.ConvTranspose2d(2, 2, 2, 3, output_padding=1)", IMAGE,
     (1, 0), "0..7 0..7"),
    ("torch.stack([a(x[:, :, t], x.new_zeros(1, 3)) for t in range(6)], 2)", "nn.GRUCell(2, 3)",
     LINE, (2,), "2"),
    ("a(x.transpose(1, 2))[0].transpose(1, 2)", "nn.LSTM(2, 3, batch_first=True)", LINE, (2,),
     "0..2"),
    ("torch.rot90(x, 1, (2, 3))", "", IMAGE, (0, 1), "1 7"),
    ("F.scaled_dot_product_attention(x, x, x, x.new_zeros(8, 8))", "", IMAGE, (0, 0), None),
    ("F.pixel_unshuffle(x, 2)[:, :1]", "", IMAGE, (0, 0), "0 0"),
    ("torch.cat([x, a(x)], 1)[:, :2]", "nn.Conv2d(2, 2, 3, padding=1)", IMAGE, (0, 0), None),
    ("F.pixel_shuffle(torch.cat([x, a(x)], 1), 2)", "nn.Conv2d(2, 2, 3, padding=1)", IMAGE, (0, 0),
     None),
    ("torch.cat([x, x.transpose(2, 3)], 1)[:, :2]", "", IMAGE, (0, 1), None),
    (RESIZED, "", IMAGE, (0, 4), "0..2 2..4"),
]  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of Python with one torch module for each case."""
    lines = [HEAD]
    for at, (call, layers, *_) in enumerate(CASES):
        lines += [f"class Net{at}(nn.Module):", "    def __init__(self):"]
        lines += ["        super().__init__()"]
        names = [name for name, layer in zip("ap", layers.split("; "), strict=False) if layer]
        made = zip(names, layers.split("; "), strict=False)
        lines += [f"        self.{name} = {layer}" for name, layer in made]
        lines += ["    def forward(self, x):"]
        lines += [f"        {name} = self.{name}" for name in names]
        lines += [f"        return {call}", ""]
    path = tmp_path_factory.mktemp("pieces") / "pieces.py"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("at", range(len(CASES)), ids=[f"{c[0][:50]} {c[3]}" for c in CASES])
def test_every_unit_sees_what_moves_it(file: Path, at: int) -> None:
    import torch

    from convcli.inputs.networks.recording.module_reader import ModuleReader

    _, _, shape, unit, wanted = CASES[at]
    network = ModuleReader(f"{file}:Net{at}").network(Shape(shape))
    spec = importlib.util.spec_from_file_location("pieces", file)
    assert spec is not None
    assert spec.loader is not None
    space: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(space)
    module = getattr(space, f"Net{at}")().double().eval()
    torch.manual_seed(at)
    for parameter in module.parameters():
        torch.nn.init.uniform_(parameter, 0.2, 0.7)

    def compute(x: Any) -> Any:
        with torch.no_grad(), one_thread():
            return module(torch.from_numpy(x)).numpy()

    wrong, compared = wrong_claims(network, compute, 2 * distinct_input(shape, np.float64))
    assert not wrong
    assert compared
    seen = network.seen_by_unit(len(network.operations) - 1, unit)
    assert seen.is_exact == (wanted is not None)
    if wanted is not None:
        assert [{cell for span in cells for cell in span} for cells in seen.cells] == (
            [set(_cells(text)) for text in wanted.split()] or [set() for _ in seen.cells]
        )


def _cells(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, _, last = part.partition("..")
        yield from range(int(first), int(last or first) + 1)


def test_where_jumps_differ_the_field_is_the_largest_of_all_units(file: Path) -> None:
    from convcli.inputs.networks.recording.module_reader import ModuleReader

    at = next(at for at, case in enumerate(CASES) if case[0] == RESIZED)
    network = ModuleReader(f"{file}:Net{at}").network(Shape(IMAGE))
    last = len(network.operations) - 1
    spans = [network.seen_by_unit(last, (unit, 0)).cells[0] for unit in range(8)]
    field = network.steps()[last].fields
    assert field is not None
    assert field[0] is not None
    assert field[0].size == max(span[-1][-1] - span[0][0] + 1 for span in spans) < 8
    assert network.operations[last].sights[0].word == "bound"
