"""The page of `convcli show`, as a file, or served from this machine to itself."""

from __future__ import annotations

import json
import secrets
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import prod
from os import environ
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np

from convcli.cli.app.errors import option_names
from convcli.cli.input.memory import require_memory
from convcli.cli.output.streams import Streams
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.operands import Array
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.render.json import encode
from convcli.render.page_html import page
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.views.page import (
    PageOperands,
    box,
    in_torchs_layout,
    layer_of,
    page_data,
    resized_kernels,
)

LOOPBACK = "127.0.0.1"
MOST_IN_A_PART = 300_000  # numbers
LONGEST_SHOWN = 200  # of a query that is not understood
RESULTS_KEPT = 4  # of layers that were asked for last


def page_text(shown: PageOperands, **chosen: Any) -> str:
    """The page, with `chosen` as in `page_data`."""
    return page(page_data(shown, **chosen), pytorch_line(shown.spec))


class Engine:
    """Answers for parts of the arrays, and of the outputs of any layer on them."""

    def __init__(self, shown: PageOperands, max_memory: str | None) -> None:
        self.shown = shown
        self.max_memory = max_memory
        self.results: OrderedDict[ConvSpec, Array] = OrderedDict()
        self.lock = threading.Lock()

    def part(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """A box of `array` (input, weight or output of `layer`) from `first`, of `size`. Raises ConvError where there is none."""
        name, spec, first, size = _asked(query)
        array = (
            self.output(spec)
            if spec is not None
            else self.shown.input
            if name == "input"
            else self.shown.weight
        )
        if (
            len(first) != array.ndim
            or len(size) != array.ndim
            or min(first) < 0
            or min(size) < 1
            or prod(size) > MOST_IN_A_PART
        ):
            raise ConvError(
                "part.range",
                f"must lie within {array.shape}",
                parameter="part",
                got=f"{first} {size}",
            )
        found = box(array, first, size, self.shown.wide)
        if (
            array.dtype.kind == "f"
        ):  # the page rounds them; the shortest text of a narrow number takes ten times as long
            found["values"] = found["values"].astype(np.float64)
        return found

    def output(self, spec: ConvSpec) -> Array:
        """(C_out, *out) of a layer on the input, with the kernels cut or filled with zeros to its sizes."""
        given = self.shown.spec
        if (spec.in_channels, spec.out_channels, spec.groups, spec.bias) != (
            given.in_channels, given.out_channels, given.groups, given.bias,
        ):  # fmt: skip
            raise ConvError(
                "part.layer", "must keep the channels, the groups and the bias", parameter="part"
            )
        with self.lock:
            if spec not in self.results:
                self.results[spec] = self._computed(spec)
                while len(self.results) > RESULTS_KEPT:
                    self.results.popitem(last=False)
            self.results.move_to_end(spec)
            return self.results[spec]

    def _computed(self, spec: ConvSpec) -> Array:
        shown = self.shown
        outputs = spec.out_channels * prod(spec.output_sizes(shown.input.shape[1:]))
        require_memory(outputs * 16 + prod(spec.weight_shape) * 8, self.max_memory)
        kernels = in_torchs_layout(spec, resized_kernels(shown.weight, spec.kernel_size))
        output: Array = convolve(spec, shown.input[None], kernels, shown.bias)[0].astype(
            shown.dtype
        )
        return output


def _asked(query: dict[str, list[str]]) -> tuple[str, ConvSpec | None, list[int], list[int]]:
    """What a request names: the array, for outputs the layer, the first index, the size. Raises ConvError where it names none."""
    try:
        name = query["array"][0]
        first, size = (
            [int(word) for word in query[key][0].split(",")] for key in ("first", "size")
        )
        if name in ("input", "weight"):
            return name, None, first, size
        if name == "output":
            return name, layer_of(json.loads(query["layer"][0])), first, size
    except ConvError:
        raise
    except (KeyError, ValueError, TypeError, IndexError, RecursionError):
        pass
    raise ConvError(
        "part.query", "is not understood", parameter="part", got=str(query)[:LONGEST_SHOWN]
    )


def serve(shown: PageOperands, streams: Streams, max_memory: str | None, **chosen: Any) -> None:
    """Serve the page on a free port of the loopback address, under a random token, until interrupted; its address goes to
    stdout, and to a browser where there is a screen."""
    token = secrets.token_urlsafe(24)
    text = page_text(shown, server=f"/{token}/part", **chosen)
    with _Server(
        (LOOPBACK, 0), partial(_Handler, token, text.encode(), Engine(shown, max_memory))
    ) as server:
        address = f"http://{LOOPBACK}:{server.server_port}/{token}/"
        streams.write(f"{address}\n")
        streams.flush()
        streams.complain("convcli: serving the page on this machine alone; Ctrl-C ends it")
        _open(address, streams)
        server.serve_forever()


def _open(address: str, streams: Streams) -> None:
    """Show the address in a browser with a window; one that runs in the terminal would take it over."""
    if streams.is_terminal and (
        sys.platform in ("darwin", "win32")
        or environ.get("DISPLAY")
        or environ.get("WAYLAND_DISPLAY")
    ):
        import webbrowser

        webbrowser.open(address)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle is no error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """The page at /TOKEN/ and its parts at /TOKEN/part; whoever comes without the token, or under another host's name, is
    shown nothing."""

    server_version, sys_version = "convcli", ""
    protocol_version = "HTTP/1.1"
    timeout = 60

    def __init__(self, token: str, text: bytes, engine: Engine, *rest: Any) -> None:
        self.token, self.text, self.engine = token, text, engine
        super().__init__(*rest)

    def do_GET(self) -> None:
        try:
            asked = urlsplit(self.path)
        except ValueError:
            asked = urlsplit("/")
        first, _, place = asked.path.removeprefix("/").partition("/")
        if (
            not secrets.compare_digest(first.encode(), self.token.encode())
            or not self._is_own_host()
            or place not in ("", "part")
        ):
            self._answer(HTTPStatus.NOT_FOUND, b"not found\n", "text/plain")
        elif place == "":
            self._answer(HTTPStatus.OK, self.text, "text/html")
        else:
            self._answer(*self._part(asked.query), "application/json")

    def _part(self, query: str) -> tuple[HTTPStatus, bytes]:
        try:
            return HTTPStatus.OK, encode(self.engine.part(parse_qs(query))).encode()
        except ConvError as error:
            return HTTPStatus.BAD_REQUEST, encode(
                {"error": error.message(option_names("show"))}
            ).encode()

    def _is_own_host(self) -> bool:
        """Against names of other sites that are made to point here."""
        port = self.connection.getsockname()[1]
        return self.headers.get("Host", "") in (f"{LOOPBACK}:{port}", f"localhost:{port}")

    def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
        ):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing is said of requests."""


def command_of(
    x: str, w: str, bias: str | None, example: str, groups: str | None, spec: ConvSpec
) -> dict[str, str | Sequence[str]]:
    """X and W as they were typed, and the options that go with them: `depthwise` has one kernel serve every channel."""
    rest = ([] if bias is None else [f"--bias={bias}"]) + (
        [] if example == "0" else [f"--example={example}"]
    )
    return {"input": x, "weight": w, "rest": rest, "groups": f"--groups={groups or spec.groups}"}
