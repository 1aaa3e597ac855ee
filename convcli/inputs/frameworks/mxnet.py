"""MXNet: Convolution, Deconvolution, Pooling and pad of mxnet.nd, and the layers of gluon.nn.

X is NC*, weights are OI*, IO* of Deconvolution. It has no `same` for convolutions; the one of
Pooling takes no pad, and works in two and three axes only.
"""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.geometry.axis import Axis
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer, PoolRule, Rounding
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import Ends, Padding, cropped_to, explicit
from convcli.inputs.frameworks.signatures import Operator

SPATIAL = {1: "W", 2: "HW", 3: "DHW"}
WINDOW = ("kernel", "stride", "pad", "dilate", "adj", "target_shape")


def _check_layout(arguments: Arguments) -> None:
    layout = arguments.get("layout")
    if layout not in (None, "None", "NCW", "NCHW", "NCDHW"):
        reason = "on the CPU its layout is NCW, NCHW or NCDHW, and it is {layout!r}"
        raise arguments.refused(reason, layout=layout)


def _rank_of(arguments: Arguments) -> int | None:
    """The number of axes that the operator's numbers have; None where they are single ones."""
    if arguments.operator[-2:] in ("1D", "2D", "3D") or arguments.operator.endswith("Transpose"):
        return next(int(letter) for letter in arguments.operator if letter in "123")
    layout = arguments.get("layout")
    if isinstance(layout, str) and layout.startswith("NC"):
        return len(layout) - 2
    values = (arguments.get(name, ()) for name in WINDOW)
    return next((len(value) for value in values if isinstance(value, tuple) and value), None)


def _window(arguments: Arguments, names: dict[str, str]) -> dict[str, object]:
    """The numbers of the axes, by torch's names; an empty tuple is MXNet's default."""
    window: dict[str, object] = {}
    for name, torch in names.items():
        if arguments.get(name, ()) != ():
            value = arguments.integers(name)
            window[torch] = value[0] if isinstance(value, tuple) and len(value) == 1 else value
    return window


def _pads(arguments: Arguments, name: str, rank: int | None) -> list[Ends]:
    value = 0 if arguments.get(name, ()) == () else arguments.integers(name, 0)
    numbers = (value,) if isinstance(value, int) else value
    if rank is not None and len(numbers) not in (1, rank):
        raise arguments.wrong(name, f"must be {rank} numbers")
    return [(number, number) for number in numbers]


def _convolution(arguments: Arguments) -> ForeignLayer:
    _check_layout(arguments)
    rank = _rank_of(arguments)
    transposed = arguments.operator == "Deconvolution"
    own = _window(arguments, {"kernel": "kernel_size", "stride": "stride", "dilate": "dilation"})
    if arguments.get("num_filter") is not None:
        own["out_channels"] = arguments.integer("num_filter")
    own["groups"] = arguments.integer("num_group")
    own["bias"] = not arguments.flag("no_bias")
    pads = _pads(arguments, "pad", rank)
    return ForeignLayer(
        "MXNet",
        arguments.call,
        Orders("NC*", "IO*" if transposed else "OI*"),
        rank=rank,
        transposed=transposed,
        arguments=own,
        padding=_cropped(arguments, pads) if transposed else explicit(pads),
    )


