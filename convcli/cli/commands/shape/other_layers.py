"""`convcli shape` for the layers of torch.nn that are no convolutions: pooling, Linear, ..."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from convcli.engine.geometry.shapes import Shape, promoted_shape, restored_shape
from convcli.engine.network.walk import walk
from convcli.errors import ConvError
from convcli.inputs.networks.entries import Entry
from convcli.inputs.networks.kinds import SIGNATURES
from convcli.inputs.networks.lists import stack_of
from convcli.inputs.text.expressions import CONVOLUTIONS, foreign_layer, parse_call
from convcli.inputs.text.layer import parse_options
from convcli.report.document import Document
from convcli.report.views.shape_other import shape_other
from convcli.report.words.vocabulary import ENGLISH, Words
from convcli.suggestions import did_you_mean

_CLASS = re.compile(r"(?:\([\w.]+\):\s*)?(?:\w+\s*=\s*)?(?:\w+\.)*(?P<name>\w+)\s*(?P<call>\()?")
_SEPARATORS = str.maketrans("", "", "_-")


def other_layer(
    text: str, options: Mapping[str, Any], input_shape: Shape, words: Words | None
) -> Document | None:
    """The document of a layer that is no convolution; None where the text names no such layer.

    `MaxPool2d(2)`, or `maxpool2d` with the options of a layer. Raises ConvError where the layer
    does not take the options, or does not fit on the input. Without words the document has the
    value alone.
    """
    written = _CLASS.match(text.strip())
    name = _class_named(written["name"], bool(written["call"])) if written else None
    if name is None or written is None:
        return None
    arguments = parse_call(text, SIGNATURES).arguments if written["call"] else {}
    for option, value in parse_options(options).items():
        if option not in (SIGNATURES[name] or ()):
            rule, fields = (
                f"does not belong to {name}, which takes {{takes}}",
                {"takes": ", ".join(SIGNATURES[name] or ()) or "no arguments"},
            )
            raise ConvError("layer.arguments", rule, parameter=option, fields=fields)
        arguments[option] = value
    call = f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"
    line = text.strip() if written["call"] and not any(options.values()) else call
    stack = stack_of([Entry(line, name)])
    full = input_shape if stack.rank is None else promoted_shape(input_shape, stack.rank, "SHAPE")
    try:
        (step,) = walk(stack.nodes, full, seeing=False)
    except ConvError as error:
        missing = error.fields.get("missing")
        if written["call"] or missing not in options:
            raise
        raise error.with_place(hint=f"Specify `{missing}`, like `{missing}` 2.") from None
    left_out = len(full) - len(input_shape)
    output = restored_shape(step.output, len(step.output) - left_out)
    quiet = words is None
    return shape_other(stack.texts[0], step, input_shape, output, words or ENGLISH, quiet=quiet)


def with_sizes(error: ConvError, text: str, input_shape: Shape) -> ConvError:
    """The error of a layer of another framework, with the line for an input of this shape."""
    foreign = foreign_layer(text, input_shape)
    if foreign is None or foreign.is_open:
        return error
    return error.with_place(hint="Here it is written {line}.", fields={"line": foreign.line})


def nearest_layer(text: str) -> str | None:
    """A hint with the layers whose names are close to that of the text; None where none is."""
    written = _CLASS.match(text.strip())
    return did_you_mean(written["name"], SIGNATURES) if written else None


def _class_named(word: str, is_call: bool) -> str | None:
    """The class of torch.nn that is no convolution: written as it is, or without its capitals."""
    others = [name for name in SIGNATURES if name not in CONVOLUTIONS]
    if is_call:
        return word if word in others else None
    plain = word.translate(_SEPARATORS).lower()
    return next((name for name in others if name.lower() == plain), None)
