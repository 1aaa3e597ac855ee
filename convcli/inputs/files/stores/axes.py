"""Which axes of a stored array are images, channels and space, by their names or their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError, shortened

CHANNEL = "c"
ALIASES = {
    "d": "z", "h": "y", "w": "x", "l": "x", "time": "t", "channel": "c", "channels": "c",
    "batch": "n", "depth": "z", "height": "y", "width": "x", "b": "n",
}  # fmt: skip
KNOWN = frozenset("ntczyx")
SPATIAL = "zyx"
TORCH_ORDER = "nczyx"


class StoredAxes(NamedTuple):
    """The axes of a stored array as those of a layer: (*batch, C, *spatial).

    `names` has the name of each stored axis. The others are places in it: those of the images, of
    the channels (None where it has none), and of the spatial axes in torch's order.
    """

    names: tuple[str, ...]
    batch: tuple[int, ...]
    channel: int | None
    spatial: tuple[int, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """The stored axes in the order of the layer, without a channel axis where there is none."""
        channel = () if self.channel is None else (self.channel,)
        return (*self.batch, *channel, *self.spatial)

    def of_layer(self, stored: Sequence[Any], channel: Any = 1) -> tuple[Any, ...]:
        """An entry for each axis of the layer, from those of the stored axes.

        `channel` is the entry of a channel axis that is not stored.

        >>> axes_of("yxc", 2).of_layer((512, 640, 3))
        (3, 512, 640)
        """
        middle = channel if self.channel is None else stored[self.channel]
        ends = ([stored[axis] for axis in part] for part in (self.batch, self.spatial))
        first, last = ends
        return (*first, middle, *last)

    def of_store(self, entries: Sequence[Any]) -> tuple[Any, ...]:
        """The inverse: an entry for each stored axis, from those of the layer."""
        kept = list(entries)
        if self.channel is None:
            del kept[len(self.batch)]
        stored = [None] * len(self.names)
        for axis, entry in zip(self.order, kept, strict=True):
            stored[axis] = entry
        return tuple(stored)

    def array_of_layer(self, array: Array) -> Array:
        """A stored array, or a box of it, as (*batch, C, *spatial)."""
        ordered = array.transpose(self.order)
        if self.channel is not None:
            return ordered
        at = len(self.batch)
        return ordered.reshape(*ordered.shape[:at], 1, *ordered.shape[at:])

    def array_of_store(self, array: Array) -> Array:
        """The inverse of `array_of_layer`."""
        if self.channel is None:
            at = len(self.batch)
            array = array.reshape(*array.shape[:at], *array.shape[at + 1 :])
        places = sorted(range(len(self.order)), key=self.order.__getitem__)
        return array.transpose(places)

    def of_output(self, channels: int) -> StoredAxes:
        """The axes of the output: several channels need an axis, which stands before the space."""
        if self.channel is not None or channels == 1:
            return self
        at = min(self.spatial)
        batch, spatial = (
            tuple(axis + (axis >= at) for axis in part) for part in (self.batch, self.spatial)
        )
        return StoredAxes((*self.names[:at], CHANNEL, *self.names[at:]), batch, at, spatial)


def axes_of(names: Sequence[str], rank: int, name: str = "X") -> StoredAxes:
    """The roles of named axes for a layer of `rank` spatial axes.

    The layer runs along the last `rank` of z, y, x; c has the channels; all others are images.
    Raises ConvError where an axis of the layer is missing, or a name stands twice.
    """
    plain = list(map(_plain, names))
    if len(set(plain)) < len(plain):
        rule = "must name each axis once"
        raise ConvError("axes.twice", rule, parameter="axes", got=",".join(names))
    wanted = SPATIAL[-rank:]
    if rank == 1 and "x" not in plain and "t" in plain:
        wanted = "t"
    missing = [letter for letter in wanted if letter not in plain]
    if missing:
        needs = f"needs the axes {', '.join(wanted)} for a layer of {rank} spatial axes"
        got = "".join(names) if all(len(each) == 1 for each in names) else ",".join(names)
        hint = (
            f"Name the axes of the store in its order with `axes`, like {TORCH_ORDER[-rank - 1 :]}."
        )
        raise ConvError("axes.spatial", needs, parameter=name, got=got, hint=hint)
    spatial = tuple(plain.index(letter) for letter in wanted)
    channel = plain.index(CHANNEL) if CHANNEL in plain else None
    batch = tuple(axis for axis in range(len(plain)) if axis not in spatial and axis != channel)
    return StoredAxes(tuple(names), batch, channel, spatial)


def parse_axes(text: str) -> tuple[str, ...]:
    """`tczyx`, or names with commas between. Raises ConvError where one is empty or no name.

    >>> parse_axes("tczyx"), parse_axes("time,y,x")
    (('t', 'c', 'z', 'y', 'x'), ('time', 'y', 'x'))
    """
    names = tuple(part.strip() for part in text.split(",")) if "," in text else tuple(text.strip())
    if not names or not all(each.isidentifier() for each in names):
        rule = "must be a letter for each axis of the store, like tczyx"
        raise ConvError("axes.spelling", rule, parameter="axes", got=text)
    return names


def images_note(requested: Sequence[str]) -> str | None:
    """The note on requested axes with unknown names, which are read as images.

    >>> images_note(("q", "y", "x"))
    '--axes: q is none of n, t, c, z, y, x: each of its cells is an image'
    >>> images_note(("time", "y", "x"))
    """
    unknown = [name for name in requested if _plain(name) not in KNOWN]
    if not unknown:
        return None
    named, (are, their) = shortened(", ".join(unknown)), ("is", "its")
    if len(unknown) > 1:
        are, their = "are", "their"
    return f"--axes: {named} {are} none of n, t, c, z, y, x: each of {their} cells is an image"


def requested_axes(
    requested: tuple[str, ...] | None,
    named: tuple[str, ...] | None,
    shape: Sequence[int],
    rank: int,
) -> StoredAxes:
    """The axes of an array: as requested, as its metadata names them, or as torch orders them.

    Raises ConvError where the array has more axes than torch's order, and nothing names them.
    """
    count = len(shape)
    if requested is not None:
        if len(requested) != count:
            rule = f"names {len(requested)} axes, but the array has {count}: {Shape(shape)}"
            got = "".join(requested)
            raise ConvError("axes.count", rule, parameter="axes", got=got)
        return axes_of(requested, rank)
    if rank == 0:  # the array as it is stored
        return StoredAxes(tuple(f"axis{i}" for i in range(count)), tuple(range(count)), None, ())
    if named is not None and len(named) == count:
        return axes_of(named, rank)
    if not rank <= count <= rank + 2:
        rule = (
            f"has {count} axes, of which nothing in the store says what they are; a layer of "
            f"{rank} spatial {'axis' if rank == 1 else 'axes'} takes {rank} to {rank + 2}"
        )
        letters = "tnczyx"[-count:] if count <= 6 else ""
        hint = f"Name them with `axes`, like {letters or 'tczyx'}."
        raise ConvError("axes.unknown", rule, parameter="X", got=Shape(shape), hint=hint)
    letters = TORCH_ORDER[:2] + SPATIAL[-rank:]
    return axes_of(letters[-count:], rank)


def require_same_names(requested: Sequence[str], names: Sequence[str]) -> None:
    """Raises ConvError where `--axes` contradicts the axes that the metadata of an image names.

    Names that mean nothing here can be replaced.
    """
    pairs = zip(requested, names, strict=False)
    if any(_plain(name) in KNOWN and asked.lower() != name.lower() for asked, name in pairs):
        rule = f"contradicts the image, whose axes are {', '.join(names)}"
        hint = "Leave it out: an image of OME-Zarr names its axes."
        got = ("" if all(len(each) == 1 for each in requested) else ",").join(requested)
        raise ConvError("axes.image", rule, parameter="axes", got=got, hint=hint)


def _plain(name: str) -> str:
    """The letter of an axis, where it has one."""
    return ALIASES.get(name.lower(), name.lower())


def known_names(names: Any, count: int) -> tuple[str, ...] | None:
    """The names of axes in metadata, if each is one that we know; else None.

    >>> known_names(["time", "y", "x"], 3), known_names(["dim_0", "x"], 2)
    (('time', 'y', 'x'), None)
    """
    if not isinstance(names, list | tuple) or len(names) != count:
        return None
    if not all(isinstance(each, str) for each in names):
        return None
    plain = list(map(_plain, names))
    return tuple(names) if set(plain) <= KNOWN and len(set(plain)) == count else None
