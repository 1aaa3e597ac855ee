"""The texts of `convcli learn`."""

from __future__ import annotations

ENGLISH = {
    "learn.after": "{name} after",
    "learn.at_end": "{name} at the end",
    "learn.before": "{name} before",
    "learn.converges": "plain gradient descent converges for",
    "learn.converges_note": "2/(largest eigenvalue of the loss's second derivative)",
    "learn.diverged": "it diverged: the loss is {last} after {epochs} epochs. Try a smaller --lr",
    "learn.diverged_limit": "it diverged: the loss is {last} after {epochs} epochs. "
    "Try a smaller --lr; the largest stable lr here is {largest}",
    "learn.epoch": "epoch",
    "learn.epoch_number": "epoch {number}",
    "learn.gradient": "gradient of {name}",
    "learn.grew": "the loss grew, from {first} to {last}. Try a smaller --lr",
    "learn.grew_limit": "the loss grew, from {first} to {last}. "
    "Try a smaller --lr; the largest stable lr here is {largest}",
    "learn.least_bias": "least-squares bias",
    "learn.least_loss": "smallest possible loss",
    "learn.least_loss_note": "that of the least-squares weight",
    "learn.least_weight": "least-squares weight",
    "learn.loss": "loss",
    "learn.loss.bce": "bce: mean binary cross-entropy of sigmoid(output), {torch}",
    "learn.loss.l1": "l1: mean of |output - target|, {torch}",
    "learn.loss.mse": "mse: mean of the squares of output - target, {torch}",
    "learn.loss.sse": "sse: sum of the squares of output - target, {torch}",
    "learn.loss_at_end": "loss at the end",
    "learn.lr": "lr",
    "learn.no_loss": "0 (within rounding)",
    "learn.optimizer": "optimizer",
    "learn.some_epochs": "{shown} of {total} epochs; -f jsonl has every one",
}

CHINESE = {
    "learn.after": "更新后的 {name}",
    "learn.at_end": "最终的 {name}",
    "learn.before": "更新前的 {name}",
    "learn.converges": "普通梯度下降的收敛条件",
    "learn.converges_note": "2 除以损失的二阶导数（Hessian 矩阵）的最大特征值",
    "learn.diverged": "训练发散：{epochs} 轮之后损失为 {last}。请减小 --lr",
    "learn.diverged_limit": "训练发散：{epochs} 轮之后损失为 {last}。"
    "请减小 --lr；此例中能保持稳定的最大学习率为 {largest}",
    "learn.epoch": "轮次",
    "learn.epoch_number": "第 {number} 轮",
    "learn.gradient": "{name} 的梯度",
    "learn.grew": "损失不降反升，从 {first} 增大到 {last}。请减小 --lr",
    "learn.grew_limit": "损失不降反升，从 {first} 增大到 {last}。"
    "请减小 --lr；此例中能保持稳定的最大学习率为 {largest}",
    "learn.least_bias": "最小二乘解的偏置",
    "learn.least_loss": "损失的最小值",
    "learn.least_loss_note": "权重取最小二乘解时的损失",
    "learn.least_weight": "最小二乘解的权重",
    "learn.loss": "损失",
    "learn.loss.bce": "bce：sigmoid(output) 的二元交叉熵的平均值，{torch}",
    "learn.loss.l1": "l1：|output - target| 的平均值，{torch}",
    "learn.loss.mse": "mse：output - target 的平方的平均值，{torch}",
    "learn.loss.sse": "sse：output - target 的平方和，{torch}",
    "learn.loss_at_end": "最终损失",
    "learn.lr": "学习率 lr",
    "learn.no_loss": "0（舍入误差范围内）",
    "learn.optimizer": "优化器",
    "learn.some_epochs": "共 {total} 轮，这里列出 {shown} 轮；-f jsonl 给出每一轮",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
