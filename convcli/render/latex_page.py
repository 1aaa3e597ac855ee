"""What stands around LaTeX's text: the packages of a fragment, or a whole document."""

from __future__ import annotations

from convcli.render import Style
from convcli.render.latex_text import is_chinese

PACKAGES = "amsmath, array, booktabs, longtable, pict2e, textcomp"
CHINESE = "ctex (with xelatex or lualatex)"
PAGE, STANDALONE = 34.4, 43.0  # em of a line in an article, and in a document of our own
ENDING = "\\end{document}\n"
_LETTERS = r"""\usepackage{iftex}
\ifPDFTeX
  \usepackage[T1]{fontenc}
\fi
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
"""
_WESTERN = rf"""\documentclass[a4paper]{{article}}
{_LETTERS}"""
_CHINESE = r"""% !TeX program = xelatex
\documentclass[a4paper]{ctexart}
"""
# Without lmodern the letters of T1 are pictures, which print well and look bad on a screen.
_SHEET_LETTERS = r"""\IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{}
"""
_SHEET = r"""\usepackage[margin=2cm]{geometry}
\usepackage{amsmath,array,booktabs,longtable,textcomp}
\setlength{\parindent}{0pt}
\setlength{\parskip}{5pt}
"""
_PREAMBLE = r"""\usepackage[margin=2.5cm]{geometry}
\usepackage{amsmath,array,booktabs,longtable,pict2e,textcomp}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\pagestyle{plain}
\begin{document}
"""


def room(style: Style) -> float:
    """The em of a line."""
    return STANDALONE if style.standalone else PAGE


def beginning(style: Style, body: str) -> str:
    """What stands before a body: for a fragment the packages that it needs.

    A document with Chinese letters is for XeLaTeX or LuaLaTeX, others for pdfLaTeX too.
    """
    has_chinese = style.words.language == "zh" or any(map(is_chinese, body))
    if style.standalone:
        return (_CHINESE if has_chinese else _WESTERN) + _PREAMBLE
    return f"% packages: {PACKAGES}{f', {CHINESE}' if has_chinese else ''}\n"


def sheet_beginning(style: Style, macros: str) -> str:
    """What stands before the body of a sheet on A4, in letters of 11 points."""
    preamble = _CHINESE if style.words.language == "zh" else _WESTERN
    preamble = preamble.replace("[a4paper]", "[a4paper,11pt]").replace(_LETTERS, _SHEET_LETTERS)
    return f"{preamble}{_SHEET}{macros}\\begin{{document}}\n"
