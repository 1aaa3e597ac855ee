"""The house rules that a reader relies on: the arrows, what loads quickly, the size of a piece."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

PACKAGE = Path(__file__).parent.parent / "convcli"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Each room, and the rooms that its modules may import. A module's room is the longest match.
GROUND = {"displays", "errors", "exit_status", "suggestions"}
ENGINE = {
    "engine.arrays": set(),
    "engine.geometry": set(),
    "engine.compute": {"engine.arrays", "engine.geometry"},
    "engine.diagnosis": {"engine.geometry", "engine.network"},
    "engine.weights": {"engine.arrays", "engine.geometry"},
    "engine.network": {"engine.geometry"},
    "engine.gradients": {"engine.arrays", "engine.compute", "engine.geometry"},
    "engine.explain": {"engine.arrays", "engine.gradients", "engine.compute", "engine.geometry"},
    "engine.training": {
        "engine.arrays",
        "engine.gradients",
        "engine.compute",
        "engine.explain",
        "engine.geometry",
    },
    "engine.proof": {"engine.arrays", "engine.network", "engine.compute", "engine.geometry"},
    "engine.exercises": {
        "engine.arrays",
        "engine.explain",
        "engine.gradients",
        "engine.network",
        "engine.compute",
        "engine.geometry",
    },
}
DOCUMENT = {"report.document", "report.quantities", "report.sheet", "report.terms"}
ALLOWED = {
    "displays": set(),
    "errors": set(),
    "exit_status": set(),
    "suggestions": set(),
    **ENGINE,
    "backends": {*ENGINE},
    "inputs.text": {*ENGINE},
    "inputs.files": {*ENGINE, "inputs.text"},
    "inputs.frameworks": {*ENGINE, "inputs.text"},
    "inputs.messages": {*ENGINE, "inputs.text"},
    "inputs.networks": {*ENGINE, "inputs.text", "inputs.files", "inputs.frameworks"},
    "distribution": {*ENGINE, "inputs"},
    "report.terms": set(),
    "report.quantities": {"report.terms"},
    "report.words": {"report.quantities"},
    "report.spelling": {*ENGINE, "report.quantities", "report.terms", "report.words"},
    "report.document": {"report.quantities", "report.terms", "report.words"},
    "report.sheet": {"report.document", "report.words"},
    "report.exercises": {
        *ENGINE, *DOCUMENT, "report.spelling", "report.views", "report.words",
    },
    "report.film": {
        *ENGINE, "report.document", "report.quantities", "report.spelling", "report.words",
    },
    "report.views": {*ENGINE, *DOCUMENT, "report.film", "report.spelling", "report.words"},
    "render": {*DOCUMENT, "report.film", "report.spelling", "report.words", "engine.geometry"},
    "cli.output": {*ENGINE, "inputs", "render", "report", "cli.app"},
    "cli.input": {
        *ENGINE, "inputs", "report.document", "report.spelling", "report.views", "report.words",
        "backends", "cli.app", "cli.output",
    },
    "cli.app": {
        "engine.compute", "engine.geometry", "inputs.text", "render", "report.words",
        "cli.commands", "cli.completion", "cli.output",
    },
    "cli.completion": {
        *ENGINE, "inputs", "report.words", "cli.app", "cli.commands", "cli.output",
    },
    "cli.many": {
        *ENGINE, "inputs.files", "report", "render", "cli.app", "cli.input", "cli.output",
    },
    "cli.commands": {
        *ENGINE, "inputs", "report", "render", "backends", "cli.app", "cli.input", "cli.output",
        "cli.many", "distribution",
    },
    "notebook": {*ENGINE, "inputs.text", "report", "render", "cli.app", "cli.output"},
    "cli": set(),
    "engine": set(),
    "inputs": set(),
    "report": set(),
    "program": {"cli.app"},
    "__main__": {"program"},
    "__init__": {
        "engine.geometry", "engine.compute", "engine.gradients", "engine.weights", "engine.explain",
        "notebook",
    },
}  # fmt: skip
WITHOUT_NUMPY = (
    "engine.geometry",
    "engine.network",
    "engine.diagnosis",
)  # `taps` makes arrays, and imports NumPy when it does


def imports(path: Path) -> Iterator[str]:
    """The modules of convcli that a file imports, without the package's own name."""
    package = path.relative_to(PACKAGE.parent).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level]) if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for name in node.names:
                if (f"{module}.{name.name}".partition(".")[0]) == "convcli":
                    inside = f"{module}.{name.name}".removeprefix("convcli.")
                    is_module = PACKAGE.joinpath(*inside.split(".")).with_suffix(".py").exists()
                    yield inside if is_module else module.removeprefix("convcli").removeprefix(".")
        elif isinstance(node, ast.Import):
            names = (name.name for name in node.names if name.name.partition(".")[0] == "convcli")
            yield from (name.removeprefix("convcli").removeprefix(".") for name in names)


def name_of(path: Path) -> str:
    name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    return name.removesuffix(".__init__")


