"""What hatchling packs is what git holds: untracked files of a checkout are left out.

Without git, as in an unpacked sdist, everything is packed that pyproject.toml names. A checkout
that is installed in place (`pip install -e`) keeps all of its files.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SPECIAL = "\\*?[!# "  # of the patterns of .gitignore


class OnlyTracked(BuildHookInterface):  # type: ignore[type-arg]
    """Excludes untracked files, and packs the help pages one by one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the files are collected; changes which ones are."""
        if version == "editable":
            return
        root = Path(self.root)
        untracked = self._untracked(root)
        settings = self.build_config.target_config
        settings["exclude"] = [*settings.get("exclude", ()), *map(pattern_of, untracked)]
        settings["force-include"] = {
            f"{source}/{name}": f"{target}/{name}"
            for source, target in settings.get("force-include", {}).items()
            for name in names_below(root / source)
            if f"{source}/{name}" not in untracked
        }

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
