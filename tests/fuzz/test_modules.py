"""`stack --module` runs code that convcli does not know; whatever it does, the answer is one."""

from __future__ import annotations

import json

import pytest

from tests.fuzz.case import Case, packed
from tests.fuzz.driver import Workers
from tests.fuzz.invariants import faults

NET = """
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Conv2d(1, 2, 3)
    def forward(self, x):
        return self.layer(x)
"""
READ = {  # modules that do more than they must, and are read
    "prints": "print('CANARY')\n" + NET,
    "prints-when-called": NET.replace("return", "print('CANARY'); return"),
    "evaluates-to-nothing": NET + "    def eval(self): return None\n",
    "forgets-stdout": "import sys\nsys.stdout = None\nsys.argv = None\n" + NET,
}
REFUSED = {
    "raises": "raise RuntimeError('\\x1b[31mCANARY\\nTAIL')",
    "exits": "raise SystemExit(0)",
    "exits-when-called": NET.replace("return", "raise SystemExit(0)"),
    "raises-another-kind": "class E(BaseException): pass\nraise E('x')",
    "raises-what-cannot-be-written":
        "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
    "raises-when-called": NET.replace("return", "raise KeyError('\\x1b[31mCANARY')"),
    "has-no-end": "def f(): return f()\nf()",
    "is-no-python": "def f(:",
    "has-zeros": "x = 1\0",
    "raises-for-names": "def __getattr__(name): raise RuntimeError(name)",
    "is-a-number": "Net = 5",
    "makes-a-number": "def Net(): return 7",
    "needs-arguments": NET.replace("__init__(self)", "__init__(self, a)", 1),
    "cannot-be-shown": NET + "    def __repr__(self): raise KeyError('r')\n    forward = None",
    "is-empty": "",
    "raises-an-object": NET.replace("return", "raise RuntimeError(object());"),
    "has-other-parameters": NET + "    def parameters(self, *a, **k): return 5\n",
    "has-other-modules": NET + "    def named_modules(self, *a, **k): raise OSError('c')\n",
    "has-no-hash": NET + "    def __hash__(self): raise OSError('t')\n",
    "has-a-property": NET.replace("def forward(self, x)", "@property\n    def forward(self)"),
}  # fmt: skip
NO_MEMORY = {
    "is-too-large": """
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(2**30, 2**30)
    def forward(self, x):
        return self.line(x) if x.sum() > 0 else x""",  # asks for numbers, and so for its weights
}


def asked(name: str, text: str, workers: Workers, *options: str) -> Case:
    module = f"m_{name.replace('-', '_')}_{len(options)}"
    argv = ("stack", "--module", f"{module}:Net", "1x1x8x8", *options)
    return Case(argv, packed(f"{module}.py", text), needs=("torch",), may_write=True)


@pytest.fixture(autouse=True)
def torch() -> None:
    pytest.importorskip("torch")


@pytest.mark.parametrize("name", READ)
def test_what_a_module_prints_is_not_the_answer(name: str, workers: Workers) -> None:
    case = asked(name, READ[name], workers, "--json")
    outcome = workers.run(case)
    assert outcome.status == 0, outcome
    assert json.loads(outcome.out)["output"]["shape"] == [1, 2, 6, 6]


@pytest.mark.parametrize("name", REFUSED)
def test_whatever_a_module_raises_is_one_error(name: str, workers: Workers) -> None:
    outcome = workers.run(case := asked(name, REFUSED[name], workers))
    assert [one for one in faults(case, outcome) if not one.startswith("stray")] == []
    assert outcome.status == 3, outcome


@pytest.mark.parametrize("name", NO_MEMORY)
def test_a_module_that_memory_cannot_hold(name: str, workers: Workers) -> None:
    assert workers.run(asked(name, NO_MEMORY[name], workers)).status == 4


@pytest.mark.parametrize(
    "name",
    ["missing:Net", "torch.nn:Nothing", "torch.nn", "torch.nn:", "::", "a:b:c", ".:x", "..os:x",
     "torch.nn:Module", "torch.nn:functional", f"{'x' * 300}:Net", "\x1b[31m:Net",
     "m\nx:Net", "torch.nn:ReLU.forward", "json:dumps", "torch.nn:__class__"],
)  # fmt: skip
def test_a_name_that_is_no_module_is_one_error(name: str, workers: Workers) -> None:
    case = Case(("stack", "--module", name, "1x1x8x8"), needs=("torch",), may_write=True)
    outcome = workers.run(case)
    assert faults(case, outcome) == []
    assert outcome.status in (2, 3), outcome
