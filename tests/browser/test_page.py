"""The page under pointer and keyboard: marks, texts, and the state in the address."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from convcli.report.words.page import CHINESE_PAGE as CHINESE
from convcli.report.words.page import ENGLISH_PAGE as ENGLISH

from .conftest import ready

SLIDE = ("conv2d", "arange:5x5:1", "arange:3x3:1")
STAMP = ("conv_transpose2d", "1 2; 3 4", "1 2 3; 4 5 6; 7 8 9", "-s", "2", "-p", "1")
Open = Callable[..., Any]


def lit(page: Any, panel: str, kind: str) -> list[str]:
    """The cells with this mark, as row_column behind the plane's number."""
    ids = page.eval_on_selector_all(
        f"#{panel} .drawn .cell.{kind}", "cells => cells.map(cell => cell.id)"
    )
    return [name.partition("_")[2] for name in ids]


def texts(page: Any, panel: str) -> list[str]:
    return page.eval_on_selector_all(
        f"#{panel} .drawn .cell", "cells => cells.map(cell => cell.textContent)"
    )


def explanation(page: Any) -> str:
    return page.inner_text("#explanation")


def thumbs(page: Any, panel: str, kind: str) -> list[str]:
    """The numbers of the thumbnails of this kind."""
    return page.eval_on_selector_all(
        f"#{panel} .thumb{kind}", "buttons => buttons.map(button => button.textContent)"
    )


def slide(page: Any, slider: str, value: int) -> None:
    page.eval_on_selector(
        f"#{slider}",
        f"range => {{ range.value = {value}; range.dispatchEvent(new Event('input')); }}",
    )
    ready(page)


def address_with(page: Any, part: str) -> str:
    page.wait_for_function("part => location.hash.includes(part)", arg=part)
    return str(page.evaluate("location.hash"))


def test_an_output_shows_its_window_its_kernel_and_its_sum(open_page: Open) -> None:
    page = open_page(*SLIDE)
    page.hover("#output_0_1_2")
    assert lit(page, "input", "window") == [
        f"0_{row}_{col}" for row in (1, 2, 3) for col in (2, 3, 4)
    ]
    assert len(lit(page, "weight", "kernel")) == 9
    assert lit(page, "output", "result") == ["0_1_2"]
    products = "8*1 + 9*2 + 10*3 + 13*4 + 14*5 + 15*6 + 18*7 + 19*8 + 20*9"
    assert f"{products} = 8 + 18 + 30 +" in explanation(page)
    assert explanation(page).rstrip().endswith("= 726")
    page.hover("h1")
    assert lit(page, "output", "result") == ["0_0_0"]
    assert explanation(page).rstrip().endswith("= 411")


def test_a_product_of_the_sum_points_at_its_two_numbers(open_page: Open) -> None:
    page = open_page(*SLIDE)
    page.hover("#explanation .term >> nth=4")
    assert (lit(page, "input", "tap"), lit(page, "weight", "tap")) == (["0_1_1"], ["0_1_1"])
    page.hover("h1")
    assert lit(page, "input", "tap") == lit(page, "weight", "tap") == []


def test_an_input_cell_shows_the_outputs_that_it_reaches(open_page: Open) -> None:
    page = open_page(*SLIDE)
    page.hover("#input_0_0_1")
    assert lit(page, "output", "result") == ["0_0_0", "0_0_1"]
    assert lit(page, "weight", "kernel") == ["0_0_0", "0_0_1"]
    assert "2*2 = 4 \u2192 (0, 0)" in explanation(page)


def test_a_weight_shows_all_that_it_touches(open_page: Open) -> None:
    page = open_page(*SLIDE)
    page.hover("#weight_0_2_2")
    assert lit(page, "input", "window") == [
        f"0_{row}_{col}" for row in (2, 3, 4) for col in (2, 3, 4)
    ]
    assert len(lit(page, "output", "result")) == 9
    assert "13*9 = 117 \u2192 (0, 0)" in explanation(page)


