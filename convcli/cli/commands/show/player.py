"""Playing a film in the terminal: keys, speed, sizes; the screen and the cursor come back however it ends."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from convcli.cli.commands.show.keyboard import TICK, keyboard_of, keys_within, unbuffered
from convcli.cli.output.streams import Streams
from convcli.render import Style
from convcli.render.columns import clipped, wrapped
from convcli.render.scene_text import scene_columns, scene_lines
from convcli.report.film.moments import Film
from convcli.report.film.scene import FASTEST, SLOWEST, Scene

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
HOME, REST_OF_LINE, REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"
FRAME = 10  # lines of the screen that are not for planes
LEAST = 3  # rows and columns of a plane that are shown however small the screen is


class Player:
    """Where the film is, how fast it goes, and what each key does."""

    def __init__(self, film: Film, start: int, speed: float) -> None:
        self.film = film
        self.index = start
        self.speed = speed
        self.terms = 0
        self.playing = True
        self.ended = False
        self.films = {film.framing.most: film}

    def scene(self, rows: int, style: Style) -> Scene:
        """The moment, with as many rows and columns of each plane as there is room for side by side."""
        height, width = self.film.framing.most
        height = min(height, max(rows, LEAST))
        found = self._cropped(height, width)
        while (
            width > LEAST and style.width is not None and scene_columns(found, style) > style.width
        ):
            width = (
                min(
                    width,
                    max(len(plane.rows[0]) for plane in (found.input, found.kernel, found.output)),
                )
                - 1
            )
            found = self._cropped(height, width)
        return found

    def _cropped(self, rows: int, columns: int) -> Scene:
        most = (rows, max(columns, LEAST))
        if most not in self.films:
            self.films[most] = self.film.within(*most)
        return self.films[most].scene(self.index, self.terms)

    def advance(self) -> None:
        """One term more, or the next position when all are added; ends behind the last."""
        if self.terms < self.film.terms(self.index):
            self.terms += 1
        elif self.index + 1 < self.film.count:
            self.index, self.terms = self.index + 1, 1
        else:
            self.playing, self.ended = False, True

    def back(self) -> None:
        if self.terms > 1:
            self.terms -= 1
        elif self.index:
            self.index -= 1
            self.terms = self.film.terms(self.index)

    def press(self, key: str) -> None:
        """What a key does; any but pause, faster and slower stops the play where it is."""
        if key in ("faster", "slower"):
            self.speed = min(FASTEST, max(SLOWEST, self.speed * (2 if key == "faster" else 0.5)))
            return
        if key == "pause":
            if self.ended:
                self.index, self.terms, self.ended = 0, 0, False
            self.playing = not self.playing
            return
        self.playing, self.ended = False, False
        if key == "up":
            self.back()
        elif key == "down":
            self.advance()
        else:
            last = self.film.count - 1
            self.index = {
                "left": max(self.index - 1, 0),
                "right": min(self.index + 1, last),
                "home": 0,
                "end": last,
            }[key]
            self.terms = self.film.terms(self.index)

    def delay(self) -> float:
        """Seconds until the next term: a position takes 1/speed."""
        return 1 / self.speed / self.film.terms(self.index)


def play(film: Film, style: Style, streams: Streams, start: int, speed: float) -> None:
    """Show the film: with keys where there is a keyboard, once where only the screen is a terminal, the last moment alone
    where neither is."""
    if not streams.is_terminal:
        streams.write("\n".join(scene_lines(film.scene(film.count - 1), style)) + "\n")
        return
    player = Player(film, start, speed)
    keyboard = keyboard_of(streams)
    with _screen(streams, keyboard):
        _run(player, style, streams, keyboard)
    shown = style._replace(width=streams.width())
    player.terms = film.terms(player.index)
    streams.write("\n".join(scene_lines(player.scene(film.framing.most[0], shown), shown)) + "\n")


def _run(player: Player, style: Style, streams: Streams, keyboard: int | None) -> None:
    drawn: Any = None
    due = time.monotonic()
    while True:
        now = time.monotonic()
        if player.playing and now >= due:
            player.advance()
            due = now + player.delay()
        if player.ended and keyboard is None:
            return
        size = (
            os.get_terminal_size(streams.stdout.fileno())
            if streams.stdout is not None
            else os.terminal_size((80, 24))
        )
        state = (player.index, player.terms, size, player.playing, player.speed)
        if state != drawn:
            _draw(player, style._replace(width=size.columns), streams, size)
            drawn = state
        for key in keys_within(
            keyboard, min(max(due - now, 0.0), TICK) if player.playing else TICK
        ):
            if key == "quit":
                return
            player.press(key)
            due = time.monotonic() + player.delay()


def _draw(player: Player, style: Style, streams: Streams, size: os.terminal_size) -> None:
    words = player.film.framing.words
    state = (
        words("player.playing")
        if player.playing
        else words("player.ended")
        if player.ended
        else words("player.paused")
    )
    below = [
        "",
        words("player.state", state=state, speed=player.speed),
        *wrapped(words("player.help"), size.columns),
    ]
    lines = [*scene_lines(player.scene(size.lines - FRAME, style), style), *below]
    shown = [
        REST_OF_LINE + clipped(line, size.columns) for line in lines[: size.lines]
    ]  # before it: behind a full line it would take its last letter
    streams.write(HOME + "\r\n".join(shown) + REST_OF_SCREEN)
    streams.flush()


@contextmanager
def _screen(streams: Streams, keyboard: int | None) -> Iterator[None]:
    """Another screen without a cursor, and keys as they are pressed; all undone on every way out, and while suspended."""
    restore = unbuffered(keyboard)

    def enter() -> None:
        streams.write(ENTER)
        streams.flush()

    def leave() -> None:
        streams.write(LEAVE)
        streams.flush()

    def suspend(number: int, frame: object) -> None:
        leave()
        restore()
        os.kill(os.getpid(), signal.SIGSTOP)
        unbuffered(keyboard)
        enter()

    before = signal.signal(signal.SIGTSTP, suspend) if hasattr(signal, "SIGTSTP") else None
    try:
        enter()
        yield
    finally:
        try:
            leave()
        finally:
            restore()
            if before is not None:
                signal.signal(signal.SIGTSTP, before)
