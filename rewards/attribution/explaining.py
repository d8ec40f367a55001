"""Why a friend or an order was or was not attributed: to whom, by which touch and when, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin import instant, mono
from advocate.lib.admin.parts import Kind
from programs.models import Conversion, Participant, Referral, Touch, TouchOutcome
from promocodes.queries.people import uses_of_texts
from rewards.attribution.outcomes import SETTLED
from rewards.attribution.resolving import folded
from rewards.attribution.sentences import how_it_came, named, somebody, what_came
from rewards.referral_lines import participant_link, program_link, referral_link

MOST_TOUCHES: Final = 20
KINDS: Final[dict[str, Kind]] = {TouchOutcome.ATTRIBUTED: "success"}
SOURCES: Final = {
    Referral.Source.LINK: gettext_lazy("{friend} came by a share link of {advocate} to {program}, {when}."),
    Referral.Source.CODE: gettext_lazy("{friend} came with the code {code} of {advocate} to {program}, {when}."),
    Referral.Source.PROMO_CODE: gettext_lazy(
        "{friend} came with the promo code {code} of {advocate} to {program}, {when}."
    ),
    Referral.Source.MANUAL: gettext_lazy(
        "One of your colleagues noted that {advocate} referred {friend} in {program}, {when}."
    ),
    Referral.Source.IMPORT: gettext_lazy("An import says that {advocate} referred {friend} in {program}, {when}."),
}
# Why an order is nobody's before anybody looks at its code.
WITHOUT_TOUCH: Final[dict[str, Any]] = {
    TouchOutcome.PROGRAM_NOT_LIVE: gettext_lazy("{program} was not live. Only live programs attribute."),
    TouchOutcome.FRIEND_BLOCKED: gettext_lazy("{friend} was blocked. Who is blocked brings nobody a reward."),
    TouchOutcome.ADVOCATE_BLOCKED: gettext_lazy(
        "The advocate of {friend} in {program} was blocked. Who is blocked gets no rewards."
    ),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What came of something, in one sentence with links, and in further sentences how that came about."""

    kind: Kind
    sentence: SafeString
    details: tuple[SafeString, ...] = ()


@dataclass(frozen=True, slots=True)
class FriendExplained:
    """Who referred a friend in each program, or that nobody did; and the codes that came and referred them not."""

    referrals: tuple[Explanation, ...]
    refused: tuple[Explanation, ...]


def with_people(touches: QuerySet[Touch]) -> QuerySet[Touch]:
    """Return the touches with all that their explanations name."""
    people = ("friend", "advocate", "program", "conversion", "job", "referral__referrer", "referral__referred")
    return touches.select_related(*people)


def explain_touch(touch: Touch) -> Explanation:
    """Say why a code did or did not refer its friend, how it came, when, and who sent it."""
    return explain_touches([touch])[0]


def explain_touches(touches: Sequence[Touch]) -> list[Explanation]:
    """Do the same for several, each read ``with_people``; one query finds who used their codes."""
    uses = uses_of_texts(touch.text for touch in touches if touch.outcome == TouchOutcome.CODE_USED)
    return [
        Explanation(
            kind=_kind(touch.outcome),
            sentence=what_came(touch, use=uses.get(folded(touch.text))),
            details=(how_it_came(touch),),
        )
        for touch in touches
    ]


def explain_referral(referral: Referral) -> Explanation:
    """Say through whom a friend came, and by which touch."""
    made_by = with_people(Touch.objects.filter(referral=referral, outcome=TouchOutcome.ATTRIBUTED)).first()
    return _of_referral(referral, made_by)


def explain_friend(friend: Participant) -> FriendExplained:
    """Say for each program who referred a friend and by which touch, and why other codes did not."""
    referrals = Referral.objects.filter(referred=friend).select_related("program", "referrer", "referred")
    touches = list(with_people(Touch.objects.filter(friend=friend)).order_by("-at", "-pk")[:MOST_TOUCHES])
    made = with_people(Touch.objects.filter(friend=friend, outcome=TouchOutcome.ATTRIBUTED))
    made_by = {touch.referral_id: touch for touch in made}
    told = tuple(_of_referral(one, made_by.get(one.pk)) for one in referrals.order_by("-date_started", "-pk"))
    nobody = Explanation("neutral", format_html(_("Nobody referred {friend}."), friend=participant_link(friend)))
    refused = [touch for touch in touches if touch.outcome != TouchOutcome.ATTRIBUTED]
    return FriendExplained(told or (nobody,), tuple(explain_touches(refused)))


