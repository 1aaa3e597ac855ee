"""The bytes of files that describe networks."""

from __future__ import annotations

from pathlib import Path

import pytest

from convcli.errors import ConvError
from convcli.inputs.networks.contents import contents_of


def test_a_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert contents_of(str(path), 3) == b"abc"
    with pytest.raises(ConvError, match="must be at most 1 MiB") as caught:
        contents_of(str(path), 2)
    assert caught.value.code == "layers.large"


def test_a_device_without_end_is_refused() -> None:
    with pytest.raises(ConvError, match="must be at most 4 MiB"):
        contents_of("/dev/zero", largest_stream=4 * 2**20)


def test_a_file_whose_size_reads_as_0_is_read_to_its_end() -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("there is no /proc")
    assert b"Name:" in contents_of("/proc/self/status")
