"""The documentation is true: blocks print what they show, links lead somewhere, all is covered."""

from __future__ import annotations

import doctest
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from convcli.cli.app.main import COMMANDS
from convcli.cli.commands.help import _page
from convcli.engine.geometry.padding import PADDING_MODES, padded_cell
from convcli.exit_status import ExitStatus
from convcli.inputs.networks.kinds import SIGNATURES
from convcli.inputs.text.kernels import KERNELS
from convcli.render import FORMATS
from convcli.report.words.vocabulary import ENGLISH
from tests.chinese import MIXED
from tests.conftest import Result
from tools.documentation import (
    PAGES,
    ROOT,
    Block,
    anchors,
    as_shown,
    blocks,
    copied_clone,
    output_in_process,
    output_of,
    targets,
    with_tables,
)
from tools.man_page import MAN_PAGE, man_page
from tools.option_tables import (
    examples_of,
    listed_error_codes,
    options_of,
    parser_of,
    shared_spellings,
)

TEXTS = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in PAGES}
BLOCKS = [(name, block) for name, text in TEXTS.items() for block in blocks(text)]
LONGEST_README = 200  # lines
REFERENCE = ROOT / "docs" / "reference"


@pytest.mark.parametrize(
    "block",
    [block for _, block in BLOCKS],
    ids=[f"{name}: {block.command.strip()[:120]}" for name, block in BLOCKS],
)
def test_a_block_prints_what_it_shows(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied_clone(tmp_path)
    monkeypatch.chdir(tmp_path)
    words = block.words
    output = output_of(block, tmp_path) if words is None else output_in_process(words)
    assert as_shown(block.output, output) == block.output.rstrip()


@pytest.mark.parametrize(
    ("shown", "result"),
    [
        ("a\nb\nc\nd", "a\nb\nc\nd"),
        ("a\n...\nd", "a\n...\nd"),
        ("...\nb\n...", "...\nb\n..."),
        ("a\n...\nb\nc\nd", "a\nb\nc\nd"),  # a cut leaves something out
        ("a\n...\nc\n", "a\nb\nc\nd"),
        ("", "a\nb\nc\nd"),
    ],
)
def test_a_line_of_dots_stands_for_lines(shown: str, result: str) -> None:
    assert as_shown(shown, "a\nb\nc\nd\n") == result


def test_most_blocks_run_in_this_process() -> None:
    in_shell = [block.command for _, block in BLOCKS if block.words is None]
    assert len(BLOCKS) > 60
    assert len(in_shell) <= len(BLOCKS) / 3


@pytest.mark.parametrize("name", [name for name, text in TEXTS.items() if ">>> " in text])
def test_python_blocks(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a block may write files
    results = doctest.testfile(str(ROOT / name), module_relative=False, encoding="utf-8")
    assert results.attempted
    assert not results.failed


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name: str) -> None:
    for target in targets(TEXTS[name]):
        path, _, anchor = target.partition("#")
        page = (ROOT / name).parent / path if path else ROOT / name
        assert page.exists(), target
        if anchor:
            assert anchor in anchors(page.read_text("utf-8")), target


def test_every_page_is_in_the_table_of_contents() -> None:
    for index, folder in (("docs/README.md", "docs"), ("docs/zh/README.md", "docs/zh")):
        linked = {
            ((ROOT / index).parent / target.partition("#")[0]).resolve()
            for target in targets(TEXTS[index])
        }
        pages = {path for path in (ROOT / folder).rglob("*.md") if path.name != "README.md"}
        missing = {path for path in pages - linked if folder != "docs" or "zh" not in path.parts}
        assert not missing, index


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_a_readme_fits(name: str) -> None:
    assert len(TEXTS[name].splitlines()) <= LONGEST_README
    other = {"README.md": "README.zh-CN.md", "README.zh-CN.md": "README.md"}[name]
    assert f"]({other})" in TEXTS[name][:200]
    assert all(f"{command}" in TEXTS[name] for command in COMMANDS)


@pytest.mark.parametrize("name", [name for name in TEXTS if "zh" in name])
def test_signs_and_spaces_of_chinese(name: str) -> None:
    text = re.sub(r"```.*?```|^    .*?$", "", TEXTS[name], flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\]\([^)]*\)|!?\[|[*\]]", "", re.sub(r"`[^`]*`", "`", text)).replace("|", " ")
    assert [line for line in text.splitlines() if MIXED.search(line.strip())] == []


