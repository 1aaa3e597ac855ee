"""Changes as attributes and initializers of ONNX, and as lines of ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping

from convcli.engine.geometry.changes import Change
from convcli.report.spelling.changes import Code

ARGUMENTS = {
    "stride": "strides", "dilation": "dilations", "padding": "pads", "groups": "group",
    "kernel_size": "kernel_shape", "output_size": "output_shape", "out_channels": "M",
}  # fmt: skip


def _listed(change: Change) -> str:
    name = ARGUMENTS.get(change.argument or "", change.argument)
    value = change.value
    return f"{name}={list(value) if isinstance(value, tuple) else [value, value]}"


def _pads(change: Change) -> str:
    rank = change.fields.get("rank", 2)
    return f"pads={[1] * 2 * rank}"


CODES: Mapping[str, Code] = {
    "axes_argument": _listed,
    "crop_branch": "Slice {large} to {small}",
    "explicit_pads": "pads=[d * (k - 1) // 2] * 4  # for stride 1, in place of auto_pad",
    "feed_name": "session.run(None, {{session.get_inputs()[0].name: x}})",
    "groups": "group={value}",
    "groups_if": "group={value}",
    "kernel_of_weight": "kernel_shape=list(W.shape[2:])",
    "in_features": "B: ({value}, {outs})",
    "no_pool": "Identity",
    "norm_vectors": "scale, B, mean, var: ({value},)",
    "one_group": "group=1",
    "out_channels": "M={value}",
    "multiple_size": "sizes of x: multiples of 2**levels",
    "output_padding": _listed,
    "output_size": _listed,
    "pad_branch": "Pad {small} to {large}",
    "pad_less": "pads < kernel_shape",
    "pad_more": _pads,
    "padding_mode": 'mode="edge"',
    "padding_within": "pads={value}",
    "project": "Conv with W: ({into}, {out_of}, 1, 1)",
    "project_stride": "Conv with strides=[{value}, {value}] and W: (M, C, 1, 1) for {longer}",
    "resize_branch": "Resize {small} to {large}",
    "remove_auto_pad": 'auto_pad="NOTSET"',
    "resize_sum": "Resize {shorter} to the sizes of {longer}",
    "stride": _listed,
    "weight_axis": "W: {wants} axes",
    "weight_inputs": "W: (M, {value}, *kernel)",
    "word": '{argument}="{value}"',
}
