from __future__ import annotations

import io
import sys
import warnings
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvError
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.npy import npy_chunks


def read(text: str, rank: int = 2, stdin: bytes | None = None) -> Any:
    return read_array(text, "X", rank, None if stdin is None else io.BytesIO(stdin))


@pytest.mark.parametrize(
    ("text", "expected", "dtype"),
    [
        ("1 2; 3 4", [[1, 2], [3, 4]], "int64"),
        ("1,2;3,4;", [[1, 2], [3, 4]], "int64"),
        ("1 2 3", [[1, 2, 3]], "int64"),
        ("1 2;", [[1, 2]], "int64"),
        ("-1 +2 .5 1e3 3.", [[-1, 2, 0.5, 1000, 3]], "float64"),
        ("nan -inf 1", [[np.nan, -np.inf, 1]], "float64"),
        ("[[1,2],[3,4]]", [[1, 2], [3, 4]], "int64"),
        ("[[1. 2.]\n [3. 4.]]", [[1, 2], [3, 4]], "float64"),  # as NumPy prints
        (
            "tensor([[1., nan], [inf, .5]], dtype=torch.float64)",
            [[1, np.nan], [np.inf, 0.5]],
            "float64",
        ),
        ("array([[1, 2]], dtype=int32)", [[1, 2]], "int64"),
        ('[["NaN", -Infinity]]', [[np.nan, -np.inf]], "float64"),
        ("18446744073709551615", [[2**64 - 1]], "uint64"),
        ("arange:2x3", [[0, 1, 2], [3, 4, 5]], "int64"),
        ("arange:2x2:-1", [[-1, 0], [1, 2]], "int64"),
        ("arange:3:0.5", [0.5, 1.5, 2.5], "float64"),
        ("ones:1x2", [[1, 1]], "int64"),
        ("zeros:2", [0, 0], "int64"),
        ("full:2:0.5", [0.5, 0.5], "float64"),
        ("full:2:7", [7, 7], "int64"),
        ("randint:3", [4, 9, 3], "int64"),
        ("kernel:edge", [[1, -1]], "int64"),
        ("kernel:sobel-y", [[-1, -2, -1], [0, 0, 0], [1, 2, 1]], "int64"),
        ("kernel:laplacian", [[0, 1, 0], [1, -4, 1], [0, 1, 0]], "int64"),
        ("kernel:sharpen", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], "int64"),
        ("kernel:laplacian-diagonal", [[1, 1, 1], [1, -8, 1], [1, 1, 1]], "int64"),
    ],
)
def test_arrays_written_out(text: str, expected: Any, dtype: str) -> None:
    array = read(text)
    assert array.dtype == dtype
    assert array.shape == np.shape(expected)
    assert np.array_equal(array, np.array(expected), equal_nan=array.dtype.kind == "f")


def test_made_up_numbers_have_the_shape_and_the_seed_that_they_say() -> None:
    assert read("rand:2x3").dtype == read("randn:2x3").dtype == np.float32
    assert np.array_equal(read("randn:20:3"), read("randn:20:3"))
    assert not np.array_equal(read("randn:20:3"), read("randn:20:4"))
    ints = read("randint:1000:1:-5:6")
    assert (ints.min(), ints.max()) == (-5, 5)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    "name",
    ["gaussian:5:1.5", "box:4", "identity:5", "laplacian", "sobel-x", "log:7:1", "sharpen", "edge"],
)
def test_filters_of_any_rank_keep_or_remove_the_mean(name: str, rank: int) -> None:
    kernel = read(f"kernel:{name}", rank)
    assert kernel.ndim == rank
    keeps_brightness = name.split(":", maxsplit=1)[0] in ("gaussian", "box", "identity", "sharpen")
    assert kernel.sum() == pytest.approx(1 if keeps_brightness else 0, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("1 2; 3", "literal.ragged", 5),
        ("1 x; 3 4", "literal.number", 2),
        ("1,,2", "literal.number", 1),
        ("[[1,2],[3]]", "literal.ragged", 7),
        ("[1,[2]]", "literal.ragged", 3),
        ("[[1,2],[3,x]]", "literal.syntax", 10),
        ("[[1,2]", "literal.syntax", 0),
        ("[1]]", "literal.syntax", 3),
        ("[]", "literal.empty", 0),
        ("[[],[]]", "literal.empty", 1),
        ("[" * 30, "literal.syntax", 29),
        ("[" * 100_000, "literal.deep", 32),
        ("[" * 40 + "1" + "]" * 40, "literal.deep", 32),
        ("1" * 401, "literal.number", 0),
        ("99999999999999999999999", "literal.range", None),
        ("-1 18446744073709551615", "literal.range", None),
        ("full:2x2", "generator.spelling", None),
        ("ones:2:3", "generator.spelling", None),
        ("arange:2y2", "shape.spelling", None),
        ("arange:3:x", "literal.number", 0),
        ("randint:3:0:5:5", "generator.range", None),
        ("rand:3:x", "generator.seed", None),
        ("kernel:gausian", "kernel.name", None),
        ("kernel:gaussian:4:1", "kernel.numbers", None),
        ("kernel:gaussian:5:0", "kernel.numbers", None),
        ("kernel:gaussian:nan", "kernel.numbers", None),
        ("kernel:gaussian:5:inf", "kernel.numbers", None),
        ("kernel:sobel-z", "kernel.numbers", None),
        ("no-such.npy", "array.missing", None),
        ("no/such", "array.missing", None),
        ("hello", "array.unknown", 0),
        ("", "array.unknown", 0),
    ],
)
def test_what_is_no_array(text: str, code: str, place: int | None) -> None:
    with pytest.raises(ConvError) as caught:
        read(text)
    error = caught.value
    assert (error.code, error.kind) == (code, "data")
    assert (error.pointer[1] if error.pointer else None) == place


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def npy(array: Any) -> bytes:
    return b"".join(bytes(chunk) for chunk in npy_chunks(np.asarray(array)))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", ">i4", "<f2", ">f8", "complex64"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_files_of_every_type_and_order(folder: Path, dtype: str, order: str) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype, order=order)  # type: ignore[arg-type]
    np.save("a.npy", array)
    found = read("a.npy")
    assert np.array_equal(found, array)
    assert found.dtype == np.dtype(dtype).newbyteorder("=")
    assert found.dtype.isnative
    assert np.array_equal(np.load(io.BytesIO(npy(array))), array)


