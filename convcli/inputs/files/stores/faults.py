"""The errors of chunks that are missing or damaged: each names the store and the key."""

from __future__ import annotations

from convcli.errors import ConvError
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.zarr_metadata import refusal

CUT = "cannot be decoded: it was cut short or changed"


def missing(place: StorePlace, key: str, inside: tuple[int, ...] | None = None) -> ConvError:
    """The error of a chunk that is not there."""
    what = "chunk" if inside is None else f"chunk {inside} of the shard"
    rule = f"has no {what} {{key}}: Zarr would read it as the fill value"
    hint = "If that is what it means, add `missing` fill."
    fields = {"key": place.key(key)}
    return refusal("store.missing", place, rule, hint=hint, fields=fields)


def damaged(place: StorePlace, key: str, how: str) -> ConvError:
    """The error of a chunk that cannot be what it should be."""
    rule = f"has a damaged chunk: {{key}} {how}"
    return refusal("store.damaged", place, rule, fields={"key": place.key(key)})
