"""Plans that are remembered: the executor of a small layer and its parts, by all that decides them.

Choosing an executor and its parts takes as long as computing a small layer. Shapes and types decide
them, and whether all weights are finite; layers for which other numbers count are not remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from convcli.engine.compute.executors.bands import Bands
from convcli.engine.compute.executors.choice import choose
from convcli.engine.compute.executors.flat import Flat
from convcli.engine.compute.executors.gemm import Gemm
from convcli.engine.compute.executors.separated import is_searched
from convcli.engine.compute.executors.toeplitz import Toeplitz
from convcli.engine.compute.executors.winograd import has_form
from convcli.engine.compute.executors.work import Executor, Job, Part
from convcli.engine.compute.native.direct import Direct

PLANS = 256  # that are remembered
MOST_PARTS = 16  # of a plan that is remembered
MOST_WEIGHTS = 2**16  # a layer with more takes so long that its plan does not count

_KINDS: dict[type, Callable[[Job], Executor]] = {
    Gemm: Gemm,
    Flat: Flat,
    Bands: lambda job: Bands(job, Gemm(job)),
    Toeplitz: lambda job: Toeplitz(job, Gemm(job)),
}
_plans: dict[Hashable, tuple[type, tuple[Part, ...]]] = {}


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
            _plans.clear()
        _plans[key] = (type(executor), tuple(found))
    return executor, found


def forget() -> None:
    """Forget all plans: a threshold has changed."""
    _plans.clear()


def _new(job: Job) -> tuple[Executor, Sequence[Any]]:
    executor = choose(job)
    return executor, list(executor.parts())


def _key_of(job: Job) -> Hashable:
    """All that decides about the executor and the parts of a layer that is not transposed."""
    return (
        job.spec, job.input.shape, job.input.strides, job.input.dtype, job.weight.shape, job.dtype,
        job.output.shape, job.output.dtype, job.bias is None, job.threads, job.budget,
        bool(np.isfinite(job.weight).all()),
    )  # fmt: skip
