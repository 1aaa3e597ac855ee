"""Where a library reads a file: whatever it raises becomes one error in our own words."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from warnings import catch_warnings, simplefilter

from convcli.errors import ConvError

STDERR = 2  # its descriptor
PANIC = "pyo3_runtime"  # the module of what Rust code raises; no subclass of Exception


@contextmanager
def library(refusal: ConvError, *, native: bool = False) -> Iterator[None]:
    """Run a library on a file; whatever it raises becomes `refusal`.

    Neither the text nor the type of the library's exception is repeated. Its warnings and log lines
    are dropped, and with `native` also what its compiled code prints on stderr. Errors of the
    system, of memory and of `admit` pass. Only calls of libraries belong inside: an exception of
    our own code is a bug and must stay one.

    >>> with library(ConvError("npy.format", "is damaged", parameter="X", kind="data")):
    ...     int("x")
    Traceback (most recent call last):
    convcli.errors.ConvError: X is damaged.
    """
    try:
        with _quiet(), _without_stderr() if native else nullcontext():
            yield
    except (ConvError, MemoryError):
        raise
    except OSError as error:
        if error.errno is None or isinstance(error, EOFError):
            raise refusal from None
        raise OSError(error.errno, os.strerror(error.errno)) from None
    except Exception:
        raise refusal from None
    except BaseException as error:
        if type(error).__module__ != PANIC:
            raise
        raise refusal from None


class _Silence:
    """Whether `quiet_libraries` is in force, so that `library` has nothing left to silence."""

    is_held = False


@contextmanager
def quiet_libraries() -> Iterator[int | None]:
    """Silence libraries until the end, where several threads read files.

    What `library` silences belongs to the whole process, and one thread would end the silence of
    another. Gives a descriptor of stderr, for our own messages; None where stderr is closed.
    """
    try:
        kept = os.dup(STDERR)
    except OSError:
        kept = None
    with _quiet(), _without_stderr():
        _Silence.is_held = True
        try:
            yield kept
        finally:
            _Silence.is_held = False
            if kept is not None:
                os.close(kept)


@contextmanager
def _quiet() -> Iterator[None]:
    """Neither warnings nor log lines."""
    if _Silence.is_held:
        yield
        return
    logging = sys.modules.get("logging")  # a library that was imported and logs has imported it
    before = logging.root.manager.disable if logging else 0
    with catch_warnings():
        simplefilter("ignore")
        if logging:
            logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            if logging:
                logging.disable(before)


@contextmanager
def _without_stderr() -> Iterator[None]:
    """The process's stderr leads nowhere: C code writes there past Python."""
    if _Silence.is_held:
        yield
        return
    try:
        kept = os.dup(STDERR)
    except OSError:  # it is closed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STDERR)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)
