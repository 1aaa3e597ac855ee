"""Changes that are spelled alike in most frameworks: an argument, a kernel, an index."""

from __future__ import annotations

from collections.abc import Mapping

from convcli.engine.geometry.changes import Change
from convcli.report.spelling.changes import Code, cropped, cropped_sum, ordered


def _grouped(change: Change) -> str:
    changes = change.fields["changes"]
    return ", ".join(f"{name}={value}" for name, value in changes.items())


CODES: Mapping[str, Code] = {
    "add_axis": "x = x[None]",
    "add_axis_at": "x = x[:, None]",
    "add_batch": "x = x[None]",
    "add_batch_axis": "x = x[None]",
    "add_both": "x = x[None, None]",
    "add_channels": "x = x[:, None]",
    "add_channels_last": "x = x[..., None]",
    "add_features": "x = x[..., None]",
    "argument": "{argument}={value}",
    "argument_text": '{argument}="{value}"',
    "as_exported": "in_channels={value}",
    "axes_argument": "{argument}={value}",
    "bias_shape": "bias = bias.reshape({value})",
    "crop_to": cropped,
    "crop_sum": cropped_sum,
    "dilation_rate": "{argument}={value}",
    "divisor_group": "groups=2  # or another divisor of in_channels and out_channels",
    "dynamic_axes": "None for the axes that vary",
    "dynamic_batch": "None for the batch",
    "expand_last": "x = x[..., None]",
    "features_multiple": "{argument}={value}",
    "flatten_features": "in_features={value}",
    "flatten_view": "x = x.reshape(x.shape[0], -1)",
    "groups": "groups={value}",
    "groups_if": "groups={value}",
    "in_channels": _grouped,
    "in_features": "in_features={value}",
    "init_again": "params = model.init(key, x)",
    "initialise": "params = model.init(key, x)",
    "kernel": "kernel_size={value}",
    "keep_batch": "x = x.reshape(-1, {takes})",
    "kernel_inputs": "weight: (*kernel, {each}, out)",
    "larger_axis": "size = {size}",
    "larger_input": "x.shape == {value}",
    "larger_than_kernel": "x.shape >= kernel_size",
    "multiply_shapes": "print(a.shape, b.shape)",
    "net_size": "size = (height, width)  # as trained",
    "one_group": "groups=1",
    "order_weight": lambda change: f"weight = weight.transpose({ordered(change)})",
    "other_definition": "out_channels, in_channels, kernel_size  # as in the file",
    "out_channels": "{argument}={value}",
    "output_padding": "output_padding={value}",
    "output_size": "output_size={value}",
    "padding_in_one": "padding={value}",
    "padding_more": "padding={value}",
    "padding_within": "padding={value}",
    "pairs": "padding={value}",
    "picture_size": "size = (height, width)  # of the pictures",
    "pool_not_flatten": "x = x.mean((-2, -1))  # in place of flattening",
    "rename": "{argument}=...",
    "stride": "{argument}={value}",
    "swap_weight": "weight = weight.swapaxes(0, 1)",
    "weight_axis": "weight = weight[..., None]",
    "weight_inputs": "weight: {value} input channels",
    "weight_shape": "weight: {value}",
    "whole_call": "{name}({signature})",
    "word": '{argument}="{value}"',
}
