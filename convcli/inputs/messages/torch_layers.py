"""What torch says of pooling, padding, normalisation, resampling and losses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis import losses, norms, others
from convcli.engine.diagnosis.axes import pool_axes
from convcli.engine.diagnosis.limits import pad_axes, padding_limit, pool_padding
from convcli.engine.diagnosis.sizes import pool_too_large
from convcli.engine.diagnosis.values import Diagnosis
from convcli.inputs.messages.rows import Row


def _pool(input: Sequence[int], output: Sequence[int], **_: Any) -> Diagnosis | None:
    return pool_too_large(input, output) if len(input) == len(output) > 1 else None


def _average_pool(input: Sequence[int], output: Sequence[int], **_: Any) -> Diagnosis | None:
    return pool_too_large(input, output, "avg") if len(input) == len(output) > 1 else None


def _pool_axes(wants: int, **_: Any) -> Diagnosis:
    return pool_axes("MaxPool2d", wants - 1, None)


def _pool_axes_of(wants: int, input: Sequence[int], **_: Any) -> Diagnosis | None:
    return pool_axes(f"MaxPool{wants - 1}d", wants - 1, input) if 2 <= wants <= 4 else None


def _pool_padding(padding: int, kernel: int, dilation: int = 1, **_: Any) -> Diagnosis:
    return pool_padding((kernel, kernel), (padding, padding), dilation)


def _pool_paddings(numbers: str) -> Diagnosis | None:
    """padW = 1, padH = 2, kW = 14, kH = 3: H comes first in torch's arguments."""
    found = {name: int(value) for name, value in re.findall(r"(\w+)\s*=\s*(-?\d+)", numbers)}
    axes = [axis for axis in "DTHWL" if f"pad{axis}" in found and f"k{axis}" in found]
    if not axes:
        return None
    return pool_padding(
        [found[f"k{axis}"] for axis in axes], [found[f"pad{axis}"] for axis in axes]
    )


def _pool_padding_1d(padding: int, kernel: int) -> Diagnosis:
    return pool_padding((kernel,), (padding,))


