"""The compiled kernel: who loads it, which arrays it takes, and that its bytes never vary."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors import threads
from convcli.engine.compute.native import boxes, build, calls, library, parts, remembered, ways
from convcli.engine.compute.native.direct import Direct
from convcli.engine.compute.native.shapes import Shapes
from convcli.engine.compute.operands import operands
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad
from tests.executor_jobs import chosen, vary_sizes

compiled = pytest.mark.skipif(not library.native().kernels, reason="no compiled kernel")

LAYERS = (
    {"in_channels": 12, "out_channels": 21, "kernel_size": 3, "padding": 1, "dims": 2},
    {"in_channels": 6, "out_channels": 10, "kernel_size": 5, "stride": 2, "groups": 2, "dims": 2},
    {"in_channels": 4, "out_channels": 4, "kernel_size": 13, "padding": 6, "groups": 4, "dims": 2},
    {"in_channels": 300, "out_channels": 3, "kernel_size": 2, "dilation": 3, "dims": 1},
    {"in_channels": 2, "out_channels": 3, "kernel_size": 3, "padding": (1, 0, 2), "dims": 3},
    {"in_channels": 8, "out_channels": 8, "kernel_size": 3, "stride": 2, "dims": 2,
     "transposed": True},
    {"in_channels": 3, "out_channels": 4, "kernel_size": 3, "padding": 1, "dims": 2,
     "padding_mode": "circular"},
)  # fmt: skip
SIZES = {1: (70,), 2: (19, 33), 3: (5, 6, 17)}


def arrays_of(spec: ConvSpec, dtype: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((2, spec.in_channels, *SIZES[spec.rank])).astype(dtype)
    return x, rng.standard_normal(spec.weight_shape).astype(dtype)


@compiled
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("number", range(len(LAYERS)))
def test_the_bytes_depend_neither_on_blocks_nor_on_threads(
    monkeypatch: pytest.MonkeyPatch, number: int, dtype: str
) -> None:
    spec = ConvSpec.of(**LAYERS[number])  # type: ignore[arg-type]
    x, w = arrays_of(spec, dtype)
    whole, rng = convolve(spec, x, w), random.Random(number)
    assert np.allclose(whole, read_tap_tables(operands(spec, x, w)), atol=1e-4)
    monkeypatch.setattr(threads, "WORTH_THREADS", 0)
    for count in (1, 2, 3, 5):
        vary_sizes(monkeypatch, rng)
        monkeypatch.setattr("convcli.engine.compute.native.boxes.BLOCK", 256)
        monkeypatch.setattr("convcli.engine.compute.native.winograd_tiles.LEAST_GAIN", np.inf)
        assert np.array_equal(convolve(spec, x, w, threads=count), whole)


@compiled
def test_arrays_are_taken_however_they_lie_in_memory() -> None:
    spec = ConvSpec.of(in_channels=6, out_channels=5, kernel_size=3, padding=1, dims=2)
    x, w = arrays_of(spec, "float32")
    expected = convolve(spec, x, w)
    fields = np.zeros(x.shape, [("pad", "u1"), ("x", "f4")])  # neither aligned nor whole steps
    fields["x"] = x
    turned = np.ascontiguousarray(x[:, ::-1, ::-1, ::-1])[:, ::-1, ::-1, ::-1]
    channels_last = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    spread = np.repeat(np.repeat(x, 3, axis=3), 2, axis=1)[:, ::2, :, ::3]
    for lying in (fields["x"], turned, channels_last, spread, x.astype(">f4")):
        assert np.array_equal(convolve(spec, lying, w), expected)
        assert np.array_equal(convolve(spec, x, w.astype(">f4")), expected)
    kernels = np.asfortranarray(w), np.ascontiguousarray(w[::-1, :, ::-1])[::-1, :, ::-1]
    for lying in kernels:
        assert np.array_equal(convolve(spec, x, lying), expected)
    once = np.broadcast_to(x[:1, :1], x.shape)
    assert np.array_equal(convolve(spec, once, w), convolve(spec, np.array(once), w))


def is_exact_in_groups(channels: int, kernels: int, groups: int, size: int, **options: Any) -> bool:
    """Whether a layer of that many channels and kernels of a group is equal to its tap tables."""
    spec = ConvSpec.of(
        in_channels=groups * channels, out_channels=groups * kernels, groups=groups, dims=2,
        **options,
    )  # fmt: skip
    rng = np.random.default_rng(size)
    x, w = (
        rng.integers(-4, 5, shape).astype("f4")
        for shape in ((1, groups * channels, size, size), spec.weight_shape)
    )
    expected = read_tap_tables(operands(spec, x, w))
    return all(np.array_equal(convolve(spec, x, w, threads=count), expected) for count in (1, 2))


@compiled
@pytest.mark.parametrize(
    ("channels", "kernels", "groups", "size", "options"),
    [
        (64, 128, 2, 13, {"kernel_size": 5, "padding": 2}),
        (64, 64, 2, 13, {"kernel_size": 5, "padding": 2, "transposed": True}),
        (96, 128, 2, 13, {"kernel_size": 3, "padding": 2, "dilation": 2}),
        (256, 128, 2, 20, {"kernel_size": 3, "padding": 1}),
        (32, 128, 4, 20, {"kernel_size": 3, "padding": 2, "dilation": 2}),
        (32, 64, 2, 14, {"kernel_size": (4, 7), "padding": (1, 2)}),
    ],
)
def test_the_padding_of_a_group_holds_no_cells_of_another(
    channels: int, kernels: int, groups: int, size: int, options: dict[str, Any]
) -> None:
    """Chunks of channels that do not divide them, whose rows are unfolded beside the cells."""
    assert is_exact_in_groups(channels, kernels, groups, size, **options)


@compiled
@pytest.mark.parametrize("seed", [*range(8), pytest.param(-1, marks=pytest.mark.slow)])
def test_layers_of_many_channels_in_groups(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(1 if seed >= 0 else 40):
        kernel = rng.choice((2, 3, 3, 5, 7))
        options = {"kernel_size": kernel, "dilation": rng.choice((1, 1, 2))}
        options |= {"padding": rng.randint(0, kernel), "stride": rng.choice((1, 1, 1, 2))}
        channels, kernels = rng.randint(8, 160), rng.randint(8, 160)
        groups, size = rng.choice((1, 2, 2, 3, 4)), rng.randint(14, 30)
        assert is_exact_in_groups(channels, kernels, groups, size, **options), options


@compiled
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("size", [(7, 8), (8, 4), (5, 6), (9, 3), (1, 8), (3, 5, 7)])
def test_vectors_of_two_rows_have_the_bytes_of_others(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, ...], dtype: str
) -> None:
    rng, found = np.random.default_rng(0), []
    for options in ({"padding": 1}, {"padding": 2, "stride": 2, "groups": 2}, {"dilation": 2}):
        kernel = [min(2, n) for n in size] if "dilation" in options else 3
        spec = ConvSpec.of(in_channels=40, out_channels=22, kernel_size=kernel, dims=len(size),
                           **options)  # fmt: skip
        sizes = [n + 2 for n in size] if "dilation" in options else size
        x = rng.standard_normal((2, 40, *sizes)) * 2**20
        arrays = x.astype(dtype), (rng.standard_normal(spec.weight_shape) * 2**20).astype(dtype)
        found = []
        for cost in (0, 99):
            monkeypatch.setattr(ways, "HALVES_COST", cost)
            calls.call_of.cache_clear()
            remembered.forget()
            found += [convolve(spec, *arrays, threads=threads) for threads in (1, 2)]
        assert all(np.array_equal(found[0], others) for others in found[1:])
        if dtype == "int64":
            assert np.array_equal(found[0], read_tap_tables(operands(spec, *arrays)))


@compiled
@pytest.mark.parametrize("bound", [2**8, 2**12, 2**24])
def test_integers_are_exact_in_each_number_type(bound: int) -> None:
    spec = ConvSpec.of(in_channels=7, out_channels=9, kernel_size=3, padding=1, dims=2)
    rng = np.random.default_rng(1)
    x, w = (rng.integers(-bound, bound, shape) for shape in ((1, 7, 11, 19), spec.weight_shape))
    found = convolve(spec, x, w)
    assert np.array_equal(found, read_tap_tables(operands(spec, x, w)))


@compiled
def test_the_rule_picks_the_kernel_where_it_computes() -> None:
    plain = ConvSpec.of(in_channels=8, out_channels=8, kernel_size=3, dims=2)
    assert chosen(plain, 30, 30) is Direct
    kernel_too_far = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=2, dilation=2500, dims=2
    )
    assert chosen(kernel_too_far, 2600, 2600) is not Direct


PRINTS = """
import sys
import numpy as np
from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.native.library import native
spec = ConvSpec.of(in_channels=20, out_channels=11, kernel_size=3, padding=1, dims=2)
rng = np.random.default_rng(0)
x, w = rng.standard_normal((1, 20, 13, 27)), rng.standard_normal(spec.weight_shape)
print(native().state)
for dtype in ("float32", "float64"):
    print(convolve(spec, x.astype(dtype), w.astype(dtype)).tobytes().hex())
