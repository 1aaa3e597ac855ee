"""What a notebook asks of a result: `_repr_html_`, `_repr_markdown_`, `_repr_latex_`.

The engine has no formats. A class that is `displayed` hands its objects to `convcli.notebook`,
which is imported when a notebook asks for the first time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar, get_args

Form = Literal["html", "markdown", "latex"]
NOTEBOOK = "convcli.notebook"
Displayed = TypeVar("Displayed", bound=type)


def displayed(kind: Displayed) -> Displayed:
    """Give a class the three methods that notebooks call."""
    for form in get_args(Form):
        method = _method(form)
        method.__qualname__ = f"{kind.__qualname__}.{method.__name__}"
        setattr(kind, method.__name__, method)
    return kind


def _method(form: Form) -> Callable[[Any], str]:
    def written(self: Any) -> str:
        from importlib import import_module

        text: str = import_module(NOTEBOOK).written(self, form)
        return text

    written.__name__ = f"_repr_{form}_"
    written.__doc__ = f"The object in a notebook, as {form}."
    return written
