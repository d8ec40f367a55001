from __future__ import annotations

import re
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from outbox.models import Email
from programs.models import Conversion, Participant, Program, Referral, ReferralCode, SearchTerm, ShareLink
from promocodes.models import CodeBatch, CodeHolder, CodePool, CodeUse, PromoCode
from rewards.demo import AlreadyInUse, Plan, load_demo
from rewards.models import Reward, RewardEntry, RewardRule, RewardUnit, RuleResult
from rewards.operations import expire_rewards, release_scheduled_rewards
from team.models import AuditEntry, Role, User
from tests.conftest import NOON
from tests.factories import make_participant, make_pool
from widget.models import DisplayVersion

pytestmark = pytest.mark.django_db
# Ids of configured things are left out: PostgreSQL goes on counting after a flush.
COUNTED = {"program_id", "unit_id", "catalog_reward_id", "user_id", "rule_id", "conversion_id"}


def load(seed=1, participants=60, rewards=250, add=False):
    return load_demo(plan=Plan(participants=participants, rewards=rewards, seed=seed, at=NOON), add=add)


def everything():
    models = (Participant, ReferralCode, ShareLink, Referral, Reward, RewardEntry)
    return {
        model: [
            {name: value for name, value in row.items() if name not in COUNTED}
            for row in model.objects.order_by("pk").values()
        ]
        for model in models
    }


def every_code():
    return set(PromoCode.objects.values_list("code", "state", "participant_id", "copied_at", "used_at"))


@pytest.mark.django_db(transaction=True)
def test_loading_twice_into_an_empty_database_gives_the_same_database():
    # Empty as after the second flush: SQLite goes on counting ids after rows that earlier tests deleted.
    call_command("flush", interactive=False, verbosity=0)
    load()
    first, codes = everything(), every_code()
    call_command("flush", interactive=False, verbosity=0)
    load()

    assert everything() == first
    assert every_code() == codes


def test_another_seed_makes_other_data():
    load(seed=1)
    first = set(Participant.objects.values_list("first_name", "last_name", "pk"))
    load(seed=2, add=True)

    second = Participant.objects.exclude(pk__in=[pk for _, _, pk in first]).values_list("first_name", "last_name")
    assert [name[:2] for name in sorted(first, key=lambda name: name[2])] != list(second.order_by("pk"))


def test_the_default_is_a_small_company_with_something_of_everything():
    loaded = load()

    assert (loaded.participants, loaded.rewards, loaded.referrals, loaded.orders) == (60, 250, 20, 6)
    assert Counter(Program.objects.values_list("status", flat=True)) == {"live": 2, "paused": 1, "draft": 1}
    assert set(RewardUnit.objects.values_list("key", "exponent")) == {
        ("CASH/USD", 2),
        ("CREDIT/CAD", 2),
        ("CENTS", 0),
        ("POINT", 0),
        ("CREDIT/JPY", 0),
        ("CASH/KWD", 3),
    }
    assert set(User.objects.values_list("role", flat=True)) == set(Role.values)
    assert not any(member.has_usable_password() for member in User.objects.all())
    assert Referral.objects.filter(date_converted=None).exists()
    assert Referral.objects.exclude(date_converted=None).exists()
    assert Participant.objects.exclude(date_blocked=None).count() == 2
    assert AuditEntry.objects.filter(action="participant.blocked").count() == 2
    assert Counter(Email.objects.values_list("name", "status")) == {
        ("test-mail", "kept"): 3,
        ("reward-given", "kept"): 3,
    }


def test_all_constraints_hold():
    load(participants=500, rewards=3000)

    connection.check_constraints()


def test_the_counter_of_each_reward_equals_its_entries():
    load(participants=300, rewards=2000)

    sums: Counter[int] = Counter()
    for reward_id, kind, amount in RewardEntry.objects.values_list("reward_id", "kind", "amount"):
        sums[reward_id] += amount if kind == "REDEMPTION" else -amount
    redeemed = dict(Reward.objects.values_list("pk", "redeemed"))
    assert redeemed == {pk: sums[pk] for pk in redeemed}
    assert RewardEntry.objects.filter(kind="REVERSAL").exists()


