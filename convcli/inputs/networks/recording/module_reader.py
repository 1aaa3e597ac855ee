"""A torch module into a recorded network: it is run once, without its weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.places import Places
from convcli.engine.network.recorded import RecordedNetwork, RecordedOperation
from convcli.engine.network.sights import Sight, sights
from convcli.errors import ConvError
from convcli.inputs.files.admission import Admit, admit_all
from convcli.inputs.files.packages import optional_package
from convcli.inputs.networks.notes import cost_notes, sight_notes
from convcli.inputs.networks.recording.free import TRANSFORMS
from convcli.inputs.networks.recording.making import Maker
from convcli.inputs.networks.recording.recorder import INPUT, NeedsNumbers, Recording
from convcli.inputs.networks.recording.rows import rows_of
from convcli.inputs.networks.recording.run import run
from convcli.inputs.networks.recording.spelling import parse_spelling
from convcli.inputs.networks.recording.tensors import tensors_in

_PARTS = (
    "_subclasses.fake_tensor",
    "multiprocessing.reductions",
    "utils.weak",
    "utils._python_dispatch",
)
_INTEGERS = ("Long", "IntTensor", "integer")  # in what torch says of floats
_WINDOWS = ("conv", "conv_transpose", "max_pool", "avg_pool")  # before 1d, 2d and 3d
_MOST_NAMED = 5  # parts of a module in a note
_MOST_SHAPES = 8


class ModuleReader:
    """The module that `--module` names, recorded on any shape of its input.

    Raises ConvError where torch is missing, or its code makes no module.
    """

    def __init__(self, text: str, admit: Admit = admit_all, *, skips_gates: bool = False) -> None:
        spelled = parse_spelling(text)
        torch: Any = optional_package("torch", "module")
        for part in _PARTS:
            optional_package(f"torch.{part}", "module")
        self.torch, self.text, self.admit, self.skips_gates = torch, text, admit, skips_gates
        self.maker = Maker(torch, spelled, text, admit)
        self.notes: list[str] = []
        self.missing_axes: int | None = None  # of the shapes that the module is recorded on
        self._takes_integers: bool | None = None
        self._fake: Any = None
        self._real: Any = None

    def network(self, shape: Shape) -> RecordedNetwork:
        """What runs on an input of this shape, or with a batch axis in front where it needs one.

        Raises ConvError, with the path of the layer, where the module does not take the shape.
        """
        self.notes = []
        if self.missing_axes is not None:
            return self._on(Shape((*(1,) * self.missing_axes, *shape)))
        try:
            network = self._on(shape)
            self.missing_axes = 0
        except ConvError as error:
            if error.kind in ("memory", "package") or error.code.startswith("module.i"):
                raise
            self.notes = []
            try:
                network = self._on(Shape((1, *shape)))
            except ConvError as other:
                raise (other if error.code == "input.rank" else error) from None
            self.missing_axes = 1
            note = f"The module needs a batch axis: it ran on {Shape((1, *shape))}."
            network = network._replace(notes=(note, *network.notes))
        return network

    def _on(self, shape: Shape) -> RecordedNetwork:
        recording, output = self._run(shape, self._places(shape, min(2, len(shape) - 1)))
        if _has_no_batch(recording, shape):
            recording, output = self._run(shape, self._places(shape, 1))
        return self._network(recording, output, shape)

    def _run(self, shape: Shape, places: Places) -> tuple[Recording, Any]:
        try:
            return self._run_fake(shape, places)
        except NeedsNumbers as error:
            if self._takes_integers is None and any(word in str(error) for word in _INTEGERS):
                return self._run_on_integers(shape, places)
            return self._run_real(shape, self._places(shape, places.tracked[0]))

    def _run_on_integers(self, shape: Shape, places: Places) -> tuple[Recording, Any]:
        """A run on integers, as of an embedding, where the module refused floats."""
        self._takes_integers = True
        try:
            found = self._run(shape, self._places(shape, places.tracked[0]))
        except ConvError:
            self._takes_integers = False
            raise
        self.notes.append("The module takes integers: it ran on int64.")
        return found

    def _places(self, shape: Shape, first: int) -> Places:
        """The places of an input whose spatial axes begin at `first`."""
        return Places(shape, range(first, len(shape)), skips_gates=self.skips_gates)

    def _run_fake(self, shape: Shape, places: Places) -> tuple[Recording, Any]:
        """A run on fake tensors. Raises NeedsNumbers where it needs real ones."""
        if self._fake is None:
            self._fake = self._made_fake()
        x = self.maker.zeros(shape, fake=True, integers=bool(self._takes_integers))
        try:
            return run(self.torch, self._fake, x, places, self.maker.mode, self.text)
        except ConvError as error:
            if error.code != "module.trace":
                raise
            raise NeedsNumbers(str(error)) from None

    def _made_fake(self) -> Any:
        try:
            return self.maker.made(fake=True)
        except ConvError as error:
            if error.code != "module.import":
                raise
            module = self.maker.made(fake=False)
            self.notes.append("The module needs the numbers of its weights to be made: they were.")
            return self.maker.with_fake_weights(module)

    def _run_real(self, shape: Shape, places: Places) -> tuple[Recording, Any]:
        """A run on zeros, with real weights."""
        if self._real is None:
            self._real = self.maker.made(fake=False)
        x = self.maker.zeros(shape, fake=False, integers=bool(self._takes_integers))
        recording, output = run(self.torch, self._real, x, places, None, self.text)
        self.notes.append(
            "The code of the module asks for numbers that depend on its input: it ran on zeros, "
            "and other inputs may take another way."
        )
        return recording, output

    def _network(self, recording: Recording, output: Any, shape: Shape) -> RecordedNetwork:
        rows, place = rows_of(recording)
        found = [
            (place[fact.source], Shape(tensor.shape), sights(recording.places, fact.place))
            for tensor in tensors_in(self.torch, output)
            for fact in (recording.fact(tensor),)
            if fact.source is not None
        ]
        if not found:
            raise ConvError(
                "module.output",
                "must return a tensor that depends on its input",
                parameter="module",
                got=self.text,
                kind="data",
            )
        if not rows:
            rule = "must call at least one layer"
            raise ConvError("module.empty", rule, parameter="module", got=self.text, kind="data")
        rows = _ending_with(rows, *max(found, key=lambda one: one[0]))
        lazy = self.torch.nn.parameter.is_lazy
        parameters = {
            id(one): one.numel() for one in recording.module.parameters() if not lazy(one)
        }
        notes = (*self.notes, *_notes(recording, rows, [one for _, one, _ in found], parameters))
        total = sum(parameters.values())
        kinds = {path: type(part).__name__ for path, part in recording.module.named_modules()}
        return RecordedNetwork(tuple(rows), recording.places.networks, shape, total, notes, kinds)


def _has_no_batch(recording: Recording, shape: Shape) -> bool:
    """Whether the first layer with windows takes the first axis of the input as channels."""
    windows = (one for one in recording.operations if one.name[:-2] in _WINDOWS)
    first = next(windows, None)
    return (
        first is not None
        and first.sources[:1] == (INPUT,)
        and len(shape) > 2
        and int(first.name[-2]) == len(shape) - 1
    )


def _ending_with(
    rows: list[RecordedOperation], last: int, shape: Shape, seen: tuple[Sight, ...]
) -> list[RecordedOperation]:
    """The rows, with the one that makes the output as the last."""
    if last == len(rows) - 1 and (rows[-1].output, rows[-1].sights) == (shape, seen):
        return rows
    name = "output" if all(row.name != "output" for row in rows) else "output#2"
    inputs = (shape,)
    end = RecordedOperation(
        name, "output", "output", "", (last,), inputs, shape, 0, 0, 0, seen, Layer(),
        is_view=True,
    )  # fmt: skip
    return [*rows, end]


def _notes(
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
