"""What a shop pastes into its page to show a widget, and where a microsite is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from team.queries import company
from widget.models import Display

# The vendor's script as npm has it, served by us: its address never changes, for shops' pages keep it.
LIBRARY: Final = "widget/squatch-js/2.6.3/squatch.min.js"

SCRIPTED: Final = """\
<div id="squatchembed"></div>
<script src="{library}"></script>
<script>
  squatch.ready(function () {{
    squatch.init({{ tenantAlias: {alias}, domain: {domain}, npmCdn: {npm} }});
    squatch.widgets().upsertUser({{
      user: {{ id: "YOUR-USER-ID", accountId: "YOUR-ACCOUNT-ID" }},
      jwt: "A-TOKEN-THAT-YOUR-SERVER-SIGNS",
      widgetType: {widget_type},
      engagementMedium: "EMBED"
    }});
  }});
</script>
"""
DECLARATIVE: Final = """\
<script>
  window.squatchTenant = {alias};
  window.squatchConfig = {{ domain: {domain}, npmCdn: {npm} }};
  window.squatchToken = "A-TOKEN-THAT-YOUR-SERVER-SIGNS";
</script>
<script src="{library}"></script>
<squatch-embed widget={widget_type}></squatch-embed>
"""
LINK: Final = """\
<a href={address}>Refer a friend</a>
"""
SIGNED_LINK: Final = """\
<a href="{address}?userToken=A-TOKEN-THAT-YOUR-SERVER-SIGNS">Refer a friend</a>
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of HTML to paste, with what it is for."""

    id: str
    title: str | Promise
    about: str | Promise
    code: str


def snippets(display: Display) -> Sequence[Snippet]:
    """Return what to paste for a widget in two forms, or for a microsite the link to it."""
    if display.is_microsite:
        return _links(f"{settings.BASE_URL}/m/{display.slug}/")
    values = {
        "alias": _quoted(company().tenant_alias),
        "domain": _quoted(settings.BASE_URL),
        "widget_type": _quoted(f"p/{display.program.key}/w/{display.key}"),
        "library": f"{settings.BASE_URL}{settings.STATIC_URL}{LIBRARY}",
        "npm": _quoted(f"{settings.BASE_URL}/a/npm"),
    }
    return [
        Snippet(
            "scripted",
            _("With a script"),
            _("Where your page knows the signed-in customer. It registers them, shows the widget and attributes."),
            SCRIPTED.format(**values),
        ),
        Snippet(
            "declarative",
            _("With a tag"),
            _("Where you would rather write HTML: the tag shows the widget at its place."),
            DECLARATIVE.format(**values),
        ),
    ]


def _links(address: str) -> Sequence[Snippet]:
    return [
        Snippet(
            "link",
            _("Link to the microsite"),
            _("For your shop's menu, or a mail."),
            LINK.format(address=json.dumps(address)),
        ),
        Snippet(
            "signed-link",
            _("Link for a signed-in customer"),
            _("Where your page knows the customer: they come in with a press of a button, registered and attributed."),
            SIGNED_LINK.format(address=address),
        ),
    ]


def _quoted(text: str) -> str:
    """Return a text as JavaScript and attributes write it; none of these can hold a quote or end a script."""
    return json.dumps(text).replace("<", "\\u003c")
