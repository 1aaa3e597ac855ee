"""Edits of the page: typing, pasting, filling, resizing; what is refused; links, undo, files."""

from __future__ import annotations

import json
import random
import shlex
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.long_loops import everyday_and_long

from .conftest import ready
from .test_page_walk import VALUES, flat

SLIDE = ("conv2d", "arange:5x5:1", "arange:3x3:1")
Open = Callable[..., Any]
STARTS = {
    "plane": SLIDE,
    "floats": ("conv2d", "randn:5x6:0", "kernel:gaussian:3", "-p", "1"),
    "groups": (
        "conv2d",
        "randint:4x4x5:0",
        "randint:6x2x2x3:1",
        "-g",
        "2",
        "--bias",
        "1 2 3 4 5 6",
    ),
    "row": ("conv1d", "arange:2x9", "randint:3x2x3:1", "-s", "2"),
    "stamp": ("conv_transpose2d", "randint:4x3x3:0", "randint:4x1x3x2:1", "-s", "2", "-g", "2"),
    "flipped": (*SLIDE, "--flip"),
    "volume": ("conv3d", "arange:3x3x4", "randint:2x2x2:1"),
}


def command(page: Any) -> str:
    return str(page.inner_text("#command code"))


def notice(page: Any) -> str:
    return str(page.inner_text("#notice"))


def cell(page: Any, panel: str, index: list[int]) -> str:
    at = json.dumps(index)
    return str(page.evaluate(f"String(convcli.page.contents.arrays[{json.dumps(panel)}].at({at}))"))


def type_into(page: Any, panel: str, index: list[int], text: str) -> None:
    page.evaluate(
        "([panel, index, text]) => convcli.page.editing.type(panel, index, text)",
        [panel, index, text],
    )


def test_numbers_are_typed_from_cell_to_cell(open_page: Open) -> None:
    page = open_page(*SLIDE)
    page.dblclick("#input_0_0_1")
    assert page.input_value("#cell_field") == "2"
    for text, key in (("42", "Tab"), ("-7", "ArrowDown"), ("0", "Enter")):
        page.keyboard.type(text)
        page.keyboard.press(key)
    page.keyboard.type("99")
    page.keyboard.press("Escape")
    rows = [[1, 42, -7, 4, 5], [6, 7, 0, 9, 10]]
    assert json.loads(shlex.split(command(page))[3])[:2] == rows
    assert page.is_hidden("#cell_field")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "input"
    page.keyboard.press("Control+z")
    page.wait_for_function("() => convcli.page.contents.arrays.input.at([0, 1, 2]) === 8")
    page.keyboard.press("Control+Shift+Z")
    page.wait_for_function("() => convcli.page.contents.arrays.input.at([0, 1, 2]) === 0")
    page.go_back()
    page.wait_for_function("() => convcli.page.contents.arrays.input.at([0, 1, 2]) === 8")


def test_a_key_on_a_cell_begins_a_number(open_page: Open) -> None:
    page = open_page(*SLIDE)
    page.focus("#weight .grid")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("-3")
    page.keyboard.press("Enter")
    assert cell(page, "weight", [0, 0, 0, 1]) == "-3"
    page.keyboard.press("Escape")
    page.keyboard.press("o")
    page.keyboard.type("5")
    assert page.is_hidden("#cell_field")


@pytest.mark.parametrize(
    ("panel", "index", "text", "words"),
    [
        ("input", [0, 0, 0], "abc", "abc is no number: write 3, -1.5 or 2e3."),
        ("input", [0, 0, 0], "", "is no number"),
        ("input", [0, 0, 0], "1,5", "Write 1.5 for a fraction"),
        ("input", [0, 0, 0], "9223372036854775808", "does not fit into int64"),
        ("input", [0, 0, 0], "1e999", "larger than a float64"),
        ("input", [0, 0, 0], "9223372036854775807", "the sums could leave int64"),
        ("input", [0, -1, 0], "1", "Padding is not typed"),
        ("output", [0, 0, 0], "1", "Outputs are computed"),
    ],
)
def test_what_cannot_be_typed_is_refused_with_the_reason(
    open_page: Open, panel: str, index: list[int], text: str, words: str
) -> None:
    page = open_page(*SLIDE, "-p", "1")
    before = command(page)
    type_into(page, panel, index, text)
    assert words in notice(page)
    assert command(page) == before