@pytest.mark.parametrize("name", TEXTS)
def test_generated_tables_are_up_to_date(name: str) -> None:
    assert with_tables(TEXTS[name]) == TEXTS[name], "make docs"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_its_page(command: str) -> None:
    text = TEXTS[f"docs/commands/{command}.md"]
    assert text.startswith(f"# convcli {command}\n")
    assert f"<!-- table: options {command} -->" in text
    for heading in ("## Examples", "## Options", "## Exit codes"):
        assert heading in text or command == "show"


def test_shared_options_are_documented_in_both_languages() -> None:
    taken = {row.spelling for command in COMMANDS for row in options_of(command)}
    groups = {row.spelling for row in options_of("run")} & {
        row.spelling for row in options_of("trace")
    }
    assert shared_spellings() <= taken
    assert groups - shared_spellings() <= {"--bias ARRAY", "--max-memory BYTES"}
    chinese = TEXTS["docs/zh/reference/layers.md"] + TEXTS["docs/zh/reference/formats.md"]
    assert {row for row in shared_spellings() if f"`{row}`" not in chinese} == set()


JSON_EXAMPLES = {
    "shape": "conv1d 5 -k 2",
    "trace": "conv1d arange:3 ones:2",
    "run": "conv1d arange:3 ones:2",
    "init": "conv1d --in-channels 1 -k 2",
    "grad": "conv1d arange:3 ones:2",
    "learn": "conv1d [1,2] [2,4] -k 1 --epochs 1",
    "stack": "conv1d 5 -k 2 --in-channels 1 --unit 0",
    "solve": "conv1d 5 4 -k 2",
    "matrix": "conv1d arange:3 ones:2",
}


@pytest.mark.parametrize("command", JSON_EXAMPLES)
def test_json_keys_are_documented(command: str, convcli: Callable[..., Result]) -> None:
    import json

    result = convcli(command, *JSON_EXAMPLES[command].split(), "--json")
    data = json.loads(result.out)
    page = TEXTS[f"docs/commands/{command}.md"]
    section = page[page.index("## JSON keys") : page.index("## Exit codes")]
    for key in data.keys() - {"schema", "command"}:
        assert re.search(rf"`{key}[.`]", section), key


def test_every_layer_of_a_network_is_documented() -> None:
    page = (REFERENCE / "stack.md").read_text()
    section = page[page.index("## Layers") :]
    for name in SIGNATURES:
        stem = re.sub(r"[123]d$", "", name.removeprefix("Lazy"))
        assert {name, stem, f"{stem}()"} & set(re.findall(r"`([\w()]+)`", section)) or (
            stem in ("Conv", "ConvTranspose")
        ), name


@pytest.mark.parametrize("page", ["docs/reference/padding.md", "docs/zh/reference/padding.md"])
def test_every_padding_mode_is_documented(page: str) -> None:
    for name in PADDING_MODES:
        row = re.search(rf"^    {name} +(.*)  ", TEXTS[page], re.MULTILINE)
        assert row, name
        digits = [int(digit) for digit in re.findall(r"\b\d\b", row[1])]
        cells = [padded_cell(index, 4, name) for index in range(-3, 7)]
        assert digits == [0 if cell == 4 else cell + 1 for cell in cells]


