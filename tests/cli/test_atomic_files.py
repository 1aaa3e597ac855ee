"""Files appear whole, keep their mode and owner, and say what becomes of their links."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from convcli import ConvError
from convcli.cli.output.atomic_files import write_file
from convcli.cli.output.streams import Streams


@pytest.fixture(params=["without a name", "with a name"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, on a system with files without a name, and on one that has none."""
    if request.param == "with a name":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    return tmp_path


def written(path: Path, force: bool = False) -> str:
    """Write two pieces, and return what stands on stderr."""
    err = io.StringIO()
    write_file(str(path), [b"new", b"er"], force, Streams(None, None, err))
    assert path.read_bytes() == b"newer"
    return err.getvalue()


def test_a_new_file_has_the_mode_of_the_umask(folder: Path) -> None:
    old = os.umask(0o027)
    try:
        assert written(folder / "y") == ""
    finally:
        os.umask(old)
    assert stat.S_IMODE((folder / "y").stat().st_mode) == 0o640
    assert os.listdir(folder) == ["y"]


@pytest.mark.parametrize("mode", [0o600, 0o444, 0o755, 0o4711])
def test_a_replaced_file_keeps_its_mode(folder: Path, mode: int) -> None:
    target = folder / "y"
    target.write_bytes(b"old")
    target.chmod(mode)
    written(target, force=True)
    assert stat.S_IMODE(target.stat().st_mode) == mode
    assert os.listdir(folder) == ["y"]


def test_a_mode_of_another_owner_loses_its_special_rights(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    target = folder / "y"
    target.write_bytes(b"old")
    if os.geteuid() == 0:
        os.chown(target, 1234, 1234)
    target.chmod(0o4755)
    expected = 0o755 if os.geteuid() == 0 else 0o4755
    monkeypatch.setattr(os, "fchown", refuse)
    written(target, force=True)
    assert stat.S_IMODE(target.stat().st_mode) == expected


def test_symbolic_links_stay_and_hard_links_are_reported(folder: Path) -> None:
    target, link, other = folder / "y", folder / "link", folder / "other"
    target.write_bytes(b"old")
    link.symlink_to("y")
    assert written(link, force=True) == ""
    assert link.is_symlink()
    assert target.read_bytes() == b"newer"
    target.write_bytes(b"old")
    os.link(target, other)
    assert "other hard links of the output file keep its old content" in written(target, True)
    assert other.read_bytes() == b"old"
    dangling = folder / "dangling"
    dangling.symlink_to("there")
    written(dangling)
    assert (folder / "there").read_bytes() == b"newer"


@pytest.mark.parametrize("force", [False, True])
def test_a_file_that_appears_meanwhile(folder: Path, force: bool) -> None:
    target = folder / "y"

    def chunks() -> Iterator[bytes]:
        yield b"mine"
        target.write_bytes(b"theirs")

    def write() -> None:
        write_file(str(target), chunks(), force, Streams(None, None, None))

    if force:
        write()
    else:
        with pytest.raises(ConvError, match="already exists"):
            write()
    assert target.read_bytes() == (b"mine" if force else b"theirs")
    assert os.listdir(folder) == ["y"]


def test_after_an_exception_nothing_is_left(folder: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_file(str(folder / "y"), chunks(), False, Streams(None, None, None))
    assert os.listdir(folder) == []
