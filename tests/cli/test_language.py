"""`--lang zh` and CONVCLI_LANG: Chinese words for people, the same bytes for machines."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcli.cli.app.main import main
from convcli.cli.output.streams import Streams
from convcli.render import MACHINE_FORMATS
from convcli.render.columns import text_width
from tests.chinese import HAN, MIXED, english_words
from tests.command_lines import COMMANDS

Convcli = Callable[..., Any]

LINES = {
    "trace": [
        "trace",
        "conv2d",
        "arange:2x5x5:-7",
        "arange:2x2x2x2:-5",
        "--bias",
        "-1.5 2",
        "-p",
        "1",
        "--limit",
        "3",
    ],
    "trace of groups": [
        "trace",
        "conv2d",
        "randint:4x5x5",
        "randint:4x2x2x2",
        "-g",
        "2",
        "-d",
        "2",
        "--at",
        "0,0",
    ],
    "trace in reflect": [
        "trace",
        "conv1d",
        "1 2 3 4",
        "1 0 -1",
        "-p",
        "2",
        "--padding-mode",
        "reflect",
        "--at",
        "0",
    ],
    "trace of a volume": ["trace", "conv3d", "arange:3x3x3", "ones:2x2x2", "--at", "0,0,0"],
    "trace as gather": ["trace", "conv_transpose2d", "0 1; 2 3", "1.1 2.2; 3.3 4.4", "--at", "1,1"],
    "trace as scatter": [
        "trace",
        "conv_transpose2d",
        "arange:2x2x2",
        "ones:2x2x2x2",
        "--bias",
        "1 2",
        "--view",
        "scatter",
    ],
    "run": ["run", "conv2d", "arange:2x5x5", "arange:3x2x2x2", "--bias", "1 2 3"],
    "run of a drawn layer": ["run", "Conv2d(1, 1, 3)", "rand:30x30", "--seed", "5"],
    "run of what is not finite": ["run", "conv1d", f"[[nan, inf{', 1' * 60}]]", "2"],
    "run of complex numbers": ["run", "conv1d", f"[{'1, 2, ' * 20}3]", "kernel:box:3"],
    "matrix": ["matrix", "conv2d", "arange:2x1x3x3:1", "1.5 2; 3 4", "-p", "0:1", "--bias", "7"],
    "matrix of a large layer": ["matrix", "conv_transpose1d", "arange:50", "1 2 3", "-s", "2"],
    "init": ["init", "ConvTranspose2d(2, 4, 3)", "--scheme", "kaiming_normal"],
    "learn": ["learn", "Conv1d(1, 1, 2)", "1 2 3 4", "3 5 7", "--epochs", "25"],
    "learn step by step": [
        "learn",
        "Conv1d(1, 1, 2)",
        "1 2 3 4",
        "3 5 7",
        "--epochs",
        "2",
        "--lr",
        "1",
        "--verbose",
    ],
    "legal sizes of a stack": [
        "stack",
        "MaxPool1d(2)",
        "ConvTranspose1d(1, 1, 2, stride=2)",
        "1x9",
        "--sizes",
        "2..5",
    ],
    "shape of groups": ["shape", "conv2d", "1x8x9x9", "-c", "16", "-k", "3", "-s", "4", "-g", "2"],
    "shape of depthwise channels": ["shape", "conv1d", "8x9", "-k", "3", "-g", "8", "-c", "16"],
    "shape without bias": ["shape", "conv1d", "9", "-k", "2", "-s", "3", "-d", "2", "--no-bias"],
    "shape of pooling": ["shape", "MaxPool2d(2)", "1x8x9x9"],
    "blocks of a stack": [
        "stack",
        "a.0: Conv2d(3, 4, 3)",
        "a.1: BatchNorm2d(4)",
        "b.0: ReLU()",
        "b.1: AvgPool2d(2)",
        "3x9x9",
        "--depth",
        "1",
        "--costs",
    ],
    "tree of a stack": ["stack", "a.0: Conv2d(3, 4, 3)", "a.1: ReLU()", "3x9x9"],
    "target of a stack": [
        "stack",
        "Conv2d(1, 1, 5)",
        "1x9x9",
        "--target-rf",
        "3",
        "--unit",
        "1,1",
    ],
    "solve without a choice": ["solve", "conv2d", "9x9", "7x5", "-k", "4", "-s", "2", "-p", "0"],
    "show": ["show", "conv2d", "arange:3x20x20", "ones:2x3x3x3", "--bias", "1 2", "-p", "1"],
    "show of a volume": ["show", "conv3d", "arange:2x3x3x3", "ones:1x2x2x2x2"],
    "show as scatter": [
        "show",
        "conv_transpose2d",
        "1 2; 3 4",
        "1 2 3; 4 5 6; 7 8 9",
        "-s",
        "2",
        "-p",
        "1",
        "--view",
        "scatter",
    ],
}


def in_language(name: str, *more: str) -> list[str]:
    return [*LINES[name], "--lang", *more]


WITH_ERRORS = ("sizes of a stack",)  # in their results, which stay English
OF_CODE = ("port", "port to few")  # lines of code, which are no words
TRANSLATED_LINES = LINES | {
    f"another {name}": line
    for name, line in COMMANDS.items()
    if name not in (*WITH_ERRORS, *OF_CODE)
}
OF_ANSWERS = (0, 1)  # exit statuses: done, and an answer that is no


@pytest.mark.parametrize("name", TRANSLATED_LINES)
def test_no_word_is_left_in_english(convcli: Convcli, name: str) -> None:
    line = TRANSLATED_LINES[name]
    for form in ([], *([] if line[0] == "show" else [["-f", "plain"]])):
        result = convcli(*line, "--lang", "zh", *form)
        assert result.status in OF_ANSWERS
        assert english_words(result.out) == set()
        assert [line for line in result.out.splitlines() if MIXED.search(line)] == []
        assert not any(line.endswith(" ") for line in result.out.splitlines())


def test_trace(convcli: Convcli) -> None:
    out = convcli(
        "trace",
        "conv2d",
        "arange:2x3x3",
        "arange:1x2x2x2",
        "--bias",
        "0.5",
        "-p",
        "1",
        "--limit",
        "1",
        "--lang",
        "zh",
    ).out
    assert out == (
        "nn.Conv2d(2, 1, kernel_size=2, padding=1)\n\n"
        "输出  1x4x4\n\n"
        "输出 (0, 0, 0)\n\n"
        "输入窗口  H -1..0，W -1..0\n\n"
        "通道 0\n"
        "窗口          卷积核    乘积\n"
        "  [0]  [0]  \u00d7   0  1  =   0  0\n"
        "  [0]   0       2  3      0  0\n\n"
        "[ ] 为零填充\n\n"
        "通道 0  0*0 + 0*1 + 0*2 + 0*3 = 0 + 0 + 0 + 0 = 0\n\n"
        "通道 1\n"
        "窗口          卷积核    乘积\n"
        "  [0]  [0]  \u00d7   4  5  =   0   0\n"
        "  [0]   9       6  7      0  63\n\n"
        "通道 1  0*4 + 0*5 + 0*6 + 9*7 = 0 + 0 + 0 + 63 = 63\n\n"
        "各通道求和 + 偏置  0 + 63 + 0.5 = 63.5\n\n"
        "共 16 个位置，只显示了 1 个；--all 显示全部，--at 显示指定的位置\n\n"
    )


def test_trace_of_a_transposed_layer(convcli: Convcli) -> None:
    line = [
        "trace",
        "conv_transpose1d",
        "1 2 3",
        "10 1",
        "--view",
        "scatter",
        "--limit",
        "1",
        "--lang",
        "zh",
        "-f",
        "plain",
    ]
    assert convcli(*line).out == (
        "nn.ConvTranspose1d(1, 1, kernel_size=2, bias=False)\n"
        "输出：4\n"
        "每个输入乘以卷积核后叠加到输出上，重叠处相加\n"
        "输入 (0)\n10\t1\t-\t-\n输入 (1)\n-\t20\t2\t-\n输入 (2)\n-\t-\t30\t3\n输出\n10\t21\t32\t3\n"
        "\n输出 (0)\n"
        "输入元素\t输入\t所用的卷积核元素\t权重\t落在此处的乘积\n"
        "(0)\t1\t(0)\t10\t10\n"
        "1*10 = 10\n"
        "共 4 个位置，只显示了 1 个；--all 显示全部，--at 显示指定的位置\n"
    )


def test_matrix(convcli: Convcli) -> None:
    out = convcli(
        "matrix", "conv1d", "1 2 3", "1 10", "--bias", "5", "--lang", "zh", "-f", "markdown"
    ).out
    assert out.startswith(
        "## nn.Conv1d(1, 1, kernel\\_size=2)\n\n"
        "- **窗口矩阵** `2x2`（C\\_in\\*卷积核元素数 x 输出位置数）\n"
        "- **卷积核矩阵** `1x2`（C\\_out x C\\_in\\*卷积核元素数）\n"
        "- **C** `2x3`（C\\_out\\*输出位置数 x C\\_in\\*输入元素数）\n"
        "- **C 中存储的元素** `4`（占全部 6 个的 66.67%；每行 2 个）\n"
        "- **C 占用的内存** `按行压缩（CSR）88 字节，含零的稠密矩阵 48 字节`\n"
    )
    assert (
        "*已用整数精确核对：卷积核矩阵 @ 窗口矩阵 + 偏置，以及 C @ x + 偏置，都等于卷积的结果。*\n"
        in out
    )


def test_show(convcli: Convcli) -> None:
    out = convcli(
        "show",
        "conv2d",
        "arange:2x4x4:1",
        "ones:1x2x2x2",
        "--bias",
        "5",
        "-p",
        "1:0",
        "--lang",
        "zh",
    ).out
    assert out == (
        "nn.Sequential(nn.ZeroPad2d((1, 0, 1, 0)), nn.Conv2d(2, 1, kernel_size=2))\n\n"
        "输入，通道 0（共 2 个）    卷积核    输出\n"
        "  0    0    0    0    0  *  1   1  =   23    43    47    51\n"
        "  0    1    2    3    4     1   1      49    97   105   113\n"
        "  0    5    6    7    8                65   129   137   145\n"
        "  0    9   10  [11] [12]               81   161   169  [177]\n"
        "  0   13   14  [15] [16]\n\n"
        "第 16 步，共 16 步，位置 (3, 3)\n"
        "11*1 + 12*1 + 15*1 + 16*1 + 118 + 5 = 11 + 12 + 15 + 16 + 118 + 5 = 177\n"
        "其中：其他通道共 118，偏置 5\n"
    )


@pytest.mark.parametrize("name", [name for name in LINES if "show" not in name])
@pytest.mark.parametrize("form", MACHINE_FORMATS)
def test_machine_formats_are_the_same_bytes(convcli: Convcli, name: str, form: str) -> None:
    english, chinese = (
        convcli(*in_language(name, language, "-f", form)) for language in ("en", "zh")
    )
    assert chinese == english
    assert english.out_bytes


def test_the_one_value_is_the_same(convcli: Convcli) -> None:
    assert convcli(*in_language("trace", "zh", "-q")) == convcli(*in_language("trace", "en", "-q"))
    assert convcli(*in_language("matrix", "zh", "-q")) == convcli(
        *in_language("matrix", "en", "-q")
    )


@pytest.mark.parametrize(
    ("value", "chinese"),
    [
        ("zh", True),
        ("zh_CN.UTF-8", True),
        ("zh-CN", True),
        ("ZH", True),
        ("zh@latin", True),
        ("en", False),
        ("en_US.UTF-8", False),
        ("", False),
        ("fr", False),
        ("zhx", False),
        ("--json", False),
        ("C.UTF-8", False),
        ("\ufffd\n{}", False),
    ],
)
def test_the_variable(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch, value: str, chinese: bool
) -> None:
    monkeypatch.setenv("CONVCLI_LANG", value)
    result = convcli(*LINES["trace"])
    assert (result.status, result.err) == (0, "")
    assert result.out == convcli(*in_language("trace", "zh" if chinese else "en")).out
    assert ("输出" in result.out) == chinese


def test_the_option_goes_before_the_variable(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = convcli(*LINES["show"]).out
    monkeypatch.setenv("CONVCLI_LANG", "zh")
    assert convcli(*in_language("show", "en")).out == english != convcli(*LINES["show"]).out
    monkeypatch.setenv("CONVCLI_LANG", "en")
    assert "卷积核" in convcli(*in_language("show", "zh-CN")).out


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("xx", "convcli: error: --lang must be en or zh, got 'xx'.\n"),
        ("zhh", "convcli: error: --lang must be en or zh, got 'zhh'. Did you mean zh?\n"),
        ("", "convcli: error: --lang must be en or zh, got ''.\n"),
    ],
)
def test_an_unknown_language_is_an_error(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    monkeypatch.setenv("CONVCLI_LANG", "zh")
    for command in ("trace", "matrix", "show"):
        result = convcli(*in_language(command, name))
        assert (result.status, result.out, result.err) == (2, "", message)


def test_errors_stay_english(convcli: Convcli) -> None:
    for command in ("trace", "matrix", "show"):
        line = [command, "conv2d", "ones:2x2", "ones:3x3"]
        chinese, english = (convcli(*line, "--lang", language) for language in ("zh", "en"))
        assert (chinese.status, chinese.out) == (english.status, english.out) == (2, "")
        assert "kernel" in english.err
        note = "convcli: note: errors have no text in zh yet, and are in English\n"
        assert chinese.err == english.err + note


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_chinese(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    chinese = convcli(*COMMANDS[name], "--lang", "zh")
    assert re.search(f"[{HAN}]", chinese.out)
    assert not re.search(f"[{HAN}]", chinese.err)
    monkeypatch.setenv("CONVCLI_LANG", "zh")
    assert convcli(*COMMANDS[name]) == chinese
    assert convcli(*COMMANDS[name], "-q").out == convcli(*COMMANDS[name], "--lang", "en", "-q").out


def written(line: list[str], encoding: str) -> str:
    """What a command writes on a stdout of that encoding."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding), io.StringIO()
    assert main(line, Streams(io.TextIOWrapper(io.BytesIO()), out, err)) == 0
    assert err.getvalue() == ""
    out.flush()
    return out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["trace", "matrix", "show"])
