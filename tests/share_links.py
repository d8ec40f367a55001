"""What a report of users has of the share link of each."""

from __future__ import annotations


def share_link_columns(link: str) -> dict[str, str]:
    """Return the columns that tell an advocate's link, alone and for each place where it is shared."""
    media = {name: f"{link}?rsShareMedium={name.upper()}" for name in ("facebook", "twitter", "email", "linkedin")}
    return {"shareLink": link, **{f"{name}ShareLink": url for name, url in media.items()}, "cleanShareLink": link}
