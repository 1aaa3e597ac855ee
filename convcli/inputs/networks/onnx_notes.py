"""Notes on an ONNX graph: its outputs, and what an exporter of torch changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from convcli.inputs.networks.onnx_models import OnnxModel, shortened
from convcli.inputs.networks.onnx_node import Dims
from convcli.inputs.networks.onnx_values import Values


def notes_of(model: OnnxModel, values: Values, lost: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """What the graph has otherwise than a module of torch; `lost` are the channels of layers in
    which an exporter left out a norm, or a bias.
    """
    yield from model.notes
    results = [value.name for value in model.model.graph.output]
    if len(results) > 1:
        shapes = (f"{shortened(name)} {values.shape(name) or '?'}" for name in results)
        yield f"The last row is the last of several outputs: {', '.join(shapes)}."
    if lost["norm"]:
        count, channels = len(lost["norm"]), sum(lost["norm"])
        yield (
            f"The exporter folded BatchNorm into {count} of the layers: up to {2 * channels} "
            "parameters in torch are not in the graph."
        )
    if lost["bias"]:
        yield (
            f"The exporter dropped biases of zeros: up to {sum(lost['bias'])} parameters in torch "
            "(none with bias=False) are not in the graph."
        )
    if values.weights.shared:
        yield (
            f"The graph has {values.weights.shared} parameters under several names, as an "
            "exporter does with tensors that are equal: they are counted once."
        )
    if values.weights.again:
        yield (
            f"Nodes read {values.weights.again} parameters that other nodes read too: weights that "
            "are shared, or equal tensors that an exporter made one. They are counted once."
        )
    if values.weights.unnamed:
        yield (
            f"{values.weights.unnamed} of the parameters are constants of sums and "
            "products: the graph does not say whether they were learned."
        )


def channels_behind(node: Any, weight: Dims | None) -> int:
    """The channels behind a convolution or a Gemm with this weight."""
    if weight is None or len(weight) < 2:
        return 0
    attributes: dict[str, int] = {one.name: one.i for one in node.attribute}
    if node.op_type == "ConvTranspose":
        return weight[1] * attributes.get("group", 1)
    return weight[1 if node.op_type == "Gemm" and not attributes.get("transB") else 0]
