"""Changes as lines of Keras: `layers` is keras.layers, `x` the input, `a` and `b` two branches."""

from __future__ import annotations

from collections.abc import Mapping

from convcli.engine.geometry.changes import Change
from convcli.report.spelling.changes import Code, larger_of, ordered, smaller_of

ARGUMENTS = {"stride": "strides", "dilation": "dilation_rate", "out_channels": "filters",
             "num_features": "axis"}  # fmt: skip


def _is_symbolic(change: Change) -> bool:
    return isinstance(change.value, tuple) and change.value[:1] == (None,)


def _order(change: Change) -> str:
    """Where the batch is open, the change belongs into the network."""
    if not _is_symbolic(change):
        return f"x = tf.transpose(x, [{ordered(change)}])"
    inner = ", ".join(str(axis) for axis in change.fields["order"][1:])
    return f"x = layers.Permute(({inner}))(x)  # or Input(shape={tuple(change.value[1:])})"


def _wider(index: str, change: Change) -> str:
    if _is_symbolic(change):
        return f"keras.Input(shape={tuple(change.value[1:])})  # and x = x[{index}]"
    return f"x = x[{index}]"


def _input(change: Change) -> str:
    return f"keras.Input(shape={tuple(change.value[1:])})"


def _cropped(change: Change) -> str:
    rank, name = change.fields["rank"], larger_of(change)
    return f"{name} = layers.Cropping{rank}D({_ends(change)})({name})"


def _padded(change: Change) -> str:
    rank, name = change.fields["rank"], smaller_of(change)
    return f"{name} = layers.ZeroPadding{rank}D({_ends(change)})({name})"


def _ends(change: Change) -> str:
    crops = change.fields["crops"]
    return str(crops[0] if len(crops) == 1 else crops)


def _resized(change: Change) -> str:
    sizes, name = change.fields["sizes"], smaller_of(change)
    return f"{name} = layers.Resizing({', '.join(map(str, sizes))})({name})"


def _upsampled(change: Change) -> str:
    factors, name = change.fields["factors"], smaller_of(change)
    times = factors[0] if len(set(factors)) == 1 else factors
    return f"{name} = layers.UpSampling{change.fields['rank']}D({times})({name})"


def _window(change: Change) -> str:
    return f"{'pool_size' if change.fields.get('is_pool') else 'kernel_size'}={change.value}"


def _layer(change: Change) -> str:
    name = "MaxPooling" if change.fields["kind"] == "pool" else "Conv"
    return f"layers.{name}{change.value}D"


CODES: Mapping[str, Code] = {
    "add_both": lambda change: _wider("None, ..., None", change),
    "add_channels_last": lambda change: _wider("..., None", change),
    "add_features": lambda change: _wider("..., None", change),
    "both_weights": "layer.set_weights([kernel, bias])",
    "by_name": "model.load_weights(path, by_name=True)",
    "cat_axis": "layers.Concatenate(axis={value})",
    "causal": 'padding="causal"',
    "crop_smaller": "cropping={value}",
    "crop_to": _cropped,
    "dense_loss": 'loss="categorical_crossentropy"',
    "dilation_rate": "dilation_rate={value}",
    "dynamic_axes": "keras.Input(shape=(None, None, channels))",
    "dynamic_batch": "keras.Input(shape=x.shape[1:])",
    "filters": "filters={value}",
    "flatten": "x = layers.Flatten()(x)",
    "flatten_view": "layers.Flatten()",
    "input_shape": "keras.Input(shape={value})",
    "input_without_batch": "keras.Input(shape=x.shape[1:])",
    "larger_input": _input,
    "no_flatten": "layers.Identity()",
    "no_pool": "layers.Identity()",
    "num_features": "layers.BatchNormalization()  # for {value} channels",
    "num_groups": "layers.GroupNormalization({value})",
    "one_by_one": "model.predict(x, batch_size={value})",
    "order": _order,
    "other_rank": _layer,
    "out_channels": "filters={value}",
    "pad_layer": "layers.ZeroPadding2D({value})",
    "pad_same": 'padding="same"',
    "pad_to": _padded,
    "padding_in_one": 'padding="same"',
    "pool_and_flatten": "x = layers.GlobalAveragePooling2D()(x)",
    "pool_not_flatten": "layers.GlobalAveragePooling2D()  # in place of Flatten()",
    "pool_sum": "{longer} = layers.MaxPooling{rank}D({times})({longer})",
    "project": "layers.Conv2D({into}, kernel_size=1)  # on the {out_of} channels",
    "project_stride": "{longer} = layers.Conv2D({shorter}.shape[-1], kernel_size=1, "
    "strides={value})({longer})",
    "rebuild": "layers.Dense(units)  # on {value} features",
    "resize_to_other": _resized,
    "sparse_loss": 'loss="sparse_categorical_crossentropy"',
    "subsample": "layers.Conv2D(..., strides=1, dilation_rate={dilation})(x)[:, {steps}]",
    "time_rows": "x = layers.TimeDistributed(layers.Flatten())(x)",
    "units": 'layers.Dense({value}, activation="softmax")',
    "upsample": _upsampled,
    "view_rows": "layers.Flatten()",
    "view_sizes": "layers.Reshape(({sizes}))",
    "weight_inputs": "keras.Input(shape=(height, width, {value}))",
    "whole_call": "layers.{name}({signature})",
    "window_size": _window,
}
