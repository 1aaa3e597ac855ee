"""The .svg and .gif files of `convcli show`."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.errors import ConvError
from convcli.report.film.moments import Film
from convcli.report.film.scene import Scene

MOST_FRAMES = 500  # of an animation


def film_scenes(film: Film, first: int, is_moving: bool) -> list[Scene]:
    """The scenes of a picture: `first` alone, or all of them in an animation.

    Raises ConvError if an animation would have too many.
    """
    if not is_moving:
        return [film.scene(first)]
    if film.count > MOST_FRAMES:
        raise ConvError(
            "frames.most",
            f"an animation has at most {MOST_FRAMES} positions, and this layer has {film.count}",
            parameter="output",
            hint="Crop the input, or write one position to an .svg file with `at`.",
        )
    return [film.scene(index) for index in range(film.count)]


def picture(
    scenes: Sequence[Scene], suffix: str, seconds: float, precision: int | None = None
) -> bytes:
    """The scenes as a file with this suffix, .svg or .gif, each shown for `seconds`.

    Raises ConvError if a GIF is requested without Pillow.
    """
    if suffix == ".svg":
        from convcli.render.svg import svg

        return svg(scenes, seconds, precision).encode()
    from convcli.inputs.files.packages import optional_package

    optional_package("PIL", "output")
    from convcli.render.gif import gif

    return gif(scenes, seconds, precision)
