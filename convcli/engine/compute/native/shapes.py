"""The shapes of a call of kernel.c, and other shapes that mean the same layer."""

from __future__ import annotations

from typing import NamedTuple

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import NO_PAD, Pad


class Shapes(NamedTuple):
    """All that a call depends on but the addresses. Shapes and strides are in numbers.

    x (images, groups, C_in/groups, *cells), out (images, groups, channels, *outputs); weight
    (groups, channels, C_in/groups, *k) has the shape that these and `axes` tell. `pads` are
    (before, after) of each axis, `budget` is in numbers.
    """

    axes: tuple[Axis, ...]
    dtype: str
    itemsize: int
    budget: int
    pads: tuple[Pad, ...]
    x_shape: tuple[int, ...]
    x_steps: tuple[int, ...]
    weight_steps: tuple[int, ...]
    out_shape: tuple[int, ...]
    out_steps: tuple[int, ...]


def weight_lies_in_a_run(shapes: Shapes) -> bool:
    """Whether the weights of an output channel follow one another in the order of their taps."""
    expected = 1
    sizes = (shapes.x_shape[2], *(axis.kernel_size for axis in shapes.axes))
    for size, step in zip(sizes[::-1], shapes.weight_steps[:1:-1], strict=True):
        if size > 1 and step != expected:
            return False
        expected *= size
    return True


def without_gaps(shapes: Shapes) -> Shapes:
    """The same layer without the cells that a kernel of one tap leaves out."""
    axes, sizes, steps = list(shapes.axes), list(shapes.x_shape), list(shapes.x_steps)
    for d, (axis, pad) in enumerate(zip(axes, shapes.pads, strict=True)):
        if axis.kernel_size == 1 < axis.stride and not any(pad):
            axes[d] = Axis(1)
            sizes[3 + d], steps[3 + d] = shapes.out_shape[3 + d], steps[3 + d] * axis.stride
    return shapes._replace(axes=tuple(axes), x_shape=tuple(sizes), x_steps=tuple(steps))


def joined(shapes: Shapes) -> Shapes:
    """The same layer with axes of one tap that follow one another in memory made one."""
    d = len(shapes.axes) - 2
    while d >= 0:
        plain = all(
            axis.kernel_size == axis.stride == 1 and not any(pad)
            for axis, pad in zip(shapes.axes[d : d + 2], shapes.pads[d : d + 2], strict=True)
        )
        both = ((shapes.x_shape, shapes.x_steps), (shapes.out_shape, shapes.out_steps))
        if plain and all(step[3 + d] == step[4 + d] * size[4 + d] for size, step in both):
            shapes = shapes._replace(
                axes=shapes.axes[:d] + shapes.axes[d + 1 :],
                pads=shapes.pads[:d] + shapes.pads[d + 1 :],
                weight_steps=shapes.weight_steps[: 3 + d] + shapes.weight_steps[4 + d :],
                x_shape=_joined(shapes.x_shape, 3 + d),
                x_steps=shapes.x_steps[: 3 + d] + shapes.x_steps[4 + d :],
                out_shape=_joined(shapes.out_shape, 3 + d),
                out_steps=shapes.out_steps[: 3 + d] + shapes.out_steps[4 + d :],
            )
        d -= 1
    return shapes


def _joined(sizes: tuple[int, ...], d: int) -> tuple[int, ...]:
    return (*sizes[:d], sizes[d] * sizes[d + 1], *sizes[d + 2 :])


def with_images(shapes: Shapes) -> Shapes:
    """The same layer of one image, with the images as its first axis."""
    x_shape, out_shape = shapes.x_shape, shapes.out_shape
    return shapes._replace(
        axes=(Axis(1), *shapes.axes),
        pads=(NO_PAD, *shapes.pads),
        x_shape=(1, *x_shape[1:3], x_shape[0], *x_shape[3:]),
        x_steps=(*shapes.x_steps[:3], shapes.x_steps[0], *shapes.x_steps[3:]),
        weight_steps=(*shapes.weight_steps[:3], 0, *shapes.weight_steps[3:]),
        out_shape=(1, *out_shape[1:3], out_shape[0], *out_shape[3:]),
        out_steps=(*shapes.out_steps[:3], shapes.out_steps[0], *shapes.out_steps[3:]),
    )