def test_padding_is_named_and_a_mirrored_cell_shows_where_it_is_read(open_page: Open) -> None:
    page = open_page("conv1d", "1 2 3 4", "1 10 100", "-p", "1", "--padding-mode", "reflect")
    assert texts(page, "input") == ["2", "1", "2", "3", "4", "3"]
    assert lit(page, "input", "padding") == ["0_0_-1", "0_0_4"]
    assert lit(page, "input", "window-padding") == ["0_0_-1"]
    assert lit(page, "input", "window") == ["0_0_0", "0_0_1"]
    assert "2*1 + 1*10 + 2*100" in explanation(page)
    page.hover("#input_0_0_-1")
    assert explanation(page).startswith("input (-1) = 2")
    assert "2*1 = 2 \u2192 (0)" in explanation(page)


def test_symmetric_padding_repeats_the_edge_cell(open_page: Open) -> None:
    layer = ("conv1d", "1 2 3 4", "1 10 100", "--padding-mode", "symmetric")
    page = open_page(*layer, "-p", "2")
    assert texts(page, "input") == ["2", "1", "1", "2", "3", "4", "4", "3"]
    assert "2*1 + 1*10 + 1*100" in explanation(page)
    padded = "x[..., numpy.pad(range(x.shape[-1]), 2, 'symmetric')]"
    line = f"nn.Conv1d(1, 1, kernel_size=3, bias=False)({padded})"
    assert page.inner_text("#pytorch code") == line
    assert "--padding-mode=symmetric" in page.inner_text("#command code")
    slide(page, "before_0", 4)
    rule = "symmetric padding 5 exceeds the limit of 4 for the input size 4 (axis L)"
    assert page.text_content("#before_0_why") == f"At most 4: {rule}."
    assert page.get_attribute("#transposed", "aria-disabled") == "true"


def test_a_transposed_layer_stamps_and_its_padding_crops(open_page: Open) -> None:
    page = open_page(*STAMP, "--view", "scatter")
    assert texts(page, "output").count("") == 16
    assert lit(page, "output", "result") == ["0_0_0", "0_0_1", "0_1_0", "0_1_1"]
    assert lit(page, "output", "lost") == ["0_-1_-1", "0_-1_0", "0_-1_1", "0_0_-1", "0_1_-1"]
    assert "1*5 = 5 \u2192 (0, 0)" in explanation(page)


def test_groups_channels_and_bias(open_page: Open) -> None:
    page = open_page("conv2d", "arange:4x3x3", "ones:4x2x2x2", "-g", "2", "--bias", "1 2 3 4")
    page.click("#output .thumb >> nth=3")
    assert lit(page, "input", "window") == [f"2_{row}_{col}" for row in (0, 1) for col in (0, 1)]
    assert thumbs(page, "input", ".lit") == thumbs(page, "output", ":not(.aside)") == ["2", "3"]
    assert thumbs(page, "input", ".aside") == ["0", "1"]
    assert "all channels: 80 + 116 + 4 = 200" in explanation(page)
    page.click("#input .thumb >> nth=3")
    assert page.inner_text("#weight .title") == "kernel, channel 3 to 3"
    assert lit(page, "output", "result") == ["3_0_0"]
    page.click("#input .thumb >> nth=1")
    assert page.inner_text("#output .title") == "output, channel 0"
    assert page.inner_text("#weight .title") == "kernel, channel 1 to 0"


def test_a_volume_stands_as_slices(open_page: Open) -> None:
    page = open_page("conv3d", "arange:3x3x3", "ones:2x2x2")
    assert thumbs(page, "input", "") == ["0", "1", "2"]
    page.click("#output .thumb >> nth=1")
    page.hover("#output_1_1_1")
    assert lit(page, "input", "window") == [f"1_{row}_{col}" for row in (1, 2) for col in (1, 2)]
    assert thumbs(page, "input", ".lit") == ["1", "2"]
    page.click("#weight .thumb >> nth=1")
    assert page.inner_text("#input .title") == "input, depth 2"


def test_depths_of_the_padding_light_no_plane_of_another_depth(open_page: Open) -> None:
    page = open_page(
        "conv3d", "arange:2x3x3x3", "arange:1x2x3x3x3", "-p", "1", fragment="#output=0,0,1,1"
    )
    assert {name.split("_")[0] for name in lit(page, "input", "window")} == {"0"}
    assert thumbs(page, "input", ".lit") == ["0", "1", "0", "1"]
    assert lit(page, "input", "window-padding") == []


