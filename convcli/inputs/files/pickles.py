"""A pickle as plain data: nothing is imported and nothing is called, so that no code can run.

Names become `Name`, calls become `Call`. What PyTorch's files need is there: numbers, texts, lists,
dicts and tuples. Objects of other kinds are calls whose state is dropped.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from typing import IO, Any, ClassVar, NamedTuple

REFUSED = (  # registries, buffers, and an array that is allocated before it is read
    pickle.EXT1, pickle.EXT2, pickle.EXT4, pickle.NEWOBJ_EX, pickle.NEXT_BUFFER,
    pickle.READONLY_BUFFER, pickle.BYTEARRAY8,
)  # fmt: skip
MOST_KEY = 2**53  # of a number as a key; multiples of 2**61 - 1 have equal hashes
MOST_PLACE = 2**32  # of the memo; opcodes with numbers in binary have no larger one
LONGEST_PATH = 1000  # characters of a module and a name in it


class Name(NamedTuple):
    """A name of another module, as "torch.FloatStorage"; never imported."""

    path: str

    def called(self, arguments: tuple[Any, ...]) -> Any:
        """The call, or an empty dict for an ordered one; calls share the tuple of arguments."""
        ordered = self.path == "collections.OrderedDict" and not arguments
        return {} if ordered else Call(self.path, arguments)


class Call(NamedTuple):
    """A function or class with its arguments; never called."""

    path: str
    arguments: tuple[Any, ...]


STORAGE = "storage"  # the path of a Call that stands for numbers elsewhere in the file


class DataUnpickler(pickle._Unpickler):
    """Python's unpickler without imports, calls and attributes.

    It is the one in Python, since the memo of the one in C takes memory for its largest index.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(stream)
        self.storages: list[Call] = []

    def find_class(self, module: str, name: str, /) -> Any:
        if len(module) + len(name) > LONGEST_PATH:
            raise pickle.UnpicklingError
        return Name(f"{module}.{name}")

    def persistent_load(self, pid: Any, /) -> Any:
        storage = Call(STORAGE, pid if isinstance(pid, tuple) else (pid,))
        self.storages.append(storage)
        return storage

    def load_reduce(self) -> None:
        arguments = self.stack.pop()
        function = self.stack[-1]
        called = isinstance(function, Name) and isinstance(arguments, tuple)
        self.stack[-1] = function.called(arguments) if called else Call("", ())

    def load_object(self) -> None:
        self.pop_mark()
        self.stack.append(Call("", ()))

    def load_build(self) -> None:
        self.stack.pop()

    def load_put(self) -> None:
        place = int(self.readline()[:-1])
        if not 0 <= place < MOST_PLACE:
            raise pickle.UnpicklingError
        self.memo[place] = self.stack[-1]

    def load_append(self) -> None:
        value = self.stack.pop()
        self._extend([value])

    def load_appends(self) -> None:
        self._extend(self.pop_mark())

    def load_additems(self) -> None:
        self.pop_mark()

    def load_set(self) -> None:
        self.stack.append(Call("builtins.set", ()))

    def load_frozenset(self) -> None:
        self.pop_mark()
        self.load_set()

    def load_setitem(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._update([(key, value)])

    def load_setitems(self) -> None:
        items = self.pop_mark()
        self._update(zip(items[::2], items[1::2], strict=False))

    def load_dict(self) -> None:
        items = self.pop_mark()
        self.stack.append({})
        self._update(zip(items[::2], items[1::2], strict=False))

    def _extend(self, values: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, list):
            target.extend(values)

    def _update(self, items: Iterable[tuple[Any, Any]]) -> None:
        target = self.stack[-1]
        if isinstance(target, dict):
            target.update((key, value) for key, value in items if is_plain_key(key))

    stack: list[Any]
    memo: dict[int, Any]
    readline: Callable[[], bytes]
    pop_mark: Callable[[], list[Any]]
    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = {
        code: function
        for code, function in pickle._Unpickler.dispatch.items()
        if bytes([code]) not in REFUSED
    } | {
        ord(code): function
        for code, function in (
            (pickle.PUT, load_put),
            (pickle.REDUCE, load_reduce),
            (pickle.NEWOBJ, load_reduce),
            (pickle.INST, load_object),
            (pickle.OBJ, load_object),
            (pickle.BUILD, load_build),
            (pickle.APPEND, load_append),
            (pickle.APPENDS, load_appends),
            (pickle.ADDITEMS, load_additems),
            (pickle.EMPTY_SET, load_set),
            (pickle.FROZENSET, load_frozenset),
            (pickle.SETITEM, load_setitem),
            (pickle.SETITEMS, load_setitems),
            (pickle.DICT, load_dict),
        )
    }


def is_plain_key(key: Any) -> bool:
    """Whether a key of a dict is a text or a small number: others could take long to hash.

    >>> is_plain_key("weight"), is_plain_key(3), is_plain_key(2**61 - 1), is_plain_key((1, 2))
    (True, True, False, False)
    """
    return isinstance(key, str) or (isinstance(key, int | float) and abs(key) < MOST_KEY)
