"""What can go wrong in the shop's own terms."""

from __future__ import annotations


class ShopError(Exception):
    """Root of the shop's errors."""


class NotFoundError(ShopError):
    """Nothing by that id."""


class PaymentError(ShopError):
    """The payment provider did not take the money."""


class CredentialsError(ShopError):
    """Unknown e-mail address or wrong password."""
