"""The mirror decoder of an encoder: layers in reverse order, each restoring a shape."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.network.layers.base import Layer
from convcli.engine.network.walk import Node, Step
from convcli.errors import ConvError


def mirror(steps: Sequence[Step]) -> tuple[Node, ...]:
    """The decoder of a chain of layers.

    A convolution becomes a transposed one of the same weight shape, whose output_padding is the
    remainder that the stride lost. Pooling becomes a transposed convolution with its window, and
    Flatten becomes Unflatten. Activations and normalisations stay behind the layer that they
    followed; the last layer has none.

    Raises ConvError for a layer that has no mirror, and for networks with branches.
    """
    nodes: list[Node] = []
    followers: list[Step] = []
    for at in range(len(steps) - 1, -1, -1):
        step = steps[at]
        if step.sources != (at - 1,):
            raise ConvError(
                "mirror.branches", "a network with branches has no mirror", parameter="mirror"
            )
        if step.layer.follows:
            followers.insert(0, step)
            continue
        layer = step.layer.mirrored(step.output, *step.inputs)
        if layer is None:
            rule = f"layer {{name}} ({type(step.layer).__name__}) has no mirror"
            raise ConvError("mirror.layer", rule, parameter="mirror", fields={"name": step.name})
        if nodes:
            for follower in followers:
                _append(nodes, follower.name, follower.layer)
        followers = []
        _append(nodes, step.name, layer)
    if not nodes:
        raise ConvError("mirror.empty", "no layer has a mirror", parameter="mirror")
    return tuple(nodes)


def _append(nodes: list[Node], name: str, layer: Layer) -> None:
    nodes.append(Node(f"{name}'", lambda inputs: layer, (len(nodes) - 1,)))
