"""Changes as lines of MXNet's Gluon: `nn` is gluon.nn, `nd` its arrays, `x` the input."""

from __future__ import annotations

from collections.abc import Mapping

from convcli.engine.geometry.changes import Change
from convcli.report.spelling.changes import Code, ordered, pairs, smaller_of

ARGUMENTS = {"stride": "strides", "out_channels": "channels"}


def _padded(change: Change) -> str:
    flat = tuple(end for pair in pairs(change) for end in pair)
    return f'{smaller_of(change)} = nd.pad({smaller_of(change)}, "constant", {flat})'


def _resized(change: Change) -> str:
    height, width = change.fields["sizes"]
    name = smaller_of(change)
    return f"{name} = nd.contrib.BilinearResize2D({name}, height={height}, width={width})"


CODES: Mapping[str, Code] = {
    "add_batch": "x = x.expand_dims(0)",
    "add_channels": "x = x.expand_dims(1)",
    "add_both": "x = x.reshape(1, 1, *x.shape)",
    "cat_axis": "nd.concat(a, b, dim={value})",
    "drop_alpha": "x = x[:, :3]",
    "flatten": "x = x.flatten()",
    "flatten_view": "x = x.flatten()",
    "gray_batch": "x = x.swapaxes(0, 1)",
    "in_channels": "in_channels={value}",
    "in_features": "in_units={value}",
    "initialise": "net.initialize(force_reinit=True)",
    "mean_rgb": "x = x.mean(axis=1, keepdims=True)",
    "num_features": "in_channels={value}",
    "order": lambda change: f"x = x.transpose(({ordered(change)}))",
    "other_rank": "nn.Conv{value}D",
    "pad_to": _padded,
    "picture_size": "mx.image.imresize(image, width, height)",
    "pool_adaptive": "nn.Global{kind}Pool{rank}D()",
    "pool_sum": "{longer} = nn.MaxPool2D({times})({longer})",
    "project": "nn.Conv2D({into}, 1)  # on the {out_of} channels",
    "project_stride": "{longer} = nn.Conv2D({shorter}.shape[1], 1, strides={value})({longer})",
    "repeat_gray": "x = x.repeat({takes}, axis=1)",
    "resize_sum": "{shorter} = nd.contrib.BilinearResize2D({shorter}, like={longer}, mode='like')",
    "resize_to_other": _resized,
    "squeeze": "x = x.squeeze({axis})",
    "upsample": _resized,
    "view_rows": "x = x.reshape({batch}, -1)",
    "view_sizes": "x = x.reshape({sizes})",
}
