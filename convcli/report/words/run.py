"""The texts of `convcli run`."""

from __future__ import annotations

ENGLISH = {
    "run.drawn": "drawn as torch does from seed {seed}",
    "run.equal": "{type}, all {low}",
    "run.magnitudes": "{type}, magnitudes {low} to {high}",
    "run.range": "{type}, {low} to {high}, mean {mean}",
    "run.range_of_finite": "{type}, {low} to {high}, mean {mean}, and {count} not finite",
}

CHINESE = {
    "run.drawn": "按 torch 的方式由种子 {seed} 随机生成",
    "run.equal": "{type}，全部为 {low}",
    "run.magnitudes": "{type}，模长 {low} 至 {high}",
    "run.range": "{type}，{low} 至 {high}，均值 {mean}",
    "run.range_of_finite": "{type}，{low} 至 {high}，均值 {mean}，另有 {count} 个非有限值",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