def test_a_stream_may_hold_one_array_after_another() -> None:
    stream = io.BytesIO(npy([[1, 2]]) + npy([3.5]))
    assert read_array("-", "X", 2, stream).tolist() == [[1, 2]]
    assert read_array("-", "W", 2, stream).tolist() == [3.5]


def test_npz_csv_and_json_files(folder: Path) -> None:
    np.savez("both.npz", a=np.arange(3), b=np.eye(2))
    np.savez_compressed("one.npz", only=np.eye(2))
    assert read("both.npz:b").tolist() == read("one.npz").tolist() == [[1, 0], [0, 1]]
    Path("a.csv").write_bytes(b"\xef\xbb\xbf1,2,3\r\n4,5,6\r\n")
    assert read("a.csv").tolist() == [[1, 2, 3], [4, 5, 6]]
    Path("column.csv").write_text("1\n2.5\n3\n")
    assert read("column.csv", rank=1).tolist() == [1, 2.5, 3]
    assert read("column.csv").shape == (3, 1)
    Path("a.json").write_text("[[1, 2],\n [3, 4]]\n")
    assert read("a.json").tolist() == [[1, 2], [3, 4]]


def test_a_path_that_exists_takes_precedence(folder: Path) -> None:
    Path("1 2.csv").write_text("7,8\n")
    np.save("arange:2x2.npy", np.zeros(3))
    assert read("1 2.csv").tolist() == [[7, 8]]
    assert read("arange:2x2.npy").shape == (3,)


HEADER = b"\x93NUMPY\x01\x00"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 what", "is not an .npy file"),
        (HEADER[:4], "ends within its header, after 4 bytes"),
        (HEADER[:6], "ends within its header, after 6 bytes"),
        (HEADER[:6] + b"\x09\x00\x10\x00", "has the .npy version 9"),
        (HEADER, "ends within its header, after 8 bytes"),
        (
            HEADER[:6] + b"\x02\x00" + b"\xff\xff\xff\x7f",
            "declares a header of 2147483647 bytes; at most 65536 are read",
        ),
        (HEADER + b"\x50\x00{'descr'", "ends within its header"),
        (npy([1, 2])[:-3], "ends early"),
        (npy([1, 2]) + b"x", "is too long: data follows the 16 bytes"),
        (npy([1]).replace(b"'<i8'", b"'|O'  "), "holds object"),
        (
            npy(np.array([1], np.int16)).replace(b"'<i2'", b"'|V2'"),
            "holds numbers of 2 bytes whose type NumPy does not know, perhaps bfloat16",
        ),
        (npy([1]).replace(b"'<i8'", b"'<U3'"), "holds <U3"),
        (npy([1]).replace(b"(1,)", b"(-1)"), "damaged header"),
        (npy([1]).replace(b"(1,), ", b"(-1,),"), "declares the shape (-1,)"),
        (npy([1]).replace(b"(1,), }   ", b"(True,), }"), "declares the shape (True,)"),
        (npy([1]).replace(b"(1,)", b"[1,]"), "damaged header"),
        (npy([1]).replace(b"False", b"0    "), "damaged header"),
        (npy([1]).replace(b"(1,), }", b"(9**9,)"), "damaged header"),
    ],
)
def test_broken_npy_files(folder: Path, content: bytes, words: str) -> None:
    Path("a.npy").write_bytes(content)
    with pytest.raises(ConvError) as caught:
        read("a.npy")
    assert (caught.value.code, caught.value.kind) == ("npy.format", "data")
    assert words in str(caught.value)
    assert str(caught.value).endswith("got 'a.npy'.")


