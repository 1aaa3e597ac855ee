"""What `--map` makes of numbers that are alike, not finite, or larger than float64 counts."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest

from convcli.errors import ConvError
from convcli.inputs.files.writers import WRITERS
from convcli.inputs.files.writers.request import Origin, WriteRequest
from convcli.inputs.text.pixel_maps import PixelMap

NAN, INF = np.nan, np.inf
LARGE = 2**60


def pixels(array: Any, mapping: PixelMap, dtype: Any = None) -> tuple[list[int], list[str]]:
    """The pixels of a .pgm file, and the notes without its name."""
    said: list[str] = []
    array = np.atleast_2d(np.array(array, dtype))
    writer = WRITERS[".pgm"]
    origin = Origin(2, None, np.dtype(np.uint8))
    request = WriteRequest("y.pgm", ".pgm", {"y": array}, origin, mapping, note=said.append)
    writer.check(request)
    header, samples = b"".join(map(bytes, writer.write(request))).split(b"\n", 3)[2:]
    kind = ">u2" if int(header) > 255 else "u1"
    return np.frombuffer(samples, kind).tolist(), [note.removeprefix("y.pgm: ") for note in said]


@pytest.mark.parametrize(
    ("kind", "values", "expected", "note"),
    [
        ("linear", [0, 0], [0, 0], "every number is 0, and becomes 0: the picture is black"),
        ("linear", [7, 7], [0, 0], "every number is 7, and becomes 0: the picture is black"),
        ("linear", [7.5], [0], "every number is 7.5, and becomes 0: the picture is black"),
        ("absolute", [0, 0], [0, 0], "every number is 0, and becomes 0"),
        ("absolute", [7, 7], [255, 255], "0 is 0, and 7 and -7 are 255"),
        ("signed", [0, 0], [128, 128], "every number is 0, and becomes 128"),
        ("signed", [-0.0], [128], "every number is 0, and becomes 128"),
        ("signed", [7], [255], "-7 is 1, 0 is 128 and 7 is 255"),
        ("signed", [-7], [1], "-7 is 1, 0 is 128 and 7 is 255"),
        ("linear", [False, True], [0, 255], "0 is 0 and 1 is 255"),
        ("signed", [False, True], [128, 255], "-1 is 1, 0 is 128 and 1 is 255"),
        (
            "linear", [1, 3, NAN, INF, -INF, -INF], [0, 255, 0, 255, 0, 0],
            "1 is 0 and 3 is 255; 1 number is NaN and became 0; 1 number is inf and became 255;"
            " 2 numbers are -inf and became 0",
        ),
        (
            "absolute", [-2, 1, NAN, NAN, INF, -INF], [255, 128, 0, 0, 255, 255],
            "0 is 0, and 2 and -2 are 255; 2 numbers are NaN and became 0;"
            " 1 number is inf and became 255; 1 number is -inf and became 255",
        ),
        (
            "signed", [-2, 1, NAN, INF, -INF], [1, 192, 0, 255, 1],
            "-2 is 1, 0 is 128 and 2 is 255; 1 number is NaN and became 0;"
            " 1 number is inf and became 255; 1 number is -inf and became 1",
        ),
        ("linear", [NAN, NAN], [0, 0], "2 numbers are NaN and became 0"),
        ("signed", [NAN], [0], "1 number is NaN and became 0"),
        ("absolute", [INF, -INF], [255, 255], "1 number is inf and became 255;"
            " 1 number is -inf and became 255"),
        ("linear", [5.0, NAN], [0, 0], "every number is 5, and becomes 0: the picture is black;"
            " 1 number is NaN and became 0"),
        ("linear", [LARGE, LARGE + 1, LARGE + 2], [0, 128, 255],
            f"{LARGE} is 0 and {LARGE + 2} is 255"),
        ("linear", [-(2**63), 2**63 - 1], [0, 255], f"{-(2**63)} is 0 and {2**63 - 1} is 255"),
        ("signed", [-(2**63), 0], [1, 128], f"{-(2**63)} is 1, 0 is 128 and {2**63} is 255"),
        ("absolute", np.array([2**64 - 1, 0], np.uint64), [255, 0],
            f"0 is 0, and {2**64 - 1} and -{2**64 - 1} are 255"),
        ("linear", [-1.7e308, 0, 1.7e308], [0, 128, 255], "-1.7e+308 is 0 and 1.7e+308 is 255"),
        ("absolute", [1.7e308, 0], [255, 0], "0 is 0, and 1.7e+308 and -1.7e+308 are 255"),
        ("signed", [5e-324, 0], [255, 128], "-4.94066e-324 is 1, 0 is 128 and 4.94066e-324 is 255"),
        ("linear", [5e-324, 0], [255, 0], "0 is 0 and 4.94066e-324 is 255"),
    ],
)  # fmt: skip
def test_every_number_has_a_pixel_and_a_word(
    kind: str, values: Any, expected: list[int], note: str
) -> None:
    found, said = pixels(values, PixelMap(kind))
    assert found == expected
    assert said == [f"--map {kind}: {note}"]


@pytest.mark.parametrize(
    ("values", "dtype", "expected", "note"),
    [
        ([0, 255], "int64", [0, 255], None),
        ([False, True], "bool", [0, 1], None),
        ([0.5], "f4", [0], "of 1 value (0.5..0.5) 1 was rounded"),
        ([0.5, 1.5], "f2", [0, 2], "of 2 values (0.5..1.5) 2 were rounded"),
        ([NAN], "f8", [0], "of 1 value 1 is NaN and became 0"),
        ([NAN, NAN], "f8", [0, 0], "of 2 values 2 are NaN and became 0"),
        ([INF, 3], "f8", [255, 3], "of 2 values (3..3 where finite) 1 above 255 became 255"),
        ([-INF, INF], "f2", [0, 255], "of 2 values 1 below 0 became 0, 1 above 255 became 255"),
        ([LARGE + 1, -LARGE], "i8", [255, 0],
            f"of 2 values ({-LARGE}..{LARGE + 1}) 1 below 0 became 0, 1 above 255 became 255"),
        ([2**64 - 1, 7], "u8", [255, 7], f"of 2 values (7..{2**64 - 1}) 1 above 255 became 255"),
        ([60000, 3], "f2", [255, 3], "of 2 values (3..60000) 1 above 255 became 255"),
    ],
)  # fmt: skip
def test_clip_counts_what_it_changes(
    values: Any, dtype: str, expected: list[int], note: str | None
) -> None:
    found, said = pixels(values, PixelMap("clip"), dtype)
    assert found == expected
    assert [each.partition(";")[0] for each in said] == ([] if note is None else [note])


def test_half_floats_reach_the_white_of_sixteen_bits() -> None:
    assert pixels([0, 60000, INF], PixelMap("clip", 65535), "f2")[0] == [0, 60000, 65535]


@pytest.mark.parametrize("kind", ["clip", "linear", "absolute", "signed"])
@pytest.mark.parametrize(("values", "words"), [([[1j]], "real"), ([[]], "needs HxW")])
def test_what_is_no_picture_is_refused(kind: str, values: Any, words: str) -> None:
    with pytest.raises(ConvError, match=words):
        pixels(values, PixelMap(kind))


def test_eight_bits_of_a_format_count_what_they_round() -> None:
    """Numbers of 16 bits are divided in a format of 8, a map fits them at once."""
    image = pytest.importorskip("PIL.Image")
    array = np.array([[0, 257, 300, 65535]], np.uint16)
    origin, writer = Origin(2, None, array.dtype), WRITERS[".bmp"]
    for mapping, expected, note in (
        (None, [0, 1, 1, 255], "8 bits: the numbers are divided by 257, and 1 of 4 is rounded"),
        (PixelMap("linear"), [0, 1, 1, 255], "--map linear: 0 is 0 and 65535 is 255"),
    ):
        said: list[str] = []
        request = WriteRequest("y.bmp", ".bmp", {"y": array}, origin, mapping, note=said.append)
        data = b"".join(map(bytes, writer.write(request)))
        assert np.asarray(image.open(BytesIO(data))).tolist() == [expected]
        assert len(said) == 1
        assert note in said[0]
        assert ("; --map linear" in said[0]) == (mapping is None)
