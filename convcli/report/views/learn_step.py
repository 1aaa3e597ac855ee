"""The step of one epoch, told whole: outputs, loss, deltas, a gradient entry, updates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.engine.gradients.worked_entry import GradientSum
from convcli.engine.training.losses import sigmoid
from convcli.engine.training.worked_step import MOST_TERMS, WorkedLayer, WorkedStep
from convcli.engine.training.worked_update import Part
from convcli.report.document import (
    CORRELATED,
    Block,
    Fact,
    Facts,
    Nested,
    Note,
    Operand,
    Operation,
    Sum,
    Tensor,
)
from convcli.report.quantities import Phrase
from convcli.report.views.course import Course
from convcli.report.words.vocabulary import Words

LARGEST = 400  # numbers of an array that is shown
LOSS_SLOPES = {  # dL/dy of an output y with the target t, of n outputs; d is y - t
    "mse": "2*({d})/{n}",
    "sse": "2*({d})",
    "l1": "sign({d})/{n}",
    "bce": "({s})/{n}",
}
LOSS_RULES = {
    "mse": "dL/dy = 2*(y - t)/n",
    "sse": "dL/dy = 2*(y - t)",
    "l1": "dL/dy = sign(y - t)/n",
    "bce": "dL/dy = (sigmoid(y) - t)/n",
}
_VELOCITY = "v = momentum*v + g"
_MEAN, _SQUARE = "m = beta1*m + (1 - beta1)*g", "v = beta2*v + (1 - beta2)*g*g"
_ADAM = "m/(1 - beta1^t)/(sqrt(v/(1 - beta2^t)) + eps)"
RULES = {  # what the parts of a direction are
    "momentum": {"v": _VELOCITY},
    "nesterov": {"v": _VELOCITY, "d": "d = g + momentum*v"},
    "adam": {"m": _MEAN, "v": _SQUARE, "d": f"d = {_ADAM}"},
    "adamw": {
        "m": _MEAN,
        "v": _SQUARE,
        "a": f"a = {_ADAM}",
        "d": "d = a + weight_decay*w",
    },
    "rmsprop": {"v": "v = alpha*v + (1 - alpha)*g*g", "d": "d = g/(sqrt(v) + eps)"},
}
DECAYED = "g = gradient + weight_decay*w"


def step_data(step: WorkedStep) -> Nested:
    """The step for machines."""
    layers = [
        {
            "input": layer.input,
            "output": layer.output,
            "activated": layer.activated,
            "delta": layer.delta,
        }
        for layer in step.layers
    ]
    entries = [
        {
            "name": name,
            "position": worked.position,
            "terms": [term._asdict() for term in worked.terms],
            "total": worked.total,
        }
        for layer in step.layers
        for name, worked in layer.entries.items()
        if worked is not None
    ]
    directions = {
        name: [{"name": part.name, "value": part.value} for part in parts]
        for name, parts in step.directions.items()
    }
    data = {
        "layers": layers,
        "loss": {"addends": step.addends, "is_mean": step.is_mean},
        "entries": entries,
        "directions": directions,
    }
    return Nested("step", data)


def told_step(step: WorkedStep, course: Course, words: Words) -> Iterator[Block]:
    """What happens before the update: forward, the loss, and backward."""
    yield Note(words("learn.forward"))
    for i, layer in enumerate(step.layers):
        yield from _forward(i, layer, step, words)
    yield Note(words("learn.loss_of_step"))
    yield from _loss(step, course, words)
    yield Note(words("learn.backward"))
    for i in reversed(range(len(step.layers))):
        yield from _backward(i, step, course, words)
    is_plain = not any(step.directions.values())
    yield Note(words("learn.update") if is_plain else words("learn.update_by_direction"))


def _output_name(i: int, step: WorkedStep) -> str:
    """z0, z1, ... and y of the last layer."""
    return "y" if i + 1 == len(step.layers) else f"z{i}"


def _input_name(i: int, step: WorkedStep) -> str:
    if i == 0:
        return "x"
    before = _output_name(i - 1, step)
    return before if step.layers[i - 1].activated is None else f"{step.activation}({before})"


def _slope_name(name: str) -> str:
    """dL/dy, dL/dz0, dL/d(relu(z0)), dL/d(0.weight)."""
    return f"dL/d{name}" if name.isalnum() else f"dL/d({name})"


def _forward(i: int, layer: WorkedLayer, step: WorkedStep, words: Words) -> Iterator[Block]:
    """Input, weight, bias and output of a layer, and one output as a sum."""
    name = _output_name(i, step)
    weight, bias = layer.layer.weight, layer.layer.bias
    formula = (
        f"{name} = {_input_name(i, step)} * {i}.weight{'' if bias is None else f' + {i}.bias'}"
    )
    yield Note(words("learn.layer", layer=i, formula=formula))
    arrays = [(_input_name(i, step), layer.input), (f"{i}.weight", weight)]
    if bias is not None:
        arrays.append((f"{i}.bias", bias))
    arrays.append((name, layer.output))
    if all(array.size <= LARGEST for _, array in arrays):
        signs = (CORRELATED, *(() if bias is None else ("+",)), "=")
        operands = tuple(_operand(label, array) for label, array in arrays)
        yield Operation(operands, signs, named=True)
    else:
        yield Facts(tuple(Fact(None, label, Shape(array.shape)) for label, array in arrays))
    if layer.first is not None:
        first = layer.first
        added = () if first.bias is None else ((first.bias,),)
        factors = tuple((term.input, term.weight) for term in first.terms) + added
        products = (*(term.product for term in first.terms), *(value for (value,) in added))
        yield Sum(factors, products, first.total, _at(name, first.position))


def _operand(label: str, array: Array) -> Operand:
    of_place = Tensor(label, array, label_at=lambda place: label + place)
    return Operand(of_place, "", lambda: "")


def _array(label: str, array: Array) -> Iterator[Block]:
    """The numbers of an array, or its shape where they are many."""
    if array.size <= LARGEST:
        yield Tensor(label, array, label_at=lambda place: label + place)
    else:
        yield Facts((Fact(None, label, Shape(array.shape)),))


def _at(name: str, position: Any) -> str:
    return f"{name}[{', '.join(map(str, position))}]"


def _loss(step: WorkedStep, course: Course, words: Words) -> Iterator[Block]:
    """The loss as a sum over the outputs."""
    output, target = step.layers[-1].output, step.target
    yield from _array(words("learn.target"), target)
    if course.loss == "bce":
        yield from _array("sigmoid(y)", sigmoid(output))
    else:
        yield from _array("(y - t)", output - target)
    addends = step.addends.reshape(-1)
    total, name = addends.sum(), words(f"learn.sum.{course.loss}")
    if addends.size > MOST_TERMS:
        yield Facts((Fact(None, name, total, words("learn.addends", count=addends.size)),))
    else:
        factors = _loss_factors(course.loss, (output - target).reshape(-1), addends)
        yield Sum(factors, tuple(addends), total, name)
    if step.is_mean:
        mean = Phrase("{total}/{n} = {loss}", {
            "total": total, "n": addends.size, "loss": addends.mean(),
        })  # fmt: skip
        yield Facts((Fact(None, words("learn.loss"), mean),))


def _loss_factors(loss: str, difference: Array, addends: Array) -> tuple[tuple[Any, ...], ...]:
    if loss in ("mse", "sse"):
        return tuple((value, value) for value in difference)
    return tuple((value,) for value in addends)


def _backward(i: int, step: WorkedStep, course: Course, words: Words) -> Iterator[Block]:
    """The delta of a layer, and an entry of each of its gradients."""
    layer, name = step.layers[i], _output_name(i, step)
    delta = _slope_name(name)
    first = layer.delta.reshape(-1)[0]
    place = _at(delta, (0,) * layer.delta.ndim)
    if i + 1 == len(step.layers):
        values = {
            "d": _difference(layer.output, step.target),
            "s": _difference(sigmoid(layer.output), step.target),
            "n": step.addends.size,
        }
        text = LOSS_SLOPES[course.loss] + " = {first}"
        rule = LOSS_RULES[course.loss]
        yield Facts((Fact(None, place, Phrase(text, values | {"first": first}), rule),))
    else:
        yield from _passed_back(i, step, words)
    yield from _array(delta, layer.delta)
    for array, worked in layer.entries.items():
        yield from _entry(_slope_name(array), worked, layer, words)


def _difference(output: Array, target: Array) -> Phrase:
    """The first number of the output minus that of the target."""
    y, t = output.reshape(-1)[0], target.reshape(-1)[0]
    return (
        Phrase("{y} + {t}", {"y": y, "t": -t}) if t < 0 else Phrase("{y} - {t}", {"y": y, "t": t})
    )


def _passed_back(i: int, step: WorkedStep, words: Words) -> Iterator[Block]:
    """How a delta comes from that of the next layer: times its weights, times the slope."""
    layer, read = step.layers[i], _input_name(i + 1, step)
    if layer.back is not None:
        yield _gradient_sum(_at(_slope_name(read), layer.back.position), layer.back)
    if layer.slope is not None:
        place = _at(_slope_name(_output_name(i, step)), (0,) * layer.delta.ndim)
        slope = layer.slope.reshape(-1)[0]
        if layer.back is not None:
            values = {"back": layer.back.total, "slope": slope, "delta": layer.delta.reshape(-1)[0]}
            text = Phrase("{back}*{slope} = {delta}", values)
            yield Facts((Fact(None, place, text, words("learn.slope", name=step.activation)),))


def _entry(
    name: str, worked: GradientSum | None, layer: WorkedLayer, words: Words
) -> Iterator[Block]:
    if worked is not None:
        yield _gradient_sum(_at(name, worked.position), worked)
        return
    count = layer.delta.size // layer.layer.spec.out_channels
    yield Facts((Fact(None, name, words("learn.long_sum", count=count)),))


def _gradient_sum(lead: str, worked: GradientSum) -> Sum:
    factors = tuple(
        (term.gradient,) if worked.variable == "bias" else (term.gradient, term.factor)
        for term in worked.terms
    )
    return Sum(factors, tuple(term.product for term in worked.terms), worked.total, lead)


def told_direction(parts: list[Part], optimiser: str) -> Iterator[Block]:
    """How the direction of an update comes from the gradient, for one number."""
    rules = RULES.get(optimiser, {})
    for part in parts:
        rule = DECAYED if part.name == "g" else rules[part.name]
        if part.quotient:
            yield Facts((Fact(None, rule, _quotient(part)),))
        else:
            products = tuple(_product(term) for term in part.factors)
            yield Sum(part.factors, products, part.value, rule)


def _product(term: tuple[float, ...]) -> float:
    value = 1.0
    for number in term:
        value *= number
    return value


def _quotient(part: Part) -> Phrase:
    top, top_correction, square, correction, eps = part.quotient
    corrected = correction != 1
    text = "{top}/{first}/(sqrt({square}/{second}) + {eps}) = {value}"
    if not corrected:
        text = "{top}/(sqrt({square}) + {eps}) = {value}"
    return Phrase(text, {
        "top": top, "first": top_correction, "square": square, "second": correction, "eps": eps,
        "value": part.value,
    })  # fmt: skip
