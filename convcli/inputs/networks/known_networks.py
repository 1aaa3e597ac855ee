"""Networks that come with convcli, by name: `convcli stack lenet5 1x28x28`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_SUFFIX = ".txt"


def known_networks() -> tuple[str, ...]:
    """The names, in order.

    >>> known_networks()[:3]
    ('alexnet', 'dcgan_generator', 'lenet5')
    """
    names = (file.name for file in _folder().iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def text_of_network(name: str) -> str | None:
    """The list of layers of a known network; None where no network has that name.

    >>> text_of_network("lenet5").splitlines()[1]
    'Conv2d(1, 6, 5, padding=2)'
    """
    if name not in known_networks():
        return None
    return (_folder() / f"{name}{_SUFFIX}").read_text("utf-8")


def _folder() -> Traversable:
    from importlib.resources import files  # 2 ms, which other sources need not wait for

    return files("convcli.inputs.networks") / "examples"
