"""The values that a shell completes: layers, arrays, names of modes, formats, schemes, topics."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcli.cli.output.streams import Streams

COMPLETION = "_CONVCLI_COMPLETE"  # set by the completion script of the shell
WORDS_OF_SHELLS = "_TYPER_COMPLETE_ARGS"  # the command line, from all shells but bash
BREAKS = (":", "=")  # at which bash splits words, and replaces only what is behind
MOST_FILES = 200

Values = Callable[[], Iterable[str]]


def completing(values: Values, *, files: bool = False) -> Callable[[str], list[str]]:
    """The function that Typer calls with the incomplete word: the values, and files, that fit."""

    def complete(incomplete: str) -> list[str]:
        found = [value for value in values() if value.startswith(incomplete)]
        return found + (_files(incomplete) if files else [])

    return complete


def values_of(name: str, metavar: str | None) -> Callable[[str], list[str]] | None:
    """What completes a parameter; None where nothing is known of its values."""
    if metavar is not None and metavar in _OPERANDS:
        return completing(_OPERANDS[metavar], files=True)
    if name in _VALUES:
        return completing(_VALUES[name])
    if name in _VALUES_AND_FILES:
        return completing(_VALUES_AND_FILES[name], files=True)
    if metavar == "FILE":
        return completing(tuple, files=True)
    return None


def _layers() -> Iterable[str]:
    from convcli.inputs.text.layer import OPERATORS

    return OPERATORS


def _networks() -> Iterator[str]:
    from convcli.inputs.networks.kinds import SIGNATURES
    from convcli.inputs.networks.known_networks import known_networks

    yield from known_networks()
    yield from _layers()
    yield from SIGNATURES


def _arrays() -> Iterator[str]:
    from convcli.inputs.text.generators import GENERATORS
    from convcli.inputs.text.kernels import KERNELS

    yield from (f"{name}:" for name in GENERATORS)
    yield from (f"kernel:{name}" for name in KERNELS)


def _layers_and_arrays() -> Iterator[str]:
    yield from _layers()
    yield from _arrays()


def _padding_modes() -> Iterable[str]:
    from convcli.engine.geometry.padding import PADDING_MODES

    return PADDING_MODES


def _schemes() -> Iterable[str]:
    from convcli.engine.weights.schemes import SCHEMES

    return SCHEMES


def _nonlinearities() -> Iterable[str]:
    from convcli.engine.weights.schemes import NONLINEARITIES

    return NONLINEARITIES


def _fan_modes() -> Iterable[str]:
    from convcli.engine.weights.schemes import FAN_MODES

    return FAN_MODES


def _languages() -> Iterable[str]:
    from convcli.report.words.vocabulary import TAGS

    return TAGS


def _pixel_maps() -> Iterable[str]:
    from convcli.inputs.text.pixel_maps import PIXEL_MAPS

    return PIXEL_MAPS


def _axis_orders() -> Iterator[str]:
    """The usual orders of X, of W, and of both."""
    from convcli.inputs.text.layouts import SPATIAL

    for rank in (2, 1, 3):
        letters = SPATIAL[rank][0]
        x, w = f"N{letters}C", f"{letters}IO"
        yield from (x, f"NC{letters}", f"{letters}C", w, f"OI{letters}", f"{x},{w}")


def _topics() -> Iterator[str]:
    from convcli.cli.app.main import COMMANDS
    from convcli.cli.commands.help import topics

    yield from topics()
    yield from (name for name in COMMANDS if name not in topics())


_VALUES: Mapping[str, Values] = {
    "layer": _layers,
    "padding_mode": _padding_modes,
    "padding": lambda: ("same", "valid"),
    "groups": lambda: ("depthwise",),
    "scheme": _schemes,
    "init": _schemes,
    "nonlinearity": _nonlinearities,
    "mode": _fan_modes,
    "lang": _languages,
    "map": _pixel_maps,
    "layout": _axis_orders,
    "topic": _topics,
}
_VALUES_AND_FILES: Mapping[str, Values] = {
    **dict.fromkeys(("x", "w", "g", "bias", "weight", "expect"), _arrays),
}
_OPERANDS: Mapping[str, Values] = {  # arguments of several kinds, by metavar
    "LAYERS... SHAPE": _networks,
    "LAYER... X TARGET": _layers_and_arrays,
}


def _files(incomplete: str) -> list[str]:
    """Files and folders whose path begins so; folders end in a slash."""
    folder, name = os.path.split(incomplete)
    try:
        with os.scandir(folder or ".") as entries:
            found = sorted(
                (os.path.join(folder, entry.name), entry.is_dir())
                for entry in entries
                if entry.name.startswith(name) and (name or not entry.name.startswith("."))
            )
    except OSError:
        return []
    return [f"{path}{os.sep if is_folder else ''}" for path, is_folder in found[:MOST_FILES]]


def complete(parser_of: Callable[[Sequence[str]], Any], streams: Streams) -> int:
    """Answer the completion script of a shell, or print that script; the exit status of Typer."""
    words, prefix = prepare(os.environ)
    answer, status = StringIO(), 0
    try:
        with redirect_stdout(answer):
            parser_of(words).main(args=[], prog_name="convcli", complete_var=COMPLETION)
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0
    for line in answer.getvalue().splitlines():
        streams.write(line.removeprefix(prefix) + "\n", machine=True)
    return status


def prepare(environment: MutableMapping[str, str]) -> tuple[list[str], str]:
    """The words to complete behind the program's name, and what is left out of the completions.

    bash splits words at colons and equals signs: these are joined again; what stands before the
    last colon is not replaced by bash.
    """
    if "COMP_WORDS" not in environment:
        return _split(environment.get(WORDS_OF_SHELLS, ""))[1:], ""
    words = _split(environment["COMP_WORDS"])
    cursor = int(environment.get("COMP_CWORD") or 0)
    joined: list[str] = []
    place, prefix, glue = 0, "", False
    split: set[int] = set()  # the joined words that bash had split at a colon
    for at, word in enumerate([*words, ""] if cursor >= len(words) else words):
        is_break = bool(word) and set(word) <= set(BREAKS)
        if joined and (is_break or glue) and word:
            joined[-1] += word
            split |= {len(joined) - 1} if word.startswith(":") else set()
        else:
            joined.append(word)
        glue = is_break
        if at == cursor:
            place = len(joined) - 1
            current = joined[-1]
            value = current.partition("=")[2] if current.startswith("-") else current
            prefix = value[: value.rfind(":") + 1] if place in split else ""
    environment["COMP_WORDS"] = "\n".join(joined)
    environment["COMP_CWORD"] = str(place)
    return joined[1:], prefix


def _split(text: str) -> list[str]:
    """The words as they were typed, quotes included."""
    return text.split("\n") if "\n" in text else text.split()
