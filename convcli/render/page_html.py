"""The page of `convcli show`: one file that loads nothing, made of the parts in `render/page`."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Any

from convcli.render.page_file import page_file, palette_style, part, script_of
from convcli.render.palette import PAGE_SHADES, TAPS

START = "start"  # the module that the page runs
MOST_TAP_NUMBERS = 49  # taps with a number of their own: MOST_TAPS_COLORED of tap_colors.js
PANELS = ("input", "weight", "output")
STYLES = ("page", "stage", "marks", "controls", "edit", "seeing", "media")  # media overrules all


def page(data: Mapping[str, Any], title: str) -> str:
    """The page that shows `data`, as HTML. It may connect only to the server that `data` names."""
    constants = data["constants"] | {"shades": PAGE_SHADES}
    panel = Template(part("panel.html"))
    return page_file(
        "page.html",
        _style(),
        page_script(),
        {**data, "constants": constants},
        title=title,
        connect="'self'" if data["server"] else "",
        **{name: panel.substitute(name=name) for name in PANELS},
    )


def page_script() -> str:
    """The modules of the page as one script."""
    return script_of(START)


def _style() -> str:
    return "\n".join([palette_style(), *(part(f"{name}.css") for name in STYLES), _tap_style()])


def _tap_style() -> str:
    """The colours of taps, and their numbers in the corners of cells and before products."""
    colors = "".join(f".hue-{at} {{ --hue: var(--hue-{at}); }} " for at in range(len(TAPS)))
    numbers = "".join(f'.no-{at}::before {{ content: "{at}"; }} ' for at in range(MOST_TAP_NUMBERS))
    return colors + numbers
