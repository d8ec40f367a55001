"""The pages on which a reward is given, redeemed, cancelled, or a redemption reversed."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from advocate.lib.clock import now
from advocate.lib.errors import DomainError
from advocate.lib.panels import TabLink
from programs.admin.form_layout import laid_out
from programs.admin.form_pages import FormPage, actor_of, form_data, form_page
from programs.models import Participant
from rewards.amounts import amount_text
from rewards.forms import GrantByUnitForm, GrantForm, GrantFromCatalogForm, ReasonForm, RedeemForm
from rewards.models import CatalogReward, Reward, RewardEntry, RewardType
from rewards.operations import cancel_reward, grant_reward, redeem_reward, reverse_redemption
from rewards.operations.errors import AlreadyReversed, RewardNotCancellable
from rewards.operations.redeeming import why_not_redeemable

ADD = "rewards.add_reward"
REDEEM = "rewards.redeem_reward"
CANCEL = "rewards.cancel_reward"
REVERSE = "rewards.reverse_redemption"


def can_redeem(request: HttpRequest, reward: Reward) -> bool:
    """Say whether the person may redeem from the reward as it is."""
    is_drawable = reward.type == RewardType.CREDIT and reward.status_at(now()) == Reward.Status.AVAILABLE
    return is_drawable and request.user.has_perm(REDEEM)


def can_cancel(request: HttpRequest, reward: Reward) -> bool:
    """Say whether the person may cancel the reward as it is."""
    is_cancellable = reward.status_at(now()) in {Reward.Status.PENDING, Reward.Status.AVAILABLE}
    return is_cancellable and request.user.has_perm(CANCEL)


def add_view(request: HttpRequest) -> HttpResponse:
    """Give a participant a reward: one from the catalog, or an amount of a unit."""
    _require(request, ADD)
    participant = _participant(request)
    is_by_unit = _is_by_unit(request)
    form: GrantForm = (GrantByUnitForm if is_by_unit else GrantFromCatalogForm)(form_data(request))

    def submit() -> str:
        at = now()
        reward = grant_reward(
            participant=participant,
            terms=form.terms(at=at),
            program=form.cleaned_data["program"],
            notes=form.notes(),
            by=actor_of(request),
            at=at,
        )
        text = _("%(name)s was given %(value)s.")
        value = amount_text(reward.amount, reward.unit)
        messages.success(request, text % {"name": participant, "value": value})
        return _rewards_of(participant.pk)

    page = FormPage(
        title=_("Add Reward"),
        list_title=_("Participants"),
        list_url=reverse("admin:programs_participant_changelist"),
        button=_("Add Reward"),
        cancel_url=_rewards_of(participant.pk),
        object_title=str(participant),
        lead=_("For %(name)s.") % {"name": participant},
    )
    response = form_page(request, page=page, form=form, submit=submit)
    return laid_out(response, "rewards/add_reward.html", tabs=_ways(participant, is_by_unit=is_by_unit))


def redeem_view(request: HttpRequest, reward_id: int) -> HttpResponse:
    """Redeem part or all of a reward."""
    _require(request, REDEEM)
    reward = get_object_or_404(Reward.objects.select_related("unit", "participant"), pk=reward_id)
    refusal = why_not_redeemable(reward=reward, at=now())
    if request.method == "GET" and refusal is not None:
        return _refused(request, reward, refusal)
    form = RedeemForm(form_data(request), reward=reward)

    def submit() -> str:
        entry = redeem_reward(
            reward=reward,
            amount=form.cleaned_data["amount"],
            key=f"hand:{request.user.pk}:{form.cleaned_data['key']}",
            note=form.cleaned_data["note"],
            by=actor_of(request),
            at=now(),
        )
        messages.success(request, _("%(value)s was redeemed.") % {"value": amount_text(entry.amount, reward.unit)})
        return _page_of(reward)

    page = _page(reward, title=_("Redeem this reward"), button=_("Redeem"))
    return form_page(request, page=page, form=form, submit=submit)


def cancel_view(request: HttpRequest, reward_id: int) -> HttpResponse:
    """Cancel what is left of a reward."""
    _require(request, CANCEL)
    reward = get_object_or_404(Reward.objects.select_related("unit", "participant"), pk=reward_id)
    if request.method == "GET" and not can_cancel(request, reward):
        return _refused(request, reward, RewardNotCancellable(status=reward.status_at(now()).label))
    form = ReasonForm(form_data(request))

    def submit() -> str:
        cancel_reward(reward=reward, reason=form.cleaned_data["reason"], by=actor_of(request), at=now())
        messages.success(request, _("The reward was cancelled."))
        return _page_of(reward)

    lead = _("It cannot be undone. What was redeemed of it stays redeemed.")
    page = _page(reward, title=_("Cancel this reward?"), button=_("Cancel reward"), lead=lead, danger=True)
    return form_page(request, page=replace(page, cancel=_("Keep it")), form=form, submit=submit)


def reverse_view(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Give back what a redemption took."""
    _require(request, REVERSE)
    entry = get_object_or_404(
        RewardEntry.objects.select_related("reward__unit", "reward__participant"), pk=entry_id, kind="REDEMPTION"
    )
    if request.method == "GET" and RewardEntry.objects.filter(reverses=entry).exists():
        return _refused(request, entry.reward, AlreadyReversed())
    form = ReasonForm(form_data(request))

    def submit() -> str:
        reverse_redemption(entry=entry, note=form.cleaned_data["reason"], by=actor_of(request), at=now())
        messages.success(request, _("The redemption was reversed."))
        return _page_of(entry.reward)

    value = amount_text(entry.amount, entry.reward.unit)
    lead = _("%(value)s goes back to the reward. The redemption stays in the list, marked as reversed.")
    page = _page(
        entry.reward,
        title=_("Reverse this redemption?"),
        button=_("Reverse"),
        lead=lead % {"value": value},
        danger=True,
    )
    return form_page(request, page=page, form=form, submit=submit)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _refused(request: HttpRequest, reward: Reward, refusal: DomainError) -> HttpResponse:
    """Go back to the reward and say why the form that was asked for is of no use."""
    messages.warning(request, str(refusal))
    return HttpResponseRedirect(_page_of(reward))


