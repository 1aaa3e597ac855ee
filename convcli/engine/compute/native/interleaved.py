"""Phases of the last axis of a transposed layer, whose outputs lie beside each other in memory."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.work import Executor, Job, Part, Scratch
from convcli.engine.compute.native.boxes import LONGEST, MOST_AXES
from convcli.engine.compute.native.calls import Call, address, addresses_of_call
from convcli.engine.compute.native.direct import Direct, has_whole_steps
from convcli.engine.compute.native.library import native
from convcli.engine.compute.tiles import even_slices, steps_of_a_run, tiles

MOST_PHASES, MOST_OUTER = 16, MOST_AXES + 2  # of phases.c
ROWS = 8  # output channels that the kernel computes at once

# `benchmarks.thresholds` measures what each of these is worth.
INTERLEAVED_BYTES = 2**18  # of outputs that are computed before they are written


class Interleaved:
    """out[r + j*stride] = phase r of the last axis at j, for all r: whole rows.

    Another thread that computed another phase would write to the same lines of memory.
    """

    def __init__(self, job: Job, phases: Sequence[Direct], parts: int) -> None:
        self.job, self.phases, self._least_parts = job, phases, parts

    @classmethod
    def of(cls, job: Job, phases: Sequence[Executor], parts: int) -> Interleaved | None:
        """The executor of a job whose output has the rows of these phases, or None.

        It is computed in so many parts at least.
        """
        kept = [phase for phase in phases if type(phase) is Direct]
        if len(kept) != len(phases) or not 2 <= len(kept) <= MOST_PHASES:
            return None
        kept.sort(key=lambda phase: address(phase.job.output))
        whole = sum(phase.job.out_sizes[-1] for phase in kept) == job.out_sizes[-1]
        in_place = job.computes_in_place and job.input.dtype == job.dtype
        lies = all(map(has_whole_steps, (job.input, job.output)))
        if whole and in_place and lies and job.output.strides[-1] == job.dtype.itemsize:
            return cls(job, kept, parts)
        return None

    def parts(self) -> Iterator[tuple[Part, ...]]:
        """Some images, groups, channels and rows: a part of each phase."""
        jobs = [phase.job for phase in self.phases]
        images, groups, rows = self.job.output.shape[:3]
        outer, width = self.job.out_sizes[:-1], self.job.out_sizes[-1]
        most = min(INTERLEAVED_BYTES, self.job.budget // 8) // self.job.dtype.itemsize
        most = max(1, min(most, self.job.output.size // self._least_parts))
        some_rows = rows if rows * width <= most else max(1, most // width // ROWS) * ROWS
        lines = max(1, most // (min(rows, some_rows) * width))
        steps = steps_of_a_run(outer, lines) if outer else ()
        maps = lines // prod(outer) if steps == outer else 1
        some_groups = max(1, min(groups, maps))
        for of_images in even_slices(images, max(1, maps // some_groups)):
            for of_groups in even_slices(groups, some_groups):
                regions = (
                    tiles(one.spec, one.sizes, one.region, (*steps, one.out_sizes[-1]))
                    for one in jobs
                )
                for of_phases in zip(*regions, strict=True):
                    for of_rows in even_slices(rows, some_rows):
                        yield tuple(Part(of_images, of_groups, t, of_rows) for t in of_phases)

    def compute(self, parts: tuple[Part, ...], scratch: Scratch) -> None:
        """Call phases.c."""
        call, arrays = self.call(parts, scratch)
        cells = scratch.take("cells", (call.cells,), self.job.dtype)
        reads = scratch.take("reads", (call.reads,), np.dtype(np.intp))
        call.function(call.layer, *map(address, (*arrays, cells, reads)))
        whole = self._whole(parts[0])
        self.job.finish(whole, arrays[-1], whole.channels)

    def call(
        self, parts: tuple[Part, ...], scratch: Scratch
    ) -> tuple[Call, tuple[Array, Array, Array]]:
        """The call of phases.c for a part of each phase, and its input, weight and output."""
        calls, arrays, item = [], [], self.job.dtype.itemsize
        for phase, part in zip(self.phases, parts, strict=True):
            rows = phase.job.place(part, part.channels).shape
            target = scratch.take("phase", rows, self.job.dtype)
            call, of_phase = phase.call(part, scratch, target)
            calls.append(call)
            arrays.append(of_phase)
        (x, weight, _), whole = arrays[0], self._whole(parts[0])
        out = self.job.place(whole, whole.channels)
        outer = out.shape[:-1]
        more = [0] * (MOST_OUTER - len(outer))
        numbers = [len(calls), len(outer), *outer, *more]
        numbers += [*(step // item for step in out.strides[:-1]), *more]
        at = aligned(max(call.cells for call in calls))
        for call, (of_x, of_weight, target) in zip(calls, arrays, strict=True):
            numbers += [*addresses_of_call(call), (address(of_x) - address(x)) // item]
            numbers += [(address(of_weight) - address(weight)) // item, at, target.shape[-1]]
            at += aligned(target.size)
        layer = (ctypes.c_ssize_t * len(numbers))(*numbers)
        function = native().kernels[0].interleaved[self.job.dtype.name]
        reads = max(call.reads for call in calls)
        return Call(function, layer, at, reads, tuple(calls)), (x, weight, out)

    def _whole(self, part: Part) -> Part:
        """The rows of the layer of which a phase computes this part."""
        last = part.tile[-1]._replace(outputs=slice(0, self.job.out_sizes[-1]))
        return part._replace(tile=(*part.tile[:-1], last))


def aligned(count: int) -> int:
    """So many numbers, or a few more, behind which a vector begins as well."""
    return -(-count // LONGEST) * LONGEST
