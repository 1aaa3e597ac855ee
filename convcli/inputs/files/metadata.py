"""What a file says of its numbers beside their values: for a writer of the same format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from convcli.engine.arrays import Array


@dataclass(frozen=True)
class SourceMetadata:
    """What the file of an array says about it. None is what the format does not say.

    `suffix` is that of the file, as ".wav". `bits` are those of a stored sample, where samples have
    a fixed range: 8 or 16 of a picture, 8, 16, 24 or 32 of sound. `is_float` tells samples that
    are floats. `rate` is in samples per second. `affine` is the 4x4 matrix of a volume from voxels
    to millimetres, `header` the object of nibabel, and `axes` a letter for each axis of the array
    as it was read ("CXYZ"); `roles` has the axis of the file that C and N were ({"C": "T"}), and
    `picked` the index on each axis of the file that was left out ({"Z": 2}). `is_column` tells a
    table of one column and several rows.
    """

    suffix: str
    bits: int | None = None
    is_float: bool = False
    rate: int | None = None
    affine: Array | None = None
    header: Any = None
    axes: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    picked: Mapping[str, int] = field(default_factory=dict)
    is_column: bool = False
