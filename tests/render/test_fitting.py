"""Which columns of a table stand on a terminal: everything is there, shorter, or named below it."""

from __future__ import annotations

import random

import pytest

from convcli.render import Style
from convcli.render.columns import text_width, wrapped
from convcli.render.fitting import Fitted, fitted
from convcli.render.quantities import scaled
from convcli.render.tables import column_texts
from convcli.render.terminal import render
from convcli.report.document import Column, Document, Fact, Facts, Sum, Table
from convcli.report.quantities import Branch, Count, Short
from convcli.report.words.vocabulary import Words

LAYERS = Table(
    (
        Column(None, "name"),
        Column(None, "layer", wraps=True),
        Column(None, "parameters", short="params"),
        Column(None, "sees", spare=1),
        Column(None, "start", spare=3),
        Column(None, "jump", spare=2),
    ),
    [
        (
            "layer1.0.conv1",
            Short("Conv2d(64, 64, kernel_size=3, padding=1, bias=False)", "Conv2d 64>64 k3 p1"),
            Count(36864),
            "19x19",
            -9,
            4,
        ),
        ("relu", Short("ReLU(inplace=True)", "ReLU"), Count(0), "19x19", -9, 4),
    ],
)
# columns of the terminal: the headings that stand, those with shorter cells, those left out
LOST = [
    (120, "name layer parameters sees start jump", "", ""),
    (95, "name layer parameters sees start jump", "layer", ""),
    (60, "name layer parameters sees jump", "layer", "start"),
    (52, "name layer parameters sees", "layer", "start jump"),
    (39, None, "", ""),
]
NARROW = Table(
    tuple(
        column._replace(spare_when_narrow={"layer": 1, "parameters": 2}.get(column.label or "", 0))
        for column in LAYERS.columns
    ),
    LAYERS.rows,
)


def fit(width: int | None) -> Fitted | None:
    return fitted(column_texts(LAYERS, None, scales=width is not None), width)


@pytest.mark.parametrize(("width", "standing", "shorter", "left_out"), LOST)
def test_what_a_narrow_terminal_loses(
    width: int, standing: str | None, shorter: str, left_out: str
) -> None:
    found = fit(width)
    if found is None:
        assert standing is None
        return
    assert " ".join(column.texts.heading for column in found.columns) == standing
    short = [column.texts.heading for column in found.columns if column.is_short]
    assert " ".join(short) == shorter
    assert " ".join(texts.heading for texts in found.left_out) == left_out


def shown(table: Table, width: int | None, language: str = "en") -> list[str]:
    style = Style(width=width, words=Words(language))
    return "".join(render(Document("stack", (table,)), style)).splitlines()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_line_names_what_is_left_out_or_shorter(language: str) -> None:
    below = "".join(shown(LAYERS, 60, language)[4:])
    line = Words(language)("table.both", columns="start")
    assert "".join(below.split()) == "".join(line.split())
    assert not any("--wide" in line for line in shown(LAYERS, 120, language))  # nothing is short
    assert not any("--wide" in line for line in shown(LAYERS, None, language))


def test_a_pipe_has_every_digit_and_a_terminal_thousands() -> None:
    assert any("36864" in line for line in shown(LAYERS, None))
    table = Table((Column(None, "name"), Column(None, "n")), [("conv", Count(36_864_000))])
    assert any(" 36864000" in line for line in shown(table, 14))
    assert any(" 36.9M" in line for line in shown(table, 12))


def test_records_hold_everything() -> None:
    text = " ".join(shown(LAYERS, 39))
    assert "layer1.0.conv1" in text
    assert "36864" in text
    assert "kernel_size=3" in text
    assert max(map(text_width, shown(LAYERS, 39))) <= 39


@pytest.mark.parametrize(
    ("width", "standing"), [(40, "name layer jump"), (44, "name layer parameters")]
)
def test_narrow_terminals_do_without_what_others_keep(width: int, standing: str) -> None:
    found = fitted(column_texts(NARROW, None, scales=True), width)
    assert found is not None
    assert " ".join(column.texts.heading for column in found.columns) == standing


def test_records_have_no_line_for_a_blank() -> None:
    table = Table((Column(None, "name"), Column(None, "share")), [("a" * 30, ""), ("b", "3%" * 9)])
    lines = [line.strip() for line in shown(table, 30)]
    assert [line.split()[0] for line in lines if line].count("share") == 1


