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
EXTRAS = (
    "torch",
    "image",
    "tiff",
    "safetensors",
    "nifti",
    "onnx",
    "yaml",
    "pdf",
    "zarr",
    "s3",
    "hdf5",
    "n5",
    "cluster",
)
HEAD = """# Licences

convcli is under the [MIT licence](../LICENSE). It contains no code of other projects; pip installs
what it needs. These are the packages that `pip install convcli` and its extras name, with the
licences that the packages declare. `python -m tools.licenses --write` writes this page.

| package | versions | installed by | licence |
| --- | --- | --- | --- |
"""
BEHIND = """
These are the packages that pip installs because those require them, on Linux and for the versions
that the page was written with. The newest versions, and other systems, may require others: a build
of torch for CUDA brings NVIDIA's libraries, under NVIDIA's licences.

| package | required by | licence |
| --- | --- | --- |
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


def behind() -> dict[str, list[str]]:
    """Each package that the named ones require, directly or not, and which packages require it."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    named = {canonicalize_name(name) for name, _, _ in packages()}
    found: dict[str, list[str]] = {}
    pending = sorted(named)
    while pending:
        package = pending.pop(0)
        for text in distribution(package).requires or ():
            requirement = Requirement(text)
            name = canonicalize_name(requirement.name)
            marker = requirement.marker
            if name in named or (marker is not None and not marker.evaluate({"extra": ""})):
                continue
            if name not in found:
                pending.append(name)
            found.setdefault(name, []).append(package)
    return found


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
    others = [
        f"| {name} | {', '.join(sorted(set(parents)))} | {licence(distribution(name))} |"
        for name, parents in sorted(behind().items())
    ]
    return "\n".join((HEAD + "\n".join(rows), BEHIND + "\n".join(others), ""))


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
