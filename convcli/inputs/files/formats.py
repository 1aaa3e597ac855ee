"""The formats of arrays: their suffixes, and the function that reads each."""

from __future__ import annotations

import os
from importlib import import_module
from typing import NamedTuple

from convcli.inputs.files.request import Reader


class Format(NamedTuple):
    """`reader` is the function in a module of this package, imported when a file is read.

    `member` says what may follow the path and a colon; empty where nothing may.
    """

    suffixes: tuple[str, ...]
    reader: str
    member: str = ""

    def read(self) -> Reader:
        """The function that reads a file of this format."""
        module, _, function = self.reader.partition(":")
        found: Reader = getattr(import_module(f"{__package__}.{module}"), function)
        return found


PICTURES = (
    ".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".gif", ".webp", ".pgm", ".ppm", ".pbm",
    ".pnm", ".pfm",
)  # fmt: skip
_FORMATS = (
    Format((".npy",), "npy:read_npy_file"),
    Format((".csv", ".tsv", ".txt"), "texts:read_csv", "columns, by name or number"),
    Format((".json",), "texts:read_json", "the name of an array"),
    Format((".npz",), "archives:read_npz", "the name of an array"),
    Format((".safetensors",), "tensor_files:read_safetensors", "the name of a tensor"),
    Format((".pt", ".pth", ".ckpt", ".bin"), "torch_files:read_torch_file", "the name of a tensor"),
    Format((".nii.gz", ".nii"), "nifti_files:read_nifti", "what time and vectors are"),
    Format((".h5", ".hdf5"), "stores.inputs:read_hdf5", "the path of a dataset"),
    Format((".wav", ".wave"), "wav_files:read_wav", "the number of a channel"),
    Format(PICTURES, "pictures:read_picture", "a page, or the form of the channels"),
)
FORMATS = {suffix: each for each in _FORMATS for suffix in each.suffixes}
SUFFIXES = tuple(FORMATS)


def suffix_of(path: str) -> str:
    """The known suffix of a path, or what follows its last dot, in lower case.

    >>> suffix_of("brain.NII.gz"), suffix_of("notes.md")
    ('.nii.gz', '.md')
    """
    lower = path.lower()
    known = next((suffix for suffix in SUFFIXES if lower.endswith(suffix)), None)
    return known or os.path.splitext(lower)[1]


def split_member(text: str) -> tuple[str, str]:
    """`x.npz:name` as its path and its member; a path that exists is the first part alone.

    A colon divides behind a known suffix, so that of a drive (`C:\\\\x.npz:name`) does not. Of
    several, the first behind a path that exists.

    >>> split_member("C:\\\\x.npz:conv.weight")
    ('C:\\\\x.npz', 'conv.weight')
    >>> split_member("x.png")
    ('x.png', '')
    """
    if os.path.lexists(text):
        return text, ""
    colons = [at for at, character in enumerate(text) if character == ":"]
    splits = [(text[:at], text[at + 1 :]) for at in colons if text[:at].lower().endswith(SUFFIXES)]
    existing = (split for split in splits if os.path.lexists(split[0]))
    return next(existing, splits[0] if splits else (text, ""))
