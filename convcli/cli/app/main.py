"""`main(argv) -> exit status`: builds the app, owns signals, the closed pipe, flushing, and the one error boundary."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import Annotated, NoReturn

import typer
from typer import Exit, Option, TyperException

from convcli.cli.app.errors import report_bug, report_error, report_usage_error
from convcli.cli.app.options import command
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus

COMMANDS = (
    "shape",
    "trace",
    "run",
    "init",
    "grad",
    "learn",
    "stack",
    "solve",
    "matrix",
    "show",
    "check",
    "help",
)
COMPLETION = "_CONVCLI_COMPLETE"


class Signalled(BaseException):
    """A signal that ends the run; what is being written is cleaned up on the way out."""

    def __init__(self, number: int) -> None:
        self.number = number


def main(argv: Sequence[str] | None = None, streams: Streams | None = None) -> int:
    """Run one command line and return its exit status; nothing is raised and nothing global is changed."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    streams = streams or Streams.standard()
    debug = "--debug" in arguments
    try:
        try:
            status = _run(arguments, streams)
            streams.flush()
            return status
        except BrokenPipeError:
            raise
        except (
            OSError
        ) as error:  # every other file is opened by code that says what is wrong with it
            raise ConvError(
                "stdout.unwritable", f"standard output: {error.strerror or error}", kind="write"
            ) from error
    except ConvError as error:
        return report_error(error, arguments, streams, debug)
    except TyperException as error:
        return report_usage_error(error, arguments, streams)
    except BrokenPipeError:
        return ExitStatus.PIPE_CLOSED
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except Signalled as signalled:
        return ExitStatus(128 + signalled.number)
    except MemoryError:
        too_much = ConvError(
            "memory.allocation", "this takes more memory than there is", kind="memory"
        )
        return report_error(too_much, arguments, streams, debug)
    except Exception as bug:
        return report_bug(bug, streams, debug)


def entry() -> NoReturn:
    """The program: `main` with signals turned into exceptions, so that no half file stays."""
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # the engine has threads of its own; NumPy then starts sooner
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _raise_signalled)
    status = main()
    try:
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        status = status or ExitStatus.WRITE
    _forget_stdout()
    if status >= ExitStatus.HUNG_UP:
        # a signal may have come while a thread was being started, which the interpreter would wait for
        os._exit(status)
    sys.exit(status)


def _run(arguments: list[str], streams: Streams) -> int:
    app = typer.main.get_command(_app(arguments))
    if COMPLETION in os.environ:
        app.main(args=arguments, prog_name="convcli", complete_var=COMPLETION)
    try:
        # not app.main(), which ends the process itself where the pipe is closed
        with app.make_context("convcli", arguments, obj=streams) as context:
            return int(app.invoke(context) or 0)
    except Exit as finished:
        return finished.exit_code


def _app(arguments: Sequence[str]) -> typer.Typer:
    """The Typer app, with the one command that is asked for, or with all where it takes them all to answer."""
    app = typer.Typer(
        name="convcli",
        help=__doc_of_app__,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_options_of_app)
    wanted = arguments[0] if arguments and arguments[0] in COMMANDS else None
    for name in (wanted,) if wanted else COMMANDS:
        module = import_module(f"convcli.cli.commands.{name}")
        app.command(name, epilog=module.EXAMPLES)(command(getattr(module, name)))
    return app


__doc_of_app__ = """A convolution calculator: sizes, worked sums and results of PyTorch's convolution layers.

\b
  convcli shape conv2d 1x3x224x224 -c 64 -k 7 -s 2 -p 3
  convcli trace conv2d arange:5x5:1 arange:3x3:1 --at 0,0
  convcli run "Conv2d(1, 1, 3, padding=1)" rand:64x64 kernel:sobel-x -o edges.npy"""


def _version(value: bool) -> None:
    if value:
        from convcli import __version__

        typer.echo(f"convcli {__version__}")
        raise Exit


def _options_of_app(
    version: Annotated[
        bool, Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    pass


def _raise_signalled(number: int, frame: FrameType | None) -> NoReturn:
    raise Signalled(number)


def _forget_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's own flush at exit cannot fail on a closed pipe."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):
        pass
