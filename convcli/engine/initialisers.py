"""Start weights, drawn as torch draws them."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.random_numbers import TorchGenerator
from convcli.engine.spec import ConvSpec


def default_bound(spec: ConvSpec) -> float:
    """The bound b of torch's default initialisation, U(-b, b): 1/sqrt(fan_in), and 0 for a layer without inputs."""
    return 1 / sqrt(spec.fan_in) if spec.fan_in else 0.0


def initialise(spec: ConvSpec, seed: int, dtype: Any = np.float32) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Weight and bias as `torch.manual_seed(seed)` and then the layer's constructor give them, to the bit.

    -> weight `spec.weight_shape`, bias (C_out,) or None; both U(-b, b) with b = 1/sqrt(fan_in), weight drawn first.
    Source: torch.nn.modules.conv._ConvNd.reset_parameters.

    >>> weight, bias = initialise(ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=2), seed=0)
    >>> [round(float(value), 4) for value in weight.ravel()], round(float(bias[0]), 4)
    ([-0.0037, 0.2682, -0.4115, -0.368], -0.1926)
    """
    generator, bound = TorchGenerator(seed), default_bound(spec)
    # torch draws the weight by kaiming_uniform_(a=sqrt(5)): the same bound, but rounded along another way
    kaiming = sqrt(3.0) * (sqrt(2.0 / (1 + sqrt(5) ** 2)) / sqrt(spec.fan_in)) if spec.fan_in else 0.0
    weight = generator.uniform(spec.weight_shape, -kaiming, kaiming, dtype)
    bias = generator.uniform((spec.out_channels,), -bound, bound, dtype) if spec.bias else None
    return weight, bias
