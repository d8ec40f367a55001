from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation
from django.utils.html import strip_tags

from programs.models import Participant, Program, Touch, TouchOutcome
from promocodes.models import CodePool, PromoCode
from rewards.attribution import SentCode, attribute
from rewards.attribution.explaining import (
    explain_conversion,
    explain_friend,
    explain_referral,
    explain_touch,
    explain_touches,
    with_people,
)
from tests.factories import (
    make_code,
    make_conversion,
    make_participant,
    make_pool,
    make_referral,
    make_referral_code,
    make_touch,
)

pytestmark = pytest.mark.django_db
Door = Touch.Door


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def came_of(friend, text, at, door=Door.UPSERT, **fields):
    """Attribute a friend by a code and return what is said of it, without the links."""
    attribute(friend=friend, touches=[SentCode(text, door, **fields)], sent_by="Shop", at=at)
    touch = with_people(Touch.objects.filter(friend=friend, text=text)).latest("pk")
    return strip_tags(explain_touch(touch).sentence)


def when(at):
    return strip_tags(explain_touch(make_touch(at=at)).details[0]).removeprefix("It came with the registration, ")[:-1]


def test_a_code_that_referred_its_friend_is_told_with_links(friend, ada, program, code, at):
    attribute(friend=friend, touches=[SentCode("ada", Door.UPSERT)], sent_by="Shop", at=at)

    touch = Touch.objects.get()
    told = explain_touch(touch)

    assert told.kind == "success"
    assert strip_tags(told.sentence) == (
        f"ada is a code of Ada, and the first valid one that Cleo came with in {program.name}. So Ada referred them."
    )
    assert f'/participant/{ada.pk}/change/">Ada</a>' in told.sentence
    assert '<code class="mono">ada</code>' in told.sentence
    assert strip_tags(told.details[0]) == f"It came with the registration, {when(at)}. Sent by Shop."
    with translation.override("zh-hans"):
        assert strip_tags(explain_touch(touch).details[0]).endswith("。由 Shop 发送。")


@pytest.mark.parametrize(
    ("door", "how"),
    [
        (Door.UPSERT, "It came with the registration"),
        (Door.COOKIE, "It came with the cookie that a share link had left"),
        (Door.APPLIED, "It was entered as a code"),
        (Door.IMPORT, "It came with an import"),
        (Door.CONVERSION, "It came with the order 1007"),
        (Door.MANUAL, "It was added by hand"),
    ],
)
def test_each_door_is_told(friend, door, how, at):
    conversion = make_conversion(order_id="1007") if door == Door.CONVERSION else None
    touch = make_touch(friend=friend, door=door, conversion=conversion, at=at)

    assert strip_tags(explain_touch(touch).details[0]) == f"{how}, {when(at)}."


def test_an_unknown_code_is_told_as_it_was_sent(friend, at):
    assert came_of(friend, "<b>x", at) == "There was no code and no share link &lt;b&gt;x."


def test_an_own_code_is_told(ada, code, at):
    colleague = make_participant(account_id="ada", user_id="bob", first_name="Bob")

    assert came_of(ada, "ADA", at) == "ADA is Ada's own code. Nobody refers themselves."
    assert came_of(colleague, "ADA", at) == (
        "ADA is a code of Ada, who has the same account as Bob. An account does not refer itself."
    )


def test_a_friend_who_was_referred_before_is_told_by_whom_and_when(friend, ada, program, code, bens, at):
    came_of(friend, "BEN", at)

    assert came_of(friend, "ADA", at + timedelta(days=1)) == (
        f"ADA is a code of Ada, but Cleo had been referred by Ben on {when(at)}. The first valid code counts."
    )


def test_an_account_that_was_referred_before_is_told(friend, code, bens, at):
    came_of(friend, "BEN", at)
    colleague = make_participant(account_id="cleo", user_id="dan", first_name="Dan")

    assert came_of(colleague, "ADA", at) == (
        f"ADA is a code of Ada, but Cleo, who has the same account as Dan, had been referred by Ben on {when(at)}. "
        "Each account is referred once."
    )


