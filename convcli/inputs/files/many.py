"""Many files: what patterns, folders and names stand for, and where each lies below their folder.

Names are texts as the system gives them; those that are not UTF-8 hold lone surrogates.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from convcli.errors import ConvError
from convcli.inputs.files.formats import FORMATS, split_member, suffix_of
from convcli.inputs.text.generators import GENERATORS

ANY_FOLDERS = "**"  # in a pattern: any number of folders


class InputFile(NamedTuple):
    """A file of many: `text` is the ARRAY, `place` its path below the folder that they share.

    `member` is the part of `text` behind the path and a colon. `fault` is set where there is no
    such file.
    """

    text: str
    place: str
    member: str = ""
    fault: ConvError | None = None

    @property
    def path(self) -> str:
        """The path without the member."""
        return self.text[: -len(self.member) - 1] if self.member else self.text


class Found(NamedTuple):
    """The files of all entries, in the order of the entries, and what was left out."""

    files: list[InputFile]
    of_results: int = 0  # files of patterns that lie in the folder of the results
    unreadable: int = 0  # files of folders that have no suffix of an array
    folders: int = 0  # folders in folders


def files_of(entries: Sequence[str], results: str) -> Found:
    """The files that the entries stand for; each once.

    A path that exists is a file, or a folder, which stands for the files in it whose suffix is that
    of an array. Other entries are patterns: `*`, `?`, `[...]`, and `**` for any folders. Patterns
    and folders leave out hidden files, and those in `results` where they begin outside. `place` is
    relative to a pattern's part before its first wildcard, to the folder, or to the folder that all
    single files share.
    """
    single = [split_member(entry)[0] for entry in entries if not _is_many(entry)]
    shared = _shared_folder(single)
    files: dict[tuple[str, str], InputFile] = {}
    left_out = [0, 0, 0]
    for entry in entries:
        if not _is_many(entry):
            found: Iterable[InputFile] = [_single(entry, shared)]
        elif os.path.isdir(entry):
            found = _of_folder(entry, results, left_out)
        else:
            found = _of_pattern(entry, results, left_out)
        for file in found:
            files.setdefault((os.path.normcase(os.path.abspath(file.path)), file.member), file)
    return Found(list(files.values()), *left_out)


def _is_many(entry: str) -> bool:
    path = split_member(entry)[0]
    return os.path.isdir(path) or (not os.path.lexists(path) and glob.has_magic(path))


def _shared_folder(paths: Sequence[str]) -> str | None:
    """The folder that holds all these files; None where there is none."""
    try:
        there = (os.path.abspath(path) for path in paths if os.path.lexists(path))
        return os.path.commonpath([os.path.dirname(path) for path in there])
    except ValueError:  # none at all, or two drives
        return None


def _single(entry: str, shared: str | None) -> InputFile:
    path, member = split_member(entry)
    place = os.path.relpath(path, shared) if shared else os.path.basename(path)
    fault = None
    if not os.path.lexists(path):
        kind = entry.partition(":")[0]
        made = kind in GENERATORS or kind == "kernel"
        rule = "is no file" if made else "no such file"
        hint = "`each` takes what follows up to the next option: W stands before it."
        fault = ConvError(
            "each.missing" if made else "array.missing",
            rule,
            parameter="each",
            got=entry,
            hint=hint if made else None,
            kind="request" if made else "data",
        )
    return InputFile(entry, place, member, fault)


def _of_folder(folder: str, results: str, left_out: list[int]) -> Iterator[InputFile]:
    names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    count = 0
    for name in names:
        path = os.path.join(folder, name)
        if os.path.isdir(path):
            left_out[2] += 1
        elif suffix_of(name) not in FORMATS:
            left_out[1] += 1
        elif _is_result(path, folder, results):
            left_out[0] += 1
        else:
            count += 1
            yield InputFile(path, name)
    if not count:
        yield _nothing(folder, "holds no file of an array")


def _of_pattern(entry: str, results: str, left_out: list[int]) -> Iterator[InputFile]:
    pattern, member = split_member(entry)
    base = pattern
    while glob.has_magic(base):
        base = os.path.dirname(base)
    count = 0
    for path in sorted(set(_matches(pattern))):
        if os.path.isdir(path):
            continue
        if _is_result(path, base, results):
            left_out[0] += 1
            continue
        count += 1
        text = f"{path}:{member}" if member else path
        yield InputFile(text, os.path.relpath(path, base or os.curdir), member)
    if not count:
        yield _nothing(entry, "has no matching file")


def _matches(pattern: str) -> Iterator[str]:
    """What a pattern stands for; `**` does not follow links, which may lead back."""
    pattern = pattern.replace(os.altsep, os.sep) if os.altsep else pattern
    if os.path.basename(pattern) == ANY_FOLDERS:
        pattern = os.path.join(pattern, "*")
    before, mark, after = f"{os.sep}{pattern}".partition(f"{os.sep}{ANY_FOLDERS}{os.sep}")
    if not mark:
        yield from glob.glob(pattern)
        return
    base = before[len(os.sep) :] or (os.sep if pattern.startswith(os.sep) else os.curdir)
    for root in glob.glob(base):
        for folder, folders, _ in os.walk(root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            inside = os.path.join(glob.escape(folder), "")
            yield from _matches(inside.removeprefix(os.path.join(os.curdir, "")) + after)


def _nothing(entry: str, rule: str) -> InputFile:
    fault = ConvError("each.none", rule, parameter="each", got=entry, kind="data")
    return InputFile(entry, entry, fault=fault)


def _is_result(path: str, base: str, results: str) -> bool:
    """Whether a file lies in the folder of the results, and the search began outside of it."""
    return _is_in(path, results) and not _is_in(base, results)


def _is_in(path: str, folder: str) -> bool:
    parts = (os.path.normcase(os.path.realpath(each)) for each in (path, folder))
    inner, outer = parts
    return inner == outer or inner.startswith(outer.rstrip(os.sep) + os.sep)
