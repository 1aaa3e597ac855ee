"""The notebooks of the documentation: their outputs, which are executed and stored.

python -m tools.notebooks            exit 1 if an output is out of date
python -m tools.notebooks --write    execute every notebook, and store its outputs
python -m tools.notebooks --html FOLDER    execute, and write them as HTML with the pages in frames

The frame of a page is not stored: it would be most of the file, and GitHub does not show it. The
packages of the extra `notebook-tests` are needed.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from convcli.report.words.vocabulary import TAGS, Words

ROOT = Path(__file__).parent.parent
NOTEBOOKS = (
    ROOT / "docs" / "notebooks" / "convolutions.ipynb",
    ROOT / "docs" / "zh" / "notebooks" / "convolutions.ipynb",
)
FRAME = re.compile(r'<iframe class="convcli".*?</iframe>\n<script>.*?</script>', re.DOTALL)
IN_PLACE_OF_FRAME = {
    language: f"<p><em>{Words(language)('notebook.run_cell')}</em></p>" for language in TAGS
}
TIMEOUT = 120  # seconds for a cell


def executed(path: Path) -> Any:
    """The notebook with the outputs of all its cells, run in an empty folder."""
    import nbformat
    from nbclient import NotebookClient

    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ.pop("CONVCLI_LANG", None)
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = folder
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT,
            record_timing=False,
            resources={"metadata": {"path": folder}},
        )
        client.execute()
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def stored(notebook: Any, path: Path) -> str:
    """The text of a notebook's file: without frames."""
    language = "zh" if "zh" in path.relative_to(ROOT).parts else "en"
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for form, text in data.items():
                joined = "".join(text) if isinstance(text, list) else text
                if form == "text/html":
                    joined = FRAME.sub(IN_PLACE_OF_FRAME[language], joined)
                data[form] = joined.splitlines(keepends=True)
            if isinstance(output.get("text"), str):
                output["text"] = output["text"].splitlines(keepends=True)
        if isinstance(cell["source"], str):
            cell["source"] = cell["source"].splitlines(keepends=True)
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def html(notebook: Any) -> str:
    """The notebook as a page that loads nothing."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(require_js_url="", jquery_url="", mathjax_url="")
    body, _ = exporter.from_notebook_node(notebook)
    return re.sub(r"<script[^>]*\bsrc=[^>]*></script>", "", str(body))


def main() -> int:
    options = sys.argv[1:]
    outdated = []
    for path in NOTEBOOKS:
        notebook = executed(path)
        if options[:1] == ["--html"]:
            name = "-".join(path.relative_to(ROOT).with_suffix(".html").parts)
            Path(options[1], name).write_text(html(notebook), "utf-8")
            continue
        text = stored(notebook, path)
        if text != path.read_text("utf-8"):
            outdated.append(str(path.relative_to(ROOT)))
            if options == ["--write"]:
                path.write_text(text, "utf-8")
    for name in outdated:
        print(f"{name}: {'written' if options == ['--write'] else 'out of date'}")
    return int(bool(outdated) and options != ["--write"])


if __name__ == "__main__":
    sys.exit(main())
