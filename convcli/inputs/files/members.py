"""A file of several arrays: which one is meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from convcli.engine.geometry.shapes import Shape
from convcli.errors import shortened
from convcli.inputs.files.request import ArrayRequest

MEMBERS_LISTED = 12  # in an error
MEMBERS_COMPARED = 2000  # with a name that none of them has
LONGEST_NAME = 60  # characters of a name in the list

ShapeOf = Callable[[str], Sequence[int] | None]


def chosen_member(
    request: ArrayRequest,
    members: Sequence[str],
    shape_of: ShapeOf,
    *,
    code: str = "array.member",
    kind: str = "arrays",
) -> str:
    """The requested member, or the only one.

    Raises ConvError for others: it lists the members with their shapes, the nearest ones first.
    `shape_of` is asked for those that are listed alone.
    """
    wanted = request.member
    if wanted in members and (wanted or len(members) == 1):
        return wanted
    if not wanted and len(members) == 1:
        return members[0]
    nearest = nearest_first(members, wanted) if wanted else list(members)
    listed = nearest[:MEMBERS_LISTED]
    fields = {f"m{i}": shortened(name, LONGEST_NAME) or "''" for i, name in enumerate(listed)}
    parts = [f"{{m{i}}}{_size(shape_of(name))}" for i, name in enumerate(listed)]
    more = len(members) - len(listed)
    rest = f" and {more} more" if more else ""
    raise request.refusal(
        code,
        f"holds the {kind} {', '.join(parts)}{rest}" if listed else f"holds no {kind}",
        got=f"{request.path}:{wanted}" if wanted else None,
        hint="Write {path}:{first}." if listed else None,
        fields=fields | {"path": request.path, "first": next(iter(listed), "")},
    )


def nearest_first(members: Sequence[str], wanted: str) -> list[str]:
    """The members by how near their names are to a name.

    First those that end or begin with it.

    >>> nearest_first(["fc.bias", "conv1.bias", "net.conv1.weight"], "conv1.weight")[0]
    'net.conv1.weight'
    """

    def distance(name: str) -> tuple[bool, float]:
        part = name.endswith(f".{wanted}") or name.startswith(f"{wanted}.")
        alike = SequenceMatcher(None, wanted, name).ratio() if is_small else wanted in name
        return not part, -float(alike)

    is_small = len(members) <= MEMBERS_COMPARED and len(wanted) <= LONGEST_NAME * 2
    return sorted(members, key=distance)


def _size(shape: Sequence[int] | None) -> str:
    if shape is None:
        return ""
    return f" ({Shape(shape) if len(shape) else 'one number'})"