def test_the_same_advocate_again_is_told(friend, program, code, at):
    make_referral_code(code="ADA-2", program=program, participant=code.participant, is_primary=False)
    came_of(friend, "ADA", at)

    assert came_of(friend, "ADA-2", at) == (
        f"ADA-2 is a code of Ada, who had referred Cleo on {when(at)} already. Nothing changed."
    )


def test_a_used_code_tells_who_used_it(friend, ada, program, at):
    make_code("SPRING-1", pool=make_pool(program=program), participant=ada)
    came_of(make_participant(first_name="Dan"), "SPRING-1", at)

    assert came_of(friend, "spring-1", at) == f"spring-1 works once, and Dan had used it on {when(at)}."


def test_a_used_code_of_nobody_known_is_told(friend, at):
    touch = make_touch(friend=friend, text="SPRING-1", outcome="code_used")

    told = strip_tags(explain_touch(touch).sentence)

    assert told == "SPRING-1 works once, and somebody else had used it before."


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda code: Participant.objects.filter(pk=code.participant.pk).update(date_blocked="2026-03-01T00:00Z"),
            "ADA is a code of Ada, who was blocked. Who is blocked refers nobody.",
        ),
        (
            lambda _code: Participant.objects.filter(user_id="cleo").update(date_blocked="2026-03-01T00:00Z"),
            "Cleo was blocked when ADA came. Who is blocked is not referred.",
        ),
        (
            lambda _code: Participant.objects.filter(user_id="cleo").update(referable=False),
            "Cleo could not be referred when ADA came: the shop, or one of your colleagues, had switched it off.",
        ),
        (
            lambda code: Program.objects.filter(pk=code.program.pk).update(status="paused", name="Spring"),
            "ADA is a code of Ada, but Spring was not live. Only live programs attribute.",
        ),
    ],
)
def test_people_and_programs_that_may_not_take_part_are_told(friend, code, change, told, at):
    change(code)
    friend.refresh_from_db()

    assert came_of(friend, "ADA", at) == told


def test_an_old_cookie_is_told_with_the_days_that_it_lasts(friend, program, code, at):
    assert came_of(friend, "ADA", at, door=Door.COOKIE, counts_until=at) == (
        "Cleo had followed a share link of Ada too long before."
    )
    Program.objects.filter(pk=program.pk).update(cookie_days=30, name="Spring")
    other = make_participant(first_name="Dan")
    assert came_of(other, "ADA", at, door=Door.COOKIE, counts_until=at) == (
        "Dan had followed a share link of Ada too long before: Spring remembers it for 30 days."
    )


def test_promo_codes_that_are_gone_are_told(friend, ada, program, at):
    pool = make_pool(program=program, kind=CodePool.Kind.ONE_TIME)
    for text, fields in {
        "GONE": {"state": PromoCode.State.WITHDRAWN, "withdrawn_at": at},
        "LATE": {"expires_at": at},
    }.items():
        PromoCode.objects.filter(pk=make_code(text, pool=pool, participant=ada).pk).update(**fields)
    make_code("STOCK", pool=pool)
    Program.objects.filter(pk=program.pk).update(name="Spring")

    assert came_of(friend, "GONE", at) == "GONE was a promo code of Ada and had been withdrawn."
    assert came_of(friend, "LATE", at) == "LATE was a promo code of Ada and had expired."
    assert came_of(friend, "STOCK", at) == "STOCK is a promo code of Spring, but had not been given to any advocate."


def test_a_disabled_code_is_told(friend, ada, program, at):
    make_referral_code(code="OLD", program=program, participant=ada, is_primary=False, disabled_at=at)

    assert came_of(friend, "OLD", at) == "OLD was a code of Ada and had been disabled."


@pytest.mark.parametrize("outcome", [one for one in TouchOutcome.values if one != "no_touch"])
def test_every_outcome_is_told_even_where_little_is_known(friend, ada, program, outcome):
    touch = make_touch(friend=friend, outcome=outcome, advocate=ada, program=program)

    assert "{" not in explain_touch(touch).sentence


