"""The texts of `convcli grad`."""

from __future__ import annotations

ENGLISH = {
    "grad.by_torch": "autograd: {comparison}",
    "grad.correlation": "dL/dW is a correlation: G times the input cell that each tap reads, "
    "summed over the outputs",
    "grad.by_differences": "central differences: {comparison}",
    "grad.differs": "{to_input}: {line}; the result DIFFERS from dL/dx",
    "grad.entry": "{name} at {position} of {line}",
    "grad.equal": "{to_input}: {line}; the result equals dL/dx",
    "grad.ones": "all ones",
    "grad.to_copies": "{to_input}; what falls on padding goes back to the cells that it copies",
    "grad.to_input": "dL/dx is a transposed convolution of G with the same weight",
    "grad.to_input_of_transposed": "dL/dx is a convolution of G with the same weight",
}

CHINESE = {
    "grad.by_torch": "与自动求导比较：{comparison}",
    "grad.correlation": "dL/dW 是互相关：每个卷积核元素对应的输入乘以 G，再对所有输出位置求和",
    "grad.by_differences": "与中心差分比较：{comparison}",
    "grad.differs": "{to_input}：{line}；已核对，结果不相等",
    "grad.entry": "{line} 的 {name}，位置 {position}",
    "grad.equal": "{to_input}：{line}；已核对，结果相等",
    "grad.ones": "全为 1",
    "grad.to_copies": "{to_input}；落在填充上的梯度累加到被复制的输入元素上",
    "grad.to_input": "dL/dx 等于对 G 做转置卷积，权重相同",
    "grad.to_input_of_transposed": "dL/dx 等于对 G 做卷积，权重相同",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
