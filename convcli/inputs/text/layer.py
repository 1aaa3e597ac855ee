"""LAYER and its options as a ConvSpec, completed by the shapes of the input and the weight."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from convcli.engine.geometry.arguments import integer
from convcli.engine.geometry.remedies import (
    Fix,
    hint_of,
    order_fixes,
    picture_fixes,
    same_hint,
    weight_fixes,
)
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_integer, parse_padding, parse_per_axis
from convcli.suggestions import did_you_mean

OPERATORS = {
    f"conv{way}{rank}d": (rank, bool(way)) for way in ("", "_transpose") for rank in (1, 2, 3)
}
DEPTHWISE = "depthwise"
ARGUMENTS = (
    "in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias",
    "padding_mode", "output_padding",
)  # fmt: skip


class LayerRequest(NamedTuple):
    """A requested layer: rank, direction, and the specified arguments by torch's names."""

    text: str
    rank: int
    transposed: bool
    arguments: Mapping[str, Any]
    is_expression: bool = False

    def alone(self) -> ConvSpec:
        """The layer by itself. Raises ConvError where an argument is missing or wrong."""
        self._require(self.arguments, "in_channels")
        return self.for_input((1, self.arguments["in_channels"]))

    def for_input(self, input_shape: Sequence[int]) -> ConvSpec:
        """The layer on an input (N, C_in, *sizes), whose channels are the default of in_channels.

        Raises ConvError where an argument is missing or wrong.
        """
        arguments = dict(self.arguments)
        channels = arguments.setdefault("in_channels", input_shape[1])
        depthwise = "groups" in arguments and self._resolve_groups(arguments, channels)
        if depthwise or channels == 1:
            arguments.setdefault("out_channels", channels)
        if arguments.get("kernel_size") is None or arguments.get("out_channels") is None:
            self._require(arguments, "kernel_size", "out_channels")
        return self._made(arguments, input_shape)

    def _made(self, arguments: Mapping[str, Any], input_shape: Sequence[int]) -> ConvSpec:
        """The layer of these arguments, whose errors have the fixes for an input of this shape."""
        try:
            return ConvSpec.of(dims=self.rank, transposed=self.transposed, **arguments)
        except ConvError as error:
            raise self._remedied(error, arguments, input_shape[2:]) from None

    def _remedied(
        self, error: ConvError, arguments: Mapping[str, Any], sizes: Sequence[int]
    ) -> ConvError:
        """The error of padding `same` with the padding that does it on an input of these sizes."""
        is_same = str(arguments.get("padding")).lower() == "same"
        if error.code not in ("padding.same", "padding.name") or not is_same:
            return error
        bare = ConvSpec.of(dims=self.rank, **(dict(arguments) | {"padding": 0}))
        if len(sizes) != self.rank or all(axis.stride == 1 for axis in bare.axes):
            return error
        fields = {"layer": bare, "sizes": tuple(sizes)}
        return error.with_place(hint=same_hint(bare, sizes), fields=fields)

    def for_weight(
        self, input_shape: Sequence[int], weight_shape: Sequence[int], bias: bool
    ) -> ConvSpec:
        """The layer of a weight array, which decides the channels and the kernel size.

        Raises ConvError where an argument contradicts the weight or the input.
        """
        arguments = dict(self.arguments)
        arguments["bias"] = bias
        self._resolve_groups(arguments, arguments.get("in_channels", input_shape[1]))
        groups = integer("groups", arguments.get("groups", 1), 1)
        first, second, *kernel = weight_shape
        in_channels, out_channels = (
            (first, second * groups) if self.transposed else (second * groups, first)
        )
        read = {
            "kernel_size": tuple(kernel),
            "in_channels": in_channels,
            "out_channels": out_channels,
        }
        for name, value in read.items():
            argument = arguments.get(name, value)
            if argument != value and (argument,) * self.rank != value:
                text = Shape(value) if isinstance(value, tuple) else value
                rule = f"contradicts the weight {Shape(weight_shape)}, whose {name} is {text}"
                raise ConvError(f"{name}.contradicts", rule, parameter=name, got=argument)
        self._check_channels(input_shape, weight_shape, in_channels, groups)
        return self._made_of_weight(arguments | read, input_shape, weight_shape)

    def _made_of_weight(
        self, arguments: Mapping[str, Any], input_shape: Sequence[int], weight_shape: Sequence[int]
    ) -> ConvSpec:
        """The layer; where the groups do not divide its channels, with weights that they do."""
        try:
            return self._made(arguments, input_shape)
        except ConvError as error:
            if error.code != "groups.divide":
                raise
            hint = hint_of(self._divided(input_shape, weight_shape, arguments["groups"]))
            raise error.with_place(hint=hint or "") from None

    def _divided(
        self, input_shape: Sequence[int], weight_shape: Sequence[int], groups: int
    ) -> Iterator[Fix]:
        """The weights near this one whose channels the groups divide."""
        first, second, *kernel = weight_shape
        if self.wants_depthwise() and second == 1:
            yield self.bare_fix(input_shape, weight_shape)
        above = Shape((-(-first // groups) * groups, second, *kernel))
        attempt = partial(self.computed, input_shape)
        yield Fix(f"Take a weight of shape {above}.", partial(attempt, above))
        if input_shape[1] == second and not self.transposed:
            yield Fix("Specify `groups` 1.", partial(attempt, weight_shape, 1))

    def bare_fix(self, input_shape: Sequence[int], weight_shape: Sequence[int]) -> Fix:
        """One kernel for each channel by itself."""
        kernel, channels = Shape(weight_shape[2:]), input_shape[1]
        text = (
            "To filter each channel by itself, specify `groups` depthwise"
            f" and take the kernel alone, a weight of shape {kernel}."
        )
        each = (channels, 1, *kernel)
        return Fix(text, partial(self.computed, input_shape, each, channels), joins=False)

    def computed(
        self, input_shape: Sequence[int], weight_shape: Sequence[int], groups: int | None = None
    ) -> Shape:
        """The output's shape with a weight of this shape, and other groups where there are any.

        Raises ConvError where the layer does not compute.
        """
        changed = self.arguments if groups is None else {**self.arguments, "groups": groups}
        request = self._replace(arguments=changed)
        return request.for_weight(input_shape, weight_shape, False).output_shape(input_shape)

    def _check_channels(
        self, input_shape: Sequence[int], weight_shape: Sequence[int], takes: int, groups: int
    ) -> None:
        """Raises ConvError where the input has other channels than the weight takes."""
        channels = input_shape[1]
        if channels == takes:
            return
        if takes == groups == 1:
            rule = f"has {channels} channels, but the weight {Shape(weight_shape)} has one"
            hint = hint_of(self.fixes(input_shape, weight_shape))
            raise ConvError("input.channels", rule, parameter="input", hint=hint)
        number = "1 channel" if channels == 1 else f"{channels} channels"
        layer = f"the weight {Shape(weight_shape)} takes {takes}"
        rule = f"has {number} on axis C of {Shape(input_shape)}, but {layer}"
        hint = hint_of(self.fixes(input_shape, weight_shape))
        raise ConvError("input.channels", rule, parameter="input", hint=hint)

    def fixes(
        self,
        input_shape: Sequence[int],
        weight_shape: Sequence[int],
        spell: Callable[[Shape], str] = str,
    ) -> list[Fix]:
        """What makes an input and a weight array agree; `spell` writes a shape of a weight."""
        first, second, *_ = weight_shape
        written = self.arguments.get("groups", 1)
        groups = written if isinstance(written, int) else input_shape[1]
        takes = first if self.transposed else second * groups
        attempt = partial(self.computed, weight_shape=weight_shape)
        orders = order_fixes(takes, input_shape, attempt)
        others = [] if orders else picture_fixes(takes, input_shape, attempt)
        if second == takes == 1 and not self.transposed:
            others.append(self.bare_fix(input_shape, weight_shape))
        weights = weight_fixes(
            input_shape,
            weight_shape,
            groups,
            partial(self.computed, input_shape),
            transposed=self.transposed,
            spell=spell,
        )
        return [*orders, *others, *weights]

    def wants_depthwise(self) -> bool:
        """Whether there is one group per channel."""
        return bool(self.arguments.get("groups") == DEPTHWISE)

    def _resolve_groups(self, arguments: dict[str, Any], channels: int) -> bool:
        if arguments.get("groups") != DEPTHWISE:
            return False
        arguments["groups"] = channels
        return True

    def _require(self, arguments: Mapping[str, Any], *names: str) -> None:
        for name in names:
            if arguments.get(name) is None:
                rule, fields = "is required for {layer!r}", {"layer": self.text}
                hint = f"Specify it, like `{name}` {'3' if name == 'kernel_size' else '64'}."
                raise ConvError(f"{name}.missing", rule, parameter=name, hint=hint, fields=fields)


def parse_layer(text: str, options: Mapping[str, Any]) -> LayerRequest:
    """LAYER, an operator name or a PyTorch expression, and the layer options.

    An option is text, or a value of JSON: an int or a list. Raises ConvError where something
    cannot be read.

    >>> parse_layer("conv2d", {"kernel_size": "3", "stride": None}).arguments
    {'kernel_size': 3}
    """
    specified = parse_options(options)
    if "(" in text:
        from convcli.inputs.text.expressions import parse_expression

        rank, transposed, arguments = parse_expression(text)
        return LayerRequest(text, rank, transposed, arguments | specified, is_expression=True)
    if text not in OPERATORS:
        spelled = text.lower().replace("transpose", "_transpose").replace("__", "_")
        hint = (
            f"Did you mean {spelled}?" if spelled in OPERATORS else did_you_mean(spelled, OPERATORS)
        )
        rule = f'must be {", ".join(OPERATORS)}, or an expression like "Conv2d(3, 64, 7)"'
        raise ConvError("layer.name", rule, parameter="LAYER", got=text, hint=hint)
    rank, transposed = OPERATORS[text]
    return LayerRequest(text, rank, transposed, specified)


def parse_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The specified options by name, parsed. Raises ConvError where one cannot be read."""
    return {
        name: value if type(value) is int else _parse_option(name, value)
        for name, value in options.items()
        if value is not None
    }


def _parse_option(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value if isinstance(value, int) else _as_tuple(value)
    if name == "padding_mode":
        return value
    if name == "padding":
        return parse_padding(value)
    if name == "groups" and value == DEPTHWISE:
        return value
    if name in ("in_channels", "out_channels", "groups"):
        return parse_integer(value, name)
    return parse_per_axis(value, name)


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, list) else value
