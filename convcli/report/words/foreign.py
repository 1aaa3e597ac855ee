"""The texts of layers of other frameworks."""

from __future__ import annotations

ENGLISH = {
    "foreign.between": "; ",
    "foreign.crop": "crop",
    "foreign.flip": "flip",
    "foreign.flipped": "the kernel is read backwards, against torch",
    "foreign.layout": "layout",
    "foreign.layouts": "X {x}, result {y}",
    "foreign.layouts_of_weight": "X {x}, W {w}, result {y}",
    "foreign.note": "note",
    "foreign.padding": "padding",
    "foreign.remark.activation": "activation {name!r} is not applied: the numbers are those of the "
    "convolution",
    "foreign.remark.one_axis": "kernel_size {kernel} is a kernel of one axis: of an image "
    "(N, H, W, C) the axis H would be a second batch axis",
    "foreign.remark.stored": "the file stores W as {stored}; here W is {ours}",
    "foreign.sides": "{name} {before} before, {after} after",
    "foreign.torch": "in torch",
}

CHINESE = {
    "foreign.between": "；",
    "foreign.crop": "裁剪",
    "foreign.flip": "翻转",
    "foreign.flipped": "与 torch 相反，卷积核按翻转后的顺序读取",
    "foreign.layout": "布局",
    "foreign.layouts": "X 为 {x}，结果为 {y}",
    "foreign.layouts_of_weight": "X 为 {x}，W 为 {w}，结果为 {y}",
    "foreign.note": "说明",
    "foreign.padding": "填充",
    "foreign.remark.activation": "未应用激活函数 {name!r}：结果只是卷积的输出",
    "foreign.remark.one_axis": "kernel_size {kernel} 表示一维卷积核：对于图像 (N, H, W, C)，"
    "H 轴会被当作又一个批次轴",
    "foreign.remark.stored": "文件中 W 的布局为 {stored}，这里的 W 为 {ours}",
    "foreign.sides": "{name} 轴前 {before}、后 {after}",
    "foreign.torch": "torch 写法",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
