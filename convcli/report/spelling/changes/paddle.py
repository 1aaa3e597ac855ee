"""Changes as lines of Paddle: `nn` is paddle.nn, `F` its functional, `x` the input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from convcli.engine.geometry.changes import Change
from convcli.report.spelling.changes import Code, ordered, sliced, smaller_of


def _layer(change: Change) -> str:
    """nn.Conv2D(3, 64, 7, groups=2): what the message tells of the layer."""
    spec = replace(change.fields["spec"], **change.fields["changes"])
    kernel = spec.kernel_size
    size = kernel[0] if len(set(kernel)) == 1 else tuple(kernel)
    name = f"Conv{spec.rank}D{'Transpose' if spec.transposed else ''}"
    groups = f", groups={spec.groups}" if spec.groups != 1 else ""
    return f"nn.{name}({spec.in_channels}, {spec.out_channels}, {size}{groups})"


def _expanded(change: Change) -> str:
    rest = ", ".join(["-1"] * (len(change.value) - 2)) if change.value else "-1, -1"
    return f"x = x.expand([-1, {change.fields['takes']}, {rest}])"


def _padded(change: Change) -> str:
    flat = [end for pair in reversed(change.fields["crops"]) for end in pair]
    name = smaller_of(change)
    return f"{name} = F.pad({name}, {flat})"


def _resized(change: Change) -> str:
    name = smaller_of(change)
    return f"{name} = F.interpolate({name}, size={list(change.fields['sizes'])})"


CODES: Mapping[str, Code] = {
    "add_batch": "x = x.unsqueeze(0)",
    "add_batch_axis": "x = x.unsqueeze(0)",
    "add_channels": "x = x.unsqueeze(1)",
    "as_checkpoint": "{argument}={value}",
    "cat_axis": "paddle.concat([a, b], axis={value})",
    "data_format": 'data_format="{value}"',
    "drop_alpha": sliced,
    "drop_keys": 'del state["{key}"]; model.set_state_dict(state)',
    "flatten": "x = x.flatten(1)",
    "flatten_view": "x = x.flatten(1)",
    "gray_batch": "x = x.transpose([1, 0, 2, 3])",
    "in_channels": _layer,
    "in_features": "nn.Linear({value}, out_features)",
    "mean_rgb": "x = x.mean(1, keepdim=True)",
    "num_features": "num_features={value}",
    "num_groups": "nn.GroupNorm({value}, {channels})",
    "order": lambda change: f"x = x.transpose([{ordered(change)}])",
    "order_checkpoint": 'state["{key}"] = state["{key}"].transpose([{order}])',
    "other_rank": "nn.Conv{value}D",
    "pad_to": _padded,
    "picture_size": "x = F.interpolate(x, size=[height, width])",
    "pool_not_flatten": "nn.AdaptiveAvgPool2D(1)  # before Flatten()",
    "pool_sum": "{longer} = F.max_pool2d({longer}, {times})",
    "project": "nn.Conv2D({out_of}, {into}, 1)",
    "project_stride": "{longer} = nn.Conv2D({longer}.shape[1], {shorter}.shape[1], 1, "
    "stride={value})({longer})",
    "repeat_gray": _expanded,
    "resize_sum": "{shorter} = F.interpolate({shorter}, size={longer}.shape[2:])",
    "resize_to_other": _resized,
    "squeeze": "x = x.squeeze({axis})",
    "squeeze_channels": "x = x.squeeze(1)",
    "swap_checkpoint": 'state["{key}"] = state["{key}"].transpose([1, 0, 2, 3])',
    "upsample": _resized,
    "view_rows": "x = x.reshape([{batch}, -1])",
    "view_sizes": "x = x.reshape([{sizes}])",
    "whole_call": "nn.{name}({signature})",
}
