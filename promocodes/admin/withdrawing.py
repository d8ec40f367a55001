"""The page on which one code is withdrawn."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.clock import now
from programs.admin.form_pages import FormPage, actor_of, form_data, form_page
from programs.forms import ReasonForm
from promocodes.admin.section import MANAGER, part_url
from promocodes.code_lines import WITHDRAW, can_withdraw
from promocodes.models import PromoCode
from promocodes.operations import withdraw_code
from promocodes.operations.errors import CodeNotWithdrawable

LEAD = gettext_lazy("It stops working for good. Its advocate gets another one, if it was one of their set.")


def withdraw_view(request: HttpRequest, code_id: int) -> HttpResponse:
    """Ask why a code is withdrawn, and withdraw it."""
    if not request.user.has_perm(WITHDRAW):
        raise PermissionDenied
    codes = PromoCode.objects.exclude(state=PromoCode.State.REFERRAL).select_related("participant")
    code = codes.filter(pk=code_id).first()
    if code is None:
        raise Http404
    if request.method == "GET" and not can_withdraw(request, code):
        messages.warning(request, str(CodeNotWithdrawable(shown=code.code, state=code.get_state_display())))
        return HttpResponseRedirect(reverse("admin:promocodes_promocode_change", args=[code.pk]))
    form = ReasonForm(form_data(request))

    def submit() -> str:
        withdrawn = withdraw_code(code=code, reason=form.cleaned_data["reason"], by=actor_of(request), at=now())
        messages.success(request, _("The code %(code)s was withdrawn.") % {"code": withdrawn.code})
        return _back(withdrawn)

    page = FormPage(
        title=_("Withdraw this code?"),
        list_title=MANAGER,
        list_url=part_url("promocode"),
        object_title=code.code,
        button=_("Withdraw code"),
        cancel_url=_back(code),
        lead=LEAD,
        danger=True,
    )
    return form_page(request, page=page, form=form, submit=submit)


def _back(code: PromoCode) -> str:
    """Return the page of the code's advocate, whose list shows what came in its place, or the code's own."""
    if code.participant_id is not None:
        return reverse("admin:promocodes_participant_codes", args=[code.participant_id])
    return reverse("admin:promocodes_promocode_change", args=[code.pk])
