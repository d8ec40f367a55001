"""The pages of a microsite. Nothing of the back office is in them: neither its session nor its members."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Final, cast

from csp.decorators import csp_update
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from advocate.lib.client_address import client_address
from advocate.lib.clock import now
from advocate.lib.errors import DomainError
from api.errors import ApiError
from programs.models import Participant, Program
from team.queries import company
from team.throttle import TooManyTries
from widget.colours import colours_of
from widget.languages import Language, language_of
from widget.microsite import cookies
from widget.microsite.coming import remember_code, touches_of
from widget.microsite.forms import CodeForm, JoinForm, SignInForm
from widget.microsite.shop_tokens import is_shops_token, signed_user
from widget.models import Display, DisplayVersion
from widget.operations import (
    CannotJoin,
    Entered,
    LinkNotValid,
    Newcomer,
    ask_for_code,
    enter_as_signed_user,
    enter_by_code,
    enter_by_link,
    leave,
    participant_of_link,
)
from widget.queries import microsite_at, published_version, session_of
from widget.recording import recording_token
from widget.rendering import Ident, render_parts
from widget.viewers import AdvocateViewer


@dataclass(frozen=True, slots=True)
class Site:
    """A microsite as one visitor finds it: published, in their language, and with them signed in or not."""

    display: Display
    version: DisplayVersion
    language: Language
    participant: Participant | None

    @property
    def path(self) -> str:
        """Return the address below which everything of it is, its cookies included."""
        return self.url("microsite")

    def url(self, name: str, *more: str) -> str:
        """Return the address of one of its pages."""
        return reverse(name, args=[self.display.slug, *more])

    @property
    def is_open(self) -> bool:
        """Say whether the program takes part at the moment."""
        return self.display.program.status == Program.Status.LIVE


Page = Callable[..., HttpResponse]
MEDIUM: Final = "HOSTED"
FROM_THE_SHOP: Final = "userToken"  # the name that a shop's link gives its token


def microsite_page(view: Page) -> Page:
    """Have a view show a page of a published microsite: strict, never cached, in the visitor's language."""

    @never_cache
    @wraps(view)
    def show(request: HttpRequest, slug: str, **more: str) -> HttpResponse:
        @csp_update({"img-src": "https:"})  # pictures that an admin names
        def answer(request: HttpRequest) -> HttpResponse:
            return _answer(request, slug, view, more)

        return cast("HttpResponse", answer(request))

    return cast("Page", show)


def _answer(request: HttpRequest, slug: str, view: Page, more: Mapping[str, str]) -> HttpResponse:
    site = _site(request, slug)
    with translation.override(site.language.django_code):
        answer = view(request, site, **more)
        if isinstance(answer, TemplateResponse):
            answer.render()
    remember_code(request, answer, path=site.path)
    answer.headers["Content-Language"] = site.language.tag
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


@require_safe
@microsite_page
def home_view(request: HttpRequest, site: Site) -> HttpResponse:
    """Show participants what is theirs, and everybody else how to come in; a shop's token asks to be used first."""
    token = request.GET.get(FROM_THE_SHOP, "")
    if token and "/" not in token:
        return HttpResponseRedirect(site.url("microsite-link", token))
    if not site.is_open:
        return _show(request, site, "closed.html")
    if site.participant is None:
        return _show(request, site, "sign_in.html", form=SignInForm())
    if site.participant.is_blocked:
        return _show(request, site, "blocked.html")
    at = now()
    viewer = AdvocateViewer(participant=site.participant, program=site.display.program, at=at, medium=MEDIUM)
    parts = render_parts(site.version.components, viewer=viewer, language=site.language)
    return _show(request, site, "home.html", parts=parts, ident=_ident(site, site.participant, at))


@require_POST
@microsite_page
def sign_in_view(request: HttpRequest, site: Site) -> HttpResponse:
    """Note that somebody wants a code, and say the same whoever's address it is."""
    form = SignInForm(request.POST)
    return _ask(request, site, form, "sign_in.html", newcomer=None)


@microsite_page
def join_view(request: HttpRequest, site: Site) -> HttpResponse:
    """Show and take the registration of a new advocate, where the microsite is open to them."""
    if not site.display.takes_newcomers:
        raise Http404
    if not site.is_open:
        return _show(request, site, "closed.html")
    consent = consent_text(site)
    form = JoinForm(request.POST if request.method == "POST" else None, consent=consent)
    if request.method != "POST" or not form.is_valid():
        return _show(request, site, "join.html", form=form)
    said = form.cleaned_data
    newcomer = Newcomer(said["first_name"], said["last_name"], consented_to=consent)
    return _ask(request, site, form, "join.html", newcomer=newcomer)


@microsite_page
def code_view(request: HttpRequest, site: Site) -> HttpResponse:
    """Ask for the code that was mailed, and let in who has it."""
    public_id = cookies.kept(request, cookies.ASKED)
    if not public_id:
        return HttpResponseRedirect(site.path)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            entered = enter_by_code(
                display=site.display,
                public_id=public_id,
                code=form.cleaned_data["code"],
                touches=touches_of(request),
                address=client_address(request),
                at=now(),
            )
        except DomainError as error:
            return _refused(request, site, form, error, "code.html")
        return _inside(site, entered)
    return _show(request, site, "code.html", form=form)


