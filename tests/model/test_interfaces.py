"""Protocols, abstract classes, inheritance: which method runs, and how sure that is."""

from __future__ import annotations

import pytest
from tests.model.linked import Linked, callees

HEAD = """
from __future__ import annotations
import abc, typing
from abc import ABC, abstractmethod
from typing import Protocol
"""

INTERFACES = {
    "Protocol, one by inheritance": """
        class Port(Protocol):
            def send(self): ...
        class Mail(Port):
            def send(self): print()
        def run(p: Port): p.send()
        > app.Mail.send?""",
    "Protocol, one by shape": """
        class Port(Protocol):
            def send(self): ...
        class Mail:
            def send(self): print()
        def run(p: Port): p.send()
        > app.Mail.send?""",
    "Protocol, two": """
        class Port(Protocol):
            def send(self): ...
        class Mail:
            def send(self): print()
        class Text:
            def send(self): print()
        def run(p: Port): p.send()
        > app.Mail.send?? app.Text.send??""",
    "Protocol, none": """
        class Port(Protocol):
            def send(self): ...
        def run(p: Port): p.send()
        > app.Port.send?""",
    "ABC, one": """
        class Port(ABC):
            @abstractmethod
            def send(self): ...
        class Mail(Port):
            def send(self): print()
        def run(p: Port): p.send()
        > app.Mail.send?""",
    "ABC, two": """
        class Port(ABC):
            @abstractmethod
            def send(self): ...
        class Mail(Port):
            def send(self): print()
        class Text(Port):
            def send(self): print()
        def run(p: Port): p.send()
        > app.Mail.send?? app.Text.send??""",
    "ABC, concrete method": """
        class Port(ABC):
            @abstractmethod
            def send(self): ...
            def both(self): self.send()
        class Mail(Port):
            def send(self): print()
        class Text(Port):
            def send(self): print()
        def run(p: Port): p.both()
        > app.Port.both?""",
    "NotImplementedError, one": """
        class Port:
            def send(self): raise NotImplementedError
        class Mail(Port):
            def send(self): print()
        def run(p: Port): p.send()
        > app.Mail.send?""",
    "subclass asked for": """
        class Port(ABC):
            @abstractmethod
            def send(self): ...
        class Mail(Port):
            def send(self): print()
        class Text(Port):
            def send(self): print()
        def run(p: Text): p.send()
        > app.Text.send?""",
    "abstract through a narrower class": """
        class Port:
            def send(self): raise NotImplementedError
        class Near(Port): pass
        class Mail(Near):
            def send(self): print()
        class Text(Port):
            def send(self): print()
        def run(p: Near): p.send()
        > app.Mail.send?""",
    "diamond": """
        class Top:
            def go(self): ...
        class Left(Top): pass
        class Right(Top):
            def go(self): ...
        class Both(Left, Right): pass
        def run(): Both().go()
        > app.Right.go""",
    "mixin first": """
        class Mixin:
            def go(self): ...
        class Base:
            def go(self): ...
        class K(Mixin, Base): pass
        def run(): K().go()
        > app.Mixin.go""",
    "mixin calls its host": """
        class Mixin:
            def go(self): self.save()
        class K(Mixin):
            def save(self): ...
        def run(): K().go()
        > app.Mixin.go""",
    "inherits itself": """
        class K(K): pass
        def run(): K().go()
        > """,
    "bases in a circle": """
        class A(B):
            def go(self): ...
        class B(A): pass
        def run(): B().go()
        > app.A.go""",
}  # fmt: skip


@pytest.mark.parametrize("name", INTERFACES)
def test_interfaces_implementation_decides_the_confidence(name: str) -> None:
    import textwrap

    source, _, expected = INTERFACES[name].rpartition(">")
    linked = Linked(HEAD + textwrap.dedent(source))

    assert linked.calls("app.run") == callees(expected)


def test_interfaces_production_before_test_doubles() -> None:
    linked = Linked({
        "app.py": "from typing import Protocol\nclass Port(Protocol):\n    def send(self): ...\n"
        "class Mail(Port):\n    def send(self): print()\ndef run(p: Port): p.send()",
        "tests/test_app.py": "from app import Port\nclass Fake(Port):\n    def send(self): print()",
    })  # fmt: skip

    assert linked.calls("app.run") == {"app.Mail.send?"}


def test_super_follows_the_order_of_the_class_it_stands_in() -> None:
    source = """
    class Top:
        def __init__(self): ...
        def go(self): ...
    class Low(Top):
        def __init__(self): super().__init__()
        def go(self): return super(Low, self).go()
        @classmethod
        def make(cls): super().nothing()
    """
    linked = Linked(source)

    assert linked.calls("app.Low.__init__") == {"app.Top.__init__"}
    assert linked.calls("app.Low.make") == set()


def test_init_subclass_runs_where_a_class_is_defined() -> None:
    source = "class B:\n    def __init_subclass__(cls): ...\nclass C(B): pass\nclass D(C): pass\n"
    linked = Linked(source)

    assert linked.calls("app") == {"app.B.__init_subclass__"}
    assert len(linked.graph.edges[linked.function("app")]) == 2
