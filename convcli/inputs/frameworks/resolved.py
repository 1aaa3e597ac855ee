"""A layer of another framework on an input: what the engine computes, and the layouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from convcli.engine.geometry.arguments import axes_of
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad, check_padding_mode
from convcli.engine.geometry.shapes import Shape, axis_names, promoted_shape, restored_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.network.layers.base import Layer, check_cells
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.padding import PadLayer
from convcli.engine.network.layers.pooling import Pool
from convcli.errors import ConvError
from convcli.inputs.frameworks.crops import resized, transposed_padding
from convcli.inputs.frameworks.layers import ForeignLayer, PoolRule, splits
from convcli.inputs.frameworks.padding import Ends
from convcli.inputs.frameworks.typed_errors import check_channels, in_typed_words, require_cells
from convcli.inputs.text.layer import DEPTHWISE, LayerRequest
from convcli.inputs.text.layouts import Layouts

Options = Mapping[str, Any]
_WINDOW = ("kernel_size", "stride", "dilation")


@dataclass(frozen=True)
class Resolved:
    """A layer on an input: `cut` is taken off the input before it, `added` zeros stand around it.

    `border` are cells that are copied around the input before the layer, because its own padding is
    wider than torch's may be. `empty` is the shape (N, C, *sizes) of a result without cells.

    `layer` works in torch's order of axes, `layouts` are the framework's. `typed` is the shape of
    the input as it is written, `full` the same as (N, C, *sizes), before the cut.
    """

    foreign: ForeignLayer
    layer: Layer
    layouts: Layouts
    typed: Shape
    full: Shape
    cut: tuple[Ends, ...] = ()
    border: tuple[Ends, ...] = ()
    added: tuple[Ends, ...] = ()
    empty: Shape | None = None

    @property
    def spec(self) -> ConvSpec | None:
        """The convolution; None for pooling and padding."""
        return self.layer.spec if isinstance(self.layer, Convolution) else None

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.full) - 2

    @property
    def inner_input(self) -> Shape:
        """(N, C, *sizes) that the layer reads, after the cut and with the border."""
        cut = resized(self.full, [(-before, -after) for before, after in self.cut])
        return resized(cut, self.border)

    @property
    def full_output(self) -> Shape:
        """(N, C, *sizes) of the result. Raises ConvError where the layer does not fit."""
        if self.empty is not None:
            return self.empty
        return resized(self.layer.output_shape(self.inner_input), self.added)

    @property
    def output(self) -> Shape:
        """The shape of the result in the framework's layout, in the rank of the input."""
        axes = len(self.layouts.shape_to_torch(self.typed))
        return self.layouts.result_shape(restored_shape(self.full_output, axes))

    @property
    def weight_shape(self) -> Shape | None:
        """The shape of W in the framework's layout."""
        spec = self.spec
        if spec is None:
            return None
        has_channels = set(self.foreign.orders.weight or "") & set("OIM")
        shape = spec.weight_shape if has_channels else Shape(spec.weight_shape[2:])
        return self.layouts.result_shape(shape, weight=True)

    @property
    def pads(self) -> tuple[Ends, ...]:
        """The cells that stand around the input on each axis, as the framework pads; crops below 0.

        Of a transposed layer what is cropped from the whole output, below 0 the zeros added.
        """
        layer, cut = self.layer, self.added if self._is_transposed else self.cut
        axes = getattr(layer, "axes", ()) if self.spec is None else self.spec.axes
        own: Sequence[Ends] = [
            (axis.pad.before, axis.pad.after - axis.output_padding) for axis in axes
        ]
        if isinstance(layer, PadLayer):
            own = layer.pads
        none = ((0, 0),) * len(own)
        less, more = cut or none, none if self._is_transposed else self.border or none
        return tuple(
            (b - c + e, a - d + f) for (b, a), (c, d), (e, f) in zip(own, less, more, strict=True)
        )

    @property
    def mode(self) -> str:
        """What stands around the input."""
        if self.foreign.circle is not None:
            return "circular"
        return str(self.foreign.arguments.get("padding_mode", "zeros"))

    @property
    def _is_transposed(self) -> bool:
        return self.spec is not None and self.spec.transposed

    def layers(self) -> list[Layer]:
        """The layers of the engine, one after another."""
        cut = [PadLayer(tuple((-b, -a) for b, a in self.cut))] if self.cut else []
        border = [PadLayer(self.border, self.mode, has_limits=False)] if self.border else []
        return [*cut, *border, self.layer, *([PadLayer(self.added)] if self.added else [])]


