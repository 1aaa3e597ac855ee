"""Random torch modules with branches, whose operations cut, join, move, mask and mix axes.

A step is a line of Python on earlier values. `{a|b}` picks one; N, C, H and W are the sizes of its
first value. A line that does not fit the shapes is not taken.
"""

from __future__ import annotations

import re
from random import Random
from typing import Any, NamedTuple

ONE = """
nn.Conv2d(C, {2|4|6}, ({1|2|3|5}, {1|2|3}), ({1|2|3}, {1|2}), ({0|1|2}, {0|1}), ({1|2}, {1|3}))
nn.Conv2d(C, {2|4|6}, ({1|2|3|5}, {1|2|3}), padding='same', padding_mode='{reflect|circular|zeros}')
nn.Conv2d(C, 2 * C, 3, padding=1, groups=C)
nn.ConvTranspose2d(C, {2|4}, {1|2|3|4}, {1|2|3}, {0|1}, {0|1}, dilation={1|2})
nn.MaxPool2d(({1|2|3}, 2), ({1|2|3}, {1|2|3}), ceil_mode={True|False})
nn.AvgPool2d({2|3}, {1|2|3}, {0|1}, {True|False}, {True|False})
nn.AdaptiveAvgPool2d(({1|2|3|5}, {1|3|4}))
nn.{GroupNorm(1, C)|InstanceNorm2d(C)|BatchNorm2d(C)|LayerNorm(W)|LayerNorm([C, H, W])}
nn.BatchNorm2d(C, track_running_stats=False)
nn.{PixelShuffle|PixelUnshuffle}(2)
nn.{Linear(W, 5)|LocalResponseNorm(3)|ChannelShuffle(2)|GLU({1|2|3})|Softmax(dim={1|2|3})}
F.interpolate({x}, size=({2|5|7}, {3|9}), mode='{nearest|nearest-exact|bilinear|area}')
F.interpolate({x}, scale_factor={2|1.5|0.5}, mode='{nearest|bicubic}')
F.pad({x}, ({0|1|2}, {-1|2}, {0|3}, {-2|1}))
F.pad({x}, (1, 2, {0|1}, {0|2}), mode='{reflect|replicate|circular}')
F.pad({x}, (0, 0, 0, 0, 1, {0|2}))
{x}[:, :, {0|1|2}::{1|2|3}]
{x}[..., {0|1}:{-1|-2}]
{x}.narrow({1|2|3}, {0|1}, {1|2|3})
{x}.chunk({2|3}, {1|2|3})[{0|1}]
{x}.split([1, 2, {1|3}], {1|2|3})[{1|2}]
torch.roll({x}, (1, -2), (2, 3))
{x}.flip({1|2|3})
{x}.flip((2, 3))
torch.rot90({x}, {1|2|3}, (2, 3))
{x}.transpose({1|2}, {2|3})
{x}.permute(0, 2, 3, 1)
{x}.movedim({1|2}, 3)
{x}.{cumsum|logcumsumexp}({1|2|3})
{x}.cumsum({2|3})[:, :, :{2|3}].softmax({2|3})
{x}.sort({1|2|3})[0]
{x}.topk(1, {2|3})[0]
{x}.repeat_interleave(2, {2|3})
{x}.repeat(1, {1|2}, {1|2}, 1)
{x}.index_select({1|2|3}, torch.tensor([{0|2}, 0, 1]))
{x}[:, :, [{0|1}, 2, 1]]
{x}[:, :, torch.arange(H) % 2 == 0]
{x} - {x}.mean({1|2|3}, keepdim=True)
{x}.unfold({2|3}, {2|3}, {1|2}).mean(-1)
{x}.unfold({2|3}, {2|3}, {1|2})[..., {0|1}]
{x}.reshape(N, C, H // 2, 2, W).mean({2|3})
{x}.reshape(N, C, H * W).flip(2).reshape(N, C, H, W)
{x}.flatten(2).cumsum(2).reshape(N, C, H, W)
torch.cat([{x}[:, :, :1], {x}, {x}[:, :, -1:]], 2)
torch.cat([{x}[:, :, :3], {x}[:, :, 3:].flip(2)], 2)
torch.cat([F.instance_norm({x}[:, :, :4]), {x}[:, :, 4:]], {2|2|2|1})
torch.stack([{x}[:, :, i : i + 3].mean(2) for i in range(H - 2)], {2|2|3})
torch.stack([{x}[..., i] * (i + 1) for i in range(W)], {2|3})
torch.stack({x}.unbind({1|2|3})[::-1], {1|2|3})
torch.stack([{x}, 2 * {x}], 2).flatten(2, 3)
torch.where(torch.arange(W) % 2 == 0, {x}, {x}.roll(1, 2))
{x}.masked_fill(torch.arange(H)[:, None] < {1|3}, 0)
{x} * torch.sigmoid({x}.mean((2, 3), keepdim=True))
{x} * torch.sigmoid({x}.mean({2|3}, keepdim=True))
{x} @ {x}.transpose(2, 3)
{x} + {x}.roll(1, 3).flip(2)
zeroed({x}, (slice(None), slice(None), slice({0|1}, None, {2|3})))
zeroed({x}, (slice(None), slice(None), slice(1, {2|4}), slice({0|2}, 3)))
zeroed({x}, (slice(None), slice(0, 1), slice(1, 3)))
written({x}, (slice(None), slice(None), slice(2, None)), {x}[:, :, :-2])
written({x}, (slice(None), slice(None), slice(None), slice(0, 2)), {x}[..., -2:].flip(3))
written(torch.zeros_like({x}), (slice(None), slice(None), slice(0, None, 2)), {x}[:, :, 0::2])
shifted({x})
nn.LSTM(W, 3, batch_first=True, bidirectional={True|False})({x}.reshape(-1, H, W))[0][:, None]
torch.einsum('nchw,nchv->ncwv', {x}, {x})
F.fold(F.unfold({x}, 3, padding=1), (H, W), 3, padding=1)
F.unfold({x}, 1).reshape(N, C, H, W)
torch.fft.fft({x}, dim={2|3}).abs()
F.scaled_dot_product_attention({x}, {x}, {x}, is_causal={True|False})
""".strip().splitlines()
TWO = """
{x} + {y}
{x} * {y}
torch.cat([{x}, {y}], {1|2|3})
torch.cat([{x}, {y}, {x}], {2|3})
{x} @ {y}.transpose(2, 3)
torch.cat([{x}, F.interpolate({y}, size=(H, W), mode='bilinear')], 1)
torch.cat([{x}, F.pad({y}, (0, W - {y}.shape[3], 0, H - {y}.shape[2]))], 1)
torch.cat([{x}, {y}[:, :, :H, :W]], 1)
{x} * torch.sigmoid({y}.mean((1, 2, 3), keepdim=True))
torch.stack([{x}, {y}]).mean(0)
""".strip().splitlines()
HEAD = """
import torch
from torch import nn
from torch.nn import functional as F


def zeroed(x, at):
    y = x.clone()
    y[at] = 0
    return y


def written(x, at, values):
    y = x.clone()
    y[at] = values
    return y


def shifted(x):
    y = x.clone()
    y[:, :, 1:] += x[:, :, :-1]
    return y
"""
MOST_NUMBERS = 6_000  # of a value


