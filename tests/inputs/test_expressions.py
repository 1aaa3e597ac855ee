from __future__ import annotations

import pytest

from convcli import ConvError
from convcli.inputs.text.expressions import parse_expression

CONV = {"in_channels": 3, "out_channels": 64, "kernel_size": 7, "stride": 2, "padding": 3}


@pytest.mark.parametrize(
    "text",
    [
        "Conv2d(3, 64, 7, 2, 3)",
        "nn.Conv2d(3, 64, 7, 2, padding=3)",
        "torch.nn.Conv2d(in_channels=3, out_channels=64, kernel_size=7, stride=2, padding=3)",
        "  self.stem = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3),  ",
        "(stem): Conv2d(3, 64, kernel_size=7, stride=2, padding=3)",
        "(layer1.0): Conv2d(\n    3, 64,\n    kernel_size=7, stride=2, padding=3,\n)",
        "stem: nn.Module = nn.Conv2d(3, 64, 7, 2, 3, device='cuda', dtype=torch.float16)",
    ],
)
def test_spellings_of_a_layer(text: str) -> None:
    expression = parse_expression(text)
    assert (expression.rank, expression.transposed, expression.arguments) == (2, False, CONV)


def test_every_position_has_torchs_name() -> None:
    conv = parse_expression("Conv1d(4, 8, 3, 1, 2, 5, 4, False, 'reflect', None, None)").arguments
    assert list(conv.items())[3:] == [
        ("stride", 1), ("padding", 2), ("dilation", 5), ("groups", 4), ("bias", False),
        ("padding_mode", "reflect"),
    ]  # fmt: skip
    transposed = parse_expression(
        "ConvTranspose3d(4, 8, 3, 2, 1, 1, 4, True, 5, 'zeros')"
    ).arguments
    assert list(transposed.items())[3:] == [
        ("stride", 2), ("padding", 1), ("output_padding", 1), ("groups", 4), ("bias", True),
        ("dilation", 5),
        ("padding_mode", "zeros"),
    ]  # fmt: skip


def test_the_words_that_a_modules_repr_leaves_unquoted() -> None:
    text = (
        "Conv2d(4, 4, kernel_size=(3, 3), stride=(1, 1), padding=same, dilation=(2, 2), groups=2, "
        "bias=False, padding_mode=reflect)"
    )
    arguments = parse_expression(text).arguments
    assert (arguments["padding"], arguments["padding_mode"], arguments["bias"]) == (
        "same",
        "reflect",
        False,
    )


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("Conv2d(3, 64, kernl_size=3)", "kernl_size", "Did you mean kernel_size?"),
        ("Conv2d(3, n, 3)", "n, 3", "out_channels must be a literal"),
        ("Conv2d(3, 2**32, 3)", "2**32", "must be a literal: the expression is not run"),
        (
            "Conv2d(3, 64, __import__('os').system('x'))",
            "__import__",
            "must be a literal: the expression is not run",
        ),
        ("Conv2d(3, 64, 3, kernel_size=3)", "kernel_size=3", "specified twice"),
        ("Conv4d(3, 64)", "Conv4d", "Did you mean Conv"),
        ("nn.Linear(3, 64)", "nn.Linear", "is not a convolution layer"),
        ("Conv1d(1, 1, 1, 1, 1, 1, 1, True, 'zeros', None, None, 7)", "7)", "at most 11"),
        ("Conv2d(*sizes)", "*sizes", "must be a literal: the expression is not run"),
        ("Conv2d(é=1, 3)", ")", "is not valid Python"),
        ("Conv2d(3, 64", "(3, 64", "never closed"),
        ("(a): Conv2d(3, é, 3)", "é", "must be a literal"),
        ("Conv2d(3, 64, 3); x()", "Conv2d", "must be one layer"),
        ("Conv2d(1, 1, 3)(x)", "Conv2d", "is not a convolution layer"),
        ("(" * 3000, "", "is not valid Python"),
    ],
)
def test_what_is_no_layer_is_pointed_at(text: str, place: str, words: str) -> None:
    with pytest.raises(ConvError) as caught:
        parse_expression(text)
    error = caught.value
    assert words in str(error)
    assert error.pointer is not None
    assert error.pointer[0] == text
    assert text[error.pointer[1] :].startswith(place)
