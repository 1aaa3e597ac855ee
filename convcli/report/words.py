"""The words of `trace`, `show` and `matrix` for people, in every language; a text may hold fields to be filled in.

To say something new, give every language of WORDS a text at the same key, and ask for it: `words("output")`, or
`words("channel", channel=3)`. Names of options and of PyTorch's parameters, and the keys of machine formats, are no words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from convcli.report.page_words import PAGE_WORDS

ENGLISH_WORDS = {
    "bias": "bias",
    "bytes": "bytes",
    "channel": "channel {channel}",
    "comma": ", ",
    "depth": "depth {depth}",
    "group": "group {group}",
    "input": "input",
    "items.left": "{limit} of {total} {noun}; --all shows every one, --at the one that you name",
    "kernel": "kernel",
    "output": "output",
    "positions": "positions",
    "product": "product",
    "weight": "weight",
    "window": "window",
    # trace
    "trace.bias_too": ", and the bias is added",
    "trace.channels": "channels",
    "trace.here": "here",
    "trace.input_at": "input {cell}",
    "trace.input_cell": "input cell",
    "trace.mirrored": "[ ] is {mode} padding: cell {cells}",
    "trace.mirrored_cell": "{landing} is {cell}",
    "trace.position": "output {position}",
    "trace.products": "products",
    "trace.puts_tap": "its stamp puts tap",
    "trace.reads": "reads input",
    "trace.reads_cell": "reads input cell",
    "trace.running": "running sum",
    "trace.stamped_output": "output channel {channel}, image {image}: ",
    "trace.stamps": "each input stamps input*kernel, overlaps add",
    "trace.steps": " in steps of {steps}",
    "trace.tap": "tap",
    "trace.zeros": "[ ] is zero padding",
    # matrix
    "matrix.agrees": "kernels @ columns{bias} and C @ x{bias} equal the convolution: checked with integers, exactly.",
    "matrix.bug": "The products do not equal the convolution: this is a bug, please report it.",
    "matrix.columns": "columns",
    "matrix.columns_shape": "C_in*taps x positions{examples}",
    "matrix.entries": "entries of C",
    "matrix.entries_note": "{density:.2%} of {whole}; {in_row} in a row",
    "matrix.examples": ", for each of {count} examples",
    "matrix.held": "{taken} in compressed rows, {whole} with its zeros",
    "matrix.kernels": "kernels",
    "matrix.kernels_shape": "C_out x C_in*taps",
    "matrix.memory": "memory of C",
    "matrix.none": "none",
    "matrix.range": "{low} to {high}",
    "matrix.shape": "C_out*positions x C_in*cells",
    "matrix.sparse": "one sparse matrix, y = C x",
    "matrix.transposed": "C transposed, with the same weight array, is the matrix of {line}.",
    "matrix.windows": "windows as columns (im2col)",
    # show
    "scene.channel": "{plane}, channel {channel} of {channels}",
    "scene.columns": "columns {first}..{last} of {height}x{width}",
    "scene.from_bias": "{value} the bias",
    "scene.from_channels": "{value} from other channels",
    "scene.from_window": "{value} from elsewhere in the window",
    "scene.moment": "{number} of {count}, at {position}",
    "scene.rows": "rows {first}..{last}",
    "scene.stamp": "{reached} of {taps} taps, each on an output of its own",
    "scene.with": "with {rest}",
    # show in a terminal
    "player.ended": "at the end",
    "player.help": "space pause/play  left right position  up down term  + - speed  home end  q quit",
    "player.paused": "paused",
    "player.playing": "playing",
    "player.state": "{state}, {speed:g} a second",
}

CHINESE_WORDS = {
    "bias": "偏置",
    "bytes": "字节",
    "channel": "通道 {channel}",
    "comma": "，",
    "depth": "深度 {depth}",
    "group": "组 {group}",
    "input": "输入",
    "items.left": "共 {total} {noun}，只显示了 {limit} 个；--all 显示全部，--at 显示指定的位置",
    "kernel": "卷积核",
    "output": "输出",
    "positions": "个位置",
    "product": "乘积",
    "weight": "权重",
    "window": "窗口",
    # trace
    "trace.bias_too": "，最后加上偏置",
    "trace.channels": "各通道",
    "trace.here": "落在此处的乘积",
    "trace.input_at": "输入 {cell}",
    "trace.input_cell": "输入元素",
    "trace.mirrored": "[ ] 为 {mode} 填充：元素 {cells}",
    "trace.mirrored_cell": "{landing} 取自 {cell}",
    "trace.position": "输出 {position}",
    "trace.products": "乘积",
    "trace.puts_tap": "盖到此处的核内位置",
    "trace.reads": "读取的输入",
    "trace.reads_cell": "读取的输入元素",
    "trace.running": "逐项累加",
    "trace.stamped_output": "输出通道 {channel}，图像 {image}：",
    "trace.stamps": "每个输入乘以卷积核后盖到输出上，重叠处相加",
    "trace.steps": "（间隔 {steps}）",
    "trace.tap": "核内位置",
    "trace.zeros": "[ ] 为零填充",
    # matrix
    "matrix.agrees": "卷积核矩阵 @ 窗口矩阵{bias} 与 C @ x{bias} 都等于卷积的结果：已用整数精确核对。",
    "matrix.bug": "乘积与卷积的结果不相等：这是程序的缺陷，请报告。",
    "matrix.columns": "窗口矩阵",
    "matrix.columns_shape": "C_in*核内位置数 x 输出位置数{examples}",
    "matrix.entries": "C 中存储的元素",
    "matrix.entries_note": "占全部 {whole} 个的 {density:.2%}；每行 {in_row} 个",
    "matrix.examples": "，共 {count} 个样本，每个一份",
    "matrix.held": "按行压缩 {taken}，连零一起 {whole}",
    "matrix.kernels": "卷积核矩阵",
    "matrix.kernels_shape": "C_out x C_in*核内位置数",
    "matrix.memory": "C 占用的内存",
    "matrix.none": "0",
    "matrix.range": "{low} 至 {high}",
    "matrix.shape": "C_out*输出位置数 x C_in*输入元素数",
    "matrix.sparse": "一个稀疏矩阵，y = C x",
    "matrix.transposed": "C 的转置用同一个权重数组，就是 {line} 的矩阵。",
    "matrix.windows": "窗口展开为列（im2col）",
    # show
    "scene.channel": "{plane}，通道 {channel}（共 {channels} 个）",
    "scene.columns": "列 {first}..{last}，整体为 {height}x{width}",
    "scene.from_bias": "偏置 {value}",
    "scene.from_channels": "其他通道共 {value}",
    "scene.from_window": "窗口其余部分共 {value}",
    "scene.moment": "第 {number} 步，共 {count} 步，位置 {position}",
    "scene.rows": "行 {first}..{last}",
    "scene.stamp": "用到 {taps} 个核内位置中的 {reached} 个，各落在不同的输出上",
    "scene.with": "其中：{rest}",
    # show in a terminal
    "player.ended": "已到末尾",
    "player.help": "空格：暂停/播放  左右键：位置  上下键：逐项  + -：速度  home end：首尾  q：退出",
    "player.paused": "已暂停",
    "player.playing": "播放中",
    "player.state": "{state}，每秒 {speed:g} 个位置",
}

PAGE = "page."  # before the keys of the page's words
WORDS = {
    language: texts | {f"{PAGE}{key}": text for key, text in PAGE_WORDS[language].items()}
    for language, texts in {"en": ENGLISH_WORDS, "zh": CHINESE_WORDS}.items()
}
TAGS = {"en": "en", "zh": "zh-Hans"}  # as HTML and XML name the language


class Words(NamedTuple):
    """The words of one language, which a command hands on to the views.

    >>> Words("en")("channel", channel=3), Words("zh")("channel", channel=3)
    ('channel 3', '通道 3')
    """

    language: str = "en"

    def __call__(self, key: str, /, **fields: Any) -> str:
        """The text at `key` with its fields filled in."""
        return WORDS[self.language][key].format(**fields)

    @property
    def for_page(self) -> dict[str, str]:
        """The texts of the page, by their keys there."""
        return PAGE_WORDS[self.language]

    @property
    def tag(self) -> str:
        return TAGS[self.language]

    @property
    def characters(self) -> str:
        """Every character that the texts need."""
        return "".join(sorted(set("".join(WORDS[self.language].values()))))


ENGLISH = Words("en")
