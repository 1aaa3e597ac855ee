from __future__ import annotations

from typing import Any

import pytest

from convcli import ConvError, ConvSpec
from convcli.inputs.text.layer import parse_layer


def for_input(layer: str, shape: tuple[int, ...], **options: Any) -> ConvSpec:
    return parse_layer(layer, options).for_input(shape)


def for_weight(
    layer: str, shape: tuple[int, ...], weight: tuple[int, ...], **options: Any
) -> ConvSpec:
    return parse_layer(layer, options).for_weight(shape, weight, bias=False)


def test_channels_are_read_off_the_input() -> None:
    assert for_input("conv2d", (1, 3, 9, 9), kernel_size="3", out_channels="8").in_channels == 3
    assert for_input("conv2d", (1, 1, 9, 9), kernel_size="3").out_channels == 1
    depthwise = for_input("conv2d", (1, 6, 9, 9), kernel_size="3", groups="depthwise")
    assert (depthwise.groups, depthwise.in_channels, depthwise.out_channels) == (6, 6, 6)
    assert for_input(
        "conv2d", (1, 6, 9, 9), kernel_size="3", groups="depthwise", out_channels="12"
    ).weight_shape == (12, 1, 3, 3)


def test_an_option_overrides_the_expression() -> None:
    spec = for_input("Conv2d(3, 64, 7, stride=2)", (1, 3, 9, 9), kernel_size="3", bias=False)
    assert (spec.kernel_size, spec.axes[0].stride, spec.bias) == ((3, 3), 2, False)


@pytest.mark.parametrize(
    ("layer", "weight", "groups", "channels"),
    [
        ("conv2d", (8, 2, 3, 3), "1", (2, 8)),
        ("conv2d", (8, 2, 3, 3), "4", (8, 8)),
        ("conv_transpose2d", (8, 2, 3, 3), "1", (8, 2)),
        ("conv_transpose2d", (8, 2, 3, 3), "4", (8, 8)),
    ],
)
def test_channels_and_kernel_size_are_read_off_the_weight(
    layer: str, weight: tuple[int, ...], groups: str, channels: Any
) -> None:
    spec = for_weight(layer, (1, channels[0], 9, 9), weight, groups=groups)
    assert (spec.in_channels, spec.out_channels) == channels
    assert spec.weight_shape == weight


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"kernel_size": "5"}, "kernel_size.contradicts"),
        ({"kernel_size": "3,1"}, "kernel_size.contradicts"),
        ({"out_channels": "7"}, "out_channels.contradicts"),
        ({"in_channels": "3"}, "in_channels.contradicts"),
    ],
)
def test_an_option_that_contradicts_the_weight_is_an_error(
    options: dict[str, str], code: str
) -> None:
    with pytest.raises(ConvError) as caught:
        for_weight("conv2d", (1, 2, 9, 9), (8, 2, 3, 3), **options)
    assert caught.value.code == code
    assert (
        for_weight(
            "conv2d", (1, 2, 9, 9), (8, 2, 3, 3), kernel_size="3", out_channels="8", in_channels="2"
        ).rank
        == 2
    )


@pytest.mark.parametrize(
    ("layer", "options", "code", "words"),
    [
        ("conv2d", {}, "kernel_size.missing", "is required"),
        ("conv2d", {"kernel_size": "3"}, "out_channels.missing", "is required"),
        ("Conv2d", {}, "layer.name", "Did you mean conv2d?"),
        ("convtranspose1d", {}, "layer.name", "Did you mean conv_transpose1d?"),
        ("cnv2d", {}, "layer.name", "Did you mean conv2d?"),
        ("conv2d", {"stride": "two"}, "stride.integer", "must be an integer, got 'two'"),
        ("conv2d", {"groups": "depth"}, "groups.integer", "must be an integer"),
    ],
)
def test_what_is_missing_or_misspelled(
    layer: str, options: dict[str, str], code: str, words: str
) -> None:
    with pytest.raises(ConvError, match=words.replace("?", r"\?")) as caught:
        for_input(layer, (1, 3, 9, 9), **options)
    assert caught.value.code == code


def test_one_kernel_for_many_channels_gets_the_hint_to_depthwise() -> None:
    with pytest.raises(ConvError) as caught:
        for_weight("conv2d", (1, 3, 9, 9), (1, 1, 3, 3))
    assert "`groups` depthwise" in str(caught.value.hint)
