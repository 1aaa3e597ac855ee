"""The view of `convcli learn`: the loss by epoch, its curve, each change, the end."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import NamedTuple

from convcli.engine.training.descent import Change, Epoch, Quadratic, TrainedLayer
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

PLAIN = "sgd"  # the optimiser without state
GROWTH = 10  # times the first loss, from which on a loss is no transient
MOST_EPOCHS = 20  # in the table for people
DIGITS = 6  # of a loss or a learning rate in a sentence


class Course(NamedTuple):
    """A descent: the choices in words, the epochs kept, all losses, and the layers at the end.

    `idle_loss` is the loss of an output of zeros.
    """

    loss: str
    optimiser: str
    lr: float
    epochs: list[Epoch]
    losses: list[float]
    final_loss: float
    idle_loss: float
    layers: list[TrainedLayer]
    minimum: Quadratic | None
    verbose: bool

    @property
    def is_plain(self) -> bool:
        """Whether the rule is w - lr*gradient, of which the largest stable lr is known."""
        return self.optimiser.startswith(f"{PLAIN}:")

    @property
    def diverged(self) -> bool:
        """Whether the loss left all bounds: it is not finite, or far above the first one.

        Far above is more than GROWTH times the first, and more than an output of zeros would have:
        a loss of nearly 0 may grow by rounding, or by weight decay. With a learning rate that is
        not stable for plain gradient descent, any growth counts.
        """
        first = self.losses[0]
        if not isfinite(self.final_loss):
            return True
        if self.final_loss <= first:
            return False
        unstable = self.minimum is not None and self.lr > self.minimum.largest_step
        far = self.final_loss > GROWTH * first and self.final_loss > self.idle_loss
        return far or (self.is_plain and unstable)


def learn_view(course: Course) -> Document:
    """The document on a course of learning."""
    chosen = Facts((
        Fact("layers", None, [pytorch_line(layer.spec) for layer in course.layers]),
        Fact("loss", "loss", course.loss),
        Fact("optimizer", "optimizer", course.optimiser),
        Fact("lr", "lr", course.lr),
    ))  # fmt: skip
    title = ", ".join(pytorch_line(layer.spec) for layer in course.layers)

    def items() -> Iterator[Document]:
        return (_epoch_view(epoch, course) for epoch in course.epochs)

    blocks = (chosen, Facts(_final(course)), *_machine_end(course))
    epochs = Items("epochs", "epochs", len(course.epochs), items, for_machines=not course.verbose)
    return Document(
        "learn", blocks, course.final_loss, title, epochs, ending=lambda: _behind_epochs(course)
    )


def _final(course: Course) -> tuple[Fact, ...]:
    return (
        Fact("final.loss", None, course.final_loss),
        Fact("final.diverged", None, course.diverged),
    )


def _behind_epochs(course: Course) -> Iterator[Block]:
    if not course.verbose:
        yield from _table(course)
    yield from _ending(course)


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


def _epoch_view(epoch: Epoch, course: Course) -> Document:
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

    def drawings() -> Iterator[Block]:
        yield Facts((Fact(None, "loss", epoch.loss),))
        for change in epoch.changes:
            yield from _change(change, course.lr)

    return Document("learn", tuple(machine), epoch.loss, f"epoch {epoch.number}", drawings=drawings)


def _change(change: Change, lr: float) -> Iterator[Block]:
    """The array before, its gradient and after, and one number of it worked out."""
    yield Tensor(f"{change.name} before", change.before)
    yield Tensor(f"gradient of {change.name}", change.gradient)
    yield Tensor(f"{change.name} after", change.after)
    before, step, after = (
        array.reshape(-1)[0] for array in (change.before, change.direction, change.after)
    )
    place = "[0]" * change.before.ndim
    yield Sum(
        ((before,), (lr, step)), (before, -lr * step), after, f"{change.name}{place}", minus=True
    )


def _table(course: Course) -> Iterator[Block]:
    """Some of the epochs, the first and the last among them, and the curve of all."""
    epochs = course.epochs
    chosen = (
        epochs
        if len(epochs) <= MOST_EPOCHS
        else [epochs[round(n * (len(epochs) - 1) / (MOST_EPOCHS - 1))] for n in range(MOST_EPOCHS)]
    )
    yield Table(
        (Column(None, "epoch"), Column(None, "loss")),
        [(epoch.number, epoch.loss) for epoch in chosen],
    )
    if len(epochs) > len(chosen):
        yield Note(f"{len(chosen)} of {len(epochs)} epochs; -f jsonl has every one")
    finite = [loss for loss in course.losses if isfinite(loss)]
    if len(finite) > 2 and max(finite) > min(finite):
        yield Curve("loss", "epoch", tuple(finite))


def _ending(course: Course) -> Iterator[Block]:
    yield Facts((Fact(None, "loss at the end", course.final_loss),))
    for i, layer in enumerate(course.layers):
        yield Tensor(f"{i}.weight at the end", layer.weight)
        if layer.bias is not None:
            yield Tensor(f"{i}.bias at the end", layer.bias)
    yield from _divergence(course)
    if course.minimum is not None:
        yield from _minimum(course.minimum)


def _minimum(minimum: Quadratic) -> Iterator[Block]:
    stable = Phrase("lr < {largest}", {"largest": Rounded(minimum.largest_step, DIGITS)})
    why = "2/(largest eigenvalue of the loss's second derivative)"
    yield Facts((
        Fact(None, "plain gradient descent converges for", stable, why),
        Fact(None, "smallest possible loss", minimum.loss, "that of the least-squares weight"),
    ))  # fmt: skip
    yield Tensor("least-squares weight", minimum.weight)
    if minimum.bias is not None:
        yield Tensor("least-squares bias", minimum.bias)


def _divergence(course: Course) -> Iterator[Block]:
    """A note where the loss grew, with the largest learning rate that is stable."""
    values = {
        "first": Rounded(course.losses[0], DIGITS),
        "last": Rounded(course.final_loss, DIGITS),
        "epochs": len(course.losses),
    }
    advice = "Try a smaller --lr"
    if course.minimum is not None:
        values["largest"] = Rounded(course.minimum.largest_step, DIGITS)
        advice += "; the largest stable lr here is {largest}"
    if not isfinite(course.final_loss):
        yield Note(
            Phrase(f"it diverged: the loss is {{last}} after {{epochs}} epochs. {advice}", values)
        )
    elif course.final_loss > course.losses[0]:
        yield Note(Phrase(f"the loss grew, from {{first}} to {{last}}. {advice}", values))
