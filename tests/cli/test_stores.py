"""`run LAYER X.zarr W -o Y.zarr`: the same numbers as in memory, and what is refused."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import convolve
from tests.random_layers import random_layer

zarr = pytest.importorskip("zarr", "3.1.3")

Convcli = Callable[..., Any]


def stored(path: Path | str, array: Any, chunks: Any, **options: Any) -> Path:
    """A Zarr array with these numbers."""
    options = {"zarr_format": 3, "overwrite": True, **options}
    made = zarr.create_array(
        str(path), shape=array.shape, chunks=chunks, dtype=array.dtype,
        config={"write_empty_chunks": True}, **options,
    )  # fmt: skip
    made[...] = array
    return Path(path)


def content(path: Path | str) -> Any:
    return zarr.open(str(path), mode="r")[...]


def attributes(path: Path | str) -> dict[str, Any]:
    return dict(zarr.open(str(path), mode="r").attrs)


def numbers_of(shape: tuple[int, ...], dtype: str = "u2", seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(1, 99, shape).astype(dtype)


def random_run(rng: random.Random, tmp_path: Path, number: int) -> tuple[list[str], Any]:
    """A random layer as the words of a command, with random chunks, and its result."""
    layer = random_layer(rng, dtype=rng.choice([np.int16, np.int64, np.float32, np.float64]))
    spec, folder = layer.spec, tmp_path / str(number)
    folder.mkdir()
    chunks = tuple(rng.randint(1, size) for size in layer.input.shape)
    format = rng.choice([2, 3])
    shards = None
    if format == 3 and rng.random() < 0.4:
        shards = tuple(chunk * rng.randint(1, 3) for chunk in chunks)
    stored(folder / "x.zarr", layer.input, chunks, zarr_format=format, shards=shards)
    np.save(folder / "w.npy", layer.weight)
    words = ["run", f"conv{'_transpose' * spec.transposed}{spec.rank}d"]
    words += [str(folder / "x.zarr"), str(folder / "w.npy"), "-o", str(folder / "y.zarr")]
    per_axis = {
        "-s": [axis.stride for axis in spec.axes],
        "-d": [axis.dilation for axis in spec.axes],
        "-p": [f"{axis.pad.before}:{axis.pad.after}" for axis in spec.axes],
    }
    for option, values in per_axis.items():
        words += [option, ",".join(map(str, values))]
    words += ["-g", str(spec.groups), "--padding-mode", spec.padding_mode]
    if spec.transposed:
        words += ["--output-padding", ",".join(str(axis.output_padding) for axis in spec.axes)]
    if layer.bias is not None:
        np.save(folder / "b.npy", layer.bias)
        words += ["--bias", str(folder / "b.npy")]
    if rng.random() < 0.7:
        chunk = [rng.randint(1, 6) for _ in spec.axes]
        words += ["--chunks", ",".join(map(str, chunk))]
        if format == 3 and rng.random() < 0.3:
            words += ["--shards", ",".join(str(2 * n) for n in chunk)]
    if rng.random() < 0.5:
        words += ["--max-memory", "60K"]
    return words, convolve(*layer)


@pytest.mark.parametrize(
    "count", [25, pytest.param(75, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_random_layers_equal_those_in_memory(tmp_path: Path, convcli: Convcli, count: int) -> None:
    rng = random.Random(count)
    for number in range(count):
        words, expected = random_run(rng, tmp_path, number)
        result = convcli(*words)
        if "--max-memory" in words and result.status == 4:
            words = [word for word in words if word not in ("--max-memory", "60K")]
            result = convcli(*words)
        assert (result.status, result.out, result.err) == (0, "", ""), (words, result.err)
        found = content(words[5])
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        assert np.array_equal(found, expected), words
        assert attributes(words[5])["convcli"]["complete"] is True
        shutil.rmtree(tmp_path / str(number))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


RUN = ("run", "conv2d", "x.zarr", "ones:3x3", "-p", "1", "-o", "y.zarr")


def sums(x: Any) -> Any:
    from convcli import ConvSpec

    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=2)
    return convolve(spec, x, np.ones((3, 3), np.int64))


class TestFaultsOfX:
    @pytest.mark.parametrize(
        ("options", "key"),
        [
            ({"zarr_format": 2}, "1.2"),
            ({"zarr_format": 3}, "c/1/2"),
            ({"zarr_format": 3, "shards": (10, 10)}, "c/1/1"),
        ],
    )
    def test_a_missing_chunk_is_refused_with_its_key_or_filled(
        self, here: Path, convcli: Convcli, options: Any, key: str
    ) -> None:
        x = numbers_of((20, 20))
        stored("x.zarr", x, (5, 5), **options)
        os.remove(here / "x.zarr" / key)
        result = convcli(*RUN, "--json")
        assert (result.status, result.out) == (3, "")
        error = json.loads(result.err)["error"]
        assert error["code"] == "store.missing"
        assert f"x.zarr/{key}" in error["message"]
        assert "--missing fill" in error["message"]
        assert convcli(*RUN, "--missing", "fill", "--force").status == 0
        unit = 10 if "shards" in options else 5
        row, column = (int(part) * unit for part in key.replace(".", "/").split("/")[-2:])
        x[row : row + unit, column : column + unit] = 0
        assert np.array_equal(content("y.zarr"), sums(x))

    def test_a_chunk_that_a_shard_lacks_is_refused_too(self, here: Path, convcli: Convcli) -> None:
        made = zarr.create_array(
            "x.zarr", shape=(20, 20), chunks=(5, 5), shards=(10, 10), dtype="u2"
        )
        made[...] = numbers_of((20, 20))
        made[0:5, 5:10] = 0  # zarr leaves chunks of zeros out
        result = convcli(*RUN)
        assert (result.status, "chunk (0, 1) of the shard x.zarr/c/0/0" in result.err) == (3, True)
        assert convcli(*RUN, "--missing", "fill", "--force").status == 0

    @pytest.mark.parametrize("fault", ["cut", "empty", "long", "noise", "folder"])
    @pytest.mark.parametrize(
        ("options", "key"),
        [
            ({"zarr_format": 2}, "1.2"),
            ({"zarr_format": 3}, "c/1/2"),
            ({"zarr_format": 3, "compressors": None}, "c/1/2"),
            ({"zarr_format": 3, "shards": (10, 10)}, "c/1/1"),
        ],
    )
    def test_a_damaged_chunk_is_refused_with_its_key(
        self, here: Path, convcli: Convcli, options: Any, key: str, fault: str
    ) -> None:
        stored("x.zarr", numbers_of((20, 20)), (5, 5), **options)
        path = here / "x.zarr" / key
        data = path.read_bytes()
        if fault == "noise" and options.get("compressors", 1) is None:
            pytest.skip("any bytes are numbers there")
        path.unlink()
        if fault == "folder":
            path.mkdir()
        else:
            faults = {"cut": data[:-3], "empty": b"", "noise": os.urandom(len(data))}
            path.write_bytes(faults.get(fault, data + bytes(9_000_000)))
        result = convcli(*RUN)
        assert (result.status, result.out) == (3, ""), result.err
        assert f"x.zarr/{key}" in result.err
        assert not any(word in result.err for word in ("Error", "0x", "array(", "zarr.")), (
            result.err
        )
        assert result.err.count("\n") == 1

    def test_a_chunk_that_unpacks_to_more_than_it_may_is_refused(
        self, here: Path, convcli: Convcli
    ) -> None:
        import gzip

        from numcodecs import BZ2, LZ4, Blosc, Zlib, Zstd

        bomb = bytes(20_000_000)
        for codec in (Zstd(), Blosc(), LZ4(), Zlib(), BZ2()):
            stored("x.zarr", numbers_of((20, 20)), (5, 5), zarr_format=2, compressors=codec)
            packed = codec.encode(bomb)
            (here / "x.zarr" / "1.2").write_bytes(packed)
            result = convcli(*RUN, "--force")
            assert (result.status, "x.zarr/1.2" in result.err) == (3, True), codec
        assert len(gzip.compress(bomb)) < 30_000

    def test_links_that_lead_out_of_the_store_are_not_followed(
        self, here: Path, convcli: Convcli
    ) -> None:
        stored("x.zarr", numbers_of((20, 20)), (5, 5), compressors=None)
        secret = here / "secret"
        secret.write_bytes(bytes(50))
        chunk = here / "x.zarr" / "c" / "1" / "2"
        chunk.unlink()
        chunk.symlink_to(secret)
        result = convcli(*RUN)
        assert (result.status, "leads out of the store" in result.err) == (3, True)
        for text in ("x.zarr/../secret", "x.zarr/./c"):
            result = convcli("run", "conv2d", text, "ones:3x3")
            assert (result.status, "inside the store" in result.err) == (2, True), text

    @pytest.mark.parametrize("link", ["c", "c/1", "zarr.json"])
    @pytest.mark.parametrize("packed", [False, True])
    @pytest.mark.parametrize("quick", ["0", "1"])
    def test_nor_are_those_of_folders_and_metadata(
        self, here: Path, convcli: Convcli, monkeypatch: Any, link: str, packed: bool, quick: str
    ) -> None:
        monkeypatch.setenv("CONVCLI_TENSORSTORE", quick)
        numbers = numbers_of((20, 20))
        stored("x.zarr", numbers, (5, 5), **({} if packed else {"compressors": None}))
        whole = convcli(*RUN)
        (here / "x.zarr" / link).rename(here / "elsewhere")
        (here / "x.zarr" / link).symlink_to(here / "elsewhere")
        result = convcli(*RUN, "--force")
        assert (whole.status, result.status) == (0, 3)
        assert "link that leads out of the store" in result.err
        (here / "x.zarr" / link).unlink()
        (here / "elsewhere").rename(here / "x.zarr" / "kept")
        (here / "x.zarr" / link).symlink_to(here / "x.zarr" / "kept")
        assert convcli(*RUN, "--force").status == 0

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
    def test_metadata_that_is_no_file_is_not_waited_for(self, here: Path, convcli: Convcli) -> None:
        (here / "x.zarr").mkdir()
        os.mkfifo(here / "x.zarr" / "zarr.json")
        result = convcli(*RUN)
        assert (result.status, "no regular file" in result.err) == (3, True)

    @pytest.mark.parametrize(
        "change",
        [
            {"shape": [10**18, 10**18]},
            {"shape": [-1, 5]},
            {"shape": "20x20"},
            {"shape": [20, 20.5]},
            {"chunks": [0, 5]},
            {"chunks": [5]},
            {"chunks": [10**9, 10**9]},
            {"dtype": "|O", "filters": [{"id": "pickle"}]},
            {"filters": [{"id": "pickle"}]},
            {"compressor": {"id": "pickle"}},
            {"compressor": {"id": "../../x"}},
            {"compressor": 5},
            {"dtype": "<U5"},
            {"dtype": [["a", "<i4"]]},
            {"dtype": "<i9"},
            {"zarr_format": 7},
            {"order": "Z"},
            {"dimension_separator": "../"},
        ],
    )
    def test_hostile_metadata_is_refused_in_one_line(
        self, here: Path, convcli: Convcli, change: Any
    ) -> None:
        stored("x.zarr", numbers_of((20, 20)), (5, 5), zarr_format=2)
        path = here / "x.zarr" / ".zarray"
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
        result = convcli(*RUN)
        assert (result.out, result.err.count("\n")) == ("", 1)
        assert result.status in (3, 4, 5), result.err
        assert not (here / "y.zarr").exists()
        for text in ("", "[1]", "{", "[" * 100_000, "null", '{"shape": 1}'):
            path.write_text(text)
            assert convcli(*RUN).status == 3, text

    def test_what_convcli_wrote_shows_a_changed_bit(self, here: Path, convcli: Convcli) -> None:
        for options in ({"zarr_format": 2}, {"zarr_format": 3}, {"shards": (20, 20)}):
            for compressors in ("auto", None):
                stored("x.zarr", numbers_of((20, 20)), (5, 5), compressors=compressors, **options)
                assert convcli(*RUN, "--chunks", "10", "--force").status == 0
                chunks = [path for path in (here / "y.zarr").rglob("*") if path.name in "01"]
                path = next(path for path in chunks if path.is_file())
                data = bytearray(path.read_bytes())
                data[len(data) // 3] ^= 4
                path.write_bytes(bytes(data))
                result = convcli("run", "conv2d", "y.zarr", "ones:1x1", "-q")
                assert (result.status, "y.zarr" in result.err) == (3, True), (options, compressors)


KILLED = """
import os, signal, sys
from convcli.inputs.files.stores import outputs
from convcli.cli.app.main import main
write, count = outputs.Units.write, [0]
def dies(self, unit, values):
    count[0] += 1
    if count[0] > 4:
        os.kill(os.getpid(), signal.SIGKILL)
    write(self, unit, values)