def resolve(
    foreign: ForeignLayer,
    typed: Sequence[int],
    weight: Sequence[int] | None = None,
    options: Options | None = None,
    *,
    bias: bool | None = None,
) -> Resolved:
    """The layer on an input of this shape, in the framework's layout, and on a weight's.

    `options` are layer options by torch's names, which override the call. `bias` says whether there
    is one, where arrays are given. Raises ConvError where something does not fit.
    """
    rank = foreign.rank_for(len(typed), None if weight is None else len(weight))
    layouts = foreign.orders.layouts(rank, transposed=foreign.transposed)
    full = promoted_shape(layouts.shape_to_torch(Shape(typed)), rank, "SHAPE")
    layouts = foreign.orders.layouts(rank, transposed=foreign.transposed, channels=full[1])
    return _resolved(Resolved(foreign, Layer(), layouts, Shape(typed), full), weight, options, bias)


def resolve_in_torchs_order(
    foreign: ForeignLayer, full: Shape, options: Options | None = None
) -> Resolved:
    """The layer on an input (N, C, *sizes), as a network has it."""
    rank = foreign.rank_for(len(full) - 2 + foreign.beside)
    layouts = foreign.orders.layouts(rank, transposed=foreign.transposed, channels=full[1])
    typed = layouts.input_shape(full)
    return _resolved(Resolved(foreign, Layer(), layouts, typed, full), None, options, None)


def _resolved(
    given: Resolved, weight: Sequence[int] | None, options: Options | None, bias: bool | None
) -> Resolved:
    foreign, full, rank = given.foreign, given.full, given.rank
    arguments = {**foreign.arguments, **(options or {})}
    if foreign.kind == "convolution":
        return _convolution(given, arguments, weight, bias)
    if foreign.kind == "pool":
        check_cells(full)
        return _pool(given, arguments)
    ends = [(int(b), int(a)) for b, a in foreign.padding((Axis(1),) * rank, full[2:])]
    mode = arguments.get("padding_mode", "zeros")
    pads: Sequence[Ends] = ends
    if mode != "zeros":  # cells are cut off first, and those that stay are copied
        pads, cut = splits(ends)
        given = replace(given, cut=cut if any(map(any, cut)) else ())
        _check_cut(given)
    return replace(given, layer=PadLayer(tuple(pads), mode, has_limits=foreign.has_limits))


def _check_cut(given: Resolved) -> None:
    """Raises ConvError where nothing is left of an axis."""
    for left, size, name in zip(
        given.inner_input[2:], given.full[2:], axis_names(given.rank), strict=True
    ):
        if left < 1:
            rule = f"crops away all {size} cells"
            raise ConvError("padding.crop", rule, parameter="padding", axis=name)


