"""`convcli shape --batch`: reads one layer per line and writes one answer per line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import BufferedReader, RawIOBase
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from convcli.cli.app.errors import error_data, option_names
from convcli.cli.app.options import OutputOptions
from convcli.cli.output.emit import emit
from convcli.cli.output.expect import difference
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import STDOUT, SUFFIX_FORMATS, suffix_of
from convcli.engine.geometry.shapes import INT64_MAX, Shape
from convcli.errors import ConvError, unreadable
from convcli.exit_status import ExitStatus
from convcli.inputs.frameworks.names import is_foreign
from convcli.inputs.text.layer import ARGUMENTS, OPERATORS, LayerRequest, parse_layer
from convcli.inputs.text.numbers import parse_shape
from convcli.report.document import Document, Fact, Facts, Items
from convcli.suggestions import closest, did_you_mean

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

View = Callable[[LayerRequest, Shape], Document]

LONGEST_LINE = 2**20  # bytes of a line
LINES_AT_ONCE = 2**16  # bytes of lines that are read together, where so many are there
LONGEST_NAME = 40  # characters of an unknown field in an error
SHAPE_FIELDS = ("input_shape", "shape", "input")
_ARGUMENTS = frozenset(ARGUMENTS)
_USUAL = _ARGUMENTS | {"layer", "input_shape"}  # all keys of most lines
_INTEGERS = frozenset((int,))
_SPACE = " \t\n\r"  # of JSON
LIKE = 'Like {"layer": "Conv2d(3, 8, 3)", "input_shape": [1, 3, 9, 9]}.'
ECHOED = ("name", "id", "family")  # fields of a line that its answer repeats
KEYS = ("layer", *SHAPE_FIELDS, *ARGUMENTS, "expect", *ECHOED)
ONLY_KEYS = f"The keys are {', '.join(KEYS)}."


@dataclass
class _Course:
    """The numbers of the lines that are invalid, and of those whose output is not the expected."""

    expect: str | None
    invalid: list[int] = field(default_factory=list)
    unexpected: list[int] = field(default_factory=list)


class _Line(NamedTuple):
    """What a line asks for: a layer, the shape of its input, and the output that it expects."""

    request: LayerRequest | Callable[[Shape], Document]
    input_shape: Shape
    expect: str | None


def shape_batch(source: str, options: OutputOptions, streams: Streams, view: View) -> int:
    """Answer every line of `source`, "-" for stdin, with the document of its layer and shape.

    The answer to an invalid line is an object with its error, and the exit status is then 2; it is
    1 where an output differs from `expect` of its line, else of the options.
    """
    if options.format not in (None, "json", "jsonl"):
        raise ConvError(
            "batch.format",
            "writes JSON Lines only",
            parameter="batch",
            got=f"--format {options.format}",
        )
    form = SUFFIX_FORMATS.get(suffix_of(options.output or ""), "jsonl")
    if form != "jsonl":
        rule, got = "writes JSON Lines only", f"--output {options.output}"
        raise ConvError("batch.format", rule, parameter="batch", got=got)
    course = _Course(options.expect)
    if options.expect is not None:
        parse_shape(options.expect, "expect")
    items = Items("layers", "layers", None, lambda: _answers(_lines(source, streams), view, course))
    to_stdout = options.output in (None, STDOUT)
    wants_values = options.quiet and to_stdout and options.format is None and not options.json
    changed = {"format": None if wants_values else "jsonl", "json": False}
    in_lines = OutputOptions(**(vars(options) | changed | {"expect": None, "tolerance": None}))
    emit(Document("shape", (), items=items), in_lines, streams)
    streams.flush()
    for what, lines in (
        ("invalid lines", course.invalid),
        ("lines whose output is not the expected one", course.unexpected),
    ):
        if lines:
            streams.complain(f"convcli: {what}: {len(lines)}; the first is line {lines[0]}")
    if course.invalid:
        return ExitStatus.REQUEST
    return ExitStatus.ANSWER_IS_NO if course.unexpected else ExitStatus.DONE


def check_alone(words: Sequence[str | None], options: Mapping[str, Any]) -> None:
    """Raises ConvError for a layer, a shape or options of a layer beside --batch."""
    written = [word for word in words if word is not None]
    if written:
        rule = "takes the layers and shapes from its lines, so it cannot be combined with {words!r}"
        fields = {"words": " ".join(written)}
        raise ConvError("batch.arguments", rule, parameter="batch", fields=fields)
    given = [name for name, value in options.items() if value is not None]
    if given:
        name = given[0]
        rule = "is an option of one layer, and the lines of `batch` have their own"
        hint = f'Put the key "{name}" into the lines.'
        parameter = "no_bias" if name == "bias" else name
        raise ConvError("batch.arguments", rule, parameter=parameter, hint=hint)


class _Asked(RawIOBase):
    """A file whose lines somebody may type: `serve` is called before more is waited for."""

    def __init__(self, file: IO[bytes], source: str, serve: Callable[[], None]) -> None:
        self._read: Callable[[int], bytes] = getattr(file, "read1", file.read)
        self._source, self._serve = source, serve

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Raises ConvError where the file cannot be read."""
        self._serve()
        into = memoryview(buffer)
        try:
            data = self._read(len(into))
        except OSError as error:
            raise unreadable("batch.unreadable", "batch", self._source, error) from None
        into[: len(data)] = data
        return len(data)