def test_every_filter_and_format_is_documented() -> None:
    arrays = (REFERENCE / "arrays.md").read_text()
    for kernel in KERNELS:
        family, _, direction = kernel.rpartition("-")
        assert kernel in arrays or (f"{family}-x" in arrays and f"-{direction}" in arrays), kernel
    formats = (REFERENCE / "formats.md").read_text()
    assert all(f"`{name}`" in formats for name in FORMATS)


@pytest.mark.parametrize(
    "page", ["docs/reference/exit-codes.md", "docs/zh/reference/exit-codes.md"]
)
def test_every_exit_status_is_documented(page: str) -> None:
    rows = re.findall(r"^\| ([\d, 、]+) \|", TEXTS[page], re.MULTILINE)
    assert {int(code) for row in rows for code in re.findall(r"\d+", row)} == set(ExitStatus)


def test_every_error_code_is_documented_once() -> None:
    text = (REFERENCE / "error-codes.md").read_text()
    rows = re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE)
    documented = [code for row in rows for code in re.findall(r"`([\w*.]+)`", row)]
    assert sorted(documented) == listed_error_codes()


def test_summaries_fit_a_terminal() -> None:
    for command in COMMANDS:
        assert parser_of(command).get_short_help_str(300)
        assert examples_of(command)


class TestHelpTopics:
    def test_each_topic_is_printed(self, convcli: Callable[..., Result]) -> None:
        for path in REFERENCE.glob("*.md"):
            result = convcli("help", path.stem)
            lines = _page(path.stem, ENGLISH).splitlines()
            title, code = lines[0].removeprefix("# "), set(map(str.strip, lines))
            assert result.status == 0
            assert result.out.startswith(f"{title}\n")
            assert all(len(line) <= 80 or line.strip() in code for line in result.out.splitlines())
            for language in ("en", "zh"):
                assert "…" not in convcli("help", path.stem, "--lang", language).out

    def test_colors_only_where_they_are_wanted(self, convcli: Callable[..., Result]) -> None:
        assert "\x1b[" not in convcli("help", "arrays").out
        colored = convcli("help", "arrays", "--color", "always")
        assert "\x1b[1m" in colored.out

    def test_ascii(self, convcli: Callable[..., Result]) -> None:
        for path in REFERENCE.glob("*.md"):
            assert convcli("help", path.stem, "--ascii").out.isascii()

    def test_chinese_where_there_is_a_page(self, convcli: Callable[..., Result]) -> None:
        assert "数组" in convcli("help", "arrays", "--lang", "zh").out
        english = convcli("help", "error-codes").out  # errors are in English
        assert convcli("help", "error-codes", "--lang", "zh").out == english

    def test_an_unknown_topic(self, convcli: Callable[..., Result]) -> None:
        result = convcli("help", "arays")
        assert result.status == 2
        assert result.out == ""
        assert "Did you mean arrays?" in result.err


def test_the_man_page_is_up_to_date() -> None:
    assert MAN_PAGE.read_text("utf-8") == man_page(), "make man"


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_the_man_page_is_set_without_warnings() -> None:
    ran = subprocess.run(
        ["man", "--warnings", "-l", str(MAN_PAGE)], capture_output=True, text=True, check=True
    )
    # A machine that lacks groff's own files is warned of them, whatever the page.
    of_the_page = [line for line in ran.stderr.splitlines() if "/tmac/" not in line]
    assert of_the_page == []
    for command in COMMANDS:
        assert f"convcli {command}" in ran.stdout


def test_the_tests_that_reliability_names_exist() -> None:
    text, path = TEXTS["docs/reliability.md"], None
    named = re.findall(r"`(?:python -m pytest tests/)?([\w/]*(?:\.py|/\w+))?((?:::\w+)*)`", text)
    for file, parts in named:
        if file:
            path = ROOT / "tests" / file
            assert path.exists(), file
        for name in parts.split("::")[1:]:
            assert path is not None
            assert re.search(rf"(def|class) {name}\b", path.read_text("utf-8")), name
