"""What a diagnosis consists of: values and keys of words. Words and code are made of them later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.remedies import Fix, computes

MOST_CHANGES = 3
MOST_TRIED = 10**4  # factors that a fix is sought among: anybody can write a message


class Saying(NamedTuple):
    """A clause by its key, and the values of its fields."""

    key: str
    fields: Mapping[str, Any] = {}


class Number(NamedTuple):
    """A number of a message by torch's name for it; `of` is what has it: layer, input, weight."""

    name: str
    value: Any
    of: str


class Group(NamedTuple):
    """Parts of an error that have one cause: how many they are, and one of them."""

    cause: Saying
    size: int
    example: str


class Diagnosis(NamedTuple):
    """What is wrong, why, and what helps, the smallest change first.

    `what` is certain. `why` is a guess unless `is_sure`. `assumed` are hyper-parameters that the
    message lacks, with the values that `changes` are computed for. `kind` overrides that of the
    message, where its numbers decide. `made_at` is the file, the line and the code that makes the
    layer. `groups` sort an error of many parts by cause.
    """

    what: Saying
    numbers: tuple[Number, ...] = ()
    why: Saying | None = None
    is_sure: bool = True
    changes: tuple[Change, ...] = ()
    assumed: tuple[str, ...] = ()
    kind: str | None = None
    made_at: tuple[str, int, str] | None = None
    groups: tuple[Group, ...] = ()


def numbers_of(of: str, /, **values: Any) -> tuple[Number, ...]:
    """The numbers of one thing by their names, without those that are None.

    >>> numbers_of("layer", in_channels=3, groups=None)
    (Number(name='in_channels', value=3, of='layer'),)
    """
    return tuple(Number(name, value, of) for name, value in values.items() if value is not None)


def computed(fixes: Iterable[Fix], most: int = MOST_CHANGES) -> tuple[Change, ...]:
    """The changes of the fixes with which the layer computes, each with the output that it gives.

    >>> computed([Fix("", lambda: (1, 2), change=Change("crop"))])[0].output
    (1, 2)
    """
    changes: list[Change] = []
    for fix in fixes:
        if fix.change is not None and len(changes) < most and computes(fix.attempt):
            changes.append(fix.change._replace(output=fix.attempt()))
    return tuple(changes)