def explain_conversion(conversion: Conversion) -> Explanation:
    """Say whether an order counts for an advocate and why, who ordered, and what came of its code."""
    if conversion.status == Conversion.Status.QUEUED:
        return Explanation("warning", escape(_("The order waits to be looked at. That takes a few seconds.")))
    touches = list(with_people(Touch.objects.filter(conversion=conversion)).order_by("at", "pk"))
    details = [_who_ordered(conversion)]
    reversal = _reversal(conversion)
    if conversion.status == Conversion.Status.ATTRIBUTED:
        details += [one.sentence for one in explain_touches(touches) if one.kind != "success"]
        if reversal:
            return Explanation("warning", reversal, (_counted_for(conversion), *details))
        return Explanation("success", _counts_for(conversion), tuple(details))
    refused = [touch for touch in touches if touch.outcome == conversion.outcome]
    sentence = explain_touches(refused)[0].sentence if refused else _without_touch(conversion)
    lead = format_html(_("The order counts for no advocate. {reason}"), reason=sentence)
    return Explanation("warning", lead, (*details, reversal) if reversal else tuple(details))


def _kind(outcome: str) -> Kind:
    return "success" if outcome == TouchOutcome.ATTRIBUTED else "neutral" if outcome in SETTLED else "warning"


def _of_referral(referral: Referral, made_by: Touch | None) -> Explanation:
    sentence = format_html(
        str(SOURCES[Referral.Source(referral.source)]),
        friend=participant_link(referral.referred),
        advocate=participant_link(referral.referrer),
        program=program_link(referral.program),
        code=mono(referral.code_used),
        when=referral_link(referral, instant(referral.date_started)),
    )
    return Explanation("success", sentence, (how_it_came(made_by),) if made_by is not None else ())


def _counted_for(conversion: Conversion) -> SafeString:
    """Return for whom an order counted until it was reversed."""
    return format_html(_("Until then it counted for {advocate}."), advocate=somebody(conversion.advocate))


def _counts_for(conversion: Conversion) -> SafeString:
    """Return for whom an order counts and why."""
    referral = conversion.referral
    told = {"advocate": somebody(conversion.advocate), "code": mono(conversion.promo_code)}
    if referral is None:
        return format_html(_("The order counts for {advocate}, whose promo code {code} came with it."), **told)
    told |= {
        "friend": participant_link(referral.referred),
        "program": named(referral.program),
        "when": referral_link(referral, instant(referral.date_started)),
    }
    if conversion.outcome == TouchOutcome.ATTRIBUTED and referral.touches.filter(conversion=conversion).exists():
        return format_html(
            _("The order counts for {advocate}: it came with their code {code}, which referred {friend} in {program}."),
            **told,
        )
    return format_html(_("The order counts for {advocate}, who referred {friend} in {program} on {when}."), **told)


def _who_ordered(conversion: Conversion) -> SafeString:
    """Return how it is known who ordered, or that it is not."""
    sent = {"id": mono(conversion.customer_id), "email": mono(conversion.customer_email)}
    if conversion.friend is not None:
        return format_html(_("{friend} ordered."), friend=participant_link(conversion.friend))
    if conversion.customer_id and conversion.customer_email:
        return format_html(
            _("It is not known who ordered: no one participant has the customer ID {id} or the e-mail {email}."), **sent
        )
    if conversion.customer_id:
        return format_html(_("It is not known who ordered: no one participant has the customer ID {id}."), **sent)
    if conversion.customer_email:
        return format_html(_("It is not known who ordered: no one participant has the e-mail {email}."), **sent)
    return escape(_("It is not known who ordered: the shop sent no customer with the order."))


def _reversal(conversion: Conversion) -> SafeString:
    """Return when and why an order was reversed, or nothing if it was not."""
    if conversion.reversed_at is None:
        return SafeString("")
    when = instant(conversion.reversed_at)
    if not conversion.reversal_reason:
        return format_html(_("The order was reversed on {when}."), when=when)
    told = _("The order was reversed on {when}: {reason}")
    return format_html(told, when=when, reason=conversion.reversal_reason)


def _without_touch(conversion: Conversion) -> SafeString:
    """Return why an order is nobody's, where no code came with it that was looked at."""
    names = {
        "friend": somebody(conversion.friend),
        "program": named(conversion.program),
        "code": mono(conversion.promo_code),
    }
    if conversion.outcome in WITHOUT_TOUCH:
        return format_html(str(WITHOUT_TOUCH[conversion.outcome]), **names)
    if conversion.promo_code:
        return format_html(
            _("Its code {code} was refused: {reason}."), reason=conversion.get_outcome_display(), **names
        )
    if conversion.friend is not None:
        return format_html(_("Nobody has referred {friend} in {program}, and no code came with the order."), **names)
    return escape(_("No code came with it, and nobody knows who ordered."))
