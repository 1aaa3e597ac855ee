"""Packages that convcli reads some files with, and that need not be installed."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from convcli.errors import missing_package

# The name on PyPI and the extra, where they differ from the name of the module.
DISTRIBUTIONS = {"nibabel": ("nibabel", "nifti"), "PIL": ("pillow", "image")}


def optional_package(package: str, name: str) -> ModuleType:
    """The package; raises ConvError of kind "package", with what to install for the argument `name`, where it is missing.

    >>> optional_package("json", "x").__name__
    'json'
    """
    try:
        return import_module(package)
    except ImportError:
        root = package.partition(".")[0]
        distribution, extra = DISTRIBUTIONS.get(root, (root, root))
        raise missing_package(f"{extra}.package", distribution, extra, parameter=name) from None
