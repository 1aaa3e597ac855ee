"""Packages that convcli reads some files with, and that need not be installed."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from convcli.errors import ConvError

EXTRAS = {"nibabel": "nifti", "PIL": "image"}  # where the extra has another name


def optional_package(package: str, name: str) -> ModuleType:
    """The package; raises ConvError of kind "package", with what to install for the argument `name`, where it is missing.

    >>> optional_package("json", "x").__name__
    'json'
    """
    try:
        return import_module(package)
    except ImportError:
        root = package.partition(".")[0]
        extra = EXTRAS.get(root, root)
        hint = f"Install it with: pip install 'convcli[{extra}]'."
        raise ConvError(
            f"{extra}.package",
            f"such files need {package}",
            parameter=name,
            hint=hint,
            kind="package",
        ) from None
