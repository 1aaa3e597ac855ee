"""`--module`: what it names, as `package.mod:Net`, `m.py:Net` or `m:Net(16, depth=3)`."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module, util
from typing import Any, NamedTuple

from convcli.errors import ConvError

_SPELLING = re.compile(r"(?P<path>[^:]+):(?P<name>[^\W\d][\w.]*)\s*(?P<call>\(.*\))?\s*", re.DOTALL)
_HINT = "Like: --module torchvision.models:resnet18, or --module 'net.py:Net(16, depth=3)'."


class Spelled(NamedTuple):
    """The module of Python, the name in it, and the arguments of the call; None without a call."""

    path: str
    name: str
    arguments: tuple[tuple[Any, ...], Mapping[str, Any]] | None


def parse_spelling(text: str) -> Spelled:
    """The parts of a `--module`. Raises ConvError where it is spelled otherwise.

    >>> parse_spelling("net.py:Net(16, depth=3)")
    Spelled(path='net.py', name='Net', arguments=((16,), {'depth': 3}))
    """
    found = _SPELLING.fullmatch(text.strip())
    if found is None:
        rule = "must be package.mod:Class or file.py:Class, with arguments in parentheses or none"
        raise ConvError("module.spelling", rule, parameter="module", got=text, hint=_HINT)
    call = found["call"]
    return Spelled(found["path"], found["name"], None if call is None else _literals(call, text))


def _literals(call: str, text: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of `(16, depth=3)`, which must be literals."""
    try:
        tree = ast.parse(f"_{call}", mode="eval").body
        if isinstance(tree, ast.Call) and None not in (word.arg for word in tree.keywords):
            positional = tuple(ast.literal_eval(argument) for argument in tree.args)
            return positional, {
                str(word.arg): ast.literal_eval(word.value) for word in tree.keywords
            }
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        pass
    rule = "takes arguments that are literals: numbers, texts, True, None, tuples, lists, dicts"
    raise ConvError("module.arguments", rule, parameter="module", got=text, hint=_HINT)


def target_of(spelled: Spelled) -> Any:
    """The object that is named; the file is run, or the package imported, for it.

    Raises whatever that code raises.
    """
    with _importable(spelled.path):
        target: Any = _loaded(spelled.path)
        for part in spelled.name.split("."):
            target = getattr(target, part)
    return target


def _loaded(path: str) -> Any:
    if not path.endswith(".py"):
        return import_module(path)
    name = os.path.splitext(os.path.basename(path))[0]
    spec = util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not os.path.isfile(path):
        raise FileNotFoundError(f"no such file: {path}")
    module = util.module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module  # dataclasses and pickles of the file look here
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name)
        raise
    finally:
        if before is not None:
            sys.modules[name] = before
    return module


@contextmanager
def _importable(path: str) -> Iterator[None]:
    """The current folder, and that of the file, among those of modules."""
    folders = [os.getcwd(), *([os.path.dirname(os.path.abspath(path))] * path.endswith(".py"))]
    sys.path[:0] = folders
    try:
        yield
    finally:
        for folder in folders:
            sys.path.remove(folder)
