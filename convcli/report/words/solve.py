"""The texts of `convcli solve`."""

from __future__ import annotations

ENGLISH = {
    "solve.axis": "axis {name}",
    "solve.can_be": "{size} can be turned into {output}",
    "solve.cannot_be": "no choice turns {size} into {output}; the nearest outputs: {nearest}",
    "solve.choices": "{count} choice from {input} to {output} | "
    "{count} choices from {input} to {output}",
    "solve.dilation": "dilation",
    "solve.first": "first choice",
    "solve.from_inputs": "from inputs",
    "solve.inputs": "{line} gives {output} from",
    "solve.kernel": "kernel",
    "solve.more": "and {count} more; --all shows them",
    "solve.nearest": "{below} and {above}",
    "solve.no_choice": "no choice from {input} to {output}",
    "solve.no_input": "No input size gives this output.",
    "solve.nothing": "nothing",
    "solve.output_padding": "output padding",
    "solve.padding": "padding",
    "solve.same": "padding for ceil(size/stride) outputs from {input}, TensorFlow's SAME",
    "solve.searched": "searched: {ranges}",
    "solve.stride": "stride",
}

CHINESE = {
    "solve.axis": "{name} 轴",
    "solve.can_be": "{size} 可以变成 {output}",
    "solve.cannot_be": "没有任何组合能把 {size} 变成 {output}；最接近的输出：{nearest}",
    "solve.choices": "从 {input} 到 {output}，共 {count} 种组合",
    "solve.dilation": "膨胀",
    "solve.first": "首选",
    "solve.from_inputs": "输入尺寸",
    "solve.inputs": "使 {line} 输出 {output} 的输入尺寸",
    "solve.kernel": "卷积核",
    "solve.more": "另有 {count} 种组合；--all 显示全部",
    "solve.nearest": "{below} 和 {above}",
    "solve.no_choice": "从 {input} 到 {output} 没有可行的组合",
    "solve.no_input": "没有任何输入尺寸能得到这个输出。",
    "solve.nothing": "无",
    "solve.output_padding": "输出填充",
    "solve.padding": "填充",
    "solve.same": "输入 {input} 得到 ceil(size/stride) 个输出所需的填充（TensorFlow 的 SAME）",
    "solve.searched": "搜索范围：{ranges}",
    "solve.stride": "步幅",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