def test_left_over_cells_are_marked(open_page: Open) -> None:
    page = open_page("conv1d", "arange:8", "1 1 1", "-s", "3")
    assert lit(page, "input", "left-over") == ["0_0_6", "0_0_7"]
    assert page.inner_text("#left_over") == "Never read on axis L: 6, 7 of 8"
    page.hover("#input_0_0_7")
    assert ENGLISH["left_over"] in explanation(page)


def test_the_keyboard_goes_everywhere(open_page: Open) -> None:
    page = open_page(*SLIDE)
    page.focus("#output .grid")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert lit(page, "output", "result") == ["0_1_1"]
    page.keyboard.press("i")
    assert lit(page, "input", "tap") == ["0_0_0"]
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#input .grid", "aria-activedescendant") == "input_0_1_0"
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "input"
    page.keyboard.press("k")
    page.keyboard.press("End")
    assert lit(page, "weight", "tap") == ["0_2_2"]
    page.keyboard.press("o")
    page.keyboard.press("End")
    page.keyboard.press(",")
    assert lit(page, "output", "result") == ["0_2_1"]
    assert page.inner_text("#spoken").startswith(
        "output (2, 1) = 906. Reads the input at H 2..4, W 1..3"
    )
    page.keyboard.press("p")
    assert page.get_attribute("#pin", "aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert page.get_attribute("#pin", "aria-pressed") == "false"


def test_the_keyboard_stays_where_it_was_when_a_panel_is_drawn_anew(open_page: Open) -> None:
    page = open_page("conv2d", "arange:100x100", "ones:3x3")
    page.focus("#output .grid")
    page.keyboard.press("i")
    page.keyboard.press("End")
    assert (
        page.evaluate("document.activeElement.getAttribute('aria-activedescendant')")
        == "input_0_99_99"
    )
    slide(page, "before_0", 1)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "input"


def test_the_keyboard_goes_to_the_plane_of_the_selection(open_page: Open) -> None:
    page = open_page("conv2d", "arange:2x4x4", "ones:3x2x2x2")
    page.focus("#output .grid")
    page.keyboard.press("End")
    assert (
        page.evaluate("document.activeElement.getAttribute('aria-activedescendant')")
        == "output_2_2_2"
    )


def test_the_selection_goes_where_the_keyboard_goes(open_page: Open) -> None:
    page = open_page(*SLIDE)
    page.focus("#weight .grid")
    page.keyboard.press("ArrowRight")
    assert lit(page, "weight", "tap") == ["0_0_1"]
    assert page.locator("#stage [aria-selected]").count() == 1
    page.focus("#asymmetric_padding")
    page.keyboard.press(" ")
    assert page.evaluate("document.activeElement.id") == "asymmetric_padding"
    assert page.is_visible("#after_0")


def test_the_tab_key_reaches_each_panel_and_control_once(open_page: Open) -> None:
    page = open_page(*SLIDE)
    visit = """() => {
      const focused = document.activeElement;
      if (focused.dataset.visited) return null;
      const { id, ariaLabel, textContent, tagName } = focused;
      return (focused.dataset.visited = id || ariaLabel || textContent || tagName);
    }"""
    stops = []
    page.keyboard.press("Tab")
    while stop := page.evaluate(visit):
        stops.append(stop)
        page.keyboard.press("Tab")
    assert [stops.count(name) for name in ("input", "kernel", "output")] == [1, 1, 1]
    assert {"play", "kernel_size_0", "stride_1", "padding_mode", "transposed"} <= set(stops)


def test_play_goes_through_and_pauses(open_page: Open) -> None:
    page = open_page(*SLIDE, "--speed", "0.5")
    page.focus("#output .grid")
    page.keyboard.press(" ")
    assert page.inner_text("#play") == "Pause"
    for _ in range(7):
        page.click("#faster")
    page.click("#play")
    assert page.inner_text("#play") == "Play"
    page.click("#play")
    page.wait_for_selector("#output_0_2_2.result")
    page.wait_for_function("() => document.querySelector('#play').textContent === 'Play'")
    page.focus("#play")
    page.keyboard.press("-")
    assert page.inner_text("#speed") == "32/s"
    page.click("#first")
    assert lit(page, "output", "result") == ["0_0_0"]


def test_a_click_pins_until_the_next(open_page: Open) -> None:
    page = open_page(*SLIDE)
    page.click("#output_0_2_0")
    page.hover("#output_0_0_0")
    assert lit(page, "output", "result") == ["0_2_0"]
    assert "output=0,2,0&pinned=true" in address_with(page, "pinned")
    page.click("#output_0_2_0")
    page.hover("#output_0_1_1")
    assert lit(page, "output", "result") == ["0_1_1"]


def test_what_is_hovered_over_can_be_pinned(open_page: Open) -> None:
    page = open_page(*SLIDE)
    page.focus("#output .grid")
    page.hover("#output_0_1_1")
    page.keyboard.press("p")
    page.hover("h1")
    assert lit(page, "output", "result") == ["0_1_1"]
    assert page.get_attribute("#output [aria-selected]", "id") == "output_0_1_1"
    assert "output=0,1,1&pinned=true" in address_with(page, "pinned")
    page.keyboard.press("Escape")
    assert lit(page, "output", "result") == ["0_1_1"]


def test_a_tap_of_a_finger_selects(open_page: Open) -> None:
    page = open_page(*SLIDE, width=360, height=700, has_touch=True, is_mobile=True)
    page.tap("#output_0_1_1")
    assert lit(page, "output", "result") == ["0_1_1"]
    assert explanation(page).rstrip().endswith("= 681")


def test_sliders_change_the_layer_axis_by_axis(open_page: Open) -> None:
    page = open_page(*SLIDE)
    slide(page, "stride_1", 2)
    slide(page, "before_0", 1)
    assert (
        page.inner_text("#pytorch code")
        == "nn.Conv2d(1, 1, kernel_size=3, stride=(1, 2), padding=(1, 0), bias=False)"
    )
    assert page.inner_text("#output .shape") == "1\u00d75\u00d72"
    assert "W:  floor((5 + 0 + 0 - 3)/2) + 1 = 2" in page.text_content("#formula")
    assert (
        page.inner_text("#command code")
        == "convcli show conv2d --stride=1,2 --padding=1,0 arange:5x5:1 arange:3x3:1"
    )
    slide(page, "kernel_size_0", 4)
    assert texts(page, "weight") == [*map(str, range(1, 10)), "0", "0", "0"]
    assert page.inner_text("#weight .notice") == ENGLISH["added_taps"]
    assert "'[[1,2,3],[4,5,6],[7,8,9],[0,0,0]]'" in page.inner_text("#command code")


def test_the_command_on_the_page_gives_what_is_on_the_page(
    open_page: Open, convcli: Callable[..., Any]
) -> None:
    page = open_page(*SLIDE)
    slide(page, "dilation_0", 2)
    slide(page, "kernel_size_1", 2)
    page.click("#transposed")
    ready(page)
    slide(page, "stride_1", 3)
    slide(page, "output_padding_1", 1)
    words = shlex.split(page.inner_text("#command code"))
    assert words[:2] == ["convcli", "show"]
    shown = [text for text in texts(page, "output") if text]
    ran = convcli("run", *words[2:], "--json")
    assert ran.status == 0, ran.err
    assert [str(value) for row in json.loads(ran.out)["output"]["values"] for value in row] == shown


def test_sliders_end_where_the_layer_does_and_say_why(open_page: Open) -> None:
    page = open_page(*SLIDE)
    assert page.get_attribute("#kernel_size_0", "max") == "5"
    slide(page, "kernel_size_0", 5)
    why = (
        "At most 5: the kernel would span 1*(6 - 1) + 1 = 6 cells, "
        "more than the padded input 5 + 0 + 0 = 5 (axis H)."
    )
    assert page.inner_text("#kernel_size_0_why") == why
    assert page.get_attribute("#dilation_0", "aria-disabled") == "true"
    page.select_option("#padding_mode", "reflect")
    ready(page)
    assert page.get_attribute("#before_1", "max") == "4"
    assert page.get_attribute("#transposed", "aria-disabled") == "true"
    page.eval_on_selector("#transposed", "box => box.click()")
    assert not page.is_checked("#transposed")
    assert page.inner_text("#transposed_why") == ENGLISH["fault.mode"]


def test_padding_before_and_after_apart(open_page: Open) -> None:
    page = open_page(*SLIDE, "-p", "1:0,2")
    assert page.is_checked("#asymmetric_padding")
    slide(page, "after_0", 2)
    assert "nn.ZeroPad2d((2, 2, 1, 2))" in page.inner_text("#pytorch code")
    assert "padding=1:2,2" in address_with(page, "padding")
    page.click("#asymmetric_padding")
    ready(page)
    assert "padding=(1, 2)" in page.inner_text("#pytorch code")


def test_a_link_brings_back_what_was_on_the_screen(open_page: Open) -> None:
    page = open_page(*SLIDE)
    slide(page, "before_0", 2)
    slide(page, "stride_1", 2)
    page.select_option("#padding_mode", "circular")
    ready(page)
    page.click("#output_0_3_1")
    kept = address_with(page, "pinned")
    assert kept == "#stride=1,2&padding=2,0&padding_mode=circular&output=0,3,1&pinned=true"
    again = open_page(*SLIDE, fragment=kept)
    for selector in ("#pytorch code", "#command code", "#explanation", "#formula"):
        assert again.inner_text(selector) == page.inner_text(selector)
    assert texts(again, "output") == texts(page, "output")
    again.evaluate("location.hash = '#kernel_size=1,1'")
    again.wait_for_function(
        "() => document.querySelector('#pytorch code').textContent.includes('kernel_size=1')"
    )
    again.click("#reset")
    again.wait_for_function("() => location.hash === ''")


@pytest.mark.parametrize(
    ("fragment", "notice"),
    [
        ("#kernel_size=9,9", "The layer in the link is illegal: the kernel would span"),
        ("#kernel_size=abc", "kernel_size=abc in the link cannot be read."),
        ("#padding=1:2:3,0&%zz=<b>", "in the link cannot be read."),
        ("#stride=0,1", "numbers must be integers from 1"),
        (
            "#kernel_size=99999,99999&padding=99999,99999",
            "a page draws kernels of at most 4096 taps",
        ),
    ],
)
def test_a_link_that_tells_nonsense_is_answered(
    open_page: Open, fragment: str, notice: str
) -> None:
    page = open_page(*SLIDE, fragment=fragment)
    assert notice in page.inner_text("#notice")
    assert texts(page, "output")[0] == "411"
    slide(page, "stride_0", 2)
    assert page.inner_text("#notice") == ""


def test_a_link_to_a_cell_that_is_not_there_shows_the_nearest(open_page: Open) -> None:
    page = open_page(*SLIDE, fragment="#output=0,99,-5")
    assert lit(page, "output", "result") == ["0_2_0"]


def test_lines_are_copied(open_page: Open) -> None:
    page = open_page(*SLIDE, permissions=["clipboard-read", "clipboard-write"])
    page.click("#command .copy")
    page.wait_for_function(
        "() => document.querySelector('#command .copy').textContent === 'Copied'"
    )
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#command code")


DRAWN = "#stage .drawn .cell, #stage .shades, .thumb"
BOXES = f"""() => [...document.querySelectorAll('{DRAWN}')].map(cell => {{
  const box = cell.getBoundingClientRect();
  return [box.left, box.top, box.right, box.bottom];
}})"""


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize(
    "arguments",
    [
        (*SLIDE, "-p", "1"),
        STAMP,
        ("conv2d", "randn:4x6x6:0", "randn:2x4x3x3:1"),
        ("conv3d", "arange:3x4x4", "ones:2x2x2"),
        ("conv1d", "arange:30:1000000", "1000 1 1000"),
        ("conv2d", "randint:24x24:0", "kernel:sobel-x", "-p", "1"),
    ],
    ids=["padded", "transposed", "channels", "volume", "long", "shades"],
)
def test_no_cell_lies_over_another(open_page: Open, arguments: tuple[str, ...], width: int) -> None:
    page = open_page(*arguments, width=width, height=800)
    boxes = sorted(page.evaluate(BOXES), key=lambda box: (round(box[1]), box[0]))
    assert all(right > left and bottom > top for left, top, right, bottom in boxes)
    for at, (_, top, right, bottom) in enumerate(boxes):
        for other in boxes[at + 1 :]:
            if other[1] >= bottom - 0.5:
                break
            overlap = min(right, other[2]) - max(boxes[at][0], other[0])
            assert overlap <= 0.5 or other[1] >= bottom - 0.5 or other[3] <= top + 0.5, (
                boxes[at],
                other,
            )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        "the page itself scrolls sideways"
    )


