"""Changes as lines of Flax, where they are others than those of JAX; `nn` is flax.linen."""

from __future__ import annotations

from collections.abc import Mapping

from convcli.report.spelling.changes import Code

ARGUMENTS = {
    "stride": "strides", "dilation": "kernel_dilation", "groups": "feature_group_count",
    "out_channels": "features",
}  # fmt: skip
CODES: Mapping[str, Code] = {
    "init_again": "variables = model.init(key, x)",
    "num_features": "variables = model.init(key, x)  # with {value} features",
    "rngs": "rngs=nnx.Rngs(0)",
    "whole_call": "nn.{name}({signature})",
}