whole = rng.integers(-9, 9, x.shape), rng.integers(-9, 9, w.shape)
print(convolve(spec, *whole).tobytes().hex())
"""


def printed(setting: str) -> list[str]:
    """The state, and the bytes of results, in a process with CONVCLI_NATIVE."""
    environment = {**os.environ, library.SWITCH: setting}
    return subprocess.run(
        [sys.executable, "-c", PRINTS], capture_output=True, text=True, check=True, env=environment
    ).stdout.split("\n")


def test_the_switch_picks_the_instructions() -> None:
    level = library.native().state
    if "AVX" not in level:
        pytest.skip("a processor with AVX2")
    widest, avx2, sse2, none = map(printed, ("", "avx2", "sse2", "0"))
    assert avx2[0] == "compiled kernel for AVX2"
    assert sse2[0] == "compiled kernel for SSE2"
    assert none[0] == "NumPy computes: CONVCLI_NATIVE is 0"
    assert widest[1:] == avx2[1:]  # both have fused multiply-adds
    assert widest[3] == sse2[3] == none[3]  # integers
    for one, other in ((widest, sse2), (widest, none)):
        for line, dtype in ((1, "<f4"), (2, "<f8")):
            a, b = (np.frombuffer(bytes.fromhex(lines[line]), dtype) for lines in (one, other))
            assert np.allclose(a, b, rtol=1e-3, atol=1e-5)


def test_a_library_that_does_not_load_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    find = library.native.__wrapped__
    monkeypatch.delenv(library.SWITCH, raising=False)
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    assert "was not built" in find().state
    (tmp_path / build.LIBRARY).write_bytes(b"\x7fELF no library")
    assert "cannot be loaded" in find().state
    assert not find().kernels


@compiled
@pytest.mark.parametrize("source", build.SOURCES)
def test_a_library_of_another_source_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str
) -> None:
    monkeypatch.delenv(library.SWITCH, raising=False)
    for name in build.SOURCES:
        (tmp_path / name).write_bytes((build.FOLDER / name).read_bytes())
    (tmp_path / source).write_text("int other;")
    made = build.FOLDER / build.LIBRARY
    (tmp_path / build.LIBRARY).write_bytes(made.read_bytes())
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    assert "build it again" in library.native.__wrapped__().state


def test_without_a_compiler_nothing_is_built(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build.build(tmp_path) is None
    for broken in ("/nothing/cc", "false"):
        monkeypatch.setenv("CC", broken)
        monkeypatch.setenv("PATH", os.defpath)
        assert build.build(tmp_path) is None
    assert not list(tmp_path.iterdir())


@compiled
@pytest.mark.slow
def test_a_compiler_that_refuses_a_flag_of_gcc_is_used_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As Clang does."""
    script = tmp_path / "cc"
    other = " ".join(build.compiler() or [])
    script.write_text(f'#!/bin/sh\ncase "$*" in *{build.OF_GCC[0]}*) exit 1;; esac\n{other} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("CC", str(script))
    made = build.build(tmp_path, ["-O0"])
    assert made is not None
    assert made.stat().st_size > 10_000


@compiled
def test_sizes_near_the_end_of_integers_are_left_to_the_tables() -> None:
    assert parts.LARGEST**2 > 2**63
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1, stride=2**31,
                       padding=2**31)  # fmt: skip
    x, w = np.array([1.0, 2.0, 3.0]), np.array([10.0, 1.0])
    assert convolve(spec, x, w).tolist() == read_tap_tables(operands(spec, x, w)).ravel().tolist()


