"""A shop's site on an origin of its own, whose page shows a widget by the vendor's script as it came from npm."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).resolve().parents[2] / "static/widget/squatch-js/2.6.3/squatch.min.js"
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>{head}
<script src="/squatch.min.js"></script></head>
<body style="{style}"><h1>Shop</h1>{body}<script>{script}</script></body></html>"""


@dataclass
class Shop:
    """The site: its origin, and what its one page holds now."""

    origin: str
    page: dict[str, str] = field(default_factory=dict)

    def show(self, *, script: str = "", body: str = "", head: str = "", style: str = "margin: 0") -> str:
        """Put something on the page and return its address."""
        self.page = {"script": script, "body": body, "head": head, "style": style}
        return f"{self.origin}/"


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, shop: Shop, *arguments: Any) -> None:
        self.shop = shop
        super().__init__(*arguments)

    def do_GET(self) -> None:
        if self.path == "/squatch.min.js":
            self._send(SCRIPT.read_bytes(), "text/javascript")
        elif self.path.split("?")[0] == "/":
            self._send(PAGE.format(**self.shop.page).encode(), "text/html; charset=utf-8")
        else:
            self._send(b"", "text/plain", status=204)

    def _send(self, content: bytes, content_type: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def open_shop() -> Iterator[Shop]:
    """Serve the site for a while."""
    shop = Shop("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, shop))
    shop.origin = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()


def initialised(domain: str, then: str) -> str:
    """Return a script that points the vendor's at our server, and then does something."""
    options = json.dumps({"tenantAlias": "default", "domain": domain, "npmCdn": f"{domain}/a/npm"})
    return f"squatch.init({options}); {then}"


def upserting(user: dict[str, Any], token: str, **options: Any) -> str:
    """Return a script that registers a user and shows their widget; what came of it is in ``window.outcome``."""
    given = {"user": user, "jwt": token, "engagementMedium": "EMBED", "widgetType": "p/spring/w/referrerWidget"}
    return f"""
      squatch.widgets().upsertUser({json.dumps({**given, **options})})
        .then((found) => {{ window.widget = found.widget; window.outcome = "shown"; }})
        .catch((error) => {{ window.outcome = String(error); }});
    """
