"""What the metadata of a Zarr array declares, checked before any library acts on it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import INT64_MAX
from convcli.errors import ConvError, printable, shortened
from convcli.inputs.files.stores.places import StorePlace

MOST_METADATA = 16 * 2**20  # bytes of a document
MOST_AXES = 32
UNREADABLE = "is damaged: what describes its numbers cannot be read"
# Codecs that decode numbers. Others run code (pickle), hold objects, or are of unknown packages.
PACKING = {"zlib", "gzip", "bz2", "lzma", "blosc", "zstd", "lz4"}
FILTERS = {
    "shuffle", "delta", "fixedscaleoffset", "packbits", "bitround", "quantize", "astype", "crc32",
    "crc32c", "adler32", "fletcher32", "jenkins_lookup3",
}  # fmt: skip
CODECS = {"bytes", "endian", "transpose", "sharding_indexed", "crc32c", "zstd", "blosc", "gzip"}
INDEX_CODECS = {"bytes", "endian", "crc32c"}


class ArrayMetadata(NamedTuple):
    """An array: `chunk` is what is decoded at once, `shard` the object that holds several, or None.

    `packing` are the compressors, outermost last; `names` those of the axes, or None.
    """

    format: int
    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    shard: tuple[int, ...] | None
    packing: tuple[str, ...]
    names: tuple[str, ...] | None
    attributes: Mapping[str, Any]
    index_checksum: bool = True
    index_at_start: bool = False

    @property
    def unit(self) -> tuple[int, ...]:
        """The shape of an object of the store."""
        return self.shard or self.chunk

    @property
    def chunks_of_unit(self) -> tuple[int, ...]:
        """The chunks of an object along each axis."""
        return tuple(n // m for n, m in zip(self.unit, self.chunk, strict=True))

    @property
    def index_bytes(self) -> int:
        """The bytes of the index of a shard."""
        return 16 * prod(self.chunks_of_unit) + 4 * self.index_checksum


def refusal(code: str, place: StorePlace, rule: str, **details: Any) -> ConvError:
    """The error of a store that breaks a rule."""
    return ConvError(code, rule, parameter="X", got=place.text, kind="data", **details)


def parse_document(data: bytes, place: StorePlace) -> dict[str, Any]:
    """A metadata document. Raises ConvError where it is no JSON object, or too long."""
    if len(data) > MOST_METADATA:
        rule = f"has {len(data)} bytes of metadata; at most {MOST_METADATA} are read"
        raise refusal("store.format", place, rule)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise refusal("store.format", place, "has metadata that is no JSON object")
    return document


def array_metadata(
    document: Mapping[str, Any], attributes: Mapping[str, Any], place: StorePlace
) -> ArrayMetadata:
    """The array of a zarr.json or .zarray. Raises ConvError where it declares what is not read."""
    shape = _sizes(document.get("shape"), "shape", place, least=0)
    if document.get("zarr_format") == 2:
        return _format_2(document, attributes, shape, place)
    grid = document.get("chunk_grid")
    chunk = _sizes(_configured(grid).get("chunk_shape"), "chunk", place, len(shape))
    if _name(grid) != "regular":
        raise refusal("store.format", place, "has chunks of unequal sizes, which are not read")
    own = document.get("attributes")
    metadata = ArrayMetadata(
        3, shape, chunk, None, (), _names(document.get("dimension_names"), len(shape)),
        own if isinstance(own, dict) else {},
    )  # fmt: skip
    codecs = document.get("codecs")
    return _with_codecs(metadata, codecs if isinstance(codecs, list) else [], place)


def _format_2(
    document: Mapping[str, Any],
    attributes: Mapping[str, Any],
    shape: tuple[int, ...],
    place: StorePlace,
) -> ArrayMetadata:
    chunk = _sizes(document.get("chunks"), "chunk", place, len(shape))
    filters = document.get("filters") or []
    for each in filters if isinstance(filters, list) else [filters]:
        _require_known(_id(each), FILTERS | PACKING - {"blosc"}, place)
    compressor = document.get("compressor")
    packing: tuple[str, ...] = ()
    if compressor is not None:
        _require_known(_id(compressor), PACKING | FILTERS, place)
        packing = (_id(compressor),)
    names = _names(attributes.get("_ARRAY_DIMENSIONS"), len(shape))
    return ArrayMetadata(2, shape, chunk, None, packing, names, attributes)


def _with_codecs(
    metadata: ArrayMetadata, codecs: Sequence[Any], place: StorePlace
) -> ArrayMetadata:
    """The array with its codecs; those of a shard are inside its codec."""
    packing: list[str] = []
    for codec in codecs:
        name = _name(codec)
        plain = name.removeprefix("numcodecs.")
        if "blosc" in packing and name != "crc32c":
            raise refusal("store.codec", place, "packs what blosc made again, which is not read")
        known = CODECS | ({f"numcodecs.{each}" for each in PACKING | FILTERS})
        _require_known(name, known, place)
        if plain in PACKING | {"crc32c"}:
            packing.append(plain)
        if name == "sharding_indexed":
            return _sharded(metadata, codec, codecs, place)
    return metadata._replace(packing=tuple(packing))


def _sharded(
    metadata: ArrayMetadata, codec: Any, codecs: Sequence[Any], place: StorePlace
) -> ArrayMetadata:
    inside = _configured(codec)
    if len(codecs) != 1 or metadata.shard is not None:
        raise refusal("store.format", place, "has shards inside other codecs, which are not read")
    chunk = _sizes(inside.get("chunk_shape"), "chunk", place, len(metadata.shape))
    if any(shard % step for shard, step in zip(metadata.chunk, chunk, strict=True)):
        raise refusal("store.format", place, "has shards that are not whole chunks")
    index = [_name(each) for each in inside.get("index_codecs") or []]
    for name in index:
        _require_known(name, INDEX_CODECS, place)
    order = [_configured(each).get("endian") for each in inside.get("index_codecs") or []]
    if "big" in order:
        raise refusal(
            "store.format", place, "has shards whose index is big-endian, which is not read"
        )
    sharded = metadata._replace(
        chunk=chunk,
        shard=metadata.chunk,
        index_checksum="crc32c" in index,
        index_at_start=inside.get("index_location") == "start",
    )
    return _with_codecs(sharded, inside.get("codecs") or [], place)


def _require_known(name: str, known: set[str], place: StorePlace) -> None:
    if name not in known:
        rule = "uses the codec {codec!r}, which is not read: codecs of numbers are " + ", ".join(
            sorted(PACKING | {"crc32c", "sharding_indexed"})
        )
        raise refusal("store.codec", place, rule, fields={"codec": name})


def _sizes(
    value: Any, what: str, place: StorePlace, count: int | None = None, least: int = 1
) -> tuple[int, ...]:
    fits = isinstance(value, list) and len(value) <= MOST_AXES
    fits = fits and (count is None or len(value) == count)
    if not fits or not all(type(n) is int and least <= n <= INT64_MAX for n in value):
        rule = f"declares a {what} that is none: {{value}}"
        raise refusal(
            "store.format", place, rule, fields={"value": printable(shortened(str(value), 80))}
        )
    return tuple(value)


def _name(codec: Any) -> str:
    name = codec.get("name") if isinstance(codec, dict) else codec
    return name if isinstance(name, str) else str(type(name).__name__)


def _id(codec: Any) -> str:
    name = codec.get("id") if isinstance(codec, dict) else codec
    return name if isinstance(name, str) else str(type(name).__name__)


def _configured(codec: Any) -> Mapping[str, Any]:
    found = codec.get("configuration") if isinstance(codec, dict) else None
    return found if isinstance(found, dict) else {}


def _names(value: Any, count: int) -> tuple[str, ...] | None:
    fits = isinstance(value, list) and len(value) == count
    return tuple(value) if fits and all(isinstance(each, str) for each in value) else None
