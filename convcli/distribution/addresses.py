"""Where a scheduler is: an address, or the file that it wrote."""

from __future__ import annotations

import ipaddress
import json
import re
import time
from pathlib import Path
from typing import NamedTuple

from convcli.errors import ConvError, unreadable

_ADDRESS = re.compile(
    r"(?P<scheme>tcp|tls)://(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s/:\[\]]+):(?P<port>\d{1,5})"
)
HIGHEST_PORT = 65535
WAKING = 0.1  # seconds between looks for a file
LONGEST_FILE = 1 << 20  # bytes of a scheduler file


class Credentials(NamedTuple):
    """Files in PEM format: the authority's certificate, this client's certificate and its key."""

    authority: str
    certificate: str
    key: str


def parse_address(text: str, parameter: str = "dask_address") -> str:
    """The address of a scheduler. Raises ConvError unless it is tcp://HOST:PORT or tls://HOST:PORT.

    >>> parse_address("tcp://10.0.0.7:8786")
    'tcp://10.0.0.7:8786'
    """
    match = _ADDRESS.fullmatch(text)
    if match is None or not 0 < int(match["port"]) <= HIGHEST_PORT:
        rule = "must be tcp://HOST:PORT or tls://HOST:PORT"
        hint = "A scheduler prints its address when it starts."
        raise ConvError("cluster.address", rule, parameter=parameter, got=text, hint=hint)
    return text


def read_scheduler_file(path: str, seconds: float = 0.0) -> str:
    """The address in a file that `dask scheduler --scheduler-file` wrote.

    A file that is not there yet is awaited so many seconds: the scheduler may be starting. Raises
    ConvError.
    """
    parameter = "scheduler_file"
    file, deadline = Path(path), time.monotonic() + seconds
    while seconds and file.parent.is_dir() and not file.exists():
        if time.monotonic() > deadline:
            rule = f"no scheduler has written it within {seconds:.0f} seconds"
            hint = "Start one: dask scheduler --scheduler-file FILE."
            raise ConvError(
                "cluster.unreachable", rule, parameter=parameter, got=path, kind="write", hint=hint
            )
        time.sleep(WAKING)
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(LONGEST_FILE + 1)
    except OSError as error:
        raise unreadable("cluster.scheduler_file", parameter, path, error) from None
    try:
        address = json.loads(data)["address"] if len(data) <= LONGEST_FILE else None
    except (ValueError, KeyError, TypeError, RecursionError):
        address = None
    if not isinstance(address, str):
        rule = "holds no address of a scheduler"
        hint = "A scheduler writes such a file: dask scheduler --scheduler-file FILE."
        raise ConvError(
            "cluster.scheduler_file", rule, parameter=parameter, got=path, kind="data", hint=hint
        )
    return parse_address(address, parameter)


def check_credentials(address: str, credentials: Credentials | None) -> None:
    """Raises ConvError unless tls:// has credentials, tcp:// has none, and all can be read."""
    is_tls = address.startswith("tls://")
    if is_tls and credentials is None:
        rule = "needs `tls_ca`, `tls_cert` and `tls_key`"
        raise ConvError("cluster.tls", rule, parameter="dask_address", got=address)
    if credentials and not is_tls:
        rule = "needs a tls:// address"
        raise ConvError("cluster.tls", rule, parameter="tls_ca", got=address)
    for name, path in zip(("tls_ca", "tls_cert", "tls_key"), credentials or (), strict=False):
        try:
            with Path(path).open("rb") as stream:
                stream.read(1)
        except OSError as error:
            raise unreadable("cluster.tls", name, path, error) from None
    if credentials is not None:
        from convcli.distribution.refused import require_certificates

        require_certificates(*credentials)


def is_open_to_others(address: str) -> bool:
    """Whether what is sent is neither encrypted nor kept on this machine.

    >>> is_open_to_others("tcp://10.0.0.7:8786"), is_open_to_others("tcp://127.0.0.1:8786")
    (True, False)
    """
    match = _ADDRESS.fullmatch(address)
    if match is None or match["scheme"] == "tls":
        return False
    host = match["host"].strip("[]")
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
