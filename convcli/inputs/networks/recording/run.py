"""One run of a torch module under the recorder, on fake tensors or on real zeros."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from convcli.inputs.networks.recording.arguments import Input, called_with
from convcli.inputs.networks.recording.called import Called, Fact
from convcli.inputs.networks.recording.costs import COSTS
from convcli.inputs.networks.recording.failures import failure
from convcli.inputs.networks.recording.making import give_fake_weights, quiet
from convcli.inputs.networks.recording.operations import RULES, WHOLE_OPERATIONS
from convcli.inputs.networks.recording.recorder import (
    FEW_NUMBERS,
    INPUT,
    NeedsNumbers,
    Recording,
)
from convcli.inputs.networks.recording.tensors import tensors_in
from convcli.inputs.networks.user_code import user_code

_NUMBERS = frozenset(("_local_scalar_dense", "item", "is_nonzero", "equal"))
RECURRENT = frozenset(("lstm", "gru", "rnn_tanh", "rnn_relu"))
_SILENT = frozenset(("device", "sym_size", "is_complex", "is_floating_point"))


def run(
    recording: Recording,
    inputs: Sequence[Input],
    tensors: Sequence[Any],
    mode: Any | None,
    text: str,
) -> Any:
    """What the module returned; `mode` is that of fake tensors.

    Raises ConvError with the layer where the module raises, and NeedsNumbers.
    """
    torch, module = recording.torch, recording.module
    recording.remember(tensors[0], Fact(INPUT, recording.places.input))
    for one, tensor in zip(inputs[1:], tensors[1:], strict=True):
        recording.add_input(one.name, tensor)
    positional, named = called_with(inputs, tensors)
    shapes = [one.shape for one in inputs]
    hooks = torch.nn.modules.module
    before = hooks.register_module_forward_pre_hook(
        lambda one, arguments: _entered(recording, one, arguments, mode)
    )
    after = hooks.register_module_forward_hook(
        lambda one, arguments, output: recording.leave(one, output)
    )
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with ExitStack() as stack:
            stack.enter_context(quiet())
            stack.enter_context(user_code(lambda e: failure(recording, text, shapes, e)))
            stack.enter_context(torch.inference_mode())
            if mode is not None:
                stack.enter_context(mode)
            stack.enter_context(_recorder(torch, recording, mode))
            return module(*positional, **named)
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        before.remove()
        after.remove()


def _entered(recording: Recording, module: Any, arguments: Any, mode: Any) -> None:
    """A module is called; a lazy one is about to take its sizes from what it is called on."""
    if hasattr(module, "has_uninitialized_params") and module.has_uninitialized_params():
        initialise = module.initialize_parameters

        def initialised(*inputs: Any, **named: Any) -> None:
            del module.initialize_parameters
            torch = recording.torch
            outside = torch.utils._python_dispatch._disable_current_modes
            with outside(), torch.inference_mode(mode=False):
                initialise(*inputs, **named)
                if mode is not None:
                    give_fake_weights(torch, mode, module)
            for parameter in module.parameters(recurse=False):
                recording.learn(parameter)

        module.initialize_parameters = initialised
    recording.enter(module, arguments)


def _recorder(torch: Any, recording: Recording, mode: Any | None) -> Any:
    """The mode of torch that hands every operation to the recording."""

    class Recorder(torch.utils._python_dispatch.TorchDispatchMode):  # type: ignore[misc]
        def __torch_dispatch__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            named = kwargs or {}
            called = Called(function, args, named)
            if called.name in _SILENT:
                return function(*args, **named)
            if mode is not None and called.name in _NUMBERS and _derived(recording, called):
                raise NeedsNumbers(called.name)
            if _is_made_of_others(torch, function, called):
                with self:
                    result = function.decompose(*args, **named)
                if result is not NotImplemented:
                    return result
            try:
                result = _computed(torch, recording, mode, function, args, named, called)
            except Exception:
                recording.failed = recording.failed or called
                raise
            _remember(torch, recording, called, result)
            return result

    return Recorder()


def _derived(recording: Recording, called: Called) -> bool:
    return any(recording.fact(tensor).source is not None for tensor in called.tensors)


def _is_made_of_others(torch: Any, function: Any, called: Called) -> bool:
    if called.name in RULES or called.name in COSTS or called.name in WHOLE_OPERATIONS:
        return called.name == "einsum" and not _is_simple(called)
    key = torch._C.DispatchKey.CompositeImplicitAutograd
    return not called.is_pointwise and bool(
        torch._C._dispatch_has_kernel_for_dispatch_key(function.name(), key)
    )


def _is_simple(called: Called) -> bool:
    """Whether an einsum multiplies two tensors, each with its letters."""
    equation = called["equation"].replace(" ", "")
    inputs = equation.partition("->")[0].split(",")
    return (
        "->" in equation
        and "." not in equation
        and len(inputs) == 2
        and all(len(set(letters)) == len(letters) for letters in inputs)
    )


def _computed(
    torch: Any,
    recording: Recording,
    mode: Any,
    function: Any,
    args: Any,
    named: Any,
    called: Called,
) -> Any:
    """The result. What does not depend on the input and is small is computed, so that its numbers
    are known.
    """
    fake = torch._subclasses.fake_tensor
    if mode is None:
        return function(*args, **named)
    if called.name in RECURRENT and "input" in called.values:
        return _at_one_step(function, called)
    if any(isinstance(one, fake.FakeTensor) for one in called.tensors) or _derived(
        recording, called
    ):
        return function(*args, **named)
    few = sum(one.numel() for one in called.tensors) <= FEW_NUMBERS
    if called.tensors and few:
        with fake.unset_fake_temporarily():
            return function(*args, **named)
    result = function(*args, **named)
    if few and all(one.numel() <= FEW_NUMBERS for one in tensors_in(torch, result)):
        with fake.unset_fake_temporarily():
            return function(*args, **named)
    return result


def _remember(torch: Any, recording: Recording, called: Called, result: Any) -> None:
    outputs = list(tensors_in(torch, result))
    if not called.tensors:
        return
    if called.writes:
        target = called.tensors[0]
        if not any(one is target for one in outputs):
            outputs = [target, *outputs[1:]]
    elif len(outputs) == 1 and outputs[0] is called.tensors[0]:
        return  # a copy that was none
    if outputs:
        recording.record(called, outputs)


def _at_one_step(function: Any, called: Called) -> Any:
    """A recurrent layer on the first step: torch takes them one by one, and they are alike.

    Only on fake tensors, which have no numbers.
    """
    x = called["input"]
    axis = 1 if called["batch_first"] and x.dim() > 2 else 0
    output, *states = function(**{**called.values, "input": x.narrow(axis, 0, 1)})
    sizes = [*output.shape]
    sizes[axis] = x.shape[axis]
    return (output.expand(sizes), *states)
