"""Answers files: a list, an object by the numbers of problems, or a sheet with its answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcli.errors import ConvError

LARGEST = 4 << 20  # bytes of a file
LONGEST = 64  # digits of a number
DEEPEST = 32  # lists and objects inside each other
_TOO_DEEP = f"has lists or objects more than {DEEPEST} deep"


class Answers(NamedTuple):
    """The answers of a file by the numbers of their problems, and the request that it names."""

    values: Mapping[int, Any]
    request: Mapping[str, Any]


def parse_answers(data: bytes, name: str) -> Answers:
    """The answers of a file. Raises ConvError where it is no JSON, or holds something else."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        rule = f"is not UTF-8 text: byte {error.start} is {data[error.start]:#04x}"
        raise refusal("answers.encoding", rule, name) from None
    try:
        found = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_not_finite, parse_int=_integer
        )
    except (ValueError, RecursionError) as error:
        raise _no_json(error, name) from None
    if _is_too_deep(found):
        raise refusal("answers.deep", _TOO_DEEP, name)
    if isinstance(found, list):
        values = dict(enumerate(found, 1))
        return Answers(values, {})
    if isinstance(found, dict) and isinstance(found.get("problems"), list):
        return Answers(_of_sheet(found["problems"], name), found)
    if isinstance(found, dict):
        request = found if "answers" in found else {}
        inner = found.get("answers", found)
        if isinstance(inner, list):
            return Answers(dict(enumerate(inner, 1)), request)
        if isinstance(inner, dict):
            return Answers({_number(key, name): value for key, value in inner.items()}, request)
    rule = "must be a list of answers, an object by the numbers of the problems, or a sheet"
    raise refusal("answers.form", rule, name)


class _Refused(ValueError):
    """What JSON admits and answers do not."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [key for key, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise _Refused(twice)
    return dict(pairs)


def _not_finite(name: str) -> float:
    raise _Refused(name)


def _integer(digits: str) -> int:
    if len(digits) > LONGEST:
        raise _Refused(f"{digits[:20]}...")
    return int(digits)


def _no_json(error: Exception, name: str) -> ConvError:
    if isinstance(error, json.JSONDecodeError):
        rule = f"is no JSON: line {error.lineno}, column {error.colno}: {{reason}}"
        return refusal("answers.syntax", rule, name, {"reason": error.msg})
    if isinstance(error, _Refused):
        rule = "has {what!r}: no finite number of a usual length, or a key that stands twice"
        return refusal("answers.value", rule, name, {"what": str(error)})
    return refusal("answers.deep", _TOO_DEEP, name)


def _is_too_deep(found: Any) -> bool:
    """Whether lists and objects stand more than DEEPEST inside each other."""
    level = [found]
    for _ in range(DEEPEST + 1):
        insides = [
            part.values() if isinstance(part, dict) else part
            for part in level
            if isinstance(part, (dict, list))
        ]
        level = [each for inside in insides for each in inside]
    return bool(level)


def refusal(code: str, rule: str, name: str, fields: Mapping[str, Any] | None = None) -> ConvError:
    return ConvError(code, f"{{name}} {rule}", fields={"name": name, **(fields or {})}, kind="data")


def _number(key: str, name: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,5}", key):
        rule = 'has the key {key!r}: a key is the number of a problem, like "1"'
        raise refusal("answers.number", rule, name, {"key": key})
    return int(key)


def _of_sheet(problems: Sequence[Any], name: str) -> dict[int, Any]:
    """The answers of a sheet, by the numbers of its problems."""
    values: dict[int, Any] = {}
    for place, problem in enumerate(problems, 1):
        if not isinstance(problem, dict):
            rule = f"must have an object for each problem; number {place} is none"
            raise refusal("answers.form", rule, name)
        number = problem.get("number", place)
        if type(number) is not int or number < 1 or number in values:
            rule = f"has no number of its own at problem {place}"
            raise refusal("answers.number", rule, name)
        values[number] = problem.get("answer")
    return values
