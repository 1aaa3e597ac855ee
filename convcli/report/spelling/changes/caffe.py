"""Changes as fields of a prototxt of Caffe, or of a cfg of Darknet."""

from __future__ import annotations

from collections.abc import Mapping

from convcli.report.spelling.changes import Code

CODES: Mapping[str, Code] = {
    "as_exported": "input_dim: {value}  # on the axis of channels",
    "crop_layer": 'type: "Crop"',
    "filters": "num_output: {value}",
    "kernel": "kernel_size: {value}",
    "net_size": "input_param {{ shape: ... }}  # as trained",
    "pad_branch_net": "pad: 1",
    "project": 'type: "Convolution"  # num_output: {into}, kernel_size: 1',
    "project_stride": 'type: "Convolution"  # kernel_size: 1, stride: {value}, for {longer}',
    "pool_sum": 'type: "Pooling"  # kernel_size: {times}, stride: {times}, for {longer}',
    "rename_layer": 'name: "{name}_new"',
    "resize_sum": 'type: "Interp"  # {shorter} to the sizes of {longer}',
    "crop_sum": 'type: "Crop"  # {longer} to the sizes of {shorter}',
    "padding_in_one": "pad: {value}",
    "same_input_dim": "input_dim: ...  # the same in both nets",
    "weight_inputs": "input_dim: {value}  # on the axis of channels",
    "yolo_filters": "filters=(classes + 5) * len(mask)",
}