outputs.Units.write = dies
main(sys.argv[1:])
"""


def units_there(path: Path) -> set[str]:
    return {str(file.relative_to(path)) for file in path.glob("c/*/*")}


class TestResume:
    @pytest.fixture
    def x(self, here: Path) -> Any:
        x = numbers_of((40, 40))
        stored("x.zarr", x, (10, 10))
        return x

    words = (*RUN, "--chunks", "10", "--threads", "1")

    def test_killed_in_the_middle_the_rest_alone_is_computed(
        self, here: Path, convcli: Convcli, x: Any
    ) -> None:
        subprocess.run([sys.executable, "-c", KILLED, *self.words], check=False)
        there = units_there(here / "y.zarr")
        assert len(there) == 4
        assert attributes("y.zarr")["convcli"]["complete"] is False
        left = here / "y.zarr" / "c" / "0" / f"9.{'0a' * 16}.partial"
        left.write_bytes(b"half")
        result = convcli(*self.words)
        assert (result.status, "--resume" in result.err) == (5, True)
        times = {name: os.stat(here / "y.zarr" / name).st_mtime_ns for name in there}
        result = convcli(*self.words, "--resume", "--json")
        assert json.loads(result.out)["done"]["computed"] == 12
        assert json.loads(result.out)["done"]["skipped"] == 4
        assert "4 of 16 units were there" in result.err
        assert {name: os.stat(here / "y.zarr" / name).st_mtime_ns for name in there} == times
        assert np.array_equal(content("y.zarr"), sums(x))
        assert attributes("y.zarr")["convcli"]["complete"] is True
        assert not left.exists()

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (["--chunks", "20"], "the chunks of Y (10x10 then, 20x20 now)."),
            (["-p", "2"], "padding (1,1 then, 2,2 now); the shape of Y (40x40 then, 42x42 now)."),
            (["-s", "1,2"], "stride (1,1 then, 1,2 now); the shape of Y (40x40 then, 40x20 now)."),
            (
                ["-p", "1:2,1"],
                "padding (1,1 then, 1:2,1 now); the shape of Y (40x40 then, 41x40 now).",
            ),
            (["--padding-mode", "reflect"], "padding_mode (zeros then, reflect now)."),
            (["--bias", "1"], "the numbers of the bias."),
            (["--missing", "fill"], "what becomes of missing chunks of X (refuse then, fill now)."),
            (["--shards", "20"], "the shards of Y (none then, 20x20 now)."),
            (["--axes", "xy"], "the axes of X (y,x then, x,y now)."),
        ],
    )
    def test_another_request_is_refused_and_says_what_differs(
        self, convcli: Convcli, x: Any, change: list[str], told: str
    ) -> None:
        assert convcli(*self.words).status == 0
        words = list(self.words)
        if change[0] in words:
            words = [*words[: words.index(change[0])], *words[words.index(change[0]) + 2 :]]
        result = convcli(*words, *change, "--resume")
        assert (result.status, f"differs: {told} Repeat" in result.err) == (2, True), result.err

    def test_another_array_is_refused_with_what_it_is(
        self, here: Path, convcli: Convcli, x: Any
    ) -> None:
        assert convcli(*self.words).status == 0
        os.rename("x.zarr", "other.zarr")
        words = [word if word != "x.zarr" else "other.zarr" for word in self.words]
        told = "What differs: the path of X (x.zarr then, other.zarr now)."
        assert told in convcli(*words, "--resume").err
        stored("x.zarr", numbers_of((44, 40)).astype("i4"), (10, 10))
        os.utime("x.zarr/zarr.json", (4e9, 4e9))
        result = convcli(*self.words, "--resume")
        for told in (
            "the shape of X (40x40 then, 44x40 now)", "the type of X (uint16 then, int32 now)",
            "the metadata of X", "UTC then, 2096-10-02 07:06:40 UTC now)",
        ):  # fmt: skip
            assert told in result.err, result.err

    def test_other_weights_and_a_changed_input_are_refused(
        self, here: Path, convcli: Convcli, x: Any
    ) -> None:
        assert convcli(*self.words).status == 0
        words = [word if word != "ones:3x3" else "full:3x3:2" for word in self.words]
        assert "What differs: the numbers of the weights." in convcli(*words, "--resume").err
        zarr.open("x.zarr", mode="r+")[0, 0] = 5
        result = convcli(*self.words, "--resume")
        assert (result.status, "times of change of the chunks of X" in result.err) == (2, True)
        stored("y.zarr", x, (10, 10))
        assert "says nothing of how" in convcli(*self.words, "--resume").err

    def test_verify_computes_what_was_torn_and_resume_alone_does_not(
        self, here: Path, convcli: Convcli, x: Any
    ) -> None:
        assert convcli(*self.words).status == 0
        torn = here / "y.zarr" / "c" / "1" / "1"
        torn.write_bytes(torn.read_bytes()[:-9])
        assert convcli(*self.words, "--verify").status == 2
        assert json.loads(convcli(*self.words, "--resume", "--json").out)["done"]["computed"] == 0
        result = convcli(*self.words, "--resume", "--verify", "--json")
        assert json.loads(result.out)["done"]["computed"] == 1
        assert np.array_equal(content("y.zarr"), sums(x))

    def test_a_full_disk_keeps_what_is_there(
        self, here: Path, convcli: Convcli, x: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from zarr.storage import LocalStore

        put, count = LocalStore.set, [0]

        async def full(self: Any, key: str, value: Any) -> None:
            count[0] += "c/" in key
            if count[0] > 5:
                raise OSError(28, "No space left on device")
            await put(self, key, value)

        monkeypatch.setattr(LocalStore, "set", full)
        result = convcli(*self.words)
        assert (result.status, result.out) == (5, "")
        assert "No space left on device" in result.err
        assert result.err.count("\n") == 1
        monkeypatch.undo()
        monkeypatch.chdir(here)
        result = convcli(*self.words, "--resume", "--json")
        assert json.loads(result.out)["done"]["computed"] == 11
        assert np.array_equal(content("y.zarr"), sums(x))

    def test_a_disk_that_cannot_hold_it_is_refused_before(
        self, here: Path, convcli: Convcli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from convcli.cli.commands.run import stores

        stored("x.zarr", numbers_of((40, 40)), (10, 10), compressors=None)
        monkeypatch.setattr(stores, "free_bytes", lambda _: 9999)
        result = convcli(*self.words)
        assert (result.status, "12.5 KiB, and 9.765 KiB are free" in result.err) == (5, True)
        assert not (here / "y.zarr").exists()


class TestTargets:
    def test_what_is_there_is_kept_without_force(self, here: Path, convcli: Convcli) -> None:
        stored("x.zarr", numbers_of((20, 20)), (5, 5))
        assert convcli(*RUN).status == 0
        before = content("y.zarr")
        result = convcli("run", "conv2d", "x.zarr", "ones:1x1", "-o", "y.zarr")
        assert (result.status, "--force" in result.err) == (5, True)
        assert np.array_equal(content("y.zarr"), before)
        assert convcli(*RUN, "--force", "--chunks", "3").status == 0
        (here / "z.zarr").mkdir()
        (here / "z.zarr" / "mine.txt").write_text("kept")
        (here / "f.zarr").write_text("kept")
        for name in ("z.zarr", "f.zarr", "x.zarr", "x.zarr/in"):
            words = [word if word != "y.zarr" else name for word in RUN]
            assert convcli(*words, "--force").status == 5, name
        assert (here / "z.zarr" / "mine.txt").read_text() == "kept"
        assert content("x.zarr").shape == (20, 20)

    def test_shards_that_are_not_whole_chunks_are_refused_with_sizes_that_work(
        self, here: Path, convcli: Convcli
    ) -> None:
        stored("x.zarr", numbers_of((40, 40)), (10, 10))
        result = convcli(*RUN, "--chunks", "6,10", "--shards", "20,20")
        assert result.status == 2
        assert "Try --shards 24,20." in result.err
        assert convcli(*RUN, "--chunks", "6,10", "--shards", "24,20").status == 0
        made = zarr.open("y.zarr")
        assert (made.chunks, made.shards) == ((6, 10), (24, 20))
        assert np.array_equal(made[...], sums(content("x.zarr")))
        stored("x.zarr", numbers_of((40, 40)), (10, 10), zarr_format=2)
        assert "format 3" in convcli(*RUN, "--shards", "20", "--force").err

    @pytest.mark.parametrize(
        ("axes", "said"),
        [("qyx", "q is none of n, t, c, z, y, x: each of its"), ("a,q,y,x", "a, q are none")],
    )
    def test_axes_of_unknown_names_are_images_and_it_is_said(
        self, here: Path, convcli: Convcli, axes: str, said: str
    ) -> None:
        x = numbers_of((2, 3, 9, 9)[-len(axes.replace(",", "")) :])
        stored("x.zarr", x, (1,) * (x.ndim - 2) + (9, 9))
        for words in (RUN, (*RUN[:-2], "-q"), (*RUN[:-2], "-o", "y.npy")):
            result = convcli(*words, "--axes", axes)
            assert (result.status, result.err.count(said)) == (0, 1), result.err
        known = convcli(*RUN, "--force", "--axes", "ntyx"[-x.ndim :])
        assert (known.status, "none of" in known.err) == (0, False)

    def test_options_of_stores_alone_are_refused(self, here: Path, convcli: Convcli) -> None:
        stored("x.zarr", numbers_of((20, 20)), (5, 5))
        for words in (
            ("run", "conv2d", "x.zarr", "ones:3x3", "--resume"),
            ("run", "conv2d", "x.zarr", "ones:3x3", "--plan", "-o", "y.npy"),
            ("run", "conv2d", "arange:5x5", "ones:3x3", "--axes", "yx"),
            ("run", "conv2d", "arange:5x5", "ones:3x3", "--level", "0"),
            (*RUN, "--expect", "1"),
            (*RUN, "--check"),
            (*RUN, "--layout", "NHWC"),
            (*RUN, "--chunks", "0"),
            (*RUN, "--chunks", "5,5,5"),
            (*RUN, "--level", "1"),
            (*RUN, "--levels", "2"),
            (*RUN, "--axes", "zyx"),
            (*RUN, "--axes", "yy"),
            (*RUN, "--axes", "cy"),
            ("run", "conv2d", "x.zarr", "ones:3x3", "-o", "y.n5"),
            ("run", "tf.keras.layers.Conv2D(1, 3)", "x.zarr", "-o", "y.zarr"),
        ):
            result = convcli(*words)
            assert (result.status, result.out) == (2, ""), words
        assert not (here / "y.zarr").exists()

    def test_a_plan_says_what_would_be_done_and_does_nothing(
        self, here: Path, convcli: Convcli
    ) -> None:
        stored("x.zarr", numbers_of((400, 400)), (10, 10))
        plan = json.loads(convcli(*RUN, "--chunks", "10", "--plan", "--json").out)
        assert plan["units"] == 1600
        assert plan["fetched"]["bytes"] <= 3 * 400 * 400 * 2
        assert plan["written"]["bytes"] == 400 * 400 * 8
        assert not (here / "y.zarr").exists()
        people = convcli(*RUN, "--chunks", "10", "--plan").out
        assert re.search(r"400x400 +uint16, yx", people)
        assert convcli(*RUN, "--plan", "--lang", "zh").status == 0
        assert convcli(*RUN, "-q").out == "400x400\n"

    def test_little_memory_is_refused_and_what_is_asked_for_suffices(
        self, here: Path, convcli: Convcli
    ) -> None:
        x = numbers_of((200, 200))
        stored("x.zarr", x, (100, 100))
        result = convcli(*RUN, "--max-memory", "100K")
        assert result.status == 4
        limit = re.search(r"--max-memory (\d+M)", result.err)
        assert limit is not None
        assert "Smaller --chunks" in result.err
        assert convcli(*RUN, "--max-memory", limit[1]).status == 0
        assert np.array_equal(content("y.zarr"), sums(x))


AXES = [
    {"name": "t", "type": "time", "unit": "second"},
    {"name": "c", "type": "channel"},
    {"name": "z", "type": "space", "unit": "micrometer"},
    {"name": "y", "type": "space", "unit": "micrometer"},
    {"name": "x", "type": "space", "unit": "micrometer"},
]
NAN = float("nan")
FAR_STEPS = [  # of positions beyond every number, or none
    [{"type": "scale", "scale": [1e299, 1]}],
    [{"type": "scale", "scale": [1e199, 1]}] * 2,
    [{"type": "translation", "translation": [1, -1e299]}],
    [{"type": "scale", "scale": [NAN, 1]}],
]
OMERO = {"channels": [{"label": "DAPI", "color": "0000FF"}, {"label": "GFP", "color": "00FF00"}]}


def image(path: str, array: Any, format: int = 3, axes: Any = AXES, chunk: int = 4) -> Any:
    """An OME-Zarr image of two levels whose paths do not sort as the levels do."""
    count = len(axes)
    scale = [1.0] * (count - 2) + [0.5, 0.25]
    levels = [
        {
            "path": name,
            "coordinateTransformations": [
                {"type": "scale", "scale": [a * factor for a in scale]},
                {"type": "translation", "translation": [10.0] * count},
            ],
        }
        for name, factor in (("z0", 1), ("a1", 2))
    ]
    scales = {"name": "cells", "axes": axes, "datasets": levels}
    found = {"multiscales": [scales], "omero": OMERO}
    attributes = {"ome": {"version": "0.5", **found}}
    if format == 2:
        scales["version"] = "0.4"
        attributes = found
    group = zarr.create_group(path, zarr_format=format, attributes=attributes, overwrite=True)
    for name, values in (("z0", array), ("a1", array[..., ::2, ::2])):
        chunks = (1,) * (count - 2) + (chunk, chunk)
        made = group.create_array(name, shape=values.shape, chunks=chunks, dtype=array.dtype)
        made[...] = values
    return found


def scales_of(path: str, format: int = 3) -> Any:
    found = attributes(path)
    return (found["ome"] if format == 3 else found)["multiscales"][0]


class TestOme:
    @pytest.mark.parametrize("format", [2, 3])
    def test_axes_units_and_channels_stay_and_stale_levels_do_not(
        self, here: Path, convcli: Convcli, format: int
    ) -> None:
        x = numbers_of((2, 2, 3, 12, 16))
        image("x.zarr", x, format)
        words = ("run", "conv3d", "x.zarr", "ones:3x3x3", "-p", "1", "-g", "depthwise")
        assert convcli(*words, "-o", "y.zarr").status == 0
        scales, found = scales_of("y.zarr", format), attributes("y.zarr")
        assert scales["axes"] == AXES
        assert [level["path"] for level in scales["datasets"]] == ["0"]
        assert (found["ome"] if format == 3 else found)["omero"] == OMERO
        version = found["ome"]["version"] if format == 3 else scales["version"]
        assert version == {2: "0.4", 3: "0.5"}[format]
        group = zarr.open("y.zarr")
        assert (group.metadata.zarr_format, list(group)) == (format, ["0"])
        expected = [[sums3(channel) for channel in time] for time in x]
        assert np.array_equal(group["0"][...], expected)
        assert found["convcli"]["complete"] is True

    def test_positions_follow_the_centres_of_the_windows(
        self, here: Path, convcli: Convcli
    ) -> None:
        axes = AXES[3:]
        image("x.zarr", numbers_of((40, 40)), axes=axes)
        cases = [
            (["conv2d", "ones:3x3", "-s", "2", "-p", "1"], [1.0, 0.5], [10.0, 10.0]),
            (["conv2d", "ones:4x3", "-s", "2,1"], [1.0, 0.25], [10.75, 10.25]),
            (["conv2d", "ones:3x3", "-d", "3", "-p", "0:2"], [0.5, 0.25], [11.5, 10.75]),
            (["conv_transpose2d", "ones:2x2", "-s", "2"], [0.25, 0.125], [9.875, 9.9375]),
            (["conv_transpose2d", "ones:3x3", "-p", "1"], [0.5, 0.25], [10.0, 10.0]),
        ]
        for (layer, kernel, *options), scale, translation in cases:
            words = ("run", layer, "x.zarr", kernel, *options, "-o", "y.zarr", "--force")
            assert convcli(*words).status == 0
            steps = scales_of("y.zarr")["datasets"][0]["coordinateTransformations"]
            assert (steps[0]["scale"], steps[1]["translation"]) == (scale, translation), options

    def test_a_ramp_stays_where_it_was(self, here: Path, convcli: Convcli) -> None:
        """The numbers are the positions: a mean over a window is the position of its centre."""
        position = 10 + 0.25 * np.arange(64.0)
        image("x.zarr", np.tile(position, (8, 1)), axes=AXES[3:])
        for options in (["-s", "1,2"], ["-s", "1,3", "-d", "1,2"], []):
            words = ("run", "conv2d", "x.zarr", "full:1x5:0.2", *options, "-o", "y.zarr", "--force")
            assert convcli(*words).status == 0
            steps = scales_of("y.zarr")["datasets"][0]["coordinateTransformations"]
            values = content("y.zarr/0")[0]
            where = steps[1]["translation"][1] + steps[0]["scale"][1] * np.arange(len(values))
            assert np.allclose(values, where)

    def test_levels_are_means_of_the_level_above(self, here: Path, convcli: Convcli) -> None:
        x = numbers_of((5, 13, 18))
        image("x.zarr", x, axes=AXES[2:])
        words = ("run", "conv3d", "x.zarr", "ones:1x1x1", "-o", "y.zarr", "--levels", "3")
        assert convcli(*words, "--chunks", "4").status == 0
        levels = scales_of("y.zarr")["datasets"]
        assert [level["path"] for level in levels] == ["0", "1", "2"]
        assert levels[1]["coordinateTransformations"][0]["scale"] == [2.0, 1.0, 0.5]
        assert levels[1]["coordinateTransformations"][1]["translation"] == [10.5, 10.25, 10.125]
        above = x.astype(np.int64)
        for number in (1, 2):
            pad = [(0, size % 2) for size in above.shape]
            whole = np.pad(above.astype(float), pad, constant_values=np.nan)
            z, y, x_ = (size // 2 for size in whole.shape)
            mean = np.nanmean(whole.reshape(z, 2, y, 2, x_, 2), axis=(1, 3, 5))
            above = np.rint(mean).astype(np.int64)
            assert np.array_equal(content(f"y.zarr/{number}"), above)

    def test_the_level_is_that_of_the_metadata(self, here: Path, convcli: Convcli) -> None:
        x = numbers_of((12, 16))
        image("x.zarr", x, axes=AXES[3:])
        for words, expected in (
            (["x.zarr"], x),
            (["x.zarr", "--level", "1"], x[::2, ::2]),
            (["x.zarr/a1"], x[::2, ::2]),
            (["x.zarr/a1", "--level", "1"], x[::2, ::2]),
        ):
            name, *options = words
            line = ("run", "conv2d", name, "ones:1x1", "-o", "y.zarr", "--force", *options)
            assert convcli(*line).status == 0
            assert np.array_equal(content("y.zarr/0"), expected)
        assert scales_of("y.zarr")["datasets"][0]["coordinateTransformations"][0]["scale"][0] == 1.0
        line = ("run", "conv2d", "x.zarr/a1", "ones:1x1", "-o", "z.zarr", "--level", "0")
        assert convcli(*line).status == 2
        assert "levels" in convcli(*line[:2], "x.zarr", *line[3:-1], "2").err

    @pytest.mark.parametrize("axes", ["zyxc", "cxyz", "czyq", "tzyx", "czyw", "c,z,y,w2"])
    def test_axes_that_contradict_the_image_are_refused_with_its_own(
        self, here: Path, convcli: Convcli, axes: str
    ) -> None:
        image("x.zarr", numbers_of((2, 4, 4, 4)), axes=AXES[1:])
        words = ("run", "conv3d", "x.zarr", "ones:2x1x1x1x1", "-g", "2", "-o", "y.zarr")
        assert convcli(*words, "--axes", "CZYX").status == 0
        found, source = scales_of("y.zarr"), scales_of("x.zarr")
        at = "coordinateTransformations"
        assert (found["axes"], found["datasets"][0][at]) == (AXES[1:], source["datasets"][0][at])
        result = convcli(*words, "--axes", axes)
        told = f"--axes contradicts the image, whose axes are c, z, y, x, got '{axes}'"
        assert (result.status, told in result.err) == (2, True), result.err

    def test_new_channels_have_no_names(self, here: Path, convcli: Convcli) -> None:
        x = numbers_of((2, 12, 16))
        image("x.zarr", x, axes=[AXES[1], *AXES[3:]])
        np.save("w.npy", np.ones((3, 2, 3, 3), int))
        result = convcli("run", "conv2d", "x.zarr", "w.npy", "-o", "y.zarr")
        assert (result.status, "names and colours of the channels" in result.err) == (0, True)
        assert "omero" not in attributes("y.zarr")["ome"]
        assert content("y.zarr/0").shape == (3, 10, 14)

    @pytest.mark.parametrize("format", [2, 3])
    @pytest.mark.parametrize("value", [NAN, float("inf")])
    def test_numbers_that_json_has_not_are_not_passed_on(
        self, here: Path, convcli: Convcli, format: int, value: float
    ) -> None:
        image("x.zarr", numbers_of((2, 12, 16)), format, axes=[AXES[1], *AXES[3:]])
        path = here / "x.zarr" / {2: ".zattrs", 3: "zarr.json"}[format]
        path.write_text(path.read_text().replace('"DAPI"', repr(value).replace("inf", "Infinity")
                                                 .replace("nan", "NaN")))  # fmt: skip
        words = ("run", "conv2d", "x.zarr", "ones:2x1x3x3", "-g", "2", "-o", "y.zarr")
        result = convcli(*words)
        assert (result.status, "which JSON has not" in result.err) == (0, True), result.err
        found = attributes("y.zarr")
        assert "omero" not in (found["ome"] if format == 3 else found)
        for each in (here / "y.zarr").rglob("*z*"):
            if each.suffix == ".json" or each.name.startswith("."):
                assert not {"NaN", "Infinity"} & set(each.read_text().replace(",", " ").split())

    def test_planes_are_filtered_by_themselves_and_channels_are_added(
        self, here: Path, convcli: Convcli
    ) -> None:
        x = numbers_of((2, 3, 12, 16))
        image("x.zarr", x, axes=[AXES[0], *AXES[2:]])
        np.save("w.npy", np.arange(18).reshape(2, 1, 3, 3))
        assert convcli("run", "conv2d", "x.zarr", "w.npy", "-o", "y.zarr").status == 0
        assert [axis["name"] for axis in scales_of("y.zarr")["axes"]] == ["t", "z", "c", "y", "x"]
        from convcli import ConvSpec

        spec = ConvSpec.of(in_channels=1, out_channels=2, kernel_size=3, dims=2)
        expected = convolve(spec, x.reshape(6, 1, 12, 16), np.load("w.npy"))
        assert np.array_equal(content("y.zarr/0").reshape(expected.shape), expected)

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"multiscales": []}, 3),
            ({"multiscales": [{"datasets": [{"path": "../x"}]}]}, 3),
            ({"multiscales": [{"datasets": [{"path": "/etc"}]}]}, 3),
            ({"multiscales": [{"datasets": 5}]}, 3),
            ({"multiscales": [{"axes": [5], "datasets": [{"path": "z0"}]}]}, 3),
            ({"multiscales": [{"axes": AXES[:1], "datasets": [{"path": "z0"}]}]}, 3),
            ({"multiscales": [{"axes": AXES[3:], "datasets": [{"path": "gone"}]}]}, 3),
            ({"multiscales": [{"axes": [AXES[3]] * 2, "datasets": [{"path": "z0"}]}]}, 3),
            (
                {
                    "multiscales": [
                        {"axes": [{**AXES[3], "a": NAN}, AXES[4]], "datasets": [{"path": "z0"}]}
                    ]
                },
                3,
            ),
            (
                {
                    "multiscales": [
                        {
                            "axes": AXES[3:],
                            "datasets": [{"path": "z0"}],
                            "coordinateTransformations": [{"type": NAN}],
                        }
                    ]
                },
                3,
            ),
            *[
                (
                    {
                        "multiscales": [
                            {
                                "axes": AXES[3:],
                                "datasets": [{"path": "z0", "coordinateTransformations": steps}],
                            }
                        ]
                    },
                    3,
                )
                for steps in FAR_STEPS
            ],
            ({"plate": {}}, 3),
            ({"bioformats2raw.layout": 3}, 3),
            ({}, 3),
        ],
    )
    def test_metadata_that_is_no_image_is_refused(
        self, here: Path, convcli: Convcli, change: Any, status: int
    ) -> None:
        image("x.zarr", numbers_of((12, 16)), axes=AXES[3:])
        path = here / "x.zarr" / "zarr.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"attributes": {"ome": change}}))
        result = convcli(*RUN)
        assert (result.status, result.out, result.err.count("\n")) == (status, "", 1), result.err


def sums3(x: Any) -> Any:
    from convcli import ConvSpec

    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=3)
    return convolve(spec, x, np.ones((3, 3, 3), np.int64))


def test_a_single_kernel_and_its_flip(tmp_path: Path, convcli: Convcli) -> None:
    image = numbers_of((9, 7), "i8")
    stored(tmp_path / "x.zarr", image, (4, 3))
    np.save(tmp_path / "x.npy", image)
    for number, options in enumerate(([], ["--flip"], ["-p", "1", "--flip"])):
        words = ("1 2; 3 4", *options)
        out = tmp_path / f"y{number}.zarr"
        assert convcli("run", "conv2d", tmp_path / "x.zarr", *words, "-o", out).status == 0
        whole = tmp_path / f"y{number}.npy"
        assert convcli("run", "conv2d", tmp_path / "x.npy", *words, "-o", whole).status == 0
        assert np.array_equal(content(out), np.load(whole))


@pytest.mark.parametrize(
    ("x", "weight"),
    [("0x2x3x3x9", "3x2x3x2x9"), ("2x0x3x3x9", "3x0x3x2x9"), ("0x3x3x9", "3x0x3x2x9")],
)
def test_examples_and_channels_that_are_none(
    tmp_path: Path, convcli: Convcli, x: str, weight: str
) -> None:
    for file in ("y.zarr", "y.npy"):
        line = ("run", "conv3d", f"ones:{x}", f"ones:{weight}", "-o", tmp_path / file)
        assert convcli(*line).status == 0
    assert np.array_equal(content(tmp_path / "y.zarr"), np.load(tmp_path / "y.npy"))


@pytest.mark.parametrize("shards", [None, (4, 4, 4)])
def test_a_stack_without_images_gives_one(
    here: Path, convcli: Convcli, shards: tuple[int, ...] | None
) -> None:
    chunks = (2, 2, 2) if shards else (4, 4, 4)
    zarr.create_array("x.zarr", shape=(0, 6, 6), dtype="uint16", chunks=chunks, shards=shards)
    found = convcli("run", "conv2d", "x.zarr", "ones:3x3", "--axes", "zyx", "-o", "y.zarr")
    assert found.status == 0
    assert zarr.open_array("y.zarr").shape == (0, 4, 4)
