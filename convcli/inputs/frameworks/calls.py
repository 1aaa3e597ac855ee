"""A call of another framework: parsed by the signature of its operator, never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, NoReturn
from warnings import catch_warnings, simplefilter

from convcli.errors import ConvError, shortened
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.names import Found, framework_of
from convcli.inputs.frameworks.signatures import COMMON, Operator, Signature
from convcli.inputs.text.python_literals import literal, python_reason
from convcli.suggestions import did_you_mean

_NOT_LITERAL = (ValueError, TypeError, SyntaxError, MemoryError, RecursionError)
_MOST_LISTED = 12  # operators in an error


def foreign_layer(text: str) -> ForeignLayer | None:
    """The layer of a call of another framework; None for torch's layers and other texts.

    Raises ConvError where the call has no such operator or argument, or the framework refuses it.

    >>> foreign_layer("keras.layers.Conv2D(8, 3)").call
    'keras.layers.Conv2D'
    """
    found = framework_of(text)
    if found is None:
        return None
    operators = operators_of(found.framework.module)
    if found.operator not in operators:
        raise _no_operator(found, operators)
    operator = operators[found.operator]
    return operator.read(bound_call(text, found, operator.signature))


def bound_call(text: str, found: Found, signature: Signature) -> Arguments:
    """The arguments of a call by name. Raises ConvError where they do not fit the signature."""
    return _Call(text, found, signature).arguments()


@cache
def operators_of(module: str) -> Mapping[str, Operator]:
    """The operators of a framework by their names, from its module here."""
    loaded = import_module(f"convcli.inputs.frameworks.{module}")
    operators: Mapping[str, Operator] = loaded.OPERATORS
    return operators


def _no_operator(found: Found, operators: Mapping[str, Operator]) -> ConvError:
    rule = "{call} is no layer of {framework} that convcli knows"
    hint = did_you_mean(found.operator, operators)
    if hint is None and len(operators) <= _MOST_LISTED:
        hint = f"It knows {', '.join(operators)}."
    fields = {"call": shortened(found.written), "framework": found.framework.name}
    hint = hint or "convcli help frameworks lists those that it knows."
    return ConvError("framework.operator", rule, parameter="LAYER", hint=hint, fields=fields)


class _Call:
    """A call and where its parts stand in the text."""

    def __init__(self, text: str, found: Found, signature: Signature) -> None:
        self.text, self.found, self.signature = text, found, signature
        self.lead = len(text) - len(text.lstrip())
        self.source = text.strip().rstrip(",;")

    def arguments(self) -> Arguments:
        """The arguments by name. Raises ConvError where one is unknown, missing or no literal."""
        call, signature = self._parsed(), self.signature
        values: dict[str, Any] = dict(signature.defaults)
        nodes: dict[str, ast.expr] = {}
        at = -1
        for node in call.args:
            if isinstance(node, ast.Starred):
                self._fail("* is not supported: the call is not run", node)
            at = self._place(at + 1, node)
            if at >= signature.keyword_only:
                takes = f"{{call}} takes at most {signature.keyword_only} arguments by position"
                self._fail(takes, node)
            nodes[signature.parameters[at]] = node
        for keyword in call.keywords:
            self._check_name(keyword, nodes)
            nodes[keyword.arg or ""] = keyword.value
        for name, node in nodes.items():
            if name in signature.arrays or name in signature.ignored or name in COMMON:
                continue
            values[name] = self._value(name, node)
        self._require(values)
        framework, operator, written = self.found.framework.name, self.found.operator, nodes
        return Arguments(framework, operator, self.found.written, values, frozenset(written))

    def _place(self, at: int, node: ast.expr) -> int:
        """The parameter of an argument without a name; a literal is none of the arrays."""
        is_array = not isinstance(node, (ast.Constant, ast.List, ast.Tuple, ast.UnaryOp))
        parameters = self.signature.parameters
        while not is_array and at < len(parameters) and parameters[at] in self.signature.arrays:
            at += 1
        return at

    def _check_name(self, keyword: ast.keyword, nodes: Mapping[str, ast.expr]) -> None:
        name, known = keyword.arg, self.signature.parameters
        if name is None:
            self._fail("** is not supported: the call is not run", keyword)
        if name in nodes:
            self._fail("{name} is specified twice", keyword, name=name)
        if name not in known and name not in COMMON:
            hint = did_you_mean(name, known) or f"Its arguments are {', '.join(known)}."
            self._fail("{call} has no argument {name}", keyword, hint, name=shortened(name))

    def _require(self, values: Mapping[str, Any]) -> None:
        signature = self.signature
        for name in signature.parameters:
            may_lack = name in signature.arrays or name in signature.ignored
            if name not in values and not may_lack:
                rule = "{call} needs the argument {name}"
                raise self._error("framework.missing", rule, {"name": name})

    def _parsed(self) -> ast.Call:
        """The call that is the text. Raises ConvError where it is none."""
        try:
            with catch_warnings():
                simplefilter("ignore")  # of escapes and comparisons; nothing is run
                statements = ast.parse(self.source).body
        except SyntaxError as error:
            rule = f"is not valid Python: {python_reason(error)}"
            raise self._error("layer.syntax", rule, at=self._offset(error)) from None
        except (ValueError, RecursionError, MemoryError):
            raise self._error("layer.syntax", "is not valid Python") from None
        only = statements[0] if len(statements) == 1 else None
        value = only.value if isinstance(only, (ast.Expr, ast.Assign, ast.AnnAssign)) else None
        while isinstance(value, ast.Call) and isinstance(value.func, ast.Call):
            value = value.func  # keras.layers.Conv2D(8, 3)(x)
        if not isinstance(value, ast.Call):
            rule = "must be one layer, like {call}(...)"
            raise self._error("layer.syntax", rule)
        return value

    def _value(self, name: str, node: ast.expr) -> Any:
        try:
            return _literal(node)
        except _NOT_LITERAL:
            rule = "{name} must be a literal: the call is not run"
            self._fail(rule, node, code="layer.literal", name=name)

    def _offset(self, error: SyntaxError) -> int:
        lines = self.source.splitlines(keepends=True)[: max((error.lineno or 1) - 1, 0)]
        return sum(map(len, lines)) + max((error.offset or 1) - 1, 0)

    def _fail(
        self,
        rule: str,
        node: ast.AST,
        hint: str | None = None,
        code: str = "layer.arguments",
        **fields: Any,
    ) -> NoReturn:
        lines = self.source.split("\n")[: getattr(node, "lineno", 1)]
        before, line = lines[:-1], lines[-1] if lines else ""
        column = getattr(node, "col_offset", 0)
        at = sum(len(one) + 1 for one in before)
        at += len(line.encode()[:column].decode(errors="ignore"))
        raise self._error(code, rule, fields, hint, at)

    def _error(
        self,
        code: str,
        rule: str,
        fields: Mapping[str, Any] | None = None,
        hint: str | None = None,
        at: int = 0,
    ) -> ConvError:
        pointer = (self.text, min(self.lead + at, len(self.text)))
        full = {"call": self.found.written, **(fields or {})}
        return ConvError(code, rule, parameter="LAYER", hint=hint, fields=full, pointer=pointer)


def _literal(node: ast.expr) -> Any:
    """A literal, or the last name of an attribute: cv2.BORDER_WRAP is "BORDER_WRAP"."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(map(_literal, node.elts))
    return literal(node)
