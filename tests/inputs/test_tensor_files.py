"""Files of other libraries: their content is read, faults are named, no code in them runs."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvError
from convcli.inputs.files.arrays import read_array

ARRAY = np.arange(6, dtype=np.int16).reshape(2, 3)


def refusal(text: object, **options: Any) -> ConvError:
    with pytest.raises(ConvError) as caught:
        read_array(str(text), "X", 2, **options)
    return caught.value


def too_much(size: int) -> None:
    raise ConvError("memory.limit", str(size), kind="memory")


class TestSafetensors:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        numpy = pytest.importorskip("safetensors.numpy")
        path = tmp_path / "x.safetensors"
        numpy.save_file({"conv1.weight": ARRAY, "b": ARRAY[0].astype(np.float32)}, path)
        return path

    def test_a_member(self, path: Path) -> None:
        found = read_array(f"{path}:conv1.weight", "X", 2)
        assert (found.dtype, found.tolist()) == (np.int16, ARRAY.tolist())

    def test_members_are_named(self, path: Path) -> None:
        for text in (path, f"{path}:c"):
            error = refusal(text)
            assert error.kind == "data"
            assert "conv1.weight" in str(error)

    def test_memory_is_asked_for_first(self, path: Path) -> None:
        assert refusal(f"{path}:b", admit=too_much).rule == "24"

    @pytest.mark.parametrize("keep", [0, 4, 30, -3])
    def test_damage(self, path: Path, keep: int) -> None:
        path.write_bytes(path.read_bytes()[:keep])
        assert refusal(f"{path}:b").kind == "data"


@pytest.mark.torch
@pytest.mark.parametrize(
    "name",
    [
        "bfloat16",
        "float8_e4m3fn",
        "float8_e5m2",
        "float8_e8m0fnu",
        "float16",
        "bool",
        "complex64",
        "int8",
        "int16",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
    ],
)
def test_every_type_of_safetensors(name: str, tmp_path: Path) -> None:
    import torch

    pytest.importorskip("ml_dtypes")
    save_file = pytest.importorskip("safetensors.torch").save_file
    path = tmp_path / "x.safetensors"
    bits = torch.arange(256, dtype=torch.uint8)
    tensor = (bits % 2 if name == "bool" else bits).view(getattr(torch, name)).reshape(4, -1)
    save_file({"first": torch.ones(3), "w": tensor}, path)
    wide = tensor.float() if name.startswith(("bfloat", "float8")) else tensor
    array = read_array(f"{path}:w", "X", 2)
    assert array.dtype == wide.numpy().dtype
    assert np.array_equal(array, wide.numpy(), equal_nan=array.dtype.kind in "fc")


@pytest.mark.torch
class TestTorchFiles:
    def test_members_and_types(self, tmp_path: Path) -> None:
        import torch

        path = tmp_path / "x.pt"
        torch.save(
            {
                "w": torch.from_numpy(ARRAY),
                "half": torch.tensor([1.5, -2], dtype=torch.bfloat16),
                "n": 3,
            },
            path,
        )
        assert read_array(f"{path}:w", "X", 2).tolist() == ARRAY.tolist()
        half = read_array(f"{path}:half", "X", 1)
        assert (half.dtype, half.tolist()) == (np.float32, [1.5, -2])
        assert "it is an int" in str(refusal(f"{path}:n"))
        assert "w (2x3), half (2)" in str(refusal(path)).replace("2x2", "2x3")
        torch.save(torch.ones(2, 2), path)
        assert read_array(str(path), "X", 2).tolist() == [[1, 1], [1, 1]]

    def test_code_in_a_file_does_not_run(self, tmp_path: Path) -> None:
        class Attack:
            def __reduce__(self) -> Any:
                return (Path.touch, (tmp_path / "ran",))

        path = tmp_path / "x.pt"
        path.write_bytes(pickle.dumps({"w": Attack()}, protocol=2))
        assert refusal(f"{path}:w").kind == "data"
        import torch

        torch.save({"w": Attack()}, path)
        assert refusal(f"{path}:w").kind == "data"
        assert not (tmp_path / "ran").exists()

    @pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x80\x02", b"x" * 100])
    def test_damage(self, tmp_path: Path, data: bytes) -> None:
        path = tmp_path / "x.pt"
        path.write_bytes(data)
        error = refusal(path)
        assert (error.kind, "\n" in str(error)) == ("data", False)


def test_a_tensor_without_a_name_is_one_of_several(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({"": torch.ones(2), "a": torch.zeros(3)}, tmp_path / "x.pt")
    assert "holds the tensors '' (2), a (3)" in str(refusal(tmp_path / "x.pt"))
    assert read_array(f"{tmp_path / 'x.pt'}:a", "X", 1).tolist() == [0, 0, 0]


class TestNifti:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        nibabel = pytest.importorskip("nibabel")
        path = tmp_path / "x.nii.gz"
        nibabel.save(
            nibabel.Nifti1Image(np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.eye(4)), path
        )
        return path

    def test_a_volume(self, path: Path) -> None:
        found = read_array(str(path), "X", 3)
        assert (found.dtype, found.tolist()) == (np.int16, np.arange(24).reshape(2, 3, 4).tolist())

    def test_memory_is_asked_for_first(self, path: Path) -> None:
        with pytest.raises(ConvError) as caught:
            read_array(str(path), "X", 3, admit=too_much)
        assert caught.value.kind == "memory"

    @pytest.mark.parametrize("keep", [0, 10, -20])
    def test_damage(self, path: Path, keep: int) -> None:
        path.write_bytes(path.read_bytes()[:keep])
        assert refusal(path).kind == "data"


@pytest.mark.parametrize(
    ("file", "package", "extra"),
    [
        ("x.safetensors", "safetensors", "safetensors"),
        ("x.nii", "nibabel", "nifti"),
    ],
)
def test_a_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, package: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / file).write_bytes(b"x")
    error = refusal(tmp_path / file)
    assert error.kind == "package"
    assert f"convcli[{extra}]" in str(error.hint)


@pytest.mark.parametrize("file", ["x.safetensors", "x.pt:w", "x.nii.gz", "x.npz:a"])
def test_a_missing_file_is_missing(tmp_path: Path, file: str) -> None:
    assert refusal(tmp_path / file).code == "array.missing"
