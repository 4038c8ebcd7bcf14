"""Customers in the database."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import User


class UserRepository:
    """Reads and writes customers through one session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def by_email(self, email: str) -> User | None:
        """The customer with this address."""
        return self.session.scalar(select(User).where(User.email == email))

    def add(self, user: User) -> User:
        """Store a customer and give them an id."""
        self.session.add(user)
        self.session.flush()
        return user
