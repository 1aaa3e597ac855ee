"""Models of Keras in `stack`: code, JSON and printed summaries of one network agree."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convcli.cli.commands.stack.networks import ListedNetwork
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.networks.lists import read_stack

# The example "Simple MNIST convnet" of the Keras documentation, whose summary says 34,826.
CODE = """
import keras
from keras import layers
classes = 10
model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
    layers.MaxPooling2D(pool_size=(2, 2)),
    layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
    layers.MaxPooling2D(pool_size=(2, 2)),
    layers.Flatten(),
    layers.Dropout(0.5),
    layers.Dense(classes, activation="softmax"),
])
"""
ADDED = """
model = Sequential()
model.add(Input((28, 28, 1)))
model.add(Conv2D(32, 3))
model.add(MaxPooling2D())
model.add(tf.keras.layers.Conv2D(64, 3))
model.add(MaxPool2D(2))
model.add(Flatten())
model.add(Dropout(0.5))
model.add(Dense(10))
"""
SUMMARY = """Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ conv2d (Conv2D)                 │ (None, 26, 26, 32)     │           320 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ max_pooling2d_of_a_long_name    │ (None, 13, 13, 32)     │             0 │
│ (MaxPooling2D)                  │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ conv2d_1 (Conv2D)               │ (None, 11, 11, 64)     │        18,496 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ max_pooling2d_1 (MaxPooling2D)  │ (None, 5, 5, 64)       │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ flatten (Flatten)               │ (None, 1600)           │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dropout (Dropout)               │ (None, 1600)           │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense (Dense)                   │ (None, 10)             │        16,010 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 34,826 (136.04 KB)
"""
OLD_SUMMARY = """Model: "sequential"
_________________________________________________________________
 Layer (type)                Output Shape              Param #
=================================================================
 conv2d (Conv2D)             (None, 26, 26, 32)        320

 max_pooling2d (MaxPooling2D  (None, 13, 13, 32)       0
 )

 conv2d_1 (Conv2D)           (None, 11, 11, 64)        18496

 max_pooling2d_1 (MaxPooling  (None, 5, 5, 64)         0
 2D)

 flatten (Flatten)           (None, 1600)              0

 dropout (Dropout)           (None, 1600)              0

 dense (Dense)               (None, 10)                16010

