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
from convcli.render.scene_screen import Foot, printed_lines, screen_lines
from convcli.report.film.moments import Film
from convcli.report.film.scene import FASTEST, SLOWEST, Scene

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
HOME, REST_OF_LINE, REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"
NO_TERMINAL_SIZE = os.terminal_size((80, 24))
LINGER = 5  # seconds behind the end until the player closes where no key was pressed


class Player:
    """The present scene of a film, its speed, and what each key does."""

    def __init__(self, film: Film, start: int, speed: float) -> None:
        self.film = film
        self.index = start
        self.speed = speed
        self.terms = 0
        self.playing = True
        self.ended = False
        self.is_attended = False  # a key was pressed
        self.films: dict[tuple[int, int, bool], Film] = {}

    def crop(self, rows: int, columns: int, whole_kernel: bool) -> Scene:
        """The present scene with at most so many rows and columns of each plane."""
        size = (rows, columns, whole_kernel)
        if size not in self.films:
            self.films[size] = self.film.within(*size)
        return self.films[size].scene(self.index, self.terms)

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
        self.is_attended = True
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


def play(film: Film, style: Style, streams: Streams, start: int | None, speed: float) -> None:
    """Play the film with keys; where nobody presses one, once; off a screen, print one scene.

    That is the scene `start`, or the last one.
    """
    player = Player(film, film.count - 1 if start is None else start, speed)
    if streams.has_screen:
        player.index = start or 0
        keyboard = keyboard_of(streams)
        with _screen(streams, keyboard):
            _run(player, style, streams, keyboard)
    player.terms = film.terms(player.index)
    width = streams.width()
    lines = printed_lines(player.crop, film.framing.most, style._replace(width=width))
    streams.write("\n".join(lines) + "\n", colors=style.color)


def _run(player: Player, style: Style, streams: Streams, keyboard: int | None) -> None:
    drawn: Any = None
    due = time.monotonic()
    while True:
        now = time.monotonic()
        if player.playing and now >= due:
            player.advance()
            due = now + player.delay()
        if player.ended and (keyboard is None or (not player.is_attended and now >= due + LINGER)):
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
    lines = screen_lines(player.crop, player.film.framing.most, _foot(player), style, size.lines)
    # Each line is erased before it is written: afterwards, that would remove the last letter of a
    # full line.
    erased = [REST_OF_LINE + shown(line, colors=style.color) for line in lines]
    streams.draw(HOME + "\r\n".join(erased) + REST_OF_SCREEN)
    streams.flush()


def _foot(player: Player) -> Foot:
    """The state of the player and its keys."""
    words = player.film.framing.words
    state = words("player.ended" if player.ended else "player.paused")
    if player.playing:
        state = words("player.playing")
    written = words("player.state", state=state, speed=player.speed)
    if player.ended and not player.is_attended:
        written = state = words("player.closing", seconds=LINGER)
    return Foot((written, words("player.help")), f"{words('player.help_short')}  {state}")


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
