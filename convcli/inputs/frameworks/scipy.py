"""SciPy: ndimage.correlate and convolve, also of one axis; signal.convolve, correlate, in 2-D too.

convolve flips the kernel, correlate does not. The origin of ndimage moves the kernel; its mode
reflect repeats the border cell, which is `symmetric` elsewhere, and mirror does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.overlaps import Part, full, padding_of, valid
from convcli.inputs.frameworks.padding import Ends, Padding
from convcli.inputs.frameworks.signatures import Operator
from convcli.inputs.text.layouts import AxisOrder, Layouts

MODES = {
    "reflect": "symmetric", "grid-mirror": "symmetric", "mirror": "reflect",
    "nearest": "replicate", "wrap": "circular", "grid-wrap": "circular",
    "constant": "zeros", "grid-constant": "zeros",
}  # fmt: skip
BOUNDARIES = {"fill": "zeros", "wrap": "circular", "symm": "symmetric"}
ANY = 2**62
PARTS = ("full", "same", "valid")
BOTH_LARGER = "of mode valid, one array must be at least as large as the other on every axis"


@dataclass(frozen=True)
class _OneAxisOrder(AxisOrder):
    """A kernel of one axis among the axes of the input."""

    place: int = 0

    def to_torch(self, shape: Sequence[int]) -> tuple[tuple[int, ...], Shape]:
        """The permutation of a kernel (k,), and its shape among the spatial axes."""
        if len(shape) != 1:
            return AxisOrder(self.spatial, self.torch, self.name).to_torch(shape)
        sizes = [1] * len(self.spatial)
        sizes[self.place] = shape[0]
        return (0,), Shape(sizes)


@dataclass(frozen=True)
class _OneAxis(Orders):
    """The layouts of a kernel of one axis."""

    axis: int = -1

    def layouts(self, rank: int, *, transposed: bool = False, channels: int = 1) -> Layouts:
        layouts = super().layouts(rank, transposed=transposed, channels=channels)
        spatial = self.spatial(rank)
        order = _OneAxisOrder(spatial, "OI" + spatial, "W", self.flips, self.axis % rank)
        return replace(layouts, weight=order)


def _ndimage(arguments: Arguments) -> ForeignLayer:
    flips = "convolve" in arguments.operator
    mode = arguments.word("mode", tuple(MODES))
    if arguments.get("cval", 0) != 0 and MODES[mode] == "zeros":
        raise arguments.unsupported("a cval other than 0 is no padding of a layer")
    orders, along = Orders("*", "*", flips=flips), None
    if arguments.operator.endswith("1d"):
        along = arguments.integer("axis", -3)
        orders = _OneAxis("*", "*", flips=flips, axis=along)
    return ForeignLayer(
        "SciPy",
        arguments.call,
        orders,
        arguments={"bias": False, "padding_mode": MODES[mode]},
        padding=_centred(arguments, flips, along),
        along=along,
        stores="wraps",
        has_limits=False,
        remarks=(("ndimage_reflect", {}),) if mode == "reflect" else (),
    )


def _centred(arguments: Arguments, flips: bool, along: int | None) -> Padding:
    """The kernel's middle on each cell, moved by the origin: against it where it is flipped.

    A kernel of one axis lies `along` it.
    """

    def padding(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
        moves = arguments.per_axis("origin", len(axes), least=-ANY)
        ends = []
        for d, (axis, origin) in enumerate(zip(axes, moves, strict=True)):
            taps = axis.kernel_size
            move = origin if along is None or d == along % len(axes) else 0
            if not -(taps // 2) <= move <= (taps - 1) // 2:
                reason = (
                    f"origin must be {-(taps // 2)} to {(taps - 1) // 2} "
                    f"for {taps} taps, and it is {move}"
                )
                raise arguments.refused(reason)
            before = (taps - 1) // 2 - move if flips else taps // 2 + move
            ends.append((before, taps - 1 - before))
        return tuple(ends)

    return padding


def _signal(arguments: Arguments) -> ForeignLayer:
    name = arguments.operator.rpartition(".")[2]
    part = arguments.word("mode", PARTS)
    boundary = arguments.word("boundary", tuple(BOUNDARIES)) if "2d" in name else "fill"
    if arguments.get("fillvalue", 0) != 0 and boundary == "fill" and part != "valid":
        raise arguments.unsupported("a fillvalue other than 0 is no padding of a layer")
    middle: Callable[[int, int], Part] = _same_late if name == "correlate2d" else _same
    parts = {"full": padding_of(full), "same": padding_of(middle), "valid": _valid(arguments)}
    mode = "zeros" if part == "valid" else BOUNDARIES[boundary]
    return ForeignLayer(
        "SciPy",
        arguments.call,
        Orders("*", "*", flips="correlate" not in name),
        rank=2 if "2d" in name else None,
        arguments={"bias": False, "padding_mode": mode},
        padding=parts[part],
        has_limits=False,
    )


def _same(size: int, taps: int) -> Part:
    return Part((taps - 1) // 2, size)


def _same_late(size: int, taps: int) -> Part:
    return Part(taps // 2, size)


def _valid(arguments: Arguments) -> Padding:
    inside = padding_of(valid)

    def padding(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
        wider = [size - axis.kernel_size for axis, size in zip(axes, sizes, strict=True)]
        if min(wider) < 0 < max(wider):
            raise arguments.refused(BOTH_LARGER)
        return inside(axes, sizes)

    return padding


_ONE = "input* weights* axis=-1 output~ mode='reflect' cval=0.0 origin=0"
_MANY = "input* weights* output~ mode='reflect' cval=0.0 origin=0 * axes~"
_PLANE = "in1* in2* mode='full' boundary='fill' fillvalue=0"
OPERATORS = {
    "ndimage.correlate": Operator(_MANY, _ndimage),
    "ndimage.convolve": Operator(_MANY, _ndimage),
    "ndimage.correlate1d": Operator(_ONE, _ndimage),
    "ndimage.convolve1d": Operator(_ONE, _ndimage),
    "signal.convolve": Operator("in1* in2* mode='full' method~", _signal),
    "signal.correlate": Operator("in1* in2* mode='full' method~", _signal),
    "signal.fftconvolve": Operator("in1* in2* mode='full' axes~", _signal),
    "signal.oaconvolve": Operator("in1* in2* mode='full' axes~", _signal),
    "signal.convolve2d": Operator(_PLANE, _signal),
    "signal.correlate2d": Operator(_PLANE, _signal),
}