def _participant(request: HttpRequest) -> Participant:
    asked = request.GET.get("participant", "")
    if not asked.isascii() or not asked.isdigit() or len(asked) > 18:
        raise Http404
    return get_object_or_404(Participant, pk=int(asked))


def _is_by_unit(request: HttpRequest) -> bool:
    """Say which form is meant; with nothing in the catalog, the other one is not offered first."""
    asked = request.GET.get("by", "")
    return asked == "unit" or (asked != "catalog" and not CatalogReward.objects.filter(is_active=True).exists())


def _ways(participant: Participant, *, is_by_unit: bool) -> list[TabLink]:
    url = f"?participant={participant.pk}&by="
    return [
        TabLink("catalog", _("Pre-configured"), f"{url}catalog", current=not is_by_unit),
        TabLink("unit", _("By unit"), f"{url}unit", current=is_by_unit),
    ]


def _rewards_of(participant_id: int) -> str:
    return reverse("admin:programs_participant_change", args=[participant_id]) + "?tab=rewards"


def _page_of(reward: Reward) -> str:
    return reverse("admin:rewards_reward_change", args=[reward.pk])


def _page(reward: Reward, *, title: str, button: str, lead: str = "", danger: bool = False) -> FormPage:
    return FormPage(
        title=title,
        list_title=_("Reward Feed"),
        list_url=reverse("admin:rewards_reward_changelist"),
        button=button,
        cancel_url=_page_of(reward),
        object_title=f"{reward.participant} · {amount_text(reward.amount, reward.unit)}",
        lead=lead,
        danger=danger,
    )
