"""`--flip`: what commands print of a layer whose kernel is read backwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcli.cli.input.loaded_operands import LoadedOperands
from convcli.engine.geometry.flips import flipped_tap
from convcli.engine.geometry.shapes import Position
from convcli.engine.gradients.worked_entry import GradientSum, Variable, trace_gradient
from convcli.report.document import Document
from convcli.report.views.flip import with_flip
from convcli.report.words.vocabulary import Words


def said_flip(document: Document, arrays: LoadedOperands, words: Words) -> Document:
    """The document, which says that the kernel is flipped where it is."""
    if not arrays.is_flipped:
        return document
    foreign = None if arrays.foreign is None else arrays.foreign.said
    return with_flip(document, arrays.spec, foreign, words)


def worked_entry(
    arrays: LoadedOperands, variable: Variable, position: Sequence[int], upstream: Any
) -> GradientSum:
    """The worked sum of an entry of a gradient; taps are places in the kernel as it was written."""
    size = arrays.spec.kernel_size
    is_tap = arrays.is_flipped and variable == "weight" and len(position) >= len(size)
    inner = _in_flip(position, size) if is_tap else position
    worked = arrays.call(trace_gradient, variable=variable, at=inner, output_gradient=upstream)
    if not arrays.is_flipped:
        return worked
    terms = [
        term if term.tap is None else term._replace(tap=flipped_tap(term.tap, size))
        for term in worked.terms
    ]
    place = _in_flip(worked.position, size) if is_tap else worked.position
    return worked._replace(terms=terms, position=place)


def _in_flip(position: Sequence[int], kernel_size: Sequence[int]) -> Position:
    """A position of the weight, whose last numbers are a tap, in the flipped weight."""
    free = len(position) - len(kernel_size)
    return Position((*position[:free], *flipped_tap(position[free:], kernel_size)))
