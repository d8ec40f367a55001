from __future__ import annotations

from django.apps import AppConfig


class PromoCodesConfig(AppConfig):
    name = "promocodes"
