"""Every language has the same texts with the same fields; each is used, and none is missing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from string import Formatter

import pytest

import convcli
from convcli.report.words.vocabulary import (
    ENGLISH,
    FORMS,
    PAGE,
    PAGES,
    PARTS,
    TAGS,
    Words,
    every_text,
    part_of,
    texts,
)
from tests.chinese import MIXED, english_words

WORDS = {language: every_text(language) for language in TAGS}
OTHERS = [language for language in TAGS if language != "en"]
PAGE_FOLDER = Path(convcli.__file__).parent / "render" / "page"
PAGE_PARTS = sorted(path for path in PAGE_FOLDER.rglob("*") if path.is_file())
NO_TEXT = {"matrix.none", "page.step", "stack.macs_note"}  # numbers or names alone in Chinese
ASKING = ("words", "phrase", "amount", "ENGLISH")  # what is called with a key


def fields(text: str) -> dict[str, str | None]:
    """The fields of a text, each with how it is formatted."""
    return {name: how for _, name, how, _ in Formatter().parse(text) if name is not None}


def bare(text: str) -> str:
    """The text without its fields."""
    return "".join(literal for literal, *_ in Formatter().parse(text))


def asked_for() -> Iterator[tuple[str, set[str] | None]]:
    """The keys that the package asks for, a star for an f-string field, and the fields."""
    for path in Path(convcli.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and name_of(node.func) in ASKING:
                names = {keyword.arg for keyword in node.keywords}
                if name_of(node.func) == "amount":
                    names.add("count")
                given = None if None in names else {name for name in names if name}
                choices = (
                    [node.args[0].body, node.args[0].orelse]
                    if isinstance(node.args[0], ast.IfExp)
                    else [node.args[0]]
                )
                yield from ((key_of(choice), given) for choice in choices)


def name_of(function: ast.expr) -> str:
    """The last part of the name of what is called."""
    return str(getattr(function, "id", getattr(function, "attr", "")))


def key_of(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values
        )
    assert isinstance(node, ast.Constant), (
        f"line {node.lineno}: a key that cannot be read off the source"
    )
    return str(node.value)


def page_of(path: Path) -> str:
    """The page that a file belongs to: its folder, or the page of `show`."""
    return PAGE if path.parent == PAGE_FOLDER else path.relative_to(PAGE_FOLDER).parts[0]


def asked_for_by_the_page() -> Iterator[str]:
    """The keys in the sources of the page: quoted ones, and patterns like `${name}.channel`."""
    for path in PAGE_PARTS:
        text, page = path.read_text(), page_of(path)
        yield from (f"{page}.{key}" for key in re.findall(r"[\"']([a-z_.]+)[\"']", text))
        yield from (
            f"{page}.{key}"
            for key in re.sub(
                r"\$\{\w+\}", "*", "\n".join(re.findall(r"`([a-z_.]*\$\{\w+\}[a-z_.]*)`", text))
            ).split()
        )


ASKED = list(asked_for())


@pytest.mark.parametrize("language", OTHERS)
def test_languages_have_the_same_keys_and_fields(language: str) -> None:
    english, other = WORDS["en"], WORDS[language]
    assert list(other) == list(english)
    for key, text in english.items():
        assert fields(other[key]) == fields(text), key


def test_no_text_is_empty() -> None:
    assert [
        key for texts in WORDS.values() for key, text in texts.items() if not text.strip()
    ] == []


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language: str) -> None:
    for key, text in WORDS[language].items():
        assert text != WORDS["en"][key], key
        assert english_words(bare(text)) == set(), key
        assert key in NO_TEXT or not bare(text).isascii(), key
        assert not MIXED.search(text), f"{key}: {text}"


def test_english_is_ascii() -> None:
    assert all(text.isascii() for text in WORDS["en"].values())


def test_every_text_is_used_and_every_text_that_is_asked_for_exists() -> None:
    assert len(ASKED) > 50
    patterns = {pattern for pattern, _ in ASKED} | set(asked_for_by_the_page())
    assert [
        key for key in WORDS["en"] if not any(fnmatchcase(key, pattern) for pattern in patterns)
    ] == []
    literal = [
        f"{page_of(path)}.{key}"
        for path in PAGE_PARTS
        for key in re.findall(
            r"""(?:words\(|data-word=|data-label=|"(?=fault[.]))"?([a-z_.]+)\"""", path.read_text()
        )
    ]
    assert len(literal) > 50
    assert [key for key in literal if key not in WORDS["en"]] == []
    for pattern, given in ASKED:
        keys = [key for key in WORDS["en"] if fnmatchcase(key, pattern)]
        assert keys, pattern
        for key in keys:
            known = given is not None and part_of(key) not in PAGES
            assert not known or given == set(fields(WORDS["en"][key])), key


def test_a_text_is_filled_in() -> None:
    assert (
        Words("zh")("scene.moment", number=7, count=25, position=(1, 1))
        == "第 7 步，共 25 步，位置 (1, 1)"
    )
    assert ENGLISH("scene.moment", number=7, count=25, position=(1, 1)) == "7 of 25, at (1, 1)"
    with pytest.raises(KeyError):
        ENGLISH("nothing")


def test_a_part_has_the_keys_that_begin_with_its_name() -> None:
    for part in PARTS:
        assert [key for key in texts("en", part) if not key.startswith(f"{part}.")] == []
    assert [key for key in texts("en", "") if key.partition(".")[0] in PARTS] == []


def test_a_count_decides_on_the_form() -> None:
    assert [ENGLISH.amount("planes.more", count) for count in (0, 1, 2)] == [
        "0 more planes",
        "1 more plane",
        "2 more planes",
    ]
    assert Words("zh").amount("planes.more", 1) == "另有 1 个切片"
    forms = [text.split(FORMS) for texts in WORDS.values() for text in texts.values()]
    assert {len(each) for each in forms} == {1, 2}
    assert all(fields(one) == fields(more) for one, *rest in forms for more in rest)


def test_a_language_has_a_tag_and_its_characters() -> None:
    assert Words("zh").tag == "zh-Hans"
    assert "卷" in Words("zh").characters


def test_the_help_of_the_player_names_the_same_keys_in_every_language() -> None:
    for each in WORDS.values():
        assert all(name in each["player.help"] for name in ("+ -", "home end", "q"))
