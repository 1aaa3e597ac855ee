"""Notes on a recorded module: several outputs, unknown costs, unused parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.recorded import RecordedOperation
from convcli.inputs.networks.notes import cost_notes, sight_notes
from convcli.inputs.networks.recording.free import TRANSFORMS
from convcli.inputs.networks.recording.recorder import Recording

_MOST_NAMED = 5  # parts of a module in a note
_MOST_SHAPES = 8


def notes_of(
    recording: Recording,
    rows: Sequence[RecordedOperation],
    outputs: Sequence[Shape],
    parameters: dict[int, int],
) -> Iterator[str]:
    if len(outputs) > 1:
        listed = ", ".join(map(str, outputs[:_MOST_SHAPES]))
        more = ", ..." if len(outputs) > _MOST_SHAPES else ""
        yield (
            f"The module returns {len(outputs)} tensors ({listed}{more}); the output is the one "
            "that is computed last."
        )
    transforms = (one.name for one in recording.operations if one.name in TRANSFORMS)
    unknown = (row.kind for row in rows if row.macs is None)
    yield from cost_notes(unknown, transforms, recording.owed.left)
    yield from sight_notes(one.name for one in recording.operations if not one.is_known)
    yield from _of_types(recording)
    beside = sum(count for one, count in parameters.items() if one not in recording.used)
    if beside:
        names = _unused(recording)
        yield (
            f"{beside} of the parameters were used by no operation that ran ({names}); "
            "total.parameters counts them."
        )


def _unused(recording: Recording) -> str:
    """The first parts of the module whose parameters were not used."""
    used = recording.used
    names: dict[str, None] = {}
    for name, one in recording.module.named_parameters():
        if id(one) not in used:
            names[".".join(name.split(".")[:-1][:2]) or name] = None
    listed = list(names)
    return ", ".join(listed[:_MOST_NAMED]) + (", ..." if len(listed) > _MOST_NAMED else "")


def _of_types(recording: Recording) -> Iterator[str]:
    """What the totals of memory and multiply-adds take for float32."""
    lazy = recording.torch.nn.parameter.is_lazy
    weights = [one for one in recording.parameters.values() if not lazy(one)]
    types = {str(one.dtype).removeprefix("torch.") for one in weights}
    if types - {"float32"}:
        size = sum(one.numel() * one.element_size() for one in weights)
        yield (
            f"The weights are {', '.join(sorted(types))}, and take {size} bytes; the memory shown "
            "is that of float32."
        )
    if any(word.startswith("complex") for word in types):
        yield "Multiply-adds of complex numbers count as one each; they are four of real numbers."
