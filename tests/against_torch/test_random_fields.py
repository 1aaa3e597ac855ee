"""Receptive fields of random modules with branches: every unit, on every axis, against torch."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.geometry.shapes import Shape
from tests.fields import one_thread, wrong_claims
from tests.impulses import distinct_input
from tests.random_modules import random_module

pytest.importorskip("torch")
pytestmark = pytest.mark.torch
TODAY, ALL = range(10), range(10, 800)


def _compared(seed: int, folder: Path) -> tuple[list[str], str, int]:
    import torch

    from convcli.inputs.networks.recording.module_reader import ModuleReader

    made = random_module(seed)
    path = folder / f"net{seed}.py"
    path.write_text(made.source)
    network = ModuleReader(f"{path}:Net").network(Shape(made.shape))
    spec = importlib.util.spec_from_file_location(f"net{seed}", path)
    assert spec is not None
    assert spec.loader is not None
    space: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(space)
    module = space.Net().double().eval()
    torch.manual_seed(seed)
    for parameter in module.parameters():
        torch.nn.init.uniform_(parameter, 0.2, 0.7)

    def compute(x: Any) -> Any:
        with torch.no_grad(), one_thread():
            return module(torch.from_numpy(x)).numpy()

    wrong, compared = wrong_claims(network, compute, 2 * distinct_input(made.shape, np.float64))
    return wrong, "; ".join(made.steps), compared


@pytest.mark.parametrize("seed", TODAY)
def test_units_see_what_moves_them(seed: int, tmp_path: Path) -> None:
    wrong, steps, _ = _compared(seed, tmp_path)
    assert not wrong, steps


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Using padding=.same.")  # torch copies the input
def test_units_of_many_modules_see_what_moves_them(tmp_path: Path) -> None:
    failures, compared = [], 0
    for seed in ALL:
        wrong, steps, count = _compared(seed, tmp_path)
        failures += [f"{seed}: {wrong[0]} in {steps}"] if wrong else []
        compared += count
    assert not failures
    assert compared > 40_000