def test_a_pickle_is_never_loaded(folder: Path) -> None:
    np.save("a.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(ConvError, match="holds object"):
        read("a.npy")


def test_other_broken_files(folder: Path) -> None:
    contents = {
        "a.npz": b"PK\x03\x04",
        "b.npz": b"",
        "a.csv": b"1,2\n3\n",
        "b.csv": b"",
        "c.csv": b"a,b\n1,x\n",
        "d.csv": b"\xff\xfe1",
        "a.json": b'{"a": 1}',
        "a.xyz": b"1",
    }
    if find_spec("PIL"):
        contents["a.png"] = b"\x89PNG\r\n"
    for name, content in contents.items():
        Path(name).write_bytes(content)
        with pytest.raises(ConvError) as caught:
            read(name)
        assert caught.value.kind == "data", name
    with zipfile.ZipFile("c.npz", "w") as archive:
        archive.writestr("x.npy", b"junk")
        archive.writestr("y.npy", npy([1]))
    for name in ("c.npz", "c.npz:x", "c.npz:z", "."):
        with pytest.raises(ConvError) as caught:
            read(name)
        assert caught.value.kind == "data", name
    assert read("c.npz:y").tolist() == [1]


def test_without_pillow_the_message_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.png").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ConvError, match=r"pip install 'convcli\[image\]'") as caught:
        read("a.png")
    assert caught.value.kind == "package"


DAMAGED = {
    "a.png": b"abc",
    "b.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    "c.gif": b"GIF89a\xff\xff\xff\xff",
    "d.tif": b"II*\0\xff\xff\xff\xff",
    "e.npz": b"PK\x03\x04abc",
    "f.npz": b"",
    "g.npy": b"\x93NUMPY\x01\x00\x05\x00\x1b[31m",
    "h.safetensors": b"\xff" * 20,
    "i.pt": b"\x80\x02c__builtin__\neval\n.",
    "j.nii": b"\0" * 400,
    "k.nii.gz": b"\x1f\x8b\x08abc",
    "l.json": b"[[1, \x1b]]",
    "m.csv": b"1,2\n3,\xff\n",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_explained_in_our_words(folder: Path, name: str) -> None:
    needed = {"png": "PIL", "gif": "PIL", "tif": "PIL", "safetensors": "safetensors", "pt": "torch"}
    needed |= {"nii": "nibabel", "gz": "nibabel"}
    if package := needed.get(name.rpartition(".")[2]):
        pytest.importorskip(package)
    Path(name).write_bytes(DAMAGED[name])
    with pytest.raises(ConvError) as caught:
        read(name)
    message = str(caught.value)
    assert caught.value.kind == "data"
    assert message.startswith(("X ", "X: "))
    assert f"got '{name}" in message
    assert message.isprintable()
    assert not set("<>") & set(message)
    assert "0x7" not in message


def test_a_fault_in_a_text_file_names_its_line(folder: Path) -> None:
    Path("x.csv").write_text("1,2\n3,4\n5,six\n")
    with pytest.raises(ConvError, match=r"got 'x.csv:3'"):
        read("x.csv")
    Path("x.json").write_text("[[1, 2],\n [3]]")
    with pytest.raises(ConvError, match=r"got 'x.json:2'"):
        read("x.json")


def python_2_header(shape: str, version: int = 1) -> bytes:
    """The beginning of an .npy file of float64, as NumPy of Python 2 wrote it."""
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    length = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + length + text.encode()


@pytest.mark.parametrize(("shape", "sizes"), [("(3L, 4L)", (3, 4)), ("(12L,)", (12,))])
@pytest.mark.parametrize("version", [1, 2])
def test_an_npy_file_of_python_2(shape: str, sizes: Any, version: int, tmp_path: Path) -> None:
    numbers = np.arange(12.0)
    (tmp_path / "x.npy").write_bytes(python_2_header(shape, version) + numbers.tobytes())
    array = read(str(tmp_path / "x.npy"))
    assert array.shape == sizes
    assert array.ravel().tolist() == numbers.tolist()


@pytest.mark.parametrize("length", range(1, 120, 7))
def test_an_npy_file_that_ends_within_its_header(length: int, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(python_2_header("(3,)")[:length])
    with pytest.raises(ConvError, match=f"ends within its header, after {length} bytes"):
        read(str(tmp_path / "x.npy"))


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("dtype", ["?", "<f2", ">f2", ">i4", "<u8", ">c16", "<f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_way_to_store_an_npy_file(
    version: Any, dtype: str, order: Any, tmp_path: Path
) -> None:
    array = np.asarray(np.arange(6).reshape(2, 3), dtype=dtype, order=order)
    with (tmp_path / "x.npy").open("wb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.lib.format.write_array(stream, array, version)
    found = read(str(tmp_path / "x.npy"))
    assert found.dtype == np.dtype(dtype).newbyteorder("=")
    assert np.array_equal(found, array)


def test_records_are_refused_with_their_fields(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(2, [("time", "f8"), ("value", "i4")]))
    with pytest.raises(ConvError, match="holds records with the fields time, value"):
        read(str(tmp_path / "x.npy"))
