"""The texts of the ways of looking at the page of `convcli show`."""

from __future__ import annotations

ENGLISH_SEEING = {
    "see": "See",
    "or": " or ",
    "see.part": "the page holds only a part of the numbers",
    "see.products": "{count} products are more than the page goes through ({most})",
    "tick.fill": "fill in",
    "tick.fill.title": "Outputs appear when the player reaches them; the products of input "
    "cells or of weights add up",
    "tick.counts": "counts",
    "tick.counts.title": "How many products each cell is in, and where checkerboards come from",
    "counts.input.title": "outputs that it reaches",
    "counts.weight.title": "products",
    "counts.output.title": "products",
    "counts.input": "outputs that input {at} reaches: {count}",
    "counts.weight": "products of weight {at}: {count}",
    "counts.output": "products of output {at}: {count}",
    "counts.input.channels": ", in each of {channels} output channels: {all}",
    "counts.output.channels": ", for each of {channels} input channels: {all}",
    "counts.dilation": ", dilation {dilation}",
    "counts.output.even": "Kernel {kernel}, stride {stride}{dilation}: away from the edges, "
    "each output is the sum of {counts} products. The kernel fills the stride evenly: no "
    "checkerboard.",
    "counts.output.uneven": "Kernel {kernel}, stride {stride}{dilation}: away from the "
    "edges, outputs are sums of {counts} products: a checkerboard. A kernel size that is a "
    "multiple of the stride avoids it.",
    "counts.output.holes": "Kernel {kernel}, stride {stride}{dilation}: away from the "
    "edges, outputs are sums of {counts} products. Those with 0 hold no product, only the "
    "bias.",
    "counts.input.even": "Kernel {kernel}, stride {stride}{dilation}: away from the edges, "
    "each input cell is read by {counts} outputs.",
    "counts.input.uneven": "Kernel {kernel}, stride {stride}{dilation}: away from the "
    "edges, input cells are read by {counts} outputs. The gradient of the input has this "
    "checkerboard.",
    "counts.input.holes": "Kernel {kernel}, stride {stride}{dilation}: away from the edges, "
    "input cells are read by {counts} outputs. Those with 0 are skipped.",
    "counts.here": "Here: {counts}.",
}

CHINESE_SEEING = {
    "see": "查看",
    "or": " 或 ",
    "see.part": "本页只包含部分数值",
    "see.products": "共有 {count} 个乘积，超过本页能逐个处理的 {most} 个",
    "tick.fill": "逐步填入",
    "tick.fill.title": "播放到哪里，输出就填到哪里；选中输入元素或权重时，乘积逐步累加",
    "tick.counts": "计数",
    "tick.counts.title": "每个元素参与多少个乘积，棋盘格从何而来",
    "counts.input.title": "到达的输出个数",
    "counts.weight.title": "乘积个数",
    "counts.output.title": "乘积个数",
    "counts.input": "输入 {at} 到达 {count} 个输出",
    "counts.weight": "权重 {at} 参与 {count} 个乘积",
    "counts.output": "输出 {at} 是 {count} 个乘积之和",
    "counts.input.channels": "，{channels} 个输出通道共 {all} 个",
    "counts.output.channels": "，{channels} 个输入通道共 {all} 个",
    "counts.dilation": "，膨胀率 {dilation}",
    "counts.output.even": "卷积核 {kernel}，步长 {stride}{dilation}：除边缘外，每个输出都是 "
    "{counts} 个乘积之和，分布均匀，没有棋盘格。",
    "counts.output.uneven": "卷积核 {kernel}，步长 {stride}{dilation}：除边缘外，各输出是 "
    "{counts} 个乘积之和，于是出现棋盘格。卷积核尺寸取步长的整数倍即可避免。",
    "counts.output.holes": "卷积核 {kernel}，步长 {stride}{dilation}：除边缘外，各输出是 "
    "{counts} 个乘积之和；为 0 的输出没有任何乘积，只有偏置。",
    "counts.input.even": "卷积核 {kernel}，步长 {stride}{dilation}：除边缘外，每个输入元素都"
    "被 {counts} 个输出读取。",
    "counts.input.uneven": "卷积核 {kernel}，步长 {stride}{dilation}：除边缘外，各输入元素被"
    " {counts} 个输出读取；输入的梯度因此带有棋盘格。",
    "counts.input.holes": "卷积核 {kernel}，步长 {stride}{dilation}：除边缘外，各输入元素被 "
    "{counts} 个输出读取；为 0 的元素被跳过。",
    "counts.here": "本例：{counts}。",
}
