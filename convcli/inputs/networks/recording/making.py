"""A torch module made without its weights: parameters have a shape and a type, and no memory."""

from __future__ import annotations

import logging
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from math import prod
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError, reason_of
from convcli.inputs.files.admission import Admit, admit_all
from convcli.inputs.networks.recording.spelling import Spelled, target_of
from convcli.inputs.networks.user_code import user_code


def quiet() -> ExitStack:
    """What torch warns about and logs, while a module is made or runs, is not part of the answer.

    torch logs what it then raises.
    """
    stack = ExitStack()
    stack.enter_context(warnings.catch_warnings())
    warnings.simplefilter("ignore")
    stack.callback(logging.disable, logging.root.manager.disable)
    logging.disable(logging.CRITICAL)
    return stack


FEW_NUMBERS = 2**20  # of a tensor that may be made before it is known to be a weight


class Maker:
    """Makes the module that is named, on the fake tensors of `mode`, or with its real weights."""

    def __init__(self, torch: Any, spelled: Spelled, text: str, admit: Admit = admit_all) -> None:
        self.torch, self.spelled, self.text, self.admit = torch, spelled, text, admit
        fake: Any = torch._subclasses.fake_tensor.FakeTensorMode
        self.mode: Any = fake(allow_non_fake_inputs=True)

    def made(self, *, fake: bool) -> Any:
        """The module in eval mode. Raises ConvError where its code fails, or makes no module."""
        with quiet(), user_code(self._unmade):
            context = _without_weights(self.torch, self.mode) if fake else self._admitted()
            with context:
                module = self._called(target_of(self.spelled))
                if isinstance(module, self.torch.nn.Module):
                    module.eval()
                    return self.with_fake_weights(module) if fake else module
        rule = "must be a torch.nn.Module"
        raise ConvError("module.class", rule, parameter="module", got=self.text, kind="data")

    def _unmade(self, error: BaseException) -> ConvError:
        reason = f"{type(error).__name__}: {reason_of(error)}".removesuffix(": ")
        return ConvError(
            "module.import",
            "cannot be made: {reason}",
            parameter="module",
            got=self.text,
            fields={"reason": reason},
            kind="data",
        )

    @contextmanager
    def _admitted(self) -> Iterator[None]:
        """Every real parameter is asked about when a module registers it."""
        module, total = self.torch.nn.Module, 0
        register: Callable[..., None] = module.register_parameter

        def registered(part: Any, name: str, parameter: Any) -> None:
            nonlocal total
            if _is_plain(self.torch, parameter):
                total += parameter.numel() * parameter.element_size()
                self.admit(total)
            register(part, name, parameter)

        module.register_parameter = registered
        try:
            yield
        finally:
            module.register_parameter = register

    def _called(self, target: Any) -> Any:
        if self.spelled.arguments is not None:
            positional, named = self.spelled.arguments
            return target(*positional, **named)
        return target if isinstance(target, self.torch.nn.Module) else target()

    def with_fake_weights(self, module: Any) -> Any:
        """The module with a fake parameter in place of each that still has memory."""
        give_fake_weights(self.torch, self.mode, module)
        return module

    def zeros(self, shape: Shape, kind: str, *, fake: bool) -> Any:
        """An input of a type: float, int64 or bool."""
        made = partial(self.torch.zeros, shape, dtype=getattr(self.torch, kind))
        if not fake:
            return made()
        with self.mode:
            return made()


def give_fake_weights(torch: Any, mode: Any, module: Any) -> None:
    """A fake parameter of `mode` in place of each other one; those that are shared stay so."""
    known: dict[int, Any] = {}
    for part in module.modules():
        for name, parameter in part._parameters.items():
            is_other = getattr(parameter, "fake_mode", mode) is not mode
            if _is_plain(torch, parameter) or is_other:
                if id(parameter) not in known:
                    known[id(parameter)] = _fake(torch, mode, parameter)
                part._parameters[name] = known[id(parameter)]


def _is_plain(torch: Any, parameter: Any) -> bool:
    return type(parameter) is torch.nn.Parameter and not hasattr(parameter, "fake_mode")


def _fake(torch: Any, mode: Any, parameter: Any) -> Any:
    with mode:
        data = torch.empty_strided(parameter.size(), parameter.stride(), dtype=parameter.dtype)
        return torch.nn.Parameter(data, requires_grad=parameter.requires_grad)


@contextmanager
def _without_weights(torch: Any, mode: Any) -> Iterator[None]:
    """Every parameter becomes a fake one when a module registers it; initialisers do nothing.

    A parameter's own memory is reserved by then, and not yet written: it takes no room.
    """
    module, init = torch.nn.Module, torch.nn.init
    register: Callable[..., None] = module.register_parameter
    lazy = torch.nn.parameter.UninitializedParameter
    kept: dict[int, tuple[Any, Any]] = {}  # a reference to the real one, and the fake one

    def registered(self: Any, name: str, parameter: Any) -> None:
        if type(parameter) is lazy:
            parameter = lazy(parameter.requires_grad, device="meta")
        elif _is_plain(torch, parameter):
            reference, fake = kept.get(id(parameter), (lambda: None, None))
            if reference() is not parameter:
                fake = _fake(torch, mode, parameter)
                kept[id(parameter)] = (weakref.ref(parameter), fake)
            parameter = fake
        register(self, name, parameter)

    initialisers = {
        name: function
        for name, function in vars(init).items()
        if callable(function) and name.endswith("_")
    }
    try:
        module.register_parameter = registered
        for name, function in initialisers.items():
            setattr(init, name, _unless_fake(function))
        with _fake_where_large(torch, mode):
            yield
    finally:
        module.register_parameter = register
        for name, function in initialisers.items():
            setattr(init, name, function)


def _fake_where_large(torch: Any, mode: Any) -> Any:
    """The mode of torch in which tensors of many numbers are made fake ones."""

    class Large(torch.utils._python_dispatch.TorchDispatchMode):  # type: ignore[misc]
        def __torch_dispatch__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            size = args[0] if args and isinstance(args[0], (list, tuple)) else ()
            if all(isinstance(n, int) for n in size) and prod(size) > FEW_NUMBERS:
                with mode:
                    return function(*args, **(kwargs or {}))
            return function(*args, **(kwargs or {}))

    return Large()


def _unless_fake(function: Callable[..., Any]) -> Callable[..., Any]:
    def initialised(*arguments: Any, **named: Any) -> Any:
        tensor = arguments[0] if arguments else named.get("tensor")
        if hasattr(tensor, "fake_mode") or getattr(tensor, "is_meta", False):
            return tensor
        return function(*arguments, **named)

    return initialised
