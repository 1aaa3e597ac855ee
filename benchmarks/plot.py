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

COLORS = ("#4477aa", "#ee6677", "#228833")


def main(*paths: str) -> None:
    *figures, target = paths
    mpl.rcParams |= {"svg.hashsalt": "convcli", "font.size": 9}
    runs = [json.loads(Path(path).read_text()) for path in figures]
    names = list(runs[0]["families"])
    plot, axes = plt.subplots(figsize=(7, 4.4), layout="constrained")
    height = 0.8 / len(runs)
    for number, (run, color) in enumerate(zip(runs, COLORS, strict=False)):
        places = [row + number * height for row in range(len(names))]
        count = run["threads"]
        label = f"{count} thread{'s' if count > 1 else ''}, {run['dtype']}"
        ratios = [run["families"][name] for name in names]
        axes.barh(places, [ratio - 1 for ratio in ratios], height, left=1, label=label, color=color)
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
