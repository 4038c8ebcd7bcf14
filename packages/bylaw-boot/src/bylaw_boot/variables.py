"""The variables a service requires, and what it makes of their text."""

from __future__ import annotations

from bylaw_boot.problems import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any


class _Required:
    """Stands for a default that was not given; None is a default like any other."""

    def __repr__(self) -> str:
        return "REQUIRED"


PORT = "PORT"
"""The variable that says where to listen: platforms set it."""

REQUIRED: Any = _Required()
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_DIGITS = frozenset("0123456789")
_SECRET_WORDS = frozenset(
    {
        "AUTH", "COOKIE", "CREDENTIAL", "CREDENTIALS", "DSN", "JWT", "KEY", "PASS", "PASSPHRASE",
        "PASSWD", "PASSWORD", "PRIVATE", "PWD", "SALT", "SECRET", "SECRETS", "TOKEN",
    }
)  # fmt: skip
# The longest malformed value that is shown: a mistyped number, hardly a credential.
_SHOWN = 12


class Var:
    """A variable of the environment that the service needs.

    An empty variable counts as one that is not set: that is what ``PORT=${PORT}`` gives where
    nobody set PORT.

    Attributes:
        name: its name.
        type: ``str``, ``int``, ``float`` or ``bool``, which are read strictly; or a callable
            that takes the text and raises ValueError where it is malformed.
        default: value where the variable is not set; without one the variable is required.
        choices: the values that are allowed; any, where empty.
        check: takes the value; False, a text that says what is wrong, or a ValueError refuses it.
        secret: whether its value must never be shown; by default judged by name, and texts are
            never shown.
        help: what it is for, and where its value is to be had.
    """

    __slots__ = ("check", "choices", "default", "help", "name", "secret", "type")

    def __init__(
        self,
        name: str,
        type: Callable[[str], Any] = str,
        *,
        default: Any = REQUIRED,
        choices: Sequence[Any] = (),
        check: Callable[[Any], object] | None = None,
        secret: bool | None = None,
        help: str = "",
    ) -> None:
        if not name or "=" in name or "\0" in name:
            raise ValueError(f"no name of a variable: {name!r}")
        self.name = name
        self.type = type
        self.default = default
        self.choices = tuple(choices)
        self.check = check
        self.secret = looks_secret(name) if secret is None else secret
        self.help = help

    def __repr__(self) -> str:
        return f"Var({self.name!r})"

    @property
    def is_required(self) -> bool:
        """Whether the service cannot start without it."""
        return self.default is REQUIRED


def looks_secret(name: str) -> bool:
    """Whether a variable of that name holds a secret, as far as a name can tell."""
    words = name.upper().split("_")
    return (len(words) > 1 and not _SECRET_WORDS.isdisjoint(words)) or words[0] in _SECRET_WORDS - {
        "PWD"
    }


def read_variables(
    variables: Iterable[Var], environ: Mapping[str, str]
) -> tuple[dict[str, Any], list[Problem]]:
    """Reads every variable and collects what is wrong with all of them.

    Args:
        variables: what is declared.
        environ: the environment.

    Returns:
        Variable -> value of those that are well-formed, and the problems of the others.
    """
    values: dict[str, Any] = {}
    problems = []
    for variable in variables:
        text = environ.get(variable.name, "")
        if not text.strip():
            if variable.is_required:
                problems.append(_missing(variable, variable.name in environ))
            else:
                values[variable.name] = variable.default
            continue
        try:
            values[variable.name] = _value(variable, text)
        except Exception as error:  # noqa: BLE001  the callables are the service's own
            problems.append(_invalid(variable, text, error))
    return values, problems


def parse_bool(text: str) -> bool:
    """Reads true, false, 1, 0, yes, no, on or off, in any case.

    Raises:
        ValueError: anything else.
    """
    word = text.lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("must be true or false (or 1/0, yes/no, on/off)")


def parse_int(text: str) -> int:
    """Reads decimal ASCII digits with an optional sign: no underscores, no blanks.

    Raises:
        ValueError: anything else.
    """
    digits = text[1:] if text[:1] in ("+", "-") else text
    if digits and _DIGITS.issuperset(digits):
        return int(text)
    raise ValueError("must be an integer")


def parse_float(text: str) -> float:
    """Reads a finite decimal number.

    Raises:
        ValueError: anything else, ``nan`` and ``inf`` too.
    """
    if _DIGITS.union("+-.eE").issuperset(text):
        try:
            value = float(text)
        except ValueError:
            value = float("inf")
        if value not in (float("inf"), float("-inf")):
            return value
    raise ValueError("must be a number")


def parse_port(text: str) -> int:
    """Reads a port that can be listened on and asked for: 1 to 65535.

    Raises:
        ValueError: anything else.
    """
    try:
        port = parse_int(text)
    except ValueError:
        port = 0
    if not 1 <= port <= 65535:
        raise ValueError("must be a port, 1 to 65535")
    return port


_STRICT: dict[Any, Callable[[str], Any]] = {bool: parse_bool, int: parse_int, float: parse_float}


def _value(variable: Var, text: str) -> Any:
    value = _STRICT.get(variable.type, variable.type)(text)
    if variable.choices and value not in variable.choices:
        raise _RefusedError("must be one of " + ", ".join(str(each) for each in variable.choices))
    if variable.check is not None:
        said = variable.check(value)
        if said is False:
            raise _RefusedError("is not accepted by its check")
        if isinstance(said, str) and said:
            raise _RefusedError(said)
    return value


class _RefusedError(ValueError):
    """A refusal in words that were written for the reader."""


def _missing(variable: Var, is_set: bool) -> Problem:
    state = "is set, but empty" if is_set else "is not set"
    return Problem("variable-missing", f"{variable.name} {state}", _set_it(variable))


def _invalid(variable: Var, text: str, error: Exception) -> Problem:
    strict = variable.type in _STRICT or variable.type is parse_port
    # What another callable says may quote the value.
    said = str(error) if strict or isinstance(error, _RefusedError) else "is malformed"
    if variable.secret and not strict:
        said = "is malformed"
    shown = strict and not variable.secret and len(text) <= _SHOWN
    given = f", not {text!a}" if shown else ""
    return Problem(
        "variable-invalid", f"{variable.name} {said}{given}{_hint(text)}", _set_it(variable)
    )


def _hint(text: str) -> str:
    """What is odd about a text, without showing it."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return " (the quotes are part of the value: `docker run --env-file` keeps them)"
    if text != text.strip():
        return " (it begins or ends with a blank or a line break)"
    return ""


def _set_it(variable: Var) -> str:
    where = "set it in the environment of the process (platform's settings, compose file, shell)"
    return f"{where}: {variable.help}" if variable.help else where


def with_port(declared: tuple[Var, ...]) -> tuple[Var, ...]:
    """The declared variables with PORT among them, read as a port whatever was declared."""
    given = next((each for each in declared if each.name == PORT), None)
    if given is None:
        return (*declared, Var(PORT, parse_port, default=8000))
    port = Var(
        PORT, parse_port, default=given.default, choices=given.choices, check=given.check,
        secret=given.secret, help=given.help,
    )  # fmt: skip
    return tuple(port if each is given else each for each in declared)
