"""Answers of learners to a sheet of exercises, and sheets about layers, damaged."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.fuzz.case import Case, output_options, packed
from tests.fuzz.damage import any_value, damaged_data, damaged_text, with_number_replaced

ASKS = (
    "size", "sum", "output", "parameters", "receptive-field", "padding", "transposed", "gradient",
    "size,sum", "all", "", "sum,",
)  # fmt: skip
LAYERS = (
    "conv2d", "conv_transpose1d", "Conv2d(2, 4, 3, padding=1)", "Conv1d(1, 1, 3)", "conv3d",
    "keras.layers.Conv2D(4, 3, padding='same')", "MaxPool2d(2)", "Conv2d(3, 6, 99, stride=1000)",
    "ConvTranspose2d(1, 1, 3, stride=2)",
)  # fmt: skip
RIGHT = {
    "1": "1x4x6x6", "2": 39, "3": [4, 11], "4": 96, "5": 5, "6": "2,2", "7": [[1, 2], [3, 4]],
    "8": -3,
}  # fmt: skip


def make(rng: random.Random) -> Case:
    line = ["exercise", "--seed", str(rng.randrange(100)), "--count", str(rng.choice((1, 3, 8)))]
    line += rng.choice(((), (), ("--level", rng.choice(("medium", "hard", "x")))))
    if rng.random() < 0.4:
        line += ["--ask", rng.choice(ASKS)]
    if rng.random() < 0.3:
        layer = rng.choice(LAYERS)
        line.append(damaged_text(rng, layer).replace("\0", "").lstrip("-") or "x")
    if rng.random() < 0.3:
        line += ["-f", rng.choice(("latex", "html", "moodle", "markdown"))]
        return Case(tuple(line))
    if rng.random() < 0.9:
        data = json.dumps(_answers(rng))
        data = damaged_text(rng, data) if rng.random() < 0.3 else data
        data = with_number_replaced(rng, data) if rng.random() < 0.3 else data
        line += ["--check", "a.json"]
        return Case((*line, *output_options(rng)), packed("a.json", data))
    return Case((*line, *output_options(rng)))


def _answers(rng: random.Random) -> Any:
    answers: Any = dict(RIGHT)
    if rng.random() < 0.1:
        answers |= {"seed": 3, "level": "easy"}
    if rng.random() < 0.5:
        answers[str(rng.randrange(1, 9))] = any_value(rng)
    if rng.random() < 0.2:
        answers = list(answers.values())
    if rng.random() < 0.2:
        answers = {"problems": [{"number": 1, "answer": value} for value in RIGHT.values()]}
    return damaged_data(rng, answers) if rng.random() < 0.5 else answers