def test_many_touches_are_explained_in_few_queries(friend, ada, code, program, django_assert_num_queries, at):
    for number in range(5):
        make_touch(friend=friend, text=f"USED{number}", outcome="code_used", program=program, advocate=ada)
    attribute(friend=friend, touches=[SentCode("ADA", Door.UPSERT)], sent_by="Shop", at=at)

    with django_assert_num_queries(2):
        told = explain_touches(list(with_people(Touch.objects.filter(friend=friend))))

    assert len(told) == 6


def test_a_friends_page_tells_who_referred_them_and_what_was_refused(friend, program, code, bens, at):
    Program.objects.filter(pk=program.pk).update(name="Spring")
    sent = [SentCode(text, Door.UPSERT) for text in ("NOBODY", "BEN", "ADA")]
    attribute(friend=friend, touches=sent, sent_by="Shop", at=at)

    told = explain_friend(friend)

    assert [strip_tags(one.sentence) for one in told.referrals] == [
        f"Cleo came with the code BEN of Ben to Spring, {when(at)}."
    ]
    assert strip_tags(told.referrals[0].details[0]).startswith("It came with the registration, ")
    assert [one.kind for one in told.refused] == ["neutral", "warning"]


def test_a_friend_whom_nobody_referred_is_told_so(friend):
    told = explain_friend(friend)

    assert [(one.kind, strip_tags(one.sentence)) for one in told.referrals] == [("neutral", "Nobody referred Cleo.")]
    assert told.refused == ()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("link", "Cleo came by a share link of Ada to Spring, "),
        ("promo_code", "Cleo came with the promo code X of Ada to Spring, "),
        ("manual", "One of your colleagues noted that Ada referred Cleo in Spring, "),
        ("import", "An import says that Ada referred Cleo in Spring, "),
    ],
)
def test_a_referral_tells_what_it_came_through(friend, ada, program, source, told, at):
    program.name = "Spring"
    program.save()
    referral = make_referral(program=program, referrer=ada, referred=friend, source=source, code_used="X")

    assert strip_tags(explain_referral(referral).sentence).startswith(told)


def order(friend=None, **fields):
    return make_conversion(friend=friend, order_id="1007", **fields)


def of_order(conversion):
    told = explain_conversion(conversion)
    return told.kind, strip_tags(told.sentence), [strip_tags(detail) for detail in told.details]


def test_an_order_that_waits_is_told(program):
    assert of_order(order(program=program)) == (
        "warning",
        "The order waits to be looked at. That takes a few seconds.",
        [],
    )


def done(friend, outcome, at, **fields):
    status = "attributed" if "advocate" in fields else "not_attributed"
    return order(friend, status=status, outcome=outcome, worked_at=at, **fields)


def test_an_order_whose_code_referred_the_friend_is_told(friend, ada, program, code, at):
    conversion = order(friend, program=program, promo_code="ADA")
    sent = SentCode("ADA", Door.CONVERSION, conversion=conversion)
    [outcome] = attribute(friend=friend, touches=[sent], sent_by="order", at=at)
    conversion.status, conversion.outcome, conversion.worked_at = "attributed", "attributed", at
    conversion.advocate, conversion.referral = ada, outcome.referral
    conversion.save()

    assert of_order(conversion) == (
        "success",
        f"The order counts for Ada: it came with their code ADA, which referred Cleo in {program.name}.",
        ["Cleo ordered."],
    )


def test_an_order_of_a_friend_who_was_referred_before_is_told(friend, ada, program, at):
    referral = make_referral(program=program, referrer=ada, referred=friend, date_started=at)
    conversion = done(friend, "attributed", at, program=program, advocate=ada, referral=referral)

    assert of_order(conversion) == (
        "success",
        f"The order counts for Ada, who referred Cleo in {program.name} on {when(at)}.",
        ["Cleo ordered."],
    )


