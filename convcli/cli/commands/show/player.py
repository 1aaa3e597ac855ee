"""Plays a film in the terminal; always restores the screen and the cursor."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from convcli.cli.commands.show.keyboard import TICK, keyboard_of, keys_within, unbuffered
from convcli.cli.output.streams import Streams, shown
from convcli.render import Style
from convcli.render.columns import clipped, wrapped
from convcli.render.scene_text import scene_columns, scene_lines
from convcli.report.film.moments import Film
from convcli.report.film.scene import FASTEST, SLOWEST, Scene

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
HOME, REST_OF_LINE, REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"
NO_TERMINAL_SIZE = os.terminal_size((80, 24))
FRAME = 10  # lines of the screen beside those of the planes
LEAST = 3  # rows and columns of a plane, on a screen of any size


class Player:
    """The present scene of a film, its speed, and what each key does."""

    def __init__(self, film: Film, start: int, speed: float) -> None:
        self.film = film
        self.index = start
        self.speed = speed
        self.terms = 0
        self.playing = True
        self.ended = False
        self.films = {film.framing.most: film}

    def scene(self, rows: int, style: Style) -> Scene:
        """The present scene, with as many rows and columns as fit side by side."""
        height, width = self.film.framing.most
        height = min(height, max(rows, LEAST))
        scene = self._cropped(height, width)
        available = style.width
        while width > LEAST and available is not None and scene_columns(scene, style) > available:
            planes = (scene.input, scene.kernel, scene.output)
            width = min(width, max(len(plane.rows[0]) for plane in planes)) - 1
            scene = self._cropped(height, width)
        return scene

    def _cropped(self, rows: int, columns: int) -> Scene:
        most = (rows, max(columns, LEAST))
        if most not in self.films:
            self.films[most] = self.film.within(*most)
        return self.films[most].scene(self.index, self.terms)

    def advance(self) -> None:
        """Add one term, or go to the next position if all are added; stop after the last."""
        if self.terms < self.film.terms(self.index):
            self.terms += 1
        elif self.index + 1 < self.film.count:
            self.index, self.terms = self.index + 1, 1
        else:
            self.playing, self.ended = False, True

    def back(self) -> None:
        """Take one term away, or go to the previous position with all of its terms."""
        if self.terms > 1:
            self.terms -= 1
        elif self.index:
            self.index -= 1
            self.terms = self.film.terms(self.index)

    def press(self, key: str) -> None:
        """Do what a key asks for. Every key but pause, faster and slower also stops the play."""
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
        """Seconds until the next term: a position takes 1/speed seconds."""
        return 1 / self.speed / self.film.terms(self.index)


def play(film: Film, style: Style, streams: Streams, start: int, speed: float) -> None:
    """Play the film with keys; without a keyboard, once; off a terminal, print the last scene."""
    if not streams.is_terminal:
        streams.write(
            "\n".join(scene_lines(film.scene(film.count - 1), style)) + "\n", colors=style.color
        )
        return
    player = Player(film, start, speed)
    keyboard = keyboard_of(streams)
    with _screen(streams, keyboard):
        _run(player, style, streams, keyboard)
    last = style._replace(width=streams.width())
    player.terms = film.terms(player.index)
    lines = scene_lines(player.scene(film.framing.most[0], last), last)
    streams.write("\n".join(lines) + "\n", colors=last.color)


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
        size = _size(streams)
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


def _size(streams: Streams) -> os.terminal_size:
    """The columns and lines of the terminal; those of NO_TERMINAL_SIZE where it does not say."""
    try:
        size = os.get_terminal_size(streams.stdout.fileno() if streams.stdout else -1)
    except (OSError, ValueError):
        return NO_TERMINAL_SIZE
    usual = NO_TERMINAL_SIZE
    return os.terminal_size((size.columns or usual.columns, size.lines or usual.lines))


def _draw(player: Player, style: Style, streams: Streams, size: os.terminal_size) -> None:
    words = player.film.framing.words
    state = words("player.ended" if player.ended else "player.paused")
    if player.playing:
        state = words("player.playing")
    below = [
        "",
        words("player.state", state=state, speed=player.speed),
        *wrapped(words("player.help"), size.columns),
    ]
    lines = [*scene_lines(player.scene(size.lines - FRAME, style), style), *below]
    # Each line is erased before it is written: afterwards, that would remove the last letter of a
    # full line.
    safe = (shown(line, colors=style.color) for line in lines[: size.lines])
    erased = [REST_OF_LINE + clipped(line, size.columns) for line in safe]
    streams.draw(HOME + "\r\n".join(erased) + REST_OF_SCREEN)
    streams.flush()


@contextmanager
def _screen(streams: Streams, keyboard: int | None) -> Iterator[None]:
    """The alternate screen, no cursor, unbuffered keys; restored on exit and while suspended."""
    restore = unbuffered(keyboard)

    def enter() -> None:
        streams.draw(ENTER)
        streams.flush()

    def leave() -> None:
        streams.draw(LEAVE)
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
