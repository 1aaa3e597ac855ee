"""The comparison with torch, an independent judge. torch is imported inside functions only."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from convcli.backends.torch_engine import import_torch, torch_output
from convcli.engine.geometry.spec import ConvSpec


@dataclass(frozen=True)
class Comparison:
    """How far a result is from torch's: the largest difference, and the most that rounding explains (0 for integers)."""

    largest_difference: float
    tolerance: float
    torch_version: str

    @property
    def agrees(self) -> bool:
        return self.largest_difference <= self.tolerance

    def as_data(self) -> dict[str, Any]:
        return {
            "agrees": self.agrees,
            "largest_difference": self.largest_difference,
            "tolerance": self.tolerance,
            "torch": self.torch_version,
        }

    def __str__(self) -> str:
        verdict = "agrees with" if self.agrees else "DIFFERS from"
        return (
            f"{verdict} torch {self.torch_version}: the largest difference is {self.largest_difference:.3g}, "
            f"and rounding explains up to {self.tolerance:.3g}"
        )


def torch_convolve(spec: ConvSpec, input: Any, weight: Any, bias: Any = None) -> Any:
    """torch's result for a layer on NumPy arrays (N, C_in, *sizes) of one type; asymmetric pads through F.pad.

    Raises ConvError, of kind "package", where torch is not installed; whatever torch refuses raises what torch raises.
    """
    torch = import_torch()
    tensors = (
        None if array is None else torch.from_numpy(array) for array in (input, weight, bias)
    )
    return torch_output(torch, spec, *tensors).numpy()


def torch_gradients(
    spec: ConvSpec, input: Any, weight: Any, bias: Any = None, *, output_gradient: Any
) -> tuple[Any, Any, Any]:
    """autograd's gradients of input, weight and bias; the arrays as in `torch_convolve`, floating."""
    torch = import_torch()
    import numpy as np

    given = np.zeros(spec.out_channels, input.dtype) if bias is None else bias
    tensors = [torch.from_numpy(array).clone().requires_grad_() for array in (input, weight, given)]
    found = torch.autograd.grad(
        torch_output(torch, spec, *tensors), tensors, torch.from_numpy(output_gradient)
    )
    return tuple(tensor.numpy() for tensor in found)


def compare_with_torch(
    spec: ConvSpec, input: Any, weight: Any, bias: Any = None, *, output: Any
) -> Comparison:
    """Compare `output`, which `convolve` gave for these arrays, with torch's result.

    Integers must be equal; floats may differ by the rounding of a sum, terms * eps * max|x| * max sum|w|.
    """
    import numpy as np

    from convcli.engine.compute.operands import operands

    torch = import_torch()
    arrays = operands(spec, input, weight, bias)
    theirs = torch_convolve(
        spec,
        *(
            None if a is None else np.ascontiguousarray(a)
            for a in (arrays.input, arrays.weight, arrays.bias)
        ),
    )
    found = np.asarray(output).reshape(theirs.shape)
    wide = np.result_type(found.dtype, theirs.dtype)
    with np.errstate(all="ignore"):
        differences = np.abs(found.astype(wide) - theirs.astype(wide))
        same = (
            (found == theirs) | (np.isnan(found) & np.isnan(theirs))
            if wide.kind in "fc"
            else found == theirs
        )
    largest = float(np.max(differences[~same], initial=0.0))
    return Comparison(
        float("inf") if largest != largest else largest,
        _tolerance(arrays, found),
        torch.__version__,
    )


def compare_gradients(
    spec: ConvSpec, input: Any, weight: Any, bias: Any = None, *, output_gradient: Any, found: Any
) -> Comparison:
    """Compare gradients with autograd's; integers are given to it as float64, and must be equal."""
    import numpy as np

    from convcli.engine.gradients.gradients import gradient_operands

    torch = import_torch()
    arrays, upstream = gradient_operands(spec, input, weight, bias, output_gradient)
    exact = arrays.dtype.kind == "i"
    given = (arrays.input, arrays.weight, arrays.bias, upstream)
    x, w, b, g = (
        None if a is None else np.ascontiguousarray(a, np.float64 if exact else a.dtype)
        for a in given
    )
    theirs = torch_gradients(spec, x, w, b, output_gradient=g)
    pairs = [
        (np.asarray(ours, np.float64 if exact else None).reshape(-1), t.reshape(-1))
        for ours, t in zip(found, theirs, strict=True)
    ]
    with np.errstate(all="ignore"):
        largest = max(float(np.max(np.abs(ours - t), initial=0)) for ours, t in pairs)
        scale = max(float(np.max(np.abs(t), initial=0)) for _, t in pairs)
    terms = prod(upstream.shape) + prod(arrays.weight.shape)
    return Comparison(
        largest,
        0.0 if exact else terms * float(np.finfo(found.input.dtype).eps) * max(scale, 1.0),
        torch.__version__,
    )


def has_torch() -> bool:
    """Whether torch is installed, without importing it."""
    from importlib.util import find_spec

    return find_spec("torch") is not None


def _tolerance(arrays: Any, found: Any) -> float:
    import numpy as np

    if found.dtype.kind == "i" or not arrays.input.size:
        return 0.0
    terms = prod(arrays.weight_by_group.shape[2:]) + 1
    finite = (
        np.abs(np.nan_to_num(arrays.input)).max()
        * np.abs(np.nan_to_num(arrays.weight)).max()
        * terms
    )
    offset = 0 if arrays.bias is None else np.abs(np.nan_to_num(arrays.bias)).max()
    return float(terms * np.finfo(found.dtype).eps * (finite + offset))