def _convolution(
    given: Resolved, arguments: dict[str, Any], weight: Sequence[int] | None, bias: bool | None
) -> Resolved:
    foreign, full = given.foreign, given.full
    torch = None
    if weight is not None and given.layouts.weight is not None:
        inner = given.layouts.weight.to_torch(weight)[1]
        torch = promoted_shape(inner, given.rank, "weight")
    if foreign.multiplier is not None:
        arguments["groups"] = full[1]
        if foreign.multiplier or torch is None:
            arguments.setdefault("out_channels", full[1] * max(foreign.multiplier, 1))
        if torch is not None and weight is not None and len(weight) <= given.rank:
            torch = Shape((full[1], 1, *torch[2:]))
    elif foreign.groups_by_weight and torch is not None and torch[1] and not full[1] % torch[1]:
        arguments.setdefault("groups", full[1] // torch[1])
    if bias is not None:
        arguments["bias"] = bias
    kernel = arguments.get("kernel_size")
    if kernel is None and torch is not None:
        kernel = tuple(torch[2:])
    if foreign.along is not None and isinstance(kernel, int):
        along = foreign.along % given.rank
        kernel = tuple(kernel if d == along else 1 for d in range(given.rank))
        arguments["kernel_size"] = kernel
    if torch is not None and weight is not None:
        check_channels(given, weight, torch, arguments.get("groups", 1))
    given, arguments = _padded(given, arguments, kernel)
    request = LayerRequest(foreign.call, given.rank, foreign.transposed, arguments, True)
    inner_input = given.inner_input
    if torch is None:
        spec = request.for_input(inner_input)
        spec.check_channels(inner_input)
        return _of_spec(given, spec)
    try:
        spec = request.for_weight(inner_input, torch, bool(bias))
    except ConvError as error:
        raise in_typed_words(error, given, torch, weight or ()) from None
    return _of_spec(given, spec)


def _of_spec(given: Resolved, spec: ConvSpec) -> Resolved:
    """The convolution, with the shape of its result where that has no cells."""
    made = replace(given, layer=Convolution(spec))
    if given.foreign.empties is None:
        return made
    inner = given.inner_input
    added = given.added or ((0, 0),) * given.rank
    outputs = [
        axis.output_size(size, spec.transposed) + sum(more)
        for axis, size, more in zip(spec.axes, inner[2:], added, strict=True)
    ]
    if min(outputs) >= 1 or not all(out >= 1 or given.foreign.takes_empty(out) for out in outputs):
        return made
    sizes = [max(output, 0) for output in outputs]
    return replace(made, empty=Shape((inner[0], spec.out_channels, *sizes)))


def _padded(
    given: Resolved, arguments: dict[str, Any], kernel: Any
) -> tuple[Resolved, dict[str, Any]]:
    """The padding of the sizes: what the layer takes itself, and what is cut or added beside it."""
    if kernel is None or "padding" in arguments or arguments.get("groups") == DEPTHWISE:
        return given, arguments
    foreign = given.foreign
    stride, dilation = arguments.get("stride", 1), arguments.get("dilation", 1)
    axes = axes_of(kernel, stride, 0, dilation, 0, transposed=foreign.transposed, dims=given.rank)
    ends = foreign.padding(axes, given.full[2:])
    if not foreign.transposed:
        (pads, cut), sizes = splits(ends), given.full[2:]
        mode = check_padding_mode(arguments.get("padding_mode", "zeros"))
        if not foreign.has_limits and any(
            size < mode.smallest_size(Pad(*ends)) for size, ends in zip(sizes, pads, strict=True)
        ):
            require_cells(sizes, pads)
            bare = {"padding": ((0, 0),) * given.rank, "padding_mode": "zeros"}
            return replace(given, border=pads), {**arguments, **bare}
        return replace(given, cut=cut if any(map(any, cut)) else ()), {**arguments, "padding": pads}
    border: Sequence[Ends] = ()
    if foreign.circle is not None:
        require_cells(given.full[2:], [(1, 1)] * given.rank)
        border, ends = foreign.circle(axes, given.full[2:])
    crops, kept, rest = transposed_padding(axes, ends)
    added = rest if any(map(any, rest)) else ()
    padded = replace(given, border=tuple(border) if any(map(any, border)) else (), added=added)
    return padded, {**arguments, "padding": crops, "output_padding": tuple(kept)}


def _pool(given: Resolved, arguments: dict[str, Any]) -> Resolved:
    foreign, sizes = given.foreign, given.full[2:]
    rule = foreign.pool or PoolRule("max")
    kernel, stride, dilation = (arguments.get(name, 1) for name in _WINDOW)
    bare = axes_of(kernel, stride, 0, dilation, 0, transposed=False, dims=given.rank)
    ends = arguments.get("padding")
    if ends is None:
        ends = foreign.padding(bare, sizes)
    else:
        ends = [axis.pad for axis in axes_of(
            kernel, stride, ends, dilation, 0, transposed=False, dims=given.rank
        )]  # fmt: skip
    pads, cut = splits([(before, after) for before, after in ends])
    given = replace(given, cut=cut if any(map(any, cut)) else ())
    axes = tuple(replace(axis, pad=Pad(*pad)) for axis, pad in zip(bare, pads, strict=True))
    inner = given.inner_input[2:]
    outputs = tuple(rule.outputs(axis, size) for axis, size in zip(axes, inner, strict=True))
    for axis, size, output, name in zip(axes, inner, outputs, axis_names(given.rank), strict=True):
        if output < 1 and not foreign.takes_empty(output):
            padded = f"{size} + {axis.pad.before} + {axis.pad.after}"
            fits = f"the window spans {axis.extent} cells, more than the padded input {padded}"
            raise ConvError("kernel_size.fits", fits, parameter="kernel_size", axis=name)
    outputs = tuple(max(output, 0) for output in outputs)
    pool = Pool(axes, False, rule.kind, outputs, rule.counts_padding)
    empty = None if min(outputs) else Shape((*given.full[:2], *outputs))
    return replace(given, layer=pool, empty=empty)
