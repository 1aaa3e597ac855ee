"""Answers of commands as objects that a notebook displays."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np

from convcli.displays import Form
from convcli.engine.arrays import Array
from convcli.engine.compute.convolve import convolve
from convcli.engine.geometry.spec import ConvSpec
from convcli.notebook.forms import OF_PYTHON, in_form, words_here
from convcli.render import Style, renderer
from convcli.report.document import Document
from convcli.report.views.run import run_view


class Answer:
    """The answer of a command: `data` is its JSON, the text is that of a terminal."""

    def __init__(self, document: Document, style: Style = OF_PYTHON) -> None:
        self.document, self.style = document, style

    @property
    def data(self) -> dict[str, Any]:
        """What --json prints, as a dictionary."""
        data: dict[str, Any] = json.loads("".join(renderer("json")(self.document, Style())))
        return data

    def __str__(self) -> str:
        style = self.style._replace(words=self.document.words)
        return "".join(renderer("table")(self.document, style))

    __repr__ = __str__

    def _form(self, form: Form) -> str:
        return in_form(self.document, form, self.style)

    def _repr_html_(self) -> str:
        return self._form("html")

    def _repr_markdown_(self) -> str:
        return self._form("markdown")

    def _repr_latex_(self) -> str:
        return self._form("latex")


class Result(Answer):
    """A layer's output, with what it was computed from; NumPy takes it as its `output`."""

    def __init__(
        self, spec: ConvSpec, input: Array, weight: Array, bias: Array | None, output: Array
    ) -> None:
        self.spec, self.input, self.weight, self.bias = spec, input, weight, bias
        self.output = output
        super().__init__(run_view(spec, input, weight, bias, output, words=words_here()))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if copy is None:  # NumPy 1 has no such copy mode
            return np.asarray(self.output, dtype=dtype)
        return np.array(self.output, dtype=dtype, copy=copy)


def as_computed(spec: ConvSpec, bias: Any) -> ConvSpec:
    """The layer, with a bias if there is an array of it. Raises TypeError for another object."""
    if not isinstance(spec, ConvSpec):  # a module of torch or its text, which notebooks have
        like = "ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, dims=2)"
        raise TypeError(f"spec must be a ConvSpec, like {like}, got {type(spec).__name__}.")
    return replace(spec, bias=bias is not None)


def run(spec: ConvSpec, x: Any, w: Any, bias: Any = None, *, threads: int = 1) -> Result:
    """The output of a layer with its operands, which a notebook displays like `convcli run`.

        out[n, o, p] = bias[o] + sum over c, k of weight[o, c, k] * input[n, c, taps[p, k]]

    Arrays as in `convolve`, which gives the output alone: `run(...).output`. Raises ConvError if
    the arrays do not fit the layer.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    >>> run(spec, [1, 2, 3], [10, 1]).output.tolist()
    [12, 23]
    """
    computed = as_computed(spec, bias)
    output = convolve(spec, x, w, bias, threads=threads)
    biases = None if bias is None else np.asarray(bias)
    return Result(computed, np.asarray(x), np.asarray(w), biases, output)
