"""The texts of `convcli stack` and of its questions."""

from __future__ import annotations

ENGLISH = {
    "stack.activations": "activations",
    "stack.jump": "jump",
    "stack.macs": "MACs",
    "stack.params": "params",
    "stack.peak": "peak",
    "stack.sees": "sees",
    "stack.stack": "stack",
    # --compare
    "stack.compare.differs": "differs",
    "stack.compare.first": "first",
    "stack.compare.layers": "layers",
    "stack.compare.more": "{count} more layers differ; --json has them all.",
    "stack.compare.second": "second",
    "stack.compare.title": "{count} stack on {input} | {count} stacks on {input}",
    # --target-rf
    "stack.target": "target",
    "stack.target.append": "append",
    "stack.target.layer": "a convolution with kernel_size {kernel}, or 3 and dilation {dilation}",
    "stack.target.most": "no layer sees {target} cells; the most is {sizes}",
    "stack.target.reached": "layer {name} is the first that sees {target} cells: {sizes}",
    "stack.target.repeat": "repeat",
    "stack.target.times": "the stack {count} times",
    # --sizes
    "stack.sizes.back": "sizes restored at the output",
    "stack.sizes.fix": "fix",
    "stack.sizes.further": "{changes}; that brings it further",
    "stack.sizes.gives": "{changes}; that gives {shape}",
    "stack.sizes.input": "input size",
    "stack.sizes.of_layers": "{count} layer on inputs of {sizes} cells | "
    "{count} layers on inputs of {sizes} cells",
    "stack.sizes.of_module": "a module on inputs of {sizes} cells",
    "stack.sizes.legal": "legal sizes",
    "stack.sizes.more": "and {count} more",
    "stack.sizes.output": "output, or error",
    "stack.sizes.smallest": "smallest input",
    # --prove
    "stack.proof": "receptive fields derived again",
    "stack.proof.differing": "that differ",
    "stack.proof.by_impulses": "impulses, on {shape}",
    "stack.proof.by_tables": "composed tables, on {shape}",
    "stack.proof.unit": "On {shape}, unit {unit} of axis {axis} of layer {name} differs.",
    "stack.proof.units": "units",
    # --mirror
    "stack.mirror": "the mirror of {count} layer: {coded} back to {decoded} | "
    "the mirror of {count} layers: {coded} back to {decoded}",
    "stack.mirrors": "mirrors",
    # a printed model without SHAPE
    "stack.printed.order": "Without SHAPE a printed model is its layers in the order printed, with "
    "their arguments and parameters; what forward() does with them is not in the text.",
    "stack.printed.title": "{count} layer as printed | {count} layers as printed",
    "stack.printed.unknown": "The text does not say the parameters of {count} layer. | "
    "The text does not say the parameters of {count} layers.",
}

CHINESE = {
    "stack.activations": "激活值",
    "stack.jump": "累计步幅",
    "stack.macs": "乘加次数",
    "stack.params": "参数",
    "stack.peak": "峰值",
    "stack.sees": "感受野",
    "stack.stack": "网络",
    # --compare
    "stack.compare.differs": "不同的层",
    "stack.compare.first": "第一个",
    "stack.compare.layers": "层数",
    "stack.compare.more": "另有 {count} 层不同；--json 给出全部。",
    "stack.compare.second": "第二个",
    "stack.compare.title": "{count} 个网络，输入 {input}",
    # --target-rf
    "stack.target": "目标",
    "stack.target.append": "追加",
    "stack.target.layer": "一个 kernel_size 为 {kernel} 的卷积，或 kernel_size 为 3、dilation 为 "
    "{dilation} 的卷积",
    "stack.target.most": "没有哪一层能看到 {target} 个元素；最多 {sizes}",
    "stack.target.reached": "层 {name} 最先看到 {target} 个元素：{sizes}",
    "stack.target.repeat": "重复",
    "stack.target.times": "整个网络 {count} 次",
    # --sizes
    "stack.sizes.back": "输出能还原的尺寸",
    "stack.sizes.fix": "修正",
    "stack.sizes.further": "{changes}；这样还能再往后算",
    "stack.sizes.gives": "{changes}；这样得到 {shape}",
    "stack.sizes.input": "输入尺寸",
    "stack.sizes.of_layers": "{count} 层，输入尺寸 {sizes}",
    "stack.sizes.of_module": "一个模块，输入尺寸 {sizes}",
    "stack.sizes.legal": "合法尺寸",
    "stack.sizes.more": "另有 {count} 行",
    "stack.sizes.output": "输出或错误",
    "stack.sizes.smallest": "最小输入",
    # --prove
    "stack.proof": "重新推导的感受野",
    "stack.proof.differing": "不一致",
    "stack.proof.by_impulses": "单位脉冲，输入 {shape}",
    "stack.proof.by_tables": "整数表的复合，输入 {shape}",
    "stack.proof.unit": "输入为 {shape} 时，层 {name} 在轴 {axis} 上的单元 {unit} 不一致。",
    "stack.proof.units": "单元数",
    # --mirror
    "stack.mirror": "{count} 层的镜像：从 {coded} 还原到 {decoded}",
    "stack.mirrors": "对应的层",
    "stack.printed.order": "未给出输入形状时，只按打印的顺序列出各层及其参数；"
    "各层如何连接，文本中没有写。",
    "stack.printed.title": "打印的 {count} 层",
    "stack.printed.unknown": "文本没有写出其中 {count} 层的参数数量。",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