class RandomModule(NamedTuple):
    """The Python of a module, and the shape that it takes."""

    source: str
    shape: tuple[int, ...]
    steps: tuple[str, ...]


def random_module(seed: int, *, most: int = 5) -> RandomModule:
    """A module of up to `most` steps; the last value is what it returns."""
    import torch

    random = Random(seed)
    torch.manual_seed(seed)
    shape = (random.choice((1, 2)), random.choice((2, 3, 4)), *random.choices(range(6, 10), k=2))
    space: dict[str, Any] = {}
    exec(HEAD, space)  # the text above
    values, made, calls = [torch.rand(shape, dtype=torch.float64)], [], []
    count = random.randint(1, most)
    for _ in range(20 * count):
        if len(calls) == count:
            break
        text, call = _step(random, [tuple(one.shape) for one in values], len(made))
        try:
            value, module = _value(space, values, text, call)
        except (RuntimeError, ValueError, TypeError, IndexError, ZeroDivisionError):
            continue
        if value.dim() != 4 or not 0 < value.numel() <= MOST_NUMBERS or value.is_complex():
            continue
        values.append(value)
        calls.append(call)
        made += [module] if module else []
    return RandomModule(_source(made, calls), shape, tuple(calls))


def _step(random: Random, shapes: list[tuple[int, ...]], modules: int) -> tuple[str, str]:
    """What is made before the module runs, if anything, and the call."""
    first = len(shapes) - 1 if random.random() < 0.75 else random.randrange(len(shapes))
    second = random.randrange(len(shapes))
    line = random.choice(TWO if len(shapes) > 1 and random.random() < 0.3 else ONE)
    names = {"{x}": f"v{first}", "{y}": f"v{second}"}
    line = re.sub(r"\{[xy]\}", lambda found: names[found[0]], line)
    while "{" in line:
        line = re.sub(r"\{([^{}]*)\}", lambda found: random.choice(found[1].split("|")), line)
    for letter, size in zip("NCHW", shapes[first], strict=True):
        line = re.sub(rf"\b{letter}\b", str(size), line)
    if not line.startswith("nn."):
        return "", line
    if line.startswith("nn.LSTM"):
        made, _, rest = line.partition(")(")
        return f"{made})", f"self.m[{modules}]({rest}"
    return line, f"self.m[{modules}](v{first})"


def _value(space: dict[str, Any], values: list[Any], text: str, call: str) -> tuple[Any, str]:
    import torch

    names = {f"v{at}": value for at, value in enumerate(values)}
    with torch.no_grad():
        if text:
            module = eval(text, space).double().eval()  # a line of the table
            call = re.sub(r"self\.m\[\d+\]", "module", call)
            names["module"] = module
        return eval(call, {**space, **names}), text


def _source(made: list[str], calls: list[str]) -> str:
    layers = "".join(f"            {one},\n" for one in made)
    steps = "".join(f"        v{at + 1} = {call}\n" for at, call in enumerate(calls))
    return (
        f"{HEAD}\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.m = nn.ModuleList([\n{layers}        ])\n\n"
        f"    def forward(self, v0):\n{steps}        return v{len(calls)}\n"
    )
