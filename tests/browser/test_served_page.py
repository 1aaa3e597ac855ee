"""`convcli show --serve`: the page on the loopback address, with arrays that no page could hold."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest

from convcli import ConvSpec, convolve
from convcli.report.views.page import layer_data

LAYER = ConvSpec.of(in_channels=2, out_channels=3, kernel_size=3, padding=1, dims=2, bias=False)
VAST = ConvSpec.of(in_channels=2, out_channels=3, kernel_size=1, padding=10**6, dims=2, bias=False)


class Served:
    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "convcli", "show", *arguments, "--serve"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.place = urlsplit(self.address)

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.place.netloc, timeout=30)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found

    def part(self, **query: Any) -> tuple[int, Any]:
        status, body = self.get(f"{self.place.path}part?{urlencode(query)}")
        return status, json.loads(body)

    def end(self, number: int) -> tuple[int, str]:
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=30)
        return self.process.returncode, err


@pytest.fixture
def served() -> Iterator[Callable[..., Served]]:
    running = []

    def start(*arguments: str) -> Served:
        running.append(Served(*arguments))
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.process.communicate()


def test_only_the_token_and_the_own_host_open_it(served: Callable[..., Served]) -> None:
    one = served("conv2d", "arange:5x5", "ones:3x3")
    assert one.place.hostname == "127.0.0.1"
    assert len(one.place.path) > 30
    assert one.get(one.place.path)[0] == 200
    for path in (
        "/",
        "/part",
        f"/{'x' * 32}/",
        f"{one.place.path[:-2]}/",
        f"{one.place.path}../../etc/passwd",
    ):
        assert one.get(path) == (404, b"not found\n")
    assert one.get(one.place.path, Host="convolutions.example")[0] == 404
    assert one.get(one.place.path, Host=f"localhost:{one.place.port}")[0] == 200


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_it_ends_when_it_is_told_to(served: Callable[..., Served]) -> None:
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        one = served("conv2d", "arange:5x5", "ones:3x3")
        assert one.get(one.place.path)[0] == 200
        assert one.end(number) == (
            status,
            "convcli: serving the page to this machine only; press Ctrl-C to stop\n",
        )


def test_parts_are_the_engines(served: Callable[..., Served]) -> None:
    one = served("conv2d", "arange:2x60x70", "randint:3x2x3x3:0", "-p", "1")
    x = np.arange(2 * 60 * 70).reshape(2, 60, 70)
    _, weight = one.part(array="weight", layer="null", first="0,0,0,0", size="3,2,3,3")
    w = np.array(weight["values"]).reshape(3, 2, 3, 3)
    layer = json.dumps(layer_data(LAYER))
    status, part = one.part(array="output", layer=layer, first="1,10,20", size="2,5,100")
    assert (status, part["first"], part["size"]) == (200, [1, 10, 20], [2, 5, 50])
    assert part["values"] == convolve(LAYER, x, w)[1:, 10:15, 20:].reshape(-1).tolist()


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"array": "bias", "layer": "null", "first": "0", "size": "1"},
        {"array": "input", "layer": "null", "first": "0,0", "size": "1,1"},
        {"array": "input", "layer": "null", "first": "0,0,-1", "size": "1,1,1"},
        {"array": "input", "layer": "null", "first": "0,0,0", "size": "1000,1000,1"},
        {"array": "input", "layer": "null", "first": "0,0,x", "size": "1,1,1"},
        {"array": "output", "layer": "{}", "first": "0,0,0", "size": "1,1,1"},
        {"array": "output", "layer": "[[[", "first": "0,0,0", "size": "1,1,1"},
        {"array": "output", "layer": "[" * 20000, "first": "0,0,0", "size": "1,1,1"},
        {
            "array": "output",
            "layer": json.dumps(layer_data(LAYER) | {"out_channels": 4}),
            "first": "0,0,0",
            "size": "1,1,1",
        },
        {
            "array": "output",
            "layer": json.dumps(layer_data(LAYER) | {"axes": [None, 3]}),
            "first": "0,0,0",
            "size": "1,1,1",
        },
        {
            "array": "output",
            "layer": json.dumps(
                layer_data(
                    ConvSpec.of(
                        in_channels=2,
                        out_channels=3,
                        kernel_size=1,
                        padding=10**6,
                        dims=2,
                        bias=False,
                    )
                )
            ),
            "first": "0,0,0",
            "size": "1,1,1",
        },
    ],
)
def test_questions_that_make_no_sense_are_answered(
    served: Callable[..., Served], query: dict[str, str]
) -> None:
    one = served("conv2d", "arange:2x6x7", "ones:3x2x3x3", "-p", "1", "--max-memory", "1G")
    status, answer = one.part(**query)
    assert status == 400
    assert answer["error"]
    assert one.get(one.place.path)[0] == 200


def test_a_refusal_says_what_the_command_line_says(served: Callable[..., Served]) -> None:
    one = served("conv2d", "arange:2x6x7", "ones:3x2x3x3", "-p", "1", "--max-memory", "1G")
    status, answer = one.part(
        array="output", layer=json.dumps(layer_data(VAST)), first="0,0,0", size="1,1,1"
    )
    assert status == 400
    assert "but --max-memory allows 1 GiB" in answer["error"]


def test_connections_that_break_are_no_error(served: Callable[..., Served]) -> None:
    one = served("conv2d", "randn:300x300", "ones:3x3")
    whole = f"GET {one.place.path} HTTP/1.1\r\nHost: {one.place.netloc}\r\n\r\n"
    requests = [whole, "GET", "\0" * 100, "", "GET http://[x/ HTTP/1.1\r\n\r\n"]
    for request in requests * 4:
        with socket.create_connection(
            (one.place.hostname, one.place.port), timeout=10
        ) as connection:
            connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )  # closes with a reset
            connection.sendall(request.encode())
    with socket.create_connection((one.place.hostname, one.place.port), timeout=10) as connection:
        connection.sendall(requests[-1].encode())
        assert connection.recv(12) == b"HTTP/1.1 404"
    assert one.get(one.place.path)[0] == 200
    assert one.end(signal.SIGTERM) == (
        143,
        "convcli: serving the page to this machine only; press Ctrl-C to stop\n",
    )


def test_the_page_asks_for_what_it_has_not(
    served: Callable[..., Served], open_page: Callable[..., Any]
) -> None:
    one = served("conv2d", "arange:500x600", "ones:3x3")
    page = open_page(address=one.address)
    page.focus("#output .grid")
    page.keyboard.press("End")
    last = 9 * (498 * 600 + 598)
    page.wait_for_function(
        "last => document.querySelector('#explanation .text').textContent.endsWith(`= ${last}`)",
        arg=last,
    )
    shown = "() => convcli.page.contents.valueAt('output', convcli.page.state.selected.index)"
    page.wait_for_function(f"last => ({shown})() === last", arg=last)
    page.eval_on_selector(
        "#stride_0", "range => { range.value = 3; range.dispatchEvent(new Event('input')); }"
    )
    page.keyboard.press("End")
    page.wait_for_function(f"last => ({shown})() === last", arg=9 * (496 * 600 + 598))
