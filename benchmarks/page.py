"""Frames per second of the page of `show` in a browser: `python -m benchmarks.page`.

A 7x7 kernel on 64x64 cells. Each move (a step of the player, the pointer over another cell, a
slider) is made 200 times, each followed by a frame. The median over the runs of the median time of
a frame is printed. Needs the extra `browser` and chromium-headless-shell.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MOVES = {
    "step": "(page) => page.player.step(1)",
    "hover over an output": """(page, at) =>
        page.hover({ panel: 'output', index: [0, 10 + (at % 40), (at * 7) % 64] })""",
    "hover over a weight": """(page, at) =>
        page.hover({ panel: 'weight', index: [0, 0, at % 7, 3] })""",
    "slider": "(page, at) => page.change({ layer: withDilation(page.state.layer, 1 + (at % 3)) })",
}
MEASURE = """async (frames) => {
  const page = convcli.page;
  const times = [];
  const withDilation = (layer, dilation) =>
    ({ ...layer, axes: layer.axes.map((axis) => ({ ...axis, dilation })) });
  const act = %s;
  page.change({ ...page.initial });
  for (let at = 0; at < frames; at++) {
    const begun = performance.now();
    act(page, at);
    await new Promise(requestAnimationFrame);
    times.push(performance.now() - begun);
  }
  return times;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        line = ["show", "conv2d", "randint:64x64:0", "randint:7x7:1", "-p", "3", "-o", str(path)]
        subprocess.run([sys.executable, "-m", "convcli", *line], check=True)
        figures = measured(path, options.frames, options.runs)
    for name, milliseconds in figures.items():
        print(f"{name:24}{milliseconds:8.1f} ms{1000 / milliseconds:8.1f} frames a second")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


def measured(path: Path, frames: int, runs: int) -> dict[str, float]:
    """Milliseconds of a frame for each move."""
    from playwright.sync_api import sync_playwright

    times: dict[str, list[float]] = {name: [] for name in MOVES}
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell"), args=arguments
        )
        page: Any = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-state=ready]")
        for _ in range(runs):
            for name, move in MOVES.items():
                times[name].append(statistics.median(page.evaluate(MEASURE % move, frames)))
        browser.close()
    return {name: statistics.median(found) for name, found in times.items()}


if __name__ == "__main__":
    main()
