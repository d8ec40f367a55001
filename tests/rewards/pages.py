from __future__ import annotations

from django.urls import reverse


def url_of(name: str, *args: object) -> str:
    return reverse(f"admin:rewards_{name}", args=args)


def text_of(response) -> str:
    return str(response.content.decode())
