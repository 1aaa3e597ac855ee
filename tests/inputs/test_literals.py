"""Numbers as an argument: rows, signs, commas, and what is no number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcli import ConvError
from convcli.inputs.files.arrays import read_array


@pytest.mark.parametrize(
    ("text", "rank", "expected"),
    [
        ("1 2\n3 4", 2, [[1, 2], [3, 4]]),
        ("1 2\n3 4\n", 1, [[1, 2], [3, 4]]),
        ("1 2\r\n3 4\r\n", 2, [[1, 2], [3, 4]]),
        ("1 2\r3 4", 2, [[1, 2], [3, 4]]),
        ("1 2;\n3 4;\n", 2, [[1, 2], [3, 4]]),
        ("1 2; 3 4\n5 6", 2, [[1, 2], [3, 4], [5, 6]]),
        ("\n1 2\n\n3 4\n", 2, [[1, 2], [3, 4]]),
        ("1 2 3\n", 1, [1, 2, 3]),
        ("1\n2\n3", 1, [1, 2, 3]),
        ("1\n2\n3", 2, [[1], [2], [3]]),
        ("1; 2; 3", 1, [[1], [2], [3]]),
        # one row is 1xN where two axes are needed, and 1x1xN where three are
        ("1 -1", 1, [1, -1]),
        ("1 -1", 2, [[1, -1]]),
        ("1 -1", 3, [[[1, -1]]]),
        ("1 2; 3 4", 3, [[[1, 2], [3, 4]]]),
        ("5", 2, [[5]]),
        ("[1, -1]", 2, [1, -1]),
        ("[[1., 2.,], [3 -4],]", 2, [[1, 2], [3, -4]]),
        # signs
        ("\u22121 2 \u2212.5e\u22121", 1, [-1, 2, -0.05]),
        ("[\u22121, 2]", 1, [-1, 2]),
        ("-inf 1", 1, [-np.inf, 1]),
        # commas separate
        ("1,5", 1, [1, 5]),
        ("1, 5, 2", 1, [1, 5, 2]),
        ("1,2; 3,4", 2, [[1, 2], [3, 4]]),
        ("1.5, 2.5 3", 1, [1.5, 2.5, 3]),
        ('["NaN", "-Infinity", 1]', 1, [np.nan, -np.inf, 1]),
        ("9007199254740992 0.5", 1, [2.0**53, 0.5]),
        ("0.0 -0e5 0e999", 1, [0, 0, 0]),
    ],
)
def test_what_is_read(text: str, rank: int, expected: Any) -> None:
    array = read_array(text, "X", rank)
    assert np.array_equal(array, np.array(expected), equal_nan=array.dtype.kind == "f")
    assert array.shape == np.shape(expected)


@pytest.mark.parametrize(
    ("text", "code", "words", "place"),
    [
        ("1,5 2,5", "literal.comma", "Write 1.5 2.5 for decimals", 1),
        ("1 2; 1,5 2", "literal.comma", "both commas and blanks", 6),
        ("1,000,000", "literal.comma", "Write 1000000, or 1 000 000 for several numbers", 1),
        ("5; 1,050", "literal.comma", "Write 1050, or 1 050 for several numbers", 4),
        ("1,05", "literal.comma", "Write 1.05, or 1 05 for several numbers", 1),
        ("\uff11 2", "literal.number", "'\uff11' is not a number. Write 1.", 0),
        ("1 \uff12.\uff15", "literal.number", "Write 2.5.", 2),
        ("1 0x10", "literal.number", "'0x10' is not a number", 2),
        ("1 1_000", "literal.number", "'1_000' is not a number", 2),
        ("1 1'000", "literal.number", "is not a number", 2),
        ("1 1e400", "literal.range", "'1e400' is beyond float64", 2),
        ("1 -1e-400", "literal.range", "'-1e-400' is beyond float64", 2),
        ("9007199254740993 0.5", "literal.range", "float64 would round it", None),
        ("[1, null]", "literal.syntax", "'null' is a missing value, not a number", 4),
        ("[1, true]", "literal.syntax", "'true' is a truth value, not a number", 4),
        ('[1, "a b"]', "literal.syntax", "is a text, not a number", 4),
        ('["1", 2]', "literal.syntax", "is a text, not a number", 1),
        ('[{"a": 1}]', "literal.syntax", "'{' is an object, not a number", 1),
        ("[1_000]", "literal.syntax", "'1_000' is not a number", 1),
        ("[0x10]", "literal.syntax", "'0x10' is not a number", 1),
        ("[1e400]", "literal.range", "beyond float64", 1),
        ("[1.2.3]", "literal.syntax", "'1.2.3' is not a number", 1),
        ("[1-2]", "literal.syntax", "'1-2' is not a number", 1),
        ("[1,,2]", "literal.number", "a number is missing at this comma", 3),
        ("[, 1]", "literal.number", "a number is missing at this comma", 1),
        ("[1 2; 3]", "literal.syntax", "balanced brackets", 4),
    ],
)
def test_what_is_refused(text: str, code: str, words: str, place: int | None) -> None:
    with pytest.raises(ConvError) as caught:
        read_array(text, "X", 1)
    error = caught.value
    assert (error.code, error.kind) == (code, "data")
    assert words in str(error)
    assert (error.pointer[1] if error.pointer else None) == place
