"""Exercises as problems of a sheet: the question in words, its arrays, the answer, the steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from convcli.engine.exercises.answers import answer, fields, padded, worked_sum
from convcli.engine.exercises.answers import worked_gradient as gradient_entry
from convcli.engine.exercises.exercise import Exercise
from convcli.engine.explain.worked_sums import trace
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import Block, Drawing, Fact, Facts, Formulas, Note, Sum, Tensor
from convcli.report.exercises.wrong_answers import wrong_answers
from convcli.report.sheet import AnswerPart, SheetProblem
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.spelling.size_formulas import extent_rule, output_formula, output_rule
from convcli.report.terms import Formula, Minus, Name, Plus, Rule, Times
from convcli.report.views.grad import NAMES, gradient_entry_view
from convcli.report.views.shape import parameter_formulas
from convcli.report.views.trace import stamps, worked_sum_view
from convcli.report.words.vocabulary import ENGLISH, Words

Steps = Callable[[Exercise, Words], Iterator[Block]]


def problem_of(exercise: Exercise, number: int, words: Words = ENGLISH) -> SheetProblem:
    """An exercise as a problem, in a language."""
    return SheetProblem(
        number,
        exercise.ask,
        words(f"exercise.title.{exercise.ask}"),
        tuple(_text(exercise, words)),
        _code(exercise),
        (_part(exercise, words),),
        tuple(STEPS[exercise.about](exercise, words)),
        _data(exercise),
    )  # fmt: skip


def _code(exercise: Exercise, module: str = "nn.") -> tuple[str, ...]:
    """The layers as their user wrote them, else as torch's."""
    return exercise.texts or tuple(pytorch_line(layer, module) for layer in exercise.layers)


def _part(exercise: Exercise, words: Words) -> AnswerPart:
    right, label = answer(exercise), words(f"exercise.answer.{exercise.about}")
    mistakes = partial(wrong_answers, exercise, words)
    return AnswerPart(label, right.value, right.kind, right.others, mistakes=mistakes)


def statement(exercise: Exercise, words: Words = ENGLISH) -> str:
    """The question as one sentence."""
    fields = {
        "at": shown_place(exercise),
        "wanted": Shape(exercise.wanted),
        "gradient": NAMES[exercise.variable or "input"],
    }
    key = exercise.about
    if key == "sum" and exercise.spec.transposed:
        key = "gather"
    elif key == "output" and exercise.view == "scatter":
        key = "scatter"
    elif key == "size" and exercise.ask == "transposed":
        key = "transposed_size"
    elif key == "padding" and exercise.wanted == exercise.sizes:
        key = "same"
    return words(f"exercise.text.{key}", **fields)


def shown_place(exercise: Exercise) -> Position:
    """The place that is asked for, with the axes that people see."""
    at = exercise.at or Position()
    if exercise.about == "gradient":
        axes = {
            "input": exercise.axes,
            "weight": len(exercise.spec.weight_shape) if _has_channels(exercise) else exercise.axes,
            "bias": 1,
        }[exercise.variable or "input"]
        return Position(at[len(at) - axes :])
    return Position(at[len(at) - exercise.axes :])


def _has_channels(exercise: Exercise) -> bool:
    return exercise.axes > exercise.spec.rank


def shown_arrays(exercise: Exercise) -> dict[str, Any]:
    """The arrays of the question with the axes that people see, by their names."""
    arrays: dict[str, Any] = {}
    if exercise.input is not None:
        arrays["input"] = exercise.input.reshape(shown_input(exercise))
        weight = exercise.weight
        arrays["weight"] = (
            weight if _has_channels(exercise) else weight.reshape(exercise.spec.kernel_size)
        )
    if exercise.bias is not None:
        arrays["bias"] = exercise.bias
    if exercise.output_gradient is not None:
        full = exercise.output_gradient
        arrays["output_gradient"] = full.reshape(full.shape[full.ndim - exercise.axes :])
    return arrays


def shown_input(exercise: Exercise) -> Shape:
    """The shape of the input with the axes that people see."""
    return Shape(exercise.input_shape[len(exercise.input_shape) - exercise.axes :])


def _text(exercise: Exercise, words: Words) -> Iterator[Block]:
    yield Note(statement(exercise, words), main=True)
    lines = _code(exercise)
    rows = []
    if len(lines) > 1:
        yield Drawing(tuple(f"{number}. {line}" for number, line in enumerate(lines, 1)))
    else:
        rows.append(Fact(None, words("layer"), lines[0]))
        if exercise.texts:
            rows.append(Fact(None, words("exercise.in_torch"), pytorch_line(exercise.spec)))
    arrays = shown_arrays(exercise)
    if exercise.about in ("size", "padding"):
        rows.append(Fact(None, words("input"), shown_input(exercise)))
    bias = arrays.pop("bias", None)
    if bias is not None:
        rows.append(Fact(None, words("bias"), bias.tolist()))
    yield Facts(tuple(rows))
    labels = {"input": words("input"), "weight": words("weight"), "output_gradient": "G"}
    for name, array in arrays.items():
        yield Tensor(labels[name], array)


