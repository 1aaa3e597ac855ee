"""The page of `convcli stack`: what it lights is what the engine says."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import Step, seen_by_unit, walk
from convcli.inputs.networks.lists import read_stack
from convcli.report.words.network import CHINESE, ENGLISH
from tests.random_stacks import random_stack

Open = Callable[..., Any]
BRANCHED = (
    "a: Conv2d(1, 4, 3, padding=1)", "b: Conv2d(4, 4, (1, 3), stride=2, padding=(0, 1))",
    "c: Conv2d(4, 4, (3, 1), padding=(2, 0), dilation=2)",
    "short: Conv2d(4, 4, 1, stride=2) <- a", "sum: Add() <- c, short",
    "up: ConvTranspose2d(4, 4, 2, stride=2)", "Concat() <- up, a", "BatchNorm2d(8)",
    "AdaptiveAvgPool2d(3)", "Flatten()", "Linear(72, 2)",
)  # fmt: skip
SEEN = """([at, unit]) => {
    const runs = (seen) => ({ boxes: seen.boxes, exact: seen.exact });
    const all = (map) => Object.fromEntries([...map].map(([place, seen]) => [place, runs(seen)]));
    const { network } = convcli;
    return [all(network.seen(at, unit)), all(network.reached(at, unit))];
}"""

POINT = """([plane, row, column]) => {
    const { face } = convcli.page.drawing.drawn[plane];
    const { w, h } = convcli.page.drawing.cellSize(plane);
    const point = new DOMPoint((column + 0.5) * w, (row + 0.5) * h);
    const { x, y } = point.matrixTransform(face.getScreenCTM());
    return [x, y];
}"""


def cells(seen: dict[str, Any] | None, axes: int) -> list[set[int]]:
    """The cells of each axis in any of the boxes."""
    boxes = seen["boxes"] if seen else []
    return [{c for box in boxes for a, b in box[d] for c in range(a, b + 1)} for d in range(axes)]


def open_stack(open_page: Open, *arguments: str, **more: Any) -> Any:
    return open_page(*arguments, command="stack", **more)


def compare(page: Any, steps: Sequence[Step], shape: Shape, rng: random.Random) -> None:
    """What some units see of the input, and, for each layer, which units see one cell."""
    axes = len(shape) - 2
    placed = [at for at, step in enumerate(steps) if len(step.output) == len(shape)]
    for at in rng.sample(placed, min(4, len(placed))):
        unit = [rng.randrange(size) for size in steps[at].output[2:]]
        seen, _ = page.evaluate(SEEN, [at, unit])
        told = [set().union(*axis) for axis in seen_by_unit(steps, at, unit, shape).cells]
        assert cells(seen.get("-1"), axes) == (told if all(told) else [set()] * axes)
    cell = [rng.randrange(size) for size in shape[2:]]
    _, reached = page.evaluate(SEEN, [-1, cell])
    for at in placed:
        found = cells(reached.get(str(at)), axes)
        for d, size in enumerate(steps[at].output[2:]):
            unit = [min(each, default=0) for each in found]
            for place in range(size) if all(found) else ():
                unit[d] = place
                sees = seen_by_unit(steps, at, unit, shape).cells[d]
                assert (place in found[d]) == any(cell[d] in span for span in sees)


@pytest.mark.parametrize("seed", range(4))
def test_units_of_random_stacks_see_what_the_engine_says(open_page: Open, seed: int) -> None:
    rng = random.Random(100 + seed)
    stack = random_stack(rng)
    shape = "x".join(map(str, stack.shape))
    page = open_stack(open_page, *stack.texts, shape)
    compare(page, stack.steps, stack.shape, rng)


def test_branches_bring_boxes_of_their_own(open_page: Open) -> None:
    shape = Shape((1, 1, 16, 12))
    page = open_stack(open_page, *BRANCHED, "1x1x16x12")
    steps = walk(read_stack(BRANCHED).nodes, shape)
    compare(page, steps, shape, random.Random(3))
    crossed = ("a: Conv2d(1,1,(1,5),padding=(0,2))", "Conv2d(1,1,(5,1),padding=(2,0)) <- input")
    page = open_stack(open_page, *crossed, "Add() <- a, 1", "1x9x9")
    seen, _ = page.evaluate(SEEN, [2, [4, 4]])
    assert seen["-1"] == {"boxes": [[[[2, 6]], [[4, 4]]], [[[4, 4]], [[2, 6]]]], "exact": True}
    assert "9 of 81 cells" in page.inner_text("#card")


def test_a_layer_without_axes_is_seen_whole(open_page: Open) -> None:
    page = open_stack(open_page, *BRANCHED, "1x1x16x12", fragment="#layer=10&unit=")
    assert page.inner_text("#card h2") == "A unit of layer 10"
    assert "H 0..15, W 0..11" in page.inner_text("#card")
    seen, reached = page.evaluate(SEEN, [8, [1, 1]])
    assert seen["-1"]["boxes"]
    assert reached["10"] == {"boxes": [[]], "exact": True}


def test_hovering_lights_and_clicking_chooses(open_page: Open) -> None:
    page = open_stack(open_page, "lenet5", "1x28x28", "--prove")
    assert page.inner_text("#card h2") == "Unit (2, 2) of layer 5"
    text = page.inner_text("#card")
    assert "H 6..21, W 6..21" in text
    assert "16\u00d716 cells, jump 4, start -2" in text
    assert "impulses, on 1\u00d728\u00d728: 5 + 5 units of 5 compared, 0 differ" in text
    x, y = page.evaluate(POINT, [2, 13, 0])
    page.mouse.move(x, y)
    page.wait_for_function(
        "() => document.querySelector('#card h2').textContent.includes('layer 2')"
    )
    assert page.inner_text("#card h2") == "Unit (13, 0) of layer 2"
    page.mouse.move(5, 5)
    page.wait_for_function(
        "() => document.querySelector('#card h2').textContent.includes('layer 5')"
    )
    page.mouse.click(x, y)
    page.wait_for_function("() => location.hash.includes('layer=2&unit=13,0')")
    assert page.input_value("#unit_0") == "13"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#card h2") == "Unit (12, 1) of layer 2"
    page.keyboard.press("Shift+ArrowRight")
    assert page.inner_text("#card h2").endswith("of layer 3")
    assert "layer=3" in page.evaluate("convcli.page.fragment()")


def test_layers_that_change_numbers_alone_join_their_source(open_page: Open) -> None:
    page = open_stack(open_page, "lenet5", "1x28x28")
    count = page.locator("#stage .plane").count
    assert count() == 9
    page.check("#every")
    assert count() == 13
    page.select_option("#layer", "1")
    assert page.get_attribute("#stage .plane.chosen", "data-plane") == "2"
    page.uncheck("#every")
    assert page.get_attribute("#stage .plane.chosen", "data-plane") == "1"
    assert page.inner_text("#card h2") == "Unit (14, 14) of layer 1"


def test_large_networks_are_quick_and_small(open_page: Open) -> None:
    page = open_stack(open_page, "resnet50", "3x224x224")
    assert page.evaluate("document.documentElement.outerHTML.length") < 600_000
    milliseconds = page.evaluate(
        "() => { const start = performance.now();"
        " for (let n = 0; n < 20; n++) convcli.network.seen(170, [n % 7, 3]);"
        " return (performance.now() - start) / 20; }"
    )
    assert milliseconds < 200


def test_the_language_is_chosen_on_the_page(open_page: Open) -> None:
    page = open_stack(open_page, "lenet5", "1x28x28", "--lang", "zh")
    assert ENGLISH["fit"] not in page.inner_text("#controls")
    assert CHINESE["fit"] in page.inner_text("#controls")
    page.select_option("#language", "en")
    assert ENGLISH["fit"] in page.inner_text("#controls")
    assert page.get_attribute("html", "lang") == "en"
    page.wait_for_function("() => location.hash.includes('language=en')")


def test_a_link_with_errors_names_them(open_page: Open) -> None:
    page = open_stack(open_page, "lenet5", "1x28x28", fragment="#layer=nothing&unit=99,-1&zoom=9")
    assert page.inner_text("#notice").count("cannot be read") == 3
    page = open_stack(open_page, "lenet5", "1x28x28", fragment="#layer=3&unit=99,99")
    assert page.inner_text("#card h2") == "Unit (9, 9) of layer 3"


def test_nothing_is_thrown_inside_a_frame(open_page: Open, tmp_path: Any, convcli: Any) -> None:
    inner = tmp_path / "inner.html"
    assert convcli("stack", "lenet5", "1x28x28", "-o", str(inner)).status == 0
    outer = tmp_path / "outer.html"
    quoted = inner.read_text("utf-8").replace("&", "&amp;").replace('"', "&quot;")
    outer.write_text(
        f'<body data-state="ready"><iframe sandbox="allow-scripts" width="900" height="700" '
        f'srcdoc="{quoted}"></iframe>',
        "utf-8",
    )
    page = open_page(address=outer.as_uri())
    frame = page.frames[1]
    frame.wait_for_selector("body[data-state=ready]")
    frame.click("#next")
    frame.click("#fit")
    page.wait_for_timeout(300)
    assert frame.inner_text("#card h2").endswith("of layer 6")


def test_the_depth_of_a_volume_stays(open_page: Open) -> None:
    layers = ("Conv3d(1, 2, 3, padding=1)", "MaxPool3d(2)")
    page = open_stack(open_page, *layers, "1x8x12x12", fragment="#layer=1&unit=3,0,0")
    x, y = page.evaluate(POINT, [0, 5, 7])
    page.mouse.click(x, y)
    assert page.inner_text("#card h2") == "Cell (7, 5, 7) of the input"
    page.fill("#unit_0", "2")
    assert page.inner_text("#card h2") == "Cell (2, 5, 7) of the input"
    assert "D 0..1" in page.inner_text("#card")


@pytest.mark.torch
def test_what_attention_reads_between_is_said_to_be_unknown(open_page: Open) -> None:
    pytest.importorskip("torch")
    module = f"{Path(__file__).parents[1] / 'data' / 'branched_modules.py'}:Attention"
    page = open_stack(open_page, "--module", module, "1x2x6x6")
    layers = page.evaluate("convcli.page.data.layers.map(layer => [layer.name, layer.known])")
    at = next(at for at, (_, known) in enumerate(layers) if not known)
    page.select_option("#layer", str(at))
    assert "is not known" in page.inner_text("#card")
    unit = page.evaluate("convcli.page.state.unit")
    seen, reached = page.evaluate(SEEN, [at, unit])
    assert all(not each["exact"] for place, each in seen.items() if int(place) not in (-1, at))
    assert set(seen) > {"-1", str(at)}
    assert all(not each["exact"] for place, each in reached.items() if int(place) > at)
