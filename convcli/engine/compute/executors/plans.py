"""Plans that are remembered: the executor of a small layer and its parts, by all that decides them.

Choosing an executor and its parts takes as long as computing a small layer. Shapes and types decide
them, and whether all weights are finite; layers for which other numbers count are not remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.bands import Bands
from convcli.engine.compute.executors.choice import choose
from convcli.engine.compute.executors.fallback import is_finite
from convcli.engine.compute.executors.flat import Flat
from convcli.engine.compute.executors.gemm import Gemm
from convcli.engine.compute.executors.separated import is_searched
from convcli.engine.compute.executors.toeplitz import Toeplitz
from convcli.engine.compute.executors.winograd import has_form
from convcli.engine.compute.executors.work import (
    Executor,
    Job,
    Part,
    bias_of_images,
    scratch_in_use,
)
from convcli.engine.compute.native.direct import Direct
from convcli.engine.geometry.spec import ConvSpec

PLANS = 256  # that are remembered
MOST_PARTS = 16  # of a plan that is remembered
MOST_WEIGHTS = 2**18  # a layer with more takes so long that its plan does not count

TYPES = (np.dtype(np.float32), np.dtype(np.float64))

_KINDS: dict[type, Callable[[Job], Executor]] = {
    Gemm: Gemm,
    Flat: Flat,
    Bands: lambda job: Bands(job, Gemm(job)),
    Toeplitz: lambda job: Toeplitz(job, Gemm(job)),
}
_plans: dict[Hashable, tuple[type, tuple[Part, ...]]] = {}
# The output's shape and the plan, by what is known before the arrays are checked.
_calls: dict[Hashable, tuple[tuple[int, ...], type, tuple[Part, ...]]] = {}


def planned(job: Job) -> tuple[Executor, Sequence[Any]]:
    """The executor that `choose` picks, and its parts."""
    if (
        job.spec.transposed
        or job.vectors is not None
        or job.weight.size > MOST_WEIGHTS
        or Direct.has_kernel(job)  # which remembers its own parts
    ):
        return _new(job)
    key = _key_of(job)
    known = _plans.get(key)
    if known is not None:
        kind, parts = known
        return _KINDS[kind](job), parts
    executor, found = _new(job)
    if (
        type(executor) in _KINDS
        and len(found) <= MOST_PARTS
        and not is_searched(job, executor)
        and not has_form(job)
    ):
        if len(_plans) >= PLANS:
            forget()
        _plans[key] = (type(executor), tuple(found))
    return executor, found


def key_of(spec: ConvSpec, input: Any, weight: Any, bias: Any, threads: int) -> Hashable:
    """What the plan of a layer on one thread depends on; None where it is not remembered."""
    arrays = (input, weight) if bias is None else (input, weight, bias)
    for array in arrays:
        if type(array) is not np.ndarray or array.dtype not in TYPES:
            return None
        if array.dtype != weight.dtype or not (array.flags.c_contiguous and array.flags.aligned):
            return None
    if threads > 1 or not input.ndim == weight.ndim == spec.rank + 2:
        return None
    return (spec, weight.dtype.char, *(array.shape for array in arrays))


def computed(
    key: Hashable, spec: ConvSpec, input: Array, weight: Array, bias: Array | None
) -> Array | None:
    """(N, C_out, *out) by the plan of a key; None where there is none."""
    known = _calls.get(key)
    if known is None or not _is_finite(weight):
        return None
    shape, kind, parts = known
    output, groups = np.empty(shape, weight.dtype), spec.groups
    job = Job(
        spec,
        input.reshape(len(input), groups, -1, *input.shape[2:]),
        weight.reshape(groups, -1, *weight.shape[1:]),
        bias_of_images(bias, len(input), groups),
        output.reshape(len(input), groups, -1, *shape[2:]),
    )
    executor = _KINDS[kind](job)
    with scratch_in_use() as scratch:
        for part in parts:
            executor.compute(part, scratch)
    return output


def remember(key: Hashable, job: Job, shape: tuple[int, ...]) -> None:
    """Keep the plan of a job, whose output has a shape, for the arrays of a key."""
    known = _plans.get(_key_of(job))
    if known is not None and _is_finite(job.weight):
        if len(_calls) >= PLANS:
            _calls.clear()
        _calls[key] = (shape, *known)


def forget() -> None:
    """Forget all plans: a threshold has changed."""
    _plans.clear()
    _calls.clear()


def _new(job: Job) -> tuple[Executor, Sequence[Any]]:
    executor = choose(job)
    return executor, list(executor.parts())


def _key_of(job: Job) -> Hashable:
    """All that decides about the executor and the parts of a layer that is not transposed."""
    return (
        job.spec, job.input.shape, job.input.strides, job.input.dtype, job.weight.shape, job.dtype,
        job.output.shape, job.output.dtype, job.bias is None, job.threads, job.budget,
        _is_finite(job.weight),
    )  # fmt: skip


def _is_finite(weight: Array) -> bool:
    return is_finite(weight) or bool(np.isfinite(weight).all())
