"""The texts of `convcli exercise`."""

from __future__ import annotations

ENGLISH = {
    "exercise.answer.gradient": "entry of the gradient",
    "exercise.answer.output": "output",
    "exercise.answer.padding": "padding",
    "exercise.answer.parameters": "parameters",
    "exercise.answer.receptive-field": "receptive field",
    "exercise.answer.size": "output shape",
    "exercise.answer.sum": "output",
    "exercise.channels": "The output has {count} channels; the batch size stays the same.",
    "exercise.in_torch": "in PyTorch",
    "exercise.layer": "layer {number}",
    "exercise.level.easy": "easy",
    "exercise.level.hard": "hard",
    "exercise.level.medium": "medium",
    "exercise.problems": "problems",
    "exercise.solutions": "{title}: solutions",
    "exercise.text.gather": "Which inputs reach the output at {at} of this transposed layer, and "
    "through which taps? Work out the sum. Positions count from 0.",
    "exercise.text.gradient": "G is the gradient of the loss with respect to the output. Work out "
    "the entry {at} of {gradient}. Positions count from 0.",
    "exercise.text.output": "Work out the whole output of this layer.",
    "exercise.text.padding": "Which padding, the same on both sides of each axis, gives an output "
    "of {wanted} cells?",
    "exercise.text.parameters": "How many parameters does this layer have?",
    "exercise.text.receptive-field": "How many input cells does one unit behind these layers see "
    "along each axis, far from the borders?",
    "exercise.text.same": "Which padding, the same on both sides of each axis, keeps the size "
    "{wanted}?",
    "exercise.text.scatter": "Each input adds a copy of the kernel, times the input, to the "
    "output; overlaps add. Work out the output of this transposed layer.",
    "exercise.text.size": "What is the shape of the output of this layer?",
    "exercise.text.sum": "Work out the output of this layer at {at}. Positions count from 0.",
    "exercise.text.transposed_size": "What is the shape of the output of this transposed layer?",
    "exercise.title": "Exercises on convolutions, sheet {seed} ({level})",
    "exercise.title.gradient": "One entry of a gradient",
    "exercise.title.output": "A whole output",
    "exercise.title.padding": "Padding for a size",
    "exercise.title.parameters": "Parameters",
    "exercise.title.receptive-field": "Receptive field",
    "exercise.title.size": "Output size",
    "exercise.title.sum": "One output by hand",
    "exercise.title.transposed": "A transposed layer",
    "exercise.total": "{axis}: {size} cells become {out} with {least} cells of padding, both "
    "sides together.",
    "exercise.totals": "{axis}: {size} cells become {out} with {least} to {most} cells of "
    "padding, both sides together.",
}

CHINESE = {
    "exercise.answer.gradient": "梯度的值",
    "exercise.answer.output": "输出",
    "exercise.answer.padding": "填充",
    "exercise.answer.parameters": "参数量",
    "exercise.answer.receptive-field": "感受野",
    "exercise.answer.size": "输出形状",
    "exercise.answer.sum": "输出",
    "exercise.channels": "输出有 {count} 个通道，批大小不变。",
    "exercise.in_torch": "PyTorch 写法",
    "exercise.layer": "第 {number} 层",
    "exercise.level.easy": "简单",
    "exercise.level.hard": "困难",
    "exercise.level.medium": "中等",
    "exercise.problems": "道题",
    "exercise.solutions": "{title}：答案",
    "exercise.text.gather": "这个转置卷积层在 {at} "
    "处的输出由哪些输入元素、经过哪些卷积核元素得到？求这个和。位置从 0 开始数。",
    "exercise.text.gradient": "G 是损失对输出的梯度。求 {gradient} 在 {at} 处的值。位置从 0 "
    "开始数。",
    "exercise.text.output": "求这一层的完整输出。",
    "exercise.text.padding": "每个轴两侧填充相同。填充多少时，输出的尺寸是 {wanted}？",
    "exercise.text.parameters": "这一层的参数量是多少？",
    "exercise.text.receptive-field": "远离边界处，最后一层的一个单元沿每个轴能看到多少个输入元素？",
    "exercise.text.same": "每个轴两侧填充相同。填充多少时，尺寸 {wanted} 保持不变？",
    "exercise.text.scatter": "每个输入元素乘以卷积核后叠加到输出上，重叠处相加。"
    "求这个转置卷积层的输出。",
    "exercise.text.size": "这一层的输出是什么形状？",
    "exercise.text.sum": "求这一层在 {at} 处的输出。位置从 0 开始数。",
    "exercise.text.transposed_size": "这个转置卷积层的输出是什么形状？",
    "exercise.title": "卷积练习，第 {seed} 套（{level}）",
    "exercise.title.gradient": "梯度的一个元素",
    "exercise.title.output": "完整输出",
    "exercise.title.padding": "由尺寸求填充",
    "exercise.title.parameters": "参数量",
    "exercise.title.receptive-field": "感受野",
    "exercise.title.size": "输出尺寸",
    "exercise.title.sum": "手算一个输出",
    "exercise.title.transposed": "转置卷积",
    "exercise.total": "{axis}：从 {size} 得到 {out}，两侧一共填充 {least} 个元素。",
    "exercise.totals": "{axis}：从 {size} 得到 {out}，两侧一共填充 {least} 到 {most} 个元素。",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
