"""The data of the page of a network."""

from __future__ import annotations

from typing import Any

import pytest

from convcli.cli.commands.stack.networks import ListedNetwork
from convcli.cli.commands.stack.proofs import proof
from convcli.engine.geometry.shapes import Position, Shape
from convcli.errors import ConvError
from convcli.inputs.networks.lists import read_stack
from convcli.report.views.network_page import network_page
from convcli.report.views.network_parts import StackReport

LENET = (
    "c1: Conv2d(1, 6, 5, padding=2); ReLU(); p1: MaxPool2d(2); c2: Conv2d(6, 16, 5); "
    "Flatten(); Linear(1600, 10); Softmax(dim=1)"
)


def listed(text: str, *shape: int) -> tuple[ListedNetwork, StackReport]:
    network = ListedNetwork(read_stack([text]))
    return network, network.report(Shape(shape))


def page_of(text: str, *shape: int) -> dict[str, Any]:
    return network_page(listed(text, *shape)[1])


def test_layers_have_their_numbers_and_say_which_follow_others() -> None:
    data = page_of(LENET, 1, 28, 28)
    layers = data["layers"]
    assert [layer["name"] for layer in layers] == ["c1", "1", "p1", "c2", "4", "5", "6"]
    assert [layer["follows"] for layer in layers] == [
        False, True, False, False, False, False, True,
    ]  # fmt: skip
    assert [layer["units"] for layer in layers[2:5]] == [[14, 14], [10, 10], []]
    assert layers[3]["field"]["size"] == [14, 14]
    assert layers[3]["parameters"] == 2416
    assert data["input"] == {"shape": Shape((1, 28, 28)), "cells": [28, 28]}
    assert data["totals"]["parameters"] == sum(layer["parameters"] for layer in layers)


def test_equal_readings_stand_once() -> None:
    data = page_of("; ".join(["Conv2d(1, 1, 3, padding=1)"] * 9), 1, 20, 20)
    assert len(data["readings"]) == 1
    assert data["layers"][8]["links"] == [{"source": 7, "axes": [[[0]], [[0]]], "exact": True}]


def test_the_page_begins_where_a_part_of_the_input_is_seen() -> None:
    assert page_of(LENET, 1, 28, 28)["start"] == {"layer": 3, "unit": [5, 5]}
    assert page_of("AdaptiveAvgPool2d(1)", 1, 8, 6)["start"] == {"layer": -1, "unit": [4, 3]}
    _, report = listed(LENET, 1, 28, 28)
    from dataclasses import replace

    asked = network_page(replace(report, unit=Position((1, 9))))
    assert asked["start"] == {"layer": 3, "unit": [1, 9]}


def test_the_proof_is_told() -> None:
    network, report = listed("Conv2d(1, 1, 3); MaxPool2d(2)", 1, 10, 10)
    told = network_page(report, proof(network, report))["proof"]
    assert told["layer"] == 1
    assert [(each["by"], each["units"], each["count"]) for each in told["derivations"]] == [
        ("tables", [4, 4], 0),
        ("impulses", [4, 4], 0),
    ]


@pytest.mark.parametrize(
    ("text", "shape", "code"),
    [
        ("Linear(4, 2)", (1, 4), "page.axes"),
        ("Conv1d(1, 1, 3)", (1, 1, 200_000), "page.cells"),
        ("1501 x ReLU()", (1, 1, 4), "page.layers"),
        (
            "; ".join(f"AdaptiveAvgPool1d({size})" for size in range(4001, 3987, -1)),
            (1, 1, 4002),
            "page.windows",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(text: str, shape: tuple[int, ...], code: str) -> None:
    with pytest.raises(ConvError) as caught:
        page_of(text, *shape)
    assert caught.value.code == code