@compiled
def test_sums_taken_up_again_read_nothing_behind_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows in place, of 20 outputs under vectors of 4 or 8, by one channel at a time."""
    monkeypatch.setattr(boxes, "MOST_OVERLAP", 0)
    monkeypatch.setattr(boxes, "BLOCK", 1)
    monkeypatch.setattr(boxes, "CACHED_BYTES", 8)
    monkeypatch.setattr(boxes, "LEAST_OUTPUTS", 20)
    layer = Shapes(
        (Axis(2),), "float32", 4, 2**22, (Pad(0, 0),), (1, 1, 3, 41), (123, 123, 41, 1),
        (6, 6, 2, 1), (1, 1, 1, 40), (40, 40, 40, 1),
    )  # fmt: skip
    way = ways.gathered(layer)
    assert (way.chunk, way.boxes.steps) == (1, (20,))
    assert not way.in_place


@compiled
@pytest.mark.parametrize("outputs", [1, 2, 5, 300])
@pytest.mark.parametrize("channels", [10, 10_000, 2_000_000])
def test_memory_stays_within_the_budget_whatever_the_channels(channels: int, outputs: int) -> None:
    size, budget = outputs + 2, 2**22
    layer = Shapes(
        (Axis(3), Axis(3)), "float32", 4, budget, (Pad(0, 0),) * 2, (1, 1, channels, size, size),
        (channels * size**2, channels * size**2, size**2, size, 1),
        (9 * channels, 9 * channels, 9, 3, 1),
        (1, 1, 8, outputs, outputs),
        (8 * outputs**2, 8 * outputs**2, outputs**2, outputs, 1),
    )  # fmt: skip
    call = calls.call_of(layer)
    assert call.cells + 2 * call.reads <= budget
