"""The texts of the progress bar."""

from __future__ import annotations

ENGLISH = {
    "progress.rate.epochs": "{rate} epochs/s",
    "progress.rate.files": "{rate} files/s",
    "progress.rate.layers": "{rate} layers/s",
    "progress.left": "left",
    "progress.million": "{number} million",
    "progress.rate.mebibytes": "{rate} MiB/s",
    "progress.rate.outputs": "{rate} outputs/s",
}

CHINESE = {
    "progress.rate.epochs": "每秒 {rate} 轮",
    "progress.rate.files": "每秒 {rate} 个文件",
    "progress.rate.layers": "每秒 {rate} 层",
    "progress.left": "后完成",
    "progress.million": "{number} 百万",
    "progress.rate.mebibytes": "每秒 {rate} MiB",
    "progress.rate.outputs": "每秒 {rate} 个输出",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
