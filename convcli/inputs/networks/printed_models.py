"""What print(model) writes, as a list of layers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convcli.errors import ConvError
from convcli.inputs.networks.entries import CONTAINERS, MOST_REPEATS, Entry, Listed

_SHOWN = 80  # characters of a line in an error
_NAME = r"\((?P<name>[^()]*?)(?:-(?P<last>\d+))?\): (?:(?P<times>\d+) x )?"
_OPENED = re.compile(rf"(?:{_NAME})?(?P<module>[A-Za-z_]\w*)\($")
_LEAF = re.compile(rf"{_NAME}(?P<module>[A-Za-z_]\w*\(.*\))$")


def is_printed(text: str) -> bool:
    """Whether every line is one that print(model) writes."""
    lines = text.splitlines()
    return len(lines) > 1 and all(
        line.strip() == ")" or _OPENED.fullmatch(line.strip()) or _LEAF.fullmatch(line.strip())
        for line in lines
        if line.strip()
    )


def entries_of_print(text: str) -> Listed:
    """Modules in the order in which they are printed, which is that of an nn.Sequential."""
    lines = iter([line.strip() for line in text.splitlines() if line.strip()])
    opened = _OPENED.fullmatch(next(lines))
    others: list[str] = []
    if opened is None:
        raise ConvError("layers.print", "does not start like print(model)", parameter="LAYERS")
    if opened["module"] not in CONTAINERS:
        others.append(opened["module"])
    entries = list(_children(lines, "", others))
    surplus = next(lines, None)
    if surplus is not None:
        raise ConvError(
            "layers.print",
            "continues after the end of the model",
            parameter="LAYERS",
            got=surplus[:_SHOWN],
        )
    notes = [
        f"print(model) does not write {what} of {module}; {what}=False is taken."
        for module, what in (("AvgPool", "ceil_mode"), ("Upsample", "align_corners"))
        if any(entry.text.startswith(module) and what not in entry.text for entry in entries)
    ]
    if others:
        kinds = ", ".join(dict.fromkeys(others))
        notes.append(
            f"{kinds}: what forward() does between the modules is not in the text; they are taken "
            "in the order printed. --module and .onnx files know."
        )
    return entries, notes


def _children(lines: Iterator[str], prefix: str, others: list[str]) -> Iterator[Entry]:
    for line in lines:
        if line == ")":
            return
        leaf, opened = _LEAF.fullmatch(line), _OPENED.fullmatch(line)
        line_parts = leaf or opened
        if line_parts is None:
            raise ConvError(
                "layers.print",
                "is not a line of print(model)",
                parameter="LAYERS",
                got=line[:_SHOWN],
            )
        names = _names(line_parts)
        if leaf:
            if leaf["module"] not in (f"{container}()" for container in CONTAINERS):
                yield from (Entry(leaf["module"], prefix + name) for name in names)
            continue
        if line_parts["module"] not in CONTAINERS:
            others.append(line_parts["module"])
        inside = list(_children(lines, "", others))
        if len(inside) * len(names) > MOST_REPEATS:
            raise ConvError(
                "layers.repeat",
                f"repeats must make at most {MOST_REPEATS} layers",
                parameter="LAYERS",
                got=line[:_SHOWN],
            )
        yield from (
            entry._replace(name=f"{prefix}{name}.{entry.name}")
            for name in names
            for entry in inside
        )
    raise ConvError("layers.print", "is incomplete: a bracket is not closed", parameter="LAYERS")


def _names(line_parts: re.Match[str]) -> list[str]:
    """The names of one line: `(0-2): 3 x ReLU()` has three, `(conv-1): ...` one."""
    first, last, times = line_parts["name"] or "", line_parts["last"], line_parts["times"]
    if times is not None and (last is None or not first.isdigit()):
        raise ConvError(
            "layers.print",
            "a repeated module needs a range of names, like (0-2): 3 x ReLU()",
            parameter="LAYERS",
            got=line_parts[0][:_SHOWN],
        )
    if times is None or last is None:
        return [first if last is None else f"{first}-{last}"]
    if len(times) > 6 or not 1 <= int(times) <= MOST_REPEATS:
        raise ConvError(
            "layers.repeat",
            f"a module takes 1 to {MOST_REPEATS} repeats",
            parameter="LAYERS",
            got=line_parts[0][:_SHOWN],
        )
    return [str(int(first) + i) for i in range(int(times))]
