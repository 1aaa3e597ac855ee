"""The texts of the page about edits: what is typed, pasted, dropped, filled and resized."""

from __future__ import annotations

ENGLISH_EDIT = {
    "redo": "Redo",
    "stepper.input": "input",
    "edit.hint": "Click a cell of the input or the kernel twice, or press Enter on it, to type a "
    "number. Paste a matrix at a cell; drop a picture anywhere.",
    "edit.field": "number; Enter and the arrows go on, Escape gives up",
    "edit.number": "{text} is no number: write 3, -1.5 or 2e3.",
    "edit.comma": "{text}: the comma separates numbers here. Write {point} for a fraction.",
    "edit.int64": "{text} does not fit into int64, which ends at 2^63 - 1. Write {text}.0 for a "
    "float.",
    "edit.large": "{text} is larger than a float64 can be.",
    "edit.bound": "the sums could leave int64, which ends at 2^63 - 1: use smaller numbers, or "
    "write "
    "one with a point, like 1.0e19",
    "edit.empty": "There are no numbers in it.",
    "edit.ragged": "The rows have different lengths.",
    "edit.brackets": "The brackets do not match.",
    "edit.output": "Outputs are computed: change the input or the kernel.",
    "edit.padding": "Padding is not typed: it follows from padding and padding_mode.",
    "edit.served": "The page holds only a part of these arrays; convcli computes with the files. "
    "Change the files to edit them.",
    "edit.lens": "The cells show something else now: turn that off to edit the numbers.",
    "edit.dtype": "All numbers are {dtype} now, they were {before}: a fraction makes float64 of "
    "integers, as in convcli and NumPy.",
    "edit.rounded": "{text} became {kept}, the nearest {dtype}.",
    "edit.paste.fits": "The {size} numbers do not fit into {room} from this cell on.",
    "edit.whole.input": "Replace the whole input",
    "edit.whole.weight": "Replace the whole kernel",
    "edit.axes": "An array of shape {shape} has too many axes: at most {most}.",
    "edit.bias.none": "none; type numbers to add one",
    "edit.bias.count": "{count} numbers for {most} output channels: write one, or one for each.",
    "edit.random": "Random",
    "edit.paste": "Paste ...",
    "edit.save": "Save {kind}",
    "edit.fill": "fill with ...",
    "edit.fill.loaded": "as it was loaded",
    "edit.fill.zeros": "all 0",
    "edit.fill.ones": "all 1",
    "edit.fill.arange": "1, 2, 3, ...",
    "edit.fill.impulse": "impulse (a single 1)",
    "edit.open": "Open a picture ...",
    "edit.save.part": "The page holds only a part of this array.",
    "edit.save.planes": "A .csv file holds one plane, this array has {count}: save it as .npy.",
    "edit.file.large": "The file is larger than 8 MiB.",
    "edit.picture": "The picture, {width}x{height}, is the input: numbers 0..255. It stays on "
    "this "
    "machine.",
    "edit.picture.scaled": "The picture was scaled down from {from} to {width}x{height}; it "
    "is the "
    "input: numbers 0..255. It stays on this machine.",
    "edit.picture.channels": "A picture has 1 channel (gray) or 3 (RGB), and this layer reads "
    "{count}: "
    "set in_channels to 1 or 3.",
    "edit.picture.unread": "The browser cannot read this file as a picture.",
    "added_cells": "Added cells are 0",
    "repeated": "{name}: added channels repeat the others",
    "fault.groups": "groups {groups} must divide in_channels {in_channels} and out_channels "
    "{out_channels}",
    "fault.cells": "{cells} numbers are more than the page edits ({most})",
    "link.unkept.input": "The link does not hold the edited input: it is too long.",
    "link.unkept.weight": "The link does not hold the edited kernel: it is too long.",
    "link.unkept.bias": "The link does not hold the edited bias: it is too long.",
    "command.file": "The {name} is too long for a command: save it as {file} first.",
    "command.dtype": "Numbers of a command are float64, here they are {dtype}.",
}

