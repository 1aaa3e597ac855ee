"""The texts of what a notebook displays."""

from __future__ import annotations

ENGLISH = {
    "notebook.frame": "{line}: the page of convcli show",
    "notebook.left": "{limit} of {total} {noun}; at=... shows the one that you name",
    "notebook.run_cell": "Run this cell to see the page.",
    "notebook.rounded": "rounded to six digits; the object has all of them",
}

CHINESE = {
    "notebook.frame": "{line}：convcli show 的页面",
    "notebook.left": "共 {total} {noun}，只显示了 {limit} 个；用参数 at=... 指定其中一个",
    "notebook.run_cell": "运行这个单元格就能看到页面。",
    "notebook.rounded": "小数保留六位有效数字；对象本身保存全部数位",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}
