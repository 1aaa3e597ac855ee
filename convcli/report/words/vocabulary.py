"""The texts of `trace`, `show` and `matrix` for people, in every language; they may hold fields.

To add a text, give it a key in every language of WORDS and ask for it: `words("output")`, or
`words("channel", channel=3)`. Names of options, of PyTorch's parameters and of keys in machine
formats are not translated.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from convcli.report.quantities import Phrase
from convcli.report.words.en import ENGLISH_WORDS
from convcli.report.words.page import PAGE_WORDS
from convcli.report.words.zh import CHINESE_WORDS

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

    def phrase(self, key: str, /, **values: Any) -> Phrase:
        """The text at `key` with raw values for its fields."""
        return Phrase(WORDS[self.language][key], values)

    @property
    def for_page(self) -> dict[str, str]:
        """The texts of the page, by their keys there."""
        return PAGE_WORDS[self.language]

    @property
    def tag(self) -> str:
        """The language as HTML and XML name it."""
        return TAGS[self.language]

    @property
    def characters(self) -> str:
        """Every character that the texts need."""
        return "".join(sorted(set("".join(WORDS[self.language].values()))))


ENGLISH = Words("en")
