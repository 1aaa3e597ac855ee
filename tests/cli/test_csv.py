"""CSV of every document is flat: one header, plain cells, one spelling of truth, all numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.cli.output import emit
from convcli.render import Style, renderer
from convcli.render.data import to_data
from convcli.render.json import encode
from convcli.report import quantities
from convcli.report.document import Data, Document, Items
from tests.command_lines import COMMANDS

Convcli = Callable[..., Any]
CHAIN = ("Conv2d(1,1,3)", "Conv2d(1,1,3)", "arange:1x1x5x5", "[[1]]")
FURTHER = {
    "shape of a volume": ["shape", "conv3d", "9x8x7", "-k", "3,2,1", "-s", "2"],
    "shape without a bias": ["shape", "conv1d", "9", "-k", "3", "--no-bias"],
    "an entry of a gradient": ["grad", "conv2d", "arange:3x3", "ones:2x2", "--at", "input:0,0"],
    "gradients that are checked": ["grad", "conv1d", "1 2 3", "1 1"],
    "learn that diverges": ["learn", "Conv1d(1,1,2)", "1 2 3", "3 5", "--lr", "1e200"],
    "learn a chain": ["learn", *CHAIN, "--verbose", "--epochs", "2"],
    "solve for nothing": ["solve", "conv2d", "5x5", "9x9", "-k", "2..3", "-s", "2"],
    "solve in 3 axes": ["solve", "conv3d", "8x8x8", "4x4x4"],
    "a network": ["stack", "resnet18", "3x224x224"],
    "a network that flattens": ["stack", "Conv2d(1,2,3); Flatten(); Linear(18,4)", "1x5x5"],
    "numbers that are none": ["run", "conv1d", "[1, nan, inf]", "1 1"],
    "gradients of complex numbers": ["grad", "conv1d", "c.npy", "c.npy"],
    "complex numbers": ["run", "conv1d", "c.npy", "1 1"],
    "a volume of complex numbers": ["run", "conv3d", "v.npy", "ones:1x1x1"],
    "trace of complex numbers": ["trace", "conv1d", "c.npy", "1 1"],
    "matrix of complex numbers": ["matrix", "conv1d", "c.npy", "1 1"],
    "truth values": ["run", "conv1d", "b.npy", "1 1"],
}
LINES = COMMANDS | FURTHER
GRIDS = {name for name, line in LINES.items() if line[0] == "run" and line[1] != "conv3d"}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("c.npy", np.array([1 + 2j, 3 - 0.5j, 2]))
    np.save("v.npy", np.full((2, 2, 2), 1 + 2j))
    np.save("b.npy", np.array([True, False, True]))


def table(convcli: Convcli, name: str) -> list[list[str]]:
    result = convcli(*LINES[name], "-f", "csv")
    assert result.status in (0, 1), result.err
    return list(csv.reader(io.StringIO(result.out), strict=True))


@pytest.mark.parametrize("name", LINES)
def test_every_cell_is_plain(convcli: Convcli, name: str) -> None:
    header, *rows = table(convcli, name)
    assert rows or name in GRIDS
    assert {len(row) for row in rows} <= {len(header)}
    if name not in GRIDS:
        assert len(set(header)) == len(header)
    for cell in {cell for row in (header, *rows) for cell in row}:
        is_section = cell.startswith("[convolutional]")  # of Darknet's file of a network
        assert is_section or not cell.startswith(("{", "[", "'")), cell
        assert cell not in ("True", "False", "None", "nan", "inf", "-inf"), cell
        assert not {"True", "False", "None"} & set(cell.split(";")), cell
        assert cell.isprintable(), cell
        assert "\ufffd" not in cell


OTHER_LISTS = {"jump", "start", "known", "stride", "dilation", "output_padding", "sources", "cells"}
OTHER_LISTS |= {"legal", "come_back", "below", "above", "formula", "layers", "steps", "at"}
OTHER_LISTS |= {
    "input",
    "weight",
    "answer",
    "wanted",
    "bias",
    "output_gradient",
    "also",
    "text",
}  # of a problem: arrays too, and sentences


@pytest.mark.parametrize("name", LINES)
def test_a_shape_has_one_spelling(convcli: Convcli, name: str) -> None:
    """Semicolons are between the values of lists that are no shapes, and nowhere else."""
    header, *rows = table(convcli, name)
    for column, *cells in zip(header, *rows, strict=True):
        word = column.rpartition(".")[2]
        for cell in filter(None, cells):
            assert cell.strip(";"), column
            assert ";" not in cell or {word, column.partition(".")[0]} & OTHER_LISTS, column
            if word in ("shape", "sizes", "size"):
                assert cell.replace("x", "").isdigit(), column


def test_the_shapes_of_parts(convcli: Convcli) -> None:
    def column(name: str, key: str) -> list[str]:
        header, *rows = table(convcli, name)
        return [row[header.index(key)] for row in rows]

    assert column("sizes of a stack", "output")[-1] == "1x1x4"
    assert column("sizes of a stack", "output")[0] == ""
    assert set(column("solve for nothing", "output.sizes")) == {"9x9"}
    assert set(column("solve for nothing", "nearest.above")) == {""}
    assert column("solve for same", "output")[0] == "9x8"
    assert column("stack", "receptive_field.size")[0] == "3x3"
    assert column("an entry of a gradient", "output")[0] == "0,0,0,0"


@pytest.mark.parametrize("name", LINES)
def test_a_truth_value_has_its_own_column(convcli: Convcli, name: str) -> None:
    header, *rows = table(convcli, name)
    for column in zip(*rows, strict=True):
        if {"true", "false"} & set(column):
            assert set(column) <= {"true", "false", ""}, header
        assert not any(";" in cell and {"true", "false"} & set(cell.split(";")) for cell in column)


@pytest.mark.parametrize("name", LINES)
def test_no_value_of_the_records_is_left_out(convcli: Convcli, name: str) -> None:
    """Every number and every name of the JSON stands in a cell, where the rows are records."""
    header, *rows = table(convcli, name)
    data = json.loads(convcli(*LINES[name], "--json").out)
    if name in GRIDS or "axis0" in header or "array" in header:
        return
    cells = {part for row in rows for cell in row for part in (cell, *cell.split(";"))}
    keys = (key for key in ("epochs", "positions", "layers") if isinstance(data.get(key), list))
    key = next(keys, None) if data["command"] in ("learn", "trace", "stack") else None
    for item in [data] if key is None else data[key]:
        item.pop("step", None)  # objects in objects, which CSV leaves out
        for value in leaves(item):
            if isinstance(value, float):
                assert repr(value) in cells or str(value) in cells, value


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for member in value.values():
            yield from leaves(member)
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member)
    else:
        yield value


def test_columns_that_only_later_rows_have_are_in_the_header() -> None:
    """An object that is null in the first record has the columns of the others."""
    fields = (None, {"size": [3, 3]}, None)
    items = [Document("stack", (Data({"name": i, "field": f}),)) for i, f in enumerate(fields)]
    document = Document("stack", (), items=Items("layers", "layers", 3, lambda: items))
    text = "".join(renderer("csv")(document, Style()))
    assert text == "name,field.size\n0,\n1,3x3\n2,\n"
    none = Document("stack", (), items=Items("layers", "layers", 0, list))
    assert "".join(renderer("csv")(none, Style())) == ""


def test_the_columns_of_parts(convcli: Convcli) -> None:
    rows = {
        name: [dict(zip(header, row, strict=True)) for row in rows]
        for name in ("shape", "solve", "stack", "sizes of a stack", "learn step by step")
        for header, *rows in [table(convcli, name)]
    }
    shape = rows["shape"][0]
    assert shape["input.unread.1.total"] == "0"
    assert (shape["input.same_output.0.least"], shape["input.same_output.0.most"]) == ("223", "224")
    solve = rows["solve"][1]
    assert (solve["padding.0.before"], solve["padding.1.after"]) == ("1", "1")
    assert solve["stride"] == "2;2"
    assert rows["stack"][2]["receptive_field.exact.size.1"] == "false"
    assert [row["size"] for row in rows["sizes of a stack"]] == ["1", "2", "3", "4", "5"]
    assert [row["comes_back"] for row in rows["sizes of a stack"]][:2] == ["false", "true"]
    assert "changes.0.weight.before.0.0.1" in rows["learn step by step"][0]


def test_complex_numbers_come_back(convcli: Convcli) -> None:
    assert table(convcli, "complex numbers") == [["4+1.5j", "5-0.5j"]]
    assert table(convcli, "a volume of complex numbers")[1] == ["0", "0", "0", "1+2j"]


@pytest.mark.parametrize("name", LINES)
def test_machines_get_numbers_as_they_were_computed(
    convcli: Convcli, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No value with a key is a rounded one, and JSON gives every number back."""
    kept: list[Document] = []
    monkeypatch.setattr(emit, "renderer", lambda _: lambda document, _: kept.append(document) or ())
    convcli(*LINES[name])
    (document,) = kept
    items = [] if document.items is None else list(document.items.make())
    for data in map(to_data, [document, *items]):
        json_data = json.loads(encode(data))
        for raw, value in pairs(data, json_data):
            assert not isinstance(raw, tuple(vars(quantities)[word] for word in ROUNDED)), raw
            if isinstance(raw, (float, np.floating)) and np.isfinite(raw):
                assert type(raw)(value) == raw


ROUNDED = ("Rounded", "Signed", "Percent", "Bytes", "Bound", "Phrase")


def pairs(raw: Any, value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(raw, dict):
        for key, member in raw.items():
            yield from pairs(member, value[key])
    elif isinstance(raw, (list, np.ndarray)) and np.ndim(raw) >= 0 and len(np.shape(raw)):
        for each, single in zip(raw, value, strict=True):
            yield from pairs(each, single)
    else:
        yield raw, value
