"""Literals of Python code, and integer arithmetic: values that are read, never evaluated."""

from __future__ import annotations

import ast
from operator import add, floordiv, mul, sub
from typing import Any

from convcli.engine.geometry.shapes import INT64_MAX

# As in Linear(512 * 7 * 7, 4096).
_ARITHMETIC = {ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.FloorDiv: floordiv}


def literal(node: ast.expr) -> Any:
    """The value of a literal, or of integer arithmetic. Raises ValueError for other nodes."""
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        left, right = literal(node.left), literal(node.right)
        if (
            isinstance(left, int)
            and isinstance(right, int)
            and (right or not isinstance(node.op, ast.FloorDiv))
        ):
            result = _ARITHMETIC[type(node.op)](left, right)
            if abs(result) > INT64_MAX:
                raise ValueError("a number of more than 64 bits")
            return result
        raise ValueError("only integers are computed with")
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(map(literal, node.elts))
    return ast.literal_eval(node)


def python_reason(error: Exception) -> str:
    """Why Python cannot read a source, without its advice on how to change the interpreter."""
    reason = str(getattr(error, "msg", None) or error)
    return "a number has too many digits" if "integer string" in reason else reason
