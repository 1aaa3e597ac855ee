"""Threads that stay awake share the calls of a layer, whoever computes which."""

from __future__ import annotations

import ctypes
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors import work
from convcli.engine.compute.executors.work import Scratch
from convcli.engine.compute.native import helpers, parts, remembered
from convcli.engine.compute.native.calls import address
from convcli.engine.compute.native.library import native
from convcli.engine.compute.operands import operands
from tests.random_layers import random_layer

pytestmark = pytest.mark.skipif(not native().kernels, reason="the kernel is not built")

SPEC = ConvSpec.of(in_channels=6, out_channels=40, kernel_size=3, padding=1, dims=2)


@pytest.fixture(autouse=True)
def every_layer_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "WORTH_HELPERS", 0)
    monkeypatch.setattr(parts, "LEAST_ROWS", 4)  # small layers have several parts
    parts.parts_of.cache_clear()
    remembered.forget()


def arrays(seed: int, batch: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.integers(-9, 9, (batch, 6, 20, 21)).astype(np.float32)
    return x, rng.integers(-9, 9, SPEC.weight_shape).astype(np.float32)


def test_random_layers_with_several_numbers_of_threads() -> None:
    rng, shared = random.Random(0), 0
    for _ in range(600):
        layer = random_layer(rng, dtype=rng.choice(("float32", "float64")))
        threads = rng.choice((2, 3, 5))
        for seed in range(3):
            whole = np.random.default_rng(seed).integers(-9, 9, layer.input.shape)
            changed = layer._replace(input=whole.astype(layer.input.dtype))
            expected = read_tap_tables(operands(*changed))
            assert np.array_equal(convolve(*changed, threads=threads).ravel(), expected.ravel())
        shared += any(len(known.calls) > 1 for known in remembered._layers.values())
        remembered.forget()
    assert shared > 30


def test_callers_that_compete_for_the_helpers() -> None:
    known = [(x, w, convolve(SPEC, x, w)) for x, w in (arrays(seed, 1 + seed) for seed in range(4))]
    with ThreadPoolExecutor(4) as pool:
        for seed, found in pool.map(
            lambda i: (i % 4, convolve(SPEC, *known[i % 4][:2], threads=2 + i % 3)), range(2000)
        ):
            assert np.array_equal(found, known[seed][2])


@pytest.mark.parametrize(("thread", "computes"), [(1, True), (2, False)])
def test_a_helper_computes_the_calls_of_a_layer_that_wants_it(thread: int, computes: bool) -> None:
    x, w = arrays(0)
    expected = convolve(SPEC, x, w, threads=2)
    (layer,) = remembered._layers.values()
    out = np.zeros(expected.shape, np.float32)
    begins = np.array((0, 0, address(x), address(w), address(out)), helpers.ADDRESS)
    calls, scratches = layer.calls + begins, [Scratch(), Scratch()]
    held = [helpers.memory_of(scratch, layer.cells, layer.reads) for scratch in scratches]
    memory = np.array([helpers.addresses_of(of_one) for of_one in held], helpers.ADDRESS)
    board = helpers.Board(calls=address(calls), memory=address(memory), threads=2)
    board.state = 7 << 32 | len(calls)
    native().help(ctypes.byref(board), thread, 1)
    assert len(calls) > 1
    assert board.done == (len(calls) if computes else 0)
    assert np.array_equal(out, expected if computes else np.zeros_like(expected))
    assert board.awake == 0


def is_sound(room: helpers.Room) -> bool:
    """Whether each helper has the memory that the room promises."""
    return (
        len(room.table) == room.threads
        and room.table[1:].tolist() == [list(map(address, pair)) for pair in room.arrays]
        and all(tuple(map(len, pair)) == (room.cells, room.reads) for pair in room.arrays)
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, RuntimeError])
@pytest.mark.parametrize("place", ["start", "room"])
def test_after_an_interrupt_the_next_layers_are_right(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException], place: str
) -> None:
    helpers.helpers_of_this_process.cache_clear()
    x, w = arrays(0)
    large = [(np.concatenate([x] * many, axis=-1), w) for many in (1, 2, 3, 9)]
    for layer in large:
        convolve(SPEC, *layer, threads=2)
    convolve(SPEC, x, w, threads=2)
    of_process = helpers.helpers_of_this_process()

    def failing(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        if place == "start":
            patch.setattr(helpers.Thread, "start", failing)
        else:
            patch.setattr(helpers, "room_of", failing)
        for layer in large:
            convolve(SPEC, *layer, threads=3)  # not remembered yet
            try:
                found = convolve(SPEC, *layer, threads=3)
            except error:
                assert place == "room" or error is not RuntimeError
            else:  # with the threads that there are
                assert np.array_equal(found, convolve(SPEC, *layer))
        assert is_sound(of_process._room)
        assert not of_process.free.locked()
    for layer in large:
        expected = convolve(SPEC, *layer)
        for threads in (2, 3):
            assert np.array_equal(convolve(SPEC, *layer, threads=threads), expected)
    assert is_sound(of_process._room)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_layer_that_a_signal_computes_in_between_takes_no_memory_away(
    monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    x, w = arrays(0)
    wide = np.concatenate([x] * 30, axis=-1)
    expected = [convolve(SPEC, layer, w, threads=threads) for layer in (x, wide)]
    work._of_thread.__dict__.clear()  # the scratch memory is new, and small at first
    share, held = helpers.share, []

    def interrupted(*arguments: Any) -> None:
        monkeypatch.setattr(helpers, "share", share)
        before = work.scratch_of_this_thread()._held["cells"]
        held.append(sys.getrefcount(before))
        assert np.array_equal(convolve(SPEC, wide, w, threads=threads), expected[1])
        assert work.scratch_of_this_thread()._held["cells"] is not before
        held.append(sys.getrefcount(before))
        share(*arguments)

    monkeypatch.setattr(helpers, "share", interrupted)
    assert np.array_equal(convolve(SPEC, x, w, threads=threads), expected[0])
    assert held[1] == held[0] - 1 > 2  # the caller holds it: this name, the argument, and a view


def test_all_helpers_together_take_little_memory() -> None:
    of_process = helpers.Helpers()
    for threads, cells in ((2, 2**21), (64, 2**17), (2, 2**21), (3, 2**20), (64, 1000)):
        of_process._room = of_process._larger_room(threads, cells, 10)
        assert of_process._room.threads >= threads
        assert of_process._room.cells >= cells
        assert sum(cells.nbytes for cells, _ in of_process._room.arrays) <= helpers.HELPERS_BYTES
        assert is_sound(of_process._room)


def test_a_layer_for_which_the_user_waits_is_not_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remembered, "LARGEST_REMEMBERED", 1000)
    for threads in (1, 2):
        convolve(SPEC, *arrays(0), threads=threads)
        assert not remembered._layers


def test_helpers_sleep_after_a_while() -> None:
    board = helpers.Board()
    native().help(ctypes.byref(board), 1, 1000)
    assert (board.awake, board.done, board.state) == (0, 0, 0)


FORKED = """
import ctypes
import os
import numpy as np
from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve
spec = ConvSpec.of(in_channels=32, out_channels=64, kernel_size=3, padding=1, dims=2)
x, w = np.ones((4, 32, 60, 60), np.float32), np.ones(spec.weight_shape, np.float32)
expected = [convolve(spec, x, w, threads=2) for _ in range(3)][0]
child = os.fork()
same = all(np.array_equal(convolve(spec, x, w, threads=2), expected) for _ in range(3))
if not child:
    os._exit(0 if same else 1)
print(same, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
@pytest.mark.parametrize("switch", ["", "0"])
def test_a_forked_process_has_threads_of_its_own(switch: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED],
        env={**os.environ, "CONVCLI_NATIVE": switch},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout == "True 0\n"
