"""Workers read and write objects behind a URL: an S3 server on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.store_runs import chunks_of, command, make_input

pytest.importorskip("zarr", "3.1.3")
s3fs = pytest.importorskip("s3fs")
moto = pytest.importorskip("moto.server")

pytestmark = pytest.mark.cluster


def test_workers_write_the_same_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        options = {"key": "a", "secret": "b", "endpoint_url": f"http://{host}:{port}"}
        monkeypatch.setenv("CONVCLI_STORAGE_OPTIONS", json.dumps(options))
        files = s3fs.S3FileSystem(**options)
        files.mkdir("bucket")
        words = make_input(tmp_path, side=64)
        files.put(words[2], "bucket/x.zarr", recursive=True)
        assert command([*words, "-o", tmp_path / "one.zarr"]).returncode == 0
        words[2] = "s3://bucket/x.zarr"
        result = command([*words, "-o", "s3://bucket/y.zarr", "--workers", "2"])
        assert (result.returncode, result.stderr) == (0, "")
        expected = chunks_of(tmp_path / "one.zarr")
        found = {
            key.partition("y.zarr/")[2]: files.cat(key)
            for key in files.find("bucket/y.zarr")
            if not key.endswith("zarr.json")
        }
        assert found == expected
    finally:
        server.stop()
