from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from programs.models import Participant, Program, ReferralCode
from programs.queries import participants_with_email
from promocodes.models import CodePool
from team.secrets import digest
from widget.defaults import WIDGET_KEY
from widget.models import AllowedOrigin, Display, DisplayVersion, MicrositeSession


def current_version(*, program_id: int, key: str = WIDGET_KEY) -> DisplayVersion | None:
    """Return what participants see of a program's widget, with its display and program; nothing if unpublished."""
    found = DisplayVersion.objects.select_related("display__program")
    return found.filter(display__program_id=program_id, display__key=key, is_current=True).first()


def draft_of(display: Display) -> DisplayVersion:
    """Return the draft, of which each display has one."""
    return DisplayVersion.objects.select_related("display__program").get(display=display, is_draft=True)


def published_version(display: Display) -> DisplayVersion | None:
    """Return the version that participants see, if one was ever published."""
    found = DisplayVersion.objects.select_related("display__program")
    return found.filter(display=display, is_current=True).first()


def published_versions(display: Display) -> QuerySet[DisplayVersion]:
    """Return all versions that were ever published, the newest first."""
    return DisplayVersion.objects.filter(display=display, is_draft=False).order_by("-number")


def with_working_versions(displays: QuerySet[Display]) -> QuerySet[Display]:
    """Have each display's draft and current version read along, as ``working_versions``."""
    working = DisplayVersion.objects.exclude(is_draft=False, is_current=False)
    return displays.prefetch_related(Prefetch("versions", working, to_attr="working_versions"))


def shows_promo_codes(program_id: int) -> bool:
    """Say whether the program has its promo codes on its widgets."""
    return CodePool.objects.filter(program=program_id, on_widgets=True).exists()


def microsite_at(slug: str) -> Display | None:
    """Return the microsite of this address that is not archived, with its program."""
    if not slug or "\x00" in slug:
        return None
    found = Display.objects.select_related("program").filter(slug=slug.lower(), archived_at__isnull=True)
    return found.first()


def open_microsites() -> QuerySet[Display]:
    """Return the microsites that participants can come into: published, and of programs that are live."""
    published = DisplayVersion.objects.filter(display=OuterRef("pk"), is_current=True)
    microsites = Display.objects.filter(kind=Display.Kind.MICROSITE, archived_at__isnull=True)
    found = microsites.filter(Exists(published), program__status=Program.Status.LIVE)
    return found.select_related("program").order_by("program__name", "program_id", "pk")


def displays_to_copy() -> QuerySet[Display]:
    """Return the widgets and microsites that a new one can begin as, in the order of their list."""
    found = Display.objects.filter(archived_at__isnull=True).select_related("program")
    return found.order_by("program__name", "program_id", "-kind", "pk")


def was_published(display: Display) -> bool:
    """Say whether participants could ever see it."""
    return published_versions(display).exists()


def origins_of(program: Program) -> list[str]:
    """Return the sites that may show the program's widgets."""
    return list(AllowedOrigin.objects.filter(program=program).order_by("origin").values_list("origin", flat=True))


def is_allowed_origin(origin: str) -> bool:
    """Say whether any program's widgets may be shown by this site."""
    return "\x00" not in origin and AllowedOrigin.objects.filter(origin=origin).exists()


def participant_to_sign_in(*, email: str, program_id: int) -> Participant | None:
    """Return whom a mailed code lets in: of several with the address, an advocate of the program, the newest first."""
    own = ReferralCode.objects.filter(participant=OuterRef("pk"), program=program_id, is_primary=True)
    found = participants_with_email(email).annotate(is_advocate=Exists(own))
    return found.order_by("-is_advocate", "-pk").first()


def session_of(*, token: str, display: Display, at: datetime) -> MicrositeSession | None:
    """Return a microsite's session that has not ended, with its participant."""
    found = MicrositeSession.objects.select_related("participant")
    return found.filter(token_digest=digest(token), display=display, ends_at__gt=at).first()
