"""Figures for the office."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException

from app.api.dependencies import get_report_repository
from app.integrations import storage
from app.repositories.reports import ReportRepository
from app.services.exports import FORMATS

router = APIRouter(prefix="/v1/reports", tags=["reports"])

Reports = Annotated[ReportRepository, Depends(get_report_repository)]


@router.post("/revenue/{file_format}")
def export_revenue(file_format: str, since: date, reports: Reports) -> str:
    """Write the revenue since a day to a file; its name."""
    if file_format not in FORMATS:
        raise HTTPException(404, "no such format")
    content = FORMATS[file_format](since, reports.revenue(since))
    return storage.save(f"revenue-{since.isoformat()}.{file_format}", content).name
