"""The texts of `convcli run` between stores."""

from __future__ import annotations

ENGLISH = {
    "stores.again": "{factor} bytes for each byte of X",
    "stores.block": "block of X in memory",
    "stores.blocks": "blocks",
    "stores.blocks_of": "of {units} units each",
    "stores.chunks_of_input": "chunks of X",
    "stores.chunks_of_output": "chunks of Y",
    "stores.computed": "units computed",
    "stores.fetched": "bytes fetched",
    "stores.fetched_packed": "bytes fetched, packed",
    "stores.from": "from",
    "stores.gets": "chunks fetched",
    "stores.levels": "levels",
    "stores.macs": "multiply-adds",
    "stores.memory": "memory",
    "stores.shards_of_input": "shards of X",
    "stores.shards_of_output": "shards of Y",
    "stores.skipped": "units that were there",
    "stores.tasks": "tasks",
    "stores.to": "to",
    "stores.units": "units",
    "stores.written": "bytes written, before packing",
    "stores.workers": "workers",
}

CHINESE = {
    "stores.again": "X 的每个字节读取 {factor} 个字节",
    "stores.block": "内存中 X 的一块",
    "stores.blocks": "块数",
    "stores.blocks_of": "每块 {units} 个写入单元",
    "stores.chunks_of_input": "X 的分块",
    "stores.chunks_of_output": "Y 的分块",
    "stores.computed": "已计算的单元",
    "stores.fetched": "读取的字节数",
    "stores.fetched_packed": "读取的字节数（压缩后）",
    "stores.from": "来源",
    "stores.gets": "读取的分块数",
    "stores.levels": "金字塔层数",
    "stores.macs": "乘加次数",
    "stores.memory": "内存",
    "stores.shards_of_input": "X 的分片",
    "stores.shards_of_output": "Y 的分片",
    "stores.skipped": "原已存在的单元",
    "stores.tasks": "任务数",
    "stores.to": "写入",
    "stores.units": "写入单元数",
    "stores.written": "写入的字节数（压缩前）",
    "stores.workers": "工作进程数",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
