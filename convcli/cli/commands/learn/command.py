"""`convcli learn`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from convcli.cli.app.options import ArrayOutputOptions, LayerOptionsWithBias, Seed, argument
from convcli.cli.commands.learn.options import LearnOptions
from convcli.cli.commands.learn.page import page_text, recorder_of
from convcli.cli.commands.learn.problem import follow, load_problem
from convcli.cli.commands.learn.weights import WeightsFile
from convcli.cli.output.emit import emit, emit_page, judge
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import PAGES, check_options, target_of
from convcli.engine.training.descent import Epoch
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.render.values import text
from convcli.report.quantities import Phrase, Rounded
from convcli.report.views.course import Course
from convcli.report.views.learn import learn_view

LOSS_DIGITS = 6
EXAMPLES = """\b
Examples:
  convcli learn conv1d -k 2 --no-bias "1 1 0 0 1" "0 1 0 -1" --lr 0.03
  convcli learn "Conv2d(1,1,3)" "Conv2d(1,1,3)" arange:1x1x5x5 "[[1]]" --verbose
"""
Operands = Annotated[
    list[str],
    argument("LAYER... X TARGET", "a layer or a chain of layers, the input, the target"),
]


def learn(
    operands: Operands,
    *,
    learn_options: LearnOptions,
    seed: Seed,
    layer_options: LayerOptionsWithBias,
    output_options: ArrayOutputOptions,
    streams: Streams,
) -> int:
    """Gradient descent on one layer or a chain, epoch by epoch."""
    target = check_options(output_options, streams, arrays=True, forms=PAGES)
    if len(operands) < 3:
        raise ConvError(
            "arguments.missing",
            "needs LAYER... X TARGET",
            hint='Like: convcli learn "Conv2d(1,1,3)" x.npy t.npy.',
        )
    *texts, x_text, target_text = operands
    problem = load_problem(
        texts, x_text, target_text, layer_options.arguments(), learn_options, seed, streams
    )
    file = WeightsFile(target, output_options, streams)
    file.check(problem.layers)
    words = words_of(output_options, streams)
    recorder = recorder_of(problem) if target.is_page else None
    take = _ignored if recorder is None else recorder.take
    course = follow(problem, streams, words, file.write, take)
    file.say_what_is_left_out(problem.layers)
    view = learn_view(course, words)
    if recorder is not None:
        page = page_text(problem, course, recorder, words)
        status = emit_page(page, view, output_options, streams)
    elif target.writer is not None and output_options.quiet:
        status, answer = judge(view, output_options, streams)
        if answer:
            streams.complain(answer)
    else:
        if target.writer is not None:
            target = target_of(replace(output_options, output=None))
        status = emit(view, output_options, streams, target=target)
    return ExitStatus.ANSWER_IS_NO if _complain(course, learn_options, streams) else status


def _ignored(_: Epoch) -> None:
    """An epoch of which nothing is kept."""


def _complain(course: Course, options: LearnOptions, streams: Streams) -> bool:
    """Say on stderr what went wrong: the loss diverged, or is above --target-loss."""
    losses = {
        "first": Rounded(course.losses[0], LOSS_DIGITS),
        "final": Rounded(course.final_loss, LOSS_DIGITS),
        "target": options.target_loss,
        "lr": course.lr,
        "epochs": len(course.losses),
    }
    lines = []
    if course.diverged:
        line = "it diverged: the loss went from {first} to {final} in {epochs} epochs; --lr is {lr}"
        if course.minimum is not None and course.is_plain:
            losses["largest"] = Rounded(course.minimum.largest_step, LOSS_DIGITS)
            line += "; the largest stable lr here is {largest}"
        lines.append(line)
    if options.target_loss is not None and not course.final_loss <= options.target_loss:
        lines.append("the final loss {final} is above --target-loss {target}")
    streams.flush()
    for line in lines:
        streams.complain(text(Phrase(f"convcli: {line}", losses)))
    return bool(lines)
