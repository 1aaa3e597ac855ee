"""The versions on which the numbers of a run depend; all workers must have the client's."""

from __future__ import annotations

import platform
from collections.abc import Mapping

from convcli import __version__
from convcli.errors import ConvError, shortened

Versions = dict[str, str | None]


def versions_here() -> Versions:
    """The versions of this process; None for a package that is not installed.

    >>> list(versions_here())
    ['convcli', 'numpy', 'Python', 'zarr']
    """
    return {
        "convcli": __version__,
        "numpy": _installed("numpy"),
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "zarr": _installed("zarr"),
    }


def _installed(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def require_equal(here: Versions, there: Mapping[str, Versions | BaseException]) -> None:
    """Raises ConvError where a worker has other versions; `there` has those of each worker.

    >>> require_equal({"numpy": "2.4.6"}, {"tcp://10.0.0.7:40123": {"numpy": "2.3.1"}})
    Traceback (most recent call last):
    convcli.errors.ConvError: the worker tcp://10.0.0.7:40123 has numpy 2.3.1, and numpy is 2.4.6 here. Install the same versions on the workers as here.
    """  # noqa: E501
    for worker, versions in there.items():
        if isinstance(versions, BaseException):
            rule = "the worker {worker} cannot import convcli: {why}"
            fields = {"worker": worker, "why": shortened(str(versions))}
            hint = f"Install convcli {__version__} where the workers run."
            raise ConvError("cluster.import", rule, kind="package", hint=hint, fields=fields)
        for package, version in here.items():
            other = versions.get(package)
            if other != version:
                raise _difference(worker, package, version, other)


def _difference(worker: str, package: str, here: str | None, there: str | None) -> ConvError:
    rule = "the worker {worker} has {package} {there}, and {package} is {here} here"
    if there is None:
        rule = "the worker {worker} has no {package}, and {package} is {here} here"
    elif here is None:
        rule = "the worker {worker} has {package} {there}, and there is no {package} here"
    fields = {"worker": worker, "package": package, "here": here, "there": there}
    hint = "Install the same versions on the workers as here."
    return ConvError("cluster.versions", rule, kind="package", hint=hint, fields=fields)
