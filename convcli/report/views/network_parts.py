"""The parts that the views of networks share: the report, a layer as text, receptive fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from convcli.engine.geometry.padding import TORCH_PADDING_MODES
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.receptive import ReceptiveField
from convcli.engine.network.recorded import RecordedNetwork
from convcli.engine.network.walk import Fields, Seen, Step, Totals, seen_by_unit
from convcli.report.quantities import (
    Bound,
    Joined,
    Keys,
    Rounded,
    Short,
    per_axis,
)
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.spelling.short_layers import short_layer
from convcli.report.words.vocabulary import ENGLISH, Words

if TYPE_CHECKING:
    from convcli.engine.proof.receptive_proof import Proof

NO_FIELD = "-"
UNKNOWN = "?"


@dataclass(frozen=True)
class StackReport:
    """A network walked on an input.

    `texts` are the layers as they were written, `input_shape` is (N, C, *sizes), `in_input_rank`
    drops the axes of a shape that the input was specified without, `unit` is that of --unit,
    `notes` tell how the layers were read, and `words` is the language.
    """

    texts: Sequence[str]
    steps: Sequence[Step]
    input_shape: Shape
    totals: Totals
    in_input_rank: Callable[[Shape], Shape]
    unit: Position | None = None
    notes: Sequence[str] = ()
    recorded: RecordedNetwork | None = None
    words: Words = ENGLISH

    def seen(self, at: int, unit: Sequence[int]) -> Seen:
        """The cells of the input that a unit of a step sees."""
        if self.recorded is not None:
            return self.recorded.seen_by_unit(at, unit)
        return seen_by_unit(self.steps, at, unit, self.input_shape)

    def units(self, at: int) -> Sequence[int]:
        """How many units a step has along each spatial axis of the input."""
        if self.recorded is not None:
            return self.recorded.units(at)
        return self.steps[at].output[2:]

    @property
    def cells(self) -> Sequence[int]:
        """How many cells the input has along each axis."""
        if self.recorded is not None:
            return tuple(axis.size for axis in self.recorded.axes)
        return self.input_shape[2:]

    @property
    def kinds(self) -> Mapping[str, str]:
        """The class of each block, by its path."""
        return {} if self.recorded is None else self.recorded.kinds

    @property
    def last_seeing(self) -> int | None:
        """The last step of which it is known what its units see; None where no step is."""
        return next((at for at in reversed(range(len(self.steps))) if self._sees(at)), None)

    def _sees(self, at: int) -> bool:
        fields = self.steps[at].fields
        if self.recorded is not None:
            return fields is not None and None not in fields
        return bool(fields)

    @property
    def is_numbered(self) -> bool:
        """Whether every layer is called by its number."""
        return all(step.name == str(at) for at, step in enumerate(self.steps))


class Proven(NamedTuple):
    """What `--prove` says of a step: each derivation, with the input that it was made on."""

    step: Step
    derivations: Sequence[tuple[str, Shape, Proof]]

    @property
    def holds(self) -> bool:
        """Whether no unit differs."""
        return not any(found.differing for _, _, found in self.derivations)


def layer_text(text: str, layer: Layer) -> str:
    """A convolution as PyTorch with defaults left out, other layers as they were written."""
    if isinstance(layer, Convolution) and layer.spec.padding_mode in TORCH_PADDING_MODES:
        return pytorch_line(layer.spec, "")
    return text


def layer_form(text: str, kind: str, layer: Layer) -> Short:
    """The layer as `layer_text` has it, and in few letters."""
    written = layer_text(text, layer)
    return Short(written, short_layer(layer, kind, written))


def field_sizes(step: Step) -> Any:
    """The cells that a unit sees on each axis, `<=` where only a bound is known."""
    if not step.fields:
        return NO_FIELD
    sizes = tuple(map(_size, step.fields, field_words(step)))
    return sizes[0] if len(sizes) == 1 else Joined(sizes, "x")


def _size(field: ReceptiveField | None, word: str) -> Any:
    if field is None:
        return UNKNOWN
    return Bound("<=", field.size) if word == "bound" else field.size


def field_jumps(fields: Fields | None) -> Any:
    """The cells between the fields of neighbouring units, `~` where that is an average."""
    return _per_axis(fields, _jump)


def _jump(field: ReceptiveField) -> Any:
    jump = field.jump if isinstance(field.jump, int) else Rounded(field.jump)
    return jump if field.jump_is_exact else Bound("~", jump)


def field_starts(fields: Fields | None) -> Any:
    """The first cell of the first unit's field."""
    return _per_axis(fields, lambda field: NO_FIELD if field.start is None else field.start)


