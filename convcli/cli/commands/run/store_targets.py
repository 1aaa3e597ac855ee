"""Whether `run` writes into a store, and how it reads X from one: by the options alone."""

from __future__ import annotations

from convcli.cli.app.options import ArrayOutputOptions
from convcli.cli.app.stores import StoreOptions
from convcli.cli.input.array_reader import StoreReading
from convcli.inputs.files.stores.axes import parse_axes
from convcli.inputs.files.stores.places import StorePlace, names_store, store_place


def output_store(options: ArrayOutputOptions) -> StorePlace | None:
    """The store that `--output` names; None where it names a file or nothing."""
    if options.output in (None, "-", ""):
        return None
    return store_place(str(options.output), "output") if names_store(str(options.output)) else None


def store_reading(options: StoreOptions) -> StoreReading:
    """How X is read, by the options."""
    axes = None if options.axes is None else parse_axes(options.axes)
    return StoreReading(axes, options.level, options.missing == "fill")
