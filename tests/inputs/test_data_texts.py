"""YAML, JSON and TOML that stand for too much are refused before they are made."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from convcli.errors import ConvError
from convcli.inputs.networks.data_texts import (
    DEEPEST,
    LONGEST_NUMBER,
    MOST_LISTS,
    MOST_MARKS,
    read_json,
    read_json_lines,
    read_toml,
    read_yaml,
)

LEVELS = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))
BILLION = f"a0: &a0 [x, x]\n{LEVELS}\nlayers: *a8\n"
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 2 * DEEPEST))


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (read_yaml, BILLION, "values, with aliases written out"),
        (read_yaml, CHAIN, "lists and maps inside each other"),
        (read_yaml, "a: &a [*a]", "a part that contains it"),
        (read_yaml, "a: *b", "a part that contains it, or of none"),
        (read_yaml, "[" * 200 + "]" * 200, "lists and maps inside each other"),
        (read_yaml, "a: 0x" + "f" * 20_000, "a number of more than"),
        (read_yaml, "a: 1" + ":59" * 20_000, "a number of more than"),
        (read_yaml, "a: 2001-99-99", "out of range"),
        (read_yaml, "a: [", "column 1: the end of the line"),
        (read_yaml, "a: \x00", "a character that YAML does not allow"),
        (read_json, "[" + "9" * 5000 + "]", "a number has too many digits"),
        (read_json, "[" * MOST_MARKS + ",", "commas and brackets"),
        (read_json, "[[]" + ",[]" * MOST_LISTS + "]", "opening brackets"),
        (read_json_lines, "[1]\n[" + "9" * 5000 + "]", "a number has too many digits"),
        (read_json, "[1", "line 1, column 3: the end of the line does not fit there"),
        (read_json, "[1 `tolerance`]", "line 1, column 4: what begins with '`tolerance`]'"),
        (read_json_lines, "[1]\n\n[1 2]", "line 3, column 4: what begins with '2]'"),
        (read_yaml, "- !%60max_memory%60 x", "what begins with '!%60max_memory%60 x' is not"),
        (read_toml, "a = `b`", "line 1, column 5: what begins with '`b`' does not fit there"),
        (read_toml, "a = [", "cannot be read as TOML: it ends too early"),
        (read_yaml, "- !`max_memory` x", "what begins with '`max_memory` x' does not fit"),
        (read_yaml, "a: 'b' c", "line 1, column 8: what begins with 'c' does not fit"),
        (read_yaml, "a: !<x> b", "what begins with '!<x> b' is not read"),
        (read_yaml, "? [1]\n: 2", "is not read: a tag must be one of YAML itself"),
        (read_yaml, "2305843009213693951: 1", "an integer of more than 18 digits as a key"),
        (read_yaml, "a: &a 2305843009213693951\n*a : 1", "18 digits as a key"),
        (read_toml, "a." * 2 * DEEPEST + "a = 1", "a key of more than"),
        (read_toml, "x = {" + '"a" . ' * 2 * DEEPEST + "a = 1}", "a key of more than"),
        (read_toml, "x = 0x" + "f" * 2 * LONGEST_NUMBER, "a number of more than"),
        (read_toml, "x = " + "9" * 5000, "out of range"),
        (read_toml, "x = 1979-99-27", "cannot be read as TOML"),
    ],
)
def test_too_much_is_refused(read: Callable[[str], object], text: str, words: str) -> None:
    if read is read_yaml:
        pytest.importorskip("yaml")
    with pytest.raises(ConvError) as caught:
        read(text)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: &a [1, 2]\nb: *a\n", {"a": [1, 2], "b": [1, 2]}),
        ("a: &a {x: 1}\nb: {<<: *a, y: 2}\n", {"a": {"x": 1}, "b": {"x": 1, "y": 2}}),
        ("a: &a 3\nb: [*a, *a]\n", {"a": 3, "b": [3, 3]}),
    ],
)
def test_anchors_of_few_values_are_read(text: str, data: object) -> None:
    pytest.importorskip("yaml")
    assert read_yaml(text) == data


def test_long_words_are_no_long_keys() -> None:
    text = f'x = "{"1.5, " * 1000}"\ny = "{"a" * 100_000}"'
    assert set(read_toml(text)) == {"x", "y"}
