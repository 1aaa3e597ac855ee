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
    "foreign.remark.coreml_crop": "coremltools says how large this output is, not which cells are "
    "cropped: here the larger half lies after",
    "foreign.remark.coreml_pad": "pad counts only with pad_type custom",
    "foreign.remark.ndimage_reflect": "mode reflect of scipy.ndimage repeats the border cell: "
    "symmetric in NumPy; reflect of the others is mirror here",
    "foreign.remark.one_axis": "kernel_size {kernel} is a kernel of one axis: of an image "
    "(N, H, W, C) the axis H would be a second batch axis",
    "foreign.remark.openvino_same": "without output_shape, auto_pad crops nothing here",
    "foreign.remark.paddle_dilation": "with padding SAME, Paddle takes the dilation for 1",
    "foreign.remark.same_longer": "same has the size of the longer array",
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
    "foreign.remark.coreml_crop": "coremltools 只给出输出尺寸，没有说明裁掉哪些位置："
    "这里后侧裁得较多",
    "foreign.remark.coreml_pad": "只有 pad_type 为 custom 时 pad 才有效",
    "foreign.remark.ndimage_reflect": "scipy.ndimage 的 reflect 会重复边缘元素，"
    "即 NumPy 的 symmetric；其他库的 reflect 在这里叫 mirror",
    "foreign.remark.one_axis": "kernel_size {kernel} 表示一维卷积核：对于图像 (N, H, W, C)，"
    "H 轴会被当作又一个批次轴",
    "foreign.remark.openvino_same": "没有 output_shape 时，auto_pad 不裁剪",
    "foreign.remark.paddle_dilation": "padding 为 SAME 时，Paddle 把膨胀当作 1",
    "foreign.remark.same_longer": "same 的尺寸取较长的数组",
    "foreign.remark.stored": "文件中 W 的布局为 {stored}，这里的 W 为 {ours}",
    "foreign.sides": "{name} 轴前 {before}、后 {after}",
    "foreign.torch": "torch 写法",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
