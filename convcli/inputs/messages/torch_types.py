"""What torch says of types and devices, in all the names that it has for them."""

from __future__ import annotations

import re
from typing import Any

from convcli.engine.diagnosis.losses import integers_or_target, target_kind
from convcli.engine.diagnosis.types import Kind, devices, not_implemented, other_types
from convcli.engine.diagnosis.values import Diagnosis
from convcli.inputs.messages.rows import Row

NUMPY_NAMES = {
    "byte": "uint8", "unsigned char": "uint8", "char": "int8", "signed char": "int8",
    "short": "int16", "short int": "int16", "int": "int32", "long": "int64", "long int": "int64",
    "long long": "int64", "half": "float16", "float": "float32", "double": "float64",
    "bfloat16": "bfloat16", "bool": "bool", "complexfloat": "complex64",
    "complexdouble": "complex128",
    "complex<float>": "complex64", "complex<double>": "complex128",
    "cfloat": "complex64", "cdouble": "complex128",
}  # fmt: skip
_DEVICES = {"CUDA": "cuda", "MPS": "mps", "XPU": "xpu", "HIP": "cuda", "CPU": "cpu"}
_TENSOR = re.compile(
    r"(?:torch\.)?(?P<module>\w+\.)?(?P<device>CUDA|MPS|XPU|HIP|CPU)?(?P<name>\w+?)"
    r"(?P<tensor>Tensor|Type)$"
)


def kind_of(text: str) -> Kind:
    """The type and device of `torch.cuda.FloatTensor`, `CPUBFloat16Type`, `unsigned char`.

    >>> kind_of("torch.cuda.HalfTensor"), kind_of("c10::Half")
    (Kind(dtype='float16', device='cuda'), Kind(dtype='float16', device=None))
    """
    text = " ".join(text.split()).strip("'\" ")
    found = _TENSOR.match(text)
    if found is None:
        plain = text.rpartition("::")[2].rpartition(".")[2]
        return Kind(NUMPY_NAMES.get(plain.lower(), plain.lower()))
    name, module = found["name"], (found["module"] or "").strip(".")
    device = _DEVICES.get(found["device"] or "") or (
        module if module not in ("", "torch") else "cpu"
    )
    return Kind(NUMPY_NAMES.get(name.lower(), name.lower()), device)


def _types(input: str, weight: str, of: str = "weight", **_: Any) -> Diagnosis:
    return other_types(kind_of(input), kind_of(weight), of)


def _expected(weight: str, input: str, name: str = "", **_: Any) -> Diagnosis:
    """Expected is what the first operand has; which one is the input, the message does not say."""
    if name == "target":
        return target_kind("float")._replace(kind="loss.target_dtype")
    return other_types(kind_of(input), kind_of(weight))


def _found(wants: str, found: str, **_: Any) -> Diagnosis:
    """`expected scalar type Double but found Float`: the input is the first, the weight lacks it.

    The other way round where the input is an integer.
    """
    diagnosis = other_types(kind_of(wants), kind_of(found))
    if wants == "Long" and found in ("Float", "Double", "Half"):
        return integers_or_target(diagnosis)
    return diagnosis


def _devices(first: str, second: str, **_: Any) -> Diagnosis:
    return devices(first, second)


def _not_implemented(operation: str, type: str) -> Diagnosis:
    return not_implemented(operation, kind_of(type).dtype)


ROWS = (
    Row("torch", "dtype", _types, (
        "Input type ({input:typename}) and {of:name} type ({weight:typename}) should be the same",
    )),
    Row("torch", "dtype", lambda first, second: other_types(kind_of(first), kind_of(second)), (
        "mat1 and mat2 must have the same dtype, but got {first:name} and {second:name}",
    )),
    Row("torch", "dtype", _found, (
        "rror: expected scalar type {wants:name} but found {found:name}",
    )),
    Row("torch", "dtype", _expected, (
        "xpected object of scalar type {input:name} but got scalar type {weight:name} for argument "
        "#{at:int} '{name:name}'",
        "xpected object of type {input:name} but found type {weight:name} for argument "
        "#{at:int} '{name:name}'",
        "xpected object of backend {input:name} but got backend {weight:name} for argument "
        "#{at:int} '{name:name}'",
    )),
    Row("torch", "dtype", _expected, (
        "RuntimeError: expected {weight:name} tensor (got {input:name} tensor)",
    )),
    Row("torch", "device", _devices, (
        "Expected all tensors to be on the same device, but found at least two devices, "
        "{first:device} and {second:device}!",
        "Expected all tensors to be on the same device, but got {name:name} is on {first:device}, "
        "different from other tensors on {second:device}",
    )),
    Row("torch", "dtype.not_implemented", _not_implemented, (
        "\"{operation:name}\" not implemented for '{type:name}'",
    )),
)  # fmt: skip
