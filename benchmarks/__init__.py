"""Measures Bylaw against the floor and against its peers: ``make bench``."""

from __future__ import annotations