def test_an_order_with_the_code_of_a_later_advocate_tells_of_both(friend, ben, ada, program, code, at):
    referral = make_referral(program=program, referrer=ben, referred=friend, date_started=at)
    conversion = done(friend, "already_referred", at, program=program, advocate=ben, referral=referral)
    make_touch(
        friend=friend,
        conversion=conversion,
        door="conversion",
        text="ADA",
        advocate=ada,
        outcome="already_referred",
        referral=referral,
        program=program,
    )

    assert of_order(conversion) == (
        "success",
        f"The order counts for Ben, who referred Cleo in {program.name} on {when(at)}.",
        [
            "Cleo ordered.",
            f"ADA is a code of Ada, but Cleo had been referred by Ben on {when(at)}. The first valid code counts.",
        ],
    )


def test_an_order_of_nobody_known_counts_for_the_advocate_of_its_code(ada, program, at):
    conversion = done(None, "attributed", at, program=program, advocate=ada, promo_code="ADA")

    assert of_order(conversion) == (
        "success",
        "The order counts for Ada, whose promo code ADA came with it.",
        ["It is not known who ordered: the shop sent no customer with the order."],
    )


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"customer_id": "c7"}, "no one participant has the customer ID c7."),
        ({"customer_email": "c@x.y"}, "no one participant has the e-mail c@x.y."),
        ({"customer_id": "c7", "customer_email": "c@x.y"}, "has the customer ID c7 or the e-mail c@x.y."),
    ],
)
def test_an_order_of_nobody_known_without_a_code_is_told(program, sent, told, at):
    kind, sentence, details = of_order(done(None, "no_touch", at, program=program, **sent))

    assert (kind, sentence) == (
        "warning",
        "The order counts for no advocate. No code came with it, and nobody knows who ordered.",
    )
    assert details[0].endswith(told)


def test_an_order_of_a_friend_whom_nobody_referred_is_told(friend, program, at):
    program.name = "Spring"

    assert of_order(done(friend, "no_touch", at, program=program))[1] == (
        "The order counts for no advocate. Nobody has referred Cleo in Spring, and no code came with the order."
    )


def test_an_order_whose_code_was_refused_says_why(friend, ada, program, at):
    conversion = done(friend, "code_disabled", at, program=program, promo_code="OLD")
    make_touch(
        friend=friend, conversion=conversion, door="conversion", text="OLD", advocate=ada, outcome="code_disabled"
    )

    assert of_order(conversion)[1] == ("The order counts for no advocate. OLD was a code of Ada and had been disabled.")


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("program_not_live", "Spring was not live. Only live programs attribute."),
        ("friend_blocked", "Cleo was blocked. Who is blocked brings nobody a reward."),
        ("advocate_blocked", "The advocate of Cleo in Spring was blocked. Who is blocked gets no rewards."),
        ("unknown_code", "Its code ADA was refused: Unknown code."),
    ],
)
def test_an_order_whose_code_nobody_looked_at_says_why(friend, program, outcome, told, at):
    program.name = "Spring"

    conversion = done(friend, outcome, at, program=program, promo_code="ADA")

    assert of_order(conversion)[1] == f"The order counts for no advocate. {told}"


def test_a_reversed_order_says_so_and_why(friend, program, at):
    conversion = done(friend, "no_touch", at, program=program, reversed_at=at, reversal_reason="sent <back>")
    bare = make_conversion(program=program, status="not_attributed", outcome="no_touch", worked_at=at, reversed_at=at)

    assert of_order(conversion)[2][1] == f"The order was reversed on {when(at)}: sent &lt;back&gt;"
    assert of_order(bare)[2][1] == f"The order was reversed on {when(at)}."


def test_a_reversed_order_that_counted_warns_and_says_for_whom_it_did(friend, ada, program, at):
    conversion = done(friend, "attributed", at, program=program, advocate=ada, promo_code="ADA", reversed_at=at)

    kind, lead, details = of_order(conversion)

    assert (kind, lead) == ("warning", f"The order was reversed on {when(at)}.")
    assert details[0] == "Until then it counted for Ada."
