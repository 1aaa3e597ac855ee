"""Numbers of bytes as people read them."""

from __future__ import annotations

UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
STEP = 1024
LARGEST = 2**80  # from here on only the power of two is named


def human_bytes(count: int, smallest_unit: str = "bytes") -> str:
    """Bytes in the largest binary unit that they fill; `smallest_unit` is the word for bytes.

    >>> human_bytes(1), human_bytes(1023), human_bytes(3 * 2**20 + 2**16)
    ('1 byte', '1023 bytes', '3.062 MiB')
    """
    if count == 1 and smallest_unit == "bytes":
        return "1 byte"
    if count >= LARGEST:
        return f"2^{count.bit_length() - 1} {smallest_unit} or more"
    amount, unit = float(count), smallest_unit
    for following in UNITS:
        if amount < STEP:
            break
        amount, unit = amount / STEP, following
    return f"{amount:.4g} {unit}"
