"""The page of `convcli.show`: its text, its file, its frame, what it refuses."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcli
from convcli import ConvError, ConvSpec

SPEC = ConvSpec.of(in_channels=1, out_channels=2, kernel_size=3, padding=1, dims=2)
X, W = np.arange(25).reshape(5, 5), np.ones((2, 1, 3, 3), int)
LARGEST_FRAME = 200_000  # bytes in a notebook


def data_of(page: Any) -> dict[str, Any]:
    held = re.search(r'<script type="application/json" id="data">(.*?)</script>', str(page))
    assert held is not None
    data: dict[str, Any] = json.loads(held[1])
    return data


def test_the_frame_holds_the_page_and_shuts_it_in(tmp_path: Path) -> None:
    page = convcli.show(SPEC, X, W)
    frame = page._repr_html_()
    assert unescape(re.search('srcdoc="([^"]*)"', frame)[1]) == str(page)  # type: ignore[index]
    assert 'sandbox="allow-scripts allow-downloads"' in frame
    assert "allow-same-origin" not in frame
    assert 'title="nn.Conv2d(1, 2, kernel_size=3, padding=1, bias=False): the page' in frame
    assert len(frame.encode()) < LARGEST_FRAME
    assert not re.search(r"(src|href)=.?https?:", frame)
    page.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8") == str(page)
    assert repr(page).startswith("<convcli page of nn.Conv2d(1, 2")


def test_the_page_begins_where_it_was_asked_to() -> None:
    data = data_of(convcli.show(SPEC, X, W, [1, 2], at=(2, 3), channel=1, speed=2, lang="zh"))
    assert data["selected"] == {"panel": "output", "index": [1, 2, 3]}
    assert (data["speed"], data["language"], data["bias"]) == (2, "zh-Hans", [1, 2])
    assert data["command"]["input"].startswith("0 1 2 3 4; 5 6")
    assert data["command"]["weight"] == json.dumps(W.tolist())
    assert data["command"]["rest"] == ["--bias=1 2"]
    transposed = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, transposed=True, dims=1)
    data = data_of(convcli.show(transposed, [1, 2], [3, 4], view="scatter", at=(1,)))
    assert data["selected"] == {"panel": "input", "index": [0, 1]}


@pytest.mark.parametrize(
    "array", [[1.5, -2], [[1, 2]], [[1], [2]], [[[1, 2]], [[3, 4]]], [[0.1, 1e-30], [3, 4]]]
)
def test_the_command_of_the_page_has_the_arrays(array: Any, convcli: Any) -> None:
    from convcli.notebook.frames import _text

    text = _text(np.array(array))
    rank = min(np.ndim(array), 2)
    kernel = "1" if rank == 1 else "1;"
    channels = ("--groups", "2") if np.ndim(array) == 3 else ()
    weight = "[[[[1]]], [[[1]]]]" if channels else kernel
    ran = convcli("run", f"conv{rank}d", text, weight, *channels, "--json")
    assert ran.status == 0, ran.err
    assert json.loads(ran.out)["output"]["values"] == array


def test_large_arrays_are_named_as_files() -> None:
    command = data_of(convcli.show(SPEC, np.zeros((50, 50)), W))["command"]
    assert command["input"] == "input.npy"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"at": (5, 0)}, "at.range"),
        ({"at": (0,)}, "at.range"),
        ({"channel": 2}, "channel.range"),
        ({"example": 1}, "example.range"),
        ({"height": 10}, "height.range"),
        ({"view": "scatter"}, "view.transposed"),
        ({"lang": "xx"}, "lang.name"),
        ({"bias": [1]}, "bias.shape"),
    ],
)
def test_what_a_page_cannot_show_is_refused(more: dict[str, Any], code: str) -> None:
    with pytest.raises(ConvError) as raised:
        convcli.show(SPEC, X, W, **more)
    assert raised.value.code == code


def test_what_no_page_draws_is_refused() -> None:
    four = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=(1, 1, 2, 2))
    with pytest.raises(ConvError, match="1 to 3 spatial axes") as raised:
        convcli.show(four, np.ones((2, 2, 2, 2)), np.ones((1, 1, 2, 2)))
    assert raised.value.code == "page.rank"
    with pytest.raises(ConvError, match="has no numbers to show") as raised:
        convcli.show(SPEC, np.ones((0, 1, 5, 5)), W)
    assert raised.value.code == "page.empty"


def test_without_a_browser_the_operation_stands_for_the_page() -> None:
    page = convcli.show(SPEC, X, W[:1].repeat(2, 0))
    assert page._repr_latex_() == convcli.run(SPEC, X, W)._repr_latex_()
    assert page._repr_markdown_() == convcli.run(SPEC, X, W)._repr_markdown_()


@pytest.mark.parametrize("of", [convcli.run, convcli.show])
def test_another_object_in_place_of_the_layer_is_named(of: Any) -> None:
    with pytest.raises(TypeError, match=r"spec must be a ConvSpec, like ConvSpec\.of.*, got str"):
        of("Conv2d(1, 1, 3)", np.ones((3, 3)), np.ones((3, 3)))
