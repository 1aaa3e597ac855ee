"""The tests with the lowest and with the newest version of every dependency, and of Python.

python -m tools.floors               all, each in an environment of its own under .floors/
python -m tools.floors lowest        one end: lowest or newest
python -m tools.floors --all         every everyday test, not only those that versions affect
python -m tools.floors stores        the lowest versions of what stores and workers need

The lowest versions are the floors of pyproject.toml, with this Python; the newest are tried with
every Python that is on PATH or that pyenv has. An environment is used again while they stay.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".floors"
EXTRAS = ("image", "tiff", "safetensors", "nifti", "onnx", "yaml", "pdf")
OF_STORES = ("zarr", "s3", "hdf5", "tiff", "tensorstore", "cluster")
WORKERS = "2"  # processes
ENDS = ("lowest", "newest")
VERSIONS = [f"3.{minor}" for minor in range(11, 30)]  # of Python
SAY_VERSION = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
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
    "tests/render",
)
STORES = (
    "tests/cli/test_stores.py",
    "tests/cli/test_stored_formats.py",
    "tests/cli/test_workers.py",
    "tests/distribution",
    "tests/fuzz/test_stores.py",
    "tests/inputs/test_plain_chunks.py",
    "tests/inputs/test_quick_reader.py",
)
# Without those that run the installed program, or scripts of the clone.
OTHERS = (
    "test_documentation.py",
    "test_examples.py",
    "test_course.py",
    "test_notebooks.py",
    "browser",
)
EVERYDAY = tuple(f"--ignore=tests/{name}" for name in OTHERS)
_FLOOR = re.compile(r"(?P<name>[\w-]+)>=(?P<version>[\d.]+)")


def requirements(which: Sequence[str] = EXTRAS) -> list[str]:
    """What convcli and its extras for files require, and pytest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    files = [entry for extra in which for entry in extras[extra]]
    tests = [entry for entry in extras["test"] if entry.startswith("pytest")]
    return [*project["dependencies"], *files, *tests]


def lowest(which: Sequence[str] = EXTRAS) -> list[str]:
    """The floor of each requirement, as pip's constraints."""
    floors = []
    for entry in sorted(set(requirements(which))):
        floor = _FLOOR.match(entry)
        if floor is None:
            raise SystemExit(f"pyproject.toml: {entry} has no floor")
        floors.append(f"{floor['name']}=={floor['version']}")
    return floors


def pythons() -> dict[str, str]:
    """The program of each version of Python that there is, this one's first."""
    this = "{}.{}".format(*sys.version_info)
    found = {this: sys.executable}
    for version in VERSIONS:
        for program in _candidates(version):
            if version not in found and _runs(program, version):
                found[version] = program
    return found


def _candidates(version: str) -> Iterator[str]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    of_pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    yield from map(str, sorted(of_pyenv.glob(f"{version}.*/bin/python"), reverse=True))


def _runs(program: str, version: str) -> bool:
    """Whether a program is that version; pyenv's shims are there for versions that are off."""
    try:
        said = subprocess.run([program, "-c", SAY_VERSION], capture_output=True, check=False)
    except OSError:
        return False
    return said.returncode == 0 and said.stdout.decode().strip() == version


def environment(end: str, version: str, program: str) -> Path:
    """The Python of an environment with the lowest or the newest versions."""
    folder = FOLDER / f"{end}-{version}"
    wishes_of = {"lowest": lowest, "newest": requirements, "stores": partial(lowest, OF_STORES)}
    wanted = "\n".join(wishes_of[end]()) + "\n"
    record, python = folder / "requirements.txt", folder / "bin" / "python"
    if python.exists() and record.exists() and record.read_text("utf-8") == wanted:
        return python
    subprocess.run([program, "-m", "venv", "--clear", str(folder)], check=True)
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
    parser.add_argument("end", nargs="?", choices=(*ENDS, "stores"))
    parser.add_argument("--all", action="store_true", help="the everyday tests")
    options = parser.parse_args(arguments)
    status, found = 0, pythons()
    ends = [options.end] if options.end else ENDS
    runs = [
        (end, each) for end in ends for each in (list(found) if end == "newest" else [*found][:1])
    ]
    for end, version in runs:
        python = environment(end, version, found[version])
        print(f"{end}, Python {version}: ", flush=True)
        subprocess.run([str(python), "-m", "pip", "list"], check=True)
        tests = STORES if end == "stores" else EVERYDAY if options.all else SMOKE
        command = [
            str(python),
            "-m",
            "pytest",
            "-q",
            "-n",
            WORKERS,
            "-m",
            "not slow and not growth and not torch",
            "--doctest-ignore-import-errors",  # extras like zarr are not in these environments
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
