"""Answers for parts of arrays that are too large for a page."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convcli.cli.input.memory import memory_limit, part_bytes, require_memory
from convcli.engine.arrays import Array
from convcli.engine.compute.convolve import convolve
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.report.views.page import (
    PageOperands,
    in_torchs_layout,
    layer_of,
    part_data,
    resized_kernels,
)

MOST_NUMBERS = 300_000  # of a part
LONGEST_QUERY = 200  # characters of a query that an error repeats
RESULTS_KEPT = 4  # the layers that were requested last


class Request(NamedTuple):
    """The part of an array that a query names; `spec` is the layer of an output, else None."""

    array: str
    spec: ConvSpec | None
    first: list[int]
    size: list[int]


class PartServer:
    """Answers for parts of the input, of the weight, and of the output of any layer on them."""

    def __init__(self, operands: PageOperands, max_memory: int | None) -> None:
        self.operands = operands
        self.max_memory = max_memory
        self.results: OrderedDict[ConvSpec, Array] = OrderedDict()
        self.lock = threading.Lock()

    def part(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """The part of `array` (input, weight or output of `layer`) from `first`, of `size`.

        Raises ConvError if the query names no such part.
        """
        array_name, spec, first, size = parse_query(query)
        if spec is not None:
            array = self.output(spec)
        else:
            array = self.operands.input if array_name == "input" else self.operands.weight
        is_inside = len(first) == len(size) == array.ndim and min(first) >= 0 and min(size) >= 1
        if not is_inside or prod(size) > MOST_NUMBERS:
            rule = f"must lie within {array.shape}"
            raise ConvError("part.range", rule, parameter="part", got=f"{first} {size}")
        part = part_data(array, first, size, self.operands.wide)
        if array.dtype.kind == "f":
            # The page rounds to the array's type. The shortest text of a float32 takes ten times as
            # long to find as that of a float64.
            part["values"] = part["values"].astype(np.float64)
        return part

    def output(self, spec: ConvSpec) -> Array:
        """The output (C_out, *out) of a layer; the kernels are cut, or filled up with zeros."""
        own = self.operands.spec
        if (spec.in_channels, spec.out_channels, spec.groups, spec.bias) != (
            own.in_channels, own.out_channels, own.groups, own.bias,
        ):  # fmt: skip
            rule = "must keep the channels, the groups and the bias"
            raise ConvError("part.layer", rule, parameter="part")
        with self.lock:
            if spec not in self.results:
                self.results[spec] = self._computed(spec)
                while len(self.results) > RESULTS_KEPT:
                    self.results.popitem(last=False)
            self.results.move_to_end(spec)
            return self.results[spec]

    def _computed(self, spec: ConvSpec) -> Array:
        operands = self.operands
        outputs = spec.out_channels * prod(spec.output_sizes(operands.input.shape[1:]))
        weights = prod(spec.weight_shape)
        needed = part_bytes(outputs, weights) + operands.input.nbytes + operands.weight.nbytes
        limit = memory_limit(self.max_memory)
        while limit is not None and self.results and needed + self._kept_bytes() > limit:
            self.results.popitem(last=False)
        require_memory(needed, self.max_memory)
        kernels = in_torchs_layout(spec, resized_kernels(operands.weight, spec.kernel_size))
        output: Array = convolve(spec, operands.input[None], kernels, operands.bias)[0]
        return output.astype(operands.dtype)

    def _kept_bytes(self) -> int:
        return sum(result.nbytes for result in self.results.values())


def parse_query(query: dict[str, list[str]]) -> Request:
    """The request of a query. Raises ConvError if a field is missing or malformed."""
    try:
        array = query["array"][0]
        first, size = (
            [int(word) for word in query[key][0].split(",")] for key in ("first", "size")
        )
        if array in ("input", "weight"):
            return Request(array, None, first, size)
        if array == "output":
            return Request(array, layer_of(json.loads(query["layer"][0])), first, size)
    except ConvError:
        raise
    except (KeyError, ValueError, TypeError, IndexError, RecursionError):
        pass
    shortened = str(query)[:LONGEST_QUERY]
    raise ConvError("part.query", "cannot be read", parameter="part", got=shortened)
