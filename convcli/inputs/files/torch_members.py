"""The tensors inside what a file of torch.save holds: dicts, lists and tuples, nested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile
from typing import Any, NamedTuple

from convcli.errors import shortened
from convcli.inputs.files.members import LONGEST_NAME, MEMBERS_LISTED, chosen_member
from convcli.inputs.files.pickles import Call
from convcli.inputs.files.request import ArrayRequest
from convcli.inputs.files.torch_tensors import is_tensor, refusal, shape_of

MOST_VALUES = 200_000  # that are looked at: lists that share lists could be endless
DEEPEST = 32  # containers inside each other
MOST_CHARACTERS = 2**23  # of the paths of all tensors


class Member(NamedTuple):
    """A value inside, by its keys from outside in; `length` are the characters of its path."""

    keys: tuple[str, ...]
    value: Any
    length: int

    @property
    def depth(self) -> int:
        return len(self.keys)

    @property
    def path(self) -> str:
        """The dotted path: `model_state_dict.conv1.weight`, `layers.0`. Empty keys begin none."""
        return ".".join(dropwhile(lambda key: not key, self.keys))

    def is_at(self, path: str) -> bool:
        """Whether this is its path; without writing out paths of another length."""
        return self.length == len(path) and self.path == path


def chosen_tensor(value: Any, request: ArrayRequest) -> Call:
    """The tensor that is requested, or the only one.

    Raises ConvError, with what the file holds, where there is none of this name.
    """
    if is_tensor(value) and not request.member:
        return _as_call(value)
    members = list(_members(value))
    tensors = _by_path([one for one in members if is_tensor(one.value)], request.name)
    if not tensors:
        raise _without_tensors(value, members, request)
    named = next((one for one in members if one.is_at(request.member)), None)
    is_inside = named is not None and any(True for _ in _parts(named.value))
    if named is not None and request.member not in tensors and not is_inside:
        rule = f"has no tensor of this name: it is {_kind(named.value)}"
        got = f"{request.path}:{request.member}"
        raise request.refusal("array.member", rule, got=got, fields=_class_of(named.value))
    name = chosen_member(
        request, list(tensors), lambda path: shape_of(tensors[path].value), kind="tensors"
    )
    if sum(is_tensor(one.value) and one.is_at(name) for one in members) > 1:
        request.say(f"several tensors have this dotted name; the least nested one is read: {name}")
    return _as_call(tensors[name].value)


def _by_path(tensors: Sequence[Member], name: str) -> dict[str, Member]:
    """The tensors by their paths; of one path the least nested.

    Raises ConvError where the paths are too long in sum: tensors may share a long one.
    """
    if sum(one.length for one in tensors) > MOST_CHARACTERS:
        raise refusal(name, f"has names of tensors of more than {MOST_CHARACTERS} characters")
    found: dict[str, Member] = {}
    for member in tensors:
        path = member.path
        if path not in found or member.depth < found[path].depth:
            found[path] = member
    return found


def _members(value: Any) -> Iterator[Member]:
    """Every value inside, in the order of the file; a container comes before its parts."""
    left = MOST_VALUES
    above = [Member((), value, 0)]
    waiting = [_parts(value)]
    while waiting and left:
        key, part = next(waiting[-1], (None, None))
        if key is None:
            waiting.pop()
            above.pop()
            continue
        left -= 1
        outer = above[-1]
        length = outer.length + bool(outer.length) + len(key)
        member = Member((*outer.keys, key), part, length)
        yield member
        if member.depth < DEEPEST and not is_tensor(part):
            above.append(member)
            waiting.append(_parts(part))


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """The keys and values of a container; none of other values."""
    if isinstance(value, Mapping):
        yield from ((str(key), part) for key, part in value.items())
    elif isinstance(value, list | tuple) and not isinstance(value, Call):
        yield from ((str(i), part) for i, part in enumerate(value))


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
