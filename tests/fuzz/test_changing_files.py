"""Files that become longer or shorter while they are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from convcli.errors import ConvError
from convcli.inputs.files.arrays import read_array
from tests.fuzz import test_memory
from tests.fuzz.test_memory import LARGE

CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "longer": lambda data: data + data,
    "shorter": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
}

EVERYDAY = ("npy", "npz", "safetensors", "csv", "png", "nii", "wav", "pt-bfloat16")


def changing(path: Path, change: Callable[[bytes], bytes]) -> Callable[[int], None]:
    """An `admit` that changes the file once, in place, after its header is read."""
    left = [change(path.read_bytes())]

    def admit(size: int) -> None:
        if left:
            path.write_bytes(left.pop())

    return admit


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in EVERYDAY else pytest.mark.slow) for name in LARGE],
)
def test_a_file_that_changes_is_read_as_it_was_or_refused(
    name: str, change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = LARGE[name]
    pytest.importorskip(large.package)
    if name not in ("pgm", "ppm", "pfm"):  # their headers name the size
        monkeypatch.setattr(test_memory, "SIDE", 64)
    path = tmp_path / large.file
    path.write_bytes(large.make())
    rank = int(large.layer[0][4])
    whole = read_array(str(path), "X", rank)
    try:
        found = read_array(str(path), "X", rank, admit=changing(path, CHANGES[change]))
    except ConvError as error:
        kind = error.kind
    else:
        kind = "data" if np.array_equal(found, whole) else "other numbers"
    assert kind == "data"
