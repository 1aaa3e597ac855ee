"""The texts on printed sheets of exercises."""

from __future__ import annotations

ENGLISH = {
    "sheet.category": "Convolutions",
    "sheet.date": "Date",
    "sheet.name": "Name",
    "sheet.or": " or ",
    "sheet.points": "Points",
    "sheet.question": "{title} {number} ({level}, sheet {seed})",
}

CHINESE = {
    "sheet.category": "卷积",
    "sheet.date": "日期",
    "sheet.name": "姓名",
    "sheet.or": " 或 ",
    "sheet.points": "得分",
    "sheet.question": "{title} {number}（{level}，第 {seed} 套）",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
