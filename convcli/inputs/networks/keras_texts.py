"""Whether a text or data is a model of Keras: code of a Sequential, a summary, or JSON."""

from __future__ import annotations

import re
from typing import Any

_CLASSES = re.compile(
    r"\b(?:(?:Depthwise|Separable)?Conv[123]D(?:Transpose)?|(?:Max|Average|Avg)Pool(?:ing)?[123]D"
    r"|Global(?:Max|Average|Avg)Pool(?:ing)?[123]D|Dense|BatchNormalization|ZeroPadding[123]D)\s*\("
)
_MODEL = re.compile(r"\bSequential\s*\(|\.add\s*\(")
_SUMMARY = re.compile(r"Layer\s*\(type\).*Param\s*#", re.DOTALL)


def is_keras(text: str) -> bool:
    """Whether a text is code of a Sequential of Keras, a printed summary, or to_json().

    >>> is_keras("keras.Sequential([Conv2D(8, 3), Flatten()])")
    True
    >>> is_keras("nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten())")
    False
    """
    if is_json(text):
        return True
    return is_summary(text) or bool(_MODEL.search(text) and _CLASSES.search(text))


def is_json(text: str) -> bool:
    """Whether a text is what model.to_json() makes."""
    return text.startswith("{") and '"class_name"' in text and '"config"' in text


def is_summary(text: str) -> bool:
    """Whether a text is what model.summary() prints."""
    return bool(_SUMMARY.search(text[:5000]))


def is_keras_data(data: Any) -> bool:
    """Whether data of JSON is a model of Keras."""
    return isinstance(data, dict) and "class_name" in data and isinstance(data.get("config"), dict)
