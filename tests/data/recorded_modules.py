"""Torch modules for the tests of `stack --module`: what calls, views and weights they have."""

import torch
from torch import nn
from torch.nn import functional as F


class Chunked(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, width, 3, padding=1), nn.Conv2d(width // 2, 4, 3, padding=1)
        self.head = nn.Linear(4, 10)

    def forward(self, x):
        _, right = self.a(x).chunk(2, dim=1)
        y = F.max_pool2d(self.b(right), 2, return_indices=True)[0]
        return self.head(y.max(3)[0].max(2)[0])


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.pool = nn.Conv2d(1, 4, 3, padding=1), nn.MaxPool2d(2)
        self.low, self.up = nn.Conv2d(4, 8, 3, padding=1), nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.head = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        y = self.down(x)
        return self.head(torch.cat([y, self.up(self.low(self.pool(y)))], 1))


class Functional(nn.Module):
    """Weights of the module in functions of torch."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Parameter(torch.zeros(8, 3, 3, 3))
        self.norm, self.layer, self.line = nn.BatchNorm2d(8), nn.LayerNorm(8), nn.Linear(8, 5)

    def forward(self, x):
        norm, layer, line = self.norm, self.layer, self.line
        y = F.conv2d(x, self.conv, padding=1)
        y = F.batch_norm(y, norm.running_mean, norm.running_var, norm.weight, norm.bias)
        y = F.layer_norm(y.permute(0, 2, 3, 1), (8,), layer.weight, layer.bias)
        return F.linear(y, line.weight, line.bias).permute(0, 3, 1, 2)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.gate = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 1)

    def forward(self, x):
        y = self.conv(x)
        return y * self.gate(y.mean((2, 3), keepdim=True)).sigmoid()


class Restored(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(8, 3, 3, stride=2, padding=1)

    def forward(self, x):
        return self.up(self.down(x), output_size=x.shape[-2:])


class Waves(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 8, 10, stride=5)

    def forward(self, x):
        return self.conv(x.unsqueeze(1))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, stride=4)
        self.mix, self.memory = nn.MultiheadAttention(8, 2, batch_first=True), nn.LSTM(8, 4)

    def forward(self, x):
        y = self.patch(x).flatten(2).transpose(1, 2)
        return self.memory(self.mix(y, y, y)[0])[0]


class Auxiliary(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.aux = nn.Conv2d(3, 8, 3), nn.Linear(8, 100)

    def forward(self, x):
        return (self.conv(x), self.aux(x)) if self.training else self.conv(x)


class Decides(nn.Module):
    def __init__(self):
        super().__init__()
        self.small, self.large = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 5)

    def forward(self, x):
        return self.small(x) if x.sum() > 0 else self.large(x)


class Several(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 1, 1)

    def forward(self, x):
        y = self.conv(x)
        return {"features": y, "heat": self.head(y)}


class Classifier(nn.Module):
    def __init__(self, classes=10, *, width=8):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width), nn.ReLU())
        self.head = nn.Linear(width * 36, classes)

    def forward(self, x):
        return self.head(self.body(x).flatten(1))


class Viewed(nn.Module):
    def forward(self, x):
        return x.view(-1, 100)


class Strange(nn.Module):
    """An operation of which nobody knows the cost."""

    def forward(self, x):
        return torch.cdist(x, x)


class Large(nn.Module):
    def __init__(self):
        super().__init__()
        self.line = nn.Linear(200_000, 200_000)

    def forward(self, x):
        return self.line(x)


class Deep(nn.Module):
    def __init__(self, blocks=400):
        super().__init__()
        self.body = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
                for _ in range(blocks)
            )
        )

    def forward(self, x):
        return self.body(x)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.line = nn.Linear(8, 20, bias=False)

    def forward(self, x):
        return F.linear(self.line(x), self.line.weight.t())


class Writes(nn.Module):
    """Parts of a tensor that are written in place."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        y = torch.zeros_like(x)
        y[:, :2] = self.conv(x)[:, :2]
        return y


class Leaves(nn.Module):
    """Code that leaves torch."""

    def forward(self, x):
        return torch.from_numpy(x.numpy() * 2)
