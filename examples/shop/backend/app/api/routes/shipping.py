"""Parcels: prices and tracking."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from app.integrations import carriers
from app.schemas import ParcelIn, ShippingQuoteOut, TrackingOut
from app.services import shipping

router = APIRouter(prefix="/v1/shipping", tags=["shipping"])


@router.post("/quotes")
async def quote_parcel(parcel: ParcelIn) -> ShippingQuoteOut:
    """The cheapest way to send a parcel."""
    carrier, price = shipping.cheapest(parcel.postcode, parcel.grams)
    return ShippingQuoteOut(carrier=carrier, price=price)


@router.get("/parcels/{carrier}/{number}")
async def track_parcel(carrier: str, number: str) -> TrackingOut:
    """Where a parcel is."""
    status = await asyncio.to_thread(carriers.track, carrier, number)
    return TrackingOut(number=number, status=status)
