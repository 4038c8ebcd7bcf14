"""The code a rule looks at, by names: modules, functions, classes, calls and imports.

Each object is a thin view of the linked project, made when asked for; two views of one thing are
equal. Names are dotted and resolved: ``from requests import get as fetch; fetch(...)`` is a call
of ``requests.get``. What cannot be resolved has the empty name, and is never guessed.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import CONFIDENCES
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project, absolute_module
from bylaw.model.project import Value as Meaning
from bylaw.plugin.names import (
    decorator_names,
    is_spread,
    keyword_of,
    loaded_files,
    name_of,
    named,
)
from bylaw.plugin.values import Argument, Parameter, Place


class _Numbered:
    """A thing of the project that has a number there."""

    def __init__(self, project: Project, number: int) -> None:
        self._project = project
        self._number = number

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._number == other._number and self._project is other._project

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._number))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'symbol', self._number)}>"


class Module(_Numbered):
    """One Python file of the project."""

    @property
    def path(self) -> str:
        """File relative to the root, with ``/``."""
        return self._project.paths[self._number]

    @property
    def name(self) -> str:
        """Dotted name it is imported by."""
        return self._project.modules[self._number].name

    @property
    def symbol(self) -> str:
        """The same as ``name``."""
        return self.name

    @property
    def place(self) -> Place:
        """Its first line."""
        return Place(self.path, 1, 1, 1)

    @property
    def is_package(self) -> bool:
        """Whether it is an ``__init__.py``."""
        return self._project.modules[self._number].is_package

    @property
    def role(self) -> str:
        """What it is for: ``test settings migration script entry gunicorn code``."""
        return self._project.roles[self._number]

    @property
    def body(self) -> Function:
        """Its body, which runs when it is imported."""
        return Function(self._project, self._project.module_body(self._number))

    @property
    def functions(self) -> tuple[Function, ...]:
        """Functions and methods of the file, nested ones included, in order."""
        first = self._project.function_offset[self._number]
        count = len(self._project.facts[self._number][F.FUNCTIONS])
        return tuple(Function(self._project, first + index) for index in range(1, count))

    @property
    def classes(self) -> tuple[Class, ...]:
        """Classes of the file, in order."""
        first = self._project.class_offset[self._number]
        count = len(self._project.facts[self._number][F.CLASSES])
        return tuple(Class(self._project, first + index) for index in range(count))

    @property
    def imports(self) -> tuple[Import, ...]:
        """What it imports, one for each imported name, in order."""
        records = self._project.facts[self._number][F.IMPORTS]
        return tuple(Import(self._project, self._number, index) for index in range(len(records)))


class _Defined(_Numbered):
    """A function or a class: name, line, column and last line are the first four facts of both."""

    @property
    def _facts(self) -> tuple[Any, ...]:
        raise NotImplementedError

    @property
    def module(self) -> Module:
        """The file it stands in."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """Its own name, without module and class; empty for the body of a module."""
        name: str = self._facts[F.F_NAME]
        return name.rpartition(".")[2]

    @property
    def place(self) -> Place:
        """The line of its ``def`` or ``class``."""
        line, column = self._facts[F.F_LINE], self._facts[F.F_COL]
        return Place(self.module.path, line, column, line)

    @property
    def line_count(self) -> int:
        """Lines from its first to the last one of the body, both included, without decorators."""
        count: int = self._facts[F.F_END] - self._facts[F.F_LINE] + 1
        return count


class Function(_Defined):
    """A function, a method, a lambda, or the body of a module."""

    @property
    def _facts(self) -> tuple[Any, ...]:
        return self._project.functions[self._number]

    def _is(self, flag: int) -> bool:
        return bool(self._facts[F.F_FLAGS] & flag)

    @property
    def module(self) -> Module:
        """The file it stands in."""
        return Module(self._project, self._project.function_home[self._number])

    @property
    def symbol(self) -> str:
        """Dotted name with module and class."""
        return self._project.symbol(self._number)

    @property
    def is_module_body(self) -> bool:
        """Whether it is the body of a module."""
        return bool(self._facts[F.F_PARENT] < 0)

    @property
    def is_async(self) -> bool:
        """Whether it is declared with ``async def``."""
        return self._is(F.ASYNC)

    @property
    def is_generator(self) -> bool:
        """Whether it yields."""
        return self._is(F.GENERATOR)

    @property
    def is_property(self) -> bool:
        """Whether reading an attribute calls it."""
        return self._is(F.PROPERTY)

    @property
    def is_lambda(self) -> bool:
        """Whether it is a lambda."""
        return self._is(F.LAMBDA)

    @property
    def is_nested(self) -> bool:
        """Whether it stands inside another function."""
        return self._is(F.NESTED)

    @property
    def owner(self) -> Class | None:
        """The class it is a method of."""
        index = self._facts[F.F_CLASS]
        if index < 0:
            return None
        home = self._project.function_home[self._number]
        return Class(self._project, self._project.class_offset[home] + index)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters, ``self`` included."""
        home = self._project.function_home[self._number]
        return tuple(
            Parameter(
                each[F.P_NAME],
                named(self._project, home, each[F.P_ANNOTATION] or ""),
                each[F.P_DEFAULT] is not None,
            )
            for each in self._facts[F.F_PARAMS]
        )  # fmt: skip

    @property
    def decorators(self) -> tuple[str, ...]:
        """Dotted names of its decorators, outermost first; empty names where unknown."""
        return decorator_names(self._project, self.module._number, self._facts[F.F_DECORATORS])

    @property
    def calls(self) -> tuple[Call, ...]:
        """Calls it makes, in order; those of functions inside it are theirs."""
        return tuple(Call(self._project, self._number, each) for each in self._facts[F.F_CALLS])


