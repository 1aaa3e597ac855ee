"""What a shell completes: commands, options, and the values of options and arguments."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from convcli.cli.completion import prepare
from convcli.engine.geometry.padding import PADDING_MODES
from convcli.engine.training.losses import ACTIVATIONS, LOSSES
from convcli.engine.training.optimisers import OPTIMISERS
from convcli.engine.weights.schemes import SCHEMES
from convcli.inputs.networks.known_networks import known_networks
from convcli.inputs.text.kernels import KERNELS
from convcli.inputs.text.layer import OPERATORS
from convcli.inputs.text.pixel_maps import PIXEL_MAPS
from convcli.render import FORMATS, GRAPH_FORMATS
from tests.fuzz.command_words import run


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.npy").touch()
    Path("layers.jsonl").touch()
    Path("images").mkdir()


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> object:
    """The completions in bash of words as bash splits them, the last one incomplete."""

    def completed(*words: str) -> list[str]:
        monkeypatch.setenv("_CONVCLI_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", "\n".join(["convcli", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        outcome = run([])
        assert (outcome.status, outcome.err) == (0, "")
        return outcome.out.decode().split("\n")[:-1]

    return completed


def beginning(names: object, start: str) -> list[str]:
    return [name for name in names if name.startswith(start)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sh", ["shape", "show"]),
        ("shape --padd", ["--padding", "--padding-mode"]),
        ("shape ", [*OPERATORS]),
        ("trace conv_", beginning(OPERATORS, "conv_")),
        ("shape conv2d 5x5 --padding-mode ", [*PADDING_MODES]),
        ("shape conv2d 5x5 --padding-mode re", ["reflect", "replicate"]),
        ("shape conv2d 5x5 -p ", ["same", "valid"]),
        ("shape conv2d 5x5 -g ", ["depthwise"]),
        ("shape conv2d 5x5 -f ", [*FORMATS, *GRAPH_FORMATS]),
        ("shape conv2d 5x5 --format = j", ["json", "jsonl"]),
        ("shape conv2d 5x5 --lang ", ["en", "zh"]),
        ("shape conv2d 5x5 --color ", ["auto", "always", "never"]),
        ("trace conv2d 1 1 --view ", ["gather", "scatter"]),
        ("init conv2d --scheme ", [*SCHEMES]),
        ("learn conv1d 1 1 --init kai", beginning(SCHEMES, "kai")),
        ("learn conv1d 1 1 --loss ", [*LOSSES]),
        ("learn conv1d 1 1 --optimizer a", beginning(OPTIMISERS, "a")),
        ("learn conv1d 1 1 --activation ", [*ACTIVATIONS]),
        ("run conv2d kernel:sob", beginning((f"kernel:{name}" for name in KERNELS), "kernel:sob")),
        ("run conv2d kernel : sob", beginning(KERNELS, "sob")),
        ("run conv2d kernel :", [*KERNELS]),
        ("run conv2d 1 --bias = ar", ["arange:"]),
        ("run conv2d in", ["in.npy"]),
        ("run conv2d im", ["images/"]),
        ("shape --batch la", ["layers.jsonl"]),
        ("stack lenet", ["lenet5"]),
        ("stack ReL", ["ReLU", "ReLU6"]),
        ("help paddi", ["padding"]),
        ("help sh", ["shape", "show"]),
        ("run conv2d 1 1 --map ", [*PIXEL_MAPS]),
        ("run conv2d 1 1 --map s", ["signed"]),
        ("shape conv2d 1x9x9x3 --layout NH", ["NHWC", "NHWC,HWIO"]),
        ("grad conv2d 1 1 --layout HWI", ["HWIO"]),
        ("learn conv1d 1 1 --layout NL", ["NLC", "NLC,LIO"]),
    ],
)
def test_values(complete: object, line: str, expected: list[str]) -> None:
    assert complete(*line.split(" ")) == expected  # type: ignore[operator]


def test_every_network_is_offered(complete: object) -> None:
    offered = complete("stack", "")  # type: ignore[operator]
    assert set(known_networks()) < set(offered)
    assert {"in.npy", "conv2d", "MaxPool2d"} < set(offered)


@pytest.mark.parametrize(
    ("words", "cursor", "joined", "prefix"),
    [
        (["run", "conv2d", "kernel", ":", "so"], 5, ["run", "conv2d", "kernel:so"], "kernel:"),
        (["shape", "--format", "=", "j"], 4, ["shape", "--format=j"], ""),
        (["run", "--bias", "=", "kernel", ":", "s"], 6, ["run", "--bias=kernel:s"], "kernel:"),
        (["a", ":", "b", "c"], 4, ["a:b", "c"], ""),
        (["shape"], 2, ["shape", ""], ""),
    ],
)
def test_what_bash_splits_is_joined(
    words: list[str], cursor: int, joined: list[str], prefix: str
) -> None:
    environment = {"COMP_WORDS": "\n".join(["convcli", *words]), "COMP_CWORD": str(cursor)}
    assert prepare(environment) == (joined, prefix)
    assert environment["COMP_CWORD"] == str(len(joined))


@pytest.mark.parametrize(
    ("shell", "variables", "expected"),
    [
        ("zsh", {"_TYPER_COMPLETE_ARGS": "convcli shape conv2d 5x5 -f j"}, b'"jsonl"'),
        (
            "fish",
            {
                "_TYPER_COMPLETE_ARGS": "convcli run conv2d kernel:so",
                "_TYPER_COMPLETE_FISH_ACTION": "get-args",
            },
            b"kernel:sobel-x",
        ),
    ],
)
def test_other_shells(
    shell: str, variables: dict[str, str], expected: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_CONVCLI_COMPLETE", f"complete_{shell}")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert expected in run([]).out


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_the_script_of_bash_completes_in_bash(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "convcli"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m convcli "$@"\n')
    program.chmod(0o755)
    script = (
        'eval "$(_CONVCLI_COMPLETE=source_bash convcli)"\n'
        "COMP_WORDS=(convcli run conv2d kernel : sob); COMP_CWORD=5\n"
        '_convcli_completion convcli; echo "${COMPREPLY[@]}"\n'
    )
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "--norc", "-c", script],
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "sobel-x sobel-y sobel-z\n"
