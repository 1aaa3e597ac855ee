"""The one exception of convcli: what is wrong, the rule with its numbers, the value, the fix."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from convcli.exit_status import ExitStatus, is_lack_of_memory

Kind = Literal["request", "data", "memory", "write", "package"]

EXIT_STATUSES: dict[Kind, ExitStatus] = {
    "request": ExitStatus.REQUEST,
    "data": ExitStatus.DATA,
    "memory": ExitStatus.MEMORY,
    "write": ExitStatus.WRITE,
    "package": ExitStatus.PACKAGE,
}

LONGEST_REASON = 200  # characters of what a library or a user's code says
LONGEST_VALUE = 120  # characters of a value in a message

# The first words of rules that continue the name of the parameter; other rules are full clauses.
PREDICATES = frozenset(
    (
        "must",
        "is",
        "needs",
        "cannot",
        "has",
        "holds",
        "contradicts",
        "crops",
        "takes",
        "does",
        "works",
    )
)
_ADDRESS = r" at 0x[0-9A-Fa-f]+(?=>)|\b0x[0-9A-Fa-f]{6,}\b"
_ADVICE = r"(?<=[.!?;])\s+(?:If|Please|See|Try|To|Consider|Set|For|You|Use|Run|Note)\b.*"
_BLANK = r"`(?P<parameter>\w+)`|\{(?P<field>\w+)(?P<quoted>!r)?\}"


class ConvError(ValueError):
    """A request that cannot be answered.

    `code` never changes ("padding.reflect"). `parameter` is torch's name of the argument at fault.
    `rule` is one clause with the numbers filled in, `got` the rejected value, `hint` a sentence
    with the fix. Parameters in `rule` and `hint` are in backquotes: each surface spells them as its
    users do. Text of files, libraries and arguments is never part of `rule` and `hint`: it stands
    in `fields`, and fills `{name}`, or `{name!r}` for its repr. `pointer` is a text and the offset
    in it that a caret points at. `kind` decides the exit status. `place` is the layer of a network
    in which the error occurred.

    >>> str(ConvError("stride.positive", "must be at least 1", parameter="stride", got=0, axis="H"))
    'stride on axis H must be at least 1, got 0.'
    >>> str(ConvError("array.name", "has no array {name!r}", fields={"name": "`force`"}))
    "has no array '`force`'."
    """

    def __init__(
        self,
        code: str,
        rule: str,
        *,
        parameter: str | None = None,
        got: Any = None,
        axis: str | None = None,
        hint: str | None = None,
        fields: Mapping[str, Any] | None = None,
        pointer: tuple[str, int] | None = None,
        kind: Kind = "request",
        place: str | None = None,
    ) -> None:
        super().__init__(code, rule)
        self.code = code
        self.rule = rule
        self.parameter = parameter
        self.got = got
        self.axis = axis
        self.hint = hint
        self.fields = dict(fields or {})
        self.pointer = pointer
        self.kind: Kind = kind
        self.place = place

    @property
    def exit_status(self) -> ExitStatus:
        """How a run ends that this error ends."""
        return EXIT_STATUSES[self.kind]

    def with_place(
        self,
        *,
        place: str | None = None,
        kind: Kind | None = None,
        got: Any = None,
        hint: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> ConvError:
        """A copy that also says where the error occurred; what is None is copied.

        >>> error = ConvError("stride.least", "must be at least 1", parameter="stride", got=0)
        >>> str(error.with_place(place="conv1"))
        'layer conv1: stride must be at least 1, got 0.'
        """
        return ConvError(
            self.code,
            self.rule,
            parameter=self.parameter,
            got=self.got if got is None else got,
            axis=self.axis,
            hint=self.hint if hint is None else hint,
            fields=self.fields | dict(fields or {}),
            pointer=self.pointer,
            kind=self.kind if kind is None else kind,
            place=self.place if place is None else place,
        )

    def of(self, parameter: str) -> ConvError:
        """A copy about another parameter."""
        other = self.with_place()
        other.parameter = parameter
        return other

    def message(
        self, name: Callable[[str], str] = str, subject: Callable[[str], str] | None = None
    ) -> str:
        """The sentence, with every parameter spelled by `name`; its own parameter by `subject`."""
        where = (subject or name)(self.parameter) if self.parameter else ""
        if self.axis is not None:
            where += f" on axis {self.axis}" if where else f"axis {self.axis}"
        rule, hint = (self._filled(text or "", name) for text in (self.rule, self.hint))
        got = "" if self.got is None else f", got {_value(self.got, quoted=True)}"
        place = "" if self.place is None else f"layer {shortened(str(self.place))}: "
        between = "" if not where else " " if rule.split(" ", 1)[0] in PREDICATES else ": "
        return printable(f"{place}{where}{between}{rule}{got}.{' ' * bool(hint)}{hint}")

    def _filled(self, template: str, name: Callable[[str], str]) -> str:
        """The template with its parameters and fields; what fills it is not searched again."""

        def fill(blank: re.Match[str]) -> str:
            if blank["parameter"]:
                return name(blank["parameter"])
            if blank["field"] not in self.fields:
                return blank[0]
            return _value(self.fields[blank["field"]], quoted=bool(blank["quoted"]))

        return re.sub(_BLANK, fill, template)

    def __str__(self) -> str:
        return self.message()


def unreadable(code: str, parameter: str, path: str, error: OSError) -> ConvError:
    """The error for a file that the system does not let us read.

    >>> str(unreadable("array.unreadable", "X", "x.npy", OSError(13, "Permission denied")))
    "X cannot be read: Permission denied, got 'x.npy'."
    """
    reason = error.strerror or type(error).__name__
    rule = "is a folder, not a file" if os.path.isdir(path) else f"cannot be read: {reason}"
    return ConvError(code, rule, parameter=parameter, got=path, kind="data")


def missing_package(
    code: str, package: str, extra: str, *, parameter: str | None = None
) -> ConvError:
    """The error for an optional package that is not installed, with the extra that installs it.

    >>> str(missing_package("image.package", "pillow", "image", parameter="X"))
    "X needs the package pillow, which is not installed. Run: pip install 'convcli[image]'."
    """
    hint = f"Run: pip install 'convcli[{extra}]'."
    rule = f"{'' if parameter else 'this '}needs the package {package}, which is not installed"
    return ConvError(code, rule, parameter=parameter, hint=hint, kind="package")


def failed_import(
    code: str, package: str, extra: str, error: ImportError, *, parameter: str | None = None
) -> Exception:
    """The error of a package whose import failed: missing, broken, or without memory to load it.

    >>> str(failed_import("torch.package", "torch", "torch", ImportError("libx.so: no file")))
    'this needs the package torch, whose import fails: libx.so: no file.'
    """
    if is_lack_of_memory(error):
        return error
    if isinstance(error, ModuleNotFoundError):
        return missing_package(code, package, extra, parameter=parameter)
    rule = f"{'' if parameter else 'this '}needs the package {package}, whose import fails: {{why}}"
    fields = {"why": reason_of(error)}
    return ConvError(code, rule, parameter=parameter, kind="package", fields=fields)


def reason_of(error: BaseException) -> str:
    """What an error of a library or of a user's code says, as a part of a message.

    Its first line, without addresses of objects and without the advice that libraries add; empty
    where its text itself raises.

    >>> reason_of(ValueError("<Net object at 0x7f1c> is too deep. Please set X=1.\\nat line 1"))
    '<Net object> is too deep'
    """
    try:
        lines = str(error).strip().splitlines()
    except Exception:
        return ""
    text = re.sub(_ADDRESS, "", " ".join("".join(lines[:1]).split()))
    return shortened(re.sub(_ADVICE, "", text).rstrip("."), LONGEST_REASON)


def printable(text: str) -> str:
    """The text with U+FFFD in place of control characters and direction marks.

    >>> printable("a\\x1b[31mb")
    'a\\ufffd[31mb'
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def shortened(text: str, longest: int = LONGEST_VALUE) -> str:
    """The text, with its middle left out where it is longer than `longest` characters.

    >>> shortened("0123456789" * 3, 11)
    '0123...6789'
    """
    if len(text) <= longest:
        return text
    half = (longest - len("...")) // 2
    return f"{text[:half]}...{text[-half:]}"


def _value(value: Any, *, quoted: bool) -> str:
    """The value in a message: no longer than LONGEST_VALUE, texts as their repr if `quoted`."""
    if isinstance(value, str):
        return repr(shortened(value)) if quoted else shortened(value)
    return shortened(repr(value) if quoted and isinstance(value, bytes) else str(value))
