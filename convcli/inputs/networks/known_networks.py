"""Networks that come with convcli, by name: `convcli stack lenet5 1x28x28`."""

from __future__ import annotations

from importlib.resources import files

_SUFFIX = ".txt"
_FOLDER = files("convcli.inputs.networks") / "examples"


def known_networks() -> tuple[str, ...]:
    """The names, in order.

    >>> known_networks()[:3]
    ('alexnet', 'dcgan_generator', 'lenet5')
    """
    names = (file.name for file in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def text_of_network(name: str) -> str | None:
    """The list of layers of a known network; None where no network has that name.

    >>> text_of_network("lenet5").splitlines()[1]
    'Conv2d(1, 6, 5, padding=2)'
    """
    if name not in known_networks():
        return None
    return (_FOLDER / f"{name}{_SUFFIX}").read_text("utf-8")
