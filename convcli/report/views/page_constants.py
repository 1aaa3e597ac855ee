"""The constants that the script of the page shares with Python; it reads them from its data."""

from __future__ import annotations

from typing import Any

from convcli.engine.geometry.padding import PADDING_MODES
from convcli.engine.geometry.shapes import axis_names
from convcli.report.film.scene import FASTEST, SLOWEST
from convcli.report.spelling.size_formulas import STAMPS, WINDOWS
from convcli.report.terms import Rule

RANKS = (1, 2, 3)
LEAST = {  # of each parameter of an axis
    "kernel_size": 1, "stride": 1, "dilation": 1, "before": 0, "after": 0, "output_padding": 0,
}  # fmt: skip
MOST = 100_000  # of any of them, in a link to the page
MOST_TAPS = 4096  # of a kernel that the page draws
SLIDER_ENDS = {  # wide enough for the layers in use; the command line takes more
    "kernel_size": 16, "stride": 16, "dilation": 12, "before": 16, "after": 16,
    "output_padding": 16,
}  # fmt: skip


def page_constants() -> dict[str, Any]:
    """Names, limits and symbols of the page, as its script reads them.

    `padding_modes` maps each mode to the class of torch's padding layer (None: torch lacks the
    mode), to the largest pad minus the input size (None: no limit), and to numpy.pad's name of it.
    `output_size` has the formulas of the output size: of a convolution, and of a transposed one.
    """
    return {
        "axis_names": {rank: axis_names(rank) for rank in RANKS},
        "padding_modes": {
            name: {"pad_class": mode.torch_layer, "limit": mode.excess, "numpy": mode.numpy}
            for name, mode in PADDING_MODES.items()
        },
        "least": LEAST,
        "most": MOST,
        "most_taps": MOST_TAPS,
        "slider_ends": SLIDER_ENDS,
        "slowest": SLOWEST,
        "fastest": FASTEST,
        "output_size": [Rule((WINDOWS,)), Rule((STAMPS,))],
    }
