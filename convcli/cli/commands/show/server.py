"""Serves the page of `convcli show` on the loopback address, for arrays of any size."""

from __future__ import annotations

import secrets
import sys
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import environ
from typing import Any
from urllib.parse import parse_qs, urlsplit

from convcli.cli.app.errors import option_names
from convcli.cli.commands.show.page import Page
from convcli.cli.commands.show.parts import PartServer
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError
from convcli.render.json import encode

LOOPBACK = "127.0.0.1"
TOKEN_BYTES = 24  # 192 random bits in the address: other users of the machine cannot guess it
IDLE_SECONDS = 60  # until a connection without requests is closed
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


def serve(page: Page, streams: Streams, max_memory: int | None) -> None:
    """Serve the page on a free port, under a random token, until interrupted.

    Writes the address to stdout, and opens it in a browser if there is a screen.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    text = page.text(server=f"/{token}/part").encode()
    handler = partial(_Handler, token, text, PartServer(page.operands, max_memory))
    with _Server((LOOPBACK, 0), handler) as server:
        address = f"http://{LOOPBACK}:{server.server_port}/{token}/"
        streams.write(f"{address}\n")
        streams.flush()
        streams.complain("convcli: serving the page to this machine only; press Ctrl-C to stop")
        _open(address, streams)
        server.serve_forever()


def _open(address: str, streams: Streams) -> None:
    """Open the address in a browser, unless that would be one that runs in this terminal."""
    has_screen = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    if streams.is_terminal and (sys.platform in ("darwin", "win32") or has_screen):
        import webbrowser

        webbrowser.open(address)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a browser that closes the connection in the middle of an answer."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """The page at /TOKEN/ and its parts at /TOKEN/part; 404 without the token."""

    server_version, sys_version = "convcli", ""
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS

    def __init__(self, token: str, text: bytes, parts: PartServer, *rest: Any) -> None:
        self.token, self.text, self.parts = token, text, parts
        super().__init__(*rest)

    def do_GET(self) -> None:
        try:
            address = urlsplit(self.path)
        except ValueError:
            address = urlsplit("/")
        token, _, place = address.path.removeprefix("/").partition("/")
        if (
            not secrets.compare_digest(token.encode(), self.token.encode())
            or not self._is_own_host()
            or place not in ("", "part")
        ):
            self._answer(HTTPStatus.NOT_FOUND, b"not found\n", "text/plain")
        elif place == "":
            self._answer(HTTPStatus.OK, self.text, "text/html")
        else:
            self._answer(*self._part(address.query), "application/json")

    def _part(self, query: str) -> tuple[HTTPStatus, bytes]:
        try:
            return HTTPStatus.OK, encode(self.parts.part(parse_qs(query))).encode()
        except ConvError as error:
            message = error.message(option_names("show"))
            return HTTPStatus.BAD_REQUEST, encode({"error": message}).encode()

    def _is_own_host(self) -> bool:
        """Against DNS rebinding: another site's name that resolves to this machine."""
        port = self.connection.getsockname()[1]
        return self.headers.get("Host", "") in (f"{LOOPBACK}:{port}", f"localhost:{port}")

    def _answer(self, status: HTTPStatus, body: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{media_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request of HTTP, without the words of the library, and hang up."""
        self.close_connection, self.request_version = True, self.protocol_version
        status = HTTPStatus(code)
        body = encode({"error": f"{code} {status.phrase.lower()}"}).encode()
        self._answer(status, body, "application/json")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing: stderr holds notes for the user."""
