"""Writes torch_golden.json: numbers of torch, so that a machine without it has an independent judge.

python tests/data/make_torch_golden.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LAYERS = [
    "nn.Conv1d(5, 2, kernel_size=1)",
    "nn.Conv2d(3, 15, kernel_size=5, groups=3)",
    "nn.Conv3d(2, 2, kernel_size=(1, 2, 3), bias=False)",
    "nn.ConvTranspose2d(2, 18, kernel_size=1, groups=2)",
    "nn.ConvTranspose1d(4, 3, kernel_size=5)",
]


def hexadecimal(tensor: Any) -> list[str] | None:
    return None if tensor is None else [float(number).hex() for number in tensor.detach().double().ravel()]


def drawn_layer(torch: Any, line: str, seed: int, dtype: str) -> dict[str, Any]:
    torch.set_default_dtype(getattr(torch, dtype))
    torch.manual_seed(seed)
    layer = eval(line, {"nn": torch.nn})
    torch.set_default_dtype(torch.float32)
    return {"line": line, "seed": seed, "dtype": dtype, "weight": hexadecimal(layer.weight), "bias": hexadecimal(layer.bias)}


def main() -> None:
    import torch

    normal = {}
    for count in (1, 15, 16, 17, 40):
        torch.manual_seed(count)
        normal[str(count)] = hexadecimal(torch.randn(count))
    layers = [drawn_layer(torch, line, seed, dtype) for seed, line in enumerate(LAYERS) for dtype in ("float32", "float64")]
    golden = {"torch": torch.__version__, "randn": normal, "layers": layers}
    Path(__file__).with_name("torch_golden.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
