"""The page of `convcli stack`, as text."""

from __future__ import annotations

import os
from collections.abc import Sequence

from convcli.cli.commands.stack.options import StackOptions
from convcli.cli.commands.stack.questions import Answer
from convcli.errors import ConvError, printable, shortened

LONGEST = 60  # letters of a title


def check_page(operands: Sequence[str], questions: StackOptions) -> None:
    """Raises ConvError for questions whose answers are tables, and where there is no SHAPE."""
    tables = {
        "compare": questions.compare,
        "mirror": questions.mirror,
        "sizes": questions.sizes is not None,
        "target_rf": questions.target_rf is not None,
        "depth": questions.depth is not None,
        "only": questions.only is not None,
        "sort": questions.sort is not None,
        "top": questions.top is not None,
        "costs": questions.costs,
    }
    asked = next((name for name, is_asked in tables.items() if is_asked), None)
    if asked is not None:
        rule = "is about a table of layers; a page shows every layer of one network"
        hint = "Leave it out, or write a table: .txt, .md, .csv."
        raise ConvError("stack.page", rule, parameter=asked, hint=hint)
    if len(operands) < 2 and not questions.module:
        hint = "Like: convcli stack resnet18 3x224x224 -o network.html."
        raise ConvError("arguments.missing", "needs LAYERS... SHAPE", hint=hint)


def page_text(result: Answer, sources: Sequence[str]) -> str:
    """The page of an answer. Raises ConvError for a network that a page cannot draw."""
    from convcli.render.network_page import page
    from convcli.report.views.network_page import network_page

    assert result.report is not None  # noqa: S101  # by check_page
    return page(network_page(result.report, result.proven), _name(sources))


def _name(sources: Sequence[str]) -> str:
    """What the network is called: the file or the module, or its first layers."""
    text = "; ".join(os.path.basename(each) for each in sources)
    return printable(shortened(text, LONGEST))
