"""Modules as print(model) writes them, into layers: lazy, quantised, of other libraries.

What torch.nn writes is read as it is. The classes of this table write the arguments of a layer of
torch.nn under another name, or with more of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.computed import Counted
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.normalisation import Normalisation
from convcli.engine.network.layers.pooling import Pool
from convcli.errors import ConvError
from convcli.inputs.networks.kinds import SIGNATURES
from convcli.inputs.networks.modules import parse_module
from convcli.inputs.networks.parsed import Parsed

_WHOLE = re.compile(r"\b\d{1,19}\b")
_CONVOLUTION = re.compile(r"\d+, \d+, kernel_size=\((\d+(?:, ?\d+)*,?)\), stride=\(")
_LINEAR = re.compile(r"in_features=\d+, out_features=\d+, bias=(True|False)$")
_ARROW = re.compile(r"^(\d+) -> (\d+)(.*)$")  # Linear (4096 -> 1000) of torch 0.2

# Another name of a class of torch.nn that writes the same arguments.
_ALIASES = {
    "BatchNormAct2d": "BatchNorm2d", "GroupNormAct": "GroupNorm", "GroupNorm1": "GroupNorm",
    "GroupNorm1Act": "GroupNorm", "LayerNormAct": "LayerNorm", "StdConv2d": "Conv2d",
    "NonDynamicallyQuantizableLinear": "Linear", "Linear4bit": "Linear", "Linear8bitLt": "Linear",
    "LinearNF4": "Linear", "LinearFP4": "Linear", "ScaledStdConv2d": "Conv2d", "WSConv2d": "Conv2d",
    "QuantizedReLU6": "ReLU6", "QuantizedHardswish": "Hardswish", "QuantizedBatchNorm2d":
    "BatchNorm2d", "Conv2dSame": "Conv2d", "StdConv2dSame": "Conv2d", "MaxPool2dSame": "MaxPool2d",
    "AvgPool2dSame": "AvgPool2d", "ScaledStdConv2dSame": "Conv2d",
    "Conv2dDynamicSamePadding": "Conv2d", "Conv2dStaticSamePadding": "Conv2d",
    "ConvReLU1d": "Conv1d", "ConvReLU2d": "Conv2d", "ConvReLU3d": "Conv3d", "LinearReLU": "Linear",
}  # fmt: skip
# Which pass on their input, or work on each number alone.
_POINTWISE = {
    "DropBlock2d": "Identity", "DropPath": "Identity", "DeQuantize": "Identity",
    "DeQuantStub": "Identity", "FakeQuantize": "Identity", "GELUActivation": "GELU",
    "GELUTanh": "GELU", "HSigmoid": "Hardsigmoid", "HSwish": "Hardswish", "HardMish": "Mish",
    "HardSigmoid": "Hardsigmoid", "HardSwish": "Hardswish", "HardswishMe": "Hardswish",
    "Hswish": "Hardswish", "Hsigmoid": "Hardsigmoid", "MemoryEfficientSwish": "SiLU",
    "NewGELUActivation": "GELU", "PytorchGELUTanh": "GELU", "Quantize": "Identity",
    "QuantStub": "Identity", "QuickGELU": "GELU", "QuickGELUActivation": "GELU",
    "SiLUActivation": "SiLU", "StochasticDepth": "Identity", "Swish": "SiLU", "SwishMe": "SiLU",
    "h_sigmoid": "Hardsigmoid", "h_swish": "Hardswish", "hswish": "Hardswish",
}  # fmt: skip
_BESIDE = ("scale", "zero_point", "qscheme", "version")  # of quantised layers
_SAME = ("Conv2dSame", "StdConv2dSame", "ScaledStdConv2dSame", "MaxPool2dSame", "AvgPool2dSame",
         "Conv2dDynamicSamePadding")  # fmt: skip
_GAINS = ("ScaledStdConv2d", "ScaledStdConv2dSame")  # one number more for each output channel
_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def is_known(module: str) -> bool:
    """Whether a class is a layer by itself, whatever modules it holds."""
    name = _bare(module)
    return name in SIGNATURES or name in _ALIASES or name in _POINTWISE


def leaves_of(module: str, text: str) -> list[Parsed] | None:
    """The layers that a module is; None where its class is unknown.

    Raises ConvError where its arguments are none of its class.
    """
    name = _bare(module)
    shown = f"{module}({text})"
    if name in _POINTWISE:
        return [parse_module(f"{_POINTWISE[name]}()")._replace(text=shown)]
    special = _SPECIAL.get(name)
    if special is not None:
        try:
            return special(shown, text)
        except (ValueError, LookupError) as error:  # of numbers that are none, or are missing
            if isinstance(error, ConvError):
                raise
            rule = "does not take these arguments"
            raise ConvError("layer.arguments", rule, got=shown) from None
    name = _ALIASES.get(name, name)
    if name not in SIGNATURES:
        return None
    parsed = parse_module(f"{name}({_arguments(name, text)})")
    if _bare(module) in _GAINS:
        parsed = with_more(parsed, _channels)
    if _bare(module) in _SAME:
        parsed = parsed._replace(text=shown, layer_for=_same(parsed.layer_for))
    return [parsed]


def base_of(text: str) -> str | None:
    """The class of torch.nn whose arguments an unknown class prints, as its subclasses do.

    >>> base_of("3, 64, kernel_size=(3, 7, 7), stride=(1, 2, 2), bias=False"), base_of("k=3")
    ('Conv3d', None)
    """
    convolution = _CONVOLUTION.match(text)
    if convolution is not None:
        rank = convolution[1].count(",") + (not convolution[1].endswith(","))
        return f"Conv{rank}d" if rank <= 3 and "output_padding" not in text else None
    return "Linear" if _LINEAR.match(text) else None


def own_parameters(parsed: Parsed) -> int | None:
    """The learned numbers of a layer, whatever its input; None where they depend on it."""
    numbers = [int(word) for word in _WHOLE.findall(parsed.text)]
    rank = 2 if parsed.rank is None else parsed.rank
    for channels in dict.fromkeys([*numbers[:3], 1]):
        for shape in (Shape((1, channels, *(4096,) * rank)), Shape((1, channels))):
            try:
                return parsed.layer_for([shape]).parameters
            except ConvError:
                continue
    return None


def with_more(parsed: Parsed, more: Callable[[Layer], int]) -> Parsed:
    """A layer with more learned numbers than its class has, as weight_norm makes it."""

    def layer_for(inputs: Sequence[Shape]) -> Layer:
        layer = parsed.layer_for(inputs)
        return Counted(layer, layer.parameters + more(layer))

    return parsed._replace(layer_for=layer_for)


def unread(shown: str, parameters: int | None = None) -> Parsed:
    """A module that keeps its place: what it makes of its input is not in the text."""

    def layer_for(inputs: Sequence[Shape]) -> Layer:
        rule = "what {module} makes of its input is not in the text"
        raise ConvError("layer.class", rule, fields={"module": shown}, kind="data")

    return Parsed(shown, layer_for, known=False, parameters=parameters)


def _bare(module: str) -> str:
    """The class without its package and the words that quantisation puts in front."""
    name = module.rpartition(".")[2]
    for front in ("DynamicQuantized", "Quantized", "Parametrized"):
        name = name.removeprefix(front)
    return name


def _arguments(name: str, text: str) -> str:
    """The arguments as torch.nn writes them today."""
    arrow = _ARROW.match(text)
    if arrow is not None:
        text = f"{arrow[1]}, {arrow[2]}{arrow[3]}"
    words = [word for word in split_arguments(text) if word.partition("=")[0] not in _BESIDE]
    if name.startswith("Lazy") and words and words[0] in ("0", "in_features=0"):
        words = words[1:]
    if name == "Linear":
        words = [word for word in words if not word.startswith("dtype=")]
    words = ["inplace=True" if word == "inplace" else word for word in words]
    if "Pool" in name:
        words = [re.sub(r"^size=", "kernel_size=", word) for word in words]
    return ", ".join(re.sub(r"^(\w+) = ", r"\1=", word) for word in words)


def split_arguments(text: str) -> list[str]:
    """The arguments between commas outside brackets.

    >>> split_arguments("3, 64, kernel_size=(7, 7)")
    ['3', '64', 'kernel_size=(7, 7)']
    """
    words, depth, start = [], 0, 0
    for at, one in enumerate(text):
        depth += (one in "([{") - (one in ")]}")
        if one == "," and depth == 0:
            words.append(text[start:at])
            start = at + 1
    return [word.strip() for word in (*words, text[start:]) if word.strip()]


def _same(layer_for: Callable[[Sequence[Shape]], Layer]) -> Callable[[Sequence[Shape]], Layer]:
    """The layer padded as TensorFlow does: ceil(size/stride) outputs, the odd cell after."""

    def padded(inputs: Sequence[Shape]) -> Layer:
        layer = layer_for(inputs)
        sizes = inputs[0][2:]
        if isinstance(layer, Convolution):
            axes = zip(layer.spec.axes, sizes, strict=True)
            spec = replace(
                layer.spec, axes=tuple(replace(a, pad=a.same_pad(size)) for a, size in axes)
            )
            return Convolution(spec)
        if isinstance(layer, Pool):
            pairs = zip(layer.axes, sizes, strict=True)
            return replace(layer, axes=tuple(replace(a, pad=a.same_pad(n)) for a, n in pairs))
        return layer

    return padded


def _channels(layer: Layer) -> int:
    return layer.spec.out_channels if isinstance(layer, Convolution) else 0


def _frozen(shown: str, text: str) -> list[Parsed]:
    """FrozenBatchNorm2d(64, eps=0.0): statistics, scale and shift are no parameters."""
    channels = split_arguments(text)[0].rpartition("=")[2]
    return [parse_module(f"BatchNorm2d({channels}, affine=False)")._replace(text=shown)]


def _norm_of_channels(shown: str, text: str) -> list[Parsed]:
    """LayerNorm2d((96,), eps=1e-06): over the channels of each cell; RmsNorm2d has no shift."""
    words = split_arguments(text)
    numbers = _WHOLE.findall(words[0]) if words else []
    affine = "elementwise_affine=False" not in words and "affine=False" not in words
    if len(numbers) != 1:
        raise ConvError("layer.arguments", "does not take these arguments", got=shown)
    layer = Normalisation(int(numbers[0]), affine, not shown.startswith("Rms"))
    return [Parsed(shown, lambda inputs: layer)]


def _pool_and_flatten(shown: str, text: str) -> list[Parsed] | None:
    """SelectAdaptivePool2d(pool_type=avg, flatten=Flatten(start_dim=1, end_dim=-1))."""
    words = dict(word.partition("=")[::2] for word in split_arguments(text))
    kind = words.get("pool_type", "avg").strip("'\"")
    names = {"avg": "Avg", "fast": "Avg", "fastavg": "Avg", "max": "Max", "fastmax": "Max"}
    leaves = []
    if kind in names:
        leaves = [parse_module(f"Adaptive{names[kind]}Pool2d(1)")._replace(text=shown)]
    elif kind:
        return None
    flatten = words.get("flatten", "")
    if flatten.startswith("Flatten(") or flatten == "True":
        leaves.append(parse_module("Flatten()"))
    return leaves


def _embedding(shown: str, text: str) -> list[Parsed]:
    words = split_arguments(text)
    numbers = [int(word) for word in words[:2] if _WHOLE.fullmatch(word)]
    return [unread(shown, prod(numbers) if len(numbers) == 2 else None)]


def _recurrent(shown: str, text: str) -> list[Parsed]:
    """LSTM(in, hidden, num_layers=2, bidirectional=True): its parameters; not what is done with
    the tuple that it returns.

    of each layer and direction: gates*hidden*(in + hidden + 2)
    """
    words = split_arguments(text)
    options = dict(word.partition("=")[::2] for word in words)
    size, hidden = (int(word) for word in words[:2])
    ways = 2 if options.get("bidirectional") == "True" else 1
    biases = 0 if options.get("bias") == "False" else 2
    gates = _GATES[shown.rpartition(".")[2].partition("(")[0].removeprefix("DynamicQuantized")]
    out, layers = int(options.get("proj_size", 0)) or hidden, int(options.get("num_layers", 1))
    if min(size, hidden, out, layers) < 1:
        raise ValueError(text)
    gate, projection = ways * gates * hidden, ways * out * hidden if out != hidden else 0
    first, others = (gate * (inputs + out + biases) + projection for inputs in (size, out * ways))
    return [unread(shown, first + (layers - 1) * others)]


_SPECIAL: dict[str, Callable[[str, str], list[Parsed] | None]] = {
    "FrozenBatchNorm2d": _frozen,
    "FrozenBatchNormAct2d": _frozen,
    "LayerNorm2d": _norm_of_channels,
    "LayerNormAct2d": _norm_of_channels,
    "RmsNorm2d": _norm_of_channels,
    "SelectAdaptivePool2d": _pool_and_flatten,
    "FastAdaptiveAvgPool2d": _pool_and_flatten,
    "FastAdaptiveAvgPool": _pool_and_flatten,
    "Embedding": _embedding,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "RNN": _recurrent,
}
