"""Reads the ARRAYs of a command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from convcli.cli.input.memory import require_memory
from convcli.cli.output.streams import Streams
from convcli.engine.arrays import Array
from convcli.errors import ConvError
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.files.request import no_metadata
from convcli.inputs.text.layouts import TORCH_ORDER, Layouts

if TYPE_CHECKING:
    from convcli.inputs.files.stores.sources import StoredInput

FREE_SUFFIXES = (".csv",)  # formats with metadata that do not say which axis is which


class StoreReading(NamedTuple):
    """How a stored X is read: its axes, the level of an image, whether missing chunks fill."""

    axes: tuple[str, ...] | None = None
    level: int | None = None
    fill: bool = False
    pages: bool = False  # whether a TIFF file is a stack of its pages


AS_STORED = StoreReading()


@dataclass(frozen=True)
class ArrayReader:
    """Reads ARRAYs for a layer of `rank` spatial axes, within a memory limit.

    `decimal` is the decimal sign of tables, where the user names it. Arrays come in torch's order
    of axes, from that of `layouts`.
    """

    rank: int
    streams: Streams
    max_memory: int | None = None
    decimal: str | None = None
    layouts: Layouts = TORCH_ORDER
    asked: StoreReading = AS_STORED

    def stored(self, text: str) -> StoredInput | None:
        """The stored array that X names, of which the metadata alone is read; None for others.

        Raises ConvError where a layout is specified: the axes of a store have names.
        """
        from convcli.inputs.files.stores.inputs import find_stored
        from convcli.inputs.files.stores.requests import Request

        request = Request(self.rank, *self.asked, note=self.streams.note)
        found = find_stored(text, request)
        if found is None:
            asked = self.asked._replace(pages=False)
            if asked != AS_STORED:
                rule = "is of a stored X, like X.zarr"
                given = zip(("axes", "level", "missing"), asked, AS_STORED, strict=False)
                name = next(name for name, value, default in given if value is not default)
                raise ConvError("store.input", rule, parameter=name)
            return None
        if self.layouts.input is not None:
            rule = "is not of a stored X, whose axes have names"
            hint = "Leave the letters of X out of `layout`, and name the axes with `axes`."
            raise ConvError("layout.file", rule, parameter="layout", hint=hint)
        from convcli.inputs.files.stores.axes import images_note
        from convcli.inputs.files.stores.sources import StoredInput

        note = images_note(self.asked.axes or ())
        if note:
            self.streams.note(note)
        return StoredInput(found, partial(require_memory, max_memory=self.max_memory))

    def read(
        self,
        text: str,
        name: str,
        keep: Callable[[SourceMetadata], None] = no_metadata,
        *,
        rank: int | None = None,
    ) -> Array:
        """The array; `rank` where it is not one of the layer's rank, as a bias is not."""
        sources: list[SourceMetadata] = []
        array = read_array(
            text,
            name,
            self.rank if rank is None else rank,
            self.streams.stdin_bytes,
            partial(require_memory, max_memory=self.max_memory),
            note=self.streams.note,
            keep=sources.append,
            decimal=self.decimal,
        )
        for source in sources:
            keep(source)
        if rank is not None:
            return array
        self._refuse_layout(name, sources)
        ordered: Array = self.layouts.to_torch(array, name)
        return ordered

    def _refuse_layout(self, name: str, sources: Sequence[SourceMetadata]) -> None:
        """Raises ConvError where a layout is specified for a file that has an order of its own."""
        if self.layouts.input is None or name in ("W", "weight"):
            return
        for source in sources:
            if source.suffix not in FREE_SUFFIXES:
                rule = (
                    f"a file {source.suffix} has its own order of axes, which is read into torch's"
                )
                hint = "Leave the letters of X out of `layout`."
                raise ConvError("layout.file", rule, parameter=name, hint=hint)
