"""The layers of a network beside convolutions: shapes, parameters, multiply-adds and what each output reads.

A layer works on shapes (N, C, *sizes), or (N, features) behind a Flatten. `readings` are one `Reading` a spatial axis,
None for an axis, or for all of them, where outputs do not lie on the axes of the input.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from convcli.engine.cost import mac_factors
from convcli.engine.readings import Reading, identity, tap_reading, whole
from convcli.engine.shapes import Shape, axis_names
from convcli.engine.spec import ConvSpec
from convcli.errors import ConvError

Readings = tuple[Reading | None, ...]


class Layer:
    """What a network is made of: by itself one that keeps the shape, mixes no cells, learns and multiplies nothing."""

    __slots__ = ()

    @property
    def parameters(self) -> int:
        """How many numbers are learnt."""
        return 0

    def output_shape(self, *inputs: Shape) -> Shape:
        """The shape that comes out; raises ConvError where the layer does not fit on the inputs."""
        return inputs[0]

    def readings(self, *inputs: Shape) -> Readings | None:
        """What the outputs of each spatial axis read, of every input alike."""
        return tuple(map(identity, inputs[0][2:]))

    def macs(self, output: Shape, *inputs: Shape) -> int:
        """The multiply-adds of products with weights; adding a bias is none, nor is any other arithmetic."""
        return 0


@dataclass(frozen=True, slots=True)
class Convolution(Layer):
    """One of torch's six convolution layers."""

    spec: ConvSpec

    @property
    def parameters(self) -> int:
        return int(prod(self.spec.weight_shape)) + (self.spec.out_channels if self.spec.bias else 0)

    def output_shape(self, *inputs: Shape) -> Shape:
        check_rank(inputs[0], self.spec.rank)
        return self.spec.output_shape(inputs[0])

    def readings(self, *inputs: Shape) -> Readings:
        axes, sizes = self.spec.axes, inputs[0][2:]
        found: list[Reading | None] = []
        for d, (axis, size) in enumerate(zip(axes, sizes, strict=True)):
            alike = d > 0 and axis is axes[d - 1] and size == sizes[d - 1]
            found.append(found[-1] if alike else tap_reading(self.spec, d, size))
        return tuple(found)

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return prod(mac_factors(self.spec, inputs[0], output))


@dataclass(frozen=True, slots=True)
class PReLU(Layer):
    """Negative cells times a learnt slope, one or one a channel."""

    slopes: int = 1

    @property
    def parameters(self) -> int:
        return self.slopes


@dataclass(frozen=True, slots=True)
class Softmax(Layer):
    """Softmax over axis `dim`, whose cells it mixes."""

    dim: int = 1

    def output_shape(self, *inputs: Shape) -> Shape:
        checked_dim(self.dim, len(inputs[0]), "dim")
        return inputs[0]

    def readings(self, *inputs: Shape) -> Readings:
        dim = self.dim % len(inputs[0])
        return tuple(whole(size) if d + 2 == dim else identity(size) for d, size in enumerate(inputs[0][2:]))


