"""What messages of frameworks say: one clause for each kind of error."""

from __future__ import annotations

from convcli.report.words import says_of_frameworks as frameworks

ENGLISH = {
    "says.add.in_place": "The sum has the shape {second}, and is to be stored in a tensor {first}",
    "says.add.sizes": "Tensors a and b meet element by element, but on axis {dim} a has {first}, "
    "b {second}",
    "says.argument.missing": "{name} needs {arguments}",
    "says.argument.negative": "{argument} must be at least 0",
    "says.argument.per_axis": "{argument}={values} has {count} numbers, the layer {axes} axes",
    "says.argument.positive": "{argument} must be at least {least}",
    "says.argument.type": "{name} does not take a {type} as {argument}",
    "says.argument.unknown": "{name} has no argument {argument}",
    "says.axis.range": "Axis {dim} is asked for, and the tensor has {axes} axes",
    "says.batch_norm.input_rank": "The layer takes an input of {wants} axes, not of {got}",
    "says.batch_norm.num_features": "The norm has num_features={features}, but its input has {got} "
    "on axis C",
    "says.batch_norm.one_value": "In training, a norm needs more than one value a channel, and the "
    "input {input} has one",
    "says.cat.rank": "Tensors of {first} and of {second} axes are concatenated",
    "says.cat.sizes": "Tensors are concatenated on axis {joined}, and on another axis the first "
    "has {first}, a later one {second}",
    "says.cat.sizes_at": "Tensors are concatenated, and on axis {differing} they have {first} and "
    "{second}",
    "says.cat.sizes_on": "Tensors are concatenated on axis {joined}, and on axis {differing} they "
    "have {first} and {second}",
    "says.conv.axes_of_input": "{argument}={values} is for {count} axes of space, not for {axes}",
    "says.conv.bias": "The bias {bias} must have one number for each of {outs} output channels",
    "says.conv.channels_unknown": "The input has other channels than the layer takes",
    "says.conv.groups": "{argument}={channels} is not divisible by groups={groups}",
    "says.conv.groups_unknown": "{argument} is not divisible by groups",
    "says.conv.in_channels": "{name} takes in_channels={takes}, but the input {input} has {got} "
    "on axis C",
    "says.conv.input_rank": "{name} takes {wants} axes {order}, but the input {input} has {got}",
    "says.conv.kernel_size": "The kernel spans {extent} cells, more than the padded input {padded} "
    "on {axes}",
    "says.conv.other_rank": "The layer takes an input of {wants} axes",
    "says.conv.padding_mode": "Torch has no padding_mode {mode}",
    "says.conv.padding_same": 'padding="same" needs stride 1',
    "says.conv.padding_string": "Torch does not know the padding {word}",
    "says.conv.weight_rank": "The weight lacks its axes (out_channels, in_channels, ...)",
    "says.conv_transpose.output_padding": "output_padding={value} must be smaller than "
    "stride={stride} or dilation={dilation} on {axes}",
    "says.conv_transpose.output_size": "output_size {wanted} is not between {least} and {most}",
    "says.conv_transpose.padding": "The padding crops the whole output away on {axes}: "
    "{input} becomes {output}",
    "says.conv_transpose.padding_mode": "{name} pads with zeros only",
    "says.device": "The input is on {input}, the {of} on {weight}",
    "says.devices": "Tensors are on {first} and on {second}",
    "says.dtype": "The input is {input}, the {of} is {weight}",
    "says.dtype.indices": "Indices must be integers, not {dtype}",
    "says.dtype.not_implemented": "{operation} has no code for {dtype} on this device",
    "says.expand.sizes": "A tensor {sizes} cannot be expanded to {target}: they differ on axis "
    "{dim}",
    "says.fold.blocks": "The layer makes {blocks} windows, and the input has {got} columns",
    "says.fold.channels": "The rows of the input, {channels}, are not divisible by the {cells} "
    "cells of the kernel {kernel}",
    "says.group_norm.groups": "num_channels={channels} is not divisible by num_groups={groups}",
    "says.input.empty": "The input {input} is empty on axis {dim}",
    "says.instance_norm.one_value": "In training, a norm needs more than one cell a channel, and "
    "the input {input} has one",
    "says.layer_norm.normalized_shape": "The input {input} does not end with normalized_shape "
    "{shape}",
    "says.linear.in_features": "Linear({takes}, {outs}) takes in_features={takes}, but its input, "
    "as a matrix {input}, has {got}",
    "says.loss.batches": "The output has {got} rows, the target {target}",
    "says.loss.rank": "The target of a cross entropy has classes and no channels, but {axes} axes",
    "says.loss.shapes": "The target {target} has another shape than the output {input}",
    "says.loss.target": "The target {target} must be {wanted}",
    "says.loss.target_classes": "A target with the shape of the output holds probabilities, and "
    "must have fractions",
    "says.loss.target_float": "The target of a cross entropy holds classes, which are integers",
    "says.loss.target_rank": "The target of a cross entropy is one class a sample, without a "
    "further axis",
    "says.matmul.lengths": "The axes that are multiplied have {first} and {second} numbers",
    "says.matmul.sizes": "The second batch of matrices must begin with {wants}, not with {got}",
    "says.memory": "There is no memory for a tensor of {wanted}",
    "says.norm.num_channels": "The norm has {argument}={features}, but its input has {got} on "
    "axis C",
    "says.pad.circular": "Circular padding is larger than the input",
    "says.pad.crop": "The negative padding leaves nothing of {input}: {output}",
    "says.pad.limit": "Padding {padding} of mode {mode} must be at most {most} on axis {axis} "
    "of size {size} in {input}",
    "says.pad.negative": "A negative padding crops more cells than there are",
    "says.pad.pairs": "{numbers} numbers of padding are for more axes than the {axes} of the input",
    "says.pad.rank": "{sizes} numbers of padding do not go with an input of {axes} axes",
    "says.pad.rank_unknown": "Padding by copies needs the axes (N, C, ...) of the input",
    "says.pixel_shuffle.channels": "PixelShuffle({factor}) needs a multiple of {square} channels, "
    "not {channels}",
    "says.pixel_unshuffle.size": "The {axis} {size} is not divisible by downscale_factor={factor}",
    "says.pool.input_rank": "Pooling takes {least} axes (C, ...) or {most} axes (N, C, ...)",
    "says.pool.output_size": "The window of pooling is larger than the input {input} on "
    "{axes}: the output would be {output}",
    "says.pool.output_size_1d": "The window of max_pool1d is larger than its input: the output "
    "would have {size} cells",
    "says.pool.padding": "padding={padding} is more than half of kernel_size={kernel}",
    "says.rnn.hidden": "The hidden state {got} must be {wanted}",
    "says.rnn.input_size": "The layer has input_size={takes}, but its input has {got} features",
    "says.stack.sizes": "The samples of a batch have other shapes: the first {first}, sample {at}"
    " {second}",
    "says.state_dict.keys": "The checkpoint lacks {missing} of the model's names and has "
    "{unexpected} others",
    "says.state_dict.shape": "{key} is {checkpoint} in the checkpoint and {model} in the model",
    "says.state_dict.shapes": "{count} tensors have other shapes in the checkpoint, such as {key}, "
    "{checkpoint} there and {model} in the model",
    "says.unflatten.multiple": "{sizes} needs a multiple of {product} numbers, but the axis has "
    "{size}",
    "says.unflatten.sizes": "{sizes} makes {product} numbers, but the axis has {size}",
    "says.unfold.kernel_size": "The window {kernel} is larger than the padded input {input}",
    "says.upsample.input_rank": "Mode {mode} needs an input of {wants} axes, not of {got}",
    "says.upsample.mode": "torch has no mode {mode}",
    "says.upsample.per_axis": "{argument} has {count} numbers, the input {sizes} has {axes} axes "
    "of space",
    "says.upsample.size": "{input} cannot become {output}: sizes must be at least 1",
    "says.view.contiguous": "The tensor was permuted, and a view cannot change its shape",
    "says.view.multiple": "The view {shape} needs a multiple of {known} numbers, the tensor has "
    "{size}",
    "says.view.size": "The view {shape} holds {known}, and the tensor has {size} numbers",
}

