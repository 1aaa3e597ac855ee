"""The tests with the lowest and with the newest version of every dependency.

python -m tools.floors               both, each in an environment of its own under .floors/
python -m tools.floors lowest        one of them: lowest or newest
python -m tools.floors --all         every everyday test, not only those that versions affect

The lowest versions are the floors of pyproject.toml. An environment is used again while they stay.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".floors"
EXTRAS = ("image", "safetensors", "nifti", "onnx", "yaml")
ENDS = ("lowest", "newest")
# Where the versions matter: the parser and its errors, NumPy's arithmetic, and the readers.
SMOKE = (
    "convcli",
    "tests/cli/test_commands.py",
    "tests/cli/test_errors.py",
    "tests/cli/test_formats.py",
    "tests/cli/test_help.py",
    "tests/cli/test_terminal.py",
    "tests/engine/test_convolve.py",
    "tests/engine/test_golden.py",
    "tests/inputs",
)
_FLOOR = re.compile(r"(?P<name>[\w-]+)>=(?P<version>[\d.]+)")


def requirements() -> list[str]:
    """What convcli and its extras for files require, and pytest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    files = [entry for extra in EXTRAS for entry in extras[extra]]
    tests = [entry for entry in extras["test"] if entry.startswith("pytest")]
    return [*project["dependencies"], *files, *tests]


def lowest() -> list[str]:
    """The floor of each requirement, as pip's constraints."""
    floors = []
    for entry in requirements():
        floor = _FLOOR.match(entry)
        if floor is None:
            raise SystemExit(f"pyproject.toml: {entry} has no floor")
        floors.append(f"{floor['name']}=={floor['version']}")
    return floors


def environment(end: str) -> Path:
    """The Python of an environment with the lowest or the newest versions."""
    folder = FOLDER / end
    wanted = "\n".join(lowest() if end == "lowest" else requirements()) + "\n"
    record, python = folder / "requirements.txt", folder / "bin" / "python"
    if python.exists() and record.exists() and record.read_text("utf-8") == wanted:
        return python
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    wishes = folder / "wishes.txt"
    wishes.write_text(wanted, "utf-8")
    install = [str(python), "-m", "pip", "install", "-q", "--upgrade", "-r", str(wishes)]
    subprocess.run(install, check=True)
    wishes.rename(record)
    return python


def settings() -> dict[str, str]:
    """The variables of the tests' process: these environments lack torch and a browser."""
    kept = {name: value for name, value in os.environ.items() if "CONVCLI_REQUIRE" not in name}
    return {**kept, "PYTHONPATH": str(ROOT)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tests; the exit status is that of the last run that failed."""
    parser = argparse.ArgumentParser(prog="python -m tools.floors")
    parser.add_argument("end", nargs="?", choices=ENDS)
    parser.add_argument("--all", action="store_true", help="the everyday tests")
    options = parser.parse_args(arguments)
    status = 0
    for end in [options.end] if options.end else ENDS:
        python = environment(end)
        print(f"{end}: ", flush=True)
        subprocess.run([str(python), "-m", "pip", "list"], check=True)
        tests = () if options.all else SMOKE
        command = [
            str(python),
            "-m",
            "pytest",
            "-q",
            "-m",
            "not slow and not growth and not torch",
            *tests,
        ]
        tried = subprocess.run(
            [*command, "-p", "no:cacheprovider"],
            cwd=ROOT,
            env=settings(),
            check=False,
        )
        status = tried.returncode or status
    return status


if __name__ == "__main__":
    sys.exit(main())
