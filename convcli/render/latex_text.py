"""Text in LaTeX: no character is a command, code is upright, sizes are products; and its width."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from unicodedata import name as unicode_name
from unicodedata import normalize

ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}",
    '"': r"{\char34}", "\u2026": r"\ldots{}", "\u2013": "--", "\u2014": "---", "\u2018": "`",
    "\u2019": "'", "\u201c": "``", "\u201d": "''", "\u00b0": r"\textdegree{}", "\u00a0": "~",
    "\u00b5": r"\ensuremath{\mu}",
}  # fmt: skip
SIGNS = {
    "\u00d7": r"\times", "\u00b7": r"\cdot", "\u00b1": r"\pm", "\u00f7": r"\div",
    "\u2190": r"\gets", "\u2192": r"\to", "\u2193": r"\downarrow", "\u2191": r"\uparrow",
    "\u2212": "-", "\u2202": r"\partial", "\u2207": r"\nabla", "\u2208": r"\in", "\u2211": r"\sum",
    "\u221a": r"\surd", "\u221e": r"\infty", "\u2248": r"\approx", "\u2260": r"\neq",
    "\u2264": r"\leq", "\u2265": r"\geq", "\u2299": r"\odot", "\u22c5": r"\cdot",
    "\u22c6": r"\star", "\u00b2": "^2", "\u00b3": "^3",
}  # fmt: skip
BOXES = {"\u2500": "-", "\u2501": "-", "\u2502": r"\textbar{}", "\u2503": r"\textbar{}"}
GREEK = re.compile(r"GREEK (SMALL|CAPITAL) LETTER (FINAL SIGMA|\w+)")
NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"
    " upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
LETTERS = frozenset(NAMES.split())
LATIN = {  # letters that look like Latin ones, which LaTeX has no name for
    "omicron": "o", "Alpha": "A", "Beta": "B", "Epsilon": "E", "Zeta": "Z", "Eta": "H",
    "Iota": "I", "Kappa": "K", "Mu": "M", "Nu": "N", "Omicron": "O", "Rho": "P", "Tau": "T",
    "Chi": "X", "final sigma": r"\varsigma",
}  # fmt: skip
WESTERN = frozenset(
    "\u00a1\u00a3\u00a7\u00ab\u00b6\u00bb\u00bf\u00c6\u00d0\u00d8\u00de\u00df"
    "\u00e6\u00f0\u00f8\u00fe\u0141\u0142\u0152\u0153"
)
ACCENTS = set("\u0300\u0301\u0302\u0303\u0308\u030a\u030b\u030c\u0327\u0328")
LIGATURES = re.compile(r"--+|,,+|''+")

_ARGUMENTS = r"\([^()\n]*\)"
for _ in range(3):  # so deep are the parentheses of a layer's text at most
    _ARGUMENTS = rf"\((?:[^()\n]|{_ARGUMENTS})*\)"
_OTHERS = "cv2|flax|jax|keras|matlab|mxnet|numpy|onnx|openvino|paddle|scipy|tf"  # frameworks
_PARTS = re.compile(
    rf"(?P<code>(?<![\w.])(?:(?:torch|nn|optim|F|{_OTHERS})\.[A-Za-z][\w.]*\w(?:{_ARGUMENTS})?"
    rf"|[A-Z][A-Za-z]\w*{_ARGUMENTS}|--?[a-z][\w-]*))"
    r"|(?P<index>(?<![\w.])(?:[CHWDLNK]_(?:in|out|[HWDL]))(?![\w.(=]))"
    r"|(?P<size>(?<![\w.])(?:<=|~)?\d+(?:x(?:<=|~)?\d+)+(?![\w.]))"
    r"|(?P<number>(?<![\w.)\]])(?:-\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+?\d+(?:\.\d+)?e[+-]?\d+)"
    r"(?![\w]|\.\d))"
    r"|(?P<compared>[<>]=|~(?=\d))"
)  # fmt: skip

# The widths of Computer Modern's letters, in em; of the typewriter's all are alike.
_WIDTHS = {
    letter: width / 1000
    for width, letters in {
        278: "ijl.,:;'!|[]/fI", 333: " -", 390: "rst()", 445: "cez", 556: "bdhnpuvxykS?",
        764: "ABCDEFGHKLNOPQRTUVXYZwJ=+<>&~\\", 834: "m%#", 1028: "WM@",
    }.items()
    for letter in letters
}  # fmt: skip
_TYPEWRITER, _OTHER, _WIDE = 0.525, 0.5, 1.0
_BREAKS = re.compile(r"(?<=[./_=(\[:-])(?=[A-Za-z])|(?<=[,;/])(?=\S)|(?<=[a-z0-9])(?=[A-Z][a-z])")
_POWER = re.compile(r"e([+-]?\d+)")
POWER, DIGIT_OF_POWER = 1.75, 0.4  # em of a power of ten without its exponent, and of a digit
LONG_WORD = 12  # letters of a word that may be broken behind its signs
LONGEST_WORD = 40  # letters of a word of a paragraph that is not broken
LONGEST_PIECE = 20  # letters of a word that is never broken


COMPARED = {"<=": r"\leq", ">=": r"\geq", "~": r"\sim"}
BREAK = r"\allowbreak{}"


class Written(NamedTuple):
    """Text in LaTeX, how wide it is in em, and the width of its widest part without a break."""

    latex: str
    width: float
    least: float

    @property
    def whole(self) -> str:
        """The text without breaks inside of words."""
        return self.latex.replace(BREAK, "")


def escape(written: str) -> str:
    """Text in which no character is a command, and no two of them are a ligature.

    >>> escape("50% of a_b^2"), escape("--all")
    ('50\\\\% of a\\\\_b\\\\textasciicircum{}2', '-{}-all')
    """
    parts = (
        "{}".join(part) if LIGATURES.fullmatch(part) else _characters(part)
        for part in re.split(f"({LIGATURES.pattern})", normalize("NFC", written))
    )
    return "".join(parts)


def _characters(written: str) -> str:
    return "".join(
        character if character.isalnum() and character.isascii() else _character(character)
        for character in written
    )


def _character(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if character in SIGNS:
        return rf"\ensuremath{{{SIGNS[character]}}}"
    if character.isascii() or is_chinese(character) or _is_western(character):
        return character
    greek = _greek(unicode_name(character, ""))
    if greek:
        return rf"\ensuremath{{{greek}}}"
    if 0x2500 <= ord(character) < 0x2580:
        return BOXES.get(character, "+")
    return f"U+{ord(character):04X}"


def _greek(name: str) -> str:
    """The letter of a Unicode name in mathematics; nothing for others, and those with accents."""
    match = GREEK.fullmatch(name)
    if not match:
        return ""
    letter = match[2].lower().replace("lamda", "lambda")
    letter = letter.capitalize() if match[1] == "CAPITAL" else letter
    return rf"\{letter}" if letter in LETTERS else LATIN.get(letter, "")


def _is_western(character: str) -> bool:
    if character in WESTERN:
        return True
    parts = normalize("NFD", character)
    return parts[0].isascii() and parts[0].isalpha() and set(parts[1:]) <= ACCENTS


def is_chinese(character: str) -> bool:
    """Whether a character needs the packages for Chinese.

    >>> is_chinese("中"), is_chinese("，"), is_chinese("é")
    (True, True, False)
    """
    at = ord(character)
    return 0x2E80 <= at < 0xA000 or 0xF900 <= at < 0xFB00 or 0xFE30 <= at < 0xFE50 or (
        0xFF00 <= at < 0xFFEF or 0xAC00 <= at < 0xD7B0 or 0x20000 <= at < 0x32000
    )  # fmt: skip


def prose(written: str) -> Written:
    """A text of people: code upright, 3x5 a product, negative numbers with a minus.

    >>> prose("nn.ReLU() of 3x5").latex
    '\\\\texttt{nn.ReLU()} of $3 \\\\times 5$'
    """
    return joined(list(_prose_parts(written)))


def _prose_parts(written: str) -> Iterator[Written]:
    return (_KINDS[kind](part) for kind, part in parts(written))


def parts(written: str) -> Iterator[tuple[str, str]]:
    """The parts of a text with their kinds: code, index, size, number, compared; "" of the others.

    >>> list(parts("a 3x5 grid"))
    [('', 'a '), ('size', '3x5'), ('', ' grid')]
    """
    at = 0
    for match in _PARTS.finditer(written):
        yield "", written[at : match.start()]
        at = match.end()
        yield str(match.lastgroup), match[0]
    yield "", written[at:]


def paragraph(written: str) -> str:
    """A text that is broken into lines, in its long words only where one alone is too long."""
    is_long = max(map(len, written.split()), default=0) > LONGEST_WORD
    return prose(written).latex if is_long else prose(written).whole


def code(written: str) -> Written:
    """Code in typewriter letters."""
    latex, width, least = _broken(written, _TYPEWRITER)
    return Written(rf"\texttt{{{latex}}}" if latex else "", width, least)


def _plain(written: str) -> Written:
    return _broken(written)


def _broken(written: str, each: float | None = None) -> Written:
    """Text that may be broken at its spaces, and long words behind their signs."""
    least, words = 0.0, []
    for word in re.split(r"(\s+)", written):
        parts = list(_pieces(word)) if len(word) > LONG_WORD else [word]
        least = max(least, *(letters_width(part, each) for part in parts))
        words.append(BREAK.join(map(escape, parts)))
    return Written("".join(words), letters_width(written, each), least)


def _pieces(word: str) -> Iterator[str]:
    """The parts of a long word between which a line may end."""
    for part in _BREAKS.split(word):
        yield from (part[at : at + LONGEST_PIECE] for at in range(0, len(part), LONGEST_PIECE))


def letters_width(written: str, each: float | None = None) -> float:
    """About how wide a text is, in em; with `each` so wide is every letter."""
    if each is not None and written.isascii():
        return each * len(written)
    return sum(
        _WIDE if is_chinese(letter) else each or _WIDTHS.get(letter, _OTHER) for letter in written
    )


def joined(parts: list[Written], between: str = "") -> Written:
    """The parts as one."""
    space = letters_width(between)
    parts = [part for part in parts if part.latex]
    if not parts:
        return Written("", 0, 0)
    return Written(
        between.join(part.latex for part in parts),
        sum(part.width for part in parts) + space * (len(parts) - 1),
        max(part.least for part in parts),
    )


def _index(written: str) -> Written:
    word, _, subscript = written.partition("_")
    inner = subscript if len(subscript) == 1 else rf"\mathrm{{{subscript}}}"
    width = letters_width(word) + 0.7 * letters_width(subscript) + 0.1
    return Written(f"${word}_{{{inner}}}$", width, width)


def _size(written: str) -> Written:
    numbers = written.split("x")
    width = letters_width("".join(numbers)) + 1.23 * (len(numbers) - 1)
    latex = r" \times ".join(numbers)
    for sign, command in COMPARED.items():
        latex = latex.replace(sign, f"{command} ")
    longest = letters_width(max(numbers, key=len)) + 1
    return Written(f"${latex}$", width, longest)


def _number(written: str) -> Written:
    width = number_width(written)
    return Written(f"${number_latex(written)}$", width, width)


def number_latex(written: str) -> str:
    """A number or a percentage in mathematics, its power of ten as one.

    >>> number_latex("-1.5e-07"), number_latex("12%")
    ('-1.5 \\\\cdot 10^{-7}', '12\\\\%')
    """
    mantissa, _, exponent = written.partition("e")
    latex = rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa
    return latex.replace("%", r"\%")


def number_width(written: str) -> float:
    """About how wide a number is in mathematics, in em."""
    powers = _POWER.findall(written)
    mantissa = _POWER.sub("", written)
    signs = sum(map(mantissa.count, "+-"))
    return (
        letters_width(mantissa)
        + 0.6 * signs
        + sum(POWER + DIGIT_OF_POWER * len(each) for each in powers)
    )


def _compared(written: str) -> Written:
    return Written(f"${COMPARED[written]}$", 0.78, 0.78)


_KINDS: dict[str, Callable[[str], Written]] = {
    "": _plain,
    "code": code,
    "index": _index,
    "size": _size,
    "number": _number,
    "compared": _compared,
}
