"""HDF5, TIFF stacks, N5 and stores behind URLs as inputs: equal numbers, and what is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec, convolve

zarr = pytest.importorskip("zarr", "3.1.3")

Convcli = Callable[..., Any]
SPEC = ConvSpec.of(
    in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=3, padding_mode="circular"
)
OPTIONS = ("ones:3x3x3", "-p", "1", "--padding-mode", "circular", "-o", "y.zarr", "--force")


@pytest.fixture
def x(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    return np.random.default_rng(0).integers(1, 99, (12, 20, 30)).astype("u2")


def expected(x: Any) -> Any:
    return convolve(SPEC, x, np.ones((3, 3, 3), np.int64))


def run(convcli: Convcli, x: str, *options: str) -> Any:
    return convcli("run", "conv3d", x, *OPTIONS, *options)


def content() -> Any:
    return zarr.open("y.zarr", mode="r")[...]


class TestHdf5:
    @pytest.fixture
    def h5py(self) -> Any:
        return pytest.importorskip("h5py")

    def test_datasets_with_and_without_chunks(self, h5py: Any, x: Any, convcli: Convcli) -> None:
        with h5py.File("x.h5", "w") as file:
            file["group/plain"] = x
            file.create_dataset("packed", data=x, chunks=(4, 4, 8), compression="gzip")
        for name in ("packed", "group/plain"):
            assert run(convcli, f"x.h5:{name}").status == 0
            assert np.array_equal(content(), expected(x))
        result = run(convcli, "x.h5")
        assert (result.status, "x.h5:packed" in result.err) == (3, True)
        result = run(convcli, "x.h5:none")
        assert (result.status, "has no dataset 'none'" in result.err) == (3, True)
        assert convcli("run", "conv3d", "x.h5:packed", "ones:3x3x3", "-q").status == 0
        words = ("run", "conv3d", "ones:3x3x3", "x.h5:packed", "-p", "20", "-q", "--json")
        assert convcli("shape", "conv3d", "12x20x30", "-k", "3").status == 0
        assert convcli(*words[:2], "x.h5:packed", "x.h5:packed", *words[4:6], "-q").status == 0

    def test_missing_and_damaged_chunks(self, h5py: Any, x: Any, convcli: Convcli) -> None:
        with h5py.File("x.h5", "w") as file:
            made = file.create_dataset("a", x.shape, "u2", chunks=(4, 4, 8), fletcher32=True)
            made[4:] = x[4:]
            file.create_dataset("never", x.shape, "u2")
        result = run(convcli, "x.h5:a")
        assert (result.status, "x.h5/a[0, 0, 0]" in result.err) == (3, True)
        assert run(convcli, "x.h5:a", "--missing", "fill").status == 0
        x[:4] = 0
        assert np.array_equal(content(), expected(x))
        assert "was never written" in run(convcli, "x.h5:never").err
        with h5py.File("x.h5", "r") as file:
            place = file["a"].id.get_chunk_info_by_coord((4, 4, 8)).byte_offset
        data = bytearray(Path("x.h5").read_bytes())
        data[place + 7] ^= 1
        Path("x.h5").write_bytes(data)
        result = run(convcli, "x.h5:a", "--missing", "fill")
        assert (result.status, "x.h5/a[4, 4, 8]" in result.err) == (3, True)
        for damage in (data[:2000], b"", b"\x89HDF\r\n\x1a\n" + bytes(500)):
            Path("x.h5").write_bytes(damage)
            result = run(convcli, "x.h5:a")
            assert (result.status, result.err.count("\n")) == (3, 1)

    def test_links_to_other_files_are_not_followed(
        self, h5py: Any, x: Any, convcli: Convcli
    ) -> None:
        with h5py.File("other.h5", "w") as file:
            file["secret"] = x
        with h5py.File("x.h5", "w") as file:
            file["out"] = h5py.ExternalLink("other.h5", "/secret")
            layout = h5py.VirtualLayout(x.shape, "u2")
            layout[...] = h5py.VirtualSource("other.h5", "secret", x.shape)
            file.create_virtual_dataset("virtual", layout)
            file.create_dataset("raw", x.shape, "u2", external=[("other.h5", 0, x.nbytes)])
        for name in ("out", "virtual", "raw"):
            result = run(convcli, f"x.h5:{name}")
            assert (result.status, "other file" in result.err) == (3, True), name


class TestTiff:
    @pytest.fixture
    def tifffile(self) -> Any:
        return pytest.importorskip("tifffile")

    def test_pages_tiles_and_the_axes_of_ome(self, tifffile: Any, x: Any, convcli: Convcli) -> None:
        tifffile.imwrite("s.tif", x, photometric="minisblack", compression="zlib")
        tifffile.imwrite("o.tif", x, tile=(16, 16), metadata={"axes": "ZYX"}, ome=True)
        for name in ("s.tif", "o.tif"):
            result = run(convcli, name)
            assert result.status == 0, result.err
            assert ("read as the axis z" in result.err) == (name == "s.tif")
            assert np.array_equal(content(), expected(x))

    def test_a_stack_that_is_cut_short_is_refused(
        self, tifffile: Any, x: Any, convcli: Convcli
    ) -> None:
        tifffile.imwrite("s.tif", x, photometric="minisblack")
        data = Path("s.tif").read_bytes()
        for damage in (data[: len(data) * 2 // 3], data[:100], b"", b"II*\0"):
            Path("s.tif").write_bytes(damage)
            result = run(convcli, "s.tif")
            assert (result.status, result.out) == (3, ""), result.err

    @pytest.mark.parametrize(("pages", "to"), [(2, 0), (2, 1), (150, 0), (150, 120)])
    @pytest.mark.parametrize("form", [{}, {"bigtiff": True}])
    def test_pages_that_follow_themselves_are_refused(
        self, tifffile: Any, x: Any, form: dict[str, bool], pages: int, to: int, convcli: Convcli
    ) -> None:
        with tifffile.TiffWriter("s.tif", **form) as writer:
            for _ in range(pages):
                writer.write(x[0], contiguous=False, metadata=None)
        with tifffile.TiffFile("s.tif") as file:
            last, first = file.pages.next_page_offset, file.pages[to].offset
        with open("s.tif", "r+b") as stream:
            stream.seek(last)
            stream.write(first.to_bytes(8 if form else 4, "little"))
        result = run(convcli, "s.tif")
        assert (result.status, result.out) == (3, ""), result.err
        assert "its list of pages has no end" in result.err


class TestN5:
    @pytest.fixture
    def block(self, x: Any) -> Path:
        tensorstore = pytest.importorskip("tensorstore")
        metadata = {
            "dimensions": [30, 20, 12], "blockSize": [8, 8, 8], "dataType": "uint16",
            "compression": {"type": "gzip"},
        }  # fmt: skip
        store = {"driver": "file", "path": os.path.abspath("x.n5/a") + "/"}
        spec = {"driver": "n5", "kvstore": store, "metadata": metadata}
        tensorstore.open(spec, create=True).result()[...] = x.T
        return Path("x.n5/a/1/0/1")

    def test_dimensions_are_read_last_first(self, block: Path, x: Any, convcli: Convcli) -> None:
        result = run(convcli, "x.n5/a")
        assert (result.status, result.err) == (0, "")
        assert np.array_equal(content(), expected(x))
        assert "x.n5/a" in run(convcli, "x.n5").err

    @pytest.mark.parametrize("change", [{"dataType": []}, {"compression": {"type": {}}}])
    def test_metadata_of_another_kind_is_refused(
        self, block: Path, convcli: Convcli, change: dict[str, Any]
    ) -> None:
        path = next(Path("x.n5").rglob("attributes.json"))
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
        result = run(convcli, str(path.parent))
        assert (result.status, result.err.count("\n")) == (3, 1)

    def test_missing_and_damaged_blocks(self, block: Path, x: Any, convcli: Convcli) -> None:
        data = block.read_bytes()
        block.write_bytes(data[:-20])
        result = run(convcli, "x.n5/a")
        assert (result.status, "x.n5/a/1/0/1" in result.err) == (3, True), result.err
        block.unlink()
        result = run(convcli, "x.n5/a")
        assert (result.status, "x.n5/a/1/0/1" in result.err) == (3, True)
        assert run(convcli, "x.n5/a", "--missing", "fill").status == 0
        x[8:12, 0:8, 8:16] = 0
        assert np.array_equal(content(), expected(x))

    @pytest.mark.parametrize("link", ["block", "folder", "document"])
    def test_links_that_lead_out_are_not_followed(
        self, block: Path, x: Any, convcli: Convcli, tmp_path: Path, link: str
    ) -> None:
        places = {
            "block": block,
            "folder": block.parent,
            "document": Path("x.n5/a/attributes.json"),
        }
        linked = places[link]
        linked.rename(tmp_path / "elsewhere")
        linked.symlink_to(tmp_path / "elsewhere")
        result = run(convcli, "x.n5/a")
        assert (result.status, "leads out of the store" in result.err) == (3, True), result.err


class TestUrls:
    def test_memory_and_file(self, x: Any, convcli: Convcli, tmp_path: Path) -> None:
        fsspec = pytest.importorskip("fsspec")
        system = fsspec.filesystem("memory")
        for url in ("memory://stores/x.zarr", f"file://{tmp_path}/x.zarr"):
            place = url.removeprefix("file://")
            made = zarr.create_array(place, shape=x.shape, chunks=(4, 8, 8), dtype=x.dtype)
            made[...] = x
            result = run(convcli, url)
            assert (result.status, result.err) == (0, "")
            assert np.array_equal(content(), expected(x))
        words = ("run", "conv3d", "memory://stores/x.zarr", *OPTIONS[:-2], "memory://stores/y.zarr")
        assert convcli(*words, "--chunks", "8").status == 0
        made = zarr.open("memory://stores/y.zarr", mode="r")
        assert np.array_equal(made[...], expected(x))
        assert made.attrs["convcli"]["complete"] is True
        assert convcli(*words, "--chunks", "8").status == 5
        system.rm("/stores/y.zarr/c/1/1/1")
        result = convcli(*words, "--chunks", "8", "--resume", "--json")
        assert json.loads(result.out)["done"]["computed"] == 1
        system.pipe("/stores/x.zarr/c/1/1/1", b"")
        told = convcli(*words, "--chunks", "8", "--resume").err
        assert "the sizes, ETags or times of change of the chunks of X" in told
        result = run(convcli, "memory://stores/x.zarr")
        assert (result.status, "memory://stores/x.zarr/c/1/1/1 is empty" in result.err) == (3, True)
        assert convcli(*words, "--chunks", "8", "--force").status == 3
        system.rm("/stores", recursive=True)

    @pytest.mark.parametrize(
        ("url", "status"),
        [
            ("nosuch://a/x.zarr", 3),
            ("memory://nothing/x.zarr", 3),
            ("simplecache::memory://a/x.zarr", 2),
        ],
    )
    def test_urls_that_lead_nowhere(self, x: Any, convcli: Convcli, url: str, status: int) -> None:
        result = run(convcli, url)
        assert (result.status, result.out, result.err.count("\n")) == (status, "", 1), result.err

    def test_secrets_of_urls_are_not_printed(
        self, x: Any, convcli: Convcli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        result = run(convcli, "nosuch://me:secret@host/x.zarr?signature=secret")
        assert (result.status, "secret" in result.err) == (3, False)
        monkeypatch.setenv("CONVCLI_STORAGE_OPTIONS", "[1]")
        result = run(convcli, "memory://a/x.zarr")
        assert (result.status, "CONVCLI_STORAGE_OPTIONS" in result.err) == (2, True)

    @pytest.mark.slow
    def test_an_s3_server_on_this_machine(
        self, x: Any, convcli: Convcli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pytest.importorskip("s3fs")
        server = pytest.importorskip("moto.server").ThreadedMotoServer(port=0)
        server.start()
        try:
            host, port = server.get_host_and_port()
            options = {
                "key": "a", "secret": "b", "endpoint_url": f"http://{host}:{port}",
            }  # fmt: skip
            monkeypatch.setenv("CONVCLI_STORAGE_OPTIONS", json.dumps(options))
            import s3fs

            s3fs.S3FileSystem(**options).mkdir("bucket")
            made = zarr.create_array(
                "s3://bucket/x.zarr", shape=x.shape, chunks=(4, 8, 8), dtype=x.dtype,
                storage_options=options,
            )  # fmt: skip
            made[...] = x
            words = ["run", "conv3d", "s3://bucket/x.zarr", *OPTIONS[:-2], "s3://bucket/y.zarr"]
            assert convcli(*words).status == 0
            found = zarr.open("s3://bucket/y.zarr", mode="r", storage_options=options)
            assert np.array_equal(found[...], expected(x))
            assert convcli(*words).status == 5
            assert convcli(*words, "--resume").status == 0
            assert convcli(*words, "--force").status == 0
        finally:
            server.stop()