def test_rewards_come_in_every_status_and_tell_a_story_that_fits():
    load(participants=300, rewards=3000)

    rewards = list(Reward.objects.select_related("participant"))
    assert {reward.status for reward in rewards} == set(Reward.Status.values)
    assert all(reward.status_at(NOON) == reward.status for reward in rewards)
    assert all(reward.participant.created_at <= reward.date_created <= NOON for reward in rewards)
    for name in ("date_given", "date_redeemed", "date_cancelled"):
        dates = [(reward.date_created, getattr(reward, name)) for reward in rewards if getattr(reward, name)]
        assert dates
        assert all(created <= date <= NOON for created, date in dates)
    assert {reward.type for reward in rewards} == {"CREDIT", "PCT_DISCOUNT", "FUELTANK", "INTEGRATION"}
    assert {reward.unit_id for reward in rewards} >= set(RewardUnit.objects.values_list("pk", flat=True))


def test_many_rewards_share_an_expiry():
    load()

    expiries = Counter(Reward.objects.exclude(date_expires=None).values_list("date_expires", flat=True))

    assert expiries.most_common(1)[0][1] > 5


def test_what_is_due_by_then_has_happened_already():
    load(participants=300, rewards=2000)

    released = Reward.objects.filter(status="PENDING", pending_reason="SCHEDULED", date_scheduled_for__lte=NOON)
    overdue = Reward.objects.filter(status="AVAILABLE", date_expires__lte=NOON)

    assert not released.exists()
    assert not overdue.exists()


@pytest.mark.django_db(transaction=True)
def test_the_periodic_tasks_find_nothing_to_do_at_that_instant():
    load()

    assert release_scheduled_rewards(at=NOON) == 0
    assert expire_rewards(at=NOON) == 0


def test_ids_are_as_awkward_as_in_life():
    load()

    user_ids = list(Participant.objects.values_list("user_id", flat=True))
    for shape in (r"0\d{4}", r"\+44\d+", r"\d{18}", r"[^@]+@example\.com", r"用户\d+", r"\d+E\d"):
        assert any(re.fullmatch(shape, user_id) for user_id in user_ids), shape


def test_names_come_in_many_scripts():
    load()

    names = "".join(Participant.objects.values_list("first_name", flat=True))
    for start, end in (
        ("A", "z"),
        ("一", "鿿"),
        ("가", "힣"),
        ("ء", "ي"),
        ("א", "ת"),
        ("А", "я"),
        ("अ", "ह"),
        ("ก", "ฮ"),
    ):
        assert any(start <= character <= end for character in names), (start, end)


def test_a_code_used_is_the_advocates_own_in_that_program():
    load()

    referrals = Referral.objects.exclude(code_used="").values_list("code_used", "referrer_id", "program_id")
    used = list(referrals.exclude(source=Referral.Source.PROMO_CODE))

    assert used
    assert set(used) <= set(ReferralCode.objects.values_list("code", "participant_id", "program_id"))


def test_each_friend_who_came_by_a_promo_code_has_used_one_of_the_advocate():
    load(participants=400)

    came = Referral.objects.filter(source=Referral.Source.PROMO_CODE)
    uses = CodeUse.objects.values_list("code__code", "code__participant_id", "code__pool__program_id", "friend_id")
    assert set(uses) == set(came.values_list("code_used", "referrer_id", "program_id", "referred_id"))
    assert {use.code.is_multi_use for use in CodeUse.objects.select_related("code")} == {True, False}
    for code in PromoCode.objects.filter(used_at__isnull=False):
        assert code.use_count == code.uses.count()
        assert code.assigned_at <= code.used_at <= NOON


def test_one_stock_is_near_its_mark_one_program_has_codes_by_name_and_one_is_not_on():
    load()

    one_time, multi_use, prepared = CodePool.objects.order_by("pk")
    stock = one_time.codes.filter(state=PromoCode.State.STOCK).count()
    assert one_time.notify_at < stock <= one_time.notify_at * 1.5
    assert one_time.batches.count() == 3
    assert {code.state for code in one_time.codes.all()} == {0, 1, 2, 3}
    assert one_time.codes.filter(copied_at__isnull=False, state=PromoCode.State.ASSIGNED).exists()
    assert one_time.readings.count() == 60
    assert set(multi_use.codes.values_list("is_multi_use", "state")) == {(True, PromoCode.State.ASSIGNED)}
    assert (prepared.is_on, prepared.codes.count()) == (False, 40)
    assert AuditEntry.objects.filter(action="promo_code.withdrawn").count() == 3
    assert Counter(CodeHolder.objects.values_list("pool", flat=True)) == {one_time.pk: 60, multi_use.pk: 30}


