"""The documentation site: prepared from the pages of the repository, built by Zensical."""

from __future__ import annotations
