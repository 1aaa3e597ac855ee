"""What hatchling packs is what git holds, and the compiled kernel where there is a C compiler.

Untracked files of a checkout are left out. Without git, as in an unpacked sdist, everything is
packed that pyproject.toml names. A checkout that is installed in place (`pip install -e`) keeps all
of its files. A wheel without the kernel is for every platform; CONVCLI_NATIVE=0 makes one.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NATIVE = "convcli/engine/compute/native"
SPECIAL = "\\*?[!# "  # of the patterns of .gitignore


class OnlyTracked(BuildHookInterface):  # type: ignore[type-arg]
    """Excludes untracked files, and packs the help pages one by one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the files are collected; changes which ones are."""
        root = Path(self.root)
        if self.target_name == "wheel" and os.environ.get("CONVCLI_NATIVE") != "0":
            self._compile(root, version == "editable", build_data)
        if version == "editable":
            return
        untracked = self._untracked(root)
        settings = self.build_config.target_config
        settings["exclude"] = [*settings.get("exclude", ()), *map(pattern_of, untracked)]
        settings["force-include"] = {
            f"{source}/{name}": f"{target}/{name}"
            for source, target in settings.get("force-include", {}).items()
            for name in names_below(root / source)
            if f"{source}/{name}" not in untracked
        }

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called after the files are packed."""
        if hasattr(self, "work"):
            self.work.cleanup()

    def _compile(self, root: Path, in_place: bool, build_data: dict[str, Any]) -> None:
        """Add the compiled kernel to the wheel; an installation in place gets it in the checkout.

        The kernel knows nothing of Python: a wheel of a platform is for every version.
        """
        build = runpy.run_path(str(root / NATIVE / "build.py"))["build"]
        if in_place:
            build()
            return
        self.work = tempfile.TemporaryDirectory()
        library = build(Path(self.work.name))
        if library is None:
            return
        build_data["force_include"][str(library)] = f"{NATIVE}/{library.name}"
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"], build_data["tag"] = False, f"py3-none-{platform}"

    def _untracked(self, root: Path) -> list[str]:
        try:
            untracked = untracked_files(root)
        except (OSError, subprocess.CalledProcessError) as error:
            self.app.display_warning(f"untracked files may be packed: git fails: {error}")
            return []
        for name in untracked:
            self.app.display_warning(f"untracked, not packed: {name!r}")
        return untracked


def untracked_files(root: Path) -> list[str]:
    """The files below `root` that git neither holds nor ignores; none outside a checkout."""
    if not (root / ".git").exists():
        return []
    # hatchling reads this .gitignore too, but not the other places where git keeps such patterns
    command = ["git", "ls-files", "--others", "--exclude-from=.gitignore", "-z"]
    names = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
    return sorted(name for name in names.decode("utf-8", "surrogateescape").split("\0") if name)


def names_below(folder: Path) -> list[str]:
    """The files below a folder, by their path from it, sorted."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def pattern_of(name: str) -> str:
    """The pattern of .gitignore that matches this file alone."""
    return "/" + "".join(f"\\{letter}" if letter in SPECIAL else letter for letter in name)
