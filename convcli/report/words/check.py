"""The texts of `convcli check`."""

from __future__ import annotations

ENGLISH = {
    "check.cases": "cases",
    "check.disagree": "disagree",
    "check.gradients": "of gradients",
    "check.mismatch": "seed {seed}: {reason}",
    "check.mismatches": "seed {seed}: {reason}; {second}",
    "check.seeds": "seeds",
    "check.title": "random layers beside torch",
    "check.values": "largest difference of values",
}

CHINESE = {
    "check.cases": "用例数",
    "check.disagree": "不一致",
    "check.gradients": "梯度的最大差异",
    "check.mismatch": "种子 {seed}：{reason}",
    "check.mismatches": "种子 {seed}：{reason}；{second}",
    "check.seeds": "种子",
    "check.title": "随机生成的层，与 torch 比对",
    "check.values": "数值的最大差异",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
