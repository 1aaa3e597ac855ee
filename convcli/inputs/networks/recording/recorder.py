"""The recorder: one run of a torch module, with every operation under the modules that called it.

torch runs the module in inference mode, where operations arrive whole: `conv2d`, `linear`, `lstm`.
What each output reads and costs is decided by `operations` and `costs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.atoms import Place
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.places import Places
from convcli.errors import ConvError
from convcli.inputs.networks.cost import Cost, OwedCosts, total_cost
from convcli.inputs.networks.recording.called import Called, Fact
from convcli.inputs.networks.recording.costs import cost_of
from convcli.inputs.networks.recording.memory import Geometry, Write, after_write
from convcli.inputs.networks.recording.operation_layers import layer_of
from convcli.inputs.networks.recording.operations import places_of
from convcli.inputs.networks.recording.tensors import storage_of, tensors_in

INPUT = -1
# They take a shape and a type from a tensor, and no number.
CREATING = frozenset((
    "new_zeros", "new_ones", "new_empty", "new_full", "new_empty_strided", "zeros_like",
    "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "randint_like", "fill",
    "zero", "normal", "uniform",
))  # fmt: skip
FEW_NUMBERS = 2**20  # of a tensor that does not depend on the input: it is computed


class ModuleCall(NamedTuple):
    """A call of a module: the module, its path, the call that it is in, and what it was called on.

    `operations` grows while it runs; `outputs` are the operations whose results it returned.
    """

    module: Any
    path: str
    parent: ModuleCall | None
    inputs: tuple[Shape, ...]
    sources: tuple[int, ...]
    operations: list[int]
    outputs: list[int]
    calls: list[ModuleCall]

    @property
    def kind(self) -> str:
        return type(self.module).__name__


class Operation(NamedTuple):
    """One operation of torch that depends on the input."""

    name: str
    text: str
    call: ModuleCall | None
    sources: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    place: Place
    parameters: frozenset[int]
    cost: Cost | None  # None where nobody knows it
    is_known: bool  # whether it has a rule for what its output reads
    event: int = 0  # the outputs of one operation have the same
    layer: Layer | None = None  # one of ours that does the same
    is_view: bool = False  # whether the output lies in the memory of an input


class Memory(NamedTuple):
    """What lies in the memory of tensors: what made it, and what wrote there since."""

    reference: Any  # that does not keep it
    fact: Fact
    shape: tuple[int, ...]
    writes: list[Write]


class NeedsNumbers(Exception):
    """The code of the module asks for a number that depends on the input."""


class Recording:
    """What a run of a module on an input recorded."""

    def __init__(self, torch: Any, module: Any, places: Places) -> None:
        self.torch, self.module, self.places = torch, module, places
        self.operations: list[Operation] = []
        self.calls: list[ModuleCall] = []
        self.open: list[ModuleCall] = []  # the innermost call is the last; left open by an error
        self.failed: Called | None = None
        self.paths = {id(part): path for path, part in module.named_modules()}
        self.parameters: dict[int, Any] = {id(one): one for one in module.parameters()}
        self._facts: Any = torch.utils.weak.WeakIdKeyDictionary()
        self._since: Any = torch.utils.weak.WeakIdKeyDictionary()  # when a fact was last right
        self._memory: dict[int, Memory] = {}
        self._parameter_of_storage: dict[int, int] = {}
        self.used: set[int] = set()
        self.owed = OwedCosts()
        self.events = 0
        for one in self.parameters.values():
            self.learn(one)

    def learn(self, parameter: Any) -> None:
        """A parameter is known by its memory, which views and casts of it share."""
        self.parameters[id(parameter)] = parameter
        storage = storage_of(parameter)
        if storage is not None:
            self._parameter_of_storage[storage] = id(parameter)

    # facts on tensors

    def fact(self, tensor: Any) -> Fact:
        """Where a tensor comes from."""
        fact: Fact | None = self._facts.get(tensor)
        storage = storage_of(tensor)
        memory = self._memory.get(storage) if storage is not None else None
        if memory is not None and not memory.reference.expired():
            if fact is None and not memory.writes and memory.shape == tuple(tensor.shape):
                return memory.fact  # the same memory behind another object: x.data
            return self._rewritten(fact, memory, tensor)
        if fact is not None:
            return fact
        found = self._parameter_of_storage.get(storage) if storage is not None else None
        parameters = frozenset() if found is None else frozenset((found,))
        place = self.places.constant(tuple(tensor.shape))
        return Fact(None, place, parameters)

    def _rewritten(self, fact: Fact | None, memory: Memory, tensor: Any) -> Fact:
        """A tensor, perhaps a view, behind what was written into its memory."""
        since, own = self._since.get(tensor, -1), Geometry.of(tensor)
        if fact is None and memory.fact.source is not None:
            return self._overwritten(
                None, (memory.fact, *(w.fact for w in memory.writes))[-1], tensor
            )
        for write in memory.writes:
            if write.when <= since:
                continue
            old = fact or Fact(None, self.places.constant(tuple(tensor.shape)))
            place = after_write(self.places, old.place, own, write)
            if place is None or tuple(place.shape) != tuple(tensor.shape):
                fact = self._overwritten(fact, write.fact, tensor)
                continue
            fact = Fact(
                write.fact.source,
                place,
                old.parameters | write.fact.parameters,
                old.owed | write.fact.owed,
            )
        fact = fact or Fact(None, self.places.constant(tuple(tensor.shape)))
        self._facts[tensor], self._since[tensor] = fact, self.events
        return fact

    def _overwritten(self, old: Fact | None, new: Fact, tensor: Any) -> Fact:
        """A tensor of which a part was written through a view."""
        shape = tuple(tensor.shape)
        if old is not None and tuple(new.place.shape) == shape:
            return new
        known = [new] if old is None else [old, new]
        lost = [
            self.places.mixed(one.place, range(len(one.place.axes)), kept=False, is_bound=True)
            for one in known
        ]
        place = self.places.joined([self.places.constant(shape), *lost])
        if len(place.axes) != len(shape) or tuple(place.shape) != shape:
            place = self.places.unknown([one.place for one in known], shape)
        parameters = frozenset[int]().union(*(one.parameters for one in known))
        return Fact(new.source, place, parameters, frozenset().union(*(o.owed for o in known)))

    def remember(self, tensor: Any, fact: Fact, *, writes: bool = False) -> None:
        """What a tensor now is; where it was written in place, so for all that share its memory."""
        self._facts[tensor], self._since[tensor] = fact, self.events
        storage = storage_of(tensor)
        if storage is None or fact.source is None:
            return
        memory = self._memory.get(storage)
        if memory is None or memory.reference.expired():
            reference = self.torch.multiprocessing.reductions.StorageWeakRef
            seen = reference(tensor.untyped_storage())
            memory = self._memory[storage] = Memory(
                seen, Fact(None, fact.place) if writes else fact, tuple(tensor.shape), []
            )
        if writes:
            memory.writes.append(Write(self.events, Geometry.of(tensor), fact))

    # operations

    def record(self, called: Called, outputs: Sequence[Any]) -> None:
        """An operation that has run: its outputs get their places, and it its cost."""
        called.facts = facts = [self.fact(tensor) for tensor in called.tensors]
        shapes = [Shape(tensor.shape) for tensor in outputs]
        parameters = frozenset[int]().union(*(fact.parameters for fact in facts))
        cost = cost_of(called, shapes[0])
        owed = frozenset[int]().union(*(fact.owed for fact in facts))
        if called.name in CREATING:
            parameters = owed = frozenset()
        erases = called.name in CREATING and called.writes and facts[0].source is not None
        if not erases and (called.name in CREATING or all(fact.source is None for fact in facts)):
            # made of weights and constants alone: it belongs to the row that reads it
            owed |= frozenset() if called.name in CREATING else self.owed.owe(cost)
            for tensor, shape in zip(outputs, shapes, strict=True):
                place = self.places.constant(shape)
                self.remember(tensor, Fact(None, place, parameters, owed))
            return
        cost = Cost() if erases else total_cost((cost, self.owed.bear(owed)))
        places, known = places_of(called, outputs, self.places, is_erased=erases)
        self.events += 1
        memory = {storage_of(tensor) for tensor in called.tensors}
        for at, (tensor, shape, place) in enumerate(zip(outputs, shapes, places, strict=True)):
            made = Operation(
                called.name,
                called.text,
                self.open[-1] if self.open else None,
                tuple(fact.source for fact in facts if fact.source is not None),
                tuple(fact.place.shape for fact in facts if fact.source is not None),
                shape,
                place,
                frozenset() if at else parameters,
                Cost() if at else cost,
                known,
                self.events,
                _layer(called, shapes),
                storage_of(tensor) in memory,
            )
            self.append(made, tensor, writes=called.writes)

    def add_input(self, name: str, tensor: Any) -> None:
        """Another input of the module, whose cells are none of the first."""
        shape = Shape(tensor.shape)
        made = Operation(
            name, "input", None, (), (), shape, self.places.constant(shape), frozenset(), Cost(),
            is_known=True,
        )  # fmt: skip
        self.append(made, tensor)

    def append(self, made: Operation, tensor: Any, *, writes: bool = False) -> None:
        index = len(self.operations)
        self.operations.append(made)
        self.used |= made.parameters
        if made.call is not None:
            made.call.operations.append(index)
        self.remember(tensor, Fact(index, made.place, frozenset()), writes=writes)

    # calls of modules

    def enter(self, module: Any, inputs: Any) -> None:
        tensors = list(tensors_in(self.torch, inputs))
        path = self.paths.get(id(module), type(module).__name__)
        parent = self.open[-1] if self.open else None
        sources = tuple(
            source for source in (self.fact(one).source for one in tensors) if source is not None
        )
        shapes = tuple(Shape(one.shape) for one in tensors)
        call = ModuleCall(module, path, parent, shapes, sources, [], [], [])
        self.open.append(call)
        (self.calls if parent is None else parent.calls).append(call)

    def leave(self, module: Any, outputs: Any) -> None:
        while self.open:
            call = self.open.pop()
            if call.module is module:
                break
        else:
            return
        made = [(one, self.fact(one)) for one in tensors_in(self.torch, outputs)]
        if not call.operations and not call.calls and call.sources and made:
            self._pass_through(call, made[0])
            made = [(one, self.fact(one)) for one, _ in made]
        call.outputs.extend(fact.source for _, fact in made if fact.source is not None)

    def _pass_through(self, call: ModuleCall, made: tuple[Any, Fact]) -> None:
        """A module that returned its input, like Dropout, is an operation too."""
        tensor, fact = made
        if fact.source is None:
            return
        shape = Shape(tensor.shape)
        same = Operation(
            "identity", "identity()", call, (fact.source,), (shape,), shape, fact.place,
            frozenset(), Cost(), is_known=True, is_view=True,
        )  # fmt: skip
        self.append(same, tensor)


def _layer(called: Called, outputs: Sequence[Shape]) -> Layer | None:
    """The layer of ours, where it makes the shape that torch made."""
    shapes = [fact.place.shape for fact in called.facts]
    try:
        layer = layer_of(called, shapes)
        fits = layer is not None and layer.output_shape(*shapes) == outputs[0]
    except (ConvError, ArithmeticError, LookupError, TypeError, ValueError):
        return None
    return layer if fits else None