def _cropped(arguments: Arguments, pads: list[Ends]) -> Padding:
    """The crop of Deconvolution: pad, less adj after; or what target_shape leaves.

    target_shape crops the larger half before, and oneDNN computes it where pad says the same.
    """
    has_target = arguments.get("target_shape", ()) != ()

    def crop(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
        rank, ends = len(axes), []
        crops = explicit(pads)(axes, sizes)
        kept = [0] * rank
        if arguments.get("adj", ()) != ():
            kept = list(arguments.per_axis("adj", rank, least=0))
        if has_target:
            targets = arguments.per_axis("target_shape", rank)
            for axis, size, target, (before, _) in zip(axes, sizes, targets, crops, strict=True):
                ends.append(_to_target(arguments, axis, size, target, before))
            return tuple(ends)
        for axis, (before, after), more in zip(axes, crops, kept, strict=True):
            if more >= axis.stride:
                raise arguments.refused(f"adj {more} must be smaller than the stride {axis.stride}")
            ends.append((before, after - more))
        return tuple(ends)

    return crop


def _to_target(arguments: Arguments, axis: Axis, size: int, target: int, pad: int) -> Ends:
    before, after = cropped_to(axis, size, target, lambda total: -(-total // 2))
    if before < 0 or after < 0:
        reason = f"target_shape {target} is more than the whole output {axis.cells_under(size)}"
        raise arguments.refused(reason)
    if before != pad:
        reason = f"oneDNN computes target_shape {target} with pad {before} alone, and it is {pad}"
        raise arguments.refused(reason, hint=f"Write pad=({before},).")
    return before, after


def _pool(arguments: Arguments) -> ForeignLayer:
    _check_layout(arguments)
    rank = _rank_of(arguments)
    if arguments.flag("global_pool"):
        raise arguments.unsupported("global_pool takes its window from X: write kernel instead")
    kind = arguments.word("pool_type", ("max", "avg"))
    convention = arguments.word("pooling_convention", ("valid", "full", "same"))
    pads = _pads(arguments, "pad", rank)
    if convention == "same" and any(map(any, pads)):
        raise arguments.refused("pooling_convention same takes no pad")
    own = _window(arguments, {"kernel": "kernel_size", "stride": "stride"})
    if "kernel_size" not in own:
        raise arguments.wrong("kernel", "must be an integer, or a tuple of them")
    rounding: Rounding = "ceil_any" if convention == "full" else "floor"
    return ForeignLayer(
        "MXNet",
        arguments.call,
        Orders("NC*"),
        rank=rank,
        kind="pool",
        arguments=own,
        padding=_same(arguments) if convention == "same" else explicit(pads),
        pool=PoolRule(
            kind,  # type: ignore[arg-type]
            rounding,
            counts_padding=convention != "same" and arguments.flag("count_include_pad", True),
        ),
    )


def _same(arguments: Arguments) -> Padding:
    """ceil(size/stride) windows from the first cell on; the last ones reach beyond the input."""

    def padding(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
        if len(axes) == 1:
            raise arguments.refused("pooling_convention same is for two and three axes")
        return tuple(
            (0, max(axis.cells_under(-(-size // axis.stride)) - size, 0))
            for axis, size in zip(axes, sizes, strict=True)
        )

    return padding


def _pad(arguments: Arguments) -> ForeignLayer:
    mode = arguments.word("mode", ("constant", "edge", "reflect"))
    if arguments.get("constant_value", 0) != 0 and mode == "constant":
        raise arguments.unsupported("a constant_value other than 0 is no padding of a layer")
    width = arguments.integers("pad_width", 0)
    if isinstance(width, int) or len(width) not in (8, 10):
        raise arguments.refused("pad_width has 8 or 10 numbers: before and after of N, C, ...")
    if any(width[:4]):
        raise arguments.refused("pad_width of N and C must be 0")
    pairs = list(zip(width[4::2], width[5::2], strict=True))
    names = {"constant": "zeros", "edge": "replicate", "reflect": "reflect"}
    return ForeignLayer(
        "MXNet",
        arguments.call,
        Orders("NC*"),
        rank=len(pairs),
        kind="pad",
        arguments={"padding_mode": names[mode]},
        padding=explicit(pairs),
    )


OPERATORS = {
    "Convolution": Operator(
        "data* weight* bias* kernel=() stride=() dilate=() pad=() num_filter=None num_group=1 "
        "workspace~ no_bias=False cudnn_tune~ cudnn_off~ layout=None",
        _convolution,
    ),
    "Deconvolution": Operator(
        "data* weight* bias* kernel=() stride=() dilate=() pad=() adj=() target_shape=() "
        "num_filter=None num_group=1 workspace~ no_bias=True cudnn_tune~ cudnn_off~ layout=None",
        _convolution,
    ),
    "Pooling": Operator(
        "data* kernel=() pool_type='max' global_pool=False cudnn_off~ pooling_convention='valid' "
        "stride=() pad=() p_value~ count_include_pad=True layout=None",
        _pool,
    ),
    "pad": Operator("data* mode pad_width constant_value=0", _pad),
}
OPERATORS |= {"Pad": OPERATORS["pad"]}