def _data(exercise: Exercise) -> dict[str, Any]:
    """The question for machines."""
    arrays = shown_arrays(exercise)
    lines = list(_code(exercise, ""))
    has_input = exercise.about not in ("parameters", "receptive-field")
    return {
        "layer": ", ".join(lines),
        "layers": lines,
        "input": arrays.get("input", shown_input(exercise) if has_input else None),
        "weight": arrays.get("weight", None if len(lines) > 1 else exercise.spec.weight_shape),
        "bias": arrays.get("bias"),
        "output_gradient": arrays.get("output_gradient"),
        "at": None if exercise.at is None else shown_place(exercise),
        "variable": exercise.variable,
        "view": exercise.view if exercise.spec.transposed else None,
        "wanted": Shape(exercise.wanted) if exercise.wanted else None,
    }


def _size_steps(exercise: Exercise, words: Words) -> Iterator[Block]:
    spec = exercise.spec
    rows = tuple(output_formula(spec, d, size) for d, size in enumerate(exercise.sizes))
    yield Formulas(rows, rules=(output_rule(spec.transposed), extent_rule(spec)))
    if _has_channels(exercise):
        yield Note(words("exercise.channels", count=spec.out_channels))


def _parameter_steps(exercise: Exercise, words: Words) -> Iterator[Block]:
    yield parameter_formulas(exercise.spec, exercise.input_shape, words)


def _sum_steps(exercise: Exercise, words: Words) -> Iterator[Block]:
    worked = worked_sum(exercise)
    document = worked_sum_view(worked, exercise.axes, exercise.view, words)
    yield from document.for_people()


def _output_steps(exercise: Exercise, words: Words) -> Iterator[Block]:
    """The stamps of a transposed layer, else every sum; then the output."""
    sums = list(
        trace(exercise.spec, exercise.input, exercise.weight, exercise.bias, view=exercise.view)
    )
    drawn: list[Block] = []
    if exercise.view == "scatter":
        shape = exercise.spec.output_shape(exercise.input_shape)
        drawn = list(stamps(sums, shape, words))
    yield from drawn
    for worked in [] if drawn else sums:
        at = worked.position[len(worked.position) - exercise.axes :]
        bias = () if worked.bias is None else (worked.bias,)
        factors = tuple((term.input, term.weight) for term in worked.terms)
        yield Sum(
            (*factors, *((part,) for part in bias)),
            (*(term.product for term in worked.terms), *bias),
            worked.total,
            str(Position(at)),
        )
    if len(drawn) != 1:  # the stamps of one output channel end with the output
        yield Tensor(words("output"), answer(exercise).value)


def _gradient_steps(exercise: Exercise, words: Words) -> Iterator[Block]:
    worked = gradient_entry(exercise)
    document = gradient_entry_view(exercise.spec, worked, len(shown_place(exercise)), words)
    yield from document.for_people()


def _receptive_steps(exercise: Exercise, words: Words) -> Iterator[Block]:
    """One formula a layer: the size of the field grows by the layer's extent, in jumps."""
    size, extent, jump, stride = map(Name, ("size", "extent", "jump", "stride"))
    rules = (
        Rule((size, Plus((Name("size", "before"), Times((Plus((extent, Minus(1))), jump)))))),
        Rule((Name("jump", "next"), Times((jump, stride)))),
    )
    rows = []
    before, moved = 1, 1
    for number, (layer, field) in enumerate(
        zip(exercise.layers, fields(exercise.layers), strict=True)
    ):
        axis = layer.axes[0]
        if layer.transposed:
            rows.append(Formula(words("exercise.layer", number=number + 1), field.size, field.size))
        else:
            grown = Times((Plus((axis.extent, Minus(1))), moved))
            label = words("exercise.layer", number=number + 1)
            rows.append(Formula(label, Plus((before, grown)), field.size))
        before, moved = field.size, int(field.jump)
    yield Formulas(tuple(rows), rules=rules)


def _padding_steps(exercise: Exercise, words: Words) -> Iterator[Block]:
    """How many cells are needed, and the size that each right padding gives."""
    spec, right = exercise.spec, answer(exercise)
    for d, (axis, size, out) in enumerate(
        zip(spec.axes, exercise.sizes, exercise.wanted, strict=True)
    ):
        totals = axis.padding_totals(size, out, spec.transposed)
        named = {"axis": spec.axis_names[d], "least": totals[0], "size": size, "out": out}
        if len(totals) == 1:
            text = words("exercise.total", **named)
        else:
            text = words("exercise.totals", **named, most=totals[-1])
        yield Note(text, main=True)
    layers = [with_padding(spec, pads) for pads in (right.value, *right.others)]
    rows = tuple(
        output_formula(layer, d, size) for layer in layers for d, size in enumerate(exercise.sizes)
    )
    yield Formulas(rows, rules=(output_rule(spec.transposed), extent_rule(spec)))


def with_padding(spec: ConvSpec, pads: Shape) -> ConvSpec:
    """The layer with so much padding on both sides of each axis."""
    return padded(spec, [Pad(pad, pad) for pad in pads])


STEPS: dict[str, Steps] = {
    "size": _size_steps,
    "sum": _sum_steps,
    "output": _output_steps,
    "parameters": _parameter_steps,
    "receptive-field": _receptive_steps,
    "padding": _padding_steps,
    "gradient": _gradient_steps,
}
