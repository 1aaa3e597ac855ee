"""Comparisons with torch. It is imported inside functions only."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from convcli.backends.torch_engine import import_torch, torch_output
from convcli.engine.geometry.spec import ConvSpec

if TYPE_CHECKING:
    from convcli.engine.arrays import Array
    from convcli.engine.compute.comparison import Comparison
    from convcli.engine.compute.operands import Operands
    from convcli.engine.gradients.gradients import Gradients

INFINITY = float("inf")


def torch_convolve(spec: ConvSpec, input: Any, weight: Any, bias: Any = None) -> Any:
    """torch's output, (N, C_out, *out), for NumPy arrays of one type; input (N, C_in, *sizes).

    Raises ConvError of kind "package" if torch is not installed, RuntimeError if torch refuses.
    """
    torch = import_torch()
    tensors = (
        None if array is None else torch.from_numpy(array) for array in (input, weight, bias)
    )
    return torch_output(torch, spec, *tensors).numpy()


def torch_gradients(
    spec: ConvSpec, input: Any, weight: Any, bias: Any = None, *, output_gradient: Any
) -> tuple[Any, Any, Any]:
    """torch.autograd's gradients of input, weight and bias, for floating arrays of one type.

    Without a bias its gradient is that of a bias of zeros. Raises as `torch_convolve`.
    """
    torch = import_torch()
    import numpy as np

    if bias is None:
        bias = np.zeros(spec.out_channels, input.dtype)
    tensors = [torch.from_numpy(array).clone().requires_grad_() for array in (input, weight, bias)]
    output = torch_output(torch, spec, *tensors)
    of_tensors = torch.autograd.grad(output, tensors, torch.from_numpy(output_gradient))
    return tuple(tensor.numpy() for tensor in of_tensors)


def compare_with_torch(
    spec: ConvSpec, input: Any, weight: Any, bias: Any = None, *, output: Any
) -> Comparison:
    """Compare `output`, of these arrays, with torch's.

    Integers must be equal; floats may differ by the rounding of a sum,

        terms * eps * (max|x| * max|w| * terms + max|b|)

    Raises as `torch_convolve`, and ConvError if the arrays do not fit the layer.
    """
    import numpy as np

    from convcli.engine.compute.comparison import Comparison
    from convcli.engine.compute.operands import operands

    torch = import_torch()
    arrays = operands(spec, input, weight, bias)
    contiguous = (
        None if array is None else np.ascontiguousarray(array)
        for array in (arrays.input, arrays.weight, arrays.bias)
    )
    theirs = torch_convolve(spec, *contiguous)
    ours = np.asarray(output).reshape(theirs.shape)
    wide = np.result_type(ours.dtype, theirs.dtype)
    with np.errstate(all="ignore"):
        differences = np.abs(ours.astype(wide) - theirs.astype(wide))
        same = ours == theirs
        if wide.kind in "fc":
            same |= np.isnan(ours) & np.isnan(theirs)
    largest = float(np.max(differences[~same], initial=0.0))
    return Comparison(
        INFINITY if np.isnan(largest) else largest, _tolerance(arrays, ours), torch.__version__
    )


def compare_gradients(
    spec: ConvSpec,
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    output_gradient: Any,
    gradients: Gradients,
) -> Comparison:
    """Compare gradients with torch.autograd's.

    torch computes the gradients of integers in float64; they must be equal. Raises as
    `compare_with_torch`.
    """
    import numpy as np

    from convcli.engine.compute.comparison import Comparison
    from convcli.engine.gradients.gradients import gradient_operands

    torch = import_torch()
    arrays, upstream = gradient_operands(spec, input, weight, bias, output_gradient)
    exact = arrays.dtype.kind == "i"
    x, w, b, g = (
        None if array is None else np.ascontiguousarray(array, np.float64 if exact else array.dtype)
        for array in (arrays.input, arrays.weight, arrays.bias, upstream)
    )
    theirs = torch_gradients(spec, x, w, b, output_gradient=g)
    pairs = [
        (np.asarray(ours, np.float64 if exact else None).reshape(-1), of_torch.reshape(-1))
        for ours, of_torch in zip(gradients, theirs, strict=True)
    ]
    with np.errstate(all="ignore"):
        largest = max(float(np.max(np.abs(ours - t), initial=0)) for ours, t in pairs)
        scale = max(float(np.max(np.abs(t), initial=0)) for _, t in pairs)
    if exact:
        return Comparison(largest, 0.0, torch.__version__)
    terms = prod(upstream.shape) + prod(arrays.weight.shape)
    tolerance = terms * float(np.finfo(gradients.input.dtype).eps) * max(scale, 1.0)
    return Comparison(largest, tolerance, torch.__version__)


def has_torch() -> bool:
    """Whether torch is installed, without importing it."""
    from importlib.util import find_spec

    return find_spec("torch") is not None


def _tolerance(arrays: Operands, output: Array) -> float:
    """The rounding of sums of these floats; 0 for integers."""
    import numpy as np

    def largest(array: Array) -> float:
        return float(np.abs(np.nan_to_num(array)).max())

    if output.dtype.kind == "i" or not arrays.input.size:
        return 0.0
    terms = prod(arrays.weight_by_group.shape[2:]) + 1
    of_products = largest(arrays.input) * largest(arrays.weight) * terms
    of_bias = 0.0 if arrays.bias is None else largest(arrays.bias)
    return float(terms * np.finfo(output.dtype).eps * (of_products + of_bias))
