"""What OpenCV says of its filters, and its module dnn of the layers of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis import settings
from convcli.engine.diagnosis.counts import channel_counts
from convcli.engine.diagnosis.inputs import Layer, layer_channels
from convcli.engine.diagnosis.layers import spec_of_weight
from convcli.engine.diagnosis.values import Diagnosis, Saying
from convcli.engine.geometry.changes import Change
from convcli.inputs.messages.rows import Row


def _multiple(takes: int, got: int) -> Diagnosis:
    """A convolution of which the message tells the channels alone; dnn is NCHW."""
    return channel_counts("Convolution", takes, got, rebuild="as_exported")


def _logged(
    input: Sequence[int], weight: Sequence[int], takes: int, got: int, **_: Any
) -> Diagnosis | None:
    if len(input) != len(weight) or len(input) < 3 or input[1] != got:
        return None
    spec = spec_of_weight(weight, takes // weight[1] if weight[1] else 1)
    layer = Layer("Convolution", takes, False, spec, rebuild="as_exported")
    return layer_channels(layer, input)


def _groups(**_: Any) -> Diagnosis:
    change = Change("blob_channels", "input", None)
    return Diagnosis(Saying("conv.groups_of_input"), (), Saying("other_channels"), False, (change,))


def _even(**_: Any) -> Diagnosis:
    change = Change("odd_ksize", "kernel_size", None)
    return settings.plain("cv.ksize_odd", change)


def _anchor(**_: Any) -> Diagnosis:
    change = Change("anchor", "anchor", (-1, -1))
    return settings.plain("cv.anchor", change)


def _depth(**_: Any) -> Diagnosis:
    return settings.plain("cv.depth", Change("argument", "ddepth", -1))


def _wrap(**_: Any) -> Diagnosis:
    change = Change("wrap_first", "borderType", "BORDER_WRAP")
    return settings.plain("cv.wrap", change)


def _blob_type(**_: Any) -> Diagnosis:
    return settings.plain("cv.blob_type", Change("image_uint8", "image"))


def _inner(**_: Any) -> Diagnosis:
    change = Change("net_size", "size", None)
    return settings.plain("cv.inner_size", change, why=Saying("other_picture_size"), is_sure=False)


def _concat(**_: Any) -> Diagnosis:
    changes = (Change("net_size", "size", None), Change("pad_branch_net", "padding", None))
    return settings.plain("cv.concat", *changes, why=Saying("rounding_branches"), is_sure=False)


ROWS = (
    Row("opencv", "conv.in_channels", _logged, (
        "input[0] = {input:shape} [{level:text} blobs[0] = {type:name} {weight:shape} "
        "[{again:text} Number of input channels should be multiple of {takes:int} but got "
        "{got:int}",
        "input[0] = {input:shape} {level:text} blobs[0] = {type:name} {weight:shape} {again:text} "
        "Number of input channels should be multiple of {takes:int} but got {got:int}",
    )),
    Row("opencv", "conv.in_channels", _multiple, (
        "Number of input channels should be multiple of {takes:int} but got {got:int}",
    )),
    Row("opencv", "conv.groups", _groups, (
        "ngroups > 0 && inpCn % ngroups == 0 && outCn % ngroups == 0",
        "blobs[0].size[1] * groups == inpCn",
        "inpCn == blobs[0].size[1]",
    )),
    Row("opencv", "weight.missing", lambda: settings.plain(
        "cv.no_weights", Change("both_files", "model", None)
    ), (
        "!blobs.empty() || inputs.size() > 1",
    )),
    Row("opencv", "filter.ksize", _even, (
        "ksize.width > 0 && ksize.width % 2 == 1 && ksize.height > 0 && ksize.height % 2 == 1",
    )),
    Row("opencv", "filter.ksize", _even, (
        "ksize % 2 == 1) in function 'medianBlur'",
        "(ksize % 2 == 1) && (_src0.dims() <= 2",
        "kernel size must be odd and not larger than 31 in function 'getSobelKernels'",
    )),
    Row("opencv", "filter.anchor", _anchor, (
        "anchor.inside(Rect(0, 0, ksize.width, ksize.height))",
    )),
    Row("opencv", "filter.depth", _depth, (
        "cn == CV_MAT_CN(dstType) && ddepth >= sdepth",
    )),
    Row("opencv", "filter.border", _wrap, (
        "columnBorderType != BORDER_WRAP",
        "rowBorderType != BORDER_WRAP",
    )),
    Row("opencv", "blob.type", _blob_type, (
        "image.depth() == blob_.depth()",
        "Number of channels or depth is not supported{text:text}blobFromImage",
    )),
    Row("opencv", "linear.in_features", _inner, (
        "(size_t)innerSize == innerSize0",
        "srcMat.dims == 2 && srcMat.cols == weights.cols",
    )),
    Row("opencv", "cat.sizes", _concat, (
        "Inconsistent shape for ConcatLayer",
        "inputs[i][j] == inputs[0][j]",
    )),
)  # fmt: skip