def test_counts_are_exact_in_all_columns_or_in_none() -> None:
    table = Table(
        (Column(None, "parameters"), Column(None, "MACs")),
        [(Count(123456), Count(1234567)), (Count(1), Count(2))],
    )
    for width in range(5, 40):
        found = fitted(column_texts(table, None, scales=True), width)
        assert found is None or len({column.is_short for column in found.columns}) == 1
    assert "1234567" in "".join(shown(table, 30))


def test_the_line_below_tables_stands_once() -> None:
    style = Style(width=60, words=Words("en"))
    lines = "".join(render(Document("stack", (LAYERS, LAYERS)), style)).splitlines()
    assert sum("left out" in line for line in lines) == 1


def test_a_tree_is_indented_and_its_rows_stand_out() -> None:
    rows: list[tuple[Branch, int]] = [(Branch("a", 0, "a"), 3), (Branch("a.b", 1, "b"), 3)]
    table = Table((Column(None, "name"), Column(None, "n")), rows, emphasis=frozenset({0}))
    assert [line.rstrip() for line in shown(table, 80)[2:4]] == [" a      3", "   b    3"]
    style = Style(width=80, color=True)
    first = "".join(render(Document("stack", (table,)), style)).splitlines()[2]
    assert first.startswith("\x1b[1m")


def random_table(rng: random.Random) -> Table:
    words = ["x", "output", "64x56x56", "卷积核", "kernel_size=3,", "a" * 30]
    columns = []
    for number in range(rng.randint(1, 9)):
        spare = rng.choice([0, 0, 1, 2, 3])
        columns.append(Column(None, f"heading {number}", spare=spare, wraps=rng.random() < 0.3))
    rows = [
        tuple(" ".join(rng.choices(words, k=rng.randint(0, 4))) for _ in columns)
        for _ in range(rng.randint(1, 5))
    ]
    return Table(tuple(columns), rows)


@pytest.mark.parametrize("seed", range(40))
def test_random_tables_fit_and_say_what_they_lose(seed: int) -> None:
    rng = random.Random(seed)
    table = random_table(rng)
    texts = column_texts(table, None, scales=True)
    for width in (20, 40, 60, 80, 100, 200):
        lines = shown(table, width)
        assert max(map(text_width, lines), default=0) <= width
        found = fitted(texts, width)
        if found is not None:
            standing = [column.texts for column in found.columns]
            assert sorted(map(id, [*standing, *found.left_out])) == sorted(map(id, texts))
            assert all(each.spare or each.spare_when_narrow for each in found.left_out)


@pytest.mark.parametrize("width", range(1, 60))
def test_wrapped_text_is_whole(width: int) -> None:
    text = "  a sum: 1*1 + 2*2 - 输出输出 = 1000000000000000000000, and more"
    lines = wrapped(text, width, min(4, width - 1))
    assert max(map(text_width, lines)) <= max(width, 2 + min(4, width - 1))
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_sum_that_is_too_long_has_a_line_for_each_step() -> None:
    terms = tuple((number, 2) for number in range(1, 30))
    products = tuple(2 * number for number, _ in terms)
    block = Sum(terms, products, sum(products))
    lines = "".join(render(Document("trace", (block,)), Style(width=60))).splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[0].startswith("1*2 + 2*2")
    assert [line[:4] for line in lines[1:-2] if not line.startswith("    ")] == ["  = "]
    assert lines[-2] == "  = 870"
    whole = "".join(render(Document("trace", (block,)), Style())).splitlines()
    assert whole[0] == " ".join(line.strip() for line in lines[:-1])


def test_notes_stand_below_values_where_there_is_no_room() -> None:
    facts = Facts((Fact(None, "peak", 123, "what must be held at once for the result alone"),))
    assert "".join(render(Document("stack", (facts,)), Style(width=44))).splitlines()[:2] == [
        "peak  123  what must be held at once for the",
        "           result alone",
    ]
    assert "".join(render(Document("stack", (facts,)), Style(width=30))).splitlines()[:3] == [
        "peak  123",
        "      what must be held at",
        "      once for the result",
    ]


SCALED = {
    0: "0", 9_999: "9999", 10_000: "10K", 10_001: "10.0K", 99_949: "99.9K", 99_950: "100K",
    999_499: "999K", 999_500: "1.00M", 1_000_000: "1M", 11_689_512: "11.7M", 4_089_184_256: "4.09G",
    10**18: "1E", 10**24: "1" + "0" * 24, -64_000: "-64K",
}  # fmt: skip


@pytest.mark.parametrize("number", SCALED)
def test_counts_in_thousands(number: int) -> None:
    assert scaled(number) == SCALED[number]
