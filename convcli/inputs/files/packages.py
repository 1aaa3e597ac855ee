"""Optional packages that read the files of other libraries."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from convcli.errors import failed_import

# The name on PyPI and the extra, where they differ from the name of the module.
DISTRIBUTIONS = {
    "distributed": ("distributed", "cluster"),
    "fpdf": ("fpdf2", "pdf"),
    "nibabel": ("nibabel", "nifti"),
    "PIL": ("pillow", "image"),
    "tifffile": ("tifffile", "tiff"),
    "ml_dtypes": ("ml_dtypes", "safetensors"),
}


def optional_package(package: str, name: str) -> ModuleType:
    """The package. Raises ConvError of kind "package" where it is not installed or broken.

    `name` is the argument that needs it, for the error.

    >>> optional_package("json", "x").__name__
    'json'
    """
    try:
        return import_module(package)
    except ImportError as error:
        root = package.partition(".")[0]
        distribution, extra = DISTRIBUTIONS.get(root, (root, root))
        raise failed_import(
            f"{extra}.package", distribution, extra, error, parameter=name
        ) from None