CHINESE = {
    "says.add.in_place": "和的形状是 {second}，放不进形状为 {first} 的张量",
    "says.add.sizes": "张量 a 与 b 逐元素运算，但在第 {dim} 轴上 a 是 {first}，b 是 {second}",
    "says.argument.missing": "{name} 缺少参数 {arguments}",
    "says.argument.negative": "{argument} 不能小于 0",
    "says.argument.per_axis": "{argument}={values} 有 {count} 个数，而该层有 {axes} 个轴",
    "says.argument.positive": "{argument} 至少为 {least}",
    "says.argument.type": "{name} 的 {argument} 不接受 {type} 类型",
    "says.argument.unknown": "{name} 没有参数 {argument}",
    "says.axis.range": "要用第 {dim} 轴，而张量只有 {axes} 个轴",
    "says.batch_norm.input_rank": "该层要求输入有 {wants} 个轴，而不是 {got} 个",
    "says.batch_norm.num_features": "归一化层的 num_features={features}，而输入有 {got} 个通道",
    "says.batch_norm.one_value": "训练时归一化要求每个通道多于一个值，而输入 {input} 只有一个",
    "says.cat.rank": "拼接的张量分别有 {first} 个轴和 {second} 个轴",
    "says.cat.sizes": "张量沿第 {joined} 轴拼接，但另一轴上第一个是 {first}，后面的是 {second}",
    "says.cat.sizes_at": "拼接的张量在第 {differing} 轴上是 {first} 和 {second}",
    "says.cat.sizes_on": "张量沿第 {joined} 轴拼接，但第 {differing} 轴上是 {first} 和 {second}",
    "says.conv.axes_of_input": "{argument}={values} 对应 {count} 个空间轴，而不是 {axes} 个",
    "says.conv.bias": "偏置 {bias} 应给 {outs} 个输出通道各一个数",
    "says.conv.channels_unknown": "输入的通道数与该层要求的不同",
    "says.conv.groups": "{argument}={channels} 不能被 groups={groups} 整除",
    "says.conv.groups_unknown": "{argument} 不能被 groups 整除",
    "says.conv.in_channels": "{name} 的 in_channels={takes}，而输入 {input} 的 C 轴是 {got}",
    "says.conv.input_rank": "{name} 要求输入有 {wants} 个轴 {order}，而输入 {input} 有 {got} 个",
    "says.conv.kernel_size": "卷积核跨越 {extent} 个单元，在 {axes} 轴上超过填充后的输入 {padded}",
    "says.conv.other_rank": "该层要求输入有 {wants} 个轴",
    "says.conv.padding_mode": "torch 没有填充模式 {mode}",
    "says.conv.padding_same": 'padding="same" 要求步幅为 1',
    "says.conv.padding_string": "torch 不认识填充 {word}",
    "says.conv.weight_rank": "权重缺少 (out_channels, in_channels, ...) 这两个轴",
    "says.conv_transpose.output_padding": "在 {axes} 轴上，output_padding={value} 必须小于 "
    "stride={stride} 或 dilation={dilation}",
    "says.conv_transpose.output_size": "output_size {wanted} 不在 {least} 与 {most} 之间",
    "says.conv_transpose.padding": "padding 在 {axes} 轴上裁掉了全部输出：{input} 变成 {output}",
    "says.conv_transpose.padding_mode": "{name} 只支持零填充",
    "says.device": "输入在 {input} 上，{of} 在 {weight} 上",
    "says.devices": "张量分别在 {first} 和 {second} 上",
    "says.dtype": "输入的类型是 {input}，{of} 的类型是 {weight}",
    "says.dtype.indices": "索引必须是整数，而不是 {dtype}",
    "says.dtype.not_implemented": "{operation} 在该设备上不支持 {dtype}",
    "says.expand.sizes": "张量 {sizes} 不能扩展成 {target}：第 {dim} 轴不同",
    "says.fold.blocks": "该层有 {blocks} 个窗口，而输入有 {got} 列",
    "says.fold.channels": "输入的行数 {channels} 不能被卷积核 {kernel} 的 {cells} 个单元整除",
    "says.group_norm.groups": "num_channels={channels} 不能被 num_groups={groups} 整除",
    "says.input.empty": "输入 {input} 的第 {dim} 轴是空的",
    "says.instance_norm.one_value": "训练时归一化要求每个通道多于一个单元，而输入 {input} 只有一个",
    "says.layer_norm.normalized_shape": "输入 {input} 的末尾不是 normalized_shape {shape}",
    "says.linear.in_features": "Linear({takes}, {outs}) 的 in_features={takes}，而输入（作为 "
    "{input} 的矩阵）是 {got}",
    "says.loss.batches": "输出有 {got} 行，目标有 {target} 行",
    "says.loss.rank": "交叉熵的目标是类别编号，没有通道轴，而它有 {axes} 个轴",
    "says.loss.shapes": "目标 {target} 与输出 {input} 的形状不同",
    "says.loss.target": "目标 {target} 应为 {wanted}",
    "says.loss.target_classes": "与输出同形的目标是概率，必须是浮点数",
    "says.loss.target_float": "交叉熵的目标是类别编号，必须是整数",
    "says.loss.target_rank": "交叉熵的目标是每个样本一个类别，没有更多的轴",
    "says.matmul.lengths": "相乘的两个轴分别有 {first} 个数和 {second} 个数",
    "says.matmul.sizes": "第二批矩阵的前两轴应为 {wants}，而不是 {got}",
    "says.memory": "内存不足，放不下 {wanted} 的张量",
    "says.norm.num_channels": "归一化层的 {argument}={features}，而输入的 C 轴是 {got}",
    "says.pad.circular": "循环填充超过了输入的大小",
    "says.pad.crop": "负的填充把 {input} 裁得一点不剩：{output}",
    "says.pad.limit": "模式 {mode} 的填充 {padding} 在 {axis} 轴上至多为 {most}，输入 {input} "
    "在该轴有 {size} 个单元",
    "says.pad.negative": "负的填充裁掉的单元比现有的还多",
    "says.pad.pairs": "{numbers} 个填充数超出了输入的 {axes} 个轴",
    "says.pad.rank": "{sizes} 个填充数与 {axes} 个轴的输入不匹配",
    "says.pad.rank_unknown": "复制式填充要求输入有 (N, C, ...) 轴",
    "says.pixel_shuffle.channels": "PixelShuffle({factor}) 要求通道数是 {square} 的倍数，而不是 "
    "{channels}",
    "says.pixel_unshuffle.size": "{axis} {size} 不能被 downscale_factor={factor} 整除",
    "says.pool.input_rank": "池化要求 {least} 个轴 (C, ...) 或 {most} 个轴 (N, C, ...)",
    "says.pool.output_size": "池化窗口在 {axes} 轴上大于输入 {input}：输出会是 {output}",
    "says.pool.output_size_1d": "max_pool1d 的窗口大于输入：输出会有 {size} 个单元",
    "says.pool.padding": "padding={padding} 超过了 kernel_size={kernel} 的一半",
    "says.rnn.hidden": "隐藏状态 {got} 应为 {wanted}",
    "says.rnn.input_size": "该层的 input_size={takes}，而输入有 {got} 个特征",
    "says.stack.sizes": "同一批次的样本形状不同：第一个是 {first}，样本 {at} 是 {second}",
    "says.state_dict.keys": "检查点缺少模型的 {missing} 个名称，另有 {unexpected} 个多余的",
    "says.state_dict.shape": "{key} 在检查点中是 {checkpoint}，在模型中是 {model}",
    "says.state_dict.shapes": "有 {count} 个张量形状不同，例如 {key}：检查点中是 {checkpoint}，"
    "模型中是 {model}",
    "says.unflatten.multiple": "{sizes} 要求数的个数是 {product} 的倍数，而该轴有 {size} 个",
    "says.unflatten.sizes": "{sizes} 共 {product} 个数，而该轴有 {size} 个",
    "says.unfold.kernel_size": "窗口 {kernel} 大于填充后的输入 {input}",
    "says.upsample.input_rank": "模式 {mode} 要求输入有 {wants} 个轴，而不是 {got} 个",
    "says.upsample.mode": "torch 没有模式 {mode}",
    "says.upsample.per_axis": "{argument} 有 {count} 个数，而输入 {sizes} 有 {axes} 个空间轴",
    "says.upsample.size": "{input} 不能变成 {output}：大小至少为 1",
    "says.view.contiguous": "张量经过 permute，view 无法改变它的形状",
    "says.view.multiple": "视图 {shape} 要求数的个数是 {known} 的倍数，而张量有 {size} 个",
    "says.view.size": "视图 {shape} 需要 {known} 个数，而张量有 {size} 个",
}

TEXTS = {"en": ENGLISH | frameworks.ENGLISH, "zh": CHINESE | frameworks.CHINESE}
