"""A file of several arrays: which one is meant."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.errors import ConvError, shortened

MEMBERS_LISTED = 20  # in an error


def chosen_member(
    members: Sequence[str], member: str, name: str, path: str, code: str = "array.member"
) -> str:
    """The requested member, or the only one. Raises ConvError, with the members, for others."""
    chosen = member or (members[0] if len(members) == 1 else "")
    if chosen in members:
        return chosen
    listed = ", ".join(map(shortened, members[:MEMBERS_LISTED])) or "(none)"
    more = len(members) - MEMBERS_LISTED
    raise ConvError(
        code,
        f"holds the arrays {{members}}{f' and {more} more' if more > 0 else ''}",
        parameter=name,
        got=member or None,
        hint="Write {path}:{first}." if members else None,
        fields={"members": listed, "path": path, "first": next(iter(members), "")},
        kind="data",
    )
