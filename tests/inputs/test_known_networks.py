"""Networks that come with convcli, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcli.errors import ConvError
from convcli.inputs.networks.known_networks import known_networks, text_of_network
from convcli.inputs.networks.lists import read_stack

NAMES = [
    "alexnet",
    "dcgan_generator",
    "lenet5",
    "mobilenet_v2",
    "resnet18",
    "resnet50",
    "unet",
    "vgg16",
    "wavenet",
]


def test_the_networks_that_are_known() -> None:
    assert list(known_networks()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_network_is_a_list_of_layers(name: str) -> None:
    text = text_of_network(name)
    assert text is not None
    assert text.startswith("#")
    assert len(read_stack([name]).nodes) > 8


def test_a_name_on_the_command_line(convcli: Callable[..., Any]) -> None:
    assert convcli("stack", "lenet5", "1x28x28", "-q").out == "10\n"


def test_a_file_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lenet5").write_text("ReLU()")
    assert read_stack(["lenet5"]).texts == ("ReLU()",)


def test_a_layer_is_no_network() -> None:
    assert read_stack(["ReLU"]).texts == ("ReLU()",)


def test_an_unknown_name_lists_the_known(convcli: Callable[..., Any]) -> None:
    result = convcli("stack", "nosuch", "3x3")
    assert (result.status, result.out) == (2, "")
    assert ", ".join(NAMES) in result.err
    with pytest.raises(ConvError, match="The networks are alexnet") as caught:
        read_stack(["nosuch"])
    assert caught.value.code == "layer.syntax"
