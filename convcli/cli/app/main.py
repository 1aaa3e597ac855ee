"""`main(argv) -> exit status`: the app, signals, the closed pipe, and the one error boundary."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from types import FrameType
from typing import Annotated, Any, NoReturn, TextIO

import typer
from typer import Exit, Option, TyperException

from convcli.cli.app.errors import Report
from convcli.cli.app.help import Command, Group
from convcli.cli.app.spread import Invocation, command
from convcli.cli.app.usage import wants_json
from convcli.cli.completion import COMPLETION
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError
from convcli.exit_status import NO_MEMORY, ExitStatus, is_lack_of_memory

COMMANDS = (
    "shape",
    "trace",
    "run",
    "init",
    "grad",
    "learn",
    "stack",
    "solve",
    "port",
    "matrix",
    "show",
    "check",
    "explain",
    "exercise",
    "help",
)
PACKAGES_THAT_END = {"asyncio", "h5py", "multiprocessing", "tensorstore", "torch"}
LEAST_ADDRESS_SPACE = 128 << 20  # bytes in which NumPy can be loaded


class Signalled(BaseException):
    """A signal that ends the run; partial files are removed on the way out."""

    def __init__(self, number: int) -> None:
        self.number = number


def main(argv: Sequence[str] | None = None, streams: Streams | None = None) -> int:
    """Run one command line and return its exit status. Raises nothing, changes nothing global."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    invocation = Invocation(streams or Streams.standard(), arguments=arguments)
    try:
        try:
            status = _run(list(arguments), invocation)
            invocation.streams.flush()
            return status
        except BrokenPipeError:
            raise
        except OSError as error:  # every file is opened by code that explains its own errors
            raise ConvError(
                "stdout.unwritable", f"standard output: {error.strerror or error}", kind="write"
            ) from error
    except BrokenPipeError:
        return ExitStatus.PIPE_CLOSED
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except Signalled as signalled:
        return ExitStatus(128 + signalled.number)
    except Exception as error:
        try:
            return _report(error, arguments, invocation)
        except MemoryError:
            return _without_memory(invocation.streams)
        except Exception as another:
            return Report("", {}, invocation.streams).bug(another)


def _without_memory(streams: Streams) -> ExitStatus:
    """What is left where there is no memory for the report of an error."""
    with suppress(MemoryError, OSError, ValueError, AttributeError):
        streams.stderr.write(f"convcli: error: {NO_MEMORY}.\n")  # type: ignore[union-attr]
    return ExitStatus.MEMORY


def _report(error: Exception, arguments: Sequence[str], invocation: Invocation) -> ExitStatus:
    """Print the error in the format that was asked for."""
    report = Report(
        arguments[0] if arguments else "",
        invocation.parameters or {"debug": "--debug" in arguments},
        invocation.streams,
        wants_json(arguments),
    )
    if not isinstance(error, ConvError) and is_lack_of_memory(error):
        error = ConvError("memory.allocation", NO_MEMORY, kind="memory")
    if isinstance(error, ConvError):
        return report.error(error)
    if isinstance(error, TyperException):
        return report.usage_error(error, arguments)
    return report.bug(error)


def run_program() -> NoReturn:
    """The program: `main`, with signals as exceptions, so that no partial file is left."""
    # The engine has threads of its own, and NumPy starts sooner without OpenBLAS's.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _refuse_numpy_without_room()
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _raise_signalled)
    if sys.platform == "win32":
        import ctypes

        from convcli.cli.output.windows_console import obey_codes

        obey_codes(ctypes.windll.kernel32)
    status = main()
    try:
        if sys.stdout is not None:  # closed from the beginning; what was to be written there failed
            sys.stdout.flush()
    except (OSError, ValueError):
        status = status or ExitStatus.WRITE
    _forget(sys.stdout)
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except (OSError, ValueError):
        _forget(sys.stderr)
    if status >= ExitStatus.HUNG_UP:
        # The interpreter would wait for a thread that was starting when the signal came.
        os._exit(status)
    _end(status)


def _end(status: int) -> NoReturn:
    """`sys.exit`, without taking the modules apart: that is a fifth of the time of a short run.

    Not with threads, or with packages that end what they began when they are taken apart; nor under
    a profiler, a debugger or `python -i`, which go on after the program.
    """
    watched = sys.gettrace() or sys.getprofile() or sys.flags.inspect
    if watched or threading.active_count() > 1 or not PACKAGES_THAT_END.isdisjoint(sys.modules):
        sys.exit(status)
    atexit._run_exitfuncs()
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
    os._exit(status)


def _refuse_numpy_without_room() -> None:
    """Let the import of NumPy fail where its libraries would end the process for lack of memory."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit
    except ImportError:  # Windows
        return
    limit = getrlimit(RLIMIT_AS)[0]
    if limit == RLIM_INFINITY:
        return
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # where its threads find no room it ends the process
    if limit < LEAST_ADDRESS_SPACE:
        sys.meta_path.insert(0, _NoRoom())


class _NoRoom:
    """A finder of modules that refuses NumPy: OpenBLAS ends the process where it has no memory."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "numpy":
            raise MemoryError


def _run(arguments: list[str], invocation: Invocation) -> int:
    if COMPLETION in os.environ:
        from convcli.cli.completion import complete

        return complete(parser_of, invocation.streams)
    parser = parser_of(arguments)
    try:
        # not parser.main(), which ends the process itself where the pipe is closed
        with parser.make_context("convcli", arguments, obj=invocation) as context:
            return int(parser.invoke(context) or 0)
    except Exit as finished:
        return finished.exit_code


def parser_of(arguments: Sequence[str]) -> Any:
    """The parser, with the requested command only, or with all of them for help and errors."""
    wanted = arguments[0] if arguments and arguments[0] in COMMANDS else None
    return _parser(tuple(map(_function, (wanted,) if wanted else COMMANDS)))


def _function(name: str) -> Callable[..., int]:
    function: Callable[..., int] = getattr(import_module(f"convcli.cli.commands.{name}"), name)
    return function


@cache
def _parser(functions: tuple[Callable[..., int], ...]) -> Any:
    app = typer.Typer(
        name="convcli",
        cls=Group,
        help=__doc_of_app__,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options_of_app)
    for function in functions:
        name = function.__name__
        examples = import_module(f"convcli.cli.commands.{name}").EXAMPLES
        app.command(name, cls=Command, epilog=examples)(command(function))
    return typer.main.get_command(app)


__doc_of_app__ = """A calculator for PyTorch's convolution layers: sizes, worked sums, results.

\b
  convcli shape conv2d 1x3x224x224 -c 64 -k 7 -s 2 -p 3
  convcli trace conv2d arange:5x5:1 arange:3x3:1 --at 0,0
  convcli run "Conv2d(1, 1, 3)" rand:64x64 kernel:sobel-x -o edges.npy

`convcli COMMAND --help` describes a command."""


def _version(context: typer.Context, wanted: bool) -> None:
    if wanted:
        from convcli import __version__
        from convcli.engine.compute.native.library import native

        context.obj.streams.write(f"convcli {__version__} ({native().state})\n")
        raise Exit


def _options_of_app(
    version: Annotated[
        bool, Option("-V", "--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    pass


def _raise_signalled(number: int, frame: FrameType | None) -> NoReturn:
    raise Signalled(number)


def _forget(stream: TextIO | None) -> None:
    """Point a stream at /dev/null: the interpreter's flush at exit fails on a closed pipe."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):
        pass
