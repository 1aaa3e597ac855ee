"""The picture of docs/performance.md from the numbers of `benchmarks.layers`.

python -m benchmarks.plot NUMBERS.json... OUT.svg
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.ticker import NullLocator

COLORS = {("compiled", 1): "#4477aa", ("compiled", 2): "#66ccee"}
COLORS |= {("NumPy", 1): "#aa3377", ("NumPy", 2): "#ee6677"}


def main(*paths: str) -> None:
    *figures, target = paths
    mpl.rcParams |= {"svg.hashsalt": "convcli", "font.size": 9}
    runs = [json.loads(Path(path).read_text()) for path in figures]
    bars = [
        (ours, run["threads"], means)
        for ours in ("compiled", "NumPy")
        for run in runs
        if (means := run["families"].get(ours))
    ]
    names = list(bars[0][2])
    plot, axes = plt.subplots(figsize=(7, 6), layout="constrained")
    height = 0.8 / len(bars)
    for number, (ours, threads, means) in enumerate(bars):
        places = [row + number * height for row in range(len(names))]
        ratios = [means[name] - 1 for name in names]
        label = f"{ours}, {threads} thread{'s' if threads > 1 else ''}"
        color = COLORS.get((ours, threads))
        axes.barh(places, ratios, height, left=1, label=label, color=color)
    axes.axvline(1, color="#555555", linewidth=0.8)
    axes.set(
        xscale="log",
        xlabel="time of convcli / time of torch (left of the line: convcli is faster)",
    )
    axes.set_xticks([0.1, 0.2, 0.5, 1, 2, 5], labels=["0.1", "0.2", "0.5", "1", "2", "5"])
    axes.set_yticks([row + 0.4 - height / 2 for row in range(len(names))], labels=names)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.invert_yaxis()
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    plot.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
