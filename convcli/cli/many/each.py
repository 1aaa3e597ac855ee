"""`--each`: one layer over many files in one process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, Protocol, TypeVar

from convcli.cli.app.each import EachOptions
from convcli.cli.app.errors import error_data, option_names
from convcli.cli.app.options import OutputOptions
from convcli.cli.many.jobs import in_order, together
from convcli.cli.many.outcomes import FileStreams, Notes, Outcome, exit_status
from convcli.cli.many.results import Check, Suffixes, Task, tasks_of
from convcli.cli.output.emit import emit
from convcli.cli.output.language import words_of
from convcli.cli.output.progress import Bar, progress_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import Target
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError, printable, shortened
from convcli.exit_status import NO_MEMORY, ExitStatus, is_lack_of_memory
from convcli.render.data import heading, to_data
from convcli.render.json import encode
from convcli.report.document import Document, Fact, Facts

Options = TypeVar("Options", bound=OutputOptions)


# Computes one file, and writes the file of the options: the exit status, and its arrays.
class Told(Protocol):
    """The arrays of one input, as far as a summary names them."""

    @property
    def told_shapes(self) -> tuple[Shape, Shape]:
        """The shapes of input and output."""


One = Callable[[str, Any, Streams], tuple[int, Told]]


LINE_ENDS = ("\n", "\r")
LINE_BREAK = "its name has a line break, which is replaced on standard output; --json has it whole"
OF_FILE = ("input", "X")  # parameters


class Many(NamedTuple):
    """A command over many files: what computes one of them, and which results it can write."""

    command: str
    one: One
    target: Callable[[Any, Streams], Target]
    suffixes: Suffixes

    def run(self, each: EachOptions, options: OutputOptions, streams: Streams) -> int:
        """Compute every file, go on where one fails, and return the exit status.

        Raises ConvError, before anything is computed, for a request that fits no file.
        """
        _check(options)
        check = self._check_of(options, streams)
        tasks = tasks_of(each, options.force, streams, check, self.suffixes)
        jobs = min(each.jobs or 1, len(tasks))
        words, count = words_of(options, streams), len(tasks)
        with together(jobs, streams) as shared, progress_of(shared, count, "files", words) as bar:
            printer = _Printer(self.command, options, shared, _bar_beside(bar, options, shared))
            for outcome in in_order(self._work(options, shared), tasks, jobs):
                printer.print(outcome)
            printer.end(len(tasks), each.out_dir or "")
        if printer.refused == len(tasks):
            return ExitStatus.REQUEST
        return exit_status(list(printer.statuses.items()))

    def _check_of(self, options: Options, streams: Streams) -> Check:
        """Raises ConvError where the command cannot write its result to a file of that name."""

        def check(name: str) -> None:
            self.target(_with_result(replace(options, force=True), name), streams)

        return check

    def _work(self, options: Options, streams: Streams) -> Callable[[Task], Outcome]:
        """The outcome of a task: an error that a file causes is one."""

        def work(task: Task) -> Outcome:
            kept = FileStreams.beside(streams)
            try:
                if task.file.fault is not None:
                    raise task.file.fault
                target = _with_result(options, task.result)
                status, arrays = self.one(task.file.text, target, kept)
            except ConvError as error:
                return Outcome(task, error.exit_status, said=kept.said, error=error)
            except Exception as error:
                if not is_lack_of_memory(error):
                    raise
                lack = ConvError("memory.allocation", NO_MEMORY, kind="memory")
                return Outcome(task, lack.exit_status, said=kept.said, error=lack)
            return Outcome(task, status, _facts(arrays), kept.said)

        return work


def _with_result(options: Options, path: str) -> Options:
    """The options of one file: what is printed on stdout is not a matter of its result."""
    return replace(options, output=path, format=None, json=False, quiet=False)


def _facts(arrays: Told) -> tuple[Fact, ...]:
    input, output = arrays.told_shapes
    return Fact("input.shape", None, input), Fact("output.shape", None, output)


def _check(options: OutputOptions) -> None:
    """Raises ConvError for output options that have no meaning for many files."""
    if options.output is not None:
        hint = "`out_dir` is the folder of all results, `out_suffix` decides their format."
        rule = "is the file of one result, and `each` has many"
        raise ConvError("each.output", rule, parameter="output", got=options.output, hint=hint)
    if options.expect is not None:
        rule = "is the value of one result, and `each` has many"
        raise ConvError("each.expect", rule, parameter="expect", got=options.expect)
    if options.format not in (None, "table", "json", "jsonl"):
        rule = "prints a line of JSON a file beside `each`: json, jsonl"
        hint = "`out_suffix` decides the format of the results."
        raise ConvError("each.format", rule, parameter="format", got=options.format, hint=hint)


def _is_json(options: OutputOptions) -> bool:
    return options.json or options.format in ("json", "jsonl")


def _bar_beside(bar: Bar | None, options: OutputOptions, streams: Streams) -> Bar | None:
    """The bar, unless lines on the same terminal show how far it is."""
    return None if (options.quiet or _is_json(options)) and streams.is_terminal else bar


class _Printer:
    """Prints the outcomes as they come, and what they have in common at the end."""

    def __init__(
        self, command: str, options: OutputOptions, streams: Streams, bar: Bar | None
    ) -> None:
        self.command, self.options, self.streams, self.bar = command, options, streams, bar
        self.names = option_names(command)
        self.notes = Notes()
        self.statuses: dict[int, int] = {}
        self.done = self.refused = 0  # `refused` for a reason that is not the file's

    def print(self, outcome: Outcome) -> None:
        """The line of a file on stdout, where lines are wanted, and its error on stderr."""
        self.done += 1
        self.statuses[outcome.status] = self.statuses.get(outcome.status, 0) + 1
        self.notes.add(outcome)
        if self.bar is not None and outcome.error is not None:
            self.bar.stop()
        if outcome.error is not None:
            of_file = outcome.error.parameter in OF_FILE
            self.refused += outcome.error.kind == "request" and not of_file
            self._complain(outcome, outcome.error)
        if _is_json(self.options):
            data = error_data(outcome.error, self.names) if outcome.error is not None else None
            document = outcome.document(self.command, data)
            self.streams.write(encode(heading(document) | to_data(document)) + "\n", machine=True)
        elif self.options.quiet and outcome.error is None:
            self._write_name(outcome.task.result)
        if self.bar is not None:
            total = self.bar.amount
            self.bar.update(self.done, total)

    def _write_name(self, name: str) -> None:
        """The name on one line; a line break in it is replaced, with a note."""
        if len(name.splitlines()) > 1 or name[-1:] in LINE_ENDS:
            self.streams.flush()
            self.streams.note(f"{printable(shortened(name))}: {LINE_BREAK}")
            name = printable(name)
        self.streams.write_name(name + "\n")

    def end(self, total: int, folder: str) -> None:
        """The notes, how many files failed, and for people how many results there are."""
        if self.bar is not None:
            self.bar.stop()
        failed = sum(count for status, count in self.statuses.items() if status > 1)
        if not self.options.quiet and not _is_json(self.options):
            facts = [Fact(None, "results", total - failed), Fact(None, "folder", folder)]
            if failed:
                facts.insert(1, Fact(None, "failed", failed))
            emit(Document(self.command, (Facts(tuple(facts)),)), self.options, self.streams)
        self.streams.flush()
        for line in self.notes.lines(total):
            self.streams.note(line)
        if failed:
            self.streams.complain(f"convcli: {failed:,} of {total:,} files failed")

    def _complain(self, outcome: Outcome, error: ConvError) -> None:
        self.streams.flush()
        if _is_json(self.options):
            data = error_data(error, self.names) | {"file": outcome.task.file.text}
            self.streams.complain(encode({"error": data}))
        else:
            name = printable(shortened(outcome.task.file.text))
            self.streams.complain(f"convcli: error: {name}: {error.message(self.names)}")
