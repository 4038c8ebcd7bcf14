"""What travels over the API."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, EmailStr, Field


class ProductOut(BaseModel):
    """A product as the shop window shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    price: Decimal
    currency: str = "EUR"


class OrderLineIn(BaseModel):
    """So many of one product."""

    product_id: int
    quantity: int = Field(ge=1, le=50)


class OrderIn(BaseModel):
    """What a customer sends at checkout."""

    lines: list[OrderLineIn] = Field(min_length=1)
    coupon: str | None = None
    card_token: str
    receipt_to: EmailStr


class OrderOut(BaseModel):
    """An order as its customer sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    status: str
    total: Decimal


class RegistrationIn(BaseModel):
    """A new customer."""

    email: EmailStr
    password: str = Field(min_length=12)


class LoginIn(BaseModel):
    """A customer who comes back."""

    email: EmailStr
    password: str


class TokenOut(BaseModel):
    """An access token."""

    access_token: str
    token_type: str = "bearer"


class ParcelIn(BaseModel):
    """A parcel to be priced."""

    postcode: str
    grams: int = Field(gt=0)


class ShippingQuoteOut(BaseModel):
    """The cheapest way to send it."""

    carrier: str
    price: Decimal


class TrackingOut(BaseModel):
    """Where a parcel is."""

    number: str
    status: str
