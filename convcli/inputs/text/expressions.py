"""A layer as people paste it from PyTorch code or from `print(model)`: parsed with `ast`, literals only, never evaluated."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from operator import add, floordiv, mul, sub
from typing import Any, NamedTuple, NoReturn

from convcli.engine.geometry.padding import PADDING_MODES
from convcli.errors import ConvError
from convcli.inputs.text.numbers import did_you_mean

LAYER_CLASSES = {
    f"Conv{way}{rank}d": (rank, bool(way)) for way in ("", "Transpose") for rank in (1, 2, 3)
}

_FIRST = ("in_channels", "out_channels", "kernel_size", "stride", "padding")
_LAST = ("padding_mode", "device", "dtype")
_CONV = (*_FIRST, "dilation", "groups", "bias", *_LAST)
_TRANSPOSED = (*_FIRST, "output_padding", "groups", "bias", "dilation", *_LAST)

CONVOLUTIONS = {
    name: _TRANSPOSED if transposed else _CONV for name, (_, transposed) in LAYER_CLASSES.items()
}

_ARITHMETIC = {
    ast.Add: add,
    ast.Sub: sub,
    ast.Mult: mul,
    ast.FloorDiv: floordiv,
}  # as in Linear(512 * 7 * 7, 4096)
_MODULE_NAME = re.compile(r"\([\w.]+\):\s*")  # as print(model) writes it: (conv1): Conv2d(...)
_SIMPLE = re.compile(r"(?:[A-Za-z_]+\.)*([A-Za-z]\w*)\(([\w\s,=]*)\)", re.ASCII)
_NO_MATTER = ("device", "dtype")
_BOOLEANS = {"True": True, "False": False}
_RESIZING = ("nearest", "linear", "bilinear", "bicubic", "trilinear")
_BARE_WORDS = {
    "padding": ("same", "valid"),
    "padding_mode": PADDING_MODES,
    "mode": _RESIZING,
}  # unquoted in a module's repr


class Call(NamedTuple):
    """A layer as it is written: its class in torch.nn, and the arguments that it was written with, by torch's names."""

    name: str
    arguments: dict[str, Any]


class Expression(NamedTuple):
    """A parsed convolution layer: its rank, its direction, its arguments."""

    rank: int
    transposed: bool
    arguments: dict[str, Any]


def parse_expression(text: str) -> Expression:
    """`nn.Conv2d(3, 64, kernel_size=7)`, `self.c = ...`, `(c): Conv2d(3, 64, kernel_size=(7, 7), padding=same)`.

    Raises ConvError with a caret where it is none of torch's six convolution layers, or is no literal.

    >>> parse_expression("Conv2d(3, 64, kernel_size=(7, 7), bias=False)").arguments
    {'in_channels': 3, 'out_channels': 64, 'kernel_size': (7, 7), 'bias': False}
    """
    name, arguments = _Parser(text, CONVOLUTIONS).parse()
    return Expression(*LAYER_CLASSES[name], arguments)


def parse_call(text: str, signatures: Mapping[str, tuple[str, ...] | None]) -> Call:
    """The same for any of the classes in `signatures`: their parameters in order, None where the arguments do not matter.

    >>> parse_call("nn.Linear(512 * 7 * 7, 4096)", {"Linear": ("in_features", "out_features")})
    Call(name='Linear', arguments={'in_features': 25088, 'out_features': 4096})
    """
    return _Parser(text, signatures).parse()


def literal(node: ast.expr) -> Any:
    """The value of a literal, also of arithmetic with integers; raises ValueError where the node is none."""
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        left, right = literal(node.left), literal(node.right)
        if (
            isinstance(left, int)
            and isinstance(right, int)
            and (right or not isinstance(node.op, ast.FloorDiv))
        ):
            return _ARITHMETIC[type(node.op)](left, right)
        raise ValueError("arithmetic is read with integers only")
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(map(literal, node.elts))
    return ast.literal_eval(node)


def _natural(text: str) -> int | None:
    """A number that stands in decimal digits, without a leading zero."""
    return (
        int(text)
        if text.isdecimal()
        and text.isascii()
        and len(text) < 19
        and (text[0] != "0" or text == "0")
        else None
    )


