"""Changes as lines of PyTorch: `x` is the input, `skip` the other branch, `a + b` a sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from convcli.engine.geometry.changes import Change
from convcli.report.spelling.changes import Code
from convcli.report.spelling.pytorch_line import pytorch_line


def _order(change: Change) -> str:
    """A transpose where two axes change places, else a permute."""
    order = change.fields["order"]
    moved = [axis for axis, source in enumerate(order) if axis != source]
    if len(moved) == 2:
        return f"x = x.transpose({moved[0]}, {moved[1]})"
    return f"x = x.permute({', '.join(map(str, order))})"


def _expanded(change: Change) -> str:
    rest = ", ".join(["-1"] * (len(change.value) - 2))
    return f"x = x.expand(-1, {change.value[1]}, {rest})"


def _layer(change: Change) -> str:
    return pytorch_line(replace(change.fields["spec"], **change.fields["changes"]))


def _resized(change: Change) -> str:
    return f"x = F.interpolate(x, size={tuple(change.value[2:])})"


CODES: Mapping[str, Code] = {
    "absolute": "x = x.abs()",
    "add_axis": "x = x.unsqueeze(0)",
    "add_batch": "x = x.unsqueeze(0)",
    "add_batch_axis": "x = x.unsqueeze(0)",
    "add_both": "x = x[None, None]",
    "add_channels": "x = x.unsqueeze(1)",
    "add_prefix": 'state_dict = {{"{prefix}" + k: v for k, v in state_dict.items()}}',
    "add_target_axis": "target = target.unsqueeze({dim})",
    "add_weight_axes": "weight = weight[None, None]",
    "argument": "{argument}={value}",
    "argument_text": '{argument}="{value}"',
    "as_checkpoint": "{argument}={value}",
    "autocast": 'with torch.autocast("cuda"):',
    "both_types": "x, weight = x.float(), weight.float()",
    "channels_before": "out_channels={value}",
    "classes_of_one_hot": "target = target.argmax(1)",
    "contiguous": "x = x.contiguous()",
    "crop_branch": "skip = skip[..., :x.shape[-2], :x.shape[-1]]",
    "crop_less": "x = F.pad(x, (-n, -n))  # 2*n < x.shape[-1]",
    "crop_sum": "{longer} = {longer}[..., :{shorter}.shape[-2], :{shorter}.shape[-1]]",
    "dilation": "dilation={value}",
    "drop_alpha": "x = x[:, :3]",
    "drop_first": "x = x.squeeze(0)",
    "drop_input_axis": "output = output.squeeze({dim})",
    "drop_keys": 'del state_dict["{key}"]; model.load_state_dict(state_dict, strict=False)',
    "drop_last": "DataLoader(dataset, batch_size, drop_last=True)",
    "drop_target_axis": "target = target.squeeze({dim})",
    "eval_mode": "model.eval()",
    "first_of_tuple": "x = x[0]",
    "flatten": "x = x.flatten(1)",
    "flatten_features": "nn.Linear({value}, {outs})  # after x = x.flatten(1)",
    "flatten_view": "x = x.flatten(1)",
    "float_target": "target = target.float()",
    "fold": "x = x.flatten(0, {last})",
    "from_numpy": "x = torch.from_numpy(x).float()",
    "gray_batch": "x = x.unsqueeze(1)",
    "groups": "groups={value}",
    "groups_if": "groups={value}",
    "half_batch": "batch_size=batch_size // 2",
    "half_kernel": "padding=kernel_size // 2",
    "half_pad": "padding={value}",
    "in_channels": _layer,
    "in_features": "nn.Linear({value}, {outs})",
    "input_device": 'x = x.to("{value}")',
    "input_type": "x = x.{method}()",
    "keep_batch": "x = x.flatten(1)",
    "keep_rows": "x = x.flatten(1)",
    "kernel_size": "kernel_size={value}",
    "larger": "x = F.interpolate(x, size={value})",
    "larger_batch": "batch_size={value}",
    "layer_device": 'model = model.to("{value}")',
    "layer_type": "model = model.{method}()",
    "long_target": "target = target.long()",
    "mean_rgb": "x = x.mean(1, keepdim=True)",
    "multiple_size": "x = F.pad(x, (0, -x.shape[3] % m, 0, -x.shape[2] % m))  # m = 2**levels",
    "network_input": _resized,
    "no_gradients": "with torch.no_grad():",
    "no_pool": "nn.Identity()",
    "normalized_shape": "nn.LayerNorm({value})",
    "not_strict": "model.load_state_dict(state_dict, strict=False)",
    "num_features": "num_features={value}",
    "num_groups": "nn.GroupNorm({value}, {channels})",
    "one_group": "groups=1",
    "one_hot": "target = F.one_hot(target, {classes}).float()",
    "order": _order,
    "order_and_batch": lambda change: f"{_order(change)}.unsqueeze(0)",
    "order_checkpoint": 'state_dict["{key}"] = state_dict["{key}"].permute({order})',
    "order_last": _order,
    "order_unbatched": _order,
    "other_layer": "nn.{value}",
    "other_norm": "nn.{value}",
    "out_channels": "out_channels={value}",
    "out_of_place": "a = a + b",
    "output_padding": "output_padding={value}",
    "output_size": "output_size={value}",
    "pad_branch": "x = F.pad(x, (0, {apart}, 0, {apart}))",
    "pad_length": "x = F.pad(x, (0, 0, 0, {apart}))  # (N, L, features)",
    "pad_samples": "DataLoader(dataset, batch_size, collate_fn=torch.nn.utils.rnn.pad_sequence)",
    "pad_side": "x = F.pad(x, ({pads}))",
    "pad_with_batch": "F.pad(x[None], pad, mode=mode)[0]",
    "pad_zeros": "F.pad(x, ({text}), mode=mode)",
    "padding_at_most": "padding=min(x.shape[2:])",
    "padding_in_one": "padding={value}",
    "padding_less": "padding=padding - {value}",
    "padding_mode": 'padding_mode="{value}"',
    "padding_more": "padding={value}",
    "padding_within": "padding={value}",
    "pool_adaptive": "nn.Adaptive{kind}Pool{rank}d({value})",
    "pool_and_flatten": "x = nn.AdaptiveAvgPool2d(1)(x).flatten(1)",
    "pool_kernel": "kernel_size={value}",
    "pool_pad_first": 'x = F.pad(x, ({flat}), value=float("-inf"))',
    "pool_padding": "padding={value}",
    "pool_window": "nn.{kind}Pool{rank}d({value})",
    "project": "nn.Conv2d({out_of}, {into}, kernel_size=1)",
    "project_stride": "{longer} = nn.LazyConv2d({shorter}.shape[1], kernel_size=1, "
    "stride={value})({longer})",
    "rename": "{argument}=...",
    "repeat_gray": _expanded,
    "reshape": "x = x.reshape(shape)",
    "resize_branch": "x = F.interpolate(x, size=skip.shape[2:])",
    "resize_output": "output = F.interpolate(output, size={sizes})",
    "resize_samples": "transforms.Resize({value})",
    "resize_sum": "{shorter} = F.interpolate({shorter}, size={longer}.shape[2:])",
    "resize_to": "F.interpolate(x, size={value})",
    "return_value": "return x",
    "scale_to_type": "x = x.{method}() / 255",
    "shorter_window": "kernel_size=x.shape[-1]",
    "squeeze_channels": "x = x.squeeze(1)",
    "stack_list": "x = torch.stack(x)",
    "stride": "stride={value}",
    "strip": 'state_dict = {{k.removeprefix("{prefix}"): v for k, v in state_dict.items()}}',
    "swap_checkpoint": 'state_dict["{key}"] = state_dict["{key}"].transpose(0, 1)',
    "swap_weight": "weight = weight.transpose(0, 1)",
    "to_int": "{argument}=int({argument})",
    "to_pictures": "x = x.view(-1, 1, {side}, {side})",
    "to_tensor": "{argument} = torch.as_tensor({argument})",
    "transpose": "x = x.T",
    "transpose_last": "y = y.transpose(-2, -1)",
    "unflatten": "nn.Unflatten(1, {value})",
    "view_rows": "x = x.view({batch}, -1)",
    "view_sizes": "x = x.view({sizes})",
    "whole_call": "nn.{name}({signature})",
    "zero_bias": "bias = torch.zeros({outs})",
    "zero_hidden": "hidden = torch.zeros({shape})",
}