def test_a_fraction_among_integers_says_what_it_does(open_page: Open) -> None:
    page = open_page(*SLIDE)
    type_into(page, "input", [0, 0, 0], "0.5")
    assert notice(page).startswith("All numbers are float64 now, they were int64")
    page.click("#undo")
    page.wait_for_function("() => convcli.page.contents.arrays.numbers.dtype === 'int64'")


def test_sums_beyond_a_double_stay_exact(open_page: Open) -> None:
    page = open_page(*SLIDE)
    type_into(page, "input", [0, 0, 0], "9007199254740993")
    total = 9007199254740993 + 411 - 1
    assert page.evaluate("String(convcli.page.contents.valueAt('output', [0, 0, 0]))") == str(total)


def test_what_a_float32_makes_of_a_number_is_said(open_page: Open) -> None:
    page = open_page("conv2d", "rand:4x4", "rand:2x2")
    type_into(page, "input", [0, 0, 0], "0.1")
    assert notice(page) == ""
    type_into(page, "input", [0, 0, 0], "0.123456789012")
    assert notice(page) == "0.123456789012 became 0.12345679, the nearest float32."
    assert "here they are float32" in page.inner_text("#command_note")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1 2\n3 4", [[1, 2], [3, 4]]),
        ("1,2;3,4", [[1, 2], [3, 4]]),
        ("1\t-2\r\n3\t4e1\r\n", [[1, -2], [3, 40]]),
        ("1;2\n3;4", [[1, 2], [3, 4]]),
        ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]]),
        ("[[1. 2.]\n [3. 4.]]", [[1, 2], [3, 4]]),
        ("array([[1, 2],\n       [3, 4]])", [[1, 2], [3, 4]]),
        ("tensor([[1., 2.], [3., 4.]], dtype=torch.float64)", [[1, 2], [3, 4]]),
    ],
)
def test_matrices_of_every_spelling_are_pasted(open_page: Open, text: str, rows: Any) -> None:
    page = open_page(*SLIDE)
    read = page.evaluate("(text) => convcli.arrayOf(text)", text)
    assert np.reshape(read["values"], read["shape"]).tolist() == rows
    page.evaluate("(text) => convcli.page.editing.paste('input', [0, 3, 2], text)", text)
    assert cell(page, "input", [0, 4, 3]) == str(rows[1][1])
    assert cell(page, "input", [0, 4, 4]) == "25"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 2\n3", "different lengths"),
        ("1 2\n3 x", "x is no number"),
        ("[[1, 2], [3]]", "different lengths"),
        ("[[1, 2], [3, 4]", "brackets"),
        ("1,5\t2,5\n3\t4", "Write 1.5 for a fraction"),
        (" \n ", "no numbers"),
        ("[]", "no numbers"),
    ],
)
def test_what_is_no_matrix_is_refused(open_page: Open, text: str, words: str) -> None:
    page = open_page(*SLIDE)
    page.evaluate("(text) => convcli.page.editing.paste('input', [0, 0, 0], text)", text)
    assert words in notice(page)
    assert cell(page, "input", [0, 0, 0]) == "1"


def test_a_matrix_that_does_not_fit_may_replace_the_whole(open_page: Open) -> None:
    page = open_page(*SLIDE)
    page.click("#input_0_4_4")
    page.evaluate(
        """(text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData('text', text);
          const options = { clipboardData, bubbles: true, cancelable: true };
          document.activeElement.dispatchEvent(new ClipboardEvent('paste', options));
        }""",
        "1 2 3 4\n5 6 7 8\n9 10 11 12",
    )
    assert notice(page).startswith(
        "The 3\u00d74 numbers do not fit into 1\u00d75\u00d75 from this cell on."
    )
    page.click("#notice button")
    assert command(page).startswith("convcli show conv2d '[[1,2,3,4],[5,6,7,8],[9,10,11,12]]'")
    page.click("#weight_paste")
    page.fill("#weight_text", "[[1, 2], [3, 4]]")
    page.click("#weight .paste button, #arrays .paste:not([hidden]) button")
    assert "'[[1,2],[3,4]]'" in command(page)
    assert page.inner_text("#output .shape") == "1\u00d72\u00d73"


def test_a_flipped_kernel_stays_flipped_when_the_input_is_edited(open_page: Open) -> None:
    page = open_page(*SLIDE, "--flip")
    type_into(page, "input", [0, 0, 0], "70")
    ready(page)
    assert command(page).startswith("convcli show conv2d '[[70,2,3,4,5],")
    assert command(page).endswith("arange:3x3:1 --flip")
    type_into(page, "weight", [0, 0, 0, 0], "9")  # what it holds already, as it is shown
    type_into(page, "weight", [0, 0, 0, 0], "50")
    ready(page)
    assert command(page).endswith("'[[50,8,7],[6,5,4],[3,2,1]]'")


