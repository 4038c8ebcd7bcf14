"""What conditions ask of objects."""

from __future__ import annotations

import textwrap

from bylaw.facts import schema as F
from bylaw.facts.extract import extract

_SOURCE = """
from app.models import Order, State

def act(order: Order, rows, limit):
    if order.state == State.PAID and limit > 3:
        return 1
    if order.deleted_at is None or not rows:
        return 2
    while order.open:
        order.close()
    return 3 if order.total > limit else 4
"""


def test_extract_conditions_on_attributes_are_asked() -> None:
    facts = extract(textwrap.dedent(_SOURCE).encode())
    asked = facts[F.FUNCTIONS][1][F.F_ASKED]
    paths = [each[F.Q_PATH] for each in asked]
    assert paths == ["Order!.state", "State.PAID", "Order!.open", "Order!.total"]
    assert [each[F.Q_LINE] for each in asked] == [5, 5, 9, 11]
