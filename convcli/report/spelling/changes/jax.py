"""Changes as lines of JAX: `jnp` is jax.numpy, `x` the input, `a + b` a sum."""

from __future__ import annotations

from collections.abc import Mapping

from convcli.engine.geometry.changes import Change
from convcli.report.spelling.changes import Code, ordered, pairs, sliced, smaller_of

ARGUMENTS = {
    "stride": "window_strides", "dilation": "rhs_dilation", "groups": "feature_group_count",
    "in_channels": "features", "out_channels": "features",
}  # fmt: skip
KERNELS = {"NCHW": "HWIO", "NHWC": "HWIO"}  # with them most arrays come


def _numbers(change: Change) -> str:
    order = str(change.value)
    return f'dimension_numbers=("{order}", "{KERNELS[order]}", "{order}")'


def _pairs(change: Change) -> str:
    return f"padding={list(change.value)}"


def _padded(change: Change) -> str:
    name = smaller_of(change)
    return f"{name} = jnp.pad({name}, {pairs(change)})"


def _resized(change: Change) -> str:
    name, sizes = smaller_of(change), change.fields["sizes"]
    inner = ", ".join(map(str, sizes))
    return (
        f'{name} = jax.image.resize({name}, ({name}.shape[0], {inner}, {name}.shape[-1]), "linear")'
    )


CODES: Mapping[str, Code] = {
    "add_axis_at": "x = jnp.expand_dims(x, {axis})",
    "add_both": "x = x[None, ..., None]",
    "both_types": "x, kernel = x.astype(jnp.{value}), kernel.astype(jnp.{value})",
    "cat_axis": "jnp.concatenate([a, b], axis={value})",
    "dilation_rate": "rhs_dilation={value}",
    "dimension_numbers": _numbers,
    "drop_alpha": sliced,
    "features_multiple": "x: {value} features",
    "flatten": "x = x.reshape(x.shape[0], -1)",
    "flatten_features": "nnx.Linear({value}, {outs}, rngs=rngs)",
    "gray_batch": "x = jnp.moveaxis(x, -1, 0)[..., None]",
    "groups": "feature_group_count={value}",
    "groups_if": "feature_group_count={value}",
    "in_features": "nnx.Linear({value}, features, rngs=rngs)",
    "input_type": "x = x.astype(jnp.{value})",
    "kernel_inputs": "kernel: (*sizes, {each}, out)",
    "layer_type": "kernel = kernel.astype(jnp.{value})",
    "mean_rgb": "x = x.mean({axis}, keepdims=True)",
    "no_pool": "x",
    "num_features": "nn.BatchNorm()  # initialised with {value} features",
    "num_groups": "num_groups={value}",
    "one_group": "feature_group_count=1",
    "order": lambda change: f"x = jnp.transpose(x, ({ordered(change)}))",
    "out_channels": "kernel: {value} output features",
    "pad_to": _padded,
    "padding_in_one": 'padding="SAME"',
    "pairs": _pairs,
    "picture_size": 'x = jax.image.resize(x, shape, "linear")',
    "pool_and_flatten": "x = x.mean((1, 2))",
    "pool_sum": "{longer} = nn.max_pool({longer}, ({times}, {times}), ({times}, {times}))",
    "project": "nn.Conv({into}, (1, 1))  # on the {out_of} features",
    "project_stride": "{longer} = nn.Conv({shorter}.shape[-1], (1, 1), strides=({value}, {value}))"
    "({longer})",
    "repeat_gray": "x = jnp.repeat(x, {takes}, axis={axis})",
    "resize_sum": '{shorter} = jax.image.resize({shorter}, {longer}.shape, "linear")',
    "resize_to_other": _resized,
    "scale_to_type": "x = x.astype(jnp.{value}) / 255",
    "squeeze": "x = x.squeeze({axis})",
    "squeeze_channels": "x = x.squeeze(1)",
    "transpose": "x = x.T",
    "unflatten": "x = x.reshape(-1, {sizes})",
    "upsample": _resized,
    "view_rows": "x = x.reshape({batch}, -1)",
    "view_sizes": "x = x.reshape({sizes})",
}
