"""Why a torch module does not take a shape, as it is told for a list of layers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.merging import Concat, Elementwise
from convcli.errors import ConvError, reason_of
from convcli.inputs.networks.recording.arguments import WRAP, is_of_container, takes_containers
from convcli.inputs.networks.recording.called import Called
from convcli.inputs.networks.recording.module_layers import parsed_module
from convcli.inputs.networks.recording.operation_layers import layer_of, linear_of
from convcli.inputs.networks.recording.recorder import ModuleCall, Recording
from convcli.inputs.networks.user_code import line_of

_OPTION = re.compile(r"`(\w+)` (\d+)")
_CONVOLUTIONS = frozenset(f"conv{way}{rank}d" for way in ("", "_transpose") for rank in (1, 2, 3))


def failure(
    recording: Recording, text: str, shapes: Sequence[Shape], error: BaseException
) -> ConvError:
    """The error with its layer, and its rule where that is known; else torch's own words."""
    call = recording.open[-1] if recording.open else None
    place = (call.path or None) if call is not None else None
    told = _of_module(call) if call is not None else None
    if told is None and recording.failed is not None:
        told = _of_operation(recording, recording.failed)
        name = recording.failed.name
        place = f"{place}.{name}" if place else name
        if told is not None and told.code == "branches.shape":
            told = _with_cure(recording, recording.failed, told)
    if told is not None:
        return told.with_place(place=place, hint=_as_code(told.hint))
    fields = {"reason": reason_of(error) or type(error).__name__, "line": line_of(error)}
    rule = f"cannot be run on {' and '.join(map(str, shapes))}: {{reason}}"
    rule += " ({line})" if fields["line"] else ""
    hint = WRAP if takes_containers(recording.module) or is_of_container(error) else None
    return ConvError(
        "module.trace", rule, parameter="module", got=text, hint=hint, fields=fields, kind="data",
        place=place,
    )  # fmt: skip


def _as_code(hint: str | None) -> str | None:
    """The hint for a command line as what to write in the code of a module."""
    if hint is None or not hint.startswith("Specify "):
        return hint
    return _OPTION.sub(r"\1=\2", hint).replace("Specify", "Write", 1)


def _of_module(call: ModuleCall) -> ConvError | None:
    """What a layer of ours says of the inputs of the module, or what a layer of torch says."""
    if not call.inputs or call.calls:
        return None
    for name in ("input_size", "embed_dim"):  # of recurrent layers and cells, of attention
        size, shape = getattr(call.module, name, None), call.inputs[0]
        if isinstance(size, int) and shape and shape[-1] != size:
            rule = f"must be the last size of the input {shape}"
            hint = f"Write {name}={shape[-1]}."
            return ConvError(f"{name}.fits", rule, parameter=name, got=size, hint=hint)
    parsed = parsed_module(call.module)
    if parsed is None:
        return None
    try:
        parsed.layer_for(call.inputs).output_shape(*call.inputs)
    except ConvError as error:
        return error
    except (ArithmeticError, LookupError):
        pass
    return None


def _of_operation(recording: Recording, called: Called) -> ConvError | None:
    shapes = [Shape(tensor.shape) for tensor in called.tensors]
    try:
        layer = linear_of(shapes) if called.name == "linear" else layer_of(called, shapes)
        if layer is not None:
            layer.output_shape(
                *(shapes if isinstance(layer, (Concat, Elementwise)) else shapes[:1])
            )
        if called.name in ("view", "reshape"):
            _check_view(called, shapes[0])
        if called.name in ("matmul", "mm", "bmm", "addmm"):
            _check_product(called, shapes[-2:])
        if called.name in _CONVOLUTIONS:
            _check_convolution(called)
        if called.name == "permute":
            _check_order(called, shapes[0])
        if called.name == "split_with_sizes":
            _check_parts(called, shapes[0])
    except ConvError as error:
        return error
    except (ArithmeticError, LookupError, ValueError):
        pass
    return None


