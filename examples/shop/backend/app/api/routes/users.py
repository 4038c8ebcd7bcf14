"""Registration and login."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException

from app.api.dependencies import AppSettings, get_user_service
from app.errors import CredentialsError
from app.schemas import LoginIn, RegistrationIn, TokenOut
from app.security import issue_token
from app.services.users import UserService

router = APIRouter(prefix="/v1/users", tags=["users"])

Users = Annotated[UserService, Depends(get_user_service)]


@router.post("", status_code=201)
async def register(form: RegistrationIn, users: Users, settings: AppSettings) -> TokenOut:
    """A new customer, logged in at once."""
    user = await users.register(form.email, form.password)
    return TokenOut(access_token=issue_token(user.id, settings.token_key.get_secret_value()))


@router.post("/login")
async def log_in(form: LoginIn, users: Users, settings: AppSettings) -> TokenOut:
    """A token for a customer who comes back."""
    try:
        user = await users.authenticate(form.email, form.password)
    except CredentialsError as error:
        raise HTTPException(401, "unknown e-mail address or wrong password") from error
    return TokenOut(access_token=issue_token(user.id, settings.token_key.get_secret_value()))
