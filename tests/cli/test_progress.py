"""The progress bar: only on a terminal, after a while, with rate and time left; then wiped."""

from __future__ import annotations

import io

import pytest

from convcli.cli.output import progress
from convcli.cli.output.streams import Streams


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_share_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(progress, "QUIET", 0)
    stderr = Terminal()
    with progress.progress_bar(Streams(None, None, stderr), 10**9, "outputs") as update:
        assert update is not None
        for done in range(1, 5):
            update(done, 4)
    shown = stderr.getvalue()
    assert "100%" in shown
    assert "outputs/s" in shown
    assert "left" in shown
    assert "\x1b[?25h" in shown  # the cursor is back
    assert shown.endswith("\x1b[2K")  # and the line wiped


def test_what_is_quick_shows_nothing() -> None:
    stderr = Terminal()
    with progress.progress_bar(Streams(None, None, stderr), 10, "outputs") as update:
        assert update is not None
        update(1, 2)
    assert stderr.getvalue() == ""


def test_a_file_gets_no_bar() -> None:
    with progress.progress_bar(Streams(None, None, io.StringIO()), 10, "outputs") as update:
        assert update is None


def test_the_bar_of_an_iterator_moves_and_passes_every_step_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(progress, "QUIET", 0)
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(progress.Bar, "update", lambda _, done, total: seen.append((done, total)))
    streams = Streams(None, None, Terminal())
    assert list(progress.watched(iter("abc"), 3, "epochs", streams)) == ["a", "b", "c"]
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_an_iterator_that_stops_early_leaves_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "QUIET", 0)
    stderr = Terminal()
    steps = progress.watched(range(9), 9, "epochs", Streams(None, None, stderr))
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert stderr.getvalue().endswith("\x1b[2K")
