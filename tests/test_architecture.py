"""The house rules that a reader relies on: who imports whom, what stays light, how small the pieces are."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "convcli"
MODULES = sorted(PACKAGE.rglob("*.py"))

ENGINE_ORDER = (
    "shapes",
    "padding",
    "spec",
    "taps",
    "tiles",
    "operands",
)  # each may import those before it; the rest import these
EXECUTORS = (
    "executors.job",
    "executors.gemm",
    "executors.fourier",
    "executors.transposed",
    "executors.phases",
    "executors.choice",
    "executors.threads",
)
ENGINE_SHARED = (
    "random_numbers",
    "convolve",
    "backward",
    "gradients",
    "losses",
    "optimisers",
)  # what the others are built of
STACKS = (
    "readings",
    "cost",
    "layers",
    "receptive",
    "branches",
    "padding_layers",
    "pooling",
    "resampling",
    "network",
)  # in this order
ALLOWED = {
    "errors": set(),
    "engine": {"errors", "engine"},
    "inputs": {"errors", "engine", "inputs"},
    "report": {"errors", "engine", "report"},
    "render": {"errors", "engine", "report", "render"},
    "torch_engine": {"errors", "engine"},
    "oracle": {"errors", "engine", "torch_engine"},
    "cli": {"errors", "engine", "inputs", "report", "render", "torch_engine", "oracle", "cli"},
}


def imports(path: Path) -> Iterator[str]:
    """The modules of convcli that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("convcli."):
            yield node.module.removeprefix("convcli.")
        elif isinstance(node, ast.Import):
            yield from (
                name.name.removeprefix("convcli.")
                for name in node.names
                if name.name.startswith("convcli.")
            )


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize(
    "path",
    [m for m in MODULES if part_of(m) in ALLOWED],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_arrows_run_one_way(path: Path) -> None:
    for module in imports(path):
        if module != "errors" and part_of(path) == "render":
            assert module.split(".")[0] in ALLOWED["render"]
            assert not module.startswith("engine.") or module == "engine.shapes", (
                "render knows the document only"
            )
        assert module.split(".")[0] in ALLOWED[part_of(path)], module


def test_the_engine_has_an_order() -> None:
    engine = PACKAGE / "engine"
    base = (*ENGINE_ORDER, *EXECUTORS)
    for path in [*engine.glob("*.py"), *engine.glob("executors/[!_]*.py")]:
        name = ".".join(path.relative_to(engine).with_suffix("").parts)
        known = base[: base.index(name)] if name in base else (*ENGINE_ORDER, *ENGINE_SHARED)
        known += STACKS[: STACKS.index(name)] if name in STACKS else () if name in base else STACKS
        if name in ("convolve", "streaming"):
            known = (*known, "executors.job", "executors.threads")
        for module in imports(path):
            target = module.removeprefix("engine.")
            assert target == "errors" or target in known, f"{name} imports {target}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_pieces_are_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            documented = ast.get_docstring(node, clean=False)
            body = node.end_lineno - node.lineno + 1 - len((documented or "").splitlines())  # type: ignore[operator]
            assert body <= 40, f"{node.name} has {body} lines"


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("render/page/*")), ids=lambda path: path.name)
def test_the_parts_of_the_page_are_small(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) <= 300
    assert max(map(len, lines)) <= 132 or path.name == "page.html", "its policy is one line"


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after `code`."""
    program = f"import sys\n{code}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(ran.stdout.splitlines()[-1].split())


def command(line: str) -> str:
    return f"from convcli.cli.app.main import main\nmain({line.split()!r})"


def test_the_package_and_its_engine_load_little() -> None:
    assert not loaded("import convcli") & {"numpy", "typer", "rich", "torch"}
    assert not loaded(
        "import convcli.engine.explain.worked_sums, convcli.engine.compute.convolve, convcli.engine.geometry.unread_cells"
    ) & {"typer", "rich", "torch"}


@pytest.mark.parametrize(
    ("line", "absent"),
    [
        ("shape conv2d 5x5 -k 3", {"numpy", "torch"}),
        ("shape conv2d 5x5 -k 3 -q", {"numpy", "torch", "rich"}),
        ("shape conv2d 5x5 -k 3 --json", {"numpy", "torch", "rich"}),
        ("trace conv2d arange:5x5 ones:3x3 --at 0,0", {"torch"}),
        ("run conv2d arange:5x5 ones:3x3 -q", {"torch", "rich", "PIL"}),
    ],
)
def test_a_command_loads_what_it_uses(line: str, absent: set[str]) -> None:
    assert not loaded(command(line)) & absent


def test_the_public_surface_is_small_and_complete() -> None:
    import convcli

    assert len(convcli.__all__) <= 12
    for name in convcli.__all__:
        assert getattr(convcli, name) is not None
    with pytest.raises(AttributeError):
        convcli.nothing  # noqa: B018
