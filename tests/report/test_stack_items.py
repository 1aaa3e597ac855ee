"""The layers of `stack` in JSON: templates and the encoder agree, and no garbage is left."""

from __future__ import annotations

import gc
import json
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from convcli.cli.commands.stack.networks import ListedNetwork
from convcli.engine.geometry.shapes import Position, Shape
from convcli.errors import ConvError
from convcli.inputs.networks.known_networks import known_networks
from convcli.inputs.networks.lists import read_stack
from convcli.render.data import to_data
from convcli.render.json import encode, item_text
from convcli.report.views.network_parts import StackReport
from convcli.report.views.stack import stack_view
from tests.random_stacks import random_stack

Convcli = Callable[..., Any]


def reports() -> Iterator[StackReport]:
    rng = random.Random(25)
    for _ in range(60):
        stack = random_stack(rng)
        network = ListedNetwork(read_stack(stack.texts))
        report = network.report(stack.shape, seeing=rng.random() < 0.9)
        if rng.random() < 0.3:
            yield replace(report, unit=Position((1,) * len(stack.shape[2:])))
        yield report
    for name in known_networks():
        with suppress(ConvError):  # of networks for other inputs
            yield ListedNetwork(read_stack([name])).report(Shape((1, 3, 64, 64)))


def test_each_layer_is_what_the_encoder_writes() -> None:
    exact = 0
    for report in reports():
        items = stack_view(report).items
        assert items is not None
        documents = list(items.make())
        assert len(documents) == items.total == len(report.steps)
        for document in documents:
            data = to_data(document)
            assert item_text(document) == encode(data)
            field = data["receptive_field"]
            exact += bool(field) and all(map(all, field["exact"].values()))
    assert exact > 100


@pytest.mark.parametrize("last", ["ReLU()", "Conv2d(9, 9, 99)", "Foo()"])
def test_layers_leave_nothing_to_collect(convcli: Convcli, tmp_path: Path, last: str) -> None:
    """Nothing is collected while layers are read, walked and written: no cycle may need it."""
    path, garbage = tmp_path / "layers.json", []
    for number in (10, 10, 500):
        texts = [f"Conv2d({1 + at}, {2 + at}, 3, padding=1)" for at in range(number)]
        path.write_text(json.dumps([*texts, last]))
        gc.collect()
        gc.disable()
        try:
            convcli("stack", path, "1x9x9", "--json")
            assert not gc.isenabled()
            garbage.append(gc.collect())
        finally:
            gc.enable()
    assert garbage[2] <= garbage[1]


def test_the_search_for_cycles_goes_on_behind_a_command(convcli: Convcli) -> None:
    for layer in ("Conv2d(1, 2, 3)", "Foo()"):
        convcli("stack", layer, "9x9", "--json")
        assert gc.isenabled()
