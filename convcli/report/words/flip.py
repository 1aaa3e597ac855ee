"""The texts of `--flip`."""

from __future__ import annotations

ENGLISH = {
    "flip.convolution": "the kernel is read backwards on every axis: a true convolution",
    "flip.correlation": "the kernel is read backwards on every axis: a correlation, because "
    "{layer} convolves already",
    "flip.gradient": "that of the kernel as it was written",
    "flip.kernel": "flipped kernel",
    "flip.layer": "without the flip, as the layer computes it",
    "flip.layer_sum": "without the flip",
    "flip.name": "flip",
    "flip.of_transposed": "the transposed layer",
    "flip.weight": "flipped weight",
}

CHINESE = {
    "flip.convolution": "卷积核沿每个轴翻转后再计算：数学意义上的卷积",
    "flip.correlation": "卷积核沿每个轴翻转后再计算：得到互相关，因为{layer}本来就是卷积",
    "flip.gradient": "按翻转前的卷积核给出",
    "flip.kernel": "翻转后的卷积核",
    "flip.layer": "不翻转，即该层本来的计算",
    "flip.layer_sum": "不翻转",
    "flip.name": "翻转",
    "flip.of_transposed": "转置卷积",
    "flip.weight": "翻转后的权重",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