=================================================================
Total params: 34,826
"""


def config(name: str, **arguments: Any) -> dict[str, Any]:
    return {"class_name": name, "config": {"name": name.lower(), "trainable": True, **arguments}}


def model(*layers: dict[str, Any]) -> str:
    numbered = [
        {**layer, "config": {**layer["config"], "name": f"layer{at}"}}
        for at, layer in enumerate(layers)
    ]
    return json.dumps({"class_name": "Sequential", "config": {"layers": numbered}})


JSON = model(
    config("InputLayer", batch_shape=[None, 28, 28, 1]),
    config("Conv2D", filters=32, kernel_size=[3, 3], strides=[1, 1], padding="valid",
           kernel_initializer={"class_name": "GlorotUniform", "config": {}}),
    config("MaxPooling2D", pool_size=[2, 2], strides=[2, 2], data_format="channels_last"),
    config("Conv2D", filters=64, kernel_size=[3, 3], activation="relu", groups=1),
    config("MaxPooling2D", pool_size=[2, 2]),
    config("Flatten", data_format="channels_last"),
    config("Dropout", rate=0.5),
    config("Dense", units=10, use_bias=True),
)  # fmt: skip


def reported(text: str, shape: tuple[int, ...]) -> Any:
    return ListedNetwork(read_stack([text])).report(Shape(shape))


@pytest.mark.parametrize("text", [CODE, ADDED, SUMMARY, OLD_SUMMARY, JSON])
@pytest.mark.parametrize("shape", [(28, 28, 1), (1, 28, 28, 1)])
def test_a_network_is_the_same_however_it_is_written(text: str, shape: tuple[int, ...]) -> None:
    report = reported(text, shape)
    outputs = [report.in_input_rank(step.output)[-3:] for step in report.steps]
    assert outputs[:4] == [(26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64)]
    assert outputs[-1][-1] == 10
    assert report.totals.parameters == 34_826
    assert report.totals.macs == 26 * 26 * 9 * 32 + 11 * 11 * 9 * 32 * 64 + 1600 * 10
    assert [step.fields[0].size for step in report.steps if step.fields] == [3, 4, 8, 10]


@pytest.mark.parametrize(
    ("layers", "shape", "output", "parameters"),
    [
        ("SeparableConv2D(64, 3)", (9, 9, 8), (7, 7, 64), 9 * 8 + 8 * 64 + 64),
        ("DepthwiseConv2D(3, depth_multiplier=2)", (9, 9, 8), (7, 7, 16), 9 * 16 + 16),
        ("Conv2DTranspose(4, 3, strides=2, padding='same')", (9, 9, 8), (18, 18, 4), 9 * 32 + 4),
        ("BatchNormalization(), GlobalAveragePooling2D()", (9, 9, 8), (8,), 16),
        ("BatchNormalization(scale=False), GlobalMaxPool2D(keepdims=1)", (9, 9, 8), (1, 1, 8), 8),
        ("Dense(5), UpSampling2D(2)", (9, 9, 8), (18, 18, 5), 45),
        ("PReLU(shared_axes=[1, 2]), Cropping2D(((1, 2), (0, 3)))", (9, 9, 8), (6, 6, 8), 8),
        ("PReLU(), LayerNormalization()", (9, 9, 8), (9, 9, 8), 9 * 9 * 8 + 16),
        ("Reshape((27, -1)), Conv1D(2, 3, padding='causal')", (9, 9, 8), (27, 2), 3 * 24 * 2 + 2),
    ],
)
def test_layers_have_the_shapes_and_parameters_of_keras(
    layers: str, shape: tuple[int, ...], output: tuple[int, ...], parameters: int
) -> None:
    report = reported(f"Sequential([Conv2D(8, 1, use_bias=False), {layers}])", shape)
    last = report.steps[-1].output
    assert sorted(last[1:]) == sorted(output)
    assert report.totals.parameters == parameters + 8 * shape[-1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Sequential([Conv2D(8, 3), Add()])", "Add joins several layers"),
        ("Sequential([Conv2D(8, 3), Dens(3)])", "Did you mean Dense?"),
        ("Sequential([Conv2D(8, 3) for _ in range(3)])", "one by one"),
        ("Sequential([Conv2D(8, 3, strides=2, dilation_rate=2)])", "Keras refuses"),
        (model(config("Conv2D", filters=8)), "Conv2D needs kernel_size"),
        ('{"class_name": "Sequential", "config": {"layers": [3]}}', "class_name and config"),
        (SUMMARY.replace("18,496", "18,400"), None),
        (SUMMARY.replace("(None, 26, 26, 32)", "(None, 99, 99, 32)"), "Give the SHAPE"),
    ],
)
def test_what_cannot_be_read_is_refused_or_known_by_its_shape(text: str, words: str | None) -> None:
    if words is None:
        assert reported(text, (28, 28, 1)).totals.parameters == 34_730
        return
    with pytest.raises(ConvError) as refused:
        reported(text, (28, 28, 1))
    assert words in str(refused.value)


def test_a_summary_is_for_its_own_shape() -> None:
    with pytest.raises(ConvError, match="Give the SHAPE that the summary was printed for"):
        reported(SUMMARY, (32, 32, 1))
    row = "| input_1 (InputLayer) | (None, 28, 28, 3) | 0 |\n"
    with pytest.raises(ConvError, match="of an input 28x28x3, and it is 28x28x1 here"):
        reported(SUMMARY.replace("│ conv2d (", row + "│ conv2d (", 1), (28, 28, 1))


def test_layers_of_frameworks_have_one_layout() -> None:
    report = ListedNetwork(read_stack(["keras.layers.Conv2D(8, 3)", "ReLU()"])).report(
        Shape((9, 9, 3))
    )
    assert report.in_input_rank(report.steps[-1].output) == (7, 7, 8)
    with pytest.raises(ConvError, match="must have one layout"):
        read_stack(["keras.layers.Conv2D(8, 3)", "onnx.MaxPool(kernel_shape=[2, 2])"])
