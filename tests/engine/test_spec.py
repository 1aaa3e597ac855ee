from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcli import ConvError, ConvSpec
from convcli.engine.compute.operands import weight_by_group


def of(**arguments: Any) -> ConvSpec:
    return ConvSpec.of(
        **({"in_channels": 1, "out_channels": 1, "kernel_size": 3, "dims": 2} | arguments)
    )


@pytest.mark.parametrize(
    ("arguments", "sizes", "expected"),
    [
        ({}, (5, 5), (3, 3)),
        ({"kernel_size": 7, "stride": 2, "padding": 3}, (224, 224), (112, 112)),
        ({"kernel_size": (5, 3), "padding": (2, 1)}, (8, 9), (8, 9)),
        ({"dilation": 2}, (5, 6), (1, 2)),
        ({"padding": "same", "kernel_size": 4, "dilation": 3}, (5, 6), (5, 6)),
        ({"padding": ((1, 2), (0, 3))}, (3, 3), (4, 4)),
        ({"kernel_size": 4, "stride": 2, "padding": 1, "transposed": True}, (16, 16), (32, 32)),
        ({"stride": 2, "output_padding": 1, "transposed": True}, (3, 3), (8, 8)),
        ({"transposed": True, "padding": ((1, 0), (0, 1))}, (3, 3), (4, 4)),
        ({"kernel_size": 3, "padding": 1}, (10**12, 10**12), (10**12, 10**12)),
    ],
)
def test_output_sizes(
    arguments: dict[str, Any], sizes: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    assert of(**arguments).output_sizes(sizes) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        {"padding": 2**62},
        {"padding": 2**62, "stride": 2**62},
        {"stride": 2**62, "transposed": True},
        {"padding": 2**62, "stride": 2**62, "transposed": True},
    ],
)
def test_padded_sizes_fit_in_64_bits(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConvError, match=r"at most 2\^63 - 1") as caught:
        of(**arguments).output_sizes((4, 4))
    assert caught.value.code == "shape.most"


def test_weight_shapes_are_one_array_seen_from_both_sides() -> None:
    conv = of(in_channels=6, out_channels=4, groups=2)
    transposed = of(in_channels=4, out_channels=6, groups=2, transposed=True)
    assert conv.weight_shape == transposed.weight_shape == (4, 3, 3, 3)
    assert (conv.bias_shape, transposed.bias_shape) == ((4,), (6,))
    assert of(bias=False).bias_shape is None


def test_the_rank_is_said_or_read_off_a_tuple() -> None:
    assert ConvSpec.of(in_channels=1, out_channels=1, kernel_size=(1, 2, 3)).rank == 3
    assert ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, stride=(2, 1)).rank == 2
    assert of(stride=(2,)).axes[1].stride == 2
    assert of(dims=5).axis_names == ("S0", "S1", "S2", "S3", "S4")
    assert of(kernel_size=np.int64(3)).axes[0].kernel_size == 3


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("groups", [1, 2, 3])
def test_channels_and_weights_find_each_other(transposed: bool, groups: int) -> None:
    spec = of(
        in_channels=2 * groups, out_channels=3 * groups, groups=groups, kernel_size=1,
        transposed=transposed,
    )  # fmt: skip
    numbers = np.arange(spec.parameters - spec.out_channels).reshape(spec.weight_shape)
    blocks = weight_by_group(spec, numbers)  # (groups, C_out/groups, C_in/groups, 1, 1)
    seen = []
    for out_channel in range(spec.out_channels):
        group = out_channel // 3
        assert list(spec.channels_read(out_channel)) == [2 * group, 2 * group + 1]
        for member, in_channel in enumerate(spec.channels_read(out_channel)):
            index = spec.weight_index(in_channel, out_channel)
            assert numbers[index] == blocks[group, out_channel % 3, member]
            assert spec.weight_channels(*index) == (in_channel, out_channel)
            seen.append(index)
    assert len(set(seen)) == numbers.size


