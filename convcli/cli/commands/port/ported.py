"""What `port` answers: the layer as its framework reads it, and the rows of the others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from convcli.cli.commands.port.layers import in_layout, in_torch_order, read_layer, spec_of
from convcli.cli.commands.port.rows import Tried, layout_of, port_row
from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import axis_names
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.inputs.frameworks.resolved import Resolved
from convcli.report.document import Document
from convcli.report.spelling.ports.base import Task
from convcli.report.spelling.ports.weights import converted
from convcli.report.views.port import Ported, Row, port_view, why
from convcli.report.words.vocabulary import Words

_SAME = re.compile("same", re.IGNORECASE)


@dataclass(frozen=True)
class Porting:
    """A layer and the frameworks that it is ported to."""

    text: str
    source: Resolved
    spec: ConvSpec
    names: tuple[str, ...]
    is_same: bool

    @classmethod
    def of(
        cls,
        text: str,
        shape: Sequence[int],
        options: Mapping[str, Any],
        names: tuple[str, ...],
        weight: Sequence[int] | None = None,
    ) -> Porting:
        """Read the layer. Raises ConvError where it is no convolution."""
        source = read_layer(text, shape, options, weight)
        spec = spec_of(source)
        if source.foreign.then is not None:
            rule = "is two layers: port each of them"
            raise ConvError("port.layer", rule, parameter="LAYER")
        is_same = bool(_SAME.search(f"{text} {options.get('padding') or ''}"))
        return cls(text, source, spec, names, is_same)

    @property
    def task(self) -> Task:
        """The layer as the writers of lines see it."""
        order = self.source.foreign.orders.input
        sizes = tuple(self.source.inner_input[2:])
        is_last = order.startswith("N") and order.endswith("C")
        return Task(self.spec, sizes, self.source.full[0], is_last, self.is_same)

    def document(self, words: Words) -> Document:
        """The rows."""
        return port_view(self._ported, [self._row(name)[0] for name in self.names], words)

    def _row(self, name: str) -> tuple[Row, Tried | None]:
        """The row of a framework, with the expression that converts the weight."""
        row, tried = port_row(name, self.task)
        if row.weight is None:
            return row, tried
        own = layout_of(self.source, self.spec)
        return row._replace(from_source=converted(own, row.weight)), tried

    @property
    def _ported(self) -> Ported:
        source = self.source
        return Ported(
            self.text.strip(),
            source.foreign.framework,
            source.typed,
            source.output,
            self.task.ends,
            axis_names(source.rank),
            self.spec.transposed,
            self.spec.padding_mode,
        )

    def converted(self, weight: Array) -> tuple[Array, Row]:
        """A weight of the layer as the one framework stores it, and the framework's row.

        Raises ConvError where the framework has no line for the layer.
        """
        row, tried = self._row(self.names[0])
        if tried is None:
            reason = why(self._ported, row)
            rule = "{framework} has no line with the same numbers: {reason}"
            fields = {"framework": row.framework, "reason": reason}
            raise ConvError("port.refused", rule, parameter="to", fields=fields)
        return in_layout(tried.resolved, in_torch_order(self.source, weight)), row
