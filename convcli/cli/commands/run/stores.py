"""`run LAYER X.zarr W -o Y.zarr`: arrays that are read, computed and written in pieces."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from convcli import __version__
from convcli.cli.app.options import ArrayOutputOptions, thread_count
from convcli.cli.app.stores import StoreOptions
from convcli.cli.commands.run.store_plan import StorePlan, store_plan
from convcli.cli.commands.run.store_targets import store_reading
from convcli.cli.commands.run.teams import Team, compute_with, started_ahead, team_of
from convcli.cli.input.loaded_operands import LoadedOperands
from convcli.cli.input.operands import load_operands
from convcli.cli.output.emit import emit
from convcli.cli.output.language import words_of
from convcli.cli.output.progress import progress_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import Target
from convcli.engine.compute.blockwise import Tally
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.inputs.files.stores.existing import (
    RECORD,
    existing,
    free_bytes,
    remove,
    require_own,
    sweep,
)
from convcli.inputs.files.stores.fingerprints import (
    input_record,
    layer_record,
    output_record,
)
from convcli.inputs.files.stores.levels import fill_levels
from convcli.inputs.files.stores.ome import is_json
from convcli.inputs.files.stores.outputs import begin, set_record
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.resuming import require_same
from convcli.inputs.files.stores.tasks import StoreTask
from convcli.inputs.frameworks.names import is_foreign
from convcli.render.values import text
from convcli.report.spelling.bytes import human_bytes
from convcli.report.views.stores import StoreCost, StoreFacts, StoreShapes, stores_view
from convcli.report.words.vocabulary import Words

if TYPE_CHECKING:
    from convcli.cli.commands.run.command import _Run
    from convcli.distribution.local import Ahead

MIB = 2**20
MOST_PACKED = 200  # times that packing makes numbers smaller, at best


def run_store(
    request: _Run, x: str, place: StorePlace, options: ArrayOutputOptions, streams: Streams
) -> tuple[int, LoadedOperands]:
    """Compute the layer into a store. Raises ConvError, of kind "write" where that fails."""
    _check_request(request, place, options)
    with started_ahead(request.worker_options, is_plan=bool(request.store_options.plan)) as ahead:
        arrays = _run_here(request, x, place, options, streams, ahead)
    return ExitStatus.DONE, arrays


def _run_here(
    request: _Run,
    x: str,
    place: StorePlace,
    options: ArrayOutputOptions,
    streams: Streams,
    ahead: Ahead | None,
) -> LoadedOperands:
    """Compute the layer into a store, with processes that have started: its arrays."""
    asked = store_reading(request.store_options)._replace(pages=True)
    arrays = load_operands(
        request.layer, x, request.w, request.input_options, request.layer_options, streams,
        seed=request.seed, constants=request.constants, asked=asked, stays=True,
    )  # fmt: skip
    _check_workers(request)
    request.engine_options.note_separable(arrays.spec, arrays.weight, streams)
    debug = bool(options.debug)
    with team_of(request.worker_options, streams, ahead, debug=debug) as team:
        _run_with(request, x, arrays, place, options, streams, team)
    return arrays


def _run_with(
    request: _Run,
    x: str,
    arrays: LoadedOperands,
    place: StorePlace,
    options: ArrayOutputOptions,
    streams: Streams,
    team: Team | None,
) -> None:
    """Compute the layer on loaded arrays, in this process or by workers."""
    threads = thread_count(request.engine_options.threads)
    limit = request.input_options.max_memory
    plan = store_plan(arrays, place, request.store_options, threads, limit, team)
    if plan.source.numbers is None and plan.source.place.overlaps(place):
        rule = "is X, or lies inside it, or holds it"
        raise ConvError("output.input", rule, parameter="output", got=place.text, kind="write")
    image = plan.source.image
    if image is not None and image.omero is not None and not plan.channels_stay:
        streams.note("the names and colours of the channels are left out: those of Y are others")
    elif image is not None and not is_json(image.omero):
        why = "they hold NaN or infinity, which JSON has not"
        streams.note(f"the names and colours of the channels are left out: {why}")
    verbose = request.worker_options.verbose
    separable = request.engine_options.separable
    run = _StoreRun(plan, request.store_options, options, streams, team, verbose, separable)
    told = x if plan.source.numbers is not None else plan.source.place.text
    facts = StoreFacts(told, place.text)
    if not request.store_options.plan:
        facts = run.run(request.engine_options.convolution(), facts)
    if request.store_options.plan or options.json or options.format or options.quiet:
        _print(plan, facts, options, streams)


def _check_request(request: _Run, place: StorePlace, options: ArrayOutputOptions) -> None:
    """Raises ConvError for options that a stored result does not have, and for other stores."""
    if place.suffix == ".n5":
        rule = "is N5, which is read and not written"
        hint = "Write Zarr: `output` Y.zarr."
        raise ConvError("output.suffix", rule, parameter="output", got=place.text, hint=hint)
    if is_foreign(request.layer):
        rule = "is a layer of another framework; into a store run takes those of torch"
        hint = "convcli shape prints its layer of torch."
        raise ConvError("store.framework", rule, parameter="LAYER", got=request.layer, hint=hint)
    asked = {"check": request.check, "expect": options.expect, "map": options.map}
    for name, value in asked.items():
        if value not in (None, False):
            rule = "does not work with a stored result, which is never whole in memory"
            raise ConvError("store.option", rule, parameter=name)
    if request.store_options.verify and not request.store_options.resume:
        raise ConvError("verify.resume", "needs `resume`", parameter="verify")


def _check_workers(request: _Run) -> None:
    """Raises ConvError for options of this process beside workers."""
    options, engine = request.worker_options, request.engine_options
    options.check()
    if options.source is None:
        return
    if engine.engine != "numpy":
        rule = f"does not go together with `{options.source}`: workers compute with NumPy"
        raise ConvError("workers.engine", rule, parameter="engine", got=engine.engine)
    if engine.separable:
        rule = f"does not go together with `{options.source}`: workers compute kernels whole"
        raise ConvError("workers.separable", rule, parameter="separable")
    if engine.threads is not None:
        rule = f"does not go together with `{options.source}`: each worker computes on one thread"
        raise ConvError("workers.threads", rule, parameter="threads", got=engine.threads)


def _print(
    plan: StorePlan, facts: StoreFacts, options: ArrayOutputOptions, streams: Streams
) -> None:
    words = words_of(options, streams)
    blocks, arrays = plan.blocks, plan.arrays
    source, output = plan.source, plan.output
    shard = None if source.unit == source.chunk else source.axes.of_store(source.unit)
    stored = source.axes.of_store
    read = StoreShapes(
        source.axes.names, stored(source.shape), stored(source.chunk), shard, source.stored
    )
    stored = output.axes.of_store
    shard = None if output.shard is None else stored(output.shard)
    levels = 1 if output.image is None else len(output.image.levels)
    written = StoreShapes(
        output.axes.names, stored(output.shape), stored(output.chunk), shard, output.dtype, levels
    )
    cost = StoreCost(plan.memory, plan.macs, *plan.tasks)
    view = stores_view(arrays.spec, arrays.weight.shape, read, written, blocks, cost, facts, words)
    form = "json" if options.json else options.format or "table"
    emit(view, options, streams, target=Target(None, form="value" if options.quiet else form))


@dataclass(frozen=True)
class _StoreRun:
    """A planned run: the store is made or continued, filled, and marked as complete."""

    plan: StorePlan
    options: StoreOptions
    output_options: ArrayOutputOptions
    streams: Streams
    team: Team | None
    verbose: bool
    separable: bool

    def run(self, compute: Callable[..., Any], facts: StoreFacts) -> StoreFacts:
        """Fill the store: what was done. Raises ConvError where it cannot be filled."""
        plan = self.plan
        record = {
            "version": __version__,
            "run": uuid.uuid4().hex[:12],
            "complete": False,
            **layer_record(plan.arrays.spec, plan.arrays.weight, plan.arrays.bias, self.separable),
            "input": input_record(plan.source),
            "output": output_record(plan.output),
        }
        resumed = self._prepare(record)
        weight = plan.arrays.weight.reshape(plan.arrays.spec.weight_shape)
        task = StoreTask(
            plan.source, plan.output, plan.blocks, weight, plan.arrays.bias,
            plan.dtype, resume=resumed, verify=self.options.verify, run_id=str(record["run"]),
        )  # fmt: skip
        done, fetched = self._fill(task, compute)
        verify = self.options.verify
        fill_levels(plan.output, resumed=resumed, verify=verify, memory=plan.memory)
        if resumed:
            sweep(plan.output.place)
        require_own(plan.output.place, str(record["run"]))
        set_record(plan.output, {**record, "complete": True})
        if resumed and done.skipped:
            self.streams.note(
                f"{plan.output.place.text}: {done.skipped} of {plan.output.grid.total} units were "
                f"there, {done.computed} were computed"
            )
        return facts._replace(computed=done.computed, skipped=done.skipped, fetched=fetched)

    def _prepare(self, record: dict[str, Any]) -> bool:
        """Make the store, or find what was begun; whether units that are there stay."""
        place = self.plan.output.place
        node = existing(place)
        if node is not None and self.options.resume:
            require_same(place, node.attributes.get(RECORD), record)
            sweep(place)
            set_record(self.plan.output, record)
            return True
        if node is not None and not self.output_options.force:
            begun = node.attributes.get(RECORD)
            is_begun = isinstance(begun, dict) and begun.get("complete") is False
            hint = "Overwrite it with `force`."
            hint = "Finish it with `resume`, or overwrite it with `force`." if is_begun else hint
            rule = "is there, and was not finished" if is_begun else "the store already exists"
            raise ConvError(
                "output.exists", rule, parameter="output", got=place.text, hint=hint, kind="write"
            )
        self._require_space()
        if node is not None:
            remove(place)
        begin(self.plan.output, record)
        return False

    def _require_space(self) -> None:
        """Raises ConvError where the disk cannot hold the result; a note where it may not."""
        place, needed = self.plan.output.place, self.plan.output_bytes
        free = free_bytes(place)
        if free is None or needed <= free:
            return
        amounts = f"{human_bytes(needed)}, and {human_bytes(free)} are free"
        packed = [name for name in self.plan.output.packing if name != "crc32c"]
        if needed > MOST_PACKED * free or (not packed and self.plan.output.format == 3):
            rule = f"does not fit: the result has {amounts}"
            raise ConvError("output.space", rule, parameter="output", got=place.text, kind="write")
        self.streams.note(f"{place.text}: the result has {amounts}: it fits if it packs well")

    def _fill(self, task: StoreTask, compute: Callable[..., Any]) -> tuple[Tally, int]:
        total = task.output.grid.total
        amount = prod(task.output.shape) * task.output.dtype.itemsize // MIB
        words = words_of(self.output_options, self.streams)
        with progress_of(self.streams, amount, "mebibytes", words) as bar:
            so_far = 0

            def report(done: Tally) -> None:
                nonlocal so_far
                so_far += done.computed + done.skipped
                if bar is not None:
                    bar.update(so_far, total)

            if self.team is None:
                return self._execute(task, compute, report, words)
            return compute_with(
                self.team, task, self.streams, words, verbose=self.verbose, report=report, bar=bar
            )

    def _execute(
        self,
        task: StoreTask,
        compute: Callable[..., Any],
        report: Callable[[Tally], None],
        words: Words,
    ) -> tuple[Tally, int]:
        """All blocks in this process: what was done, and the bytes that were fetched."""
        opened = task.open()
        if self.verbose:
            said = text(words.phrase("stores.reader", reader=opened.reader))
            self.streams.complain(f"convcli: {said}")
        which = range(task.blocks.total)
        done = opened.run(which, threads=self.plan.threads, compute=compute, report=report)
        return done, opened.fetched
