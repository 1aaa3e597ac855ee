"""Changes as lines of TensorRT, Core ML and other compilers."""

from __future__ import annotations

from collections.abc import Mapping

from convcli.report.spelling.changes import Code

CODES: Mapping[str, Code] = {
    "as_exported": "weight: {value} input channels",
    "fixed_channels": "ct.convert(model, inputs=[ct.TensorType(shape={value})])",
    "resize_sum": "{shorter}: resize to {longer}",
    "project": "conv 1x1 from {out_of} to {into} channels",
    "project_stride": "conv 1x1 with stride {value} for {longer}",
    "pool_sum": "max_pool {times}x{times} for {longer}",
    "weight_inputs": "weight: ({value}, out, *kernel)",
}
