"""`--help`: arguments and options in panels, aligned, at most 80 columns wide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from inspect import cleandoc
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from convcli.cli.app.each import with_files, without_input
from convcli.cli.app.options import (
    INPUT_PANEL,
    LAYER_PANEL,
    OUTPUT_PANEL,
    STORE_PANEL,
    WORKER_PANEL,
)
from convcli.cli.app.spread import Invocation, is_negative_number, refuse_swallowed
from convcli.cli.app.usage import refuse_one_dash, refuse_repeated
from convcli.render.columns import wrapped
from convcli.report.words.vocabulary import ENGLISH, Words

WIDTH = 80
_SHELL_WORDS = r"""(?:"[^"]*"|'[^']*'|[^\s"'])+"""
NAMES = 28  # columns of the names, at most; longer names get a line of their own
PANELS = ("Options", LAYER_PANEL, INPUT_PANEL, STORE_PANEL, WORKER_PANEL, OUTPUT_PANEL)
OF_TYPER = {  # options that Typer declares, in our words
    "help": "print this help",
    "install_completion": "install completion for the current shell",
    "show_completion": "print the completion script of the current shell",
}

Row = tuple[str, str]


class Command(TyperCommand):
    """A command whose help stands in panels, and that refuses an option as another's value."""

    def get_help(self, ctx: Any) -> str:
        """The text of `--help`."""
        return "\n".join(_help_of_command(self, ctx))

    def get_help_option(self, ctx: Any) -> Any:
        """`--help`, written to the streams of the run."""
        return _with_our_callback(super().get_help_option(ctx))

    def make_parser(self, ctx: Any) -> Any:
        """A parser for which `-2 3` is a value: no option begins with a digit."""
        parser = super().make_parser(ctx)
        as_option = parser._process_opts

        def process(arg: str, state: Any) -> None:
            if is_negative_number(arg):
                state.largs.append(arg)
            else:
                as_option(arg, state)

        parser._process_opts = process  # type: ignore[method-assign]
        if not ctx.resilient_parsing:  # a shell that completes has no use for a refusal
            refuse_repeated(parser)
        return parser

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments. Raises ConvError where an option took the next one as its value."""
        declared = self.params
        if any(parameter.name == "each" for parameter in declared):
            self.params, args = without_input(declared, args), with_files(args)
        try:
            return self._parsed(ctx, args)
        finally:
            self.params = declared  # the next command line may have X

    def _parsed(self, ctx: Any, args: list[str]) -> list[str]:
        options = [p.name or "" for p in self.params if p.param_type_name == "option"]
        refuse_one_dash(args, self)
        try:
            rest = super().parse_args(ctx, args)
        except typer.TyperException as error:
            if getattr(error, "ctx", None) is None:
                error.ctx = ctx  # type: ignore[attr-defined]
            refuse_swallowed({name: ctx.params.get(name) for name in options})
            raise
        refuse_swallowed({name: ctx.params.get(name) for name in options})
        if isinstance(ctx.obj, Invocation):
            ctx.obj.parameters = ctx.params
        if ctx.params.get("each"):
            ctx.params["x"] = None
        return rest


class Group(TyperGroup):
    """The program itself: its commands, one line each."""

    def get_help(self, ctx: Any) -> str:
        """The text of `--help`."""
        return "\n".join(_help_of_group(self, ctx))

    def get_help_option(self, ctx: Any) -> Any:
        """`--help`, written to the streams of the run."""
        return _with_our_callback(super().get_help_option(ctx))


def _with_our_callback(option: Any) -> Any:
    if option is not None:
        option.callback = _print_help
    return option


def _print_help(context: Any, _: Any, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        context.obj.streams.write(context.command.get_help(context) + "\n", colors=True)
        context.exit()


def _help_of_command(command: TyperCommand, context: Any) -> Iterator[str]:
    params: list[Any] = command.get_params(context)
    arguments = [param for param in params if param.param_type_name == "argument"]
    words = _words(context)
    usage = " ".join(["[OPTIONS]", *(argument.metavar for argument in arguments)])
    yield from _begin(context, usage, command.help)
    texts = [words.of_help(argument.help or "") for argument in arguments]
    names = [argument.metavar for argument in arguments]
    panels = {"Arguments": list(zip(names, texts, strict=True))}
    panels = {heading: rows for heading, rows in panels.items() if rows}
    yield from _sections(context, panels | _panels(command, context))
    heading, *examples = cleandoc(command.epilog or "").removeprefix("\b\n").splitlines()
    yield from ["", words.of_help(heading)]
    for example in examples:
        yield from _example(example, _width(context))


def _help_of_group(group: TyperGroup, context: Any) -> Iterator[str]:
    yield from _begin(context, "[OPTIONS] COMMAND ...", group.help)
    commands = [
        (name, _words(context).of_help(cleandoc(each.help or "").partition("\n")[0]))
        for name, each in group.commands.items()
    ]
    yield from _sections(context, {"Commands": commands})
    yield from _sections(context, _panels(group, context))


def _begin(context: Any, usage: str, text: str | None) -> Iterator[str]:
    words = _words(context)
    heading = words.of_help("Usage:")
    gap = " " if heading.isascii() else ""
    yield f"{_bold(context, heading)}{gap}{context.command_path} {usage}"
    paragraphs = cleandoc(text or "").split("\n\n")
    for paragraph in paragraphs:
        yield ""
        if paragraph.startswith("\b\n"):  # Typer's mark of lines that are not to be wrapped
            for line in paragraph.splitlines()[1:]:
                yield from _example(line, _width(context))
        else:
            yield from wrapped(words.of_help(" ".join(paragraph.split())), _width(context))


def _panels(command: TyperCommand | TyperGroup, context: Any) -> dict[str, list[Row]]:
    """The options by panel, in the order of PANELS; empty panels left out."""
    rows: dict[str, list[Row]] = {panel: [] for panel in PANELS}
    params: list[Any] = command.get_params(context)
    for param in params:
        if param.param_type_name == "option" and not param.hidden:
            panel = getattr(param, "rich_help_panel", None) or PANELS[0]
            rows[panel].append((_names(param), _text(param, _words(context))))
    return {panel: options for panel, options in rows.items() if options}


def _names(option: Any) -> str:
    """`-s, --stride S`; an option without a letter is indented to the others."""
    long = [name for name in option.opts if name.startswith("--")]
    short = [name for name in option.opts if not name.startswith("--")]
    lead = f"{short[0]}, " if short else "    "
    return f"{lead}{long[0]}{'' if option.is_flag else f' {option.metavar}'}"


def _text(option: Any, words: Words) -> str:
    """The help of an option, with its default."""
    text = words.of_help(OF_TYPER.get(option.name) or option.help or "")
    default = option.default
    if option.is_flag or not isinstance(default, str):
        return text
    return words("help.default", text=text, value=default)


def _sections(context: Any, panels: dict[str, list[Row]]) -> Iterator[str]:
    """Each panel under its heading, the texts of all panels in one column."""
    column = 2 + max(_fitting(names for rows in panels.values() for names, _ in rows)) + 2
    for heading, rows in panels.items():
        yield from ["", _bold(context, _words(context).of_help(f"{heading}:"))]
        for names, text in rows:
            yield from _row(names, text, column, _width(context))


def _fitting(names: Iterable[str]) -> Sequence[int]:
    return [len(name) for name in names if len(name) <= NAMES] or [NAMES]


def _row(names: str, text: str, column: int, width: int) -> Iterator[str]:
    lines = wrapped(text, max(width - column, 20)) or [""]
    if len(names) > column - 4:
        yield f"  {names}"
    else:
        yield f"  {names}".ljust(column) + lines.pop(0)
    yield from (" " * column + line for line in lines)


def _example(line: str, width: int) -> Iterator[str]:
    """A command as it is written, in lines that a shell reads together."""
    if len(line) <= width:
        yield line
        return
    from convcli.cli.output.next_command import CONTINUED

    first, *others = re.findall(_SHELL_WORDS, line)
    begun = "  " + first
    for word in others:
        if len(f"{begun} {word}{CONTINUED}") > width and begun.strip():
            yield begun + CONTINUED
            begun = "     "
        begun += f" {word}"
    yield begun


def _width(context: Any) -> int:
    """80 columns, or those of a narrower terminal."""
    streams = getattr(context.obj, "streams", None)
    return min(WIDTH, (streams.width() if streams else None) or WIDTH)


def _words(context: Any) -> Words:
    """The language of the help."""
    if not isinstance(context.obj, Invocation):
        return ENGLISH
    from convcli.cli.output.language import words_of_line

    return words_of_line(context.obj.arguments, context.obj.streams)


def _bold(context: Any, text: str) -> str:
    """The text, bold where the run writes colours."""
    streams = getattr(context.obj, "streams", None)
    return typer.style(text, bold=True) if streams and streams.wants_color("auto") else text
