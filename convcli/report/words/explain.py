"""The texts of `convcli explain`; what is wrong, why and what helps is in says, causes, fixes."""

from __future__ import annotations

ENGLISH = {
    "explain.alike": "The network takes this shape. Its layers with these numbers:",
    "explain.assumed": "The message lacks {names}: these outputs are for the defaults.",
    "explain.because": "{what}: {why}.",
    "explain.cause": "cause",
    "explain.code": "fix",
    "explain.elsewhere": "The network fails in another way, in this layer:",
    "explain.example": "such as",
    "explain.fails": "In the network it is this layer:",
    "explain.gives": "output",
    "explain.guess": "{what}: perhaps {why}.",
    "explain.nowhere": "The network takes this shape, and no layer has these numbers.",
    "explain.plain": "{what}.",
    "explain.tensors": "tensors",
    "explain.text": "what it does",
    "explain.then": "{text}, {shape}",
}

CHINESE = {
    "explain.alike": "该网络能接收这个形状。其中数字相同的层：",
    "explain.assumed": "报错信息里没有 {names}：这里的输出按默认值计算。",
    "explain.because": "{what}：{why}。",
    "explain.cause": "原因",
    "explain.code": "改法",
    "explain.elsewhere": "该网络在另一处出错，是这一层：",
    "explain.example": "例如",
    "explain.fails": "在网络中是这一层：",
    "explain.gives": "输出",
    "explain.guess": "{what}：可能{why}。",
    "explain.nowhere": "该网络能接收这个形状，也没有数字相同的层。",
    "explain.plain": "{what}。",
    "explain.tensors": "张量数",
    "explain.text": "作用",
    "explain.then": "{text}，{shape}",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