def test_dark_light_and_paper(open_page: Open) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    assert open_page(*SLIDE, color_scheme="light").evaluate(ground) == "rgb(255, 255, 255)"
    page = open_page(*SLIDE, color_scheme="dark")
    assert page.evaluate(ground) == "rgb(22, 25, 29)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    assert not page.is_visible("#player")
    assert page.is_visible("#command code")


def test_a_policy_keeps_the_page_to_itself(open_page: Open) -> None:
    page = open_page(*SLIDE)
    policy = page.get_attribute("meta[http-equiv='Content-Security-Policy']", "content")
    assert re.fullmatch(
        r"default-src 'none'; script-src 'sha256-[\w+/]{43}=' 'sha256-[\w+/]{43}='; "
        r"style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'",
        policy,
    )
    assert page.locator("[style*='url']").count() == 0


def test_what_is_typed_cannot_break_out_of_the_page(open_page: Open, tmp_path: Any) -> None:
    import numpy as np

    odd = tmp_path / "x</script><img src=y onerror=alert(1)>.npy".replace("/", "_")
    np.save(odd, np.arange(25).reshape(5, 5))
    page = open_page("conv2d", str(odd), "ones:2x2")
    assert "<img src=y onerror=alert(1)>" in page.inner_text("#command code")
    assert page.locator("#command img").count() == 0


