"""Imports & Exports in the back office."""

from __future__ import annotations

from jobs.admin.job_admin import JobAdmin

__all__ = ["JobAdmin"]
