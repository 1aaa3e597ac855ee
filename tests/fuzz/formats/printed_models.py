"""What `print(model)` writes, damaged, as a file or as the argument itself."""

from __future__ import annotations

import random

from tests.fuzz.case import Case, packed, stack_case
from tests.fuzz.damage import damaged_text

PRINTED = (
    """Sequential(
  (0): Conv2d(1, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
  (1): ReLU(inplace=True)
  (2): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (3): Flatten(start_dim=1, end_dim=-1)
  (4): Linear(in_features=64, out_features=10, bias=True)
)""",
    """Net(
  (features): Sequential(
    (conv-1): Conv2d(1, 4, kernel_size=(3, 3), stride=(2, 2), padding=same, padding_mode=reflect)
    (1-3): 3 x BatchNorm2d(4, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
    (up): Upsample(scale_factor=2.0, mode='nearest')
  )
  (blocks): ModuleList(
    (0-1): 2 x Sequential(
      (0): Conv2d(4, 4, kernel_size=(1, 1), stride=(1, 1))
      (1): GELU(approximate='none')
    )
  )
  (pool): AvgPool2d(kernel_size=2, stride=2, padding=0)
  (head): AdaptiveAvgPool2d(output_size=(1, 1))
)""",
)
WORDS = (
    "(", ")", "(\n", "\n)", "(0-99999): 99999 x ", "(0-9): 9 x ", "(a): ", "\n", "  ", "=", ",",
    "\x1b[31m", "\u202e", "None",
    "Sequential(", "ModuleDict(", "nan", "-1", "'", "0", "\r", "\t", "٣", "(²): ",
)  # fmt: skip


def make(rng: random.Random) -> Case:
    text = damaged_text(rng, rng.choice(PRINTED), WORDS)
    if rng.random() < 0.3:
        lines = text.split("\n")
        rng.shuffle(lines)
        text = "\n".join(lines)
    if rng.random() < 0.6:
        return stack_case(rng, "m.txt", packed("m.txt", text))
    word = "".join(character for character in text if character not in "\0\ud800").lstrip("-/. ")
    return stack_case(rng, word or "ReLU()")
