"""The page of `convcli learn`, as text."""

from __future__ import annotations

from convcli.cli.commands.learn.problem import Problem
from convcli.engine.training.descent import chain_output
from convcli.report.views.course import Course
from convcli.report.views.learning_page import Recorder, learning_page
from convcli.report.words.vocabulary import Words


def recorder_of(problem: Problem) -> Recorder:
    """What keeps the epochs that a page shows."""
    options = problem.options
    return Recorder(
        problem.layers,
        lambda layers: chain_output(layers, options.activation, problem.x),
        options.epochs,
        options.every,
    )


def page_text(problem: Problem, course: Course, recorder: Recorder, words: Words) -> str:
    """The page of a course."""
    import numpy as np

    from convcli.render.learning_page import page

    with np.errstate(all="ignore"):
        end = recorder.output_of(course.layers)
    data = learning_page(course, recorder.finish(), (problem.x, problem.target), end, words)
    return page(data, ", ".join(data["layers"]))
