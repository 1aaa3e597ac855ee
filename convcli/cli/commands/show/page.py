"""The page of `convcli show`, as text."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcli.cli.app.options import InputOptions
from convcli.cli.input.loaded_operands import LoadedOperands
from convcli.inputs.text.kernels import named_kernels
from convcli.render.page_html import page
from convcli.report.film.moments import Film
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.views.page import PageOperands, PageStart, page_data, page_operands

MOST_OF_KERNEL = 125  # numbers of a named kernel that a page offers


class Page(NamedTuple):
    """A page: the arrays of a layer, and what is shown first."""

    operands: PageOperands
    start: PageStart

    def text(self, server: str | None = None) -> str:
        """The page as HTML; `server` is the path that answers for parts of large arrays."""
        data = page_data(self.operands, self.start, server)
        return page(data, pytorch_line(self.operands.spec))


def page_of(
    arrays: LoadedOperands,
    film: Film,
    first: int,
    speed: float,
    command: dict[str, Any],
    ticks: tuple[str, ...] = (),
    *,
    playground: bool = False,
) -> Page:
    """The page of a film, which begins with the cell of scene `first`, with these ticks on."""
    scatters = film.view == "scatter"
    channel = film.framing.channel if scatters else film.framing.out_channel
    start = PageStart(
        "input" if scatters else "output",
        (channel, *film.place(first)),
        speed,
        command,
        film.framing.words,
        ticks,
        named_kernels(arrays.spec.rank, MOST_OF_KERNEL),
        playground,
    )
    return Page(arrays.call(page_operands, example=film.footage.example), start)


def page_command(
    x: str, w: str, options: InputOptions, example: str, groups: str
) -> dict[str, str | list[str]]:
    """The parts of the command line that the page repeats, as typed.

    `groups` is not the number: "depthwise" lets one kernel serve every channel.
    """
    given = {"bias": options.bias, "decimal": options.decimal, "layout": options.layout}
    rest = [f"--{name}={text}" for name, text in given.items() if text is not None]
    if options.flip:
        rest.append("--flip")
    if example != "0":
        rest.append(f"--example={example}")
    return {"input": x, "weight": w, "rest": rest, "groups": f"--groups={groups}"}
