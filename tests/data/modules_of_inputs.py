"""Torch modules with several inputs, and some that count their axes from the batch on."""

import torch
from torch import nn


class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(1, 4, 3, padding=1)
        self.c = nn.Conv2d(4, 2, 3, padding=1)

    def forward(self, x, mask):
        return self.c(self.a(x) * torch.sigmoid(self.b(mask)))


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.line = nn.Embedding(9, 6), nn.Linear(6, 6)

    def forward(self, ids, keep, bias=None):
        y = self.line(self.table(ids)).masked_fill(~keep[..., None], 0.0)
        return y if bias is None else y + bias


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.conv = nn.Embedding(100, 16), nn.Conv1d(16, 4, 3)

    def forward(self, ids):
        return self.conv(self.table(ids).transpose(1, 2))


class OfDict(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3)

    def forward(self, batch):
        return self.a(batch["image"])


class OfList(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3)

    def forward(self, batch: list):
        first, second = batch
        return self.a(first) + self.a(second)


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(3, 4, 5, padding=2)


class Inception(Two):
    def forward(self, x):
        return torch.cat([self.a(x), self.b(x)], 1)


class MeanOfChannels(Two):
    def forward(self, x):
        return self.a(x).mean(1, keepdim=True)


class MostOfChannels(Two):
    def forward(self, x):
        return self.a(x).max(dim=1)[0]


class SoftmaxOfChannels(Two):
    def forward(self, x):
        return self.a(x).softmax(1)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.line = nn.Conv2d(3, 16, 3, padding=1), nn.Linear(16, 5)

    def forward(self, x):
        return self.line(self.a(x).flatten(2).mean(-1))


def LazyHead():
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.LazyLinear(4))


def LazyNorm():
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.LazyBatchNorm2d())


class Centred(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(3, 1, 1))
        self.a = nn.Conv2d(3, 8, 3, 2, 1)

    def forward(self, x):
        return self.a(x - self.mean)


class Misfit(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.f = nn.Conv2d(3, 8, 3), nn.Linear(100, 10)

    def forward(self, x):
        return self.f(self.a(x).flatten(1))


class StrictUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.pool = nn.Conv2d(3, 8, 3, padding=1), nn.MaxPool2d(2)
        self.up = nn.ConvTranspose2d(8, 8, 2, 2)

    def forward(self, x):
        y = self.a(x)
        return torch.cat([y, self.up(self.pool(y))], 1)


def Half():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()).half()


class OfComplex(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4, 3, 3, 3, dtype=torch.cfloat))

    def forward(self, x):
        return nn.functional.conv2d(torch.complex(x, x), self.weight).abs()
