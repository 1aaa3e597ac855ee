"""The texts of `convcli init`."""

from __future__ import annotations

ENGLISH = {
    "init.bound": "bound",
    "init.by_tensor_axis": "torch counts fans by the axes of the tensor: of a transposed layer's "
    "weight (C_in, C_out/groups, ...) axis 1 is the output's, so fan_in counts outputs and fan_out "
    "inputs",
    "init.from": "from",
    "init.gain": "gain",
    "init.mean": "mean of the sample",
    "init.scheme": "scheme",
    "init.seed": "seed",
    "init.seed_note": "after torch.manual_seed and the layer's constructor",
    "init.std": "std",
    "init.std_of_sample": "std of the sample",
    "init.to": "to",
    "init.weights": "weights",
}

CHINESE = {
    "init.bound": "边界 bound",
    "init.by_tensor_axis": "torch 按张量的轴计算 fan：转置卷积的权重是 (C_in, C_out/groups, ...)，"
    "轴 1 对应输出，因此 fan_in 数的是输出，fan_out 数的是输入",
    "init.from": "区间下限",
    "init.gain": "增益 gain",
    "init.mean": "样本均值",
    "init.scheme": "初始化方案",
    "init.seed": "随机种子",
    "init.seed_note": "先调用 torch.manual_seed，再构造该层，然后初始化",
    "init.std": "标准差 std",
    "init.std_of_sample": "样本标准差",
    "init.to": "区间上限",
    "init.weights": "权重个数",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