@microsite_page
def link_view(request: HttpRequest, site: Site, token: str) -> HttpResponse:
    """Let in who has a signed link, once they press the button: whoever only looks at links starts no session."""
    if not site.is_open:
        return _show(request, site, "closed.html")
    try:
        if request.method == "POST":
            return _inside(site, _enter(request, site, token))
        return _show(request, site, "link.html", name=_name_in(request, site, token))
    except (LinkNotValid, CannotJoin) as error:
        return _refused(request, site, SignInForm(), error, "sign_in.html")
    except ApiError:  # the only one that comes through: too many tokens from an address
        too_many = TooManyTries(wait=timedelta(minutes=1))
        return _refused(request, site, SignInForm(), too_many, "sign_in.html")


def _enter(request: HttpRequest, site: Site, token: str) -> Entered:
    """Let in whom a link of ours, or a shop's token, is for."""
    at, touches = now(), touches_of(request)
    if not is_shops_token(token):
        return enter_by_link(display=site.display, token=token, touches=touches, at=at)
    user = signed_user(request, token)
    return enter_as_signed_user(
        display=site.display,
        account_id=user.ids.account_id,
        user_id=user.ids.user_id,
        registration=user.registration,
        touches=[*user.touches, *touches],
        by=user.caller.actor,
        at=user.caller.at,
    )


def _name_in(request: HttpRequest, site: Site, token: str) -> str:
    """Return the name of whom a link of ours, or a shop's token, is for."""
    if is_shops_token(token):
        return signed_user(request, token).name
    return str(participant_of_link(display=site.display, token=token, at=now()))


@require_POST
@microsite_page
def leave_view(request: HttpRequest, site: Site) -> HttpResponse:
    """End the session."""
    leave(token=cookies.kept(request, cookies.SESSION))
    answer = HttpResponseRedirect(site.path)
    cookies.drop(answer, cookies.SESSION, path=site.path)
    return answer


def _ident(site: Site, participant: Participant, at: datetime) -> dict[str, str]:
    """Return what the components' script tells the server by that a code was copied or shared."""
    ident = Ident(
        tenant_alias=company().tenant_alias,
        program_key=site.display.program.key,
        engagement_medium=MEDIUM,
        token=recording_token(participant, at=at),
        account_id=participant.account_id,
        user_id=participant.user_id,
    )
    return ident.values()


def consent_text(site: Site) -> str:
    """Return what a newcomer agrees to, in their language."""
    own = site.display.consent.get(site.language.value, "")
    name = company().name or site.display.program.name
    return own or _("I agree that %(name)s stores my name and e-mail address to run this program.") % {"name": name}


def _site(request: HttpRequest, slug: str) -> Site:
    display = microsite_at(slug)
    version = published_version(display) if display else None
    if display is None or version is None:
        raise Http404
    token = cookies.kept(request, cookies.SESSION)
    session = session_of(token=token, display=display, at=now()) if token else None
    participant = session.participant if session else None
    own = participant.locale if participant else ""
    language = language_of(own, getattr(request, "LANGUAGE_CODE", ""))
    return Site(display, version, language, participant)


def _ask(request: HttpRequest, site: Site, form: Form, template: str, *, newcomer: Newcomer | None) -> HttpResponse:
    if not form.is_valid():
        return _show(request, site, template, form=form)
    try:
        public_id = ask_for_code(
            display=site.display,
            email=form.cleaned_data["email"],
            language=site.language.django_code,
            address=client_address(request),
            at=now(),
            newcomer=newcomer,
        )
    except TooManyTries as error:
        return _refused(request, site, form, error, template)
    answer = HttpResponseRedirect(site.url("microsite-code"))
    cookies.keep(answer, cookies.ASKED, public_id, path=site.path)
    return answer


def _inside(site: Site, entered: Entered) -> HttpResponse:
    answer = HttpResponseRedirect(site.path)
    cookies.keep(answer, cookies.SESSION, entered.token, path=site.path, days=entered.days)
    cookies.drop(answer, cookies.ASKED, path=site.path)
    return answer


def _refused(request: HttpRequest, site: Site, form: Form, error: DomainError, template: str) -> HttpResponse:
    status = 429 if isinstance(error, TooManyTries) else 400
    return _show(request, site, template, status=status, form=form, refusal=str(error))


def _show(request: HttpRequest, site: Site, template: str, *, status: int = 200, **context: Any) -> TemplateResponse:
    page = {
        "site": site,
        "display": site.display,
        "program": site.display.program,
        "language": site.language.tag,
        "colours": colours_of(site.display),
        "company": company().name or site.display.program.name,
        **context,
    }
    return TemplateResponse(request, f"widget/microsite/{template}", page, status=status)
