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
    "tick.groups": "groups",
    "tick.groups.title": "Which channels belong together: a colour and a number for each group",
    "groups.line": "Group {group} of {groups}: input channels {inputs} give output channels "
    "{outputs}",
    "groups.short": "g{group}",
    "tick.matrix": "im2col",
    "tick.matrix.title": "The convolution as a matrix product: a column for each output, a "
    "row for each weight",
    "matrix.weight": "weight",
    "matrix.size": "im2col, {rows}x{columns}: a row for each weight, a column for each "
    "output of channel {channel}",
    "matrix.group": "group {group} of {groups}",
    "matrix.transposed": "0 where a tap reads no input cell",
    "tick.colors": "tap colours",
    "tick.colors.title": "A colour and a number for each tap: on the weight, on the cell "
    "that it reads, in the sum",
    "colors.most": "the kernel has {taps} taps; the page has colours for {most}",
    "tick.stuffed": "zero-stuffed",
    "tick.stuffed.title": "The transposed layer as an ordinary convolution over the input "
    "with zeros between its cells",
    "stuffed.input": "zeros in between",
    "stuffed.weight": "flipped",
    "stuffed.note": "The same outputs by an ordinary convolution. Zeros between the cells "
    "of the input: {zeros}; the kernel is flipped on each axis; then {layer}.",
    "tick.weight_gradient": "dL/dw",
    "tick.weight_gradient.title": "The gradient of each weight: the sum of G * input over "
    "the positions",
    "tick.input_gradient": "dL/dx",
    "tick.input_gradient.title": "The gradient of each input cell: the sum of G * weight "
    "over the outputs that read it",
    "tick.own_gradient": "G = output",
    "tick.own_gradient.title": "G is the output itself, in place of 1 everywhere",
    "gradient.weight.note": "A weight's gradient is the sum of G * input over the positions. ",
    "gradient.input.note": "An input cell's gradient is the sum of G * weight over the "
    "outputs that read it. ",
    "gradient.ones": "G is 1 at each output: L is the sum of the outputs.",
    "gradient.own": "G is the output itself: L is half the sum of the squares of the outputs.",
    "gradient.of_output": "G at output {at} = {value}",
    "gradient.of_weight": "dL/dw {at} = {value}",
    "gradient.of_input": "dL/dx {at} = {value}",
    "gradient.weight.sum": "G * input, products: {count}",
    "gradient.input.sum": "G * weight, products: {count}",
    "gradient.weight.from_output": "It adds G * input to the weights at",
    "gradient.input.from_output": "It adds G * weight to the input cells at",
    "gradient.weight.from_input": "It adds G * input to the weights at",
    "gradient.input.from_weight": "It adds G * weight to the input cells at",
    "gradient.bias": "dL/db of channel {channel} is the sum of its G: {value}",
    "gradient.padding.dropped": "Padding: what reaches it is dropped.",
    "gradient.padding.moved": "Padding: what reaches it is added to the cell that it repeats.",
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
    "counts.dilation": "，膨胀 {dilation}",
    "counts.output.even": "卷积核 {kernel}，步幅 {stride}{dilation}：除边缘外，每个输出都是 "
    "{counts} 个乘积之和，分布均匀，没有棋盘格。",
    "counts.output.uneven": "卷积核 {kernel}，步幅 {stride}{dilation}：除边缘外，各输出是 "
    "{counts} 个乘积之和，于是出现棋盘格。卷积核尺寸取步幅的整数倍即可避免。",
    "counts.output.holes": "卷积核 {kernel}，步幅 {stride}{dilation}：除边缘外，各输出是 "
    "{counts} 个乘积之和；为 0 的输出没有任何乘积，只有偏置。",
    "counts.input.even": "卷积核 {kernel}，步幅 {stride}{dilation}：除边缘外，每个输入元素都"
    "被 {counts} 个输出读取。",
    "counts.input.uneven": "卷积核 {kernel}，步幅 {stride}{dilation}：除边缘外，各输入元素被"
    " {counts} 个输出读取；输入的梯度因此带有棋盘格。",
    "counts.input.holes": "卷积核 {kernel}，步幅 {stride}{dilation}：除边缘外，各输入元素被 "
    "{counts} 个输出读取；为 0 的元素被跳过。",
    "counts.here": "本例：{counts}。",
    "tick.groups": "分组",
    "tick.groups.title": "哪些通道属于同一组：每组一种颜色和编号",
    "groups.line": "第 {group} 组（共 {groups} 组）：输入通道 {inputs} 产生输出通道 {outputs}",
    "groups.short": "组{group}",
    "tick.matrix": "im2col 矩阵",
    "tick.matrix.title": "把卷积写成矩阵乘法：每个输出一列，每个权重一行",
    "matrix.weight": "权重",
    "matrix.size": "im2col，{rows}×{columns}：每个权重一行，通道 {channel} 的每个输出一列",
    "matrix.group": "第 {group} 组，共 {groups} 组",
    "matrix.transposed": "卷积核元素未落在输入上时为 0",
    "tick.colors": "元素配色",
    "tick.colors.title": "卷积核的每个元素各有一种颜色和编号，与它读取的输入元素、算式中的乘积相同",
    "colors.most": "卷积核有 {taps} 个元素，配色最多支持 {most} 个",
    "tick.stuffed": "插零",
    "tick.stuffed.title": "把转置卷积看作普通卷积：先在输入元素之间插零",
    "stuffed.input": "元素之间插零",
    "stuffed.weight": "已翻转",
    "stuffed.note": "用普通卷积得到同样的输出：输入元素之间插入 {zeros} 个零，卷积核沿每个轴"
    "翻转，再做 {layer}。",
    "tick.weight_gradient": "dL/dw 梯度",
    "tick.weight_gradient.title": "每个权重的梯度：G * 输入在所有位置上求和",
    "tick.input_gradient": "dL/dx 梯度",
    "tick.input_gradient.title": "每个输入元素的梯度：对读取它的所有输出求 G * 权重之和",
    "tick.own_gradient": "G = 输出",
    "tick.own_gradient.title": "G 取输出本身，而不是处处为 1",
    "gradient.weight.note": "权重的梯度是 G * 输入在所有位置上的和。",
    "gradient.input.note": "输入元素的梯度是 G * 权重在所有读取它的输出上的和。",
    "gradient.ones": "G 处处为 1：L 是所有输出之和。",
    "gradient.own": "G 是输出本身：L 是输出平方和的一半。",
    "gradient.of_output": "输出 {at} 处的 G = {value}",
    "gradient.of_weight": "权重 {at} 的 dL/dw = {value}",
    "gradient.of_input": "输入 {at} 的 dL/dx = {value}",
    "gradient.weight.sum": "G * 输入，共 {count} 个乘积",
    "gradient.input.sum": "G * 权重，共 {count} 个乘积",
    "gradient.weight.from_output": "G * 输入累加到这些权重上：",
    "gradient.input.from_output": "G * 权重累加到这些输入元素上：",
    "gradient.weight.from_input": "G * 输入累加到这些权重上：",
    "gradient.input.from_weight": "G * 权重累加到这些输入元素上：",
    "gradient.bias": "通道 {channel} 的 dL/db 是其 G 之和：{value}",
    "gradient.padding.dropped": "填充：到达这里的梯度被丢弃。",
    "gradient.padding.moved": "填充：到达这里的梯度累加到它所复制的元素上。",
}