def test_large_arrays_are_cropped_with_a_notice(open_page: Open) -> None:
    page = open_page("conv2d", "arange:700x700", "ones:3x3", "--at", "350,350")
    notice = page.inner_text("#notice")
    assert notice.startswith("This page holds only 0..0,")
    assert "of the input 1\u00d7700\u00d7700." in notice
    assert "rows 94..605 of 700" in page.inner_text("#input .notice")
    assert explanation(page).rstrip().endswith(str(9 * (351 * 700 + 351)))
    page.evaluate("convcli.page.hover({ panel: 'output', index: [0, 350, 352] })")
    assert explanation(page).rstrip().endswith(str(9 * (351 * 700 + 353)))
    page.click("#first")
    assert ENGLISH["unknown"] in explanation(page)


def test_the_arrows_of_a_cropped_panel_turn_its_pages(open_page: Open) -> None:
    page = open_page("conv2d", "arange:10x600", "ones:3x3")
    page.click("#input .pager [data-turn=columns][data-by='1']")
    assert "columns 88..599 of 600" in page.inner_text("#input .notice")
    page.evaluate("convcli.page.hover({ panel: 'input', index: [0, 0, 599] })")
    assert "input (0, 599) = 599" in explanation(page)
    page.hover("h1")
    assert "columns 88..599 of 600" in page.inner_text("#input .notice")
    assert page.locator("#stage [aria-selected]").count() == 1


def test_the_page_speaks_chinese(open_page: Open) -> None:
    page = open_page(*SLIDE, "--lang", "zh", "-s", "3")
    assert page.get_attribute("html", "lang") == "zh-Hans"
    assert page.inner_text("#play") == CHINESE["play"]
    assert "\u5f53\u524d\u7a97\u53e3\uff1aH 0..2\uff0cW 0..2" in explanation(page)
    assert (
        page.inner_text("#pytorch code") == "nn.Conv2d(1, 1, kernel_size=3, stride=3, bias=False)"
    )
    for_people = "h2, button:not(.thumb), legend, summary, figcaption, #legend span, .why"
    words = page.eval_on_selector_all(for_people, "all => all.map(one => one.textContent)")
    assert {word for text in words for word in re.findall("[A-Za-z_]{3,}", text)} <= {
        "English",
        "csv",
        "depthwise",
        "npy",
        "output_padding",
        "stride",
        "col",  # im2col
        "dilation",
    }
