"""Layers in the words of other frameworks: what they are called here, as a hint of an error."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

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
    "padding_mode": "--padding-mode",
}  # fmt: skip
_KERAS = re.compile(r"(?:Conv|Convolution)(?P<rank>[123])D(?P<transposed>Transpose)?")
_FUNCTION = re.compile(r"conv(?P<transposed>_transpose)?(?P<rank>[123])d")
_KERAS_ORDER = ("out_channels", "kernel_size", "stride", "padding")
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


def as_options(name: str, call: ast.Call, literal: Callable[[ast.expr], Any]) -> str | None:
    """A convolution of Keras or a function of torch.nn.functional as an operator with options.

    None for other names.

    >>> call = ast.parse("Conv2D(64, 3, strides=2)").body[0].value
    >>> as_options("Conv2D", call, ast.literal_eval)
    'conv2d -c 64 -k 3 -s 2'
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
    operator = f"conv{'_transpose' if match['transposed'] else ''}{match['rank']}d"
    return " ".join([operator, *_options(written, int(match["rank"]), literal)])


def _options(
    written: Mapping[str, ast.expr], rank: int, literal: Callable[[ast.expr], Any]
) -> Iterable[str]:
    for name, option in OPTIONS.items():
        if name not in written:
            continue
        try:
            value = literal(written[name])
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(value, (tuple, list)):
            spatial = value[1:-1] if len(value) == rank + 2 else value
            value = ",".join(map(str, spatial))
        text = str(value).lower()
        if not _WORD_BREAK.search(text) and text != "valid":
            yield f"{option} {text}"
