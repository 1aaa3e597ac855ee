"""Floats that NumPy has no type for, in float32, which holds every one of them exactly."""

from __future__ import annotations

import numpy as np

from convcli.engine.arrays import Array
from convcli.inputs.files.packages import optional_package

BFLOAT16 = "bfloat16"
FLOATS_OF_8_BITS = (  # as torch and ml_dtypes name them
    "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu",
)  # fmt: skip
STORED = {BFLOAT16: "u2", **dict.fromkeys(FLOATS_OF_8_BITS, "u1")}  # the bits as integers
BITS_OF_BFLOAT16 = 16


def widened(bits: Array, type_: str, name: str) -> Array:
    """The numbers that these bits are: uint16 of a bfloat16, uint8 of a float of 8 bits.

    Raises ConvError of kind "package" for floats of 8 bits without ml_dtypes; `name` is the
    argument that needs it.

    >>> widened(np.array([0x3FC0], np.uint16), "bfloat16", "X").tolist()
    [1.5]
    """
    if type_ == BFLOAT16:
        return (bits.astype(np.uint32) << BITS_OF_BFLOAT16).view(np.float32)
    types = optional_package("ml_dtypes", name)
    numbers: Array = bits.view(getattr(types, type_)).astype(np.float32)
    return numbers
