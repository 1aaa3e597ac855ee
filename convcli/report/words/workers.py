"""The texts of the workers of `convcli run`."""

from __future__ import annotations

ENGLISH = {
    "workers.done": "{worker}: {span} in {seconds} s, {rate}/s, X read by {reader}",
    "workers.failed": "{worker}: {span} failed, for another worker to compute: {why}",
    "workers.block": "block {last} of {blocks}",
    "workers.blocks": "blocks {first}-{last} of {blocks}",
    "workers.number": "worker {number}",
    "workers.one": "a worker",
    "workers.out": "{worker} failed three times, and gets no more work: {why}",
}

CHINESE = {
    "workers.done": "{worker}：{span}，用时 {seconds} 秒，{rate}/s，由 {reader} 读取 X",
    "workers.failed": "{worker}：{span}失败，改由其他工作进程计算：{why}",
    "workers.block": "第 {last} 块（共 {blocks} 块）",
    "workers.blocks": "第 {first}-{last} 块（共 {blocks} 块）",
    "workers.number": "工作进程 {number}",
    "workers.one": "某个工作进程",
    "workers.out": "{worker} 已失败三次，不再分配任务：{why}",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
