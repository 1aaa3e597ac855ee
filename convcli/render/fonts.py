"""A font with Chinese on this machine, in the folders where systems keep fonts."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Font(NamedTuple):
    """A font: its file, and its place in a file of several."""

    path: str
    place: int = 0


# The files of fonts with simplified Chinese, the best ones first, and the place in a collection.
CHINESE: dict[str, int] = {
    "NotoSansCJK-Regular.ttc": 2,
    "NotoSansCJKsc-Regular.otf": 0,
    "NotoSansSC-Regular.otf": 0,
    "NotoSansSC-Regular.ttf": 0,
    "NotoSansSC[wght].ttf": 0,
    "NotoSansSC-VF.ttf": 0,
    "SourceHanSansSC-Regular.otf": 0,
    "SourceHanSansCN-Regular.otf": 0,
    "SourceHanSans.ttc": 0,
    "msyh.ttc": 0,
    "msyh.ttf": 0,
    "Deng.ttf": 0,
    "simhei.ttf": 0,
    "simsun.ttc": 0,
    "PingFang.ttc": 0,
    "Hiragino Sans GB.ttc": 0,
    "STHeiti Light.ttc": 0,
    "STHeiti Medium.ttc": 0,
    "wqy-microhei.ttc": 0,
    "wqy-zenhei.ttc": 0,
    "DroidSansFallbackFull.ttf": 0,
    "DroidSansFallback.ttf": 0,
    "Arial Unicode.ttf": 0,
    "ARIALUNI.TTF": 0,
    "uming.ttc": 0,
}


def folders() -> Iterator[Path]:
    """Where this system keeps fonts; not all of them need exist."""
    home = Path.home()
    if sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"
        if "LOCALAPPDATA" in os.environ:
            yield Path(os.environ["LOCALAPPDATA"]) / "Microsoft" / "Windows" / "Fonts"
    elif sys.platform == "darwin":
        yield from (home / "Library" / "Fonts", Path("/Library/Fonts"), Path("/System/Library"))
    else:
        data = os.environ.get("XDG_DATA_HOME") or home / ".local" / "share"
        yield from (Path(data) / "fonts", home / ".fonts")
        shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
        yield from (Path(each) / "fonts" for each in shared.split(":") if each)


@cache
def chinese_font() -> Font | None:
    """The best font with Chinese that is found; None where there is none."""
    found: dict[str, str] = {}
    for folder in folders():
        for place, _, names in os.walk(folder):
            for name in names:
                if name in CHINESE:
                    found.setdefault(name, os.path.join(place, name))
    for name, index in CHINESE.items():
        if name in found:
            return Font(found[name], index)
    return None
