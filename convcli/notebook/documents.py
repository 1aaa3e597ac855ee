"""The document of each result that the engine hands out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcli.engine.explain.worked_sums import WorkedSum, WorkedSums
from convcli.engine.geometry.cost import Cost
from convcli.engine.geometry.shapes import restored_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.gradients.gradients import Gradients
from convcli.notebook.answers import as_computed
from convcli.notebook.forms import words_here
from convcli.report.document import Document
from convcli.report.views.grad import gradients_view
from convcli.report.views.shape import cost_view, layer_view
from convcli.report.views.trace import trace_view, worked_sum_view
from convcli.report.words.vocabulary import Words


def document_of(result: Any) -> Document:
    """The document of a result."""
    view = next(VIEWS[kind] for kind in type(result).__mro__ if kind in VIEWS)
    return view(result, words_here())


def _sums(sums: WorkedSums, words: Words) -> Document:
    """All sums, those that were taken too."""
    arrays, shape = sums.arrays, sums.arrays.output_shape
    spec = as_computed(arrays.spec, arrays.bias)
    shown = restored_shape(shape, arrays.input_rank)
    return trace_view(spec, shown, sums.view, sums.count, sums.again, words)


def _sum(worked: WorkedSum, words: Words) -> Document:
    """One sum; its position without the example and the channel where there is one of each."""
    image = worked.position[0]
    axes = worked.spec.rank + (2 if image else int(worked.spec.out_channels > 1))
    return worked_sum_view(worked, axes, worked.view, words)


VIEWS: dict[type, Callable[[Any, Words], Document]] = {
    ConvSpec: layer_view,
    Cost: cost_view,
    Gradients: gradients_view,
    WorkedSums: _sums,
    WorkedSum: _sum,
}
