"""What print(model) writes, as a tree of modules: the grammar of torch's nn.Module.__repr__.

A module is its class, an opening bracket, its own text, its children and a closing bracket. With
children, its text stands on lines of its own:

    (conv1): Conv2d(
      3, 64, kernel_size=(7, 7), bias=False
      (norm): BatchNorm2d(64)
    )

Indentation does not count, so that a text that lost it is read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from convcli.errors import ConvError
from convcli.inputs.networks.entries import MOST_REPEATS

DEEPEST = 100  # modules inside each other
_SHOWN = 80  # characters of a line in an error
_CLASS = r"(?P<module>[A-Za-z_][\w.]*)"
_HEAD = re.compile(rf"{_CLASS} ?\((?P<rest>.*)$", re.DOTALL)
_CHILD = re.compile(
    rf"\((?P<name>[^()]*?)(?:-(?P<last>\d+))?\): (?:(?P<times>\d+) x )?{_CLASS} ?\((?P<rest>.*)$",
    re.DOTALL,
)
_NUMBERS = re.compile(r"\([^()]*\): Parameter containing: \[[\w.]+ of size (\d+(?:x\d+)*)[^\]]*\]")
_NOTHING = re.compile(r"\([^()]*\): None$")
_LONGEST_NUMBER = 18  # digits of the name of a module
_OPENING, _CLOSING = "([{", ")]}"


class Printed(NamedTuple):
    """One module: its name, class, own text and children, and the numbers of its own parameters.

    `times` is how often it stands under consecutive names, from `name` on.
    """

    name: str
    module: str
    text: str
    children: tuple[Printed, ...] = ()
    numbers: int = 0
    times: int = 1
    line: str = ""

    @property
    def names(self) -> list[str]:
        """`(0-2): 3 x ReLU()` has three names, `(conv-1): ...` one."""
        return (
            [self.name]
            if self.times == 1
            else [str(int(self.name) + at) for at in range(self.times)]
        )


def is_printed(text: str) -> bool:
    """Whether the first line opens a module, and another is a child as print(model) writes it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return False
    head = _HEAD.fullmatch(lines[0]) or _CHILD.fullmatch(lines[0])
    if head is None or _depth(head["rest"]) < 0:
        return False
    return any(_CHILD.fullmatch(line) or _NOTHING.fullmatch(line) for line in lines[1:])


def printed_tree(text: str) -> Printed:
    """The module that a text prints. Raises ConvError where it is no whole print of one."""
    lines = iter([line.strip() for line in text.splitlines() if line.strip()])
    first = next(lines, "")
    head = _HEAD.fullmatch(first) or _CHILD.fullmatch(first)
    if head is None:
        raise _damaged("does not start like print(model)", first)
    tree = _module(head, lines, 0)
    surplus = next(lines, None)
    if surplus is not None:
        raise _damaged("continues after the end of the model", surplus)
    return tree


def _module(head: re.Match[str], lines: Iterator[str], depth: int) -> Printed:
    """The module that a line opens, with the lines up to its closing bracket."""
    if depth > DEEPEST:
        raise _damaged(f"nests more than {DEEPEST} modules", head[0])
    rest = head["rest"]
    own, children, numbers = [], [], 0
    if _depth(rest) < 0:
        if _depth(rest[:-1]) != 0 or not rest.endswith(")"):
            raise _damaged("is not a line of print(model)", head[0])
        own = [rest[:-1]]
    else:
        own = [rest] if rest else []
        opened = _depth(rest)  # brackets of the own text that are not closed yet
        for line in lines:
            if line == ")" and opened == 0:
                break
            child, held = _CHILD.fullmatch(line), _NUMBERS.match(line)
            if child is not None and opened == 0:
                children.append(_module(child, lines, depth + 1))
            elif held is not None:
                numbers += _product(held[1])
            elif children:
                raise _damaged("is not a line of print(model)", line)
            elif not _NOTHING.fullmatch(line):
                own.append(line)
                opened += _depth(line)
        else:
            raise _damaged("is incomplete: a bracket is not closed")
    if _depth(" ".join(own)) != 0:
        raise _damaged("is not a line of print(model)", own[-1])
    parts = head.groupdict()
    name, times = _name(parts, head[0])
    return Printed(
        name, head["module"], " ".join(own).strip(), tuple(children), numbers, times, head[0]
    )


def _name(parts: dict[str, str | None], line: str) -> tuple[str, int]:
    """The name of a module, and how many consecutive names it stands under."""
    first, last, times = parts.get("name") or "", parts.get("last"), parts.get("times")
    if times is None:
        return first if last is None else f"{first}-{last}", 1
    if last is None or not (first.isdigit() and first.isascii() and len(first) <= _LONGEST_NUMBER):
        rule = "a repeated module needs a range of names, like (0-2): 3 x ReLU()"
        raise _damaged(rule, line)
    if len(times) > 6 or not 1 <= int(times) <= MOST_REPEATS:
        rule = f"a module takes 1 to {MOST_REPEATS} repeats"
        raise ConvError("layers.repeat", rule, parameter="LAYERS", got=line[:_SHOWN])
    return first, int(times)


def _depth(text: str) -> int:
    """Opening brackets less closing ones, outside quotes.

    >>> _depth("3, 64, kernel_size=(7, 7))"), _depth("flatten=Flatten(")
    (-1, 1)
    """
    plain = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
    return sum((one in _OPENING) - (one in _CLOSING) for one in plain)


def _product(sizes: str) -> int:
    product = 1
    for size in sizes.split("x"):
        product *= int(size[:18])
    return product


def _damaged(rule: str, line: str | None = None) -> ConvError:
    got = None if line is None else line[:_SHOWN]
    return ConvError("layers.print", rule, parameter="LAYERS", got=got)
