"""Code Manager: the pools, their batches, all codes, and who holds them."""

from __future__ import annotations

from promocodes.admin.batches import CodeBatchAdmin
from promocodes.admin.codes import PromoCodeAdmin
from promocodes.admin.holders import CodeHolderAdmin
from promocodes.admin.pools import CodePoolAdmin

__all__ = ["CodeBatchAdmin", "CodeHolderAdmin", "CodePoolAdmin", "PromoCodeAdmin"]
