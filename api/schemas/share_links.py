from __future__ import annotations

from api.bodies import Reply

Links = dict[str, str | dict[str, str]]


class ShareLinks(Reply):
    """The share links of a user in one program, by where they are shown and how they are shared."""

    share_links: Links
