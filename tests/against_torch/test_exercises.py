"""The answers of exercises, recomputed by torch from what the sheet shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from convcli.engine.exercises.answers import answer  # noqa: E402
from convcli.engine.exercises.exercise import LEVELS, Exercise  # noqa: E402
from convcli.engine.exercises.marking import RIGHT, mark  # noqa: E402
from convcli.engine.exercises.sheets import Request, draw_sheet  # noqa: E402
from convcli.engine.geometry.padding import Pad  # noqa: E402
from convcli.report.spelling.pytorch_line import pytorch_line  # noqa: E402


def module(line: str) -> Any:
    """The layer that torch makes of the line on the sheet."""
    return eval(line, {"nn": torch.nn}).double()


def filled(exercise: Exercise) -> Any:
    """The layer with the weight and the bias of the sheet."""
    layer = module(pytorch_line(exercise.spec))
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(exercise.weight))
        if exercise.bias is not None:
            layer.bias.copy_(torch.tensor(exercise.bias))
    return layer


def by_torch(exercise: Exercise) -> Any:
    """The answer, as torch has it."""
    about, full = exercise.about, tuple(exercise.input_shape)
    if about == "parameters":
        return sum(p.numel() for p in module(pytorch_line(exercise.spec)).parameters())
    if about == "size":
        with torch.device("meta"):
            output = module(pytorch_line(exercise.spec))(torch.zeros(full, dtype=torch.double))
        return tuple(output.shape)[len(full) - exercise.axes :]
    if about == "receptive-field":
        return seen_by_torch(exercise)
    if about == "padding":
        (line,) = map(pytorch_line, exercise.layers)
        pads = answer(exercise).value
        padded = f"{line[:-1]}, padding={tuple(pads)})"
        with torch.device("meta"):
            return tuple(module(padded)(torch.zeros(full, dtype=torch.double)).shape[2:])
    layer = filled(exercise)
    x = torch.tensor(exercise.input, dtype=torch.double, requires_grad=True)
    y = layer(x)
    if about == "sum":
        return y[tuple(exercise.at or ())].item()
    if about == "output":
        return y.detach().numpy().reshape(answer(exercise).value.shape)
    y.backward(torch.tensor(exercise.output_gradient, dtype=torch.double))
    of = {"input": x, "weight": layer.weight, "bias": layer.bias}[str(exercise.variable)]
    return of.grad[tuple(exercise.at or ())].item()


def seen_by_torch(exercise: Exercise) -> int:
    """The cells that one output depends on: those with a gradient, from the first to the last."""
    size = 3 * answer(exercise).value + 40
    x = torch.zeros((1, 1, size), dtype=torch.double, requires_grad=True)
    y = x
    for each in exercise.layers:
        axis = each.axes[0]
        line = torch.nn.Conv1d(
            1, 1, axis.kernel_size, axis.stride, axis.pad.before, axis.dilation, dtype=torch.double
        )
        torch.nn.init.ones_(line.weight)
        y = line(y)
    y[0, 0, y.shape[2] // 2].backward()
    cells = x.grad[0, 0].nonzero().flatten()
    return int(cells[-1] - cells[0] + 1)


def check(seed: int, count: int = 8, asks: tuple[str, ...] = ()) -> None:
    """A sheet without a wrong or a doubled problem."""
    exercises = draw_sheet(Request(seed, count, LEVELS[seed % 3], asks))
    assert len({each.question for each in exercises}) == count
    for number, exercise in enumerate(exercises, 1):
        right, theirs = answer(exercise), by_torch(exercise)
        ours = exercise.wanted if right.kind == "padding" else right.value
        assert np.array_equal(np.asarray(ours), np.asarray(theirs)), (seed, number, exercise.ask)
        if right.kind == "padding":
            for pads in (right.value, *right.others):
                assert mark(exercise, [Pad(pad, pad) for pad in pads]).verdict == RIGHT
        else:
            assert mark(exercise, right.value).verdict == RIGHT


@pytest.mark.parametrize("seed", range(9))
def test_answers_are_those_of_torch(seed: int) -> None:
    check(seed)


HALVES = (
    ("size", "sum", "parameters", "padding"),
    ("output", "receptive-field", "transposed", "gradient"),
)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(8))
def test_2000_seeds_give_no_wrong_and_no_doubled_problem(part: int) -> None:
    for seed in range(250 * part, 250 * (part + 1)):
        check(seed, 4, HALVES[seed // 3 % 2])
