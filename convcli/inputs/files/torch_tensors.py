"""Tensors as files of torch.save describe them: checked, and read as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, Literal, NamedTuple, NoReturn

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import INT64_MAX
from convcli.errors import ConvError
from convcli.inputs.files.npy import MOST_AXES
from convcli.inputs.files.pickles import STORAGE, Call, Name
from convcli.inputs.files.small_floats import BFLOAT16, widened
from convcli.inputs.files.small_floats import STORED as SMALL

KIND = "a file of torch.save"
DAMAGED = f"is damaged, or not {KIND}"
BOOL = "bool"
STORED = {BOOL: "u1", **SMALL}  # how NumPy reads what it has no type for, or not safely
FLOAT32, COMPLEX = 4, 16  # bytes of a number
STORAGES = {  # class of torch -> number type of NumPy
    "Float": "f4", "Double": "f8", "Half": "f2", "Long": "i8", "Int": "i4", "Short": "i2",
    "Char": "i1", "Byte": "u1", "Bool": BOOL, "ComplexFloat": "c8", "ComplexDouble": "c16",
    "BFloat16": BFLOAT16, "Untyped": "u1",
}  # fmt: skip
TYPES = {  # type of torch that has no storage of its own -> number type of NumPy
    "uint16": "u2", "uint32": "u4", "uint64": "u8",
    **{name: name for name in ("float32", "float64", "float16", "int64", "int32", "int16", "int8",
                               "uint8", "bool", "complex64", "complex128", *SMALL)},
}  # fmt: skip
_UTILS = "torch._utils._rebuild"
STRIDED, OF_TYPE = f"{_UTILS}_tensor_v2", f"{_UTILS}_tensor_v3"
PARAMETERS = (f"{_UTILS}_parameter", f"{_UTILS}_parameter_with_state")
SUBCLASSES = ("torch._tensor._rebuild_from_type_v2", "torch._tensor._rebuild_from_type")
OTHERS = {  # tensors of other kinds, and what makes them strided
    f"{_UTILS}_sparse_tensor": ("is a sparse tensor", ".to_dense()"),
    f"{_UTILS}_sparse_csr_tensor": ("is a sparse tensor", ".to_dense()"),
    f"{_UTILS}_nested_tensor": ("is a nested tensor", ".to_padded_tensor(0)"),
    f"{_UTILS}_qtensor": ("is a quantized tensor", ".dequantize()"),
    f"{_UTILS}_meta_tensor_no_storage": ("has a shape but no numbers", None),
}
TENSORS = (STRIDED, OF_TYPE, *PARAMETERS, *SUBCLASSES, *OTHERS)
MOST_ARGUMENTS = 8  # of the functions that restore a strided tensor

Order = Literal["<", ">"]  # of the bytes of a number


class Storage(NamedTuple):
    """The numbers that one or more tensors share: their place in the file, type and number."""

    key: str
    type: str
    length: int

    @property
    def itemsize(self) -> int:
        return _itemsize(self.type)


class Strided(NamedTuple):
    """A tensor as the file describes it; its numbers are not read yet."""

    key: str
    type: str
    length: int  # numbers of the storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    flags: dict[Any, Any]  # "conj" and "neg": the numbers are to be conjugated, negated

    @property
    def itemsize(self) -> int:
        return _itemsize(self.type)

    @property
    def storage_bytes(self) -> int:
        return self.length * self.itemsize

    @property
    def bytes_held(self) -> int:
        """The storage, and twice the array: as it is copied, and as it is converted."""
        return self.storage_bytes + 2 * prod(self.shape) * max(self.itemsize, FLOAT32)

    def array(self, data: Array, order: Order, name: str) -> Array:
        """The tensor as an array in C order, from the bytes of its storage.

        Raises ConvError of kind "package" for floats of 8 bits without ml_dtypes.
        """
        stored = np.dtype(STORED.get(self.type, self.type)).newbyteorder(order)
        strides = tuple(  # nothing is read along an axis of one number, whatever its stride is
            stride * self.itemsize if size > 1 else self.itemsize
            for size, stride in zip(self.shape, self.strides, strict=True)
        )
        view: Array = (
            np.ndarray(self.shape, stored, data.data, self.offset * self.itemsize, strides)
            if prod(self.shape)
            else np.empty(self.shape, stored)
        )
        array = np.ascontiguousarray(view).reshape(self.shape)
        array = array.astype(stored.newbyteorder("="), copy=False)
        if self.type in SMALL:
            array = widened(array, self.type, name)
        elif self.type == BOOL:
            array = array != 0
        array = np.conjugate(array) if self.flags.get("conj") is True else array
        return np.negative(array) if self.flags.get("neg") is True else array


def _itemsize(type_: str) -> int:
    return np.dtype(STORED.get(type_, type_)).itemsize


def is_tensor(value: Any) -> bool:
    """Whether a value of the pickle restores a tensor of any kind."""
    return isinstance(value, Call) and value.path in TENSORS


def described(call: Call, name: str) -> Strided:
    """A call of the function that restores a tensor, as the tensor; its values are checked."""
    while call.path in (*PARAMETERS, *SUBCLASSES):
        inner = _inner(call)
        if inner is None:
            fail(name, DAMAGED)
        call = inner
    if call.path in OTHERS:
        kind, method = OTHERS[call.path]
        hint = f"Save it with {method}." if method else None
        rule = f"{kind}; only strided tensors are read"
        raise refusal(name, rule, hint)
    tensor = _strided(call, name)
    last = tensor.offset + sum(
        (size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides, strict=True)
    )
    if prod(tensor.shape) and last >= tensor.length:
        rule = f"is damaged: a tensor reads number {last} of the {tensor.length} that are stored"
        fail(name, rule)
    return tensor


def _inner(call: Call) -> Call | None:
    """The tensor inside a parameter or a subclass; None where there is none."""
    arguments = call.arguments
    if call.path in PARAMETERS:
        inner = arguments[0] if arguments else None
    elif len(arguments) > 2 and isinstance(arguments[0], Name) and type(arguments[2]) is tuple:
        inner = Call(arguments[0].path, arguments[2])
    else:
        inner = None
    return inner if is_tensor(inner) else None


def _strided(call: Call, name: str) -> Strided:
    padded: list[Any] = [*call.arguments, *[None] * MOST_ARGUMENTS]
    storage, offset, shape, strides, _, _, *rest = padded
    numbers, type_ = storage_of(storage), None
    if numbers is not None:
        type_ = _named_type(rest[0]) if call.path == OF_TYPE else numbers.type
    if numbers is None or type_ is None:
        fail(name, "holds a tensor of a type that NumPy does not have")
    shape = shape.arguments[0] if isinstance(shape, Call) and shape.arguments else shape
    if not (_are_sizes((offset,)) and _are_sizes(shape) and _are_sizes(strides)):
        fail(name, DAMAGED)
    if len(shape) != len(strides) or len(shape) > MOST_AXES:
        fail(name, DAMAGED)
    if prod(max(size, 1) for size in shape) * COMPLEX > INT64_MAX:
        fail(name, DAMAGED)
    flags: dict[Any, Any] = next((flag for flag in rest if isinstance(flag, dict)), {})
    length = numbers.length * numbers.itemsize // _itemsize(type_)
    return Strided(numbers.key, type_, length, offset, shape, strides, flags)


def _named_type(type_: Any) -> str | None:
    return TYPES.get(type_.path.removeprefix("torch.")) if isinstance(type_, Name) else None


def _are_sizes(values: Any) -> bool:
    return type(values) is tuple and all(type(v) is int and 0 <= v <= INT64_MAX for v in values)


def storage_of(call: Any) -> Storage | None:
    """The storage that a persistent id names; None for other values and unknown types."""
    if not isinstance(call, Call) or call.path != STORAGE or len(call.arguments) < 5:
        return None
    _, type_, key, _, count, *view = call.arguments
    if not isinstance(type_, Name) or not isinstance(key, str) or any(view):
        return None
    if not _are_sizes((count,)):
        return None
    kind = STORAGES.get(type_.path.rpartition(".")[2].removesuffix("Storage"))
    return None if kind is None else Storage(key, kind, count)


def shape_of(call: Call) -> tuple[int, ...] | None:
    """The shape of a tensor as the file declares it; None where it is not plain."""
    inner: Call | None = call
    while inner is not None and inner.path in (*PARAMETERS, *SUBCLASSES):
        inner = _inner(inner)
    shape: Any = inner.arguments[2] if inner is not None and len(inner.arguments) > 2 else None
    shape = shape.arguments[0] if isinstance(shape, Call) and shape.arguments else shape
    if inner is None or inner.path not in (STRIDED, OF_TYPE) or not _are_sizes(shape):
        return None
    sizes: tuple[int, ...] = shape
    return sizes if len(sizes) <= MOST_AXES else None


def fail(name: str, rule: str) -> NoReturn:
    """Refuse a file because of a rule that it breaks."""
    raise refusal(name, rule)


def refusal(
    name: str, rule: str, hint: str | None = None, fields: Mapping[str, Any] | None = None
) -> ConvError:
    """The error of a file that breaks a rule."""
    return ConvError("torch.format", rule, parameter=name, hint=hint, fields=fields, kind="data")
