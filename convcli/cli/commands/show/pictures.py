"""The picture files of `convcli show`: which positions they hold, and what draws each suffix."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from convcli.cli.commands.show.options import PictureOptions
from convcli.cli.output.atomic_files import write_file
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import suffix_of
from convcli.errors import ConvError
from convcli.inputs.files.packages import optional_package
from convcli.inputs.text.numbers import parse_per_axis
from convcli.render.fonts import Font, chinese_font
from convcli.report.film.moments import Film
from convcli.report.film.scene import Scene
from convcli.report.words.vocabulary import ENGLISH, Words

MOST_FRAMES = 500  # of an animation
USUAL_FRAMES = 150  # of one that leaves positions out by itself
FILMS = {".gif": "GIF", ".webp": "WEBP", ".apng": "PNG"}  # as Pillow calls the formats
PIXELS = (*FILMS, ".png")
PICTURES = (".svg", ".pdf", *PIXELS)
LARGEST = (576, 576)  # rows and columns of a plane; of a larger one a part is drawn
LAYERS = 4  # pairs of an input channel and a depth tap
PACKAGES = dict.fromkeys(PIXELS, "PIL") | {".pdf": "fpdf"}
SCALES = {".png": 2.0}


class Drawing(NamedTuple):
    """How scenes are drawn: seconds of each, decimals, ground, pixels, the font of Chinese."""

    seconds: float
    precision: int | None
    options: PictureOptions
    font: Font | None


def is_picture(path: str | None) -> bool:
    """Whether a file is a picture."""
    return path is not None and suffix_of(path) in PICTURES


def is_film(suffix: str, options: PictureOptions) -> bool:
    """Whether a file holds several positions."""
    return suffix in FILMS or (options.frames and suffix in (".svg", ".pdf"))


def check_picture(path: str, options: PictureOptions) -> None:
    """Check that a picture can be drawn so.

    Raises ConvError for an option that is of other pictures, and for a missing package.
    """
    suffix = suffix_of(path)
    if options.frames and suffix not in (*FILMS, ".svg", ".pdf"):
        rule = f"needs a picture that holds several positions: .svg, .pdf, {', '.join(FILMS)}"
        raise ConvError("frames.still", rule, parameter="frames", got=path)
    if options.every is not None and not is_film(suffix, options):
        rule = "needs a picture of several positions"
        hint = f"Write to {', '.join(FILMS)}, or add `frames` for an .svg or .pdf file."
        raise ConvError("every.still", rule, parameter="every", got=path, hint=hint)
    if options.scale is not None and suffix not in PIXELS:
        rule = f"is for pictures that consist of pixels: {', '.join(PIXELS)}"
        raise ConvError("scale.pixels", rule, parameter="scale", got=path)
    if suffix in PACKAGES:
        optional_package(PACKAGES[suffix], "output")


def letters(words: Words, path: str | None, streams: Streams) -> tuple[Words, Font | None]:
    """The words of a picture, and the font for them where it needs one.

    Without a font that has the letters, the words are English, with a note.
    """
    if words == ENGLISH or path is None or suffix_of(path) not in PACKAGES:
        return words, None
    font = chinese_font()
    if font is not None:
        return words, font
    streams.note(
        f"{path}: no font with Chinese was found, so its words are English; install one, "
        "for example Noto Sans CJK, or write an .svg file"
    )
    return ENGLISH, None


def film_scenes(
    film: Film, first: int, path: str, options: PictureOptions, streams: Streams
) -> list[Scene]:
    """The scenes of a picture: `first` alone, with all outputs, or from `first` on in a film.

    A film of many positions leaves some out, and a note says which. Raises ConvError if one that
    `every` asks for would have too many.
    """
    if not is_film(suffix_of(path), options):
        return [film.scene(first, finished=True)]
    place = film.place(first)
    steps = _steps(film, options.every)
    indices = _indices(film, place, steps)
    if options.every is None and len(indices) > MOST_FRAMES:
        least = next(
            step
            for step in range(2, max(film.steps) + 1)
            if len(_indices(film, place, (step,) * len(steps))) <= USUAL_FRAMES
        )
        steps = (least,) * len(steps)
        every = _indices(film, place, steps)
        streams.note(
            f"{path}: {len(every)} of {film.count} positions, one in {least} along each axis; "
            "--every changes that"
        )
        indices = every
    if len(indices) > MOST_FRAMES:
        rule = f"an animation has at most {MOST_FRAMES} positions, and this one has {len(indices)}"
        raise ConvError("frames.most", rule, parameter="every", got=options.every)
    return [film.scene(index) for index in indices]


def _steps(film: Film, every: str | None) -> tuple[int, ...]:
    """The step along each axis. Raises ConvError where `every` is no step."""
    step = 1 if every is None else parse_per_axis(every, "every")
    steps = (step,) * len(film.steps) if isinstance(step, int) else step
    if len(steps) != len(film.steps):
        rule = f"must be one number, or one for each of {len(film.steps)} axes"
        raise ConvError("every.axes", rule, parameter="every", got=every)
    if min(steps) < 1:
        raise ConvError("every.least", "must be at least 1", parameter="every", got=every)
    return steps


def _indices(film: Film, place: Sequence[int], steps: Sequence[int]) -> list[int]:
    """The scenes from a place on whose distance from it is a multiple of the steps."""
    spans = [
        range(start % step, size, step)
        for start, step, size in zip(place, steps, film.steps, strict=True)
    ]
    shape = film.steps
    indices = [int(np.ravel_multi_index(each, shape)) for each in product(*spans)]
    return [index for index in indices if index >= int(np.ravel_multi_index(tuple(place), shape))]


def picture(scenes: Sequence[Scene], path: str, drawing: Drawing) -> bytes:
    """The scenes as the file that a path names. The packages must be there."""
    suffix, options = suffix_of(path), drawing.options
    if suffix == ".svg":
        from convcli.render.svg import svg

        text = svg(scenes, drawing.seconds, drawing.precision, theme=options.theme)
        return text.encode()
    if suffix == ".pdf":
        from convcli.render.pdf import pdf

        return pdf(scenes, options.theme, drawing.font, drawing.precision)
    from convcli.render.raster import Look, film, png

    scale = options.scale or SCALES.get(suffix, 1.0)
    look = Look(scale, options.theme, drawing.font)
    if suffix == ".png":
        return png(scenes, look, drawing.precision)
    return film(scenes, FILMS[suffix], look, drawing.seconds, drawing.precision)


def write_picture(
    film: Film, first: int, path: str, drawing: Drawing, force: bool, streams: Streams
) -> None:
    """Draw the film, or its scene `first`, as the file that a path names, and write it."""
    scenes = film_scenes(film, first, path, drawing.options, streams)
    write_file(path, [picture(scenes, path, drawing)], force, streams)
