"""The wrong answers that mistakes lead to, for formats in which others mark."""

from __future__ import annotations

from convcli.engine.exercises.exercise import Exercise
from convcli.engine.exercises.marking import FINDERS
from convcli.report.exercises.marks import mistake_text
from convcli.report.sheet import WrongAnswer
from convcli.report.words.vocabulary import ENGLISH, Words


def wrong_answers(exercise: Exercise, words: Words = ENGLISH) -> tuple[WrongAnswer, ...]:
    """The answers of mistakes, some of them right by chance; those of single terms are left out."""
    return tuple(
        WrongAnswer(mistake.value, mistake_text(mistake, words))
        for mistake in FINDERS[exercise.about](exercise)
        if mistake.rank == 0
    )
