"""What a writer is asked for: arrays in one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError, printable, shortened
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.files.request import Note, no_note
from convcli.inputs.text.layouts import TORCH_ORDER, Layouts
from convcli.inputs.text.pixel_maps import PixelMap


class Origin(NamedTuple):
    """Where arrays come from.

    `rank` is that of the layer, `source` what the file of its input says, `dtype` the type of the
    input's numbers. `axes` lead from the input to the array; they are empty where the array has
    another grid than the layer makes of its input. `layouts` has the order of the array's axes, as
    that of an input. `channels_stay`: channel c is the input's channel c, and none is mixed.
    """

    rank: int = 2
    source: SourceMetadata | None = None
    dtype: np.dtype[Any] | None = None
    axes: tuple[Axis, ...] = ()
    transposed: bool = False
    layouts: Layouts = TORCH_ORDER
    channels_stay: bool = False


NOWHERE = Origin()


def count_of(count: int, one: str, many: str) -> str:
    """A count and its words.

    >>> count_of(1, "is NaN", "are NaN")
    '1 is NaN'
    """
    return f"{count} {one if count == 1 else many}"


def outline(shape: tuple[int, ...], dtype: Any) -> Array:
    """An array of this shape and type that takes no memory, for `check`.

    >>> outline((1000, 1000), "float32").strides
    (0, 0)
    """
    return np.broadcast_to(np.zeros((), dtype), shape)


@dataclass(frozen=True)
class WriteRequest:
    """Arrays by name, and the file that is to hold them.

    `parameter` is the option that named the file, for errors. `note` is told what is lost.
    """

    path: str
    suffix: str
    arrays: Mapping[str, Array]
    origin: Origin = NOWHERE
    mapping: PixelMap | None = None
    parameter: str = "output"
    note: Note = no_note

    def say(self, text: str) -> None:
        """A note that begins with the path."""
        self.note(f"{printable(shortened(self.path))}: {text}")

    def refusal(self, code: str, rule: str, **details: Any) -> ConvError:
        """The error of arrays that the format cannot hold."""
        return ConvError(code, rule, parameter=self.parameter, **details)

    def wrong_shape(self, rule: str, hint: str | None = None) -> ConvError:
        """The error of an array whose shape the format cannot hold."""
        got = Shape(self.array.shape)
        return self.refusal("output.shape", f"a {self.suffix} file {rule}", got=got, hint=hint)

    def wrong_type(self, rule: str, hint: str | None = None) -> ConvError:
        """The error of an array whose number type the format cannot hold."""
        got = str(self.array.dtype)
        return self.refusal("output.dtype", f"a {self.suffix} file {rule}", got=got, hint=hint)

    @property
    def array(self) -> Array:
        """The only array. Raises ConvError where there are several."""
        if len(self.arrays) != 1:
            raise self.refusal(
                "output.several",
                f"a {self.suffix} file holds one array, and there are {{names}}",
                hint="Write them to an .npz or .safetensors file.",
                fields={"names": ", ".join(self.arrays)},
            )
        return next(iter(self.arrays.values()))

    @property
    def array_in_order(self) -> Array:
        """The only array with its axes in torch's order: examples, channels, sizes."""
        ordered: Array = self.origin.layouts.to_torch(self.array, "X")
        return ordered

    def filled(self, arrays: Mapping[str, Array]) -> WriteRequest:
        """The request with other arrays."""
        return replace(self, arrays=arrays)
