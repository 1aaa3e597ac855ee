"""torch as the engine: the same layers, errors and number types. Imported inside functions only."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from convcli.engine.geometry.padding import PADDING_MODES, TORCH_PADDING_MODES
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError, failed_import, reason_of

if TYPE_CHECKING:
    from convcli.engine.compute.executors.threads import Progress
    from convcli.engine.compute.operands import Operands
    from convcli.engine.compute.piecewise import Piece

# Bytes of the columns (im2col) of a piece, for types for which torch has no direct convolution.
COLUMN_BYTES = 2**28
DIRECT_BYTES = 4  # of the widest type for which torch has a direct convolution on the CPU
UNLIMITED = 2**62
OF_TORCH = "torch: {reason}"


def convolve_with_torch(
    spec: ConvSpec,
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    device: str = "cpu",
    threads: int = 1,
    progress: Progress | None = None,
) -> Any:
    """The output of `convolve`, computed by torch on "cpu" or "cuda"; integers are exact.

    Shapes, types and errors as `convolve`; TensorFloat-32 is off. Raises ConvError of kind
    "package" if torch or its CUDA device is missing, of kind "memory" if the device has too little.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    >>> convolve_with_torch(spec, [1, 2, 3], [10, 1]).tolist()  # doctest: +SKIP
    [12, 23]
    """
    import numpy as np

    from convcli.engine.compute.convolve import convolve, number_type
    from convcli.engine.compute.operands import checked_operands
    from convcli.engine.compute.tiles import layer_of_tile, read_cells

    torch = import_torch(device)
    _check_mode(spec)
    arrays = checked_operands(spec, input, weight, bias)
    if not arrays.input.size or not arrays.weight.size:
        return convolve(spec, input, weight, bias)
    dtype = number_type(arrays)
    _check_device(dtype, device)
    torch.set_num_threads(threads)
    output = np.empty(arrays.output_shape, arrays.dtype)
    pieces = _pieces(arrays, dtype, device)

    def tensor(array: Any) -> Any:
        with np.errstate(invalid="ignore"):  # of a NaN that signals
            return torch.from_numpy(np.ascontiguousarray(array, dtype)).to(device)

    w, b = tensor(arrays.weight), None if arrays.bias is None else tensor(arrays.bias)
    for done, piece in enumerate(pieces, 1):
        block = read_cells(arrays.input[piece.image : piece.image + 1], piece.tile)
        layer, cells = layer_of_tile(spec, piece.tile, block)
        place: Any = (piece.image, slice(None), *(axis.outputs for axis in piece.tile))
        output[place] = _computed(torch, layer, tensor(cells), w, b)[0].cpu().numpy()
        if progress is not None:
            progress(done, len(pieces))
    return arrays.restore(output)


def _check_mode(spec: ConvSpec) -> None:
    if spec.padding_mode not in TORCH_PADDING_MODES:
        rule = f"must be {', '.join(TORCH_PADDING_MODES)} with `engine` torch: torch has no other"
        hint = "Leave out `engine`: numpy computes every mode."
        raise ConvError(
            "padding_mode.torch", rule, parameter="padding_mode", got=spec.padding_mode, hint=hint
        )


def _pieces(arrays: Operands, dtype: Any, device: str) -> list[Piece]:
    """The layer in pieces, each so small that its columns, if torch copies them, fit in memory."""
    from convcli.engine.compute.piecewise import plan

    column = dtype.itemsize * prod(arrays.spec.kernel_size)
    copies = dtype.itemsize > DIRECT_BYTES and device == "cpu"
    most = COLUMN_BYTES if copies else UNLIMITED
    return list(plan(arrays.spec, arrays.input.shape, (column, column), most))


def _check_device(dtype: Any, device: str) -> None:
    if dtype.kind == "i" and device == "cuda":
        rule = "sums of these integers exceed 2^53; torch computes those on the CPU only"
        raise ConvError("device.integers", rule, parameter="device", got=device)


def _computed(torch: Any, spec: ConvSpec, x: Any, w: Any, b: Any) -> Any:
    try:
        with torch.no_grad(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            return torch_output(torch, spec, x, w, b)
    except torch.OutOfMemoryError as error:
        raise ConvError("memory.device", OF_TORCH, fields=_reason(error), kind="memory") from None
    except RuntimeError as error:
        if "allocate memory" in str(error):
            raise ConvError(
                "memory.device", OF_TORCH, fields=_reason(error), kind="memory"
            ) from None
        raise ConvError(
            "engine.torch", OF_TORCH, fields=_reason(error), parameter="engine"
        ) from None


def _reason(error: Exception) -> dict[str, str]:
    """What torch says, as a field."""
    return {"reason": reason_of(error)}


def torch_output(torch: Any, spec: ConvSpec, x: Any, w: Any, b: Any) -> Any:
    """torch's output, (N, C_out, *out), for tensors of one type; input (N, C_in, *sizes).

    Asymmetric pads, and modes other than zeros, are applied by torch.nn.functional.pad. A mode that
    torch lacks takes the cells by index, so that torch.autograd can differentiate it.
    """
    functional = torch.nn.functional
    stride = [axis.stride for axis in spec.axes]
    dilation = [axis.dilation for axis in spec.axes]
    before = [axis.pad.before for axis in spec.axes]
    symmetric = all(axis.pad.before == axis.pad.after for axis in spec.axes)
    # F.pad begins at the last axis.
    ends = [end for axis in reversed(spec.axes) for end in axis.pad]
    if spec.transposed:
        call = getattr(functional, f"conv_transpose{spec.rank}d")
        kept = [axis.output_padding for axis in spec.axes]
        out = call(x, w, b, stride, before if symmetric else 0, kept, spec.groups, dilation)
        return out if symmetric else functional.pad(out, [-end for end in ends])
    call = getattr(functional, f"conv{spec.rank}d")
    if symmetric and spec.padding_mode == "zeros":
        return call(x, w, b, stride, before, dilation, spec.groups)
    mode = PADDING_MODES[spec.padding_mode]
    padded = (
        functional.pad(x, ends, mode=mode.torch_pad) if mode.torch_pad else _indexed(torch, spec, x)
    )
    return call(padded, w, b, stride, 0, dilation, spec.groups)


def _indexed(torch: Any, spec: ConvSpec, x: Any) -> Any:
    import numpy as np

    mode: Any = PADDING_MODES[spec.padding_mode].numpy
    for d, axis in enumerate(spec.axes, start=2):
        cells = np.pad(np.arange(x.shape[d]), axis.pad, mode=mode)
        x = x.index_select(d, torch.from_numpy(cells).to(x.device))
    return x


def import_torch(device: str = "cpu") -> Any:
    """The module torch. Raises ConvError of kind "package" if it, or the device, is missing."""
    try:
        import torch
    except ImportError as error:
        raise failed_import("torch.package", "torch", "torch", error) from None
    if device == "cuda" and not torch.cuda.is_available():
        rule = f"torch {torch.__version__} finds no CUDA device"
        hint = "Install a build of torch for your device, or omit the device."
        raise ConvError(
            "device.missing", rule, parameter="device", got=device, hint=hint, kind="package"
        )
    return torch
