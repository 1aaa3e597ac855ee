"""The layout of a framework's weight, and the NumPy expressions between it and torch's."""

from __future__ import annotations

from typing import NamedTuple


class WeightLayout(NamedTuple):
    """The letters of a weight's axes, and expressions in `w` that make it of torch's, and back.

    `flip` says whether the kernel is read backwards, against torch.
    """

    layout: str
    from_torch: str
    to_torch: str
    flip: bool


def weight_layout(
    letters: str, torch: str, flips: bool, channels: int, groups: int = 1
) -> WeightLayout:
    """The layout whose axes are `letters`, where torch's are those of `torch`.

    `channels` are those of the input, of which a depthwise weight (*kernel, I, M) has M outputs
    each.

    >>> weight_layout("HWIO", "OIHW", False, 3).from_torch
    'w.transpose(2, 3, 1, 0)'
    >>> weight_layout("HWIM", "OIHW", False, 3).to_torch
    'w.transpose(2, 3, 0, 1).reshape(-1, 1, *w.shape[:2])'
    >>> weight_layout("L", "OIL", True, 1).from_torch
    'w[0, 0, ::-1]'
    """
    spatial = torch[2:]
    backwards = ", ".join(["::-1"] * len(spatial))
    flipped = f"[..., {backwards}]" if flips else ""
    if not set(letters) & set("OI"):
        taken, added = ("w[0, 0", "w[None, None") if flips else ("w[0, 0]", "w[None, None]")
        ends = f", {backwards}]" if flips else ""
        return WeightLayout(letters, taken + ends, added + ends, flips)
    if "M" in letters:
        inner = "IM" + spatial
        apart = f"w{flipped}.reshape({channels}, -1, *w.shape[2:])"
        together = f".reshape(-1, 1, *w.shape[:{len(spatial)}]){flipped}"
        from_torch, to_torch = _moved(inner, letters), _moved(letters, inner)
        return WeightLayout(letters, apart + from_torch, f"w{to_torch}{together}", flips)
    if "G" in letters:
        apart, together = f"w.reshape({groups}, -1, *w.shape[1:])", "w.reshape(-1, *w.shape[2:])"
        return WeightLayout(letters, apart, together, flips)
    from_torch = f"w{_moved(torch, letters)}{_backwards(letters) if flips else ''}"
    return WeightLayout(letters, from_torch, f"w{_moved(letters, torch)}{flipped}", flips)


def converted(source: WeightLayout, target: WeightLayout) -> str:
    """One expression in `w` from a weight of one layout to another.

    >>> hwio = weight_layout("HWIO", "OIHW", False, 3)
    >>> converted(hwio, weight_layout("OIHW", "OIHW", False, 3))
    'w.transpose(3, 2, 0, 1)'
    >>> converted(hwio, hwio)
    'w'
    >>> converted(weight_layout("L", "OIL", True, 1), weight_layout("L", "OIL", False, 1))
    'w[::-1]'
    """
    if source == target:
        return "w"
    first, second = source.to_torch, target.from_torch
    if "w" in (first, second):
        return second if first == "w" else first
    if sorted(source.layout) == sorted(target.layout) and "M" not in source.layout:
        flip = _backwards(target.layout) if source.flip != target.flip else ""
        return f"w{_moved(source.layout, target.layout)}{flip}"
    if "w.shape" in second:
        return f"(lambda w: {second})({first})"
    return first + second[1:]


def _moved(before: str, after: str) -> str:
    """`.transpose(2, 3, 1, 0)` from one order of letters to another; nothing where it stays."""
    order = tuple(before.index(letter) for letter in after)
    return "" if order == tuple(range(len(order))) else f".transpose{order}"


def _backwards(letters: str) -> str:
    """The slice that reads the spatial axes backwards.

    >>> _backwards("HWIO"), _backwards("OIHW")
    ('[::-1, ::-1]', '[..., ::-1, ::-1]')
    """
    slices = [":" if letter in "OI" else "::-1" for letter in letters]
    while slices[-1] == ":":
        slices.pop()
    inner = ", ".join(slices).replace(":, :, ::-1", "..., ::-1", 1)
    return f"[{inner}]"
