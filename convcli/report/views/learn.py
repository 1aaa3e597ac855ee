"""The view of `convcli learn`: the loss by epoch, its curve, each change, the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any

from convcli.engine.training.descent import Change, Epoch, Quadratic
from convcli.engine.training.worked_update import Part
from convcli.report.document import (
    Block,
    Column,
    Curve,
    Document,
    Fact,
    Facts,
    Items,
    Note,
    Sum,
    Table,
    Tensor,
)
from convcli.report.quantities import Phrase, Rounded
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.views.course import Course
from convcli.report.views.learn_step import step_data, told_direction, told_step
from convcli.report.words.vocabulary import ENGLISH, Words

MOST_EPOCHS = 20  # in the table for people
DIGITS = 6  # of a loss or a learning rate in a sentence


def learn_view(course: Course, words: Words = ENGLISH) -> Document:
    """The document on a course of learning."""
    chosen = Facts((
        Fact("layers", None, [pytorch_line(layer.spec) for layer in course.layers]),
        Fact("loss", None, _loss(course, ENGLISH)),
        Fact(None, words("learn.loss"), _loss(course, words)),
        Fact("optimizer", words("learn.optimizer"), course.optimiser),
        Fact("lr", words("learn.lr"), course.lr),
    ))  # fmt: skip
    title = ", ".join(pytorch_line(layer.spec) for layer in course.layers)

    def items() -> Iterator[Document]:
        return (_epoch_view(epoch, course, words) for epoch in course.epochs)

    blocks = (chosen, Facts(_final(course)), *_machine_end(course))
    epochs = Items("epochs", "epochs", len(course.epochs), items, for_machines=not course.verbose)
    return Document(
        "learn",
        blocks,
        course.final_loss,
        title,
        epochs,
        ending=lambda: _behind_epochs(course, words),
        words=words,
    )


def _loss(course: Course, words: Words) -> str:
    return words(f"learn.loss.{course.loss}", torch=course.torch_loss)


def _final(course: Course) -> tuple[Fact, ...]:
    return (
        Fact("final.loss", None, course.final_loss),
        Fact("final.diverged", None, course.diverged),
    )


def _behind_epochs(course: Course, words: Words) -> Iterator[Block]:
    if not course.verbose:
        yield from _table(course, words)
    yield from _ending(course, words)


def _machine_end(course: Course) -> Iterator[Block]:
    for i, layer in enumerate(course.layers):
        yield Facts((Fact(f"final.{i}_weight", None, layer.weight),))
        if layer.bias is not None:
            yield Facts((Fact(f"final.{i}_bias", None, layer.bias),))
    if course.minimum is not None:
        minimum = course.minimum
        facts = (
            ("largest_step", minimum.largest_step),
            ("weight", minimum.weight),
            ("bias", minimum.bias),
            ("loss", minimum.loss),
        )
        yield Facts(tuple(Fact(f"minimum.{name}", None, value) for name, value in facts))


def _epoch_view(epoch: Epoch, course: Course, words: Words) -> Document:
    machine: list[Block] = [
        Facts((Fact("epoch", None, epoch.number), Fact("loss", None, epoch.loss)))
    ]
    if course.verbose:
        rows = [(c.name, c.before, c.gradient, c.after) for c in epoch.changes]
        machine.append(
            Table(
                tuple(Column(key, None) for key in ("name", "before", "gradient", "after")),
                rows,
                key="changes",
            )
        )

    told = course.told
    step = told if told is not None and told.number == epoch.number else None
    if step is not None:
        machine.append(step_data(step))

    def drawings() -> Iterator[Block]:
        yield Facts((Fact(None, words("learn.loss"), epoch.loss),))
        if step is not None:
            yield from told_step(step, course, words)
        for change in epoch.changes:
            parts = [] if step is None else step.directions[change.name]
            yield from _change(change, parts, course, words)

    title = words("learn.epoch_number", number=epoch.number)
    return Document("learn", tuple(machine), epoch.loss, title, drawings=drawings, words=words)


def _change(change: Change, parts: list[Part], course: Course, words: Words) -> Iterator[Block]:
    """The array before, its gradient and after, and one number of it worked out."""
    lr = course.lr
    yield _named(lambda name: words("learn.before", name=name), change.name, change.before)
    yield _named(lambda name: words("learn.gradient", name=name), change.name, change.gradient)
    yield _named(lambda name: words("learn.after", name=name), change.name, change.after)
    before, step, after = (
        array.reshape(-1)[0] for array in (change.before, change.direction, change.after)
    )
    place = f"[{', '.join('0' * change.before.ndim)}]"
    if course.told is not None:
        yield from told_direction(parts, course.told.optimiser)
    yield Sum(
        ((before,), (lr, step)), (before, -lr * step), after, f"{change.name}{place}", minus=True
    )


def _named(label: Callable[[str], str], name: str, values: Any) -> Tensor:
    """An array of a layer; the place of a plane stands behind its name."""
    return Tensor(label(name), values, label_at=lambda place: label(name + place))


def _table(course: Course, words: Words) -> Iterator[Block]:
    """Some of the epochs, the first and the last among them, and the curve of all."""
    epochs = course.epochs
    chosen = (
        epochs
        if len(epochs) <= MOST_EPOCHS
        else [epochs[round(n * (len(epochs) - 1) / (MOST_EPOCHS - 1))] for n in range(MOST_EPOCHS)]
    )
    yield Table(
        (Column(None, words("learn.epoch")), Column(None, words("learn.loss"))),
        [(epoch.number, epoch.loss) for epoch in chosen],
    )
    if len(epochs) > len(chosen):
        yield Note(words("learn.some_epochs", shown=len(chosen), total=len(epochs)))
    finite = [loss for loss in course.losses if isfinite(loss)]
    if len(finite) > 2 and max(finite) > min(finite):
        yield Curve(words("learn.loss"), words("learn.epoch"), tuple(finite))


def _ending(course: Course, words: Words) -> Iterator[Block]:
    yield Facts((Fact(None, words("learn.loss_at_end"), course.final_loss),))

    def at_end(name: str) -> str:
        return words("learn.at_end", name=name)

    for i, layer in enumerate(course.layers):
        yield _named(at_end, f"{i}.weight", layer.weight)
        if layer.bias is not None:
            yield _named(at_end, f"{i}.bias", layer.bias)
    yield from _divergence(course, words)
    if course.minimum is not None:
        yield from _minimum(course.minimum, words)


def _minimum(minimum: Quadratic, words: Words) -> Iterator[Block]:
    stable = Phrase("lr < {largest}", {"largest": Rounded(minimum.largest_step, DIGITS)})
    least = words("learn.no_loss") if minimum.loss <= minimum.rounding else minimum.loss
    yield Facts((
        Fact(None, words("learn.converges"), stable, words("learn.converges_note")),
        Fact(None, words("learn.least_loss"), least, words("learn.least_loss_note")),
    ))  # fmt: skip
    yield Tensor(words("learn.least_weight"), minimum.weight)
    if minimum.bias is not None:
        yield Tensor(words("learn.least_bias"), minimum.bias)


def _divergence(course: Course, words: Words) -> Iterator[Block]:
    """A note where the loss grew, with the largest learning rate that is stable."""
    values: dict[str, Any] = {"last": Rounded(course.final_loss, DIGITS)}
    limit = ""
    if course.minimum is not None:
        values["largest"] = Rounded(course.minimum.largest_step, DIGITS)
        limit = "_limit"
    if not isfinite(course.final_loss):
        yield Note(words.phrase(f"learn.diverged{limit}", epochs=len(course.losses), **values))
    elif course.final_loss > course.losses[0]:
        first = Rounded(course.losses[0], DIGITS)
        yield Note(words.phrase(f"learn.grew{limit}", first=first, **values))
