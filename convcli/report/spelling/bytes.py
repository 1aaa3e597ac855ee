"""Numbers of bytes as people read them."""

from __future__ import annotations


def human_bytes(count: int, one: str = "bytes") -> str:
    """Bytes in the largest binary unit that they fill, 3.06 MiB; `one` is the word for the smallest."""
    if count >= 2**80:
        return f"2^{count.bit_length() - 1} {one} or more"
    amount, units = float(count), iter((one, "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"))
    unit = next(units)
    for following in units:
        if amount < 1024:
            break
        amount, unit = amount / 1024, following
    return f"{amount:.4g} {unit}"
