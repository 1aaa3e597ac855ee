"""The texts for people in every language; they may hold fields.

A key names its text: `words("output")`, `words("channel", channel=3)`, and where a number decides
on the form `words.amount("planes.more", 3)`: the forms for one and for more stand side by side,
`{count} more plane | {count} more planes`. The part of a key before its first dot names the file of
this folder that has it; the texts of several commands are in en.py and zh.py. To add a text, give
it the same key in every language. Names of options, of PyTorch's parameters and of keys in machine
formats are not translated.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from convcli.report.quantities import Phrase

TAGS = {"en": "en", "zh": "zh-Hans"}  # the languages, as HTML and XML name them
NAMES = {"en": "English", "zh": "中文"}  # as those who speak them say
PAGE = "page"  # the part of the page of `show`
PAGES = (PAGE, "network", "learning")  # whose scripts know the keys without the part
PARTS = (  # those with a file of their own
    "causes",
    "check",
    "exercise",
    "explain",
    "fixes",
    "flip",
    "foreign",
    "grad",
    "help",
    "init",
    "learn",
    "mistakes",
    "notebook",
    *PAGES,
    "port",
    "progress",
    "run",
    "says",
    "shape",
    "sheet",
    "solve",
    "stack",
    "stores",
    "workers",
)
FORMS = " | "  # between the text for one and the text for more


class Words(NamedTuple):
    """The words of one language, which a command hands on to the views.

    >>> Words("en")("channel", channel=3), Words("zh")("channel", channel=3)
    ('channel 3', '通道 3')
    """

    language: str = "en"

    def __call__(self, key: str, /, **fields: Any) -> str:
        """The text at `key` with its fields filled in."""
        return self._text(key).format(**fields)

    def amount(self, key: str, count: int, /, **fields: Any) -> str:
        """The text at `key` in the form for so many, with its fields and `count` filled in.

        >>> Words("en").amount("planes.more", 1), Words("en").amount("planes.more", 2)
        ('1 more plane', '2 more planes')
        """
        one, _, more = self._text(key).partition(FORMS)
        return (more if more and count != 1 else one).format(count=count, **fields)

    def phrase(self, key: str, /, **values: Any) -> Phrase:
        """The text at `key` with raw values for its fields."""
        from convcli.report.quantities import Phrase

        return Phrase(self._text(key), values)

    def _text(self, key: str) -> str:
        return texts(self.language, part_of(key))[key]

    def of_help(self, english: str) -> str:
        """What `--help` says for an English text; the text where it needs no translation.

        >>> Words("zh").of_help("output channels"), Words("zh").of_help("mse, sse, l1, bce")
        ('输出通道数', 'mse, sse, l1, bce')
        """
        if self == ENGLISH:
            return english
        from convcli.report.words.help import BY_ENGLISH

        return BY_ENGLISH[self.language].get(english, english)

    @property
    def for_page(self) -> dict[str, str]:
        """The texts of the page, by their keys there."""
        return self.for_script(PAGE)

    def for_script(self, page: str) -> dict[str, str]:
        """The texts of one of the PAGES, by their keys there."""
        return _by_language(page)[self.language]

    @property
    def tag(self) -> str:
        """The language as HTML and XML name it."""
        return TAGS[self.language]

    @property
    def characters(self) -> str:
        """Every character that the texts need."""
        return "".join(sorted(set("".join(every_text(self.language).values()))))


def in_every_language(page: str) -> dict[str, dict[str, Any]]:
    """The languages of a page by their tags: each with its name and the texts of the page."""
    return {
        tag: {"name": NAMES[language], "texts": Words(language).for_script(page)}
        for language, tag in TAGS.items()
    }


def part_of(key: str) -> str:
    """The part that has a key: the name of a file, or "" for the texts of several commands.

    >>> part_of("page.legend.window"), part_of("output")
    ('page', '')
    """
    first = key.partition(".")[0]
    return first if first in PARTS else ""


@cache
def texts(language: str, part: str) -> dict[str, str]:
    """The texts of one part in a language; its file is read when it is first asked for."""
    if not part:
        general: dict[str, str] = import_module(f"convcli.report.words.{language}").TEXTS
        return general
    in_part = _by_language(part)[language]
    return {f"{part}.{key}": text for key, text in in_part.items()} if part in PAGES else in_part


def _by_language(part: str) -> dict[str, dict[str, str]]:
    by_language: dict[str, dict[str, str]] = import_module(f"convcli.report.words.{part}").TEXTS
    return by_language


def every_text(language: str) -> dict[str, str]:
    """All texts of a language by their keys."""
    return {key: text for part in ("", *PARTS) for key, text in texts(language, part).items()}


ENGLISH = Words("en")