class Class(_Defined):
    """A class."""

    @property
    def _facts(self) -> tuple[Any, ...]:
        return self._project.classes[self._number]

    @property
    def module(self) -> Module:
        """The file it stands in."""
        return Module(self._project, self._project.class_home[self._number])

    @property
    def symbol(self) -> str:
        """Dotted name with module."""
        return self._project.class_name(self._number)

    @property
    def bases(self) -> tuple[str, ...]:
        """Dotted names of its bases as written in its header; empty names where unknown."""
        home = self._project.class_home[self._number]
        return tuple(named(self._project, home, each) for each in self._facts[F.K_BASES])

    @property
    def decorators(self) -> tuple[str, ...]:
        """Dotted names of its decorators, outermost first; empty names where unknown."""
        return decorator_names(self._project, self.module._number, self._facts[F.K_DECORATORS])

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names its body assigns or annotates, in order."""
        return tuple(each[F.A_NAME] for each in self._facts[F.K_ATTRIBUTES])

    @property
    def methods(self) -> tuple[Function, ...]:
        """Its own methods, in order."""
        first = self._project.function_offset[self._project.class_home[self._number]]
        return tuple(Function(self._project, first + each) for _, each in self._facts[F.K_METHODS])


class _Given:
    """What a call hands over."""

    def __init__(self, project: Project, function: int, facts: tuple[Any, ...]) -> None:
        self._project = project
        self._number = function
        self._facts = facts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Given):
            return NotImplemented
        return self._number == other._number and self._facts is other._facts

    def __hash__(self) -> int:
        return hash((self._number, *self._facts[:4]))

    def argument(self, position: int | str) -> Argument | None:
        """An argument by position or keyword.

        Args:
            position: 0 for the first; a name for a keyword.

        Returns:
            The argument; None where the call does not give it, and for the last positions where
            they are computed on the spot. What ``*`` and ``**`` hand over: see ``spreads``.
        """
        given = [(keyword_of(each), each) for each in self._facts[F.C_ARGS]]
        if isinstance(position, int):
            plain = [each for keyword, each in given if not keyword and not is_spread(each)]
            found = plain[position] if position < len(plain) else None
        else:
            found = next(
                (each[len(position) + 1 :] for keyword, each in given if keyword == position), None
            )
        return None if found is None else self._argument(found)

    @property
    def spreads(self) -> bool:
        """Whether it hands over arguments with ``*`` or ``**``."""
        return any(is_spread(each) for each in self._facts[F.C_ARGS])

    def _argument(self, encoded: str) -> Argument:
        if encoded[:1] == "'":
            return Argument(True, encoded[1:], "")
        if encoded[:1] == ":":
            words = {":None": None, ":True": True, ":False": False}
            value = words[encoded] if encoded in words else int(encoded[1:])
            return Argument(True, value, "")
        home = self._project.function_home[self._number]
        return Argument(False, None, named(self._project, home, encoded))


class Call(_Given):
    """One call."""

    def __repr__(self) -> str:
        return f"<Call of {self.name or '?'} in {self.symbol}>"

    @cached_property
    def _value(self) -> Meaning:
        home = self._project.function_home[self._number]
        return evaluate(self._project, home, self._facts[F.C_PATH])

    def _surrounded_by(self, flag: int) -> bool:
        home = self._project.function_home[self._number]
        around = self._project.facts[home][F.SITUATIONS][self._facts[F.C_SITUATION]]
        return bool(around[F.S_FLAGS] & flag)

    @property
    def function(self) -> Function:
        """The function, or body of a module, that makes it."""
        return Function(self._project, self._number)

    @property
    def module(self) -> Module:
        """The file it stands in."""
        return self.function.module

    @property
    def symbol(self) -> str:
        """Dotted name of the function that makes it."""
        return self._project.symbol(self._number)

    @property
    def place(self) -> Place:
        """Where it begins and ends."""
        line, column, end = self._facts[F.C_LINE], self._facts[F.C_COL], self._facts[F.C_END]
        return Place(self._project.path_of(self._number), line, column, end)

    @property
    def name(self) -> str:
        """Dotted name of what is called, by its documented spelling; empty where unknown."""
        return name_of(self._project, self._value)

    @property
    def confidence(self) -> str:
        """How sure the name is: ``definite``, ``probable`` or ``possible``."""
        value = self._value
        if value is not None and value[0] in "FBYI" and len(value) > 2 and type(value[2]) is int:
            return CONFIDENCES[value[2]]
        return CONFIDENCES[0]

    @property
    def target(self) -> Function | Class | None:
        """What is called, where the project defines it."""
        value = self._value
        if value is None or value[0] not in "FC":
            return None
        return (Function if value[0] == "F" else Class)(self._project, value[1])

    @property
    def is_awaited(self) -> bool:
        """Whether its result is awaited on the spot."""
        return bool(self._facts[F.C_FLAGS] & F.AWAITED)

    @property
    def is_decorator(self) -> bool:
        """Whether it stands in a decorator."""
        return bool(self._facts[F.C_FLAGS] & F.DECORATOR)

    @property
    def in_loop(self) -> bool:
        """Whether a loop of the function may repeat it."""
        return self._surrounded_by(F.IN_LOOP)

    @property
    def in_main_guard(self) -> bool:
        """Whether it runs only when its file is run: ``if __name__ == "__main__"``."""
        return self._surrounded_by(F.IN_MAIN)


class Import:
    """One imported name."""

    def __init__(self, project: Project, module: int, index: int) -> None:
        self._project = project
        self._home = module
        self._index = index
        self._facts: tuple[Any, ...] = project.facts[module][F.IMPORTS][index]

    def __repr__(self) -> str:
        return f"<Import of {self.target_name} in {self.symbol}>"

    @property
    def module(self) -> Module:
        """The file it stands in."""
        return Module(self._project, self._home)

    @property
    def symbol(self) -> str:
        """Dotted name of the function or module it stands in."""
        offset: int = self._project.function_offset[self._home]
        return self._project.symbol(offset + self._facts[F.I_FUNCTION])

    @property
    def place(self) -> Place:
        """Where it begins and ends."""
        line, column, end = self._facts[F.I_LINE], self._facts[F.I_COL], self._facts[F.I_END]
        return Place(self.module.path, line, column, end)

    @property
    def target_name(self) -> str:
        """Dotted name of what is imported: ``package.module`` or ``package.module.name``.

        Relative imports are made absolute; ``package.*`` for all names.
        """
        level, named_module = self._facts[F.I_LEVEL], self._facts[F.I_MODULE]
        base = absolute_module(self._project, self._home, level, named_module)
        return ".".join(each for each in (base, self._facts[F.I_NAME]) if each)

    @property
    def alias(self) -> str:
        """Name it is bound to."""
        module: str = self._facts[F.I_MODULE]
        alias: str = self._facts[F.I_ALIAS] or self._facts[F.I_NAME] or module.partition(".")[0]
        return alias

    @property
    def target(self) -> Module | None:
        """The file it loads, where that is one of the project."""
        found = loaded_files(self._project).get((self._home, self._index))
        return None if found is None else Module(self._project, found)

    @property
    def when(self) -> str:
        """``load`` with its module, ``deferred`` into a function, or ``typing`` only."""
        around = self._project.facts[self._home][F.SITUATIONS][self._facts[F.I_SITUATION]]
        flags = around[F.S_FLAGS]
        if flags & F.IN_TYPE_CHECKING:
            return "typing"
        return "deferred" if self._facts[F.I_FUNCTION] or flags & F.IN_MAIN else "load"


def number_of(function: Function) -> int:
    """Number of a function in the linked project."""
    return function._number