def _with_cure(recording: Recording, called: Called, told: ConvError) -> ConvError:
    """The error of branches that differ in size, with the output_padding that would mend it."""
    shapes = [Shape(tensor.shape) for tensor in called.tensors]
    if len({len(shape) for shape in shapes}) != 1 or len(shapes[0]) < 3:
        return told
    largest = [max(sizes) for sizes in zip(*shapes, strict=True)]
    words = []
    for tensor, shape in zip(called.tensors, shapes, strict=True):
        call = _enlarging(recording, recording.fact(tensor).source)
        if call is None:
            continue
        module = call.module
        rank = len(module.output_padding)
        missing = [want - size for want, size in zip(largest[-rank:], shape[-rank:], strict=True)]
        if not any(missing):
            continue
        padding = [a + b for a, b in zip(module.output_padding, missing, strict=True)]
        limits = map(max, module.stride, module.dilation)
        if all(pad < limit for pad, limit in zip(padding, limits, strict=True)):
            alike = padding[0] if len(set(padding)) == 1 else tuple(padding)
            words.append(f"output_padding={alike} in layer {call.path}")
    if not words:
        return told
    return told.with_place(hint="Try {words}.", fields={"words": " and ".join(words)})


def _enlarging(recording: Recording, source: int | None) -> ModuleCall | None:
    """The transposed layer that made an operation's input, through operations of one input."""
    while source is not None and source >= 0:
        operation = recording.operations[source]
        call = operation.call
        if "conv_transpose" in operation.name:
            return call if call is not None and hasattr(call.module, "output_padding") else None
        if len(operation.sources) != 1:
            return None
        source = operation.sources[0]
    return None


def _check_view(called: Called, shape: Shape) -> None:
    """Raises ConvError where a view has another number of numbers; the hint is one that fits."""
    wanted = list(called.get("size", called.get("shape")))
    known, total = prod(size for size in wanted if size != -1), prod(shape)
    if not known or not (total % known if -1 in wanted else total != known):
        return
    batch = shape[0] if shape and wanted and wanted[0] in (-1, shape[0]) else 1
    fitting = Shape((batch, total // batch))
    hint = f"{fitting} fits, of {total // batch} numbers." if len(wanted) == 2 else None
    rule = f"the view {Shape(wanted)} does not hold the {total} numbers of its input {shape}"
    raise ConvError("view.fits", rule, hint=hint)


def _check_convolution(called: Called) -> None:
    """Raises ConvError where the weight takes other channels: (C_out, C_in/groups, *kernel)."""
    weight, shape = called.shape("weight"), called.shape("input")
    if weight is None or shape is None or len(weight) < 3 or len(shape) < len(weight) - 1:
        return
    transposed = "transpose" in called.name
    wanted = weight[0] if transposed else weight[1] * called.get("groups", 1)
    channels = shape[-len(weight) + 1]
    if channels != wanted:
        rule = f"input has {channels} channels on axis C of {shape}, but the weight {weight} takes"
        raise ConvError("input.channels", f"{rule} {wanted}")


def _check_order(called: Called, shape: Shape) -> None:
    order = called["dims"]
    if sorted(axis % len(shape) for axis in order) != list(range(len(shape))):
        rule = f"must name each of the {len(shape)} axes of its input {shape} once"
        raise ConvError("dims.order", rule, got=tuple(order))


def _check_parts(called: Called, shape: Shape) -> None:
    sizes, axis = called["split_sizes"], called.get("dim", 0)
    if sum(sizes) != shape[axis]:
        rule = f"the sizes of the parts must be {shape[axis]} in all, the cells of axis {axis} of"
        raise ConvError("split.fits", f"{rule} {shape}", got=tuple(sizes))


def _check_product(called: Called, shapes: Sequence[Shape]) -> None:
    first, second = shapes
    inner = second[-2] if len(second) > 1 else second[-1]
    if first[-1] != inner:
        rule = f"the last axis of {first} must have the {inner} cells that {second} multiplies"
        raise ConvError("matmul.fits", rule, got=first[-1])