def _per_axis(fields: Fields | None, value: Callable[[ReceptiveField], Any]) -> Any:
    if not fields:
        return NO_FIELD
    return per_axis(UNKNOWN if field is None else value(field) for field in fields)


def field_data(step: Step) -> dict[str, Any] | None:
    """Size, jump and start as lists, one entry an axis, whether each is exact, and a word.

    The word is exact, bound, whole or unknown.
    """
    data = _field_numbers(step.fields)
    if data is not None:
        data["known"] = list(field_words(step))
        if step.words is not None:
            exact = [word in ("exact", "whole") for word in step.words]
            data["exact"] = {
                name: [a and b for a, b in zip(known, exact, strict=True)]
                for name, known in data["exact"].items()
            }
    return data


def filled_field(step: Step) -> tuple[Keys | None, tuple[Any, ...]]:
    """`field_data` as keys and values, for very many steps; without keys it is the only value.

    There are keys where the axes are alike, as in most networks.
    """
    fields = step.fields
    if not fields or step.words is not None or fields.count(fields[0]) < len(fields):
        return None, (field_data(step),)
    size, jump, start, *exact = _numbers(fields[0])
    axes = len(fields)
    word = "exact" if exact[0] else _field_word(fields[0])
    return _alike(axes, word, *exact), (size,) * axes + (jump,) * axes + (start,) * axes


@cache
def _alike(axes: int, known: str, size: bool, jump: bool, start: bool) -> Keys:
    """The keys of `field_data` where the axes are alike, with what is known of them."""
    exact = {"size": [size] * axes, "jump": [jump] * axes, "start": [start] * axes}
    slot = int if jump and start else None  # an average is none, and there may be no start
    numbers = dict.fromkeys(("size", "jump", "start"), [slot] * axes)
    return Keys({**numbers, "exact": exact, "known": [known] * axes})


def field_words(step: Step) -> Sequence[str]:
    """What is known of each axis: exact, bound, whole or unknown."""
    if step.words is not None:
        return step.words
    return tuple(map(_field_word, step.fields or ()))


def _field_word(field: ReceptiveField | None) -> str:
    return "unknown" if field is None else "exact" if field.size_is_exact else "bound"


def _field_numbers(fields: Fields | None) -> dict[str, Any] | None:
    if not fields:
        return None
    if fields.count(fields[0]) == len(fields):  # most networks treat their axes alike
        numbers = [[number] * len(fields) for number in _numbers(fields[0])]
    else:
        numbers = [[*of_axes] for of_axes in zip(*map(_numbers, fields), strict=True)]
    size, jump, start, *exact = numbers
    return {
        "size": size,
        "jump": jump,
        "start": start,
        "exact": {"size": exact[0], "jump": exact[1], "start": exact[2]},
    }


def _numbers(field: ReceptiveField | None) -> tuple[Any, ...]:
    if field is None:
        return None, None, None, False, False, False
    start = field.firsts[0]
    if len(field.firsts) == 1 and start is not None:  # as in most networks
        return field.size, field.shift, start, True, True, True
    return (
        field.size,
        field.jump,
        start,
        field.size_is_exact,
        field.jump_is_exact,
        start is not None,
    )
