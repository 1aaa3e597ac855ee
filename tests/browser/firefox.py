"""A Firefox without a window, driven over WebDriver BiDi: https://w3c.github.io/webdriver-bidi/."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

COMMANDS = ("firefox-esr", "firefox")


def firefox_command() -> str | None:
    """The Firefox of this machine, or None."""
    return next((path for name in COMMANDS if (path := shutil.which(name))), None)


class FirefoxTab:
    """One tab: opens an address, evaluates JavaScript, and collects what the console says."""

    def __init__(self, socket: Any) -> None:
        self.socket, self.number = socket, 0
        self.console: list[str] = []
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded"])
        self.context = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def send(self, method: str, **parameters: Any) -> Any:
        """Send a command and return its result; events that come before it are kept."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv(timeout=60))
            if answer.get("method") == "log.entryAdded":
                self.console.append(answer["params"]["text"])
            if answer.get("id") == self.number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def open(self, address: str, width: int, height: int) -> None:
        self.send(
            "browsingContext.setViewport",
            context=self.context,
            viewport={"width": width, "height": height},
        )
        self.send("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression that JSON can hold; promises are awaited."""
        answer = self.send(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})))()",
            target={"context": self.context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"].get("value", "null"))

    def press(self, *keys: str) -> None:
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self.send("input.performActions", context=self.context, actions=[source])


@contextmanager
def firefox_tab(command: str) -> Iterator[FirefoxTab]:
    """A tab of a Firefox with a new profile; the process has ended afterwards."""
    from websockets.sync.client import connect

    with tempfile.TemporaryDirectory(prefix="firefox-") as profile:
        process = subprocess.Popen(
            [
                command,
                "--headless",
                "--remote-debugging-port=0",
                "--profile",
                profile,
                "--no-remote",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stderr is not None
            lines = iter(process.stderr.readline, "")
            address = next(found[1] for line in lines if (found := re.search(r"(ws://\S+)", line)))
            rest = Thread(target=process.stderr.read)  # a full pipe would stop Firefox
            rest.start()
            with connect(f"{address}/session", max_size=None) as socket:
                yield FirefoxTab(socket)
        finally:
            process.terminate()
            process.wait(30)
        rest.join()
        process.stderr.close()
