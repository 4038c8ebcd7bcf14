"""Access tokens."""

from __future__ import annotations

import jwt
from freezegun import freeze_time

from app.security import issue_token

KEY = "a key that is long enough for the signature"


@freeze_time("2026-03-02 08:00")
def test_issue_token_in_the_morning_ends_in_the_afternoon() -> None:
    claims = jwt.decode(
        issue_token(7, KEY), KEY, algorithms=["HS256"], options={"verify_exp": False}
    )

    assert (claims["sub"], claims["exp"]) == ("7", 1772467200)
