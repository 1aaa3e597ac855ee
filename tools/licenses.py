"""docs/licenses.md: the packages that convcli may load, and their licences, as they declare them.

python -m tools.licenses            exit 1 if the page lacks a package
python -m tools.licenses --write    write it; every package must be installed
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "licenses.md"
EXTRAS = ("torch", "image", "tiff", "safetensors", "nifti", "onnx", "yaml")
HEAD = """# Licences

convcli is under the [MIT licence](../LICENSE). It contains no code of other projects; pip installs
what it needs. These are the packages that `pip install convcli` and its extras name, with the
licences that the packages declare. `python -m tools.licenses --write` writes this page.

| package | versions | installed by | licence |
| --- | --- | --- | --- |
"""
_NAME = re.compile(r"(?P<name>[\w-]+)(?P<versions>.*)")


def packages() -> Iterator[tuple[str, str, str]]:
    """Name, versions and the command of pip, of each package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = {"convcli": project["dependencies"]}
    groups |= {f"convcli[{extra}]": project["optional-dependencies"][extra] for extra in EXTRAS}
    for group, entries in groups.items():
        for entry in sorted(entries):
            match = _NAME.fullmatch(entry)
            if match:
                yield match["name"], match["versions"], group


def licence(package: Distribution) -> str:
    """What the metadata says: an SPDX expression, else the classifiers, else the first line."""
    metadata = package.metadata
    if metadata.get("License-Expression"):
        return str(metadata["License-Expression"])
    classifiers = metadata.get_all("Classifier") or []
    names = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License ::")]
    return ", ".join(names) or str(metadata.get("License", "")).partition("\n")[0] or "not declared"


def page() -> str:
    """The whole page."""
    rows = [
        f"| {name.lower()} | {versions} | `{group}` | {licence(distribution(name))} |"
        for name, versions, group in packages()
    ]
    return HEAD + "\n".join(rows) + "\n"


def main() -> int:
    """Write the page, or look whether it has a row for each package and its versions."""
    if sys.argv[1:] == ["--write"]:
        try:
            PAGE.write_text(page(), "utf-8")
        except PackageNotFoundError as error:
            raise SystemExit(
                f"{error.name} is not installed: make .venv/installed-for-tests"
            ) from None
        return 0
    text = PAGE.read_text("utf-8")
    missing = [name for name, versions, _ in packages() if f"| {name} | {versions} |" not in text]
    if missing:
        print(f"docs/licenses.md lacks {', '.join(missing)}: run python -m tools.licenses --write")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
