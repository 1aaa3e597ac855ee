"""Writes torch_golden.json: numbers of torch, for the tests of machines without torch.

python -m tests.data.make_torch_golden
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from convcli.backends.oracle import torch_convolve, torch_gradients
from convcli.engine.geometry.padding import TORCH_PADDING_MODES
from convcli.engine.weights.schemes import NONLINEARITIES
from tests.random_layers import random_layer

LAYERS = [
    "nn.Conv1d(5, 2, kernel_size=1)",
    "nn.Conv2d(3, 15, kernel_size=5, groups=3)",
    "nn.Conv3d(2, 2, kernel_size=(1, 2, 3), bias=False)",
    "nn.ConvTranspose2d(2, 18, kernel_size=1, groups=2)",
    "nn.ConvTranspose1d(4, 3, kernel_size=5)",
]


SCHEMES: list[tuple[str, dict[str, Any]]] = [
    ("uniform", {"a": -0.3, "b": 0.7}),
    ("normal", {"mean": 0.5, "std": 2.0}),
    ("xavier_uniform", {"gain": 1.3}),
    ("xavier_normal", {"gain": 1.3}),
    ("kaiming_uniform", {"a": 0.2, "mode": "fan_out"}),
    ("kaiming_normal", {"nonlinearity": "relu"}),
    ("trunc_normal", {"std": 0.8, "a": -1.0, "b": 0.5}),
    ("constant", {"val": 0.25}),
    ("zeros", {}),
    ("ones", {}),
    ("dirac", {}),
    ("orthogonal", {"gain": 1.5}),
    ("sparse", {"sparsity": 0.4}),
    # The bounds hold 0.32 and 0.29 of the distribution: torch changes its method at 0.3.
    ("trunc_normal", {"a": 0.0, "b": 0.9}),
    ("trunc_normal", {"a": 0.0, "b": 0.8}),
    ("trunc_normal", {"mean": 0.3, "std": 2.0, "a": 0.5, "b": 2.3}),
    ("trunc_normal", {"mean": 0.3, "std": 2.0, "a": 0.5, "b": 2.2}),
    ("trunc_normal", {"mean": -1.0, "std": 0.5, "a": -0.2, "b": 0.5}),
    ("trunc_normal", {"mean": 1.0, "std": 0.5, "a": -0.5, "b": 0.2}),
    ("kaiming_normal", {"a": 2.0}),
]
CHAIN = [
    "nn.Conv1d(1, 2, kernel_size=3)",
    "nn.Conv1d(2, 2, kernel_size=1, bias=False)",
    "nn.Conv1d(2, 1, kernel_size=2)",
]
SLOPE = 0.5  # of leaky_relu
SCHEME_LAYERS = [
    "nn.Conv1d(3, 4, kernel_size=3)",
    "nn.ConvTranspose2d(2, 1, kernel_size=2)",
]  # 36 weights, and 8


def hexadecimal(tensor: Any) -> list[str] | None:
    return (
        None
        if tensor is None
        else [float(number).hex() for number in tensor.detach().double().ravel()]
    )


def drawn_layer(torch: Any, line: str, seed: int, dtype: str) -> dict[str, Any]:
    torch.set_default_dtype(getattr(torch, dtype))
    torch.manual_seed(seed)
    layer = eval(line, {"nn": torch.nn})
    torch.set_default_dtype(torch.float32)
    return {
        "line": line,
        "seed": seed,
        "dtype": dtype,
        "weight": hexadecimal(layer.weight),
        "bias": hexadecimal(layer.bias),
    }


def scheme_layer(
    torch: Any, line: str, scheme: str, arguments: dict[str, Any], seed: int
) -> dict[str, Any]:
    torch.manual_seed(seed)
    weight = eval(line, {"nn": torch.nn}).weight.data
    getattr(torch.nn.init, f"{scheme}_")(
        weight.view(len(weight), -1) if scheme == "sparse" else weight, **arguments
    )
    return {
        "line": line,
        "scheme": scheme,
        "arguments": arguments,
        "seed": seed,
        "weight": hexadecimal(weight),
    }


def drawn_chain(torch: Any, scheme: str, seed: int) -> dict[str, Any]:
    """The layers of `CHAIN`, constructed in order after one seed; a scheme then draws weights."""
    torch.manual_seed(seed)
    chain = [eval(line, {"nn": torch.nn}) for line in CHAIN]
    if scheme != "default":
        for layer in chain:
            getattr(torch.nn.init, f"{scheme}_")(layer.weight)
    return {
        "lines": CHAIN,
        "scheme": scheme,
        "seed": seed,
        "weights": [hexadecimal(layer.weight) for layer in chain],
        "biases": [hexadecimal(layer.bias) for layer in chain],
    }


def computed_layer(seed: int) -> dict[str, Any] | None:
    """torch's output, and its gradients of the sum of outputs, on the `random_layer` of a seed."""
    rng = random.Random(seed)
    spec, x, w, b = random_layer(rng, modes=TORCH_PADDING_MODES)
    output = torch_convolve(spec, x, w, b)
    if output.size + x.size + w.size > 120:
        return None
    of_input, of_weight, of_bias = torch_gradients(
        spec, x, w, b, output_gradient=np.ones_like(output)
    )
    found = {"output": output, "input": of_input, "weight": of_weight, "bias": of_bias}
    return {
        "seed": seed,
        **{name: [int(number) for number in array.ravel()] for name, array in found.items()},
    }


def lines(value: Any) -> str:
    """JSON with a line for each entry of a list."""
    return (
        "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
        if isinstance(value, list)
        else json.dumps(value)
    )


def main() -> None:
    import torch

    normal = {}
    for count in (1, 15, 16, 17, 40):
        torch.manual_seed(count)
        normal[str(count)] = hexadecimal(torch.randn(count))
    layers = [
        drawn_layer(torch, line, seed, dtype)
        for seed, line in enumerate(LAYERS)
        for dtype in ("float32", "float64")
    ]
    schemes = [
        scheme_layer(torch, line, scheme, arguments, seed)
        for seed, (scheme, arguments) in enumerate(SCHEMES)
        for line in SCHEME_LAYERS
    ]
    gains = [
        {"nonlinearity": name, "gain": torch.nn.init.calculate_gain(name, SLOPE)}
        for name in NONLINEARITIES
    ]
    golden = {
        "torch": torch.__version__,
        "gains": gains,
        "randn": normal,
        "layers": layers,
        "schemes": schemes,
        "chains": [drawn_chain(torch, scheme, 7) for scheme in ("default", "xavier_uniform")],
        "results": [one for one in map(computed_layer, range(400)) if one],
    }
    Path(__file__).with_name("torch_golden.json").write_text(
        "{\n"
        + ",\n".join(f"{json.dumps(key)}: {lines(value)}" for key, value in golden.items())
        + "\n}\n"
    )


if __name__ == "__main__":
    main()
