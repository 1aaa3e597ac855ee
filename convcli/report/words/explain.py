"""The texts of `convcli explain`; what is wrong, why and what helps is in says, causes, fixes."""

from __future__ import annotations

ENGLISH = {
    "explain.assumed": "The message lacks {names}: these outputs are for the defaults.",
    "explain.because": "{what}: {why}.",
    "explain.code": "fix",
    "explain.gives": "output",
    "explain.guess": "{what}: perhaps {why}.",
    "explain.plain": "{what}.",
    "explain.text": "what it does",
    "explain.then": "{text}, {shape}",
}

CHINESE = {
    "explain.assumed": "报错信息里没有 {names}：这里的输出按默认值计算。",
    "explain.because": "{what}：{why}。",
    "explain.code": "改法",
    "explain.gives": "输出",
    "explain.guess": "{what}：可能{why}。",
    "explain.plain": "{what}。",
    "explain.text": "作用",
    "explain.then": "{text}，{shape}",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
