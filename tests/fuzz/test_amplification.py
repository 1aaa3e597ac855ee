"""Small files that stand for much: what they take stays near their size, in memory and in time."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable

import pytest

from tests.fuzz.case import Case, packed
from tests.fuzz.driver import Workers
from tests.fuzz.test_trust_rows import ONE, PEAK, RUN, SHAPE, refused

EQUAL_HASH = 2**61 - 1  # multiples of it are one hash for Python
LONG_KEY = b"a" * 100_000
ROOM = ("--max-memory", "256M")


def _torch_archive(pickle: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", pickle)
        archive.writestr("archive/version", "3\n")
    return stream.getvalue()


def _text(text: bytes) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text


def _numbered(line: bytes) -> bytes:
    return b"".join(line % (i * EQUAL_HASH) for i in range(40_000))


_TENSOR = b"ctorch._utils\n_rebuild_tensor_v2\n)R"
PICKLES: dict[str, Callable[[], bytes]] = {
    "long-key": lambda: b"}" + _text(LONG_KEY) + b"(" + b"N" * 20_000 + b"ts",
    "long-key-of-tensors": lambda: b"}" + _text(LONG_KEY) + b"(" + _TENSOR * 2_000 + b"ts",
    "keys-of-one-hash": lambda: b"}(" + _numbered(b"L%dL\nN") + b"u",
    "places-of-one-hash": lambda: b"N" + _numbered(b"p%d\n"),
    "shared-arguments": lambda: b"](" + b"N" * 20_000 + b"tq\x00("
        + b"ca\nb\nh\x00R" * 5_000 + b"e",
    "shared-name": lambda: b"](" + _text(LONG_KEY) + b"q\x00" + b"h\x00h\x00\x93" * 5_000 + b"e",
}  # fmt: skip


@pytest.mark.parametrize("name", PICKLES)
def test_a_pickle_takes_what_it_holds(name: str, workers: Workers) -> None:
    data = _torch_archive(b"\x80\x02" + PICKLES[name]() + b".")
    refused(Case((*RUN, "x.pt", ONE, *ROOM), packed("x.pt", data), peak=PEAK), workers, 3)


KEYS = "".join(f", {i * EQUAL_HASH}: 1" for i in range(20_000))
REPEATED = "100000 x ReLU()"
LISTS: dict[str, tuple[str, str]] = {
    "keys-of-one-hash": ("m.yaml", f"- {{layer: ReLU(){KEYS}}}"),
    "repeats": ("m.txt", f"{REPEATED}\n" * 100),
    "repeats-in-json": ("m.json", json.dumps([REPEATED] * 100)),
    "repeats-in-records": ("m.json", json.dumps([{"a": REPEATED}] * 100)),
    "repeats-in-yaml": ("m.yaml", f"- {REPEATED}\n" * 100),
    "repeats-in-toml": ("m.toml", f"layers = {[REPEATED] * 100}"),
    "repeats-in-a-print": ("m.txt", "Sequential(\n" + "".join(
        f"  ({i}00000-{i}99999): 100000 x ReLU()\n" for i in range(1, 30)) + ")"),
    "long-name": ("m.txt", f"{'a' * 50_000}: {REPEATED}"),
    "long-names-in-json": ("m.json", json.dumps([{"a" * 50_000: REPEATED}])),
    "long-names-in-a-print": ("m.txt", f"Sequential(\n  ({'a' * 50_000}): Sequential(\n"
        f"    (0-99999): {REPEATED}\n  )\n)"),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_what_it_holds(name: str, workers: Workers) -> None:
    file, text = LISTS[name]
    needs = ("yaml",) if file.endswith("yaml") else ()
    pytest.importorskip("yaml" if needs else "json")
    refused(Case(("stack", file, SHAPE), packed(file, text), needs=needs, peak=PEAK), workers, 3)


@pytest.mark.parametrize("sources", [(REPEATED,), (REPEATED,) * 9, ("m.txt",) * 9])
def test_layers_that_repeat_are_admitted(sources: tuple[str, ...], workers: Workers) -> None:
    case = Case(("stack", *sources, SHAPE, "--max-memory", "64M"), packed("m.txt", REPEATED))
    refused(case._replace(peak=PEAK), workers, 4)
