"""Changes as lines of TensorFlow Lite, which is fed with arrays (N, *sizes, C)."""

from __future__ import annotations

from collections.abc import Mapping

from convcli.report.spelling.changes import Code

CODES: Mapping[str, Code] = {
    "add_both": "x = x[None, ..., None]",
    "as_exported": "converter  # of a model with {value} channels",
    "resize_tensor": "interpreter.resize_tensor_input(index, shape)",
}
