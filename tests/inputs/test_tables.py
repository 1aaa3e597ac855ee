"""Tables as text: the possible separators and decimal signs, columns, notes."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvError
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.table_text import TableText
from convcli.inputs.files.tables import Table, parse_table


def parse(text: str, choice: str = "", decimal: str | None = None, **options: Any) -> Table:
    return parse_table(TableText(text, "X", "x.csv"), choice, decimal, **options)


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        # the separator can only be the other one
        ("1,5;2,5;3,5", [[1.5, 2.5, 3.5]], "1,5 is 1.5"),
        ("1,5\t2,5\t3,5", [[1.5, 2.5, 3.5]], "1,5 is 1.5"),
        ("1,5|2,5", [[1.5, 2.5]], "1,5 is 1.5"),
        ("0,123;5", [[0.123, 5]], "0,123 is 0.123"),
        (",5;-,25e1", [[0.5, -2.5]], "decimal sign"),
        ('"1,5","2,5"', [[1.5, 2.5]], "1,5 is 1.5"),
        ("value\n1,5\n2,5\n", [[1.5], [2.5]], "1,5 is 1.5"),
        # thousands that can be nothing else
        ("1.234,5;2", [[1234.5, 2]], "1.234,5 is 1234.5"),
        ("1,234.5;2", [[1234.5, 2]], "thousands sign: 1,234.5 is 1234.5"),
        ("1.234.567;1", [[1234567, 1]], "thousands sign: 1.234.567 is 1234567"),
        ("1,234,567;1", [[1234567, 1]], "thousands sign"),
        ("1.234;5.678", [[1.234, 5.678]], "with --decimal , it is 1234"),
        ("1.234;0.5", [[1.234, 0.5]], ""),
        ("Wert\n1.234\n5.678", [[1.234], [5.678]], "with --decimal , it is 1234"),
        ("1.234 5.678", [[1.234, 5.678]], "with --decimal , it is 1234"),
        ("1.234,5.678,9", [[1.234, 5.678, 9]], ""),
        ("value\n1,000,000\n2,000,000", [[1000000], [2000000]], "thousands sign: 1,000,000 is"),
        # columns that could be thousands or decimal commas
        ("1,234,567", [[1, 234, 567]], "where it is one number, write 1234567"),
        ("100,200,300", [[100, 200, 300]], "numbers 100, 200 and 300; where it is one number"),
        ("1,234\n5,678", [[1, 234], [5, 678]], "it is 1.234; where it is one number, write 1234"),
        (",".join(["100"] * 9), [[100] * 9], ""),
        ("0,5,1,5", [[0, 5, 1, 5]], "write semicolons between the numbers"),
        ("1 234.5\n2 345.6", [[1, 234.5], [2, 345.6]], "one number, write 1234.5"),
        ('"1,5",2,5', [[1.5, 2, 5]], "commas outside quotes separate the cells: 2,5"),
        # commas, blanks, tabs, semicolons, bars
        ("1,5", [[1, 5]], "with --decimal , it is 1.5"),
        ("1,2\n3,4\n", [[1, 2], [3, 4]], "read as the numbers 1 and 2"),
        ("1,2,3\n4,5,6", [[1, 2, 3], [4, 5, 6]], ""),
        ("1, 2\n3, 4", [[1, 2], [3, 4]], ""),
        ("1.5,2\n3,4", [[1.5, 2], [3, 4]], ""),
        ("0.5,1.25", [[0.5, 1.25]], ""),
        ("1;2\n3;4", [[1, 2], [3, 4]], ""),
        ("1|2\n3|4", [[1, 2], [3, 4]], ""),
        ("1\t 2\n3\t4", [[1, 2], [3, 4]], ""),
        (" 1   2\n 3   4  \n", [[1, 2], [3, 4]], ""),
        ("100 200\n300 400", [[100, 200], [300, 400]], ""),
        ("sep=;\n1;2", [[1, 2]], ""),
        ("sep=,\n1.5,2", [[1.5, 2]], ""),
        # lines
        ("1\r2\r3", [[1], [2], [3]], ""),
        ("1\r\n2\r\n", [[1], [2]], ""),
        ("1\n2\n\n\n", [[1], [2]], ""),
        ("\n1\n\n2", [[1], [2]], "1 empty line is left out"),
        ("# time\n1\n# more\n2", [[1], [2]], "2 lines are comments (#)"),
        ("# a, b\n1\n2", [[1], [2]], "1 line is a comment"),
        ("# c\n1 2 # x\n3 4", [[1, 2], [3, 4]], "1 comment behind numbers is left out"),
        ("1;2# x\n3;4 #", [[1, 2], [3, 4]], "2 comments behind numbers are left out"),
        ("1,2,\n3,4,\n", [[1, 2], [3, 4]], "every row ends with a separator"),
        ('"1","2","3"', [[1, 2, 3]], ""),
        ('"1\n","2","3"', [[1, 2, 3]], ""),
        # names
        ("time,value\n0,1\n1,2", [[0, 1], [1, 2]], "x.csv:value reads the last alone"),
        ("t v\n1 2", [[1, 2]], "the line of names (t, v) is left out"),
        ("a\n1\n2", [[1], [2]], "the line of names (a) is left out"),
        ("2019,2020,2021\n1,2,3", [[2019, 2020, 2021], [1, 2, 3]], ""),
        # numbers
        ("1,nan,inf", [[1, np.nan, np.inf]], ""),
        ("\u22121,2,3", [[-1, 2, 3]], ""),
        ("18446744073709551615,0,1", np.array([[2**64 - 1, 0, 1]], np.uint64), ""),
        ("9007199254740993,1.5,3", [[2.0**53, 1.5, 3]], "9007199254740993 is rounded to"),
        ("9007199254740992,1.5,3", [[2.0**53, 1.5, 3]], ""),
        ("1e-320,0.0,-0", [[1e-320, 0, 0]], ""),
    ],
)  # fmt: skip
def test_what_is_read_and_what_is_said(text: str, expected: Any, words: str) -> None:
    table = parse(text)
    assert np.array_equal(table.numbers, np.array(expected), equal_nan=True)
    assert table.numbers.dtype == np.array(expected).dtype
    notes = " ".join(table.notes)
    assert words in notes
    assert bool(words) == bool(notes)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("1,234;5,678", "table.decimal", "1234 with a decimal point, or 1.234 with a decimal"),
        ('"1,000","2,000"', "table.decimal", "1000 with a decimal point, or 1.0 with a decimal"),
        ("1,5 2,5", "table.separator", "1.5 2.5 with a decimal comma, or the numbers 1 5 2 5"),
        ("1.234,5", "table.separator", "1234.5 with a decimal comma, or the numbers 1.234 5"),
        ("1,05\n2,50", "table.separator", "1.05 with a decimal comma, or the numbers 1 05"),
        ("1,234.50\n2,000.00", "table.separator", "1234.50 with thousands signs, or the numbers"),
        ("1,000,000\n2,000,000", "table.separator", "x.csv:1..3 for columns"),
        ("1,000\n2,000", "table.separator", "is 1000 with thousands signs, 1.000 with a decimal"),
        ("-1,000", "table.separator", "-1000 with thousands signs"),
        ("999\n1,234", "table.separator", "is 1234 with thousands signs, 1.234 with a decimal"),
        ("1,234\n1,234,567", "table.separator", "is 1234 with thousands signs"),
        ("1,000 2,000", "table.separator", "1000 2000 with thousands signs, 1.000 2.000 with"),
        ("1,05,2,50", "table.separator", "1.05 2.50 with a decimal comma, or the numbers 1 05 2"),
        ("1 234,5\n2 345,6", "table.separator", "is 1234.5, or the numbers 1 234,5. Write 1234.5"),
        ("1 000 2 000", "table.separator", "'1 000' is 1000, or the numbers 1 000. Write 1000, or"),
        ("1 234,5;2 345,6", "literal.number", "Write 1234,5, and the digits of other numbers"),
        ("1 2 #DIV/0!", "literal.number", "column 3 holds a missing value '#DIV/0!'"),
        ("1 2\n3 4 x", "literal.ragged", "row 2 has 3 numbers"),
        ("1 2 x\n3 4", "literal.number", "column 3 holds 'x', which is no number."),
        ("My data\nt,v\n0,1", "literal.ragged", "there is 1 name. If line 1 is a title, put #"),
        (
            "1,00,000\n12,50,000",
            "table.separator",
            "is 100000 with thousands signs, or the numbers",
        ),
        ("1,000,\n2,000,", "table.separator", "Write 1000, or x.csv:1..2 for columns"),
        ("1,2\n3", "table.separator", "1.2 with a decimal comma, or the numbers 1 2"),
        ("1\n2,5", "table.separator", "2.5 with a decimal comma, or the numbers 2 5"),
        ("1 000\n2 000", "table.separator", "is 1000, or the numbers 1 000"),
        ("1;2\t3", "table.separator", "separated by tabs and semicolons"),
        ("1,5;1.5", "literal.number", "column 2 holds '1.5', but the decimal sign is the comma"),
        ("1.5;x;1,5", "table.decimal", "'1,5' and '1.5' do not have the same"),
        ("2;1.234.5", "literal.number", "'1.234.5'"),
        ("1 000;2 000", "literal.number", "'1 000', whose digits do not stand together"),
        ("1\u00a0000;2", "literal.number", "whose digits do not stand together"),
        ("1'000;2", "literal.number", "whose digits do not stand together"),
        ("1 2, 3 4, 5", "literal.number", "one separator between numbers"),
        ("0x10,1,2", "literal.number", "column 1 holds '0x10', which is no number"),
        ("1_000,2,3", "literal.number", "column 1 holds '1_000', which is no number"),
        ("\uff11,2,3", "literal.number", "not in ASCII digits"),
        ("5%,1,2", "literal.number", "'5%'"),
        ("true,1,2", "literal.number", "'true'"),
        ("1e400,1,3", "literal.range", "'1e400' is beyond float64"),
        ("1e-400,1,3", "literal.range", "'1e-400' is beyond float64"),
        (f"{'9' * 399},1.5,3", "literal.range", "beyond float64"),
        ("99999999999999999999,1,3", "literal.range", "99999999999999999999"),
        ("-1,18446744073709551615,3", "literal.range", "18446744073709551615"),
        (f"{'9' * 20};1\n2\n3;4", "literal.ragged", "row 2 has 1 number, but row 1 has 2"),
        (f"{'9' * 20};x;1", "literal.number", "column 2 holds 'x', which is no number"),
        ("1,,3\n4,5,6", "literal.number", "column 2 holds an empty cell"),
        ("1,NA,2", "literal.number", "column 2 holds a missing value 'NA'"),
        ("#N/A,1,2", "literal.number", "a missing value '#N/A'"),
        ("1,2,3\n4,5", "literal.ragged", "row 2 has 2 numbers, but row 1 has 3"),
        ("1,2,\n3,4,5", "literal.ragged", "row 2 has a cell in the last column"),
        ("a,b,c\n1,2\n", "literal.ragged", "has 2 numbers, but there are 3 names"),
        ("a\n1,2,3\n", "literal.ragged", "has 3 numbers, but there is 1 name"),
        ("name,v\nfoo,1", "literal.number", "column 'name' holds 'foo', which is no number"),
        ("name,v\nfoo,1", "literal.number", "x.csv:v"),
        ("date,1\n2024-01-01,1.5\n", "literal.number", "holds 'date'"),
        ("t,v\ns,V\n0,1", "literal.number", "line 2 holds 's', 'V' and no number. Put # in front"),
        (",0,1\n0,5,6", "table.column", "x.csv:2..3"),
        ("a,b", "literal.empty", "a line of names, and no numbers below it"),
        ("", "literal.empty", "holds no numbers"),
        ("# nothing", "literal.empty", "holds no numbers"),
        ('1,"2', "table.quotes", "not closed"),
        ('"1"2,3', "table.quotes", "has text behind it"),
        ("1" * 100_001, "table.quotes", "more than 100000 characters"),
    ],
)
def test_what_is_refused(text: str, code: str, words: str) -> None:
    with pytest.raises(ConvError) as caught:
        parse(text)
    assert (caught.value.code, caught.value.kind) == (code, "data")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("1,5 2,5", ",", [[1.5, 2.5]]),
        ("1,234;5,678", ",", [[1.234, 5.678]]),
        ("1,234;5,678", ".", [[1234, 5678]]),
        ("1,5", ",", [[1.5]]),
        ("1,5", ".", [[1, 5]]),
        ("1.234,5", ",", [[1234.5]]),
        ("1.234,5", ".", [[1.234, 5]]),
        ('"1,000","2,000"', ".", [[1000, 2000]]),
        ('"1,000";"2,000"', ",", [[1.0, 2.0]]),
        ("1,05\n2,50", ",", [[1.05], [2.5]]),
        ("1\n2,5", ",", [[1], [2.5]]),
        ("1.234;5.678", ",", [[1234, 5678]]),
        ('"1,000","2,000"', ",", [[1.0, 2.0]]),
        ('"1,5","2,5"', ",", [[1.5, 2.5]]),
        ('"1,234",5', ",", [[1.234, 5.0]]),
        ('"1,234",5', ".", [[1234, 5]]),
        ("1,2,3,4\n5,6,7,8", ".", [[1, 2, 3, 4], [5, 6, 7, 8]]),
    ],
)
def test_the_decimal_sign_decides(text: str, decimal: str, expected: Any) -> None:
    table = parse(text, decimal=decimal)
    assert table.numbers.tolist() == expected
    assert not table.notes


@pytest.mark.parametrize(
    ("text", "decimal", "expected", "words"),
    [
        ("1,000\n2,000", ".", [[1000], [2000]], "1,000 is 1000; x.csv:1..2 reads columns"),
        ("1,234.50\n2,000.00", ".", [[1234.5], [2000]], "1,234.50 is 1234.50"),
        ("999\n1,000", ".", [[999], [1000]], "1,000 is 1000"),
        ("1,234,567", ".", [[1, 234, 567]], "where it is one number, write 1234567"),
        ("time,value\n0,1\n1,2", ",", [[0, 1], [1, 2]], "as they do in the line of names"),
    ],
)
def test_a_decimal_sign_that_does_not_decide_the_commas_leaves_a_note(
    text: str, decimal: str, expected: Any, words: str
) -> None:
    table = parse(text, decimal=decimal)
    assert table.numbers.tolist() == expected
    assert words in " ".join(table.notes)


@pytest.mark.parametrize("text", ["1,000\n2,000", "1,05\n2,50", "1 000\n2 000", "1,2\n3,4"])
def test_a_choice_of_columns_says_that_there_are_columns(text: str) -> None:
    rows = [[int(word) for word in line.replace(",", " ").split()] for line in text.splitlines()]
    assert parse(text, "1..2").numbers.tolist() == rows
    assert parse(text, "2", ".").numbers.tolist() == [row[1:] for row in rows]
    assert not parse(text, "1..2").notes


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("My data\nt,v\n0,1\n", 1, [[0, 1]]),
        ("t,v\ns,V\n0,1\n", 2, [[0, 1]]),
        ("Title here\n\n1 2 3\n", 1, [[1, 2, 3]]),
    ],
)
def test_a_title_and_units_are_read_over_behind_a_mark(text: str, line: int, expected: Any) -> None:
    with pytest.raises(
        ConvError, match=rf"(?s)line .*{line}.*put #|Put # in front of line .*{line}"
    ):
        parse(text)
    lines = text.splitlines(keepends=True)
    lines[line - 1] = f"#{lines[line - 1]}"
    assert parse("".join(lines)).numbers.tolist() == expected


@pytest.mark.parametrize("decimal", [None, ",", "."])
def test_quoted_columns_are_chosen_by_name(decimal: str | None) -> None:
    text = '"a","b"\n"1,000","2,000"\n"1,5","2,5"'
    if decimal == ".":
        text = text.replace("5", "500")
    expected = [[2000], [2500]] if decimal == "." else [[2], [2.5]]
    assert parse(text, "b", decimal).numbers.tolist() == expected


def test_a_comma_in_a_file_of_tabs_is_no_separator() -> None:
    with pytest.raises(ConvError, match="decimal comma"):
        parse("1,5\n2,5\n", tabs_only=True)
    assert parse("1,5,2\n", tabs_only=True).numbers.tolist() == [[1, 5, 2]]


NAMED = 'time,value,"a,b",c:d,e..f,value\n0,1.5,2,3,4,5\n1,2.5,7,8,9,10\n'


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("time", [[0], [1]]),
        ("1", [[0], [1]]),
        ("2..3", [[1.5, 2], [2.5, 7]]),
        (' time .. "a,b" ', [[0, 1.5, 2], [1, 2.5, 7]]),
        ("3,1", [[2, 0], [7, 1]]),
        ("a,b", [[2], [7]]),
        ('"a,b",c:d', [[2, 3], [7, 8]]),
        ("c:d", [[3], [8]]),
        ("e..f", [[4], [9]]),
        ("1,3..4", [[0, 2, 3], [1, 7, 8]]),
    ],
)
def test_columns_by_name_and_number(choice: str, expected: Any) -> None:
    table = parse(NAMED, choice)
    assert table.numbers.tolist() == expected
    assert not table.notes


def test_a_name_that_is_the_number_of_another_column_needs_quotes() -> None:
    years = "name,3,2\n0,30,20\n"
    with pytest.raises(ConvError, match="2 is the name of column 3, and the number of another"):
        parse(years, "2")
    assert parse(years, '"2"').numbers.tolist() == [[20]]
    assert parse("1,2\n5,20\n", "2").numbers.tolist() == [[2], [20]]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("value", "2 columns have the name 'value'. Choose one by its number: 2 or 6"),
        ("0", "has no column '0': its columns are 1..6, with the names time, value"),
        ("7", "has no column '7'"),
        ("tme", "Did you mean time?"),
        ("4..2", "the range 4..2 runs backwards"),
        ("time,", "has no column ''"),
        ("1..", "has no column ''"),
        ("-1", "has no column '-1'"),
    ],
)
def test_columns_that_there_are_not(choice: str, words: str) -> None:
    with pytest.raises(ConvError) as caught:
        parse(NAMED, choice)
    assert caught.value.code == "table.column"
    assert words in str(caught.value)


def test_a_column_beside_text_is_read_alone() -> None:
    text = "city;v\nBerlin, Mitte;1,5\nOslo;NA\n"
    with pytest.raises(ConvError, match="missing value 'NA'"):
        parse(text, "v")
    assert parse(text.replace("NA", "2,5"), "v").numbers.tolist() == [[1.5], [2.5]]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_an_encoding_without_its_mark_is_named(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("größe;b\r\n1;2\r\n".encode(encoding))
    with pytest.raises(ConvError, match=f"looks like {encoding[:6].upper()} without") as caught:
        read_array(str(path), "X", 2)
    assert caught.value.code == "array.encoding"


def test_the_end_mark_of_dos_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"1;2\r\n3;4\r\n\x1a")
    notes: list[str] = []
    assert read_array(str(path), "X", 2, note=notes.append).tolist() == [[1, 2], [3, 4]]
    assert "Ctrl-Z" in notes[0]


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings_with_a_mark(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("größe;b\r\n1;2\r\n".encode(encoding))
    assert read_array(f"{path}:größe", "X", 2).tolist() == [[1]]
    assert read_array(f"{path}:größe..b", "X", 2).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("text", "rank", "shape"),
    [
        ("1\n2\n3\n", 1, (3,)),
        ("1,2,3\n", 1, (3,)),
        ("1,2,3\n4,5,6\n", 1, (2, 3)),
        ("1\n2\n3\n", 2, (3, 1)),
        ("1,2,3\n", 2, (1, 3)),
        ("1,2,3\n4,5,6\n", 3, (1, 2, 3)),
    ],
)
def test_a_column_stays_a_column(text: str, rank: int, shape: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    assert read_array(str(path), "X", rank).shape == shape


def test_notes_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a;b\n1,5;2\n")
    notes: list[str] = []
    read_array(str(path), "X", 2, note=notes.append)
    assert [note.startswith(f"{path}: ") for note in notes] == [True, True]


def test_what_csv_and_numpy_write_is_read_back() -> None:
    rng = np.random.default_rng(0)
    for seed in range(60):
        rows, columns = rng.integers(1, 6), rng.integers(3, 6)
        numbers: Any = (rng.standard_normal((rows, columns)) * 10.0 ** rng.integers(-9, 9)).round(3)
        if seed % 3 == 0:
            numbers = rng.integers(-(2**62), 2**62, (rows, columns))
        for separator in ",;\t |":
            names = seed % 2 == 1 and [f"c{at} {separator}" for at in range(columns)]
            quoting = csv.QUOTE_ALL if seed % 5 == 0 else csv.QUOTE_MINIMAL
            stream = io.StringIO()
            writer = csv.writer(stream, delimiter=separator, quoting=quoting)
            writer.writerows(([names] if names else []) + numbers.tolist())
            table = parse(stream.getvalue())
            assert np.array_equal(table.numbers, numbers), stream.getvalue()
            assert table.numbers.dtype == numbers.dtype
            assert bool(names) == any("line of names" in note for note in table.notes)
            saved = io.StringIO()
            np.savetxt(saved, numbers, delimiter=separator, fmt="%.18g")
            judge = np.loadtxt(io.StringIO(saved.getvalue()), delimiter=separator, ndmin=2)
            assert np.array_equal(parse(saved.getvalue()).numbers.astype(float), judge)


def test_decimal_commas_give_the_numbers_of_decimal_points() -> None:
    rng = random.Random(1)
    for _ in range(60):
        rows = [[rng.choice((0.5, -12.25, 1e-3, 3.0, 1.5e9)) for _ in range(4)] for _ in range(3)]
        point = "\n".join(";".join(map(str, row)) for row in [[0.5] * 4, *rows])
        assert parse(point).numbers.tolist() == parse(point.replace(".", ",")).numbers.tolist()


def test_what_numpy_prints_is_read_from_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    for array in (np.arange(6).reshape(2, 3), np.array([0.5, -1]), np.ones((2, 2, 2))):
        path.write_text(str(array))
        assert np.array_equal(read_array(str(path), "X", 2), array)
