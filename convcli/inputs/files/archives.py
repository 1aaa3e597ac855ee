"""Zip archives: their members' sizes are known, and admitted, before anything is unpacked."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import IO, Any

from convcli.engine.arrays import Array
from convcli.errors import ConvError
from convcli.inputs.files.admission import BYTES_OF_DIRECTORY, Admit, Metered, with_places
from convcli.inputs.files.boundary import library
from convcli.inputs.files.members import chosen_member
from convcli.inputs.files.npy import read_npy, read_npy_header
from convcli.inputs.files.request import ArrayRequest

COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)


def read_npz(request: ArrayRequest) -> Array:
    """The array `member` of an .npz file, or its only array.

    Raises ConvError of kind "data" where the file is damaged or holds no such array.
    """
    name, refuse = request.name, partial(request.refusal, "npz.format")
    with request.open() as stream:
        archive = Archive(stream, "an .npz file", refuse, request.admit)
        members = [entry.removesuffix(".npy") for entry in archive.names if entry.endswith(".npy")]
        chosen = chosen_member(request, members, partial(_shape, archive, name), code="npz.member")
        try:
            with archive.open(f"{chosen}.npy") as entry:
                return read_npy(entry, name, admit=request.admit)
        except ConvError as error:
            if error.kind != "data":
                raise
            raise error.with_place(got=f"{request.path}:{chosen}") from None


def _shape(archive: Archive, name: str, member: str) -> Sequence[int] | None:
    """The shape of a member; None where its header is damaged, or too large to look at."""
    try:
        with archive.open(f"{member}.npy") as entry:
            return read_npy_header(entry, name)[2]
    except ConvError:
        return None


class Archive:
    """A zip archive, open for reading.

    `kind` says what the file ought to be, `refuse` makes the error of a rule that it breaks.
    """

    def __init__(
        self, stream: IO[bytes], kind: str, refuse: Callable[[str], ConvError], admit: Admit
    ) -> None:
        self.kind, self.refuse = kind, refuse
        metered: Any = Metered(with_places(stream, admit), admit, BYTES_OF_DIRECTORY)
        with library(refuse(f"is damaged, or not {kind}: it is no zip archive")):
            self._zip = zipfile.ZipFile(metered)
            self.names = self._zip.namelist()

    def size(self, member: str) -> int:
        """The bytes of a member once it is unpacked, as the archive declares them."""
        return self._zip.getinfo(member).file_size

    @contextmanager
    def open(self, member: str) -> Iterator[IO[bytes]]:
        """A member as a stream. Raises ConvError where it is damaged or packed in another way."""
        compression = self._zip.getinfo(member).compress_type
        if compression not in COMPRESSIONS:
            rule = f"is compressed by method {compression}; stored, deflated and bzip2 are read"
            raise self.refuse(rule)
        with self._explained():
            stream = self._zip.open(member)
        member_stream: Any = _Member(stream, self)
        with stream:
            yield member_stream

    def _explained(self) -> Any:
        return library(self.refuse(f"is damaged, or not {self.kind}"))


class _Member:
    """A member as a stream; what zipfile raises is explained."""

    def __init__(self, stream: IO[bytes], archive: Archive) -> None:
        self._stream, self._archive = stream, archive

    def read(self, size: int) -> bytes:
        with self._archive._explained():
            return self._stream.read(size)

    def readinto(self, buffer: memoryview) -> int:
        with self._archive._explained():
            return self._stream.readinto(buffer)  # type: ignore[attr-defined, no-any-return]
