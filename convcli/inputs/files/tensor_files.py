"""Files of other libraries: .safetensors, .pt (tensors only, never code) and NIfTI volumes, each through its own package."""

from __future__ import annotations

from math import prod
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from convcli.errors import ConvError
from convcli.inputs.files.npy import Admit
from convcli.inputs.files.packages import optional_package

MOST_BYTES = 8  # of a number as these files hold them


def read_safetensors(path: str, member: str, name: str, admit: Admit) -> NDArray[Any]:
    """The tensor `member` of a .safetensors file, or the only one. Raises ConvError: "data", or "package" without safetensors."""
    safetensors = optional_package("safetensors", name)
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            chosen = chosen_member(list(file.keys()), member, name, path)
            admit(prod(file.get_slice(chosen).get_shape()) * MOST_BYTES)
            return np.asarray(file.get_tensor(chosen))
    except ConvError:
        raise
    except (safetensors.SafetensorError, ValueError, TypeError, AttributeError) as error:
        _fail("safetensors", name, error)


def read_torch_file(path: str, member: str, name: str, admit: Admit) -> NDArray[Any]:
    """The tensor `member` of a file of torch.save, or the only one; bfloat16 comes back as float32.

    Only tensors are loaded (weights_only). Raises ConvError: "data", or "package" without torch.
    """
    import os

    torch = optional_package("torch", name)
    admit(2 * os.stat(path).st_size)
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # an unpickler raises whatever it stumbles over
        _fail("torch", name, error)
    if not isinstance(loaded, torch.Tensor):
        if not isinstance(loaded, dict):
            _fail(
                "torch",
                name,
                TypeError(
                    f"it holds a {type(loaded).__name__}, neither a tensor nor a dict of them"
                ),
            )
        tensors = {
            str(key): value for key, value in loaded.items() if isinstance(value, torch.Tensor)
        }
        loaded = tensors[chosen_member(list(tensors), member, name, path)]
    try:
        dense = loaded.detach().to_dense() if loaded.layout != torch.strided else loaded.detach()
        return np.asarray(
            (dense.float() if dense.dtype == torch.bfloat16 else dense)
            .resolve_conj()
            .resolve_neg()
            .numpy()
        )
    except (RuntimeError, TypeError) as error:
        _fail("torch", name, error)


def read_nifti(path: str, name: str, admit: Admit) -> NDArray[Any]:
    """The volume of a .nii or .nii.gz file, its axes in the order of the file; integers stay integers where it says no scale.

    Raises ConvError: "data", or "package" without nibabel.
    """
    nibabel = optional_package("nibabel", name)
    try:
        image = nibabel.load(path)
        admit(prod(image.shape) * MOST_BYTES)
        return np.ascontiguousarray(image.dataobj)
    except ConvError:
        raise
    except OSError as error:
        if type(error) is FileNotFoundError or error.errno is not None:
            raise
        _fail("nifti", name, error)
    except Exception as error:  # its readers raise what a damaged header leads them to
        _fail("nifti", name, error)


def chosen_member(
    members: list[str], member: str, name: str, path: str, code: str = "array.member"
) -> str:
    """The member that is asked for, or the only one; raises ConvError that lists them."""
    chosen = member or (members[0] if len(members) == 1 else "")
    if chosen in members:
        return chosen
    shown = ", ".join(members[:20]) + (
        f" and {len(members) - 20} more" if len(members) > 20 else ""
    )
    rule, hint = (
        f"holds the arrays {shown or '(none)'}",
        f"Write {path}:{members[0]}." if members else None,
    )
    raise ConvError(code, rule, parameter=name, got=member or None, hint=hint, kind="data")


def _fail(kind: str, name: str, error: Exception) -> NoReturn:
    text = " ".join(str(error).split())[:200] or type(error).__name__
    raise ConvError(
        f"{kind}.format", f"is no {kind} file that can be read: {text}", parameter=name, kind="data"
    ) from None
