"""Where the channels of X and the layer disagree: the fixes that a command line has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from convcli.cli.input.array_reader import FREE_SUFFIXES
from convcli.engine.geometry.remedies import (
    GRAY,
    PICTURES,
    RGB,
    Fix,
    channel_fixes,
    computes,
    hint_of,
)
from convcli.engine.geometry.shapes import Shape, promoted_shape
from convcli.errors import ConvError
from convcli.inputs.files.formats import PICTURES as PICTURE_SUFFIXES
from convcli.inputs.files.formats import split_member
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.text.layer import LayerRequest
from convcli.inputs.text.layouts import SPATIAL, Layouts, parse_layouts

FORMS = {GRAY: "gray", RGB: "rgb"}  # what may follow the path of a picture and a colon


def _without_form(text: str) -> str:
    """The path of a picture, and its page, without the form of its channels."""
    path, member = split_member(text)
    pages = [word for word in re.split("[:,]", member) if word and not word.isalpha()]
    return ":".join([path, *pages])


class Written(NamedTuple):
    """X and W as they were read: their shapes in torch's order, W's None where it is drawn.

    `picture` is the path of X where it is a picture, `is_ordered` where the file says the order of
    its axes.
    """

    input: Shape
    weight: Shape | None
    layouts: Layouts
    picture: str | None = None
    is_ordered: bool = False

    def remedied(self, error: ConvError, request: LayerRequest) -> ConvError:
        """The error with the fixes of the command line before the layer's, and shapes as typed."""
        if error.code.endswith(".contradicts"):
            return self._with_shape(error, request)
        if error.code != "input.channels":
            return error
        own = [*self._forms(request), *self._orders(request)]
        others = [] if self.layouts else self._of_layer(request)
        if any(computes(fix.attempt) for fix in own):
            sentences = tuple(PICTURES.values())
            others = [fix for fix in self._of_layer(request) if fix.text not in sentences]
            others = [fix for fix in others if "the order is" not in fix.text]
        hint = hint_of([*own, *others])
        rule, fields = self._as_typed(error.rule, request), {"picture": self.picture}
        return ConvError(error.code, rule, parameter=error.parameter, hint=hint, fields=fields)

    def _with_shape(self, error: ConvError, request: LayerRequest) -> ConvError:
        """The error of a weight that is not the layer's, with the shape that is."""
        if not request.is_expression:
            return error
        try:
            shape = request.for_input(self._full(request)).weight_shape
        except ConvError:  # the layer does not fit its input either
            return error
        axes = "(C_in, C_out/groups" if request.transposed else "(C_out, C_in/groups"
        order = "" if self.layouts.weight is not None else f", {axes}, *kernel_size)"
        typed = self.layouts.result_shape(shape, weight=True)
        return error.with_place(hint=f"The weight of this layer has the shape {typed}{order}.")

    @classmethod
    def of(
        cls, text: str, input: Any, weight: Any, layouts: Layouts, sources: Sequence[SourceMetadata]
    ) -> Written:
        """The arrays of a command line; `text` is X, `sources` are its files."""
        is_picture = any(source.suffix in PICTURE_SUFFIXES for source in sources)
        is_ordered = any(source.suffix not in FREE_SUFFIXES for source in sources)
        shape = None if weight is None else Shape(weight.shape)
        picture = _without_form(text) if is_picture else None
        return cls(Shape(input.shape), shape, layouts, picture, is_ordered)

    def _full(self, request: LayerRequest) -> Shape:
        return promoted_shape(self.input, request.rank, "input")

    def _output(self, request: LayerRequest, input: Shape, weight: Shape | None) -> Shape:
        """The output's shape. Raises ConvError where the layer does not compute."""
        full = promoted_shape(input, request.rank, "input")
        if weight is None:
            return request.for_input(full).output_shape(full)
        return request.computed(full, promoted_shape(weight, request.rank, "weight"))

    def _of_layer(self, request: LayerRequest) -> list[Fix]:
        full = self._full(request)
        if self.weight is None:
            return channel_fixes(request.for_input(full), full)
        weight = promoted_shape(self.weight, request.rank, "weight")
        return request.fixes(
            full, weight, lambda shape: str(self.layouts.result_shape(shape, weight=True))
        )

    def _forms(self, request: LayerRequest) -> Iterator[Fix]:
        """The picture with the channels that the layer takes."""
        if self.picture is None or request.rank != 2:
            return
        full = self._full(request)
        for channels, form in FORMS.items():
            shape = Shape((full[0], channels, *full[2:]))
            attempt = partial(self._output, request, shape, self.weight)
            number = "1 channel" if channels == 1 else f"{channels} channels"
            yield Fix(f"Write {{picture}}:{form}, which has {number}.", attempt)

    def _orders(self, request: LayerRequest) -> Iterator[Fix]:
        """The orders of the axes with which X and W agree."""
        letters = SPATIAL[request.rank][0]
        x = None if self.layouts.input is None else self.layouts.input.letters
        w = None if self.layouts.weight is None else self.layouts.weight.letters
        own = "N" * (len(self.input) > request.rank + 1)
        inputs = [x] if x or self.is_ordered else [None, f"{own}{letters}C"]
        kernel = f"{letters}{'OI' if request.transposed else 'IO'}"
        weights = [w] if w or not self._may_be_kernel_first(request) else [None, kernel]
        for new_x in inputs:
            for new_w in weights:
                if (new_x, new_w) != (x, w):
                    layout = ",".join(filter(None, (new_x, new_w)))
                    changed = (None if x else new_x, None if w else new_w)
                    attempt = partial(self._reordered, request, *changed)
                    yield Fix(f"Specify `layout` {layout}.", attempt)

    def _may_be_kernel_first(self, request: LayerRequest) -> bool:
        """Whether (*kernel, I, O) may be the order of W: no square kernel stands at its end."""
        rank, shape = request.rank, self.weight
        if shape is None or len(shape) != rank + 2:
            return False
        at_end, at_start = set(shape[-rank:]), set(shape[:rank])
        return len(at_end) > 1 or (len(at_start) == 1 and at_start != {1})

    def _reordered(self, request: LayerRequest, x: str | None, w: str | None) -> Shape:
        text = ",".join(filter(None, (x, w)))
        orders = parse_layouts(text, request.rank, transposed=request.transposed)
        input, weight = self.input, self.weight
        if orders.input is not None and len(input) > request.rank:
            input = orders.input.to_torch(input)[1]
        if orders.weight is not None and weight is not None and len(weight) > request.rank:
            weight = orders.weight.to_torch(weight)[1]
        return self._output(request, input, weight)

    def _as_typed(self, rule: str, request: LayerRequest) -> str:
        """The rule with the shapes in the order of the command line."""
        full = self._full(request)
        rule = rule.replace(f" of {full},", f" of {self.layouts.result_shape(full)},", 1)
        if self.weight is not None:
            weight = promoted_shape(self.weight, request.rank, "weight")
            typed = self.layouts.result_shape(weight, weight=True)
            rule = rule.replace(f"the weight {weight} ", f"the weight {typed} ", 1)
        return rule
