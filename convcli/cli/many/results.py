"""Where the results of --each go: one file each, none in the place of another or of an input."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from convcli.cli.app.each import EachOptions
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError, printable, shortened
from convcli.inputs.files.formats import suffix_of
from convcli.inputs.files.many import Found, InputFile, files_of
from convcli.report.spelling.plurals import count_of

# Raises ConvError where a command cannot write its result into a file of that name.
Check = Callable[[str], None]

NAME = "result"  # of a file that stands for all
NO_NAMES = '/\\:*?"<>|'  # characters that no name of a file has on every system


class Suffixes(NamedTuple):
    """The suffix of a result: that of its input, where it is `kept` and can be written.

    Otherwise it is `usual`.
    """

    usual: str
    kept: bool = False


class Task(NamedTuple):
    """An input, and the file of its result."""

    file: InputFile
    result: str


def tasks_of(
    options: EachOptions, force: bool, streams: Streams, check: Check, suffixes: Suffixes
) -> list[Task]:
    """What is to be done, with the folders for it.

    A result has the suffix of --out-suffix, else what `suffixes` says. Raises ConvError, before
    anything is computed, where a result would take the place of another, of an input, or, without
    --force, of a file that exists.
    """
    folder = options.out_dir
    if not folder:
        rule = "is required for `each`"
        raise ConvError("out_dir.missing", rule, parameter="out_dir", hint="Like `out_dir` out.")
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise ConvError(
            "output.folder", "is no folder", parameter="out_dir", got=folder, kind="write"
        )
    chosen = _chosen(options.out_suffix, check)
    usual = chosen or suffixes.usual
    found = files_of(options.each, folder)
    _require_files(found)
    owns = [file.place[len(file.place) - len(suffix_of(file.place)) :] for file in found.files]
    kept = {own for own in set(owns) if suffixes.kept and not chosen and _admits(check, own)}
    changed = sorted({*owns} - kept) if not chosen else []
    if changed:
        check(NAME + suffixes.usual)
    tasks = [
        Task(file, os.path.join(folder, _place(file, own, own if own in kept else usual)))
        for file, own in zip(found.files, owns, strict=True)
    ]
    _note_left_out(found, folder, streams)
    if changed and suffixes.kept:
        rest = f"files are written as {usual}; --out-suffix chooses another"
        streams.note(f"results of {', '.join(changed)} {rest}")
    todo = [task for task in tasks if task.file.fault is None]
    _require_distinct(todo)
    if not force:
        _require_free(todo)
    _make_folders([folder, *(os.path.dirname(task.result) for task in todo)])
    return tasks


def _require_files(found: Found) -> None:
    """Raises ConvError where no entry is a file, or one is no file of any kind."""
    faults = [file.fault for file in found.files if file.fault is not None]
    wrong = [fault for fault in faults if fault.kind == "request"]
    if wrong or len(faults) == len(found.files):
        raise (wrong or faults)[0]


def _chosen(text: str | None, check: Check) -> str | None:
    if text is None:
        return None
    suffix = text if text.startswith(".") else f".{text}"
    if len(suffix) == 1 or any(mark in suffix for mark in ("/", os.sep)):
        rule = "must be the end of a file's name, like .npy"
        raise ConvError("out_suffix.name", rule, parameter="out_suffix", got=text)
    try:
        check(NAME + suffix)
    except ConvError as error:
        if error.code != "output.suffix":
            raise
        raise ConvError(error.code, error.rule, parameter="out_suffix", got=text) from None
    return suffix


def _place(file: InputFile, own: str, suffix: str) -> str:
    """The path of a result below the folder: that of its input, with the member and the suffix."""
    stem = file.place[: len(file.place) - len(own)]
    if file.member:
        stem += "." + "".join("_" if mark in NO_NAMES else mark for mark in file.member)
    return stem + suffix


def _admits(check: Check, suffix: str) -> bool:
    try:
        check(NAME + suffix)
    except ConvError as error:
        if error.kind == "package":
            raise
        return False
    return True


def _note_left_out(found: Found, folder: str, streams: Streams) -> None:
    if found.of_results:
        files = count_of(found.of_results, "file", "files")
        streams.note(f"{files} in {printable(shortened(folder))} left out: it holds the results")
    if found.unreadable:
        files = count_of(found.unreadable, "file", "files")
        streams.note(f"{files} of folders left out: the suffix is of no array")
    if found.folders:
        folders = count_of(found.folders, "folder", "folders")
        streams.note(f"{folders} inside left out: a pattern like FOLDER/** reads their files")


def _key(path: str) -> str:
    """Equal for two names of one file."""
    key = os.path.normcase(os.path.realpath(path))
    return key.casefold() if sys.platform == "darwin" else key


def _require_distinct(tasks: Sequence[Task]) -> None:
    inputs = {_key(task.file.path): task.file for task in tasks}
    results: dict[str, InputFile] = {}
    for task in tasks:
        key = _key(task.result)
        if key in inputs:
            raise ConvError(
                "each.input",
                "the result {result!r} would take the place of the input {input!r}",
                parameter="out_dir",
                hint="Choose another folder, or another suffix with `out_suffix`.",
                fields={"result": task.result, "input": inputs[key].path},
            )
        if key in results:
            raise ConvError(
                "each.twice",
                "{first!r} and {second!r} have the same result, {result!r}",
                parameter="each",
                hint="Write them as one pattern, which keeps their folders, or use two folders.",
                fields={
                    "first": results[key].text,
                    "second": task.file.text,
                    "result": task.result,
                },
            )
        results[key] = task.file


def _require_free(tasks: Sequence[Task]) -> None:
    there = [task.result for task in tasks if os.path.lexists(task.result)]
    if there:
        rule = f"{len(there)} of {len(tasks)} results exist already"
        raise ConvError(
            "output.exists",
            rule,
            parameter="out_dir",
            got=there[0],
            hint="Overwrite with `force`.",
            kind="write",
        )


def _make_folders(folders: Sequence[str]) -> None:
    for folder in dict.fromkeys(folders):
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            rule = f"the folder cannot be made: {error.strerror or type(error).__name__}"
            raise ConvError(
                "output.folder", rule, parameter="out_dir", got=folder, kind="write"
            ) from None
        if not os.access(folder, os.W_OK):
            rule = "nothing can be written to this folder"
            raise ConvError("output.folder", rule, parameter="out_dir", got=folder, kind="write")
