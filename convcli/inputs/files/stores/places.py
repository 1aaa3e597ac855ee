"""Where a store is: the folder or the URL of its root, and the path of a node inside."""

from __future__ import annotations

import json
import os
import re
from typing import Any, NamedTuple

from convcli.errors import ConvError

STORAGE_OPTIONS = "CONVCLI_STORAGE_OPTIONS"  # of fsspec, as a JSON object
SUFFIXES = (".zarr", ".n5")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://(.*)", re.DOTALL)
_METADATA = ("zarr.json", ".zarray", ".zgroup", "attributes.json")
_SECRET = re.compile(r"(?<=://)[^/@\s]*@|(?<=\?).*")


class StorePlace(NamedTuple):
    """`root` is a folder, or a URL where `is_url`; `inner` the path of a node in it."""

    root: str
    inner: str
    is_url: bool = False

    @property
    def text(self) -> str:
        """As the user writes it, without a password or a signature of its URL."""
        return hidden("/".join(filter(None, (self.root, self.inner))))

    def at(self, inner: str) -> StorePlace:
        """A node inside this one."""
        return self._replace(inner="/".join(filter(None, (self.inner, inner))))

    def key(self, key: str) -> str:
        """The text of a key of the store, for messages."""
        return hidden(f"{self.root}/{key}")

    @property
    def suffix(self) -> str:
        """`.zarr`, `.n5` or nothing: what the name of the root says."""
        name = self.root.rstrip("/").lower()
        return next((each for each in SUFFIXES if name.endswith(each)), "")

    def overlaps(self, other: StorePlace) -> bool:
        """Whether one of two nodes lies inside the other, or is it."""
        first, second = ([*each._absolute().split("/")] for each in (self, other))
        least = min(len(first), len(second))
        return first[:least] == second[:least]

    def _absolute(self) -> str:
        root = self.root.rstrip("/") if self.is_url else os.path.realpath(self.root)
        return "/".join(filter(None, (root.replace(os.sep, "/"), self.inner)))


def hidden(text: str) -> str:
    """A URL without the name and password, and without the query, that it may hold.

    >>> hidden("s3://me:secret@bucket/x.zarr")
    's3://...@bucket/x.zarr'
    """
    return _SECRET.sub(lambda part: "...@" if part[0].endswith("@") else "...", text)


def store_place(text: str, parameter: str) -> StorePlace | None:
    """The store that a text names: `X.zarr`, `X.zarr/0`, `X.n5/a`, `s3://bucket/X.zarr`; or None.

    A folder that holds the metadata of Zarr is one too, whatever its name. Raises ConvError for a
    path with `..` inside a store, and for a URL that no store has.
    """
    if "::" in text and "://" in text:
        rule = "is a chain of URLs, which is not followed"
        raise ConvError("store.url", rule, parameter=parameter, got=hidden(text))
    match = _URL.fullmatch(text)
    if match is not None and match[1].lower() == "file":
        text, match = "/" + match[2].lstrip("/"), None
    path = match[2] if match is not None else text.replace(os.sep, "/")
    parts = path.rstrip("/").split("/")
    at = next((i for i, part in enumerate(parts) if _is_named(part)), None)
    if at is None:
        if match is not None:
            is_file = "." in parts[-1]
            return None if is_file else _place(match[1], parts, len(parts) - 1, parameter, text)
        at = _root_of_metadata(text)
        if at is None:
            return None
    return _place(match[1] if match is not None else None, parts, at, parameter, text)


def names_store(text: str) -> bool:
    """Whether a text has the form of a store, by its suffix or as a URL.

    >>> names_store("Y.zarr"), names_store("s3://bucket/Y.zarr/0"), names_store("y.npy")
    (True, True, False)
    """
    parts = text.replace(os.sep, "/").split("/")
    return bool(_URL.fullmatch(text)) or any(map(_is_named, parts))


def _is_named(part: str) -> bool:
    """Whether a part of a path has the suffix of a store; a query may follow that of a URL."""
    return part.partition("?")[0].lower().endswith(SUFFIXES)


def looks_like_store(text: str) -> bool:
    """Whether a text names a store, or a part of one; wrong paths and URLs do too."""
    try:
        return store_place(text, "X") is not None
    except ConvError:
        return True


def _place(scheme: str | None, parts: list[str], at: int, parameter: str, text: str) -> StorePlace:
    root, inner = "/".join(parts[: at + 1]), [part for part in parts[at + 1 :] if part]
    if ".." in inner or "." in inner:
        rule = "has . or .. inside the store"
        raise ConvError("store.path", rule, parameter=parameter, got=hidden(text))
    url = f"{scheme}://{root}" if scheme is not None else root
    return StorePlace(url, "/".join(inner), scheme is not None)


def _root_of_metadata(path: str) -> int | None:
    """The part of a path that ends at the outermost folder of a store without a suffix."""
    parts = path.replace(os.sep, "/").rstrip("/").split("/")
    found = None
    for at in range(len(parts), 0, -1):
        folder = "/".join(parts[:at]) or "/"
        if any(os.path.isfile(os.path.join(folder, name)) for name in _METADATA):
            found = at - 1
        else:
            break
    return found


def storage_options(parameter: str) -> dict[str, Any]:
    """What the environment says of file systems. Raises ConvError where it is no JSON object."""
    text = os.environ.get(STORAGE_OPTIONS, "")
    if not text:
        return {}
    try:
        options = json.loads(text)
    except ValueError:
        options = None
    if not isinstance(options, dict):
        rule = f"{STORAGE_OPTIONS} must hold a JSON object, like {{example}}"
        fields = {"example": '{"anon": true}'}
        raise ConvError("store.options", rule, parameter=parameter, fields=fields)
    return options
