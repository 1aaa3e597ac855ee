"""Addresses of schedulers, their files, TLS, and versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convcli.distribution.addresses import (
    check_credentials,
    is_open_to_others,
    parse_address,
    read_scheduler_file,
)
from convcli.distribution.versions import require_equal, versions_here
from convcli.errors import ConvError
from tests.certificates import Authority

ADDRESSES = {
    "tcp://127.0.0.1:8786": False,
    "tcp://localhost:8786": False,
    "tcp://[::1]:8786": False,
    "tcp://10.0.0.7:8786": True,
    "tcp://scheduler.dask.svc:8786": True,
    "tcp://[2001:db8::1]:8786": True,
    "tls://10.0.0.7:8786": False,
}


@pytest.mark.parametrize(("address", "is_open"), ADDRESSES.items())
def test_plain_tcp_beyond_this_machine_is_open_to_others(address: str, is_open: bool) -> None:
    assert parse_address(address) == address
    assert is_open_to_others(address) == is_open


@pytest.mark.parametrize(
    "text",
    ["", "8786", "10.0.0.7:8786", "http://10.0.0.7:8786", "tcp://10.0.0.7", "tcp://:8786",
     "tcp://10.0.0.7:0", "tcp://10.0.0.7:65536", "tcp://a b:1", "tcp://10.0.0.7:8786/x", "inproc://1/2"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConvError, match="must be tcp://HOST:PORT or tls://HOST:PORT"):
        parse_address(text)


def test_a_scheduler_file_holds_an_address(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"type": "Scheduler", "address": "tcp://10.0.0.7:8786"}))
    assert read_scheduler_file(str(path)) == "tcp://10.0.0.7:8786"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"address": 3}', '{"id": 1}', "[" * 10_000, "\0"])
def test_a_damaged_scheduler_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(ConvError, match="holds no address of a scheduler") as raised:
        read_scheduler_file(str(path))
    assert raised.value.kind == "data"


def test_a_scheduler_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConvError, match="cannot be read: No such file") as raised:
        read_scheduler_file(str(tmp_path / "s.json"))
    assert raised.value.kind == "data"


def test_tls_needs_its_files_and_tcp_has_none(tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    authority, missing = Authority(), tmp_path / "missing.pem"
    files = authority.credentials(tmp_path, "me")
    check_credentials("tls://10.0.0.7:8786", files)
    check_credentials("tcp://10.0.0.7:8786", None)
    with pytest.raises(ConvError, match="needs tls_ca, tls_cert and tls_key"):
        check_credentials("tls://10.0.0.7:8786", None)
    with pytest.raises(ConvError, match="needs a tls:// address"):
        check_credentials("tcp://10.0.0.7:8786", files)
    with pytest.raises(ConvError, match="tls_key cannot be read"):
        check_credentials("tls://10.0.0.7:8786", files._replace(key=str(missing)))
    junk, other = tmp_path / "junk.pem", authority.credentials(tmp_path, "other")
    junk.write_text("no certificate")
    for change, told in (
        ({"authority": str(junk)}, "tls_ca holds no certificate"),
        ({"certificate": str(junk)}, "tls_cert holds no certificate"),
        ({"key": str(junk)}, "tls_key holds no key"),
        ({"key": other.key}, "tls_key is not the key of tls_cert"),
        ({"key": authority.locked(tmp_path)}, "tls_key needs a password"),
    ):
        with pytest.raises(ConvError, match=told) as raised:
            check_credentials("tls://10.0.0.7:8786", files._replace(**change))
        assert raised.value.kind == "data"


def test_versions_that_differ_are_named() -> None:
    here = versions_here()
    require_equal(here, {"tcp://10.0.0.7:1": dict(here), "tcp://10.0.0.8:1": dict(here)})
    for package in here:
        there = here | {package: "0.0.1"}
        with pytest.raises(ConvError, match=rf"tcp://10.0.0.8:1 has {package} 0.0.1, and"):
            require_equal(here, {"tcp://10.0.0.7:1": here, "tcp://10.0.0.8:1": there})
    with pytest.raises(ConvError, match=r"has no zarr, and zarr is 3\.1 here"):
        require_equal(here | {"zarr": "3.1"}, {"tcp://10.0.0.8:1": here | {"zarr": None}})
    with pytest.raises(ConvError, match=r"has zarr 3\.1, and there is no zarr here"):
        require_equal(here | {"zarr": None}, {"tcp://10.0.0.8:1": here | {"zarr": "3.1"}})
    lost = ModuleNotFoundError("No module named 'convcli'")
    with pytest.raises(ConvError, match="cannot import convcli: No module named"):
        require_equal(here, {"tcp://10.0.0.8:1": lost})


def test_a_scheduler_file_is_awaited_where_its_folder_is_there(tmp_path: Path) -> None:
    with pytest.raises(ConvError, match="no scheduler has written it within 0 seconds") as raised:
        read_scheduler_file(str(tmp_path / "s.json"), 0.2)
    assert raised.value.kind == "write"
    with pytest.raises(ConvError, match="cannot be read: No such file") as raised:
        read_scheduler_file(str(tmp_path / "nowhere" / "s.json"), 60)
    assert raised.value.kind == "data"
