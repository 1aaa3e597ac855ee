"""`.json` of a bare array: nested lists."""

from __future__ import annotations

import json

from convcli.engine.arrays import Array
from convcli.inputs.files.writers.request import WriteRequest

MOST_AXES_HINT = "Write it to an .npy file."


def check(request: WriteRequest) -> None:
    """Raises ConvError where the array holds complex numbers."""
    if request.array.dtype.kind == "c":
        raise request.wrong_type("holds real numbers", MOST_AXES_HINT)


def write(request: WriteRequest) -> list[bytes]:
    """The lists on one line. Raises ConvError where a number is NaN or infinite."""
    try:
        return [json.dumps(_listed(request.array), allow_nan=False).encode() + b"\n"]
    except ValueError:
        rule = "a list of JSON holds no NaN and no infinity, and the array does"
        raise request.refusal("output.values", rule, hint=MOST_AXES_HINT) from None


def _listed(array: Array) -> object:
    """The lists; a number narrower than float64 goes through its shortest text."""
    if array.dtype.kind != "f" or array.dtype.itemsize >= 8:
        return array.tolist()
    return [_listed(each) if each.ndim else float(str(each)) for each in array]
