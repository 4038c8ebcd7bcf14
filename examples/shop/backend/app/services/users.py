"""Customers: registration and login."""

from __future__ import annotations

import asyncio

from app.errors import CredentialsError
from app.models import User
from app.repositories.users import UserRepository
from app.security import hash_password, password_matches


class UserService:
    """Registers customers and checks their passwords."""

    def __init__(self, users: UserRepository) -> None:
        self.users = users

    async def register(self, email: str, password: str) -> User:
        """A new customer."""
        user = User(email=email, password_hash=hash_password(password))
        return await asyncio.to_thread(self.users.add, user)

    async def authenticate(self, email: str, password: str) -> User:
        """The customer with this address and password.

        Raises:
            CredentialsError: there is none.
        """
        user = await asyncio.to_thread(self.users.by_email, email)
        if user is None:
            raise CredentialsError("unknown e-mail address or wrong password")
        if not await asyncio.to_thread(password_matches, password, user.password_hash):
            raise CredentialsError("unknown e-mail address or wrong password")
        return user
