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
    "exercise.channels": "The layer has {count} output channels; the batch stays.",
    "exercise.layer": "layer {number}",
    "exercise.level.easy": "easy",
    "exercise.level.hard": "hard",
    "exercise.level.medium": "medium",
    "exercise.problems": "problems",
    "exercise.solutions": "{title}: solutions",
    "exercise.text.gather": "Which inputs reach the output at {at} of this transposed layer, by "
    "which taps? Work out the sum.",
    "exercise.text.gradient": "G is the gradient of the loss with respect to the output. Work out "
    "the entry {at} of {gradient}.",
    "exercise.text.output": "Work out the whole output of this layer.",
    "exercise.text.padding": "Which padding, the same on both sides of an axis, gives an output of "
    "{wanted} cells?",
    "exercise.text.parameters": "How many numbers does this layer learn?",
    "exercise.text.receptive-field": "One unit behind these layers, far from the borders: how many "
    "cells of the input does it see along each axis?",
    "exercise.text.same": "Which padding, the same on both sides of an axis, keeps the size "
    "{wanted}?",
    "exercise.text.scatter": "Stamp the kernel once for every input, times the input, and add the "
    "stamps: what is the output of this transposed layer?",
    "exercise.text.size": "Which shape has the output of this layer?",
    "exercise.text.sum": "Work out the output of this layer at {at}.",
    "exercise.text.transposed_size": "Which shape has the output of this transposed layer?",
    "exercise.title": "Exercises on convolutions, sheet {seed} ({level})",
    "exercise.title.gradient": "A gradient",
    "exercise.title.output": "A whole output",
    "exercise.title.padding": "Padding for a size",
    "exercise.title.parameters": "Parameters",
    "exercise.title.receptive-field": "Receptive field",
    "exercise.title.size": "Output size",
    "exercise.title.sum": "One output by hand",
    "exercise.title.transposed": "A transposed layer",
    "exercise.total": "{axis}: {size} cells become {out} with {least} padded cells in all.",
    "exercise.totals": "{axis}: {size} cells become {out} with {least} to {most} padded cells in "
    "all.",
}

CHINESE = {
    "exercise.answer.gradient": "梯度元素",
    "exercise.answer.output": "输出",
    "exercise.answer.padding": "填充",
    "exercise.answer.parameters": "参数量",
    "exercise.answer.receptive-field": "感受野",
    "exercise.answer.size": "输出形状",
    "exercise.answer.sum": "输出",
    "exercise.channels": "该层有 {count} 个输出通道，批大小不变。",
    "exercise.layer": "第 {number} 层",
    "exercise.level.easy": "简单",
    "exercise.level.hard": "困难",
    "exercise.level.medium": "中等",
    "exercise.problems": "道题",
    "exercise.solutions": "{title}：答案",
    "exercise.text.gather": "这个转置卷积层在 {at} 处的输出由哪"
    "些输入经过哪些权重得到？计算这个和。",
    "exercise.text.gradient": "G 是损失对输出的梯度。计算 {gradient} 在 {at} 处的值。",
    "exercise.text.output": "计算这一层的全部输出。",
    "exercise.text.padding": "每个轴两侧填充相同，填充多少才能得到 {wanted} 的输出？",
    "exercise.text.parameters": "这一层有多少个可学习的参数？",
    "exercise.text.receptive-field": "远离边界处，这些层之后的一个单元沿每个轴"
    "能看到多少个输入元素？",
    "exercise.text.same": "每个轴两侧填充相同，填充多少才能保持尺寸 {wanted} 不变？",
    "exercise.text.scatter": "每个输入乘以卷积核得到一个印记，把所有印"
    "记相加：这个转置卷积层的输出是什么？",
    "exercise.text.size": "这一层的输出形状是什么？",
    "exercise.text.sum": "计算这一层在 {at} 处的输出。",
    "exercise.text.transposed_size": "这个转置卷积层的输出形状是什么？",
    "exercise.title": "卷积练习，第 {seed} 套（{level}）",
    "exercise.title.gradient": "梯度",
    "exercise.title.output": "全部输出",
    "exercise.title.padding": "按尺寸求填充",
    "exercise.title.parameters": "参数量",
    "exercise.title.receptive-field": "感受野",
    "exercise.title.size": "输出尺寸",
    "exercise.title.sum": "手算一个输出",
    "exercise.title.transposed": "转置卷积",
    "exercise.total": "{axis}：{size} 变为 {out}，总共需要填充 {least}。",
    "exercise.totals": "{axis}：{size} 变为 {out}，总共需要填充 {least} 到 {most}。",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