def _lines(source: str, streams: Streams) -> Iterator[bytes]:
    """The lines of the file. All answers are written before more lines are waited for."""
    if source == "-":
        yield from _whole_lines(_Asked(streams.open_stdin("batch"), source, streams.flush))
        return
    try:
        file = open(source, "rb")  # noqa: SIM115
    except OSError as error:
        raise unreadable("batch.unreadable", "batch", source, error) from None
    with file:
        yield from _whole_lines(_Asked(file, source, streams.flush))


def _whole_lines(asked: _Asked) -> Iterator[bytes]:
    """The lines. Raises ConvError where one has no end within LONGEST_LINE bytes."""
    file = BufferedReader(asked, LINES_AT_ONCE)
    for number, line in enumerate(iter(partial(file.readline, LONGEST_LINE + 1), b""), start=1):
        if len(line) > LONGEST_LINE:
            rule = (
                f"has a line of more than {LONGEST_LINE >> 20} MiB, line {{line}}: "
                "it and the lines after it are not answered"
            )
            fields = {"line": number}
            raise ConvError("batch.line", rule, parameter="batch", kind="data", fields=fields)
        yield line


def _answers(lines: Iterator[bytes], view: View, course: _Course) -> Iterator[Document]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        echo: list[Fact] = []
        try:
            request, shape, expect = _parse(line, echo)
            expect = course.expect if expect is None else expect
            answer = request(shape) if callable(request) else view(request, shape)
            if expect is not None:
                agrees = difference(answer.essential, expect) is None
                echo.append(Fact("expected", None, agrees))
                if not agrees:
                    course.unexpected.append(number)
            yield answer._replace(blocks=(Facts(tuple(echo)), *answer.blocks)) if echo else answer
        except ConvError as error:
            course.invalid.append(number)
            facts = (
                *echo,
                Fact("line", None, number),
                Fact("error", None, error_data(error, option_names("shape"))),
            )
            yield Document("shape", (Facts(facts),), essential="error")


def _parse(line: bytes, echo: list[Fact]) -> _Line:
    record, expect = _record(line), None
    if _USUAL.issuperset(record):  # nothing to echo or to expect, and one name of the shape
        shape = record.pop("input_shape", None)
    else:
        echo.extend(
            Fact(name, None, record.pop(name))
            for name in ECHOED
            if isinstance(record.get(name), (str, int))
        )
        shapes = [name for name in SHAPE_FIELDS if name in record]
        if len(shapes) > 1:
            rule = f"has the shape of the input twice, as {' and '.join(shapes)}"
            raise ConvError("batch.fields", rule, parameter="batch")
        shape = record.pop(shapes[0]) if shapes else None
        expect = record.pop("expect", None)
    layer = record.pop("layer", None)
    if not isinstance(layer, str) or shape is None:
        rule = 'each line needs "layer" and "input_shape"'
        hint = _near_hint(record) or LIKE
        raise ConvError("batch.fields", rule, parameter="batch", hint=hint)
    expected = None if expect is None else ",".join(map(str, _shape(expect, "expect")))
    options = _arguments(record)
    if layer not in OPERATORS and is_foreign(layer):
        from convcli.cli.commands.shape.foreign import foreign_line

        return _Line(partial(foreign_line, layer, options), _shape(shape), expected)
    return _Line(parse_layer(layer, options), _shape(shape), expected)


def _record(line: bytes) -> dict[str, Any]:
    """The object of a line. Raises ConvError where it is none, or has a key twice."""
    try:
        text = line.decode().removeprefix("\ufeff").strip(_SPACE)
        record, end = _DECODER.raw_decode(text)
    except ConvError:
        raise
    except (ValueError, RecursionError):
        record, text, end = None, "", 0
    if not isinstance(record, dict) or end < len(text):
        raise ConvError(
            "batch.json", "each line must be a JSON object", parameter="batch", kind="data"
        )
    return record


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs. Raises ConvError where it has a key twice."""
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in record if names.count(name) > 1)
        rule, fields = "has the key {name!r} twice", {"name": twice[:LONGEST_NAME]}
        raise ConvError("batch.fields", rule, parameter="batch", fields=fields)
    return record


_DECODER = json.JSONDecoder(object_pairs_hook=_once)


def _near_hint(record: Mapping[str, Any]) -> str | None:
    """The key that was meant where "layer" or "input_shape" is missing."""
    for name in record:
        near = closest(name, ("layer", *SHAPE_FIELDS))
        if near:
            return f'Did you mean "{near[0]}"?'
    return None


def _shape(value: Any, parameter: str = "SHAPE") -> Shape:
    """The shape of a JSON value: a list of numbers, or text as on the command line."""
    if not isinstance(value, list):
        return parse_shape(str(value), parameter)
    if _INTEGERS.issuperset(map(type, value)) and (
        not value or (min(value) >= 0 and max(value) <= INT64_MAX)
    ):
        return Shape(value)
    return parse_shape(",".join(map(str, value)), parameter)


def _arguments(record: dict[str, Any]) -> dict[str, Any]:
    if _ARGUMENTS.issuperset(record):
        return record
    options: dict[str, Any] = {}
    for name, value in record.items():
        parameter = name.replace("-", "_")
        if parameter not in ARGUMENTS:
            rule, hint = "unknown field {name!r}", did_you_mean(parameter, KEYS) or ONLY_KEYS
            fields = {"name": name[:LONGEST_NAME]}
            raise ConvError("batch.fields", rule, parameter="batch", hint=hint, fields=fields)
        options[parameter] = value
    return options