def _pool_padding_twice(kernel: int, twice: int) -> Diagnosis:
    return pool_padding((kernel, kernel), (twice // 2, twice // 2))


def _reflect(padding: Sequence[int], dim: int, input: Sequence[int], **_: Any) -> Diagnosis | None:
    if not 0 <= dim < len(input) or len(padding) != 2:
        return None
    return padding_limit(padding, dim, input)


def _old_norm_axes(wants: str, got: int) -> Diagnosis | None:
    numbers = [int(number) for number in re.findall(r"(\d)D", wants)]
    return norms.norm_axes(numbers, got) if numbers else None


ROWS = (
    Row("torch", "pool.output_size", _average_pool, (
        "Given input size: {input:shape}. Calculated output size: {output:shape}. Output size is "
        "too small at {where:word}AveragePooling",
    )),
    Row("torch", "pool.output_size", _pool, (
        "Given input size: {input:shape}. Calculated output size: {output:shape}. Output size is "
        "too small",
    )),
    Row("torch", "pool.output_size", others.pool_1d, (
        "max_pool1d() Invalid computed output size: {size:int}",
    )),
    Row("torch", "pool.input_rank", _pool_axes, (
        "non-empty {wants:axis}D or {batched:axis}D (batch mode) tensor expected for input",
    )),
    Row("torch", "pool.input_rank", _pool_axes_of, (
        "Expected {wants:axis}D or {batched:axis}D (batch mode) tensor with optional 0 dim batch "
        "size for input, but got:{input:shape}",
    )),
    Row("torch", "pool.padding", _pool_padding, (
        "pad should be at most half of effective kernel size, but got pad={padding:int}, "
        "kernel_size={kernel:int} and dilation={dilation:int}",
        "pad should be at most half of kernel size, but got pad={padding:int} and "
        "kernel_size={kernel:int}",
    )),
    Row("torch", "pool.padding", _pool_paddings, (
        "pad should be smaller than half of kernel size, but got {numbers:all}",
        "pad should be smaller than or equal to half of kernel size, but got {numbers:all}",
    )),
    Row("torch", "pool.padding", _pool_padding_1d, (
        "max_pool1d() padding should be at most half of kernel size, but got padding={padding:int} "
        "and kernel_size={kernel:int}",
    )),
    Row("oneflow", "pool.padding", _pool_padding_twice, (
        "Check failed: (kernel_size[i]) >= (2 * padding[i]) ({kernel:int} vs {twice:int}) pad "
        "should be smaller than half of kernel size",
    )),
    Row("torch", "pad.reflect", _reflect, (
        "adding size should be less than the corresponding input dimension, but got: padding "
        "{padding:shape} at dimension {dim:axis} of input {input:shape}",
    )),
    Row("torch", "pad.circular", others.wraps_around, (
        "Padding value causes wrapping around more than once",
    )),
    Row("torch", "pad.rank", lambda: pad_axes(None, None), (
        "padding with non-constant padding are supported for now",
    )),
    Row("torch", "pad.rank", pad_axes, (
        "Padding size {sizes:axis} is not supported for {axes:axis}D input tensor",
    )),
    Row("torch", "pad.negative", others.negative_pad, (
        "narrow(): length must be non-negative",
    )),
    Row("torch", "batch_norm.num_features", norms.batch_norm, (
        "{parameter:name} should contain {got:int} elements not {features:int}",
    )),
    Row("torch", "batch_norm.one_value", norms.one_value, (
        "Expected more than 1 value per channel when training, got input size {input:shape}",
    )),
    Row("torch", "instance_norm.one_value", lambda input: norms.one_value(input, "instance"), (
        "Expected more than 1 spatial element when training, got input size {input:shape}",
    )),
    Row("torch", "batch_norm.input_rank", _old_norm_axes, (
        "rror: expected {wants:text} input (got {got:axis}D input)",
    )),
    Row("torch", "group_norm.groups", norms.group_norm, (
        "num_channels ({channels:int}) must be divisible by num_groups ({groups:int})",
        "num_channels must be divisible by num_groups, got {channels:int} and {groups:int}",
    )),
    Row("torch", "group_norm.groups", others.group_norm_input, (
        "Expected number of channels in input to be divisible by num_groups, but got input of "
        "shape {input:shape} and num_groups={groups:int}",
    )),
    Row("torch", "layer_norm.normalized_shape", lambda shape, input, **_: norms.layer_norm(
        shape, input
    ), (
        "Given normalized_shape={shape:shape}, expected input with shape {wanted:shape}, but got "
        "input of size{input:shape}",
        "Given normalized_shape={shape:shape}, expected input with shape [*, {wanted:shape}, but "
        "got input of size{input:shape}",
    )),
    Row("torch", "loss.shapes", losses.loss_shapes, (
        "Target size ({target:shape}) must be the same as input size ({input:shape})",
        "Using a target size ({target:shape}) that is different to the input size ({input:shape})",
    )),
    Row("torch", "loss.batches", losses.loss_batches, (
        "Expected input batch_size ({got:int}) to match target batch_size ({target:int})",
    )),
    Row("torch", "loss.shapes", losses.loss_sizes, (
        "input and target batch or spatial sizes don't match: target {target:shape}, input "
        "{input:shape}",
        "Expected target size {wants:shape}, got {target:shape}",
    )),
    Row("torch", "loss.rank", losses.loss_axes, (
        "only batches of spatial targets supported (3D tensors) but got targets of dimension: "
        "{axes:axis}",
    )),
    Row("torch", "upsample.input_rank", others.upsample_axes, (
        "Got {got:axis}D input, but {mode:name} mode needs {wants:axis}D input",
    )),
    Row("torch", "upsample.size", others.upsample_size, (
        "Input and output sizes should be greater than 0, but got input ({input:text}) output "
        "({output:text})",
    )),
    Row("torch", "pixel_shuffle.channels", others.pixel_shuffle, (
        "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
        "upscale_factor, but input.size(-3)={channels:int} is not divisible by {square:int}",
    )),
    Row("torch", "unfold.kernel_size", others.unfold, (
        "Given input with spatial size {input:shape}, kernel_size={kernel:shape}, "
        "dilation={dilation:shape}, padding={padding:shape}, calculated shape of the array of "
        "sliding blocks as {output:shape}, but its components must be at least one",
        "Given input with spatial size {input:shape}, kernel_size={kernel:shape}, "
        "dilation={dilation:shape}, padding={padding:shape}, stride={stride:shape}, calculated "
        "shape of the array of sliding blocks as {output:shape}, but its components must be at "
        "least one",
    )),
)  # fmt: skip
