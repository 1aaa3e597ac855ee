"""What torch says of a state_dict that does not fit a model."""

from __future__ import annotations

import re

from convcli.engine.diagnosis.states import Mismatch, loaded
from convcli.engine.diagnosis.values import Diagnosis
from convcli.inputs.messages.rows import Row
from convcli.inputs.messages.templates import known_shape

_SIZE = r"torch\.Size\(\[[^\]]*\]\)|\([^)]*\)|\[[^\]]*\]"
_SHAPES = re.compile(
    r"size\s+mismatch\s+for\s+(?P<key>[^\s:]+):\s+copying\s+a\s+param\s+with\s+shape\s+"
    rf"(?P<there>{_SIZE})\s+from\s+checkpoint,\s+(?:where\s+)?the\s+shape\s+(?:in|is)\s+"
    rf"(?:current\s+model\s+is\s+)?(?P<here>{_SIZE})"
)
_OLD = re.compile(
    r"While copying the parameter named \"?(?P<key>[^\s\",]+)\"?, "
    r"whose dimensions in the model are "
    r"(?P<here>torch\.Size\(\[[^\]]*\]\)) and whose dimensions in the checkpoint are "
    r"(?P<there>torch\.Size\(\[[^\]]*\]\))"
)
_MISSING = re.compile(r"Missing\s+key\(s\)\s+in\s+state_dict:(?P<keys>(?:\s*\"[^\"]+\",?)+)")
_UNEXPECTED = re.compile(r"Unexpected\s+key\(s\)\s+in\s+state_dict:(?P<keys>(?:\s*\"[^\"]+\",?)+)")


def _state(text: str) -> Diagnosis | None:
    items = [
        Mismatch(
            found["key"],
            known_shape(found["there"]),
            known_shape(found["here"]),
        )
        for pattern in (_SHAPES, _OLD)
        for found in pattern.finditer(text)
    ]
    missing, unexpected = (_keys(pattern, text) for pattern in (_MISSING, _UNEXPECTED))
    if not (items or missing or unexpected):
        return None
    return loaded(items, missing, unexpected)


def _keys(pattern: re.Pattern[str], text: str) -> list[str]:
    return [
        key for found in pattern.finditer(text) for key in re.findall(r'"([^"]+)"', found["keys"])
    ]


ROWS = (
    Row("torch", "state_dict", lambda text, **_: _state(text), (
        "Error(s) in loading state_dict for {model:name}:{text:all}",
    )),
    Row("torch", "state_dict", lambda text, key: _state(f"size mismatch for {key}: {text}"), (
        "size mismatch for {key:name}: {text:all}",
    )),
    Row("torch", "state_dict", lambda text: _state(f"While copying the parameter named {text}"), (
        "While copying the parameter named {text:all}",
    )),
)  # fmt: skip
