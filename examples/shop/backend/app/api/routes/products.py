"""The shop window."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException

from app.api.dependencies import get_catalogue_service
from app.errors import NotFoundError
from app.schemas import ProductOut
from app.services import catalogue
from app.services.catalogue import CatalogueService

router = APIRouter(prefix="/v1/products", tags=["products"])


@router.get("/{product_id}")
def show_product(
    product_id: int, service: Annotated[CatalogueService, Depends(get_catalogue_service)]
) -> ProductOut:
    """One product, from the window if it is already there."""
    if product_id in catalogue.WINDOW:
        return catalogue.WINDOW[product_id]
    try:
        product = service.product(product_id)
    except NotFoundError as error:
        raise HTTPException(404, "no such product") from error
    catalogue.WINDOW[product_id] = product
    return product
