"""What routes ask for."""

from __future__ import annotations

from typing import Annotated

import jwt
from fastapi import Depends, Header, HTTPException
from sqlalchemy.orm import Session

from app.config import Settings, get_settings
from app.db import get_session
from app.repositories.orders import OrderRepository
from app.repositories.products import ProductRepository
from app.repositories.reports import ReportRepository
from app.repositories.users import UserRepository
from app.services.catalogue import CatalogueService
from app.services.checkout import CheckoutService
from app.services.orders import OrderService
from app.services.users import UserService

DatabaseSession = Annotated[Session, Depends(get_session)]
AppSettings = Annotated[Settings, Depends(get_settings)]


def get_order_service(session: DatabaseSession) -> OrderService:
    """Orders of one customer."""
    return OrderService(OrderRepository(session))


def get_checkout_service(session: DatabaseSession) -> CheckoutService:
    """From a basket to a paid order."""
    return CheckoutService(OrderRepository(session), ProductRepository(session))


def get_catalogue_service(session: DatabaseSession) -> CatalogueService:
    """What the shop window shows."""
    return CatalogueService(ProductRepository(session))


def get_user_service(session: DatabaseSession) -> UserService:
    """Registration and login."""
    return UserService(UserRepository(session))


def get_report_repository() -> ReportRepository:
    """Figures for the office."""
    return ReportRepository()


def current_user_id(settings: AppSettings, authorization: Annotated[str, Header()]) -> int:
    """The customer the access token stands for."""
    token = authorization.removeprefix("Bearer ")
    try:
        claims = jwt.decode(token, settings.token_key.get_secret_value(), algorithms=["HS256"])
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, "the access token is not valid") from error
    return int(claims["sub"])


CurrentUserId = Annotated[int, Depends(current_user_id)]