def test_the_widgets_of_programs_whose_box_is_ticked_show_the_promo_codes():
    load()

    ticked = set(CodePool.objects.filter(on_widgets=True).values_list("program_id", flat=True))
    versions = DisplayVersion.objects.exclude(is_draft=False, is_current=False).select_related("display")
    shown = {(one.display.program_id, "promo_codes" in {part.type for part in one.parts}) for one in versions}
    others = set(Program.objects.exclude(pk__in=ticked).values_list("pk", flat=True))
    assert shown == {(pk, True) for pk in ticked} | {(pk, False) for pk in others}
    assert len(ticked) == 2


def test_each_batch_holds_the_codes_between_its_ids():
    load()

    for batch in CodeBatch.objects.all():
        ids = sorted(batch.codes.values_list("pk", flat=True))
        assert (batch.first_id, batch.last_id, batch.code_count) == (ids[0], ids[-1], len(ids))


def test_a_company_that_has_codes_keeps_its_own():
    pool = make_pool()

    loaded = load()

    assert loaded.promo_codes == 0
    assert CodePool.objects.get() == pool
    assert not Referral.objects.filter(source=Referral.Source.PROMO_CODE).exclude(code_used="").exists()


def test_each_code_has_a_link_and_some_are_secondary():
    loaded = load()

    codes = list(ReferralCode.objects.prefetch_related("share_links"))
    assert loaded.codes == loaded.share_links == len(codes)
    assert {(code.is_primary, code.disabled_at is None) for code in codes} == {
        (True, True),
        (False, True),
        (False, False),
    }
    assert all((code.share_links.get().retired_at is None) == code.is_primary for code in codes)
    assert ShareLink.objects.filter(clicks=0).exists()
    assert ShareLink.objects.filter(clicks__gt=50, clicked_at__lte=NOON).exists()


def test_participants_are_found_by_search():
    load()

    assert set(SearchTerm.objects.values_list("participant_id", flat=True)) == set(
        Participant.objects.values_list("pk", flat=True)
    )


def test_rows_made_afterwards_get_ids_of_their_own():
    load()

    assert make_participant(user_id="later").pk == 61


def test_demo_data_stays_out_of_a_database_in_use():
    make_participant()

    with pytest.raises(AlreadyInUse) as refusal:
        load()

    assert "--add" in str(refusal.value)
    assert Participant.objects.count() == 1
    assert not User.objects.exists()


def test_more_is_added_when_asked_for():
    load()
    load(add=True, participants=40, rewards=100)

    assert Participant.objects.count() == 100
    assert Reward.objects.filter(conversion=None).count() == 350
    assert Program.objects.count() == 4
    connection.check_constraints()


def test_no_mail_is_owed_where_a_mail_server_would_carry_it(settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"

    load()

    assert not Email.objects.exists()


def test_the_command_says_what_it_made(capsys):
    call_command("seed_demo", at=NOON)

    lines = capsys.readouterr().out.splitlines()
    assert "          60  participants" in lines
    assert "         250  rewards" in lines
    assert Participant.objects.latest("created_at").created_at <= NOON


def test_the_command_refuses_with_a_sentence():
    make_participant()

    with pytest.raises(CommandError, match="There are participants in this database already"):
        call_command("seed_demo")
    with pytest.raises(CommandError, match="at least 1 participant"):
        call_command("seed_demo", "--participants", "0")


def test_rules_reward_the_last_orders_and_say_why_not():
    load()

    assert Counter(RewardRule.objects.values_list("program__key", "is_on")) == {
        ("refer-a-friend", True): 3,
        ("refer-a-friend", False): 1,
        ("partner-circle", True): 1,
    }
    assert Counter(RuleResult.objects.values_list("side", "outcome")) == {
        ("ADVOCATE", "GIVEN"): 2,
        ("ADVOCATE", "BELOW_MINIMUM"): 1,
        ("ADVOCATE", "OTHER_CURRENCY"): 1,
        ("ADVOCATE", "TAKEN_BACK"): 1,
        ("FRIEND", "GIVEN"): 3,
        ("FRIEND", "NOT_FIRST"): 1,
        ("FRIEND", "TAKEN_BACK"): 1,
    }
    assert Counter(Conversion.objects.values_list("status", flat=True)) == {"attributed": 5, "not_attributed": 1}
    assert Conversion.objects.exclude(reversed_at=None).count() == 1


def test_nobody_made_up_is_written_to_where_there_is_a_mail_server(settings):
    settings.EMAIL_URL = "smtp://mail.example.com:25"

    load()

    assert not Email.objects.exists()
