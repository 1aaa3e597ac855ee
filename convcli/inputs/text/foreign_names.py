"""Layers in the words of other frameworks: what they are called here, as a hint of an error."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from convcli.engine.geometry.arguments import axes_of, transposed_same
from convcli.engine.geometry.remedies import pads_text
from convcli.errors import ConvError

Literal = Callable[[ast.expr], Any]

TORCH_NAMES = {  # arguments of Keras, TensorFlow, JAX, ONNX, MXNet, PaddlePaddle and Caffe
    "strides": "stride", "window_strides": "stride", "pad": "padding", "pads": "padding",
    "paddings": "padding", "filters": "out_channels", "num_filters": "out_channels",
    "num_filter": "out_channels", "num_output": "out_channels", "features": "out_channels",
    "out_ch": "out_channels", "out_planes": "out_channels", "in_ch": "in_channels",
    "in_planes": "in_channels", "num_channels": "in_channels", "kernelsize": "kernel_size",
    "kernel": "kernel_size", "ksize": "kernel_size", "kernel_shape": "kernel_size",
    "filter_size": "kernel_size", "dilation_rate": "dilation", "dilations": "dilation",
    "rhs_dilation": "dilation", "group": "groups", "num_group": "groups",
    "feature_group_count": "groups", "use_bias": "bias", "bias_term": "bias",
    "paddingmode": "padding_mode", "outputpadding": "output_padding",
}  # fmt: skip
OPTIONS = {
    "in_channels": "--in-channels", "out_channels": "-c", "kernel_size": "-k", "stride": "-s",
    "padding": "-p", "dilation": "-d", "groups": "-g", "output_padding": "--output-padding",
    "padding_mode": "--padding-mode", "layout": "--layout",
}  # fmt: skip
SPATIAL = {1: "L", 2: "HW", 3: "DHW"}
CHANNELS = (1, 3, 4)  # of a picture
_KERAS = re.compile(r"(?:Conv|Convolution)(?P<rank>[123])D(?P<transposed>Transpose)?")
_FUNCTION = re.compile(r"conv(?P<transposed>_transpose)?(?P<rank>[123])d")
_KERAS_ORDER = ("out_channels", "kernel_size", "stride", "padding")
_NOT_LITERAL = (ValueError, TypeError, SyntaxError, MemoryError, RecursionError)
_WORD_BREAK = re.compile(r"[_\s]")


def torch_name(word: str, parameters: Iterable[str]) -> str | None:
    """What torch calls an argument of another framework, if it is among `parameters`.

    >>> torch_name("strides", ("stride", "padding")), torch_name("kernelSize", ("kernel_size",))
    ('stride', 'kernel_size')
    """
    name = TORCH_NAMES.get(word) or TORCH_NAMES.get(word.lower())
    return name if name in set(parameters) else None


def with_torch_names(source: str, call: ast.Call, parameters: Iterable[str]) -> str | None:
    """The call with torch's names for its keywords; None where one of them has none.

    >>> call = ast.parse("Conv2d(3, 8, 3, pad=1)").body[0].value
    >>> with_torch_names("Conv2d(3, 8, 3, pad=1)", call, ("stride", "padding"))
    'Conv2d(3, 8, 3, padding=1)'
    """
    known = set(parameters)
    if "\n" in source or not source.isascii():
        return None
    text = source
    for keyword in sorted(call.keywords, key=lambda each: -each.col_offset):
        if keyword.arg is None:
            return None
        name = keyword.arg if keyword.arg in known else torch_name(keyword.arg, known)
        if name is None:
            return None
        end = keyword.col_offset + len(keyword.arg)
        text = f"{text[: keyword.col_offset]}{name}{text[end:]}"
    return text


class Foreign(NamedTuple):
    """A layer as an operator with options.

    `is_open` where its padding depends on the sizes of an input that is not known.
    """

    line: str
    is_open: bool = False


def as_options(
    name: str, call: ast.Call, literal: Literal, input_shape: Sequence[int] = ()
) -> Foreign | None:
    """A convolution of Keras or a function of torch.nn.functional as an operator with options.

    None for other names. `input_shape`, in the layer's own order, decides the padding of `same`.

    >>> call = ast.parse("Conv2D(64, 3, strides=2, padding='same')").body[0].value
    >>> as_options("Conv2D", call, ast.literal_eval, (1, 32, 32, 3)).line
    'conv2d -c 64 -k 3 -s 2 -p 0:1,0:1 --layout NHWC'
    """
    keras, function = _KERAS.fullmatch(name), _FUNCTION.fullmatch(name)
    match = keras or function
    if match is None:
        return None
    written: dict[str, ast.expr] = {}
    if keras:
        written |= dict(zip(_KERAS_ORDER, call.args, strict=False))
    written |= {
        TORCH_NAMES.get(keyword.arg, keyword.arg): keyword.value
        for keyword in call.keywords
        if keyword.arg is not None
    }
    rank, transposed = int(match["rank"]), bool(match["transposed"])
    options, is_open = dict(_options(written, rank, literal)), False
    if keras:
        is_last = _is_channels_last(written, literal, input_shape, rank)
        sizes = input_shape[-rank - 1 : -1] if is_last else input_shape[-rank:]
        is_open = options.get("padding") == "same" and not _resolve(
            options, sizes, rank, transposed
        )
        if is_open:
            del options["padding"]  # it needs stride 1
        if is_last and len(input_shape) != rank:
            options["layout"] = f"N{SPATIAL[rank]}C"
    operator = f"conv{'_transpose' if transposed else ''}{rank}d"
    words = (f"{OPTIONS[option]} {text}" for option, text in options.items())
    return Foreign(" ".join([operator, *words]), is_open)


def _is_channels_last(
    written: Mapping[str, ast.expr], literal: Literal, shape: Sequence[int], rank: int
) -> bool:
    """Whether the input is (N, *sizes, C), Keras's default, and does not look like torch's."""
    if "data_format" in written:
        with suppress(*_NOT_LITERAL):
            return bool(literal(written["data_format"]) != "channels_first")
    if len(shape) <= rank:
        return len(shape) != rank
    return shape[-1] in CHANNELS or shape[-rank - 1] not in CHANNELS


def _resolve(options: dict[str, str], sizes: Sequence[int], rank: int, transposed: bool) -> bool:
    """Put the numbers of the padding `same` into the options; False where they are not known."""
    windows = [options.get(name, "1").split(",") for name in ("kernel_size", "stride", "dilation")]
    if "kernel_size" not in options or not all(n.isdecimal() for each in windows for n in each):
        return False
    kernel, stride, dilation = (
        tuple(map(int, each)) if len(each) > 1 else int(each[0]) for each in windows
    )
    try:
        axes = axes_of(kernel, stride, 0, dilation, 0, transposed=transposed, dims=rank)
    except ConvError:
        return False
    if transposed:
        pads, kept = transposed_same(axes)
        options["padding"] = pads_text(pads)
        if any(kept):
            options["output_padding"] = ",".join(map(str, kept))
    elif any(axis.stride != 1 for axis in axes):
        if len(sizes) != len(axes) or min(sizes) < 1:
            return False
        pads = [axis.same_pad(size) for axis, size in zip(axes, sizes, strict=True)]
        options["padding"] = pads_text(pads)
    return True


def _options(
    written: Mapping[str, ast.expr], rank: int, literal: Literal
) -> Iterable[tuple[str, str]]:
    for name in OPTIONS:
        if name not in written:
            continue
        try:
            value = literal(written[name])
        except _NOT_LITERAL:
            continue
        if isinstance(value, (tuple, list)):
            spatial = value[1:-1] if len(value) == rank + 2 else value
            value = ",".join(map(str, spatial))
        text = str(value).lower()
        if not _WORD_BREAK.search(text) and text != "valid":
            yield name, text
