"""Files of torch.save, read without torch: the same numbers as torch reads, and never code."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvError
from convcli.inputs.files.arrays import read_array
from tests.fuzz.formats import torch_files

pytestmark = pytest.mark.torch


def read(path: Path, data: bytes, member: str = "") -> Any:
    path.write_bytes(data)
    return read_array(f"{path}:{member}" if member else str(path), "X", 2)


def refusal(path: Path, data: bytes, member: str = "", **options: Any) -> ConvError:
    path.write_bytes(data)
    with pytest.raises(ConvError) as caught:
        read_array(f"{path}:{member}" if member else str(path), "X", 2, **options)
    return caught.value


def strided() -> list[Any]:
    import torch

    with_attribute = torch.nn.Parameter(torch.ones(2))
    with_attribute.note = 3  # type: ignore[attr-defined]
    return [
        torch.arange(12.0).reshape(3, 4).T,
        torch.arange(40).reshape(4, 10)[1:, ::2],
        torch.ones(1).expand(3, 4),
        torch.randn(3, 2).to(torch.bfloat16),
        torch.tensor([True, False]),
        torch.tensor([1, 2], dtype=torch.uint16),
        torch.randn(3, dtype=torch.complex128).conj(),
        torch.randn(3, dtype=torch.complex64).conj().imag,
        torch.tensor(2, dtype=torch.int8),
        torch.empty(0, 3),
        with_attribute,
    ]


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("at", range(11))
def test_the_numbers_are_those_that_torch_reads(at: int, zipped: bool, tmp_path: Path) -> None:
    import torch

    tensor = strided()[at]
    read_back = read(tmp_path / "x.pt", torch_files.saved(tensor, zipped=zipped))
    wide = tensor.float() if tensor.dtype == torch.bfloat16 else tensor
    expected = wide.detach().resolve_conj().resolve_neg().numpy()
    assert read_back.dtype == expected.dtype
    assert np.array_equal(read_back, expected)


@pytest.mark.parametrize("zipped", [True, False])
def test_each_member_of_a_module_and_of_an_optimiser(zipped: bool, tmp_path: Path) -> None:
    import torch

    layer = torch.nn.Linear(2, 3)
    state = {"optimiser": torch.optim.Adam(layer.parameters()).state_dict(), **layer.state_dict()}
    data = torch_files.saved(state, zipped=zipped)
    for name, tensor in layer.state_dict().items():
        assert np.array_equal(read(tmp_path / "x.pth", data, name), tensor.numpy())


def test_torch_is_not_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    data = torch_files.saved(torch.ones(2))
    monkeypatch.setitem(sys.modules, "torch", None)
    assert read(tmp_path / "x.pt", data).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda t: t.sparse_coo_tensor([[0]], [1.0], (4,)), "is a sparse tensor"),
        (lambda t: t.quantize_per_tensor(t.ones(2), 0.5, 3, t.qint8), "is a quantized tensor"),
        (lambda t: t.empty(2, device="meta"), "has a shape but no numbers"),
        (lambda t: t.nn.Sequential(t.nn.ReLU()), "holds an object of the class {class}"),
        (lambda t: {"epoch": 3, "state": {}}, "no tensor, but {m0} (an int), {m1} (an empty dict)"),
        (lambda t: [], "holds an empty list and no tensor"),
        (lambda t: None, "holds None and no tensor"),
    ],
)
@pytest.mark.filterwarnings("ignore")  # of torch, when the tensors are made
def test_other_tensors_are_refused(make: Any, words: str, tmp_path: Path) -> None:
    import torch

    error = refusal(tmp_path / "x.pt", torch_files.saved(make(torch)))
    assert words in error.rule
    assert error.got == str(tmp_path / "x.pt")


@pytest.mark.parametrize("view", [((2,), (9,), 0), ((2,), (1,), 9), ((2**40,), (1,), 0)])
def test_numbers_outside_of_the_file_are_not_read(view: Any, tmp_path: Path) -> None:
    from convcli.inputs.files.pickles import Call, Name
    from convcli.inputs.files.torch_tensors import STRIDED, described

    shape, strides, offset = view
    storage = Call("storage", ("storage", Name("torch.FloatStorage"), "0", "cpu", 4))
    with pytest.raises(ConvError, match="is damaged"):
        described(Call(STRIDED, (storage, offset, shape, strides, False, {})), "X")


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    import torch

    data = torch_files.saved(torch.arange(4.0))
    at = data.index(np.arange(4, dtype=np.float32).tobytes())
    assert refusal(tmp_path / "x.pt", data[:at] + b"x" + data[at + 1 :]).code == "torch.format"


def test_what_is_unpacked_is_admitted_first(tmp_path: Path) -> None:
    import torch

    def admit(size: int) -> None:
        if size > 2**20:
            raise ConvError("memory.limit", str(size), kind="memory")

    with zipfile.ZipFile(io.BytesIO(torch_files.saved(torch.zeros(2**20)))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    packed = torch_files.rewritten(members, zipfile.ZIP_DEFLATED)
    assert refusal(tmp_path / "x.pt", packed, admit=admit).kind == "memory"
    expanded = torch_files.saved(torch.zeros(1).expand(2**20))
    assert refusal(tmp_path / "x.pt", expanded, admit=admit).kind == "memory"


class TestNested:
    """Dotted names of what dicts, lists and tuples hold."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        import torch

        weight = torch.arange(4.0).reshape(2, 2)
        state = {"conv1.weight": weight, "conv1.bias": weight[0] + 5}
        held = {
            "epoch": 3,
            "model_state_dict": state,
            "layers": [weight + 1, (weight + 2, {"deep": weight + 3})],
            7: weight[0, 0],
        }
        path = tmp_path / "x.ckpt"
        torch.save(held, path)
        return path

    @pytest.mark.parametrize(
        ("member", "first", "shape"),
        [
            ("model_state_dict.conv1.weight", 0, (2, 2)),
            ("model_state_dict.conv1.bias", 5, (2,)),
            ("layers.0", 1, (2, 2)),
            ("layers.1.0", 2, (2, 2)),
            ("layers.1.1.deep", 3, (2, 2)),
            ("7", 0, ()),
        ],
    )
    def test_a_dotted_name(self, path: Path, member: str, first: float, shape: Any) -> None:
        array = read_array(f"{path}:{member}", "X", 2)
        assert array.shape == shape
        assert array.ravel()[0] == first

    @pytest.mark.parametrize(
        ("member", "words"),
        [
            ("", "Write PATH:model_state_dict.conv1.weight."),
            ("conv1.weight", "Write PATH:model_state_dict.conv1.weight."),
            ("layers", "holds the tensors layers.0 (2x2), layers.1.0 (2x2), layers.1.1.deep (2x2)"),
            ("model_state_dict.conv1.weigth", "Write PATH:model_state_dict.conv1.weight."),
            ("epoch", "has no tensor of this name: it is an int"),
            ("", "model_state_dict.conv1.bias (2)"),
            ("", "7 (one number)"),
        ],
    )
    def test_what_the_file_holds_is_listed(self, path: Path, member: str, words: str) -> None:
        with pytest.raises(ConvError) as caught:
            read_array(f"{path}:{member}", "X", 2)
        assert words in str(caught.value).replace(str(path), "PATH")
        assert caught.value.code == "array.member"

    def test_two_tensors_of_one_dotted_name(self, tmp_path: Path) -> None:
        import torch

        path = tmp_path / "x.pt"
        nested, flat = ("a", {"b": torch.ones(1)}), ("a.b", torch.zeros(1))
        for pairs in ((nested, flat), (flat, nested)):
            torch.save(dict(pairs), path)
            notes: list[str] = []
            assert read_array(f"{path}:a.b", "X", 1, note=notes.append).tolist() == [0]
            said = "several tensors have this dotted name; the least nested one is read: a.b"
            assert notes == [f"{path}: {said}"]

    def test_lists_that_share_lists_end(self, tmp_path: Path) -> None:
        import torch

        path = tmp_path / "x.pt"
        held: Any = [torch.ones(1)]
        for _ in range(40):
            held = [held, held]
        loop: Any = [torch.ones(1)]
        loop.append(loop)
        for value in (held, loop):
            torch.save(value, path)
            with pytest.raises(ConvError):
                read_array(str(path), "X", 1)

    def test_code_of_torchscript(self, tmp_path: Path) -> None:
        import torch

        path = tmp_path / "x.pt"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x/data.pkl", b"")
            archive.writestr("x/constants.pkl", b"")
        with pytest.raises(ConvError, match="is a TorchScript archive"):
            read_array(str(path), "X", 1)
        assert torch


@pytest.mark.parametrize("name", ["float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu"])
def test_every_float_of_8_bits(name: str, tmp_path: Path) -> None:
    import torch

    pytest.importorskip("ml_dtypes")
    tensor = torch.arange(256, dtype=torch.uint8).view(getattr(torch, name))
    array = read(tmp_path / "x.pt", torch_files.saved(tensor))
    assert array.dtype == np.float32
    assert np.array_equal(array, tensor.float().numpy(), equal_nan=True)


def test_floats_of_8_bits_need_their_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    data = torch_files.saved(torch.ones(2).to(torch.float8_e4m3fn))
    error = refusal(tmp_path / "x.pt", data)
    assert error.kind == "package"
    assert "convcli[safetensors]" in str(error.hint)
