"""Whether the files of a store lie in its folder, wherever the links on their way lead."""

from __future__ import annotations

import os

MOST_FOLDERS = 4096  # that are remembered


class StoreFolder:
    """The folder of a store; the folders inside it are looked at once.

    >>> StoreFolder("/data/x.zarr").holds("/data/x.zarr/../y.zarr/0")
    False
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.realpath(path)
        self._inside: dict[str, bool] = {}

    def holds(self, path: str) -> bool:
        """Whether a file of the store, or what a link in its place names, lies in the folder."""
        if os.path.islink(path):
            return self._holds(path)
        folder = os.path.dirname(path)
        if folder not in self._inside:
            if len(self._inside) >= MOST_FOLDERS:
                self._inside.clear()
            self._inside[folder] = self._holds(folder)
        return self._inside[folder]

    def _holds(self, path: str) -> bool:
        return os.path.commonpath((os.path.realpath(path), self.path)) == self.path
