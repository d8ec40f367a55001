"""Believable data to try Advocate with, the same for the same seed and instant, in any amount."""

from __future__ import annotations

from rewards.demo.loading import AlreadyInUse, Loaded, load_demo
from rewards.demo.plan import Plan

__all__ = ["AlreadyInUse", "Loaded", "Plan", "load_demo"]
