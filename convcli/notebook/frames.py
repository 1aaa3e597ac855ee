"""The page of `convcli show` in a frame of a notebook."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from html import escape
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.explain.worked_sums import View, check_view
from convcli.engine.geometry.shapes import Position, Shape, promoted_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.inputs.text.kernels import named_kernels
from convcli.notebook.answers import Result, as_computed, run
from convcli.notebook.forms import words_here
from convcli.render.mathematics import displayed, upright
from convcli.render.page_file import script_alone
from convcli.render.page_html import page
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.views.page import PageStart, page_data, page_operands

HEIGHT = 560  # CSS pixels, until the page tells how many it needs
LEAST_HEIGHT, MOST_HEIGHT = 320, 2000
MOST_AXES = 3  # that a page draws
MOST_OF_KERNEL = 125  # numbers of a named kernel that a page offers
MOST_WRITTEN = 200  # numbers of an array that a command spells out
BESIDE = "beside_frame.js"  # the script beside a frame
FILES = ("input.npy", "kernel.npy")  # the names that the page saves arrays under
# What a page does: run its script, save arrays. It has no origin, so that it reaches nothing of the
# notebook: no cookies, no storage, no document.
SANDBOX = "allow-scripts allow-downloads"


class Page:
    """A page that a notebook displays in a frame; its text is the HTML of the page."""

    def __init__(
        self,
        html: str,
        title: str,
        height: int | None = None,
        result: Callable[[], Result] | None = None,
    ) -> None:
        self.html, self.title, self.height, self._result = html, title, height, result

    def __str__(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<convcli page of {self.title}; .save(path) writes it>"

    def save(self, path: str | Path) -> None:
        """Write the page as a file of its own, which opens in a browser without a network."""
        Path(path).write_text(self.html, "utf-8")

    def _repr_html_(self) -> str:
        """The page in a frame.

        The script beside it tells the page the notebook's theme, and gives the frame the height
        that the page asks for. Where scripts are not allowed, the frame keeps its height. The
        sentence inside the frame is what is left where a notebook is not trusted.
        """
        words = words_here()
        height = HEIGHT if self.height is None else self.height
        fixed = ' data-height="fixed"' if self.height is not None else ""
        return (
            f'<iframe class="convcli" title="{escape(self.title)}" sandbox="{SANDBOX}" '
            f'allow="clipboard-write" width="100%" height="{height}"{fixed} '
            'style="border:0;display:block;width:100%;min-width:0;color-scheme:auto" '
            f'srcdoc="{escape(self.html)}">{words("notebook.run_cell")}</iframe>\n'
            f"<script>{script_alone(BESIDE)}</script>"
        )

    def _repr_markdown_(self) -> str:
        """Without a browser: the operation with its numbers."""
        return f"`{self.title}`" if self._result is None else self._result()._repr_markdown_()

    def _repr_latex_(self) -> str:
        """The same on paper."""
        if self._result is None:
            return displayed([upright(self.title)])
        return self._result()._repr_latex_()


def show(
    spec: ConvSpec,
    x: Any,
    w: Any,
    bias: Any = None,
    *,
    at: Sequence[int] | None = None,
    view: View = "gather",
    channel: int = 0,
    example: int = 0,
    speed: float = 1,
    projector: bool = False,
    height: int | None = None,
    lang: str | None = None,
) -> Page:
    """The page of `convcli show` for these arrays, which a notebook displays in a frame.

    Arrays as in `convolve`. `at` is the cell that it begins with, (*out), of output channel
    `channel`; with view "scatter" a cell of the input. `height` is that of the frame in CSS pixels;
    without it the page gets what it needs. `lang` is "en" or "zh". The page works without a
    network. Raises ConvError if the arrays do not fit the layer, or if there is no cell `at`.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    >>> str(show(spec, [1, 2, 3], [10, 1])).startswith("<!DOCTYPE html>")
    True
    """
    words, spec = words_here(lang), as_computed(spec, bias)
    check_view(spec, view)
    input, weight = np.asarray(x), np.asarray(w)
    biases = None if bias is None else np.asarray(bias)
    shape = promoted_shape(input.shape, spec.rank, "input")
    _check_drawable(spec, shape)
    _check_index("example", example, shape[0])
    operands = page_operands(spec, input, weight, biases, example)
    index = _first_cell(spec, shape, view, channel, at)
    panel: Literal["input", "output"] = "input" if view == "scatter" else "output"
    command = _command(spec, input, weight, biases, example)
    ticks = ("projector",) if projector else ()
    kernels = named_kernels(spec.rank, MOST_OF_KERNEL)
    start = PageStart(panel, index, speed, command, words, ticks, kernels)
    line = pytorch_line(spec)
    title = words("notebook.frame", line=line)
    html = page(page_data(operands, start), line)
    return Page(html, title, _height(height), lambda: run(spec, x, w, bias))


def _check_drawable(spec: ConvSpec, shape: Shape) -> None:
    """Raises ConvError for a layer that no page draws."""
    if not 1 <= spec.rank <= MOST_AXES:
        rule = f"a page shows layers of 1 to {MOST_AXES} spatial axes; trace has sums of any layer"
        raise ConvError("page.rank", rule, parameter="spec", got=f"{spec.rank} axes")
    if not prod(shape):
        raise ConvError("page.empty", "has no numbers to show", parameter="input", got=shape)


def _check_index(parameter: str, index: int, count: int) -> None:
    if not 0 <= index < count:
        rule = f"must be 0..{count - 1}"
        raise ConvError(f"{parameter}.range", rule, parameter=parameter, got=index)


def _first_cell(
    spec: ConvSpec, shape: Sequence[int], view: View, channel: int, at: Sequence[int] | None
) -> tuple[int, ...]:
    """(channel, *place) of the cell that the page begins with."""
    scatters = view == "scatter"
    _check_index("channel", channel, spec.in_channels if scatters else spec.out_channels)
    sizes = tuple(shape[2:]) if scatters else tuple(spec.output_sizes(shape[2:]))
    place = (0,) * spec.rank if at is None else tuple(at)
    if len(place) != len(sizes) or not all(
        0 <= index < size for index, size in zip(place, sizes, strict=True)
    ):
        rule = f"must be a position of the {'input' if scatters else 'output'} {Shape(sizes)}"
        raise ConvError("at.range", rule, parameter="at", got=Position(place))
    return channel, *place


def _height(height: int | None) -> int | None:
    if height is not None and not LEAST_HEIGHT <= height <= MOST_HEIGHT:
        rule = f"must be {LEAST_HEIGHT}..{MOST_HEIGHT} pixels"
        raise ConvError("height.range", rule, parameter="height", got=height)
    return height


def _command(
    spec: ConvSpec, input: Array, weight: Array, bias: Array | None, example: int
) -> dict[str, Any]:
    """The parts of the command line that the page repeats."""
    texts = [_text(array) or name for array, name in zip((input, weight), FILES, strict=True)]
    rest = [] if bias is None else [f"--bias={_text(bias) or 'bias.npy'}"]
    if example:
        rest.append(f"--example={example}")
    return {
        "input": texts[0],
        "weight": texts[1],
        "rest": rest,
        "groups": f"--groups={spec.groups}",
    }


def _text(array: Array) -> str:
    """An array as a command spells it out; empty for a large one."""
    if array.size > MOST_WRITTEN or array.dtype.kind not in "iuf":
        return ""
    if array.ndim > 2 or not array.size:
        return json.dumps(array.tolist())
    rows = np.atleast_2d(array).tolist()
    text = "; ".join(" ".join(map(repr, row)) for row in rows)
    return f"{text};" if array.ndim == 2 and len(rows) == 1 else text  # a row alone is a vector
