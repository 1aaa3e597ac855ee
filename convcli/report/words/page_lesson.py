"""The texts of the page's first lesson, of its gallery, and of the language switch."""

from __future__ import annotations

ENGLISH_LESSON = {
    "language": "Language",
    "lesson": "Lesson",
    "gallery": "Gallery",
    "lesson.step": "{number} of {count}, {name}",
    "lesson.task": "Task",
    "lesson.done": "Right.",
    "lesson.back": "Back one step",
    "lesson.again": "Set it again",
    "lesson.next": "Next step",
    "lesson.end": "End",
    "lesson.sizes": "sizes",
    "lesson.sizes.look": "Step through the outputs and watch the window: each is one sum of "
    "products. "
    "A 3x3 kernel has 3 places on each axis of a 5x5 input, so the output is 3x3.",
    "lesson.sizes.task": "change the kernel so that the output is 4x4.",
    "lesson.stride": "stride",
    "lesson.stride.look": "The stride is how far the window moves from one output to the next. "
    "The green bar on the ruler shows it.",
    "lesson.stride.task": "set the stride so that the output is 2x2.",
    "lesson.padding": "padding",
    "lesson.padding.look": "Without padding the corner of the input is read once, its centre nine "
    "times. Padding puts cells around the input, zeros here.",
    "lesson.padding.task": "set the padding so that the output is as large as the input.",
    "lesson.dilation": "dilation",
    "lesson.dilation.look": "A dilated kernel leaves out cells between its taps. It spans more of "
    "the "
    "input with the same nine weights.",
    "lesson.dilation.task": "make the 3x3 kernel span 5 cells.",
    "lesson.channels": "channels",
    "lesson.channels.look": "Each output channel has a kernel for every input channel, and adds up "
    "what "
    "they give. Here are 3*1*3*3 = 27 weights.",
    "lesson.channels.task": 'under "More", set out_channels so that there are 54 weights.',
    "lesson.groups": "groups",
    "lesson.groups.look": "Groups cut the channels apart: an output channel reads only the input "
    "channels of its own group. With one group, each of the 4 outputs reads all 4 inputs.",
    "lesson.groups.task": 'under "More", set groups so that each output channel '
    "reads one input channel.",
    "lesson.transposed": "transposed",
    "lesson.transposed.look": "A transposed layer works the other way: each input cell stamps the "
    "whole "
    "kernel, times its number, onto the output. Click an input cell to see its stamp; "
    "where stamps overlap, they add up.",
    "lesson.transposed.task": "padding crops the output here: set it so that 3x3 are left.",
    "lesson.field": "receptive field",
    "lesson.field.look": "The receptive field of an output is the part of the input that it "
    "depends on. "
    "Through a stack of layers it grows: convcli stack computes it.",
    "lesson.field.task": "click the output that reads the rows 2 to 4 and the columns 4 to 6.",
    "case.plain": "Convolution",
    "case.transposed": "Transposed",
    "case.none": "no padding, stride 1",
    "case.arbitrary": "arbitrary padding",
    "case.same": "same padding",
    "case.full": "full padding",
    "case.strides": "no padding, strides",
    "case.padding_strides": "padding, strides",
    "case.odd": "padding, strides, odd",
    "case.dilation": "dilation",
}

CHINESE_LESSON = {
    "language": "语言",
    "lesson": "入门课",
    "gallery": "图例",
    "lesson.step": "第 {number} 步，共 {count} 步：{name}",
    "lesson.task": "练习",
    "lesson.done": "正确。",
    "lesson.back": "上一步",
    "lesson.again": "重新设置",
    "lesson.next": "下一步",
    "lesson.end": "结束",
    "lesson.sizes": "尺寸",
    "lesson.sizes.look": "逐个查看输出，注意窗口：每个输出都是一组乘积之和。3x3 的卷积核在 5x5 输入"
    "的每个轴上"
    "有 3 个位置，所以输出为 3x3。",
    "lesson.sizes.task": "改变卷积核，使输出为 4x4。",
    "lesson.stride": "步幅",
    "lesson.stride.look": "步幅是相邻两个输出之间窗口移动的距离。标尺上的绿色短线就是步幅。",
    "lesson.stride.task": "设置步幅，使输出为 2x2。",
    "lesson.padding": "填充",
    "lesson.padding.look": "没有填充时，输入的角只被读取一次，中心则被读取九次。填充在输入四周添加"
    "元素，这里是 0。",
    "lesson.padding.task": "设置填充，使输出与输入一样大。",
    "lesson.dilation": "膨胀",
    "lesson.dilation.look": "膨胀的卷积核在元素之间跳过一些输入。权重仍是九个，覆盖的范围更大。",
    "lesson.dilation.task": "让 3x3 的卷积核跨越 5 个元素。",
    "lesson.channels": "通道",
    "lesson.channels.look": "每个输出通道对每个输入通道各有一个卷积核，并把各通道的结果相加。"
    "这里有 3*1*3*3 = 27 个权重。",
    "lesson.channels.task": "在“更多”中设置 out_channels，使权重共有 54 个。",
    "lesson.groups": "分组",
    "lesson.groups.look": "分组把通道隔开：输出通道只读取本组的输入通道。只有一组时，4 个输出通道"
    "各读取全部 4 个输入通道。",
    "lesson.groups.task": "在“更多”中设置 groups，使每个输出通道只读取一个输入通道。",
    "lesson.transposed": "转置",
    "lesson.transposed.look": "转置卷积的方向相反：每个输入元素乘以整个卷积核，再叠加到输出上。"
    "点击一个输入元素，可以看到它影响的输出；重叠处相加。",
    "lesson.transposed.task": "这里的填充会裁剪输出：设置填充，使输出剩下 3x3。",
    "lesson.field": "感受野",
    "lesson.field.look": "输出的感受野是它所依赖的那部分输入。层数越多，感受野越大：convcli stack "
    "可以计算。",
    "lesson.field.task": "点击读取第 2 到 4 行、第 4 到 6 列的那个输出。",
    "case.plain": "卷积",
    "case.transposed": "转置卷积",
    "case.none": "无填充，步幅 1",
    "case.arbitrary": "任意填充",
    "case.same": "same 填充",
    "case.full": "full 填充",
    "case.strides": "无填充，有步幅",
    "case.padding_strides": "有填充，有步幅",
    "case.odd": "有填充，有步幅，奇数",
    "case.dilation": "膨胀",
}
