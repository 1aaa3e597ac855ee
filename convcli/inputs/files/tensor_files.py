"""Tensors of .safetensors and .pt files and NIfTI volumes, each read by its own package."""

from __future__ import annotations

import os
from math import prod
from typing import NoReturn

import numpy as np

from convcli.engine.arrays import Array
from convcli.errors import ConvError
from convcli.inputs.files.admission import BYTES_OF_NUMBER, TORCH_COPIES, Admit
from convcli.inputs.files.packages import optional_package

MEMBERS_LISTED = 20  # in an error


def read_safetensors(path: str, member: str, name: str, admit: Admit) -> Array:
    """The tensor `member` of a .safetensors file, or its only tensor.

    Raises ConvError of kind "data", or of kind "package" without safetensors.
    """
    safetensors = optional_package("safetensors", name)
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            chosen = chosen_member(list(file.keys()), member, name, path)
            admit(prod(file.get_slice(chosen).get_shape()) * BYTES_OF_NUMBER)
            return np.asarray(file.get_tensor(chosen))
    except ConvError:
        raise
    except (safetensors.SafetensorError, ValueError, TypeError, AttributeError) as error:
        _fail("safetensors", name, error)


def read_torch_file(path: str, member: str, name: str, admit: Admit) -> Array:
    """The tensor `member` of a file of torch.save, or its only tensor; bfloat16 becomes float32.

    Only tensors are loaded, never code (weights_only). Raises ConvError of kind "data", or of kind
    "package" without torch.
    """
    torch = optional_package("torch", name)
    admit(TORCH_COPIES * os.stat(path).st_size)
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # an unpickler raises whatever a damaged file leads it to
        _fail("torch", name, error)
    if isinstance(loaded, dict):
        tensors = {
            str(key): value for key, value in loaded.items() if isinstance(value, torch.Tensor)
        }
        loaded = tensors[chosen_member(list(tensors), member, name, path)]
    if not isinstance(loaded, torch.Tensor):
        rule = f"holds a {type(loaded).__name__}, not a tensor or a dict of tensors"
        raise ConvError("torch.format", rule, parameter=name, kind="data")
    try:
        dense = loaded.detach().to_dense() if loaded.layout != torch.strided else loaded.detach()
        wide = dense.float() if dense.dtype == torch.bfloat16 else dense
        return np.asarray(wide.resolve_conj().resolve_neg().numpy())
    except (RuntimeError, TypeError) as error:
        _fail("torch", name, error)


def read_nifti(path: str, name: str, admit: Admit) -> Array:
    """The volume of a .nii or .nii.gz file, its axes in the order of the file.

    Integers stay integers where the file has no scale. Raises ConvError of kind "data", or of kind
    "package" without nibabel.
    """
    nibabel = optional_package("nibabel", name)
    try:
        image = nibabel.load(path)
        admit(prod(image.shape) * BYTES_OF_NUMBER)
        return np.ascontiguousarray(image.dataobj)
    except ConvError:
        raise
    except OSError as error:
        if type(error) is FileNotFoundError or error.errno is not None:
            raise
        _fail("nifti", name, error)
    except Exception as error:  # nibabel raises what a damaged header leads it to
        _fail("nifti", name, error)


def chosen_member(
    members: list[str], member: str, name: str, path: str, code: str = "array.member"
) -> str:
    """The requested member, or the only one. Raises ConvError, with the members, for others."""
    chosen = member or (members[0] if len(members) == 1 else "")
    if chosen in members:
        return chosen
    listed = ", ".join(members[:MEMBERS_LISTED]) or "(none)"
    more = len(members) - MEMBERS_LISTED
    rule = f"holds the arrays {listed}{f' and {more} more' if more > 0 else ''}"
    hint = f"Write {path}:{members[0]}." if members else None
    raise ConvError(code, rule, parameter=name, got=member or None, hint=hint, kind="data")


def _fail(kind: str, name: str, error: Exception) -> NoReturn:
    rule = f"is damaged, or not a {kind} file of tensors ({type(error).__name__})"
    raise ConvError(f"{kind}.format", rule, parameter=name, kind="data") from None