def test_where_stdout_has_no_chinese_the_words_are_english(name: str, convcli: Convcli) -> None:
    for encoding in ("ascii", "latin-1", "cp437"):
        assert written(in_language(name, "zh"), encoding) == written(
            in_language(name, "en"), encoding
        )
    for encoding in ("gbk", "gb18030", "utf-16-le"):
        assert written(in_language(name, "zh"), encoding) == convcli(*in_language(name, "zh")).out


def test_a_process_whose_stdout_is_ascii(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "CONVCLI_LANG": "zh"}
    program = [sys.executable, "-m", "convcli", *LINES["show"]]
    ran = subprocess.run(program, capture_output=True, env=environment, check=True)
    assert b"at (19, 19)" in ran.stdout
    assert (ran.stdout.isascii(), ran.stderr) == (True, b"")
    subprocess.run([*program, "-o", str(tmp_path / "x.svg")], env=environment, check=True)
    assert "卷积核" in (tmp_path / "x.svg").read_text("utf-8")


def test_ascii_is_ascii(convcli: Convcli) -> None:
    for name in ("trace", "matrix", "show"):
        assert convcli(*in_language(name, "zh", "--ascii")).out.isascii()


def test_files(convcli: Convcli, tmp_path: Path) -> None:
    for name in ("x.txt", "x.md", "x.tex"):
        assert convcli(*in_language("trace", "zh", "-o", str(tmp_path / name))).status == 0
        assert "各通道求和 + 偏置" in (tmp_path / name).read_text("utf-8")
    for name in ("x.json", "x.csv"):
        assert convcli(*in_language("trace", "zh", "-o", str(tmp_path / name))).status == 0
        assert (tmp_path / name).read_text("utf-8").isascii()


