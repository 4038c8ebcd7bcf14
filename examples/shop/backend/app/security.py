"""Passwords and access tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import bcrypt
import jwt

TOKEN_LIFETIME = timedelta(hours=8)


def hash_password(password: str) -> str:
    """The password as we store it. Slow on purpose."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(12)).decode()


def password_matches(password: str, stored: str) -> bool:
    """Whether a password is the one we stored. Slow on purpose."""
    return bcrypt.checkpw(password.encode(), stored.encode())


def issue_token(user_id: int, key: str) -> str:
    """A signed access token that ends with the working day."""
    expires = datetime.now(UTC) + TOKEN_LIFETIME
    return jwt.encode({"sub": str(user_id), "exp": expires}, key, algorithm="HS256")
