"""`convcli show --serve` in a thread of this process, and raw requests to it."""

from __future__ import annotations

import io
import re
import socket
import threading
import time
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.fuzz.case import Outcome

START = 20.0  # seconds
PATIENCE = 10.0
OF_HTTP = (501, 505)  # answers of http.server itself to methods and versions that it does not have


class Address(NamedTuple):
    host: str
    port: int
    path: str


_ADDRESSES: dict[tuple[str, ...], Address] = {}


def ask(argv: tuple[str, ...], request: bytes) -> Outcome:
    """Send the request to the server that `argv` starts.

    The status is 0 where it is answered, 2 where it is refused, 70 where the server failed. Where
    no server starts, the outcome is that of the command line.
    """
    address = _ADDRESSES.get(argv) or _started(argv)
    if isinstance(address, Outcome):
        return address
    path, host = address.path.encode(), f"{address.host}:{address.port}".encode()
    data = request.replace(b"TOKEN", path.strip(b"/")).replace(b"HOST", host)
    answer = bytearray()
    with socket.create_connection((address.host, address.port), PATIENCE) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                answer += part
        except ConnectionError:
            pass
        except TimeoutError:
            return Outcome(-1, ended="the server does not answer")
    return _read(bytes(answer))


def _read(answer: bytes) -> Outcome:
    head, _, body = answer.partition(b"\r\n\r\n")
    match = re.match(rb"HTTP/1\.[01] (\d{3})", head)
    length = re.search(rb"(?i)\r\nContent-Length: *(\d+)", head)
    if length:  # what follows answers what the damage made a second request
        body = body[: int(length[1])]
    status = int(match[1]) if match else 400
    code = 0 if status < 400 else 2 if status < 500 or status in OF_HTTP else 70
    return Outcome(code, body, bug=f"answer {status}" if code == 70 else "")


def _started(argv: tuple[str, ...]) -> Address | Outcome:
    from convcli.cli.app.main import main
    from convcli.cli.output.streams import Streams

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    streams = Streams(io.TextIOWrapper(io.BytesIO()), out, err)
    statuses: list[int] = []
    run = threading.Thread(target=lambda: statuses.append(main(list(argv), streams)), daemon=True)
    run.start()
    until = time.monotonic() + START
    while b"\n" not in (text := out.buffer.getvalue()):  # type: ignore[attr-defined]
        if not run.is_alive():
            err.flush()
            return Outcome(statuses[0] if statuses else 70, err=err.buffer.getvalue())  # type: ignore[attr-defined]
        if time.monotonic() > until:
            raise TimeoutError(err.buffer.getvalue())  # type: ignore[attr-defined]
        time.sleep(0.01)
    parts = urlsplit(text.decode().strip())
    _ADDRESSES[argv] = Address(str(parts.hostname), int(parts.port or 0), parts.path)
    return _ADDRESSES[argv]