def test_a_kernel_grows_and_shrinks_around_its_centre(open_page: Open) -> None:
    page = open_page(*SLIDE)
    type_into(page, "weight", [0, 0, 0, 0], "70")
    page.click("#kernel_more")
    page.click("#kernel_more")
    middle = "convcli.page.contents.arrays.weight.flat.slice()"
    grown = np.zeros((5, 5), int)
    grown[1:4, 1:4] = [[70, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert list(page.evaluate(f"[...{middle}]")) == grown.reshape(-1).tolist()
    for _ in range(4):
        page.click("#kernel_less")
    assert list(page.evaluate(f"[...{middle}]")) == [5]


def test_sizes_channels_and_groups(open_page: Open) -> None:
    page = open_page(*SLIDE)
    page.click("#input_more")
    assert command(page) == "convcli show conv2d arange:6x6:1 arange:3x3:1"
    page.fill("#size_1", "9")
    page.keyboard.press("Enter")
    assert page.inner_text("#output .shape") == "1\u00d77\u00d77"
    page.uncheck("#linked")
    page.fill("#size_1", "4")
    page.keyboard.press("Enter")
    assert "arange:9x4:1" in command(page)
    page.fill("#in_channels", "4")
    page.keyboard.press("Enter")
    page.fill("#groups", "3")
    page.keyboard.press("Enter")
    assert notice(page) == "groups 3 must divide in_channels 4 and out_channels 1"
    assert page.input_value("#groups") == "1"
    page.click("#depthwise")
    assert page.inner_text("#pytorch code") == (
        "nn.Conv2d(4, 4, kernel_size=3, groups=4, bias=False)"
    )
    assert page.inner_text("#repeated") == "kernel: added channels repeat the others"


def test_fills_and_bias(open_page: Open) -> None:
    page = open_page(*SLIDE)
    page.select_option("#weight_fill", "named:sobel-x")
    page.select_option("#input_fill", "ones")
    page.fill("#bias", "10")
    page.keyboard.press("Enter")
    assert command(page) == "convcli show conv2d ones:5x5 kernel:sobel-x --bias=10"
    page.fill("#bias", "1 2")
    page.keyboard.press("Enter")
    assert notice(page).startswith("2 numbers for 1 output channels")
    assert page.input_value("#bias") == "10"
    page.fill("#bias", "")
    page.keyboard.press("Enter")
    page.select_option("#weight_fill", "loaded")
    page.select_option("#input_fill", "loaded")
    assert command(page) == "convcli show conv2d arange:5x5:1 arange:3x3:1"


def test_long_arrays_are_saved_as_files(open_page: Open, tmp_path: Path) -> None:
    page = open_page("conv2d", "arange:20x20", "ones:3x3")
    page.click("#input_random")
    assert command(page) == "convcli show conv2d input.npy ones:3x3"
    assert "save it as input.npy first" in page.inner_text("#command_note")
    with page.expect_download() as made:
        page.click("#input_npy")
    made.value.save_as(tmp_path / "input.npy")
    saved = np.load(tmp_path / "input.npy")
    assert (saved.shape, saved.dtype) == ((1, 20, 20), np.int64)
    assert saved.reshape(-1).tolist() == page.evaluate(
        "[...convcli.page.contents.arrays.input.flat]"
    )
    with page.expect_download() as made:
        page.click("#weight_csv")
    made.value.save_as(tmp_path / "kernel.csv")
    assert (tmp_path / "kernel.csv").read_text() == "1,1,1\n" * 3


def test_a_picture_becomes_the_input(open_page: Open) -> None:
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    held = BytesIO()
    image.fromarray(pixels).save(held, "png")
    page = open_page("conv2d", "arange:5x5", "kernel:sobel-x")
    blob = "new Blob([new Uint8Array(bytes)], { type: 'image/png' })"
    take = f"(bytes) => convcli.openFile(convcli.page, {blob})"
    page.evaluate(take, list(held.getvalue()))
    assert "It stays on this machine" in notice(page)
    expected = np.asarray(image.fromarray(pixels).convert("L")).reshape(-1).tolist()
    assert page.evaluate("[...convcli.page.contents.arrays.input.flat]") == expected
    page.wait_for_function("() => location.hash.includes('input_from=')")
    page.fill("#in_channels", "3")
    page.keyboard.press("Enter")
    page.evaluate(take, list(held.getvalue()))
    expected = pixels.transpose(2, 0, 1).reshape(-1).tolist()
    assert page.evaluate("[...convcli.page.contents.arrays.input.flat]") == expected
    page.fill("#in_channels", "2")
    page.keyboard.press("Enter")
    page.evaluate(take, list(held.getvalue()))
    assert "set in_channels to 1 or 3" in notice(page)


def test_a_link_says_what_it_does_not_hold(open_page: Open) -> None:
    page = open_page(*SLIDE, fragment="#sizes=100,100&input_from=unkept@1x100x100")
    assert notice(page) == "The link does not hold the edited input: it is too long."


EDIT = """([kind, draws]) => {
  const draw = () => draws.shift();
  const whole = (most) => Math.floor(draw() * most);
  const { page } = convcli;
  const name = draw() < 0.5 ? 'input' : 'weight';
  const { shape } = page.contents.arrays[name];
  const { layer, sizes } = page.state;
  const rank = sizes.length;
  if (kind === 'type') {
    const text = draw() < 0.3 ? `${whole(40) / 8 - 2}` : `${whole(19) - 9}`;
    page.editing.type(name, shape.map((size) => whole(size)), text);
  } else if (kind === 'fill') {
    const kernels = Object.keys(page.data.kernels).map((one) => `named:${one}`);
    const all = ['zeros', 'ones', 'arange', 'impulse', 'random', 'random', 'loaded'];
    const choices = name === 'weight' ? [...all, ...kernels] : all;
    page.editing.fill(name, choices[whole(choices.length)]);
  } else if (kind === 'size') {
    page.editing.change({}, { sizes: sizes.with(whole(rank), 1 + whole(7)) });
  } else if (kind === 'channels') {
    const count = layer.groups * (1 + whole(2));
    const which = draw() < 0.5 ? 'in_channels' : 'out_channels';
    page.editing.change({}, { layer: { ...layer, [which]: count } });
  } else if (kind === 'groups') {
    page.editing.change({}, { layer: { ...layer, groups: 1 + whole(3) } });
  } else if (kind === 'kernel') {
    const axes = layer.axes.map((axis) => ({ ...axis, kernel_size: 1 + whole(4) }));
    page.change({ layer: { ...layer, axes } });
  } else if (kind === 'bias') {
    const bias = Array.from({ length: layer.out_channels }, () => `${whole(9) - 4}`);
    page.editing.setBias(draw() < 0.3 ? '' : bias.join(' '));
  } else if (kind === 'paste') {
    const rows = () => Array.from({ length: 1 + whole(3) }, () => `${whole(9)} ${whole(9)}`);
    page.editing.wholeText(name, rows().join('\\n'));
  } else page.steppers.transposed.click();
}"""
KINDS = ("type", "type", "fill", "size", "channels", "groups", "kernel", "bias", "paste", "turn")


@pytest.mark.parametrize("name", STARTS)
@everyday_and_long("length", 12, 60)
def test_the_arithmetic_of_edited_pages_is_the_engines(
    open_page: Open, convcli: Callable[..., Any], tmp_path: Path, name: str, length: int
) -> None:
    page = open_page(*STARTS[name])
    rng = random.Random(name)
    made = []
    for _ in range(length):
        made.append(kind := rng.choice(KINDS))
        page.evaluate(EDIT, [kind, [rng.random() for _ in range(60)]])
        ready(page)
        words = shlex.split(command(page))
        for at, (file, array) in enumerate((("input.npy", "input"), ("kernel.npy", "weight"))):
            if file in words:
                path = tmp_path / f"{at}.npy"
                path.write_bytes(
                    bytes(page.evaluate(f"[...convcli.savedBytes(convcli.page, '{array}')]"))
                )
                words[words.index(file)] = str(path)
        ran = convcli("run", *words[2:], "--json")
        assert ran.status == 0, (made, words, ran.err)
        expected = flat(json.loads(ran.out)["output"]["values"])
        shown = page.evaluate(VALUES)
        if page.evaluate("convcli.page.contents.arrays.numbers.dtype") == "int64":
            assert shown == expected, (made, words)
        else:
            np.testing.assert_allclose(
                np.array(shown, float), np.array(expected, float), rtol=1e-5, atol=1e-5
            )
    page.wait_for_function("() => location.hash.slice(1) === convcli.page.fragment()")
    again = open_page(*STARTS[name], fragment=page.evaluate("location.hash"))
    assert again.evaluate(VALUES) == page.evaluate(VALUES)
    assert command(again) == command(page)
    assert notice(again) == ""