def room_of(module: str) -> str:
    """The room that a module belongs to: the longest name in ALLOWED that fits."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in names if name in ALLOWED), module)


def test_every_module_has_a_room() -> None:
    assert set(ALLOWED) == {room_of(name_of(path)) for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_arrows_run_one_way(path: Path) -> None:
    room = room_of(name_of(path))
    allowed = GROUND | ALLOWED[room] | {room}
    for module in imports(path):
        if module and module != "__version__":
            target = room_of(module)
            assert any(target == name or target.startswith(f"{name}.") for name in allowed), module
    if room == "render":
        geometry = {module for module in imports(path) if module.startswith("engine.")}
        assert geometry <= {"engine.geometry.shapes"}, "a renderer knows the document only"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_are_absolute(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text()))
    assert not [node.lineno for node in nodes if isinstance(node, ast.ImportFrom) and node.level]


def test_one_module_imports_dask() -> None:
    def imports_dask(path: Path) -> bool:
        return bool(re.search(r"\b(distributed|dask)\b", _imported(path)))

    assert [name_of(path) for path in MODULES if imports_dask(path)] == ["distribution.dask"]


def _imported(path: Path) -> str:
    nodes = ast.walk(ast.parse(path.read_text()))
    lines = (ast.unparse(node) for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)))
    return "\n".join(line for line in lines if "convcli" not in line)


@pytest.mark.parametrize("room", WITHOUT_NUMPY)
def test_integers_stand_apart_from_arrays(room: str) -> None:
    paths = [path for path in MODULES if room_of(name_of(path)) == room]
    code = "\n".join(f"import convcli.{name_of(path)}" for path in paths if path.stem != "taps")
    assert "numpy" not in loaded(code)


def test_the_rooms_of_the_engine_have_no_circle() -> None:
    def reaches(room: str, target: str) -> bool:
        return any(after == target or reaches(after, target) for after in ENGINE[room])

    assert not [room for room in ENGINE if reaches(room, room)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_pieces_are_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            documented = ast.get_docstring(node, clean=False)
            body = node.end_lineno - node.lineno + 1 - len((documented or "").splitlines())  # type: ignore[operator]
            assert body <= 40, f"{node.name} has {body} lines"


@pytest.mark.parametrize(
    "path",
    sorted(path for path in PACKAGE.glob("render/page/**/*") if path.is_file()),
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_the_parts_of_the_page_are_small(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) <= 300
    assert max(map(len, lines)) <= 132 or path.suffix == ".html", "its policy is one line"


# NumPy 1 imports these itself, for its random numbers.
NUMPY_1 = {"hashlib", "tempfile", "random"}


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter holds after `code`."""
    program = f"import sys\n{code}\nprint(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(ran.stdout.splitlines()[-1].split())


def command(line: str) -> str:
    return f"from convcli.cli.app.main import main\nmain({line.split()!r})"


def test_the_package_and_its_engine_load_little() -> None:
    assert not loaded("import convcli") & {"numpy", "typer", "rich", "torch"}
    assert not loaded(
        "import convcli.engine.explain.worked_sums, convcli.engine.compute.convolve"
    ) & {"typer", "rich", "torch"}


@pytest.mark.parametrize(
    ("line", "absent"),
    [
        ("shape conv2d 5x5 -k 3", {"numpy", "torch"}),
        ("shape conv2d 5x5 -k 3 -q", {"numpy", "torch", "rich"}),
        ("shape conv2d 5x5 -k 3 --json", {"numpy", "torch", "rich"}),
        ("trace conv2d arange:5x5 ones:3x3 --at 0,0", {"torch"}),
        (
            "run conv2d arange:5x5 ones:3x3 -q",
            {"zarr", "numcodecs", "fsspec", "h5py", "tensorstore", "tifffile"},
        ),
        ("run conv2d arange:5x5 ones:3x3 -q", {"torch", "PIL", "hashlib", "tempfile", "random"}),
        *(
            (line, {"rich"})
            for line in (
                "shape conv2d 5x5 -k 3 --color always",
                "shape conv2d 5x5 -k 9",
                "shape --help",
                "trace conv2d arange:5x5 ones:3x3 --at 0,0",
                "run conv2d arange:5x5 ones:3x3",
                "grad conv2d arange:5x5 ones:3x3",
                "init conv2d --in-channels 1 -c 2 -k 3",
                "stack Conv2d(1,8,3) 1x1x9x9",
                "solve conv2d 5x5 3x3",
                "matrix conv1d arange:5 ones:3",
                "port Conv2d(1,2,3) 1x1x5x5",
                "help",
            )
        ),
    ],
)
def test_a_command_loads_what_it_uses(line: str, absent: set[str]) -> None:
    of_numpy = NUMPY_1 if np.__version__ < "2" else set()
    assert not loaded(command(line)) & (absent - of_numpy)


@pytest.mark.parametrize(
    ("line", "absent"),
    [
        (
            "shape conv2d 5x5 -k 3 -q",
            {"report.quantities", "report.terms", "render.values", "inputs.text.layouts"},
        ),
        ("shape conv2d 5x5 -k 3", {"inputs.text.layouts", "render.json"}),
        (
            "run conv2d X W -q",
            {"inputs.text.literals", "inputs.text.commas", "inputs.files.stores.sources"},
        ),
    ],
)
def test_a_short_start_loads_no_more_of_ours(line: str, absent: set[str], tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.ones((3, 3)))
    words = line.replace("X", f"{tmp_path}/x.npy").replace("W", f"{tmp_path}/x.npy")
    assert not loaded(command(words)) & {f"convcli.{name}" for name in absent}


def test_the_public_surface_is_small_and_complete() -> None:
    import convcli

    assert len(convcli.__all__) <= 14
    for name in convcli.__all__:
        assert getattr(convcli, name) is not None
    with pytest.raises(AttributeError):
        convcli.nothing  # noqa: B018
