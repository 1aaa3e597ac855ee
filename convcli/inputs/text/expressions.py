"""A layer pasted from PyTorch code or from `print(model)`: parsed with `ast`, never evaluated."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn
from warnings import catch_warnings, simplefilter

from convcli.engine.geometry.padding import PADDING_MODES
from convcli.errors import ConvError, shortened
from convcli.inputs.text.foreign_names import Foreign, as_options, torch_name, with_torch_names
from convcli.inputs.text.plain_calls import IGNORED, Call, plain_call
from convcli.inputs.text.python_literals import literal, python_reason
from convcli.suggestions import did_you_mean

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

_MODULE_NAME = re.compile(r"\([\w.]+\):\s*")  # print(model) writes (conv1): Conv2d(...)
_END_OF_LINE = re.compile(r"\r\n|\r|\n")  # as for Python's parser
_RESIZING = ("nearest", "linear", "bilinear", "bicubic", "trilinear")
# A module's repr does not quote these.
_BARE_WORDS = {
    "padding": ("same", "valid"),
    "padding_mode": PADDING_MODES,
    "mode": _RESIZING,
}


FEW_CLASSES = 6  # that an error lists


class Expression(NamedTuple):
    """A parsed convolution layer: its rank, direction and arguments."""

    rank: int
    transposed: bool
    arguments: dict[str, Any]


def parse_expression(text: str) -> Expression:
    """`nn.Conv2d(3, 64, kernel_size=7)`, `self.c = ...`, `(c): Conv2d(3, 64, padding=same)`.

    Raises ConvError, with a caret, where it is none of torch's six convolution layers, or an
    argument is not a literal.

    >>> parse_expression("Conv2d(3, 64, kernel_size=(7, 7), bias=False)").arguments
    {'in_channels': 3, 'out_channels': 64, 'kernel_size': (7, 7), 'bias': False}
    """
    name, arguments = parse_call(text, CONVOLUTIONS)
    return Expression(*LAYER_CLASSES[name], arguments)


def parse_call(text: str, signatures: Mapping[str, tuple[str, ...] | None]) -> Call:
    """The same for the classes in `signatures`: their parameters in order, None for any.

    Raises ConvError, with a caret, for other classes and arguments.

    >>> parse_call("nn.Linear(512 * 7 * 7, 4096)", {"Linear": ("in_features", "out_features")})
    Call(name='Linear', arguments={'in_features': 25088, 'out_features': 4096})
    """
    return plain_call(text, signatures) or _Parser(text, signatures).parse()


def foreign_layer(text: str, input_shape: Sequence[int]) -> Foreign | None:
    """A call of another framework in our words, for an input of this shape; None where it is none.

    >>> foreign_layer("keras.layers.Conv1D(8, 3, 2, 'same')", (1, 9, 2)).line
    'conv1d -c 8 -k 3 -s 2 -p 1:1 --layout NLC'
    """
    call = _Parser(text, {}).call()
    return as_options(_name_of(call), call, literal, input_shape)


def _name_of(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


class _Parser:
    def __init__(self, text: str, signatures: Mapping[str, tuple[str, ...] | None]) -> None:
        named = _MODULE_NAME.match(text.strip())
        lead = len(text) - len(text.lstrip()) + (named.end() if named else 0)
        self.text = text
        self.lead = lead
        self.source = text[lead:].rstrip().rstrip(",")
        self.signatures = signatures

    def parse(self) -> Call:
        return plain_call(self.source, self.signatures) or self._parsed()

    def _parsed(self) -> Call:
        call = self.call()
        name = self._class_of(call)
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
            if keyword.arg is None:
                rule = "** is not supported: the expression is not run"
                self._fail("layer.arguments", rule, keyword)
            if keyword.arg not in parameters:
                rule = f"{name} has no argument {shortened(keyword.arg)}"
                self._fail("layer.arguments", rule, keyword, *self._meant(call, keyword.arg, name))
            if keyword.arg in arguments:
                rule = f"{shortened(keyword.arg)} is specified twice"
                self._fail("layer.arguments", rule, keyword)
            arguments[keyword.arg] = self._value(keyword.arg, keyword.value)
        for ignored in IGNORED:
            arguments.pop(ignored, None)
        return Call(name, arguments)

    def _meant(self, call: ast.Call, word: str, name: str) -> tuple[str | None, dict[str, str]]:
        """The hint for an unknown argument, with the line as torch writes it, and its fields."""
        parameters = [each for each in self.signatures[name] or () if each not in IGNORED]
        torchs = torch_name(word, parameters)
        if torchs is None:
            return did_you_mean(word, parameters), {}
        line = with_torch_names(self.source, call, parameters)
        hint = f"Did you mean {torchs}?"
        return (hint, {}) if line is None else (f"{hint} Write {{line}}.", {"line": line})

    def _class_of(self, call: ast.Call) -> str:
        """The class that is called. Raises ConvError where it is not among the signatures."""
        function, name = call.func, _name_of(call)
        if name in self.signatures:
            return name
        foreign = as_options(name, call, literal)
        if foreign is not None and name not in self.signatures:
            rule = f"{shortened(name)} is not a layer of torch.nn"
            line = "Here it is written {line}."
            if foreign.is_open:
                line += " Its padding depends on the input: convcli shape with this layer names it."
            self._fail("layer.class", rule, function, line, {"line": foreign.line})
        hint = did_you_mean(name, self.signatures)
        kind = "a supported layer"
        if len(self.signatures) <= FEW_CLASSES:
            kind = "a convolution layer"
            hint = hint or (
                f"The layers are {', '.join(self.signatures)}; "
                "convcli shape and convcli stack take others too."
            )
        rule = f"{shortened(name) or 'this'} is not {kind} of torch.nn"
        self._fail("layer.class", rule, function, hint)

    def call(self) -> ast.Call:
        """The call that is the text. Raises ConvError where it is none."""
        try:
            with catch_warnings():
                simplefilter("ignore")  # of escapes and comparisons; nothing is run
                statements = ast.parse(self.source).body
        except SyntaxError as error:
            start, line = self._line(error.lineno or 1)
            offset = self.lead + start + min(max((error.offset or 1) - 1, 0), len(line))
            rule = f"is not valid Python: {python_reason(error)}"
            raise self._error("layer.syntax", rule, offset) from None
        except (ValueError, RecursionError, MemoryError):
            raise self._error("layer.syntax", "is not valid Python", self.lead) from None
        statement = statements[0] if len(statements) == 1 else None
        value = (
            statement.value
            if isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign))
            else None
        )
        if not isinstance(value, ast.Call):
            rule, hint = "must be one layer, like Conv2d(3, 64, 7)", None
            if isinstance(value, ast.Tuple) and value.elts:
                hint = "Several layers are for convcli stack: one a line, or with ; between them."
            raise self._error("layer.syntax", rule, self.lead, hint)
        return value

    def _value(self, parameter: str, node: ast.expr) -> Any:
        if parameter in IGNORED:
            return None
        if isinstance(node, ast.Name) and node.id in _BARE_WORDS.get(parameter, ()):
            return node.id
        try:
            value = literal(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            rule = f"{parameter} must be a literal: the expression is not run"
            self._fail("layer.literal", rule, node)
        if parameter == "bias":
            if not isinstance(value, (bool, int)):
                self._fail("layer.literal", "bias must be True or False", node)
            return bool(value)
        return value

    def _fail(
        self,
        code: str,
        rule: str,
        node: ast.AST,
        hint: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> NoReturn:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        start, text = self._line(line)
        characters = len(text.encode()[:column].decode(errors="ignore"))
        raise self._error(code, rule, self.lead + start + characters, hint, fields)

    def _line(self, number: int) -> tuple[int, str]:
        """The offset and the text of a line as Python counts them; the last where it is beyond."""
        starts = [0, *(end.end() for end in _END_OF_LINE.finditer(self.source))]
        start = starts[min(number, len(starts)) - 1]
        return start, self.source[start:]

    def _error(
        self,
        code: str,
        rule: str,
        offset: int,
        hint: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> ConvError:
        pointer = (self.text, offset)
        return ConvError(code, rule, parameter="LAYER", hint=hint, pointer=pointer, fields=fields)