class _Parser:
    def __init__(self, text: str, signatures: Mapping[str, tuple[str, ...] | None]) -> None:
        named = _MODULE_NAME.match(text.strip())
        lead = len(text) - len(text.lstrip()) + (named.end() if named else 0)
        self.text = text
        self.lead = lead
        self.source = text[lead:].rstrip().rstrip(",")
        self.signatures = signatures

    def parse(self) -> Call:
        return self._simple() or self._parsed()

    def _simple(self) -> Call | None:
        """A layer of plain numbers, as most are, at a tenth of the time of Python's parser; None where there is any doubt."""
        match = _SIMPLE.fullmatch(self.source)
        parameters = self.signatures.get(match[1]) if match else None
        if match is None or parameters is None:
            return None
        arguments: dict[str, Any] = {}
        written_by_keyword = False
        for at, written in enumerate(match[2].split(",") if match[2] else ()):
            keyword, equals, value = written.rpartition("=")
            in_place = at < len(parameters) and not written_by_keyword
            parameter = keyword.strip() if equals else parameters[at] if in_place else ""
            written_by_keyword = written_by_keyword or bool(equals)
            number = (
                _BOOLEANS.get(value.strip()) if parameter == "bias" else _natural(value.strip())
            )
            if (
                number is None
                or parameter not in parameters
                or parameter in arguments
                or parameter in _NO_MATTER
            ):
                return None
            arguments[parameter] = number
        return Call(match[1], arguments)

    def _parsed(self) -> Call:
        call = self._call()
        name = (
            call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        )
        if name not in self.signatures:
            known = (
                f"The layers are {', '.join(self.signatures)}."
                if len(self.signatures) <= 6
                else None
            )
            kind = "convolution layer" if len(self.signatures) <= 6 else "layer that is known here"
            hint = did_you_mean(name, self.signatures) or known
            self._fail("layer.class", f"{name or 'this'} is no {kind} of torch.nn", call.func, hint)
        parameters = self.signatures[name]
        if parameters is None:
            return Call(name, {})
        if len(call.args) > len(parameters):
            rule = f"{name} takes at most {len(parameters)} arguments"
            self._fail("layer.arguments", rule, call.args[len(parameters)])
        arguments: dict[str, Any] = {}
        for parameter, node in zip(parameters, call.args, strict=False):
            arguments[parameter] = self._value(parameter, node)
        for keyword in call.keywords:
            if keyword.arg is None or keyword.arg not in parameters:
                known_names = [p for p in parameters if p not in ("device",)]
                rule = (
                    f"{name} has no argument {keyword.arg}"
                    if keyword.arg
                    else "** cannot be read without running it"
                )
                self._fail(
                    "layer.arguments", rule, keyword, did_you_mean(keyword.arg or "", known_names)
                )
            if keyword.arg in arguments:
                self._fail("layer.arguments", f"{keyword.arg} is given twice", keyword)
            arguments[keyword.arg] = self._value(keyword.arg, keyword.value)
        for ignored in _NO_MATTER:
            arguments.pop(ignored, None)
        return Call(name, arguments)

    def _call(self) -> ast.Call:
        try:
            statements = ast.parse(self.source).body
        except SyntaxError as error:
            offset = self.lead + max((error.offset or 1) - 1, 0)
            raise self._error(
                "layer.syntax", f"cannot be read as a layer: {error.msg}", offset
            ) from None
        except (ValueError, RecursionError, MemoryError):
            raise self._error("layer.syntax", "cannot be read as a layer", self.lead) from None
        statement = statements[0] if len(statements) == 1 else None
        value = (
            statement.value
            if isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign))
            else None
        )
        if not isinstance(value, ast.Call):
            raise self._error(
                "layer.syntax", "must be one layer, like Conv2d(3, 64, kernel_size=7)", self.lead
            )
        return value

    def _value(self, parameter: str, node: ast.expr) -> Any:
        if parameter in _NO_MATTER:
            return None
        if isinstance(node, ast.Name) and node.id in _BARE_WORDS.get(parameter, ()):
            return node.id
        try:
            value = literal(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            rule = f"{parameter} must be written out as a number, a tuple or a word: it is read, not run"
            self._fail("layer.literal", rule, node)
        if parameter == "bias":
            if not isinstance(value, (bool, int)):
                self._fail("layer.literal", "bias must be True or False", node)
            return bool(value)
        return value

    def _fail(self, code: str, rule: str, node: ast.AST, hint: str | None = None) -> NoReturn:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        lines = self.source.split("\n")
        before = sum(len(earlier) + 1 for earlier in lines[: line - 1])
        characters = len(lines[line - 1].encode()[:column].decode(errors="ignore"))
        raise self._error(code, rule, self.lead + before + characters, hint)

    def _error(self, code: str, rule: str, offset: int, hint: str | None = None) -> ConvError:
        return ConvError(code, rule, parameter="LAYER", hint=hint, pointer=(self.text, offset))
