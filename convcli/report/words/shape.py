"""The texts of `convcli shape`."""

from __future__ import annotations

ENGLISH = {
    "shape.activations": "activation memory",
    "shape.activations_note": "bytes of float32: input and output",
    "shape.activations_size": "{amount}, bytes of float32: input and output",
    "shape.all_read": "every cell is read",
    "shape.axes": "axes",
    "shape.ceil": "the last window would start in the padding behind the input: it is left out",
    "shape.depthwise": "depthwise",
    "shape.depthwise_note": "output channel c reads input channel c alone",
    "shape.depthwise_several": "output channels {outs}*c..{outs}*c + {last} read input channel c "
    "alone",
    "shape.group": "input channels {read} -> output channels {made}",
    "shape.groups_more": "{count} more group | {count} more groups",
    "shape.macs": "MACs",
    "shape.numbers": "numbers",
    "shape.only_size": "no other size gives {output}",
    "shape.operations": "operations",
    "shape.operations_note": "2 for each MAC, a multiply and an add",
    "shape.operations_of_bias": "2 for each MAC, a multiply and an add; "
    "and {count} to add the bias",
    "shape.shape": "shape",
    "shape.sizes": "sizes {first}..{last} give {output}",
    "shape.unread": "{count} of {size} cells are never read: {cells}",
    "shape.unread_cell": "cell {first} is never read",
    "shape.unread_cells": "cells {first}..{last} are never read",
}

CHINESE = {
    "shape.activations": "激活值内存",
    "shape.activations_note": "输入与输出按 float32 计的字节数",
    "shape.activations_size": "{amount}，输入与输出按 float32 计的字节数",
    "shape.all_read": "全部被覆盖",
    "shape.axes": "轴",
    "shape.ceil": "最后一个窗口的起点落在输入之后的填充里，要去掉",
    "shape.depthwise": "逐通道卷积",
    "shape.depthwise_note": "输出通道 c 只由输入通道 c 得到",
    "shape.depthwise_several": "输出通道 {outs}*c..{outs}*c + {last} 只由输入通道 c 得到",
    "shape.group": "输入通道 {read} → 输出通道 {made}",
    "shape.groups_more": "另有 {count} 组",
    "shape.macs": "乘加次数",
    "shape.numbers": "元素个数",
    "shape.only_size": "其他尺寸都得不到 {output}",
    "shape.operations": "运算次数",
    "shape.operations_note": "每次乘加算 2 次运算，一乘一加",
    "shape.operations_of_bias": "每次乘加算 2 次运算，一乘一加；加偏置另有 {count} 次",
    "shape.shape": "形状",
    "shape.sizes": "尺寸 {first}..{last} 都得到 {output}",
    "shape.unread": "共 {size} 个元素，其中 {count} 个未被覆盖：{cells}",
    "shape.unread_cell": "元素 {first} 未被覆盖",
    "shape.unread_cells": "元素 {first}..{last} 未被覆盖",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