CHINESE_EDIT = {
    "redo": "重做",
    "stepper.input": "输入",
    "edit.hint": "双击输入或卷积核的元素，或者选中后按 Enter 键，即可输入数值。矩阵可粘贴到选中的元"
    "素处，"
    "图片可拖放到页面上。",
    "edit.field": "数值；Enter 键和方向键移到下一个，Escape 键放弃",
    "edit.number": "{text} 不是数字：请写成 3、-1.5 或 2e3 的形式。",
    "edit.comma": "{text}：逗号在这里分隔数字。小数请写成 {point}。",
    "edit.int64": "{text} 超出 int64 的范围（最大 2^63 - 1）。写成 {text}.0 则为浮点数。",
    "edit.large": "{text} 超出 float64 的范围。",
    "edit.bound": "求和可能超出 int64 的范围（最大 2^63 - 1）：请改用较小的数，或把其中一个写成小"
    "数，如 1.0e19",
    "edit.empty": "其中没有数字。",
    "edit.ragged": "各行长度不一致。",
    "edit.brackets": "括号不匹配。",
    "edit.output": "输出由计算得出：请修改输入或卷积核。",
    "edit.padding": "填充元素不能输入：它由 padding 和 padding_mode 决定。",
    "edit.served": "本页只包含数组的一部分，由 convcli 根据文件计算。要修改数值，请修改文件。",
    "edit.lens": "单元格现在显示的是别的数值：关闭该显示方式后即可编辑。",
    "edit.dtype": "所有数值现为 {dtype}（原为 {before}）：整数中出现小数时全部转为 float64，与 "
    "convcli 和 NumPy 相同。",
    "edit.rounded": "{text} 已变为最接近的 {dtype} 数值 {kept}。",
    "edit.paste.fits": "从这个单元格起，{size} 个数放不进 {room}。",
    "edit.whole.input": "替换整个输入",
    "edit.whole.weight": "替换整个卷积核",
    "edit.axes": "形状为 {shape} 的数组维数过多：最多 {most} 维。",
    "edit.bias.none": "无；输入数字即可添加",
    "edit.bias.count": "有 {count} 个数，而输出通道有 {most} 个：请写一个，或每个通道一个。",
    "edit.random": "随机",
    "edit.paste": "粘贴……",
    "edit.save": "保存 {kind}",
    "edit.fill": "填入……",
    "edit.fill.loaded": "恢复载入时的数值",
    "edit.fill.zeros": "全 0",
    "edit.fill.ones": "全 1",
    "edit.fill.arange": "1、2、3……",
    "edit.fill.impulse": "单位脉冲（只有一个 1）",
    "edit.open": "打开图片……",
    "edit.save.part": "本页只包含这个数组的一部分。",
    "edit.save.planes": ".csv 文件只能存一个平面，这个数组有 {count} 个：请保存为 .npy。",
    "edit.file.large": "文件超过 8 MiB。",
    "edit.picture": "图片（{width}\u00d7{height}）已作为输入，数值为 0..255。图片不会离开这台电脑"
    "。",
    "edit.picture.scaled": "图片已从 {from} 缩小到 {width}\u00d7{height} 并作为输入，数值为 "
    "0..255。"
    "图片不会离开这台电脑。",
    "edit.picture.channels": "图片有 1 个通道（灰度）或 3 个通道（RGB），而这一层读取 {count} 个："
    "请把 in_channels 设为 1 或 3。",
    "edit.picture.unread": "浏览器无法把这个文件读成图片。",
    "added_cells": "新增的元素填 0",
    "repeated": "{name}：新增的通道重复已有的通道",
    "fault.groups": "groups {groups} 必须能整除 in_channels {in_channels} 和 out_channels "
    "{out_channels}",
    "fault.cells": "共 {cells} 个数，超过本页能编辑的 {most} 个",
    "link.unkept.input": "链接中没有编辑过的输入：内容过长。",
    "link.unkept.weight": "链接中没有编辑过的卷积核：内容过长。",
    "link.unkept.bias": "链接中没有编辑过的偏置：内容过长。",
    "command.file": "{name}太长，无法写进命令：请先保存为 {file}。",
    "command.dtype": "命令中的数值为 float64，这里为 {dtype}。",
}
