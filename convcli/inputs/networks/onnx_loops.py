"""If, Loop and Scan of ONNX as the nodes that run: a known branch, and every step of a loop.

Where the branch, or the number of steps, depends on numbers of the input, the node stays a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcli.errors import ConvError
from convcli.inputs.networks.onnx_bodies import SCOPE, Body, Named
from convcli.inputs.networks.onnx_sequences import Known, Sequences, constant, stacked

MOST_WRITTEN = 20_000  # nodes of all steps of all loops
MOST_BYTES_WRITTEN = 16 * 2**20  # of these nodes
_AXES_OF_SCAN = 9  # from this opset on, of Scan


class Written:
    """The loops and branches of a graph that are written out, up to a number of nodes."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.sequences = Sequences(known)
        self.nodes = self.bytes = 0
        self._scopes = 0

    def body(self, name: str, node: Any, attribute: str) -> Body | None:
        """A graph of a node, under a scope of its own."""
        graph = next((one.g for one in node.attribute if one.name == attribute), None)
        if graph is None:
            return None
        self._scopes += 1
        return Body(graph, name, str(self._scopes))

    def opened(self, name: str, node: Any) -> list[Named | Steps] | None:
        """What runs in the place of a node; None where the node stays as it is."""
        if node.op_type == "If":
            return self._branch(name, node)
        listed = self.sequences.opened(name, node)
        if listed is not None:
            return [*listed]
        if node.op_type == "Loop":
            steps = self._loop(name, node)
        elif node.op_type == "Scan" and self.known.opset >= _AXES_OF_SCAN:
            steps = self._scan(name, node)
        else:
            return None
        if steps is None or not self._fits(steps):
            return None
        return [*self._shared(steps.body), steps]

    def _shared(self, body: Body) -> list[Named]:
        for name, tensor in body.tensors():
            self.known.add_tensor(name, tensor)
        return body.constants()

    def _branch(self, name: str, node: Any) -> list[Named | Steps] | None:
        condition = self.truth(node.input[0]) if node.input else None
        if condition is None:
            return None
        body = self.body(name, node, "then_branch" if condition else "else_branch")
        if body is None:
            return None
        nodes, results = body.step(None, {})
        pairs = zip(node.output, results, strict=False)
        return [*self._shared(body), *nodes, *self.aliases(name, pairs)]

    def truth(self, name: str) -> bool | None:
        """A condition whose number is known."""
        numbers = self.known.numbers.get(name)
        return bool(numbers.reshape(-1)[0]) if numbers is not None and numbers.size else None

    def aliases(self, name: str, pairs: Any) -> Iterator[Named]:
        """Nodes that give the results of a graph the names of its node's outputs."""
        for output, value in pairs:
            if output:
                made = self.known.onnx.helper.make_node("Identity", [value], [output])
                yield Named(f"{name}.{output}", made)

    def _loop(self, name: str, node: Any) -> Steps | None:
        body = self.body(name, node, "body")
        inputs = [*node.input, "", ""]
        most = self.known.numbers.get(inputs[0])
        goes = True if not inputs[1] else self.truth(inputs[1])
        is_counted = not inputs[0] or (most is not None and most.size == 1)
        if body is None or goes is None or not is_counted or len(body.inputs) < 2:
            return None
        states = list(node.input[2:])
        known = {one: one in self.known.numbers for one in _outer(body)}
        known |= dict.fromkeys(body.inputs[:2], True)
        known |= {
            one: state in self.known.numbers
            for one, state in zip(body.inputs[2:], states, strict=False)
        }
        following = dict(zip(body.inputs[1:], body.outputs, strict=False))
        if not body.outputs or not body.follows(body.outputs[0], known, following):
            return None
        trips = max(0, int(most.reshape(-1)[0])) if most is not None else None
        return LoopSteps(self, body, node, states, 0 if not goes else trips)

    def _scan(self, name: str, node: Any) -> Steps | None:
        body = self.body(name, node, "body")
        held = {one.name: list(one.ints) for one in node.attribute}
        count = next((one.i for one in node.attribute if one.name == "num_scan_inputs"), 0)
        if body is None or not 0 < count <= len(node.input):
            return None
        scanned = list(node.input[len(node.input) - count :])
        axes = held.get("scan_input_axes") or [0] * count
        backwards = held.get("scan_input_directions") or [0] * count
        shapes = [self.known.shape(one) for one in scanned]
        lengths = {
            shape[axis] if shape is not None and -len(shape) <= axis < len(shape) else -1
            for shape, axis in zip(shapes, axes, strict=True)
        }
        if len(lengths) != 1 or -1 in lengths:
            return None
        ranks = [len(shape) for shape in shapes if shape is not None]
        axes = [axis % rank for axis, rank in zip(axes, ranks, strict=True)]
        steps = ScanSteps(self, body, node, list(node.input[:-count]), lengths.pop())
        steps.scanned = list(zip(scanned, axes, backwards, strict=True))
        results = len(node.output) - len(steps.states)
        steps.axes = held.get("scan_output_axes") or [0] * results
        steps.backwards = held.get("scan_output_directions") or [0] * results
        return steps

    def _fits(self, steps: Steps) -> bool:
        """Whether so many nodes may be written; a loop that ends by itself is counted later."""
        count = 1 if steps.trips is None else steps.trips
        if steps.trips is not None and not count and len(steps.node.output) > len(steps.states):
            return False  # of no step the shape of what is stacked is unknown
        nodes, size = count * len(steps.body.nodes), count * steps.body.bytes
        if self.nodes + nodes > MOST_WRITTEN or self.bytes + size > MOST_BYTES_WRITTEN:
            if steps.trips is not None and steps.trips < 2**31:
                return False
            steps.trips = None  # the condition ends it
        else:
            self.nodes += nodes
            self.bytes += size
        return True


