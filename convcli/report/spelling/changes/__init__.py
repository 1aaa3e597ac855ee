"""The code of a change in the framework whose message it answers; torch's where it has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape

Code = str | Callable[[Change], str]
DIALECTS: Mapping[str, tuple[str, ...]] = {  # of a framework, the modules here that are asked
    "torch": ("torch",),
    "keras": ("keras", "tensorflow", "neutral"),
    "tensorflow": ("tensorflow", "neutral"),
    "jax": ("jax", "neutral"),
    "flax": ("flax", "jax", "neutral"),
    "onnxruntime": ("onnx", "arrays", "neutral"),
    "paddle": ("paddle", "neutral"),
    "mxnet": ("mxnet", "neutral"),
    "opencv": ("opencv", "arrays", "neutral"),
    "caffe": ("caffe", "arrays", "neutral"),
    "darknet": ("caffe", "arrays", "neutral"),
    "tflite": ("tflite", "arrays", "neutral"),
    "tensorrt": ("engines", "arrays", "neutral"),
    "coremltools": ("engines", "arrays", "neutral"),
    "ttir": ("engines", "arrays", "neutral"),
}


def code_of(change: Change, framework: str = "torch") -> str:
    """The change as a line of code, or as the argument that it sets.

    >>> code_of(Change("drop_alpha", "input", (1, 3, 64, 64)))
    'x = x[:, :3]'
    >>> code_of(Change("argument", "stride", 1), "keras")
    'strides=1'
    """
    code, names = _spelling(change.key, framework)
    if callable(code):
        return str(code(change))
    value = tuple(change.value) if isinstance(change.value, Shape) else change.value
    argument = names.get(change.argument or "", change.argument)
    return code.format(**{**change.fields, "argument": argument, "value": value})


def is_written(change: Change, framework: str) -> bool:
    """Whether the framework, or else torch, has code for the change.

    >>> is_written(Change("argument", "stride", 1), "keras")
    True
    """
    try:
        return bool(code_of(change, framework))
    except LookupError:
        return False


def _spelling(key: str, framework: str) -> tuple[Code, Mapping[str, str]]:
    """The code of a key in the first module that has it, and the framework's names of arguments."""
    modules = [import_module(f"{__name__}.{name}") for name in DIALECTS.get(framework, ())]
    names: Mapping[str, str] = next(
        (module.ARGUMENTS for module in modules if hasattr(module, "ARGUMENTS")), {}
    )
    for module in modules:
        codes: Mapping[str, Code] = module.CODES
        if key in codes:
            return codes[key], names
    torch: Mapping[str, Code] = import_module(f"{__name__}.torch").CODES
    return torch[key], names


def ordered(change: Change) -> str:
    """The order of axes of a change: 0, 3, 1, 2."""
    return ", ".join(map(str, change.fields["order"]))


def sliced(change: Change) -> str:
    """The first three channels, on the axis where the framework has them."""
    return "x = x[..., :3]" if change.fields.get("is_last") else "x = x[:, :3]"


def larger_of(change: Change) -> str:
    """The name of the larger of two tensors."""
    return "ab"[change.fields["larger"]]


def smaller_of(change: Change) -> str:
    """The name of the smaller of two tensors."""
    return "ba"[change.fields["larger"]]


def cropped(change: Change) -> str:
    """The larger tensor without what the other lacks."""
    sizes = change.fields["smaller_sizes"]
    parts = ", ".join(f":{size}" for size in sizes)
    lead = ":, " if change.fields["is_last"] else ":, :, "
    name = larger_of(change)
    return f"{name} = {name}[{lead}{parts}]"


def cropped_sum(change: Change) -> str:
    """The longer of two tensors with the sizes of the shorter."""
    longer, shorter = change.fields["longer"], change.fields["shorter"]
    if change.fields.get("is_last", True):
        return f"{longer} = {longer}[:, :{shorter}.shape[1], :{shorter}.shape[2]]"
    return f"{longer} = {longer}[..., :{shorter}.shape[-2], :{shorter}.shape[-1]]"


def pairs(change: Change) -> list[list[int]]:
    """What a padding of a whole tensor adds before and after each of its axes."""
    space = [list(ends) for ends in change.fields["crops"]]
    if change.fields["is_last"]:
        return [[0, 0], *space, [0, 0]]
    return [[0, 0], [0, 0], *space]
