"""`convcli learn` at the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.training.losses import LOSSES
from convcli.engine.training.optimisers import OPTIMISERS

Convcli = Callable[..., Any]
EXAMPLES = json.loads((Path(__file__).parent.parent / "data" / "seed_examples.json").read_text())[
    "examples"
]
EDGE = next(example for example in EXAMPLES if example["id"] == "learn-edge")
EDGES = ("conv2d", "-k", "1,2", "--no-bias", json.dumps(EDGE["input"]), json.dumps(EDGE["target"]))
SMALL = ("learn", "Conv1d(1, 1, 2)", "1 2 3 4", "3 5 7")


def data(convcli: Convcli, *arguments: object) -> Any:
    result = convcli(*arguments, "--json")
    assert result.status == 0, result.err
    return json.loads(result.out)


@pytest.mark.parametrize("seed", range(8))
def test_the_edge_detector_is_learned_in_ten_steps(convcli: Convcli, seed: int) -> None:
    found = data(
        convcli,
        "learn",
        *EDGES,
        "--loss",
        "sse",
        "--lr",
        EDGE["lr"],
        "--epochs",
        EDGE["steps"],
        "--seed",
        seed,
    )
    assert np.allclose(
        np.ravel(found["final"]["0_weight"]), EDGE["learned_close_to"], rtol=0, atol=0.1
    )
    assert np.allclose(np.ravel(found["minimum"]["weight"]), [1, -1])
    assert len(found["epochs"]) == 10


@pytest.mark.torch
def test_the_two_layer_example_matches_torch(convcli: Convcli) -> None:
    import torch

    torch.manual_seed(3)
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3), torch.nn.Conv2d(1, 1, 3))
    x, target = torch.arange(25.0).reshape(1, 1, 5, 5) / 25, torch.ones(1, 1, 1, 1)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.01)
    np_x = json.dumps((x.numpy().astype(float)).tolist())
    options = ("--lr", 0.01, "--epochs", 3, "--seed", 3, "--verbose")
    found = data(
        convcli, "learn", "Conv2d(1, 1, 3)", "Conv2d(1, 1, 3)", np_x, "[[[[1]]]]", *options
    )
    for epoch in found["epochs"]:
        optimiser.zero_grad()
        loss = torch.nn.functional.mse_loss(network(x), target)
        loss.backward()
        optimiser.step()
        assert epoch["loss"] == pytest.approx(loss.item(), rel=1e-5)
        for change, parameter in zip(epoch["changes"], network.parameters(), strict=True):
            assert np.allclose(change["after"], parameter.detach().numpy(), rtol=0, atol=1e-6)
            assert np.allclose(change["gradient"], parameter.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_verbose_works_one_update_out(convcli: Convcli) -> None:
    out = convcli(*SMALL, "--epochs", 2, "--lr", 0.01, "--verbose", "--precision", 4).out
    assert out.count("epoch ") == 2
    for line in (
        "0.weight[0] before",
        "gradient of 0.weight[0]",
        "0.weight[0] after",
        "0.weight[0] at the end",
    ):
        assert line in out
    update = next(line for line in out.splitlines() if line.startswith("0.weight[0, 0, 0"))
    change = data(convcli, *SMALL, "--lr", 0.01, "--verbose")["epochs"][0]["changes"][0]
    before, gradient, after = (change[name][0][0][0] for name in ("before", "gradient", "after"))
    factor = f"({gradient:.4f})" if gradient < 0 else f"{gradient:.4f}"
    assert f"{before:.4f} - 0.0100*{factor} = " in update
    assert update.endswith(f" = {after:.4f}")


def test_jsonl_has_every_epoch_and_every_n_keeps_some(convcli: Convcli) -> None:
    lines = [
        json.loads(line) for line in convcli(*SMALL, "--epochs", 30, "-f", "jsonl").out.splitlines()
    ]
    assert [line["epoch"] for line in lines] == list(range(1, 31))
    assert lines[0]["loss"] > lines[-1]["loss"]
    kept = [
        epoch["epoch"] for epoch in data(convcli, *SMALL, "--epochs", 30, "--every", 10)["epochs"]
    ]
    assert kept == [1, 10, 20, 30]
    assert "20 of 30 epochs" in convcli(*SMALL, "--epochs", 30).out


def test_the_loss_is_named_and_drawn(convcli: Convcli) -> None:
    mse = convcli(*SMALL, "--epochs", 30, "--lr", 0.02).out
    sse = convcli(*SMALL, "--epochs", 30, "--lr", 0.02, "--loss", "sse").out
    assert "mean of the squares" in mse
    assert "sum of the squares" in sse
    for out in (mse, sse):
        assert "against epoch 1..30" in out
        assert "least-squares weight" in out
        assert "plain gradient descent converges for" in out


def test_divergence_is_said_with_the_largest_stable_step(convcli: Convcli) -> None:
    grew = convcli(*SMALL, "--lr", 0.2, "--epochs", 4).out
    assert "the loss grew" in grew
    assert "the largest stable lr here is" in grew
    burst = convcli(*SMALL, "--lr", 1e30, "--epochs", 400)
    assert burst.status == 1
    assert "it diverged" in burst.out


@pytest.mark.parametrize("options", [(), ("-q",), ("--json",), ("-f", "csv"), ("-f", "jsonl")])
def test_a_descent_that_diverges_exits_with_1_in_every_format(
    options: tuple[str, ...], convcli: Convcli
) -> None:
    for lr, status in ((0.02, 0), (1.0, 1), (1e30, 1)):
        result = convcli(*SMALL, "--lr", lr, "--epochs", 40, *options)
        assert result.status == status
        assert ("it diverged: the loss went from" in result.err) == bool(status)
        assert ("the largest stable lr here is" in result.err) == bool(status)
        if options == ("--json",):
            assert json.loads(result.out)["final"]["diverged"] == bool(status)


def test_a_loss_that_rises_a_little_has_not_diverged(convcli: Convcli) -> None:
    settled = (*SMALL, "--optimizer", "adam", "--lr")
    assert convcli(*settled, 1, "--epochs", 3).status == 0
    result = convcli(*settled, 100, "--epochs", 4)
    assert result.status == 1
    assert "largest stable" not in result.err


FAR_TOO_LARGE = {
    # learning rates, and epochs behind which the loss is far above the first one
    "sgd": [(100, 40), (100, 41), (1e4, 3)],
    "momentum": [(100, 40), (100, 41), (1e4, 3)],
    "nesterov": [(100, 40), (100, 41), (1e4, 3)],
    "adam": [(100, 40), (100, 44), (1e4, 40), (1e4, 41)],  # at 40 and 41 the loss is falling
    "adamw": [(1e4, 40), (1e4, 3)],
    "rmsprop": [(100, 1), (1e4, 1)],
}


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_loss_far_above_the_first_has_diverged_with_every_optimiser(
    optimiser: str, convcli: Convcli
) -> None:
    line = ("learn", "conv1d", "-k", 2, "1 2 3 4", "1 2 3", "--optimizer", optimiser)
    assert convcli(*line, "--epochs", 40).status == 0
    assert convcli(*line, "--epochs", 40, "--lr", 0.01).status == 0
    for lr, epochs in FAR_TOO_LARGE[optimiser]:
        result = convcli(*line, "--epochs", epochs, "--lr", lr, "--json")
        assert result.status == 1, (lr, epochs)
        final = json.loads(result.out)["final"]
        assert final["diverged"] is True
        assert final["loss"] == "Infinity" or final["loss"] > 20
        assert "it diverged: the loss went from" in result.err


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_diverges(loss: str, convcli: Convcli) -> None:
    line = ("learn", "conv1d", "-k", 2, "1 2 3 4", "1 0 1", "--optimizer", "adam")
    for lr, diverged in ((0.01, False), (1000, True)):
        assert convcli(*line, "--loss", loss, "--lr", lr, "--epochs", 40).status == diverged


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_loss_of_nothing_may_grow_by_weight_decay(
    optimiser: str, convcli: Convcli, tmp_path: Path
) -> None:
    """It stays below that of an output of zeros."""
    np.save(tmp_path / "w.npy", [[[1.0, 1.0]]])
    line = ("learn", "Conv1d(1, 1, 2)", "1 2 3 4", "3 5 7", "--weight", str(tmp_path / "w.npy"))
    options = ("--optimizer", optimiser, "--weight-decay", 0.5, "--lr", 0.01, "--epochs", 30)
    assert data(convcli, *line, *options)["final"]["loss"] > 1e-4


def test_quiet_prints_nothing_beside_a_file(
    convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = (*SMALL, "--epochs", 3, "-q")
    printed = convcli(*line).out
    for name in ("w.npy", "w.npz", "w.json", "w.txt"):
        result = convcli(*line, "-o", name, "--expect", printed, "--tolerance", "1e-9")
        assert (result.status, result.out) == (0, "")
        result = convcli(*line, "-o", name, "--force", "--expect", "0")
        assert (result.status, result.out) == (1, "")
        assert "--expect is '0'" in result.err


def test_weights_go_to_a_file_and_come_back(
    convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    whole = data(convcli, *SMALL, "--epochs", 20)["final"]["0_weight"]
    assert convcli(*SMALL, "--epochs", 20, "-o", "w.npy", "-q").status == 0
    assert np.load("w.npy").tolist() == whole
    chain = (
        "learn",
        "Conv1d(1, 2, 2)",
        "Conv1d(2, 1, 2)",
        "1 2 3 4",
        "3 5",
        "--activation",
        "tanh",
    )
    assert convcli(*chain, "-o", "w.npy", "--force").status == 2
    assert convcli(*chain, "--epochs", 7, "-o", "half.npz").status == 0
    with np.load("half.npz") as found:
        assert sorted(found) == ["0.bias", "0.weight", "1.bias", "1.weight"]
    on = data(convcli, *chain, "--epochs", 5, "--weight", "half.npz")
    through = data(convcli, *chain, "--epochs", 12)
    assert on["final"]["1_weight"] == through["final"]["1_weight"]
    assert convcli(*chain, "-o", "half.npz").status == 5


def test_quiet_prints_the_loss_at_the_end(convcli: Convcli) -> None:
    assert float(convcli(*SMALL, "-q").out) == data(convcli, *SMALL)["final"]["loss"]


def test_target_loss_decides_the_exit_code(convcli: Convcli) -> None:
    assert convcli(*SMALL, "--epochs", 1, "--target-loss", 1e-9).status == 1
    assert convcli(*SMALL, "--epochs", 2000, "--lr", 0.05, "--target-loss", 1e-3, "-q").status == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--loss", "mae"), "--loss must be mse, sse, l1 or bce"),
        (("--optimizer", "admw"), "Did you mean adamw?"),
        (("--lr", "fast"), "--lr must be a number"),
        (("--lr", "-1"), "--lr must be at least 0"),
        (("--epochs", "0"), "--epochs must be at least 1"),
        (("--weight", "1 2 3"), "--weight: the layer needs a weight of shape 1x1x2"),
        (("--init", "x"), "--init must be one of"),
    ],
)
def test_bad_requests(convcli: Convcli, options: tuple[str, ...], words: str) -> None:
    result = convcli(*SMALL, *options)
    assert (result.status, result.out) == (2, "")
    assert words in result.err
    assert convcli("learn", "conv1d", "1 2").status == 2
    assert (
        "TARGET must have the shape 3 of the output"
        in convcli("learn", "Conv1d(1, 1, 2)", "1 2 3 4", "1 2").err
    )


def test_an_interrupted_course_writes_the_weights_so_far(
    convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    from convcli.cli.commands.learn import problem as learning

    def interrupted(*arguments: Any) -> Any:
        yield from islice(descend(*arguments), 7)
        raise KeyboardInterrupt

    descend = learning.descend
    monkeypatch.setattr(learning, "descend", interrupted)
    result = convcli(*SMALL, "--epochs", 100, "-o", "w.npy")
    assert (result.status, result.out, result.err) == (130, "", "")
    monkeypatch.setattr(learning, "descend", descend)
    assert np.load("w.npy").tolist() == data(convcli, *SMALL, "--epochs", 7)["final"]["0_weight"]


@pytest.mark.parametrize(
    ("target", "is_nothing"),
    [("3 5 7", True), ("3e-9 5e-9 7e-9", True), ("3e9 5e9 7e9", True), ("3 5 7.000001", False)],
)
@pytest.mark.parametrize("loss", ["mse", "sse"])
def test_a_smallest_loss_of_rounding_alone_reads_0(
    convcli: Convcli, target: str, is_nothing: bool, loss: str
) -> None:
    line = ("learn", "Conv1d(1,1,2,bias=False)", "1 2 3 4", target, "--epochs", 2, "--loss", loss)
    (row,) = (each for each in convcli(*line).out.splitlines() if each.startswith("smallest"))
    assert ("  0 (within rounding)  " in row) == is_nothing
    found = json.loads(convcli(*line, "--json").out)["minimum"]["loss"]
    assert isinstance(found, float)
    assert (found < 1e-20 * max(map(float, target.split())) ** 2) == is_nothing
