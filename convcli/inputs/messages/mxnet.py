"""What MXNet says of its operators, from version 0.7 to 1.9."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from convcli.engine.diagnosis import settings
from convcli.engine.diagnosis.meets import joined, summed
from convcli.engine.diagnosis.products import view
from convcli.engine.diagnosis.ranks import layer_axes
from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.diagnosis.weights import parameter_inputs, vector_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.messages.rows import Row


def _inconsistent(stored: Sequence[int], implied: Sequence[int]) -> Diagnosis | None:
    """`Provided` is the parameter, `inferred` what the input of the layer implies."""
    if len(stored) == len(implied) == 1:
        return vector_of("BatchNorm", stored[0], implied[0])
    name = "Dense" if len(stored) == 2 else f"Conv{len(stored) - 2}D"
    told = parameter_inputs(name, stored, implied, is_first=True, rebuild="in_channels")
    if told is None:
        what = Saying(
            "weight.stored", {"name": name, "stored": Shape(stored), "implied": Shape(implied)}
        )
        numbers = (
            *numbers_of("parameter", shape=Shape(stored)),
            *numbers_of("implied", shape=Shape(implied)),
        )
        return Diagnosis(what, numbers, None, True, (Change("initialise", "params"),))
    kind = "linear.in_features" if len(stored) == 2 else "conv.in_channels"
    return told._replace(kind=kind)


def _kernel(kernel: int, input: int, padded: int | None = None, **_: Any) -> Diagnosis:
    return _window(kernel, input, padded, is_pool=False)


def _pool(kernel: int, input: int, padded: int | None = None, **_: Any) -> Diagnosis:
    return _window(kernel, input, padded, is_pool=True)._replace(kind="pool.output_size")


def _window(kernel: int, input: int, padded: int | None, *, is_pool: bool) -> Diagnosis:
    size = padded if padded is not None else input
    fields = {"kernel": kernel, "size": size}
    numbers = (
        *numbers_of("layer", kernel_size=kernel),
        *numbers_of("input", size=input, padded_input=padded),
    )
    is_strict = kernel == size
    pad = Change("padding_more", "padding", max(1, -(-(kernel - size) // 2)))
    smaller = Change("argument", "kernel_size", max(1, size - is_strict))
    everything = Change("pool_adaptive", "output_size", 1, {"rank": 2, "kind": "Avg"})
    larger = Change("larger_axis", "input", kernel + is_strict, {"size": kernel + is_strict})
    changes = (smaller, everything, larger) if is_pool else (pad, smaller, larger)
    strict = Saying("kernel_as_input") if is_strict else None
    return Diagnosis(Saying("window.kernel", fields), numbers, strict, True, changes)


def _unnumbered(**_: Any) -> Diagnosis:
    changes = (Change("padding_more", "padding", 1), Change("larger_than_kernel", "input"))
    return Diagnosis(Saying("window.unknown"), (), None, True, changes)


def _unnumbered_pool(**_: Any) -> Diagnosis:
    changes = (Change("larger_than_kernel", "input"), Change("padding_more", "padding", 1))
    return Diagnosis(Saying("window.unknown"), (), None, True, changes, (), "pool.output_size")


def _axes(wants: int, got: int, **_: Any) -> Diagnosis:
    return layer_axes(f"Conv{wants - 2}D", wants, got, is_last=False)


def _added(first: Sequence[int], second: Sequence[int], **_: Any) -> Diagnosis:
    return summed(first, second, is_last=False)


def _joined(wants: Sequence[int], second: Sequence[int], **_: Any) -> Diagnosis:
    """`expected [1,-1,61,61]`: -1 stands on the axis of the concatenation."""
    place = list(wants).index(-1) if -1 in wants else 1
    first = [second[axis] if size == -1 else size for axis, size in enumerate(wants)]
    told = joined([first, second], place, is_last=False)
    return told


def _reshape(sizes: Sequence[int], shape: Sequence[int], **_: Any) -> Diagnosis:
    return view(shape, prod(sizes))


ROWS = (
    Row("mxnet", "conv.in_channels", _inconsistent, (
        "Shape inconsistent, Provided = {stored:shape}, inferred shape={implied:shape}",
        "Shape inconsistent, Provided={stored:shape}, inferred shape={implied:shape}",
        "Shape inconsistent, Provided {stored:shape}, inferred shape={implied:shape}",
    )),
    Row("mxnet", "pool.output_size", _pool, (
        "kernel size ({kernel:int}) exceeds input ({input:int} padded to {padded:int})",
        "pooling-inl.h:{line:int}: Check failed: param{of:text}kernel[{at:int}] < "
        "dshape[{axis:axis}] + 2 * param{again:text}pad[{side:int}] ({kernel:int} vs. "
        "{input:int}) kernel size exceeds input",
        "pooling-inl.h:{line:int}: Check failed: param{of:text}kernel[{at:int}] <= "
        "dshape[{axis:axis}] + 2 * param{again:text}pad[{side:int}] ({kernel:int} vs. "
        "{input:int}) kernel size exceeds input",
    )),
    Row("mxnet", "conv.kernel_size", _kernel, (
        "Check failed: {check:text} ({kernel:int} vs. {input:int}) : kernel size exceed input",
        "Check failed: {check:text} ({kernel:int} vs. {input:int}) kernel size exceed input",
        "Check failed: {check:text} ({kernel:int} vs. {input:int}) : kernel size exceeds input",
    )),
    Row("mxnet", "pool.output_size", _unnumbered_pool, (
        "pooling-inl.h:{line:int}: Check failed: {check:text} kernel size exceed",
    )),
    Row("mxnet", "conv.kernel_size", _unnumbered, (
        "Check failed: {check:text} kernel size exceed input",
    )),
    Row("mxnet", "conv.input_rank", _axes, (
        "dshp.ndim() == {same:text} ({got:axis} vs. {wants:axis}) : Input data should be "
        "{axes:axis}D in batch",
        "dshp.ndim() {same:text} ({got:axis} vs. {wants:axis}) Input data should be {axes:axis}D "
        "in batch",
    )),
    Row("mxnet", "conv.groups", lambda **_: settings.plain(
        "conv.groups_unknown", Change("divisor_group", "groups", None), argument="out_channels"
    )._replace(numbers=()), (
        "output num_filter must divide group size",
    )),
    Row("mxnet", "conv.groups", lambda **_: settings.plain(
        "conv.groups_unknown", Change("divisor_group", "groups", None), argument="in_channels"
    )._replace(numbers=()), (
        "input num_filter must divide group size",
    )),
    Row("mxnet", "add.sizes", _added, (
        "Check failed: {check:text}: operands could not be broadcast together with shapes "
        "{first:shape} {second:shape}",
    )),
    Row("mxnet", "cat.sizes", _joined, (
        "concat.cc\", line {line:int} MXNetError: Check failed: shape_assign(&(*in_shape)[i], "
        "dshape): Incompatible input shape: expected {wants:shape}, got {second:shape}",
        "Incompatible input shape: expected {wants:shape}, got {second:shape}",
    )),
    Row("mxnet", "add.sizes", _added, (
        "Incompatible attr in node {node:name} at {at:int}-th input: expected {first:shape}, got "
        "{second:shape}",
    )),
    Row("mxnet", "view.size", _reshape, (
        "Target shape size is different to source. Target: {shape:shape} Source: {sizes:shape}",
    )),
)  # fmt: skip