REFUSED = [
    ({"stride": 0}, "stride.least"),
    ({"stride": True}, "stride.integer"),
    ({"stride": 1.0}, "stride.integer"),
    ({"kernel_size": 0}, "kernel_size.least"),
    ({"kernel_size": (3, 0)}, "kernel_size.least"),
    ({"kernel_size": (3,)}, "kernel_size.count"),
    ({"kernel_size": 2**63}, "kernel_size.most"),
    ({"dilation": 0}, "dilation.least"),
    ({"padding": -1}, "padding.least"),
    ({"padding": 1.5}, "padding.integer"),
    ({"groups": 0}, "groups.least"),
    ({"groups": 2}, "groups.divide"),
    ({"in_channels": 2, "groups": 2}, "groups.divide"),
    ({"out_channels": 0}, "out_channels.least"),
    ({"padding_mode": "mirror"}, "padding_mode.name"),
    ({"padding_mode": "reflect", "transposed": True}, "padding_mode.transposed"),
    ({"output_padding": 1}, "output_padding.transposed"),
    ({"output_padding": 1, "transposed": True}, "output_padding.limit"),
    ({"output_padding": -1, "transposed": True}, "output_padding.least"),
    ({"dims": None}, "dims.missing"),
]


@pytest.mark.parametrize(("arguments", "code"), REFUSED)
def test_what_no_input_could_make_right_is_refused_at_the_door(
    arguments: dict[str, Any], code: str
) -> None:
    with pytest.raises(ConvError) as caught:
        of(**arguments)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("arguments", "sizes", "code", "axis"),
    [
        ({}, (5, 2), "kernel_size.fits", "W"),
        ({"dilation": 3}, (9, 6), "kernel_size.fits", "W"),
        ({}, (0, 5), "input.empty", "H"),
        ({}, (5,), "input.rank", None),
        ({"padding": 4, "padding_mode": "reflect"}, (9, 4), "padding.reflect", "W"),
        ({"padding": 5, "padding_mode": "circular"}, (4, 9), "padding.circular", "H"),
        ({"padding": 5, "padding_mode": "symmetric"}, (9, 4), "padding.symmetric", "W"),
        ({"padding": 2, "transposed": True}, (9, 2), "padding.crop", "W"),
    ],
)
def test_what_does_not_fit_on_an_input_is_refused(
    arguments: dict[str, Any], sizes: tuple[int, ...], code: str, axis: str
) -> None:
    with pytest.raises(ConvError) as caught:
        of(
            **{"kernel_size": 3}
            | arguments
            | ({"kernel_size": 1} if code == "padding.crop" else {})
        ).output_sizes(sizes)
    assert (caught.value.code, caught.value.axis) == (code, axis)


def test_limits_are_just_kept() -> None:
    assert of(kernel_size=2**63 - 1).axes[0].extent == 2**63 - 1
    with pytest.raises(ConvError, match="crops away the whole output"):
        of(padding=1, kernel_size=1, transposed=True).output_sizes((9, 2))
    assert of(padding=3, padding_mode="reflect").output_sizes((4, 4)) == (8, 8)
    assert of(padding=4, padding_mode="circular").output_sizes((4, 4)) == (10, 10)
    assert of(padding=4, padding_mode="symmetric").output_sizes((4, 4)) == (10, 10)
    assert of(padding=99, padding_mode="replicate").output_sizes((4, 4)) == (200, 200)
    assert of(dilation=2, output_padding=1, transposed=True).output_sizes((1, 1)) == (6, 6)
    assert of(kernel_size=4).output_sizes((4, 4)) == (1, 1)


def test_channels_must_fit_and_channels_last_is_recognised() -> None:
    spec = of(in_channels=3)
    assert spec.output_shape((2, 3, 5, 5)) == (2, 1, 3, 3)
    with pytest.raises(
        ConvError, match="4 channels on axis C of 1x4x5x5, but the layer takes 3"
    ) as caught:
        spec.output_shape((1, 4, 5, 5))
    assert str(caught.value.hint).endswith("Or specify `in_channels` 4.")
    with pytest.raises(
        ConvError, match=r"channels seem to be last; the order is .* make it 1x3x224x224"
    ):
        spec.output_shape((1, 224, 224, 3))


def test_a_kernel_that_does_not_fit_names_both_sides_and_the_fix() -> None:
    with pytest.raises(ConvError) as caught:
        of(kernel_size=5, dilation=2).output_sizes((6, 20))
    assert str(caught.value) == (
        "kernel_size on axis H: the kernel spans 2*(5 - 1) + 1 = 9 cells, "
        "more than the padded input 6 + 0 + 0 = 6. "
        "Specify at least padding 2, or a smaller kernel_size or dilation."
    )
    assert of(kernel_size=5, dilation=2, padding=2).output_sizes((6, 20)) == (2, 16)
