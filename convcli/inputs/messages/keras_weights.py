"""What Keras says of weights, targets, and inputs without channels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis import class_targets, settings
from convcli.engine.diagnosis.norms import group_norm
from convcli.engine.diagnosis.values import Diagnosis, Saying
from convcli.engine.diagnosis.weights import given_weight
from convcli.engine.geometry.changes import Change
from convcli.inputs.messages.rows import Row


def _weight(
    wants: Sequence[int], got: Sequence[int], layer: str = "variable", **_: Any
) -> Diagnosis:
    named = re.search(r"'([\w/]+)", layer)
    return given_weight(named[1] if named else layer.strip("'\"`"), wants, got)


def _cropped(input: Sequence[int | None], cropping: str) -> Diagnosis:
    told = tuple(int(number) for number in re.findall(r"\d+", cropping))
    return settings.plain(
        "crop.all",
        Change("crop_smaller", "cropping", 1),
        of="input",
        input=tuple(input),
        cropping=told,
    )


ROWS = (
    Row("keras", "weight.shape", _weight, (
        "Layer {layer:name} weight shape {wants:shape} is not compatible with provided weight "
        "shape {got:shape}",
        "Layer weight shape {wants:shape} not compatible with provided weight shape {got:shape}",
        "weight {layer:text} has shape {wants:shape}, but the saved weight has shape {got:shape}",
        "variable.shape={wants:shape}, Received: value.shape={got:shape}",
    )),
    Row("keras", "weight.layers", lambda file, model: settings.plain(
        "weight.layers", Change("by_name", "by_name", True), file=file, model=model,
        why=Saying("other_model"), is_sure=False, of="weights",
    ), (
        "weight file containing {file:int} layers into a model with {model:int} layers",
        "Layer count mismatch when loading weights from file. Model expected {model:int} layers, "
        "found {file:int} saved layers",
    )),
    Row("keras", "weight.count", lambda layer, got, wants: settings.plain(
        "weight.list", Change("both_weights", "weights", None), of="layer", got=got, wants=wants,
        fields={"name": layer.strip("'\"")},
    ), (
        "Layer {layer:name} expected {wants:int} weights, but the saved weights have {got:int} "
        "elements",
        "Layer '{layer:name}' expected {wants:int} variables, but received {got:int} variables "
        "during loading",
        "`set_weights(weights)` on layer {layer:word} with a weight list of length {got:int}, but "
        "the layer was expecting {wants:int} weights",
    )),
    Row("keras", "loss.shapes", lambda target, output: class_targets.classes(
        "output", output, target
    ), (
        "Arguments `target` and `output` must have the same shape. Received: "
        "target.shape={target:shape}, output.shape={output:shape}",
    )),
    Row("keras", "loss.shapes", lambda target, output: class_targets.classes(
        "output", output, target
    ), (
        "`logits` and `labels` must have the same shape, received ({output:shape} vs "
        "{target:shape})",
        "logits and labels must have the same shape ({output:shape} vs {target:shape})",
        "Shapes {target:shape} and {output:shape} are incompatible",
    )),
    Row("keras", "group_norm.groups", group_norm, (
        "Number of groups ({groups:int}) must be a multiple of the number of channels "
        "({channels:int})",
        "Number of channels ({channels:int}) must be a multiple of the number of groups "
        "({groups:int})",
        "Number of groups ({groups:int}) cannot be more than the number of channels "
        "({channels:int})",
    )),
    Row("keras", "crop.size", _cropped, (
        "smaller than the corresponding spatial dimension of the input. Received: "
        "input_shape={input:shape}, cropping={cropping:rest}",
    )),
    Row("keras", "loss.shapes", lambda target, output: class_targets.classes(
        "output", output, target
    ), (
        "must have rank (ndim) `target.ndim - 1`. Received: target.shape={target:shape}, "
        "output.shape={output:shape}",
    )),
)  # fmt: skip
