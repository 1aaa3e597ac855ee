"""Every language has the same texts with the same fields; each is used, and all that are asked for exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from string import Formatter

import pytest

import convcli
from convcli.report.words import ENGLISH, TAGS, WORDS, Words

TABLES = {"words": WORDS}
OTHERS = [(table, language) for table, texts in TABLES.items() for language in texts if language != "en"]
NO_TEXT = {"matrix.none"}  # a number in Chinese
NAMES = {"C_in", "C_out", "im", "col", "all", "at", "home", "end"}  # of arrays, options, keys: the same in every language
LATIN = re.compile(r"[A-Za-z_]{2,}")


def fields(text: str) -> dict[str, str | None]:
    """The fields of a text, each with how it is formatted."""
    return {name: how for _, name, how, _ in Formatter().parse(text) if name is not None}


def bare(text: str) -> str:
    """The text without its fields."""
    return "".join(literal for literal, *_ in Formatter().parse(text))


def asked_for() -> Iterator[tuple[str, set[str] | None]]:
    """The keys that the package asks for, a star for what an f-string fills in, and the fields that it gives."""
    for path in Path(convcli.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and getattr(node.func, "id", getattr(node.func, "attr", "")) == "words":
                names = {keyword.arg for keyword in node.keywords}
                given = None if None in names else {name for name in names if name}
                choices = [node.args[0].body, node.args[0].orelse] if isinstance(node.args[0], ast.IfExp) else [node.args[0]]
                yield from ((key_of(choice), given) for choice in choices)


def key_of(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    assert isinstance(node, ast.Constant), f"line {node.lineno}: a key that cannot be read off the source"
    return str(node.value)


ASKED = list(asked_for())


@pytest.mark.parametrize(("table", "language"), OTHERS)
def test_languages_have_the_same_keys_and_fields(table: str, language: str) -> None:
    english, other = TABLES[table]["en"], TABLES[table][language]
    assert list(other) == list(english)
    for key, text in english.items():
        assert fields(other[key]) == fields(text), key


@pytest.mark.parametrize("table", TABLES)
def test_no_text_is_empty(table: str) -> None:
    assert [key for texts in TABLES[table].values() for key, text in texts.items() if not text.strip()] == []


@pytest.mark.parametrize(("table", "language"), OTHERS)
def test_nothing_is_left_in_english(table: str, language: str) -> None:
    for key, text in TABLES[table][language].items():
        assert text != TABLES[table]["en"][key], key
        assert set(LATIN.findall(bare(text))) <= NAMES, key
        assert key in NO_TEXT or not bare(text).isascii(), key
        assert not set(",;:!?()") & set(bare(text)), f"{key}: a sign of English in Chinese"


def test_english_is_ascii() -> None:
    assert all(text.isascii() for text in WORDS["en"].values())


def test_every_text_is_used_and_every_text_that_is_asked_for_exists() -> None:
    assert len(ASKED) > 50
    unused = [key for key in WORDS["en"] if not any(fnmatchcase(key, pattern) for pattern, _ in ASKED)]
    assert unused == []
    for pattern, given in ASKED:
        keys = [key for key in WORDS["en"] if fnmatchcase(key, pattern)]
        assert keys, pattern
        for key in keys:
            assert given is None or given == set(fields(WORDS["en"][key])), key


def test_a_text_is_filled_in() -> None:
    assert Words("zh")("scene.moment", number=7, count=25, position=(1, 1)) == "第 7 步，共 25 步，位置 (1, 1)"
    assert ENGLISH("scene.moment", number=7, count=25, position=(1, 1)) == "7 of 25, at (1, 1)"
    with pytest.raises(KeyError):
        ENGLISH("nothing")


def test_a_language_has_a_tag_and_its_characters() -> None:
    assert set(TAGS) == set(WORDS)
    assert Words("zh").tag == "zh-Hans"
    assert "卷" in Words("zh").characters


def test_the_help_of_the_player_names_the_same_keys_in_every_language() -> None:
    for texts in WORDS.values():
        assert all(name in texts["player.help"] for name in ("+ -", "home end", "q"))
