"""What notebooks display: HTML, Markdown and LaTeX of results, made by the views of the commands.

`convcli.show` and `convcli.run` stand here, and `%load_ext convcli` gives the magic `%convcli`. The
language is that of the variable CONVCLI_LANG.
"""

from __future__ import annotations

from typing import Any

from convcli.displays import Form
from convcli.notebook.answers import Answer as Answer
from convcli.notebook.answers import Result as Result
from convcli.notebook.answers import run as run
from convcli.notebook.forms import in_form
from convcli.notebook.frames import Page as Page
from convcli.notebook.frames import show as show


def written(shown: Any, form: Form) -> str:
    """What a notebook displays of an object that is `displayed`."""
    from convcli.notebook.documents import document_of

    return in_form(document_of(shown), form)
