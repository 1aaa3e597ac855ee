"""What `explain` computes is what torch gives: every change of a message is applied and run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.inputs.messages.reader import Explained, explained
from convcli.report.spelling.changes import code_of

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

LINES = (Path(__file__).parent.parent / "data" / "messages" / "torch.jsonl").read_text("utf-8")
MESSAGES = [json.loads(line) for line in LINES.splitlines()]
MOST_NUMBERS = 10**7


def spaces(**tensors: Any) -> dict[str, Any]:
    return {"nn": torch.nn, "F": torch.nn.functional, "torch": torch, **tensors}


def on_meta(shape: Any) -> Any:
    """A tensor without numbers: the shapes are torch's, and take no time."""
    return torch.zeros(tuple(shape), device="meta")


def convolved(x: Any, weight: Any, groups: int, *, transposed: bool) -> Any:
    rank = weight.ndim - 2
    name = f"conv{'_transpose' if transposed else ''}{rank}d"
    return getattr(torch.nn.functional, name)(x, weight, groups=groups)


def check_channels(found: Explained) -> int:
    fields, count = found.fields, 0
    spec = found.diagnosis.what.fields["layer"]
    for change in found.diagnosis.changes:
        code = code_of(change)
        names = spaces(x=on_meta(fields["input"]), weight=on_meta(spec.weight_shape))
        if change.key == "in_channels":
            output = eval(code, names).to("meta")(names["x"])
        else:
            if change.key in ("order_unbatched", "gray_batch"):
                names["x"] = names["x"][0]
            exec(code, names)
            if change.argument == "input":
                assert Shape(names["x"].shape) == change.value, code
            padding = "padding" not in found.diagnosis.assumed
            if padding:
                continue
            output = convolved(names["x"], names["weight"], spec.groups, transposed=spec.transposed)
        shape = tuple(output.shape)
        assert change.output in (shape, (1, *shape)), (code, shape)
        count += 1
    return count


def check_linear(found: Explained) -> int:
    numbers = {number.name: number.value for number in found.diagnosis.numbers}
    for change in found.diagnosis.changes:
        if change.argument == "in_features":
            layer = eval(code_of(change).partition("#")[0], spaces())
            shape = (change.output[0], change.value)
        else:
            layer = torch.nn.Linear(numbers["in_features"], numbers["out_features"])
            shape = change.value
        assert tuple(layer.to("meta")(on_meta(shape)).shape) == change.output
    return len(found.diagnosis.changes)


def check_pool(found: Explained) -> int:
    for change in found.diagnosis.changes:
        if change.argument == "input":
            continue
        output = eval(code_of(change), spaces())(on_meta(found.fields["input"]))
        assert tuple(output.shape) == change.output
    return len(found.diagnosis.changes)


def check_view(found: Explained) -> int:
    for change in found.diagnosis.changes:
        if change.output is not None:
            names = spaces(x=on_meta((found.fields["size"],)))
            exec(code_of(change), names)
            assert tuple(names["x"].shape) == change.output
    return len(found.diagnosis.changes)


def check_padding(found: Explained) -> int:
    for change in found.diagnosis.changes:
        mode = "replicate" if change.key == "padding_mode" else "reflect"
        pads = tuple(int(word) for word in change.fields["pads"].split(","))
        input = on_meta(found.fields["input"])
        assert tuple(torch.nn.functional.pad(input, pads, mode=mode).shape) == change.output
    return len(found.diagnosis.changes)


CHECKS = {
    "conv.in_channels": check_channels,
    "linear.in_features": check_linear,
    "pool.output_size": check_pool,
    "view.size": check_view,
    "pad.reflect": check_padding,
}


@pytest.mark.parametrize("kind", CHECKS)
def test_the_outputs_of_changes_are_those_of_torch(kind: str) -> None:
    checked = 0
    for message in MESSAGES:
        found = explained(message["text"])
        assert found is not None
        if found.kind == kind and "max_pool1d" not in message["text"] and found.diagnosis.numbers:
            checked += CHECKS[kind](found)
    assert checked >= 3


CALLS = (Path(__file__).parent.parent / "data" / "messages" / "calls.txt").read_text("utf-8")


@pytest.mark.filterwarnings("ignore")
def test_what_this_torch_says_is_known() -> None:
    """Calls that torch refuses, with the kind of error that each is."""
    wrong = []
    for line in CALLS.splitlines():
        kind, _, code = line.partition(": ")
        try:
            exec(code, spaces(T=torch.zeros))
        except Exception as error:
            found = explained(f"{type(error).__name__}: {error}")
            if found is None or found.kind != kind:
                wrong.append((code, kind, None if found is None else found.kind, str(error)[:99]))
    assert wrong == []
