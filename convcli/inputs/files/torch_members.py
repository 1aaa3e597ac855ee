"""The tensors inside what a file of torch.save holds: dicts, lists and tuples, nested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from convcli.errors import shortened
from convcli.inputs.files.members import LONGEST_NAME, MEMBERS_LISTED, chosen_member
from convcli.inputs.files.pickles import Call
from convcli.inputs.files.request import ArrayRequest
from convcli.inputs.files.torch_tensors import is_tensor, refusal, shape_of

MOST_VALUES = 200_000  # that are looked at: lists that share lists could be endless
DEEPEST = 32  # containers inside each other
MOST_KEY = 2**63  # of a number as the key of a dict


class Member(NamedTuple):
    """A value with its dotted path: `model_state_dict.conv1.weight`, `layers.0`."""

    path: str
    value: Any
    depth: int


def chosen_tensor(value: Any, request: ArrayRequest) -> Call:
    """The tensor that is requested, or the only one.

    Raises ConvError, with what the file holds, where there is none of this name.
    """
    if is_tensor(value) and not request.member:
        return _as_call(value)
    members = list(_members(value))
    tensors: dict[str, Member] = {}
    for member in members:
        known = tensors.get(member.path)
        if is_tensor(member.value) and (known is None or member.depth < known.depth):
            tensors[member.path] = member
    if not tensors:
        raise _without_tensors(value, members, request)
    named = next((one for one in members if one.path == request.member), None)
    if named is not None and request.member not in tensors and not _parts(named.value):
        rule = f"has no tensor of this name: it is {_kind(named.value)}"
        got = f"{request.path}:{request.member}"
        raise request.refusal("array.member", rule, got=got, fields=_class_of(named.value))
    name = chosen_member(
        request, list(tensors), lambda path: shape_of(tensors[path].value), kind="tensors"
    )
    if sum(one.path == name and is_tensor(one.value) for one in members) > 1:
        request.say(f"several tensors have this dotted name; the least nested one is read: {name}")
    return _as_call(tensors[name].value)


def _members(value: Any) -> Iterator[Member]:
    """Every value inside, in the order of the file; a container comes before its parts."""
    left = MOST_VALUES
    waiting = [Member("", value, 0)]
    while waiting and left:
        member = waiting.pop()
        left -= 1
        if member.depth:
            yield member
        if member.depth < DEEPEST and not is_tensor(member.value):
            waiting += [
                Member(f"{member.path}.{key}" if member.path else key, part, member.depth + 1)
                for key, part in reversed(_parts(member.value)[:left])
            ]


def _parts(value: Any) -> list[tuple[str, Any]]:
    """The keys and values of a container; none of other values."""
    if isinstance(value, Mapping):
        return [
            (str(key), part)
            for key, part in value.items()
            if isinstance(key, str) or abs(key) < MOST_KEY
        ]
    if isinstance(value, list | tuple) and not isinstance(value, Call):
        return [(str(i), part) for i, part in enumerate(value)]
    return []


def _without_tensors(value: Any, members: Sequence[Member], request: ArrayRequest) -> Exception:
    """The error of a file that holds no tensor, with what it holds."""
    if isinstance(value, Call):
        rule = f"holds {_kind(value)}; the code of its class is not run"
        hint = "Save its numbers: torch.save(model.state_dict(), ...)."
        return refusal(request.name, rule, hint, fields=_class_of(value))
    if not members:
        return refusal(request.name, f"holds {_kind(value)} and no tensor")
    top = [member for member in members if member.depth == 1][:MEMBERS_LISTED]
    fields: dict[str, str] = {}
    parts = []
    for i, member in enumerate(top):
        fields |= {f"m{i}": shortened(member.path, LONGEST_NAME)}
        fields |= {f"class{i}": text for text in _class_of(member.value).values()}
        parts.append(f"{{m{i}}} ({_kind(member.value, str(i))})")
    return refusal(request.name, f"holds no tensor, but {', '.join(parts)}", fields=fields)


def _kind(value: Any, number: str = "") -> str:
    """What a value is, in words; the class of an object is the field `class` and the number."""
    if isinstance(value, Call):
        return f"an object of the class {{class{number}}}" if value.path else "an object"
    if isinstance(value, Mapping | list | tuple) and not value:
        return f"an empty {type(value).__name__}"
    name = {"NoneType": "None", "Name": "a class"}.get(type(value).__name__, type(value).__name__)
    article = "" if name in ("None", "a class") else "an " if name[0] in "aeiou" else "a "
    return article + name


def _class_of(value: Any) -> dict[str, str]:
    return {"class": value.path} if isinstance(value, Call) and value.path else {}


def _as_call(value: Any) -> Call:
    found: Call = value
    return found
