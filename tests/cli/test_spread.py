"""Options become Typer's parameters, and their texts the values that a command receives."""

from __future__ import annotations

from dataclasses import dataclass, field, is_dataclass, replace
from functools import partial
from typing import Annotated, Any, get_type_hints

import pytest
import typer

from convcli.cli.app.help import Command
from convcli.cli.app.main import COMMANDS, _function
from convcli.cli.app.option_groups import OptionGroup
from convcli.cli.app.options import Parsed, option
from convcli.cli.app.spread import Invocation, command, refuse_swallowed
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_between, parse_integer, parse_positive

STREAMS = Streams(None, None, None)


@dataclass(frozen=True, kw_only=True)
class Group:
    """Options of a test."""

    least: Annotated[
        int, option("--least", metavar="N", help="a number"), Parsed(parse_positive, "2")
    ]
    loud: Annotated[bool, option("--loud", help="a flag")] = False


def received(*arguments: str) -> dict[str, Any]:
    """What a command with these options receives for a command line."""
    values: dict[str, Any] = {}

    def take(
        word: str,
        *,
        group: Group,
        many: Annotated[
            list[int], option("-m", "--many", metavar="N", help="numbers"), Parsed(parse_integer)
        ],
        most: Annotated[
            int | None,
            option("--most", metavar="N", help="a number"),
            Parsed(partial(parse_between, least=0, most=9)),
        ],
        streams: Streams,
    ) -> int:
        """Keep the values."""
        values.update(word=word, group=group, many=many, most=most, streams=streams)
        return 0

    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command(cls=Command)(command(take))
    parser = typer.main.get_command(app)
    invocation = Invocation(STREAMS)
    with parser.make_context("take", list(arguments), obj=invocation) as context:
        parser.invoke(context)
    assert invocation.parameters is not None
    return values


def test_texts_become_values() -> None:
    values = received("word", "-m", "1", "--many=-2", "--most", "3", "--least", "4", "--loud")
    assert values == {
        "word": "word",
        "group": Group(least=4, loud=True),
        "many": [1, -2],
        "most": 3,
        "streams": STREAMS,
    }


def test_defaults_are_parsed_too() -> None:
    assert received("word") == {
        "word": "word",
        "group": Group(least=2),
        "many": [],
        "most": None,
        "streams": STREAMS,
    }


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--least", "0"), "least.least"),
        (("--most", "10"), "most.range"),
        (("-m", "1", "-m", "x"), "many.integer"),
        (("-m", "--loud"), "option.value"),
        (("--most", "-m"), "option.value"),
    ],
)
def test_a_wrong_text_is_an_error_of_its_option(arguments: tuple[str, ...], code: str) -> None:
    with pytest.raises(ConvError) as caught:
        received("word", *arguments)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["-1", "-.5", "-", "a-b", "", "- k"])
def test_what_is_no_option_may_be_a_value(text: str) -> None:
    refuse_swallowed({"padding": text, "at": [text], "flag": True, "none": None})


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class Few(OptionGroup):
    """Options of a test."""

    least: int
    words: list[str] = field(default_factory=list)
    loud: bool = False


def test_a_group_has_its_options_and_no_others() -> None:
    few = Few(least=2)
    assert vars(few) == {"least": 2, "words": [], "loud": False}
    assert few.words is not Few(least=2).words
    assert vars(replace(few, loud=True)) == {"least": 2, "words": [], "loud": True}
    with pytest.raises(TypeError, match="least is missing"):
        Few(loud=True)
    with pytest.raises(TypeError, match="there is no most"):
        Few(least=2, most=3)
    with pytest.raises(AttributeError, match="loud does not change"):
        few.loud = True


@pytest.mark.parametrize("name", COMMANDS)
def test_no_methods_are_written_for_the_options_of_a_command(name: str) -> None:
    groups = [
        hint
        for hint in get_type_hints(_function(name), include_extras=True).values()
        if is_dataclass(hint)
    ]
    assert all(issubclass(group, OptionGroup) for group in groups)  # type: ignore[arg-type]
    assert not any({"__eq__", "__repr__", "__init__"} & vars(group).keys() for group in groups)
