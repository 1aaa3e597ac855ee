"""The graph of an .onnx file as a recorded network: its rows, and what their units see."""

from __future__ import annotations

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.atoms import Place
from convcli.engine.network.layers.computed import Computed, Counted
from convcli.engine.network.layers.reshaping import ShapeOnly
from convcli.engine.network.places import Places
from convcli.engine.network.recorded import RecordedNetwork, RecordedOperation
from convcli.engine.network.sights import outlook, sights
from convcli.engine.network.walk import INPUT, Step, walk
from convcli.errors import ConvError
from convcli.inputs.networks.notes import cost_notes, sight_notes
from convcli.inputs.networks.onnx_files import Graph, Origin, graph_on
from convcli.inputs.networks.onnx_kinds import FREE, TRANSFORMS
from convcli.inputs.networks.onnx_models import file_of
from convcli.inputs.networks.onnx_places import place_of
from convcli.inputs.networks.onnx_ran import Ran
from convcli.inputs.networks.shapes_of_inputs import NamedShapes, own_sizes, resized

_VIEWS = ("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout")


class GraphReader:
    """The graph of a file, read on any shape of its first input.

    `shapes` are those of the command line; when another shape is asked, the inputs that have the
    spatial sizes of the first get those of that shape.
    """

    def __init__(self, path: str, shapes: NamedShapes, *, skips_gates: bool = False) -> None:
        self.path, self.shapes, self.skips_gates = path, shapes, skips_gates
        self.file = file_of(path)
        own = own_sizes(self.file.inputs[0])
        self.missing_axes: int | None = int(own is not None and len(own) > len(shapes[0][1]))

    def network(self, shape: Shape) -> RecordedNetwork:
        """The rows on an input of this shape.

        Raises ConvError, with the name of the node, where the graph does not take it.
        """
        try:
            graph = graph_on(self.file, self.path, resized(self.shapes, shape))
            first = graph.model.inputs[graph.model.first]
            steps = walk(graph.stack.nodes, first, seeing=False)
        except ConvError as error:
            if (error.hint or "").startswith("Specify "):  # an option, and a graph takes none
                raise error.with_place(hint="") from None
            raise
        places = Places(first, _tracked(first), skips_gates=self.skips_gates)
        notes = graph.stack.notes
        if len(first) > len(shape):
            notes = (f"The graph needs a batch axis: it is read on {first}.", *notes)
        operations, unread = _operations(graph, steps, places)
        unknown = (one.kind for one in operations if one.macs is None)
        transforms = (one.kind for one in operations if one.kind in TRANSFORMS)
        notes = (*notes, *cost_notes(unknown, transforms, graph.left), *sight_notes(unread))
        parameters = sum(operation.parameters for operation in operations)
        return RecordedNetwork(tuple(operations), places.networks, first, parameters, notes)


def _tracked(shape: Shape) -> range:
    return range(2, len(shape)) if len(shape) > 2 else range(max(0, len(shape) - 1), len(shape))


def _operations(
    graph: Graph, steps: list[Step], places: Places
) -> tuple[list[RecordedOperation], dict[str, None]]:
    """The rows, and the operators of which it is unknown what they read."""
    known: dict[int, Place] = {INPUT: places.input}
    rows = zip(graph.stack.texts, graph.origins, steps, strict=True)
    operations: list[RecordedOperation] = []
    unread: dict[str, None] = {}
    for at, (text, origin, step) in enumerate(rows):
        inputs = tuple(
            places.constant(one) if isinstance(one, Shape) else known[one] for one in origin.reads
        )
        place = _place(origin, step, inputs, places)
        known[at] = place or places.unknown(inputs, step.output)
        operations.append(_operation(text, origin, step, known[at], places))
        if place is None:
            unread[operations[-1].kind] = None
    return operations, unread


def _place(origin: Origin, step: Step, inputs: tuple[Place, ...], places: Places) -> Place | None:
    if origin.node is None:  # another input of the graph, or its output once more
        return inputs[0] if inputs else places.constant(step.output)
    ran = Ran(origin.node, step.layer, step.inputs, inputs, step.output, origin.firsts)
    return place_of(ran, places)


def _operation(
    text: str, origin: Origin, step: Step, place: Place, places: Places
) -> RecordedOperation:
    layer = step.layer.layer if isinstance(step.layer, Counted) else step.layer
    kind = text if origin.node is None else origin.node.kind
    borne = origin.borne
    is_priced = origin.node is None or kind in FREE or not isinstance(layer, ShapeOnly)
    unweighted = layer.unweighted if isinstance(layer, Computed) else 0
    return RecordedOperation(
        step.name,
        text,
        kind,
        step.name.rpartition(".")[0],
        step.sources,
        step.inputs,
        step.output,
        step.parameters,
        (step.macs or 0) + borne.macs if is_priced and borne is not None else None,
        unweighted + (borne.macs_without_weights if borne is not None else 0),
        sights(places, place),
        outlook(places, place),
        step.layer,
        is_view=kind in _VIEWS,
    )
