"""Changes as lines of TensorFlow: `x` is the input, `filters` the kernel, `a + b` a sum."""

from __future__ import annotations

from collections.abc import Mapping

from convcli.engine.geometry.changes import Change
from convcli.report.spelling.changes import (
    Code,
    ordered,
    pairs,
    sliced,
    smaller_of,
)

ARGUMENTS = {"stride": "strides", "dilation": "dilations", "weight": "filters",
             "kernel_size": "ksize"}  # fmt: skip


def _filters(change: Change) -> str:
    return f"filters = tf.Variable(tf.random.normal({list(change.value)}))"


def _gray_batch(change: Change) -> str:
    order = "3, 1, 2, 0" if change.fields.get("is_last", True) else "1, 0, 2, 3"
    return f"x = tf.transpose(x, [{order}])"


def _padded(change: Change) -> str:
    name = smaller_of(change)
    return f"{name} = tf.pad({name}, {pairs(change)})"


def _resized(change: Change) -> str:
    name = smaller_of(change)
    return f"{name} = tf.image.resize({name}, {change.fields['sizes']})"


def _larger(change: Change) -> str:
    sizes = tuple(change.value[1:-1] if change.fields.get("is_last", True) else change.value[2:])
    return f"x = tf.image.resize(x, {sizes})" if len(sizes) == 2 else f"x.shape[1:-1] == {sizes}"


def _window(change: Change) -> str:
    if change.fields.get("is_pool"):
        return f"ksize={change.value}"
    return f"filters.shape[:{change.fields['rank']}] == {change.value}"


def _order(change: Change) -> str:
    return f"x = tf.transpose(x, [{ordered(change)}])"


CODES: Mapping[str, Code] = {
    "add_axis_at": "x = tf.expand_dims(x, {axis})",
    "add_both": "x = x[None, ..., None]",
    "both_types": "x, filters = tf.cast(x, tf.{value}), tf.cast(filters, tf.{value})",
    "cat_axis": "tf.concat([a, b], axis={value})",
    "causal": "x = tf.pad(x, [[0, 0], [extent - 1, 0], [0, 0]])",
    "dense_loss": "tf.nn.softmax_cross_entropy_with_logits(y, logits)",
    "dilation_rate": "dilations={value}",
    "drop_alpha": sliced,
    "dynamic_axes": "tf.TensorSpec([None, None, None, channels])",
    "dynamic_batch": "tf.TensorSpec([None, height, width, channels])",
    "filter_axes": "filters: (*kernel, in, out)",
    "flatten": "x = tf.reshape(x, [x.shape[0], -1])",
    "flatten_features": "weight: ({value}, {outs})",
    "flatten_view": "x = tf.reshape(x, [x.shape[0], -1])",
    "gray_batch": _gray_batch,
    "gray_to_channels": "x = tf.repeat(x[..., None], {takes}, axis=-1)",
    "in_features": "weight: ({value}, {outs})",
    "input_shape": "tf.TensorSpec([None, *{value}])",
    "input_type": "x = tf.cast(x, tf.{value})",
    "keep_batch": "x = tf.reshape(x, [-1, {takes}])",
    "kernel_inputs": "filters: (*kernel, {each}, out)",
    "larger_input": _larger,
    "layer_type": "filters = tf.cast(filters, tf.{value})",
    "mean_rgb": "x = tf.reduce_mean(x, axis={axis}, keepdims=True)",
    "no_pool": "tf.identity(x)",
    "num_features": "bias: ({value},)",
    "one_by_one": "for sample in x: model(sample[None])",
    "one_hot_labels": "y = tf.one_hot(y, {classes})",
    "order": _order,
    "output_batch": "output_shape[0] = tf.shape(x)[0]",
    "output_between": "output_shape=[batch, {most}, {most}, channels]",
    "output_depth": "output_shape[-1] = filters.shape[-2]",
    "output_shape_same": "output_shape=[batch, height * stride, width * stride, channels]",
    "pad_same": 'padding="SAME"',
    "pad_to": _padded,
    "padding_in_one": 'padding="SAME"',
    "picture_size": "x = tf.image.resize(x, (height, width))",
    "pool_and_flatten": "x = tf.reduce_mean(x, axis=[1, 2])",
    "pool_not_flatten": "x = tf.reduce_mean(x, axis=[1, 2])",
    "pool_sum": '{longer} = tf.nn.max_pool2d({longer}, {times}, {times}, "VALID")',
    "project": "{longer} = tf.nn.conv2d({longer}, tf.random.normal([1, 1, {out_of}, {into}]), 1, "
    '"SAME")',
    "project_stride": '{longer} = tf.nn.conv2d({longer}, filters_1x1, {value}, "SAME")',
    "rebuild": "weight: ({value}, units)",
    "repeat_gray": "x = tf.repeat(x, {takes}, axis={axis})",
    "reshape_to": "x = tf.reshape(x, [-1, {sizes}])",
    "resize": "x = tf.image.resize(x, {sizes})",
    "resize_sum": "{shorter} = tf.image.resize({shorter}, {longer}.shape[1:3])",
    "resize_to_other": _resized,
    "scale_to_type": "x = tf.cast(x, tf.{value}) / 255",
    "sparse_loss": "tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)",
    "squeeze": "x = tf.squeeze(x, {axis})",
    "strides_of_space": "strides=[1, s, s, 1]",
    "subsample": "x = tf.nn.conv2d(x, filters, 1, padding, dilations={dilation})[:, {steps}]",
    "transpose": "x = tf.transpose(x)",
    "units": "logits: (batch, {value})",
    "upsample": lambda change: (
        f"{smaller_of(change)} = tf.image.resize({smaller_of(change)}, {change.fields['sizes']})"
    ),
    "view_rows": "x = tf.reshape(x, [{batch}, -1])",
    "view_sizes": "x = tf.reshape(x, [{sizes}])",
    "weight_shape": _filters,
    "window_size": _window,
}
