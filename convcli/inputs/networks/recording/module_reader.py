"""A torch module into a recorded network: it is run once, without its weights."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.atoms import Place
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.places import Places
from convcli.engine.network.recorded import RecordedNetwork, RecordedOperation
from convcli.engine.network.sights import outlook, sights
from convcli.errors import ConvError, reason_of
from convcli.inputs.files.admission import Admit, admit_all
from convcli.inputs.files.packages import optional_package
from convcli.inputs.networks.recording.arguments import (
    FLOAT,
    Input,
    inputs_of,
    said_types,
    types_tried,
)
from convcli.inputs.networks.recording.making import Maker
from convcli.inputs.networks.recording.recorded_notes import notes_of
from convcli.inputs.networks.recording.recorder import NeedsNumbers, Recording
from convcli.inputs.networks.recording.rows import rows_of
from convcli.inputs.networks.recording.run import run
from convcli.inputs.networks.recording.spelling import parse_spelling
from convcli.inputs.networks.recording.tensors import tensors_in
from convcli.inputs.networks.shapes_of_inputs import NamedShapes, resized
from convcli.inputs.networks.user_code import is_of_user, user_code

_PARTS = (
    "_subclasses.fake_tensor",
    "multiprocessing.reductions",
    "utils.weak",
    "utils._python_dispatch",
)
_TYPES = ("Long", "IntTensor", "integer", "Bool", "bool")  # in what torch says of floats
_WINDOWS = ("conv", "conv_transpose", "max_pool", "avg_pool")  # before 1d, 2d and 3d
_NOT_OF_SHAPES = ("module.i", "input.missing", "input.name")  # errors that a batch axis keeps


class ModuleReader:
    """The module that `--module` names, recorded on any shape of its input.

    Raises ConvError where torch is missing, or its code makes no module.
    """

    def __init__(
        self,
        text: str,
        admit: Admit = admit_all,
        shapes: NamedShapes = (),
        *,
        skips_gates: bool = False,
    ) -> None:
        spelled = parse_spelling(text)
        torch: Any = optional_package("torch", "module")
        for part in _PARTS:
            optional_package(f"torch.{part}", "module")
        self.torch, self.text, self.admit, self.skips_gates = torch, text, admit, skips_gates
        self.maker = Maker(torch, spelled, text, admit)
        self.shapes = shapes  # those of the command line
        self.notes: list[str] = []
        self.missing_axes: int | None = None  # of the shapes that the module is recorded on
        self._types: tuple[str, ...] | None = None  # of the inputs, where not all are floats
        self._recording: Recording | None = None  # the last one, complete or not
        self._is_lazy = False  # it takes its sizes from the shape: it is made for each
        self._fake: Any = None
        self._real: Any = None

    def network(self, shape: Shape) -> RecordedNetwork:
        """What runs on an input of this shape, or with a batch axis in front where it needs one.

        Raises ConvError, with the path of the layer, where the module does not take the shape.
        """
        with user_code(self._unread):
            return self._read(shape)

    def _unread(self, error: BaseException) -> ConvError:
        """The error of a user's code that runs where none is expected, as in a property."""
        module = self._fake if self._real is None else self._real
        if not is_of_user(error, module):
            raise error
        fields = {"reason": f"{type(error).__name__}: {reason_of(error)}".removesuffix(": ")}
        rule = "cannot be read: {reason}"
        return ConvError(
            "module.trace", rule, parameter="module", got=self.text, fields=fields, kind="data"
        )

    def _read(self, shape: Shape) -> RecordedNetwork:
        self.notes = []
        if self.missing_axes is not None:
            return self._on(Shape((*(1,) * self.missing_axes, *shape)))
        try:
            network = self._on(shape)
        except ConvError as error:
            if error.kind in ("memory", "package") or error.code.startswith(_NOT_OF_SHAPES):
                raise
            is_told = error.code != "input.rank" and not self._lacks_batch(shape)
            note = f"The module needs a batch axis: it ran on {Shape((1, *shape))}."
            return self._batched(shape, note, error if is_told else None)
        if self._lacks_batch(shape):
            # layers take the first axis for channels; calls like cat(dim=1) may not
            note = (
                f"Without a batch axis the module does something else, and makes "
                f"{network.operations[-1].output}: it ran on {Shape((1, *shape))}."
            )
            with suppress(ConvError):
                batched = self._batched(shape, note, None)
                if not _is_alike(network, batched):
                    return batched
        self.missing_axes = 0
        return network

    def _batched(self, shape: Shape, note: str, error: ConvError | None) -> RecordedNetwork:
        """The network with a batch axis. Raises `error`, or what it then raises, otherwise."""
        self.notes, self.missing_axes = [], 1
        try:
            network = self._on(Shape((1, *shape)))
        except ConvError as other:
            self.missing_axes = None
            raise (error or other) from None
        return network._replace(notes=(note, *network.notes))

    def _lacks_batch(self, shape: Shape) -> bool:
        """Whether layers with windows took the first axis of the input as channels."""
        recording = self._recording
        if recording is None:
            return False
        windows = [one for one in recording.operations if one.name[:-2] in _WINDOWS]
        return any(len(one.inputs[0]) == int(one.name[-2]) + 1 == len(shape) for one in windows)

    def _on(self, shape: Shape) -> RecordedNetwork:
        recording, output = self._run(shape, self._places(shape, min(2, len(shape) - 1)))
        if self._lacks_batch(shape) and len(shape) > 2:
            recording, output = self._run(shape, self._places(shape, 1))
        return self._network(recording, output, shape)

    def _run(self, shape: Shape, places: Places) -> tuple[Recording, Any]:
        try:
            return self._run_fake(shape, places)
        except NeedsNumbers as error:
            if self._types is None and any(word in str(error) for word in _TYPES):
                found = self._run_on_types(shape, places.tracked[0])
                if found is not None:
                    return found
            return self._run_real(shape, self._places(shape, places.tracked[0]))

    def _run_on_types(self, shape: Shape, first: int) -> tuple[Recording, Any] | None:
        """A run on inputs that are no floats, as of an embedding; None where all are refused."""
        for types in types_tried(max(1, len(self.shapes))):
            self._types = types
            try:
                return self._run_fake(shape, self._places(shape, first))
            except NeedsNumbers:
                continue
        self._types = None
        return None

    def _inputs(self, module: Any, shape: Shape) -> list[Input]:
        """What the module is called on, where its first input has this shape."""
        missing = (1,) * (self.missing_axes or 0) if len(self.shapes) > 1 else ()
        shapes = [
            (name, Shape((*missing, *one))) for name, one in self.shapes or [(None, Shape(()))]
        ]
        inputs = inputs_of(module, resized(shapes, shape))
        types = self._types or (self._type_of_weights(module),) * len(inputs)
        return [one._replace(type=kind) for one, kind in zip(inputs, types, strict=True)]

    def _type_of_weights(self, module: Any) -> str:
        """The type of all weights that are real numbers, as of a module in half precision."""
        types = {one.dtype for one in module.parameters() if one.is_floating_point()}
        word = str(types.pop()).removeprefix("torch.") if len(types) == 1 else FLOAT
        return FLOAT if word == "float32" else word

    def _places(self, shape: Shape, first: int) -> Places:
        """The places of an input whose spatial axes begin at `first`."""
        return Places(shape, range(first, len(shape)), skips_gates=self.skips_gates)

    def _run_fake(self, shape: Shape, places: Places) -> tuple[Recording, Any]:
        """A run on fake tensors. Raises NeedsNumbers where it needs real ones."""
        if self._fake is None or self._is_lazy:
            self._fake = self._made_fake()
            self._is_lazy = any(map(self.torch.nn.parameter.is_lazy, self._fake.parameters()))
        inputs = self._inputs(self._fake, shape)
        tensors = [self.maker.zeros(one.shape, one.type, fake=True) for one in inputs]
        try:
            return self._ran(self._fake, inputs, tensors, places, self.maker.mode)
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
            self.notes.append(
                "The weights were made with their numbers, which the code of the module needs."
            )
            return self.maker.with_fake_weights(module)

    def _run_real(self, shape: Shape, places: Places) -> tuple[Recording, Any]:
        """A run on zeros, with real weights."""
        if self._real is None or self._is_lazy:
            self._real = self.maker.made(fake=False)
        inputs = self._inputs(self._real, shape)
        tensors = [self.maker.zeros(one.shape, one.type, fake=False) for one in inputs]
        recording, output = self._ran(self._real, inputs, tensors, places, None)
        self.notes.append(
            "The code of the module asks for numbers that depend on its input: it ran on zeros, "
            "and other inputs may take another way."
        )
        return recording, output

    def _ran(
        self,
        module: Any,
        inputs: Sequence[Input],
        tensors: Sequence[Any],
        places: Places,
        mode: Any | None,
    ) -> tuple[Recording, Any]:
        self._recording = recording = Recording(self.torch, module, places)
        found = run(recording, inputs, tensors, mode, self.text)
        self.notes += filter(None, [said_types(inputs)])
        if len(inputs) > 1:
            self.notes.append(f"Receptive fields are those on the input {inputs[0].name}.")
        return recording, found

    def _network(self, recording: Recording, output: Any, shape: Shape) -> RecordedNetwork:
        rows, place = rows_of(recording)
        found = [
            (place[fact.source], Shape(tensor.shape), fact.place)
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
        rows = _ending_with(rows, recording.places, *max(found, key=lambda one: one[0]))
        lazy = self.torch.nn.parameter.is_lazy
        parameters = {
            id(one): one.numel() for one in recording.module.parameters() if not lazy(one)
        }
        notes = (
            *dict.fromkeys(self.notes),
            *notes_of(recording, rows, [one for _, one, _ in found], parameters),
        )
        total = sum(parameters.values())
        kinds = {path: type(part).__name__ for path, part in recording.module.named_modules()}
        return RecordedNetwork(tuple(rows), recording.places.networks, shape, total, notes, kinds)


def _is_alike(first: RecordedNetwork, batched: RecordedNetwork) -> bool:
    """Whether both have the same rows, but for an axis of 1 in front."""
    if len(first.operations) != len(batched.operations):
        return False
    pairs = zip(first.steps(), batched.steps(), strict=True)
    return all(
        (1, *one.output) == (*other.output,)
        and (one.macs, one.fields, one.words) == (other.macs, other.fields, other.words)
        for one, other in pairs
    )


def _ending_with(
    rows: list[RecordedOperation], places: Places, last: int, shape: Shape, place: Place
) -> list[RecordedOperation]:
    """The rows, with the one that makes the output as the last."""
    seen, view = sights(places, place), outlook(places, place)
    if last == len(rows) - 1 and (rows[-1].output, rows[-1].outlook) == (shape, view):
        return rows
    name = "output" if all(row.name != "output" for row in rows) else "output#2"
    inputs = (shape,)
    end = RecordedOperation(
        name, "output", "output", "", (last,), inputs, shape, 0, 0, 0, seen, view, Layer(),
        is_view=True,
    )  # fmt: skip
    return [*rows, end]