def test_svg(convcli: Convcli, tmp_path: Path) -> None:
    for language in ("en", "zh"):
        path = tmp_path / f"{language}.svg"
        assert convcli(*in_language("show", language, "-o", str(path))).status == 0
    english, chinese = (
        ET.parse(tmp_path / f"{language}.svg").getroot() for language in ("en", "zh")
    )
    assert chinese.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-Hans"
    texts = [element.text for element in chinese.iter() if element.text]
    assert [text for text in texts if text.startswith(("输入", "卷积核", "输出"))] == [
        "输入，通道 0（共 3 个）",
        "卷积核",
        "输入，通道 1（共 3 个）",
        "卷积核",
        "输入，通道 2（共 3 个）",
        "卷积核",
        "输出，通道 0（共 2 个）",
    ]
    assert english_words(" ".join(texts)) == set()
    assert len(list(english.iter())) == len(list(chinese.iter()))


def at_width(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch, width: int, line: list[str]
) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    lines: list[str] = convcli(*line, terminal=True).out.splitlines()
    return lines


@pytest.mark.parametrize("width", [80, 200])
def test_tables_stay_aligned(convcli: Convcli, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    line = [
        "trace",
        "conv_transpose2d",
        "arange:4x4:10",
        "arange:3x3:100",
        "--at",
        "3,3",
        "--lang",
        "zh",
    ]
    lines = at_width(convcli, monkeypatch, width, line)
    rule = next(at for at, line in enumerate(lines) if "──" in line)
    table = [lines[rule - 1], *lines[rule + 1 : rule + 10]]
    place = text_width(table[0].partition("对应的输入元素")[0])
    assert {text_width(line[: line.rindex("(")]) for line in table[1:]} == {place}
    assert {text_width(line) for line in table} == {text_width(lines[rule])}
    assert text_width(lines[rule]) <= 80


def test_a_long_table_stays_aligned(convcli: Convcli) -> None:
    out = convcli(
        "trace", "conv_transpose1d", "arange:450", "ones:450", "--at", "449", "--lang", "zh"
    ).out
    lines = out.splitlines()
    rule = next(at for at, line in enumerate(lines) if "──" in line)
    table = [lines[rule - 1], *lines[rule + 1 : rule + 451]]
    assert len({text_width(line) for line in table}) == 1


def test_records_of_a_narrow_terminal_stay_aligned(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = at_width(convcli, monkeypatch, 40, in_language("trace as gather", "zh"))
    records = [
        line
        for line in lines
        if line.startswith(("  卷积核元素", "  权重", "  对应的输入元素", "  输入", "  乘积"))
    ]
    assert len(records) == 20
    assert {text_width(re.sub(r"\S*(?: -?\d+\))?$", "", line)) for line in records} == {18}


@pytest.mark.parametrize("topic", ["arrays", "formats", "layers", "stack"])
def test_no_line_of_a_page_begins_with_a_closing_sign(convcli: Convcli, topic: str) -> None:
    page = convcli("help", topic, "--lang", "zh").out
    assert [
        line for line in page.splitlines() if line.lstrip().startswith(tuple("，。、；："))
    ] == []