def _outer(body: Body) -> set[str]:
    return {name for node in body.nodes for name in node.input} - set(body.inputs)


class Steps:
    """A loop that is written out step by step: the values of its states, and what it stacks."""

    def __init__(
        self, written: Written, body: Body, node: Any, states: list[str], trips: int | None
    ) -> None:
        self.written, self.body, self.node = written, body, node
        self.states, self.trips, self.at = states, trips, 0
        self.stacks: list[list[str]] = [[] for _ in node.output[len(states) :]]
        self.axes = [0] * len(self.stacks)
        self.backwards = [0] * len(self.stacks)

    def following(self) -> list[Named | Steps]:
        """The nodes of the next step and the steps behind it; or the results."""
        if not self._goes_on():
            return [*self._results()]
        before, reads = self._reads()
        nodes, results = self.body.step(self.at, reads)
        self._take(results)
        self.at += 1
        return [*before, *nodes, self]

    def _goes_on(self) -> bool:
        return self.at != self.trips

    def _reads(self) -> tuple[list[Named], dict[str, str]]:
        raise NotImplementedError

    def _take(self, results: list[str]) -> None:
        count = len(self.states)
        self.states = results[:count]
        for stack, value in zip(self.stacks, results[count:], strict=False):
            stack.append(value)

    def _results(self) -> Iterator[Named]:
        count = len(self.states)
        pairs = zip(self.node.output, self.states, strict=False)
        yield from self.written.aliases(self.body.place, pairs)
        stacks = zip(self.node.output[count:], self.stacks, self.axes, self.backwards, strict=True)
        for output, values, axis, back in stacks:
            if output:
                scope = f"{self.body.scope}.{output}"
                parts = values[::-1] if back else values
                known, place = self.written.known, self.body.place
                yield from stacked(known, place, scope, parts, output, axis)


class LoopSteps(Steps):
    """Loop: its body reads the number of the step, the condition, and the states."""

    condition = ""

    def _goes_on(self) -> bool:
        if self.at == self.trips:
            return False
        if not self.at:
            return True
        goes = self.written.truth(self.condition)
        rule = ""
        if goes is None:
            rule = "the number of steps of Loop depends on numbers that are unknown"
        elif goes and self.trips is None:
            self.written.nodes += len(self.body.nodes)
            self.written.bytes += self.body.bytes
            if max(self.written.nodes / MOST_WRITTEN, self.written.bytes / MOST_BYTES_WRITTEN) > 1:
                rule = f"must have at most {MOST_WRITTEN} nodes at all steps of its loops"
        if rule:
            raise ConvError("layers.operator", rule, place=self.body.place, kind="data")
        return bool(goes)

    def _reads(self) -> tuple[list[Named], dict[str, str]]:
        scope = f"{self.body.scope}.{self.at}{SCOPE}"
        number = constant(self.written.known, f"{scope}number", self.at)
        condition = self.condition or constant(self.written.known, f"{scope}true", 1)
        values = [number, condition, *self.states]
        return [], dict(zip(self.body.inputs, values, strict=False))

    def _take(self, results: list[str]) -> None:
        self.condition = results[0]
        super()._take(results[1:])


class ScanSteps(Steps):
    """Scan: its body reads the states, and a part of each input along an axis."""

    scanned: Sequence[tuple[str, int, int]] = ()

    def _reads(self) -> tuple[list[Named], dict[str, str]]:
        make_node = self.written.known.onnx.helper.make_node
        nodes, parts = [], []
        for number, (name, axis, back) in enumerate(self.scanned):
            scope = f"{self.body.scope}.{self.at}{SCOPE}"
            at = (self.trips or 0) - 1 - self.at if back else self.at
            index = constant(self.written.known, f"{scope}index {number}", at)
            parts.append(f"{scope}part {number}")
            node = make_node("Gather", [name, index], parts[-1:], axis=axis)
            nodes.append(Named(f"{self.body.place}.{self.at}.Gather", node))
        return nodes, dict(zip(self.body.inputs, [*self.states, *parts], strict=False))
