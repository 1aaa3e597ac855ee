"""What engines and converters say: Caffe, Darknet, TFLite, TensorRT, Core ML, OneFlow, TTIR."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis import settings
from convcli.engine.diagnosis.counts import channel_counts
from convcli.engine.diagnosis.joins import concatenated
from convcli.engine.diagnosis.meets import summed
from convcli.engine.diagnosis.ranks import layer_axes
from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.diagnosis.weights import given_weight, shared_weight, vector_of, weight_count
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.messages.rows import Row

ONE_APART = 1  # cell between two branches of which one rounds up and one down


def _caffe_concat(first: int, second: int) -> Diagnosis:
    """Caffe rounds pooling up and convolution down."""
    told = concatenated(first, second, joined=1, differing=None)
    what = Saying("cat.sizes_at_one", {"first": first, "second": second})
    why = Saying("rounding_branches") if abs(first - second) == ONE_APART else told.why
    changes: tuple[Change, ...] = (
        Change("pad_branch_net", "padding", None, {"apart": abs(first - second)}),
        Change("crop_layer", "input", min(first, second)),
        Change("net_size", "size", None),
    )
    if abs(first - second) > ONE_APART:
        changes = (changes[2], changes[1])
    numbers = (*numbers_of("top", size=first), *numbers_of("bottom", size=second))
    return told._replace(what=what, numbers=numbers, why=why, is_sure=False, changes=changes)


def _caffe_share(layer: str, source: Sequence[int], target: Sequence[int], **_: Any) -> Diagnosis:
    return shared_weight(layer, source, target)


def _caffe_copy(layer: str, source: Sequence[int], target: Sequence[int], **_: Any) -> Diagnosis:
    told = given_weight(layer, target, source)
    change = Change("rename_layer", "name", None, {"name": layer})
    changes = (change,) if told.why is None else told.changes
    return told._replace(changes=changes)


def _caffe_input(got: int, takes: int) -> Diagnosis:
    return channel_counts("Convolution", takes, got, rebuild="as_exported")


def _darknet(outputs: int | None = None, inputs: int | None = None) -> Diagnosis:
    told = settings.plain("darknet.filters", Change("yolo_filters", "out_channels", None))
    return told._replace(numbers=numbers_of("yolo", outputs=outputs, inputs=inputs))


def _tflite(got: int, takes: int, **_: Any) -> Diagnosis:
    return channel_counts("CONV_2D", takes, got, is_last=True, rebuild="as_exported")


def _tflite_axes(got: int, wants: int, **_: Any) -> Diagnosis:
    if got <= 1:
        what = Saying("tflite.no_input", {"got": got, "wants": wants})
        numbers = (*numbers_of("input", dimensions=got), *numbers_of("layer", dimensions=wants))
        change = Change("resize_tensor", "input", None)
        return Diagnosis(what, numbers, Saying("no_shape_set"), False, (change,))
    return layer_axes("CONV_2D", wants, got)


def _tensorrt(
    layer: str, count: int, kernel: Sequence[int], ins: int, outs: int, groups: int, **_: Any
) -> Diagnosis:
    return weight_count(layer.strip(), count, kernel, ins, outs, groups)


def _tensorrt_count(layer: str, count: int, wants: int) -> Diagnosis:
    fields = {"name": layer.strip(), "count": count, "expected": wants}
    numbers = numbers_of("weight", count=count, expected=wants)
    change = Change("other_definition", "layer", None)
    return Diagnosis(
        Saying("weight.count", fields), numbers, Saying("other_model"), False, (change,)
    )


def _coreml_dims(first: Sequence[int | None], second: Sequence[int | None], **_: Any) -> Diagnosis:
    """A bias (1, 1, 1, C) beside (N, C, H, W), or a sum of other sizes."""
    ones = all(size == 1 for size in second[:-1])
    if len(first) == len(second) == 4 and ones and second[-1] == first[1]:
        shape = Shape((1, second[-1] or 1, 1, 1))
        what = Saying("bias.axis", {"input": first, "bias": Shape(size or 0 for size in second)})
        numbers = (*numbers_of("input", shape=first), *numbers_of("bias", shape=tuple(second)))
        change = Change("bias_shape", "bias", shape, {}, shape)
        return Diagnosis(what, numbers, Saying("bias_last"), True, (change,), (), "bias.shape")
    if len(first) == len(second):
        return summed(first, second)
    return vector_of("bias", second[-1] or 0, first[1] or 0)


def _symbolic(got: str, groups: int) -> Diagnosis:
    """coremltools prints a symbol beside the word: `is44` is a size that it does not know."""
    symbolic = not got.strip().isdigit()
    what = Saying("coreml.groups", {"got": got.strip(), "groups": groups})
    numbers = (*numbers_of("input", channels=got.strip()), *numbers_of("layer", groups=groups))
    if symbolic:
        change = Change("fixed_channels", "shape", (1, 3, 224, 224))
        return Diagnosis(what, numbers, Saying("symbolic_channels"), True, (change,))
    return Diagnosis(what, numbers, None, True, (Change("one_group", "groups", 1),))


def _share(got: int, groups: int, kernel: int) -> Diagnosis:
    return channel_counts(
        "conv", kernel * groups, got, groups=groups, kernel_channels=kernel, rebuild="as_exported"
    )


def _ttir(got: int, takes: int) -> Diagnosis:
    told = channel_counts("conv_transpose2d", takes, got, rebuild="weight_inputs")
    change = Change("weight_inputs", "in_channels", got, {"got": got, "name": "conv_transpose2d"})
    return told._replace(why=Saying("transposed_axis"), is_sure=False, changes=(change,))


def _caffe_inner(takes: int, got: int) -> Diagnosis:
    what = Saying("input.feature_counts", {"name": "InnerProduct", "takes": takes, "got": got})
    numbers = (*numbers_of("layer", in_features=takes), *numbers_of("input", features=got))
    return Diagnosis(what, numbers, Saying("picture_other"), False, (Change("net_size", "size"),))


def _caffe_sum(first: Sequence[int], second: Sequence[int]) -> Diagnosis:
    return summed(first, second, is_last=False)


ROWS = (
    Row("caffe", "cat.sizes", _caffe_concat, (
        "top_shape[j] == bottom[i]->shape(j) ({first:int} vs. {second:int})",
    )),
    Row("caffe", "weight.shared", _caffe_share, (
        "Cannot share param {at:int} weights from layer '{layer:name}'; shape mismatch. Source "
        "param shape is {source:shape} ({numbers:int}); target param shape is {target:shape} "
        "({others:int})",
    )),
    Row("caffe", "weight.shape", _caffe_copy, (
        "Cannot copy param {at:int} weights from layer '{layer:name}'; shape mismatch. Source "
        "param shape is {source:shape} ({numbers:int}); target param shape is {target:shape} "
        "({others:int})",
    )),
    Row("caffe", "conv.in_channels", _caffe_input, (
        "Input size incompatible with convolution kernel. ({got:int} vs. {takes:int})",
        "bottom[0]->shape(channel_axis_) ({takes:int} vs. {got:int}) Input size incompatible",
        "channels_ == bottom[0]->shape(channel_axis_) ({takes:int} vs. {got:int})",
    )),
    Row("caffe", "linear.in_features", _caffe_inner, (
        "K_ == new_K ({takes:int} vs. {got:int}) Input size incompatible with inner product "
        "parameters",
    )),
    Row("caffe", "add.sizes", lambda first, second, **_: _caffe_sum(first, second), (
        "bottom[0]->shape() == bottom[i]->shape() bottom[0]: {first:shape} ({a:int}), bottom[1]: "
        "{second:shape} ({b:int})",
        "bottom[i]->shape() == bottom[0]->shape() bottom[0]: {first:shape} ({a:int}), bottom[1]: "
        "{second:shape} ({b:int})",
    )),
    Row("darknet", "darknet.filters", _darknet, (
        "filters= in the [convolutional]-layer doesn't correspond to classes= or mask= in "
        "[yolo]-layer",
        "filters= in the [convolutional]-layer doesn't correspond to classes=",
        "filters in [convolutional] layer ({outputs:int}) does not match classes or mask in [yolo] "
        "layer ({inputs:int})",
        "Assertion `l.outputs == params.inputs' failed",
    )),
    Row("tflite", "conv.in_channels", _tflite, (
        "input->dims->data[3] != filter->dims->data[3] ({got:int} != {takes:int})",
        "input_channel % filter_input_channel != 0 ({got:int} != {takes:int})",
        "SizeOfDimension(input, 3) != SizeOfDimension(filter, 3) ({got:int} != {takes:int})",
    )),
    Row("tflite", "conv.input_rank", _tflite_axes, (
        "input->dims->size != {same:int} ({got:int} != {wants:int})",
        "NumDimensions(input) != {same:int} ({got:int} != {wants:int})",
    )),
    Row("tensorrt", "weight.count", _tensorrt, (
        "{layer:layer}:kernel weights has count {same:int} but {other:int} was expected{text:text}"
        "count of {count:int} weights in kernel, but kernel dimensions {kernel:shape} with "
        "{ins:int} input channels, {outs:int} output channels and {groups:int} groups were "
        "specified",
        "{layer:layer}: kernel weights has count {same:int} but {other:int} was expected{text:text}"
        "count of {count:int} weights in kernel, but kernel dimensions {kernel:shape} with "
        "{ins:int} input channels, {outs:int} output channels and {groups:int} groups were "
        "specified",
        "{layer:layer}: count of {count:int} weights in kernel, but kernel dimensions "
        "{kernel:shape} with {ins:int} input channels, {outs:int} output channels and {groups:int} "
        "groups were specified",
    )),
    Row("tensorrt", "weight.count", _tensorrt_count, (
        "{layer:layer}: kernel weights has count {count:int} but {wants:int} was expected",
        "{layer:layer}:kernel weights has count {count:int} but {wants:int} was expected",
    )),
    Row("coremltools", "bias.shape", _coreml_dims, (
        "Incompatible dim {dim:axis} in shapes ({first:symbols}) vs. ({second:symbols})",
    )),
    Row("coremltools", "conv.groups", _symbolic, (
        "# of input channels {got:word} not divisible by groups {groups:int}",
    )),
    Row("coremltools", "conv.in_channels", _share, (
        "C_in / groups = {got:int}/{groups:int} != weight[1] ({kernel:int})",
    )),
    Row("ttir", "conv_transpose.in_channels", _ttir, (
        "must match the first dimension of the weight tensor. Got {got:int} input channels and "
        "{takes:int} in the weight tensor",
    )),
)  # fmt: skip
