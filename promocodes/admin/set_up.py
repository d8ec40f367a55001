"""Program Rules → Promo codes: the page that sets them up and the one that changes their settings."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from advocate.lib.admin.cells import number
from advocate.lib.clock import now
from advocate.lib.east_asian import gap_after
from advocate.lib.errors import DomainError
from advocate.lib.pages import Page, register_page
from programs.admin.form_pages import actor_of, form_data
from programs.models import Program
from promocodes.emails import default_addresses, upload_url
from promocodes.models import CodePool
from promocodes.operations.name_examples import name_examples
from promocodes.operations.name_patterns import BadNamePattern
from promocodes.operations.pools import SwitchedOn, save_pool, set_on_widgets, set_up_codes
from promocodes.pool_forms import PoolForm
from promocodes.stock import Needs, needs_of
from team.models import User
from team.queries import company

CHANGE = "promocodes.change_codepool"
MOST_TYPED = 100


def program_url(program_id: int) -> str:
    """Return the address of the promo codes on a program's page."""
    return f"{reverse('admin:programs_program_change', args=[program_id])}#panel-promo-codes"


def set_up(request: HttpRequest, program_id: int) -> HttpResponse:
    """Show the settings of a program's promo codes, save them, and switch them on."""
    program = _program(request, program_id)
    pool = CodePool.objects.select_related("program", "fallback").filter(program=program).first()
    form = PoolForm(form_data(request), pool=pool, told=_told(request, pool))
    step = request.POST.get("step", "")
    if request.method == "POST" and form.is_valid():
        if step == "confirm":
            return _ask(request, program, pool, form)
        try:
            return HttpResponseRedirect(_save(request, program, form, step))
        except DomainError as error:
            field = str(error.params.get("field", ""))
            form.add_error(field if field in form.fields else None, str(error.params.get("reason", error)))
    return _show(request, "promocodes/set_up.html", program, pool, form)


@require_POST
def on_widgets(request: HttpRequest, program_id: int) -> HttpResponse:
    """Show the promo codes in the program's widgets, or no longer."""
    program = _program(request, program_id)
    pool = get_object_or_404(CodePool.objects.select_related("program"), program=program)
    shown = request.POST.get("on_widgets") == "on"
    try:
        set_on_widgets(pool=pool, shown=shown, by=actor_of(request), at=now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        said = (
            _("The promo code component is in the program's widgets now.")
            if shown
            else _("The promo code component is no longer in the program's widgets.")
        )
        messages.success(request, said)
    return HttpResponseRedirect(program_url(program_id))


def name_examples_view(request: HttpRequest, program_id: int) -> HttpResponse:
    """Show which codes some of the program's advocates would get by a pattern that is being typed."""
    program = _program(request, program_id)
    pattern = request.GET.get("pattern", "").strip()[:MOST_TYPED]
    return TemplateResponse(request, "promocodes/name_examples.html", _examples(program, pattern))


def _program(request: HttpRequest, program_id: int) -> Program:
    if not cast("User", request.user).has_perm(CHANGE):
        raise PermissionDenied
    return get_object_or_404(Program, pk=program_id)


def _told(request: HttpRequest, pool: CodePool | None) -> str:
    """Return who is told where no address is given: without an account e-mail, who switches the codes on."""
    if pool is not None and pool.is_on:
        return ", ".join(default_addresses(pool, company()))
    return company().account_email or cast("User", request.user).email


def _save(request: HttpRequest, program: Program, form: PoolForm, step: str) -> str:
    """Save what the form says, switch the codes on if that is asked for, and return where to go."""
    by, at = actor_of(request), now()
    if step != "switch-on":
        pool = save_pool(program=program, settings=form.settings(), seen_at=form.seen_at(), by=by, at=at)
        if step == "upload":
            return upload_url(pool)
        messages.success(request, _("The settings were saved."))
        return program_url(program.pk)
    done = set_up_codes(program=program, settings=form.settings(), seen_at=form.seen_at(), by=by, at=at)
    _say_switched_on(request, done)
    are_made = bool(done.pool.name_pattern)
    needs = needs_of(program, done.pool, codes_each=done.pool.codes_each, at=at, are_made=are_made)
    if needs.shortfall:
        messages.warning(request, shortfall_text(needs))
    return program_url(program.pk)


def _say_switched_on(request: HttpRequest, done: SwitchedOn) -> None:
    said = _("Promo codes are switched on. The program's advocates get theirs now.")
    if done.job is not None:
        url = reverse("admin:jobs_job_detail", args=[done.job.public_id])
        said = format_html('{}{}<a href="{}">{}</a>', said, gap_after(said), url, _("See how far it is"))
    messages.success(request, said)


def shortfall_text(needs: Needs) -> str:
    """Return what happens where there are fewer codes than the advocates' first sets take."""
    text = ngettext(
        "%(count)s code is missing for all advocates. Who waits gets theirs as soon as codes arrive, the oldest first.",
        "%(count)s codes are missing for all advocates. Who waits gets theirs as soon as codes arrive, the oldest "
        "first.",
        needs.shortfall,
    )
    return text % {"count": f"{number(needs.shortfall)}{'+' if needs.is_capped else ''}"}


def _ask(request: HttpRequest, program: Program, pool: CodePool | None, form: PoolForm) -> HttpResponse:
    """Show the question that the dialog asks, for browsers without scripts."""
    return _show(request, "promocodes/switch_on.html", program, pool, form)


def _show(request: HttpRequest, template: str, program: Program, pool: CodePool | None, form: PoolForm) -> HttpResponse:
    is_on = pool is not None and pool.is_on
    held = pool.codes_each if pool is not None and is_on else 0
    pattern = form.pattern_now()
    needs = needs_of(program, pool, codes_each=form.codes_each_now(), at=now(), held_each=held, are_made=bool(pattern))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Edit settings") if is_on else _("Set up promo codes"),
        "program": program,
        "pool": pool,
        "is_on": is_on,
        "form": form,
        "needs": needs,
        "shortfall": shortfall_text(needs) if needs.shortfall else "",
        "back_url": program_url(program.pk),
        **_examples(program, pattern),
    }
    return TemplateResponse(request, template, context)


def _examples(program: Program, pattern: str) -> dict[str, Any]:
    """Return what ``promocodes/name_examples.html`` needs; a pattern that is none has no examples."""
    try:
        return {"examples": name_examples(program, pattern) if pattern else [], "pattern_error": ""}
    except BadNamePattern as error:
        return {"examples": [], "pattern_error": str(error)}


def register() -> None:
    """Add the pages below their program's."""
    route = "programs/program/<int:program_id>/promo-codes/"
    register_page(Page(route, set_up, "promocodes_set_up"))
    register_page(Page(f"{route}names/", name_examples_view, "promocodes_name_examples"))
    register_page(Page(f"{route}widgets/", on_widgets, "promocodes_on_widgets"))
