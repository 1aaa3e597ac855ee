"""What one row of the registry of layer kinds holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from convcli.engine.network.layers.base import Layer
from convcli.inputs.networks.module_builders import Builder
from convcli.inputs.networks.onnx_node import Reader

Parameters = tuple[str, ...]


class Kind(NamedTuple):
    """One kind of layer.

    `modules` holds the parameters of each class in torch's order, None where any arguments do.
    `rank` is the number of spatial axes of classes whose names do not end in it, like 2d.
    `joins` says that the layer takes several inputs.
    """

    layer: type[Layer]
    build: Builder
    modules: Mapping[str, Parameters | None] = {}
    operators: Mapping[str, Reader] = {}
    rank: int | None = None
    joins: bool = False
