"""Torch modules with branches, views and gates; `SHAPES` says on which input each is tried."""

import torch
from torch import nn
from torch.nn import functional as F

SHAPES = {}


def on(*shape):
    def kept(module):
        SHAPES[module.__name__] = shape
        return module

    return kept


def conv(c, d, k=3, s=1, g=1, p=None, dilation=1):
    return nn.Conv2d(c, d, k, s, (k // 2) * dilation if p is None else p, dilation, g)


@on(1, 4, 9, 8)
class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = conv(4, 4), conv(4, 4)

    def forward(self, x):
        return F.relu(x + self.b(F.relu(self.a(x))))


@on(1, 4, 9, 8)
class Downsampling(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = conv(4, 8, 3, 2), conv(8, 8), conv(4, 8, 1, 2, p=0)

    def forward(self, x):
        return self.b(self.a(x).relu()).add_(self.c(x)).relu_()


@on(1, 4, 8, 8)
class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = conv(4, 2, 1), conv(4, 2, 3), conv(4, 2, 5)

    def forward(self, x):
        return torch.cat([self.a(x), self.b(x), self.c(x), F.max_pool2d(x, 3, 1, 1)], 1)


@on(1, 3, 8, 8)
class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(conv(3 + 2 * at, 2) for at in range(3))

    def forward(self, x):
        features = [x]
        for one in self.convs:
            features.append(one(torch.cat(features, 1)))
        return torch.cat(features, 1)


@on(1, 4, 8, 8)
class Squeeze(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.gate = conv(4, 4), conv(4, 4, 1)

    def forward(self, x):
        y = self.a(x)
        return y * self.gate(y.mean((2, 3), keepdim=True)).sigmoid()


@on(1, 4, 8, 8)
class SqueezeThenConvolve(Squeeze):
    def __init__(self):
        super().__init__()
        self.b = conv(4, 2, 3, 2)

    def forward(self, x):
        return self.b(super().forward(x))


@on(1, 4, 8, 8)
class SqueezeByLinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.gate = conv(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        y = self.a(x)
        gate = torch.sigmoid(self.gate(F.adaptive_avg_pool2d(y, 1).flatten(1)))
        return y * gate[:, :, None, None].expand_as(y)


@on(1, 4, 8, 8)
class Shuffle(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = conv(2, 2)

    def forward(self, x):
        left, right = x.chunk(2, dim=1)
        y = torch.cat([left, self.a(right)], 1)
        n, c, h, w = y.shape
        return y.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)


@on(1, 4, 8, 8)
class CrossStage(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = conv(4, 8), conv(4, 4)

    def forward(self, x):
        left, right = self.a(x).split([4, 4], 1)
        return torch.cat([left, right, self.b(right)], 1)


@on(1, 3, 8, 8)
class SmallUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = conv(3, 4), conv(4, 6)
        self.up, self.c = nn.ConvTranspose2d(6, 4, 2, 2), conv(8, 2)

    def forward(self, x):
        y = self.a(x)
        return self.c(torch.cat([y, self.up(self.b(F.max_pool2d(y, 2)))], 1))


@on(1, 3, 9, 7)
class UNetOfAnySize(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.up = conv(3, 4, 3, 2), nn.ConvTranspose2d(4, 3, 3, 2, 1)

    def forward(self, x):
        return x + self.up(self.a(x), output_size=x.shape)


@on(1, 3, 8, 8)
class Pyramid(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = conv(3, 4, 3, 2), conv(4, 4, 3, 2), conv(4, 4, 1)

    def forward(self, x):
        low = self.a(x)
        high = self.b(low)
        return self.c(low) + F.interpolate(high, size=low.shape[-2:], mode="nearest")


@on(1, 3, 8, 8)
class PyramidBilinear(Pyramid):
    def forward(self, x):
        low = self.a(x)
        high = F.interpolate(self.b(low), size=low.shape[-2:], mode="bilinear")
        return torch.cat([low, high], 1)


@on(1, 3, 9, 9)
class Dilated(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(conv(3, 2, dilation=d) for d in (1, 2, 3))

    def forward(self, x):
        return torch.cat([one(x) for one in self.convs], 1)


@on(1, 4, 6, 6)
class ChannelsLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.norm = conv(4, 4, 5, g=4), nn.LayerNorm(4)
        self.b, self.c = nn.Linear(4, 8), nn.Linear(8, 4)
        self.scale = nn.Parameter(torch.ones(4))

    def forward(self, x):
        y = self.norm(self.a(x).permute(0, 2, 3, 1))
        y = self.scale * self.c(F.gelu(self.b(y)))
        return x + y.permute(0, 3, 1, 2)


@on(1, 2, 8, 8)
class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch, self.norm, self.mix = nn.Conv2d(2, 6, 2, 2), nn.LayerNorm(6), nn.Linear(6, 6)

    def forward(self, x):
        y = self.patch(x)
        n, c, h, w = y.shape
        tokens = self.mix(self.norm(y.flatten(2).transpose(1, 2)))
        return tokens.transpose(1, 2).reshape(n, c, h, w)


@on(1, 2, 6, 6)
class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch, self.qkv = nn.Conv2d(2, 4, 2, 2), nn.Linear(4, 12)

    def forward(self, x):
        y = self.patch(x)
        n, c, h, w = y.shape
        q, k, v = self.qkv(y.flatten(2).transpose(1, 2)).chunk(3, -1)
        z = (q @ k.transpose(1, 2)).softmax(-1) @ v
        return z.transpose(1, 2).reshape(n, c, h, w)


@on(1, 2, 6, 6)
class AttentionOfTorch(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch, self.mix = nn.Conv2d(2, 4, 2, 2), nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x):
        y = self.patch(x)
        tokens = y.flatten(2).transpose(1, 2)
        z, _ = self.mix(tokens, tokens, tokens)
        return z.transpose(1, 2).reshape(y.shape)


@on(1, 2, 8, 8)
class Windows(nn.Module):
    """Attention inside windows of 4x4 cells."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(2, 2) for _ in range(3))

    def forward(self, x):
        n, c, h, w = x.shape
        y = x.permute(0, 2, 3, 1).view(n, h // 4, 4, w // 4, 4, c).transpose(2, 3)
        y = y.reshape(-1, 16, c)
        z = F.scaled_dot_product_attention(self.q(y), self.k(y), self.v(y))
        z = z.view(n, h // 4, w // 4, 4, 4, c).transpose(2, 3).reshape(n, h, w, c)
        return z.permute(0, 3, 1, 2)


@on(1, 2, 8, 8)
class ShiftedWindows(Windows):
    def forward(self, x):
        return torch.roll(super().forward(torch.roll(x, (-2, -2), (2, 3))), (2, 2), (2, 3)) + x


@on(1, 2, 8, 8)
class Grid(Windows):
    """Attention between cells that are four cells apart."""

    def forward(self, x):
        n, c, h, w = x.shape
        y = x.permute(0, 2, 3, 1).view(n, 2, h // 2, 2, w // 2, c).permute(0, 2, 4, 1, 3, 5)
        y = y.reshape(-1, 4, c)
        z = F.scaled_dot_product_attention(self.q(y), self.k(y), self.v(y))
        z = z.view(n, h // 2, w // 2, 2, 2, c).permute(0, 3, 1, 4, 2, 5).reshape(n, h, w, c)
        return z.permute(0, 3, 1, 2)


@on(1, 8, 5, 4)
class Upscaling(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = conv(8, 8), conv(2, 2)

    def forward(self, x):
        return self.b(F.pixel_shuffle(self.a(x), 2))


@on(1, 2, 8, 8)
class SpaceToDepth(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = conv(8, 4)

    def forward(self, x):
        return self.a(F.pixel_unshuffle(x, 2))


@on(1, 2, 8, 8)
class Focus(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = conv(8, 4)

    def forward(self, x):
        parts = [x[..., i::2, j::2] for i in (0, 1) for j in (0, 1)]
        return self.a(torch.cat(parts, 1))


@on(1, 3, 8, 8)
class Selective(nn.Module):
    """Two kernels, weighed by what both see."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.gate = conv(3, 4), conv(3, 4, 5), nn.Linear(4, 8)

    def forward(self, x):
        y = torch.stack([self.a(x), self.b(x)], 1)
        gate = self.gate(y.sum(1).mean((2, 3))).view(-1, 2, 4, 1, 1).softmax(1)
        return (y * gate).sum(1)


@on(1, 4, 8, 6)
class SpatialGate(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = conv(2, 1)

    def forward(self, x):
        both = torch.cat([x.mean(1, keepdim=True), x.max(1, keepdim=True)[0]], 1)
        return x * torch.sigmoid(self.gate(both))


@on(1, 4, 9, 8)
class Functional(nn.Module):
    """Weights of the module in functions."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(4, 4, 3, 3) + 0.1)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x):
        norm = self.norm
        y = F.conv2d(x, self.weight, padding=1)
        y = F.batch_norm(y, norm.running_mean, norm.running_var, norm.weight, norm.bias)
        return F.pad(y, (1, 1, 1, 1), mode="circular")


@on(1, 4, 8, 8)
class Grouped(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = conv(4, 4, 3, g=4), conv(4, 4, 5, g=2), conv(8, 4, 1)

    def forward(self, x):
        return self.c(torch.cat((self.a(x), self.b(x)), 1)) + x


@on(1, 3, 8, 8)
class Pooled(nn.Module):
    """Pooling to several sizes."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(conv(3, 2, 1) for _ in range(2))

    def forward(self, x):
        grids = [
            F.interpolate(one(F.adaptive_avg_pool2d(x, size)), x.shape[2:], mode="nearest")
            for one, size in zip(self.convs, (2, 4), strict=True)
        ]
        return torch.cat([x, *grids], 1)


@on(1, 2, 12)
class Gated(nn.Module):
    """A dilated convolution whose one half gates the other, as WaveNet has it."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv1d(2, 4, 2, dilation=2), nn.Conv1d(2, 2, 1)

    def forward(self, x):
        left, right = self.a(F.pad(x, (2, 0))).chunk(2, 1)
        return x + self.b(torch.tanh(left) * torch.sigmoid(right))


@on(1, 2, 10)
class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.LSTM(2, 3, batch_first=True, bidirectional=True)

    def forward(self, x):
        y, _ = self.a(x.transpose(1, 2))
        return y.transpose(1, 2)


@on(1, 2, 10)
class Causal(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.GRU(2, 3, batch_first=True)

    def forward(self, x):
        return self.a(x.transpose(1, 2))[0].transpose(1, 2)


@on(1, 2, 4, 6, 4)
class Volume(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv3d(2, 2, (1, 3, 3), padding=(0, 1, 1)), nn.Conv3d(2, 2, (3, 1, 1))

    def forward(self, x):
        return self.b(F.pad(self.a(x), (0, 0, 0, 0, 1, 1))) + x