@dataclass(frozen=True, slots=True)
class GLU(Layer):
    """Half of axis `dim`, gated by the other half."""

    dim: int = -1

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        dim = checked_dim(self.dim, len(shape), "dim")
        if shape[dim] % 2:
            raise ConvError("dim.half", f"must be an axis of even size, and axis {dim} of {shape} is not", parameter="dim")
        return Shape((*shape[:dim], shape[dim] // 2, *shape[dim + 1 :]))

    def readings(self, *inputs: Shape) -> Readings | None:
        return tuple(map(identity, inputs[0][2:])) if self.dim % len(inputs[0]) == 1 else None


@dataclass(frozen=True, slots=True)
class Normalisation(Layer):
    """BatchNorm, GroupNorm, InstanceNorm: `channels` of them; over the cells of all axes where `mixes_cells`."""

    channels: int | None
    affine: bool = True
    bias: bool = True
    mixes_cells: bool = False
    rank: int | None = None

    @property
    def parameters(self) -> int:
        return (self.channels or 0) * (1 + self.bias) if self.affine else 0

    def output_shape(self, *inputs: Shape) -> Shape:
        if self.rank is not None:
            check_rank(inputs[0], self.rank)
        if self.channels is not None:
            _expect("num_features", self.channels, inputs[0][1], inputs[0])
        return inputs[0]

    def readings(self, *inputs: Shape) -> Readings:
        return tuple(map(whole if self.mixes_cells else identity, inputs[0][2:]))


@dataclass(frozen=True, slots=True)
class LayerNorm(Layer):
    """LayerNorm over the last axes, whose sizes are `normalized_shape`."""

    normalized_shape: tuple[int, ...]
    affine: bool = True
    bias: bool = True

    @property
    def parameters(self) -> int:
        return prod(self.normalized_shape) * (1 + self.bias) if self.affine else 0

    def output_shape(self, *inputs: Shape) -> Shape:
        count = len(self.normalized_shape)
        if tuple(inputs[0][-count:]) != self.normalized_shape:
            rule = f"must be the last axes of the input {inputs[0]}"
            raise ConvError("normalized_shape.fits", rule, parameter="normalized_shape", got=Shape(self.normalized_shape))
        return inputs[0]

    def readings(self, *inputs: Shape) -> Readings:
        kept = len(inputs[0]) - len(self.normalized_shape)
        return tuple(identity(size) if d + 2 < kept else whole(size) for d, size in enumerate(inputs[0][2:]))


@dataclass(frozen=True, slots=True)
class Linear(Layer):
    """A product with a matrix (out_features, in_features) along the last axis."""

    in_features: int
    out_features: int
    bias: bool = True

    @property
    def parameters(self) -> int:
        return self.in_features * self.out_features + (self.out_features if self.bias else 0)

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        if shape[-1] != self.in_features:
            rule = f"must be the last size of the input {shape}"
            flat = prod(shape[1:])
            hint = None if flat == shape[-1] else f"A Flatten before it would make {shape[0]}x{flat}."
            raise ConvError("in_features.fits", rule, parameter="in_features", got=self.in_features, hint=hint)
        return Shape((*shape[:-1], self.out_features))

    def readings(self, *inputs: Shape) -> Readings | None:
        return None

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return prod(inputs[0]) * self.out_features


@dataclass(frozen=True, slots=True)
class Flatten(Layer):
    """Axes `start_dim` to `end_dim` as one."""

    start_dim: int = 1
    end_dim: int = -1

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        start, end = (
            checked_dim(dim, len(shape), name) for dim, name in ((self.start_dim, "start_dim"), (self.end_dim, "end_dim"))
        )
        if start > end:
            raise ConvError("end_dim.order", "must not come before start_dim", parameter="end_dim", got=self.end_dim)
        return Shape((*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :]))

    def readings(self, *inputs: Shape) -> Readings | None:
        kept = self.output_shape(*inputs) == inputs[0]
        return tuple(map(identity, inputs[0][2:])) if kept else None


@dataclass(frozen=True, slots=True)
class Unflatten(Layer):
    """One axis as several: the way back from Flatten."""

    dim: int
    sizes: tuple[int, ...]

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        dim = checked_dim(self.dim, len(shape), "dim")
        known = prod(size for size in self.sizes if size != -1)
        sizes = tuple(shape[dim] // known if size == -1 and known else size for size in self.sizes)
        if self.sizes.count(-1) > 1 or prod(sizes) != shape[dim]:
            rule = f"must multiply to the {shape[dim]} of axis {dim} of {shape}"
            raise ConvError("unflattened_size.fits", rule, parameter="unflattened_size", got=self.sizes)
        return Shape((*shape[:dim], *sizes, *shape[dim + 1 :]))

    def readings(self, *inputs: Shape) -> Readings | None:
        return None


@dataclass(frozen=True, slots=True)
class Reshaped(Layer):
    """Something of which only the shape that comes out is known, and how many numbers it learns."""

    shape: Shape
    learnt: int = 0

    @property
    def parameters(self) -> int:
        return self.learnt

    def output_shape(self, *inputs: Shape) -> Shape:
        return self.shape

    def readings(self, *inputs: Shape) -> Readings | None:
        return None


def check_rank(shape: Shape, rank: int) -> None:
    """Raises ConvError unless the shape is (N, C, *sizes) with `rank` sizes."""
    if len(shape) != rank + 2:
        rule = f"needs an input (N, C, {', '.join(axis_names(rank))}), and gets {shape}"
        raise ConvError("input.rank", rule)


def checked_dim(dim: int, length: int, parameter: str) -> int:
    """The axis that `dim` names, counted from 0; raises ConvError where there is none."""
    if not -length <= dim < length:
        raise ConvError(f"{parameter}.range", f"must be {-length}..{length - 1}", parameter=parameter, got=dim)
    return dim % length


def _expect(name: str, wanted: int, found: int, shape: Shape) -> None:
    if wanted != found:
        rule = f"is {wanted}, and the input {shape} has {found} channels"
        raise ConvError(f"{name}.fits", rule, parameter=name)
