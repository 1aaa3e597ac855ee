"""`--each PATTERN|FILE...`: its options, and how it is read from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from convcli.cli.app.option_groups import OptionGroup
from convcli.cli.app.options import Parsed, input_option, output_option
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_between

MOST_JOBS = 256
EACH = "--each"
OPTIONS_OF_EACH = ("jobs", "out_dir", "out_suffix")


def _as_it_is(text: str, _: str) -> str:
    return text


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class EachOptions(OptionGroup):
    """The files that take the place of X, and where their results go."""

    each: Annotated[
        list[str],
        input_option(
            EACH,
            metavar="PATTERN",
            help='in place of X: files, a folder, or a pattern like "photos/*.png"',
        ),
        Parsed(_as_it_is),
    ]
    jobs: Annotated[
        int | None,
        input_option("--jobs", metavar="N", help="files of --each at the same time (default: 1)"),
        Parsed(partial(parse_between, least=1, most=MOST_JOBS)),
    ] = None
    out_dir: Annotated[
        str | None,
        output_option("--out-dir", metavar="DIR", help="the folder of the results of --each"),
    ] = None
    out_suffix: Annotated[
        str | None,
        output_option(
            "--out-suffix",
            metavar="SUFFIX",
            help="of the results of --each, like .npy (default: that of the file)",
        ),
    ] = None

    def check(self) -> bool:
        """Whether there is --each. Raises ConvError for its other options without it."""
        for name in OPTIONS_OF_EACH:
            if not self.each and getattr(self, name) is not None:
                hint = "Write the inputs there: `each` photos/*.png."
                raise ConvError("each.required", "needs `each`", parameter=name, hint=hint)
        return bool(self.each)


def with_files(arguments: Sequence[str]) -> list[str]:
    """`--each a b` as `--each a --each b`: its files run to the next option.

    >>> with_files(["conv2d", "--each", "a", "b", "--jobs", "2"])
    ['conv2d', '--each', 'a', '--each', 'b', '--jobs', '2']
    """
    read: list[str] = []
    more = False
    for number, text in enumerate(arguments):
        if text == "--":
            return [*read, *arguments[number:]]
        is_option = text.startswith("-") and len(text) > 1
        if more and not is_option and read[-1] != EACH:
            read.append(EACH)
        more = (more and not is_option) or text == EACH or text.startswith(f"{EACH}=")
        read.append(text)
    return read


def without_input(parameters: list[Any], arguments: Sequence[str]) -> list[Any]:
    """The parameters of a command, without X where the arguments have --each."""
    before = arguments[: arguments.index("--")] if "--" in arguments else arguments
    each = any(text == EACH or text.startswith(f"{EACH}=") for text in before)
    return [parameter for parameter in parameters if not (each and parameter.name == "x")]
