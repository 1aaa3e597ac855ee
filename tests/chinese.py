"""How Chinese text is written here: which Latin words stand in it, and its signs and spaces."""

from __future__ import annotations

import re

NAMES = {  # the same in every language
    "of methods": "flatten permute transpose unsqueeze expand view reshape max_pool",
    "of channels": "RGB RGBA alpha levels",
    "of programs": "convcli Python torch nn optim Hessian PyTorch CSR TensorFlow SAME",
    "of parameters": "kernel_size stride padding dilation output_padding padding_mode groups lr "
    "weight bias kernel in_channels out_channels in_features out_features num_features "
    "num_groups num_channels normalized_shape output_size same out in batch_first input_size "
    "downscale_factor",
    "of options": "all at every show stack full serve json jsonl help wide costs brief TOPIC "
    "COMMAND wide grad",
    "of values": "zeros reflect circular mse sse bce sigmoid output target ones sgd SGD cpu adam "
    "Adam "
    "kaiming_normal leaky_relu mode nonlinearity None False True",
    "of operators": "conv conv_transpose Conv ConvTranspose Linear",
    "of types": "bool int uint float complex",
    "of tools": "fvcore thop torchinfo ptflops backend aten utils flop_counter BatchNorm ReLU",
    "of axes": "K_L K_H K_W L_in L_out H_out W_out",
    "of arrays": "C_in C_out im col dL dW dw dx dy dz db dout",
    "of numbers": "inf nan fan fan_in fan_out gain bound std sqrt shape manual_seed MACs",
    "of files": "csv npy",
    "of units": "KiB MiB GiB",
    "of frameworks": "coremltools scipy ndimage NumPy Paddle Flatten",
    "of frameworks' values": "custom symmetric mirror same pad pad_type auto_pad output_shape",
    "in messages of frameworks": "CPU NHWC Caffe Concat Keras blobFromImage classes ddepth "
    "dimension_numbers filter filters get_weights group ksize len lhs_dilation mask pads sizes "
    "strides valid yolo BORDER_WRAP",
    "of keys": "Shift Home End Page Up Down Enter Escape home end",
    "in formulas": "floor ceil max total before after extent input size sign relu tanh momentum "
    "beta eps weight_decay gradient",
}
KNOWN = {name for names in NAMES.values() for name in names.split()}
LATIN = re.compile(r"[A-Za-z_]{2,}")
HAN = "\u4e00-\u9fff"
MIXED = re.compile(  # a space that lacks or is too much, a sign of the other script
    rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9][{HAN}]|[{HAN}][,;:!?()]|[{HAN}] [,;:!?]|[,;:!?()][{HAN}]"
    rf"|[，。：；（）、] (?! )|(?<! ) [，。：；（）、]|[{HAN}] [{HAN}]"
)
_RULE = re.compile(r"^ *[A-Za-z_]+ = .*$", re.MULTILINE)  # output = floor(...)
_MODULE = re.compile(r"(?:nn\.)?[A-Z]\w+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")


def english_words(text: str) -> set[str]:
    """The Latin words of a Chinese text that are no names.

    >>> sorted(english_words("输出 nn.Conv2d(1, 1, kernel_size=3) 的 shape, and more"))
    ['and', 'more']
    """
    return set(LATIN.findall(_MODULE.sub("", _RULE.sub("", text)))) - KNOWN
