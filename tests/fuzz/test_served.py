"""Requests to `show --serve` that are no HTTP."""

from __future__ import annotations

import json

import pytest

from tests.fuzz.served import ask

ARGV = ("show", "conv1d", "arange:5", "ones:3", "--serve")


@pytest.mark.parametrize(
    "request_line", [b"OST", b"OST /", b"GET / HTTP/9.9", b"BREW / HTTP/1.1", b"\x00 \xff \x1b"]
)
def test_what_is_no_request_is_answered_in_our_words(request_line: bytes) -> None:
    answer = ask(ARGV, request_line + b"\r\n\r\n")
    assert list(json.loads(answer.out)) == ["error"]
    assert b"syntax" not in answer.out


def test_a_second_request_that_is_damaged_does_not_change_the_first_answer() -> None:
    first = b"GET /TOKEN/part?array=%7B HTTP/1.1\r\nHost: HOST\r\n\r\n"
    assert ask(ARGV, first + b"OST\r\n\r\n") == ask(ARGV, first)
