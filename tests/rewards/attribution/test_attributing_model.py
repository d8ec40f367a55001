"""First-touch attribution beside a plain model of its rules, through any order of events."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from programs.models import Participant, Program, Referral, ReferralCode, Touch
from rewards.attribution import SentCode, attribute
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, make_referral_code

ACCOUNTS = ("a", "a", "b", "c")  # the first two people share an account
PEOPLE = len(ACCOUNTS)
PROGRAMS = 2
people = st.integers(0, PEOPLE - 1)
programs = st.integers(0, PROGRAMS - 1)
texts = st.one_of(
    st.builds(lambda person, program: f"REF-{person}-{program}", people, programs),
    st.builds(lambda person, program: f"ONCE-{person}-{program}", people, programs),
    st.just("NOBODY"),
)
comes = st.tuples(st.just("come"), people, st.lists(texts, min_size=1, max_size=4, unique=True))
steps = st.one_of(
    comes,
    comes,
    st.tuples(st.sampled_from(["block", "unblock", "referable", "not_referable"]), people, st.none()),
    st.tuples(st.sampled_from(["pause", "resume"]), programs, st.none()),
    st.tuples(st.just("disable"), people, programs),
)


class Plain:
    """The rules, one after another, on plain sets."""

    def __init__(self):
        self.blocked, self.closed, self.paused, self.disabled = set(), set(), set(), set()
        self.used, self.referrals, self.settled = {}, {}, {}

    def come(self, friend, text):
        if (friend, text) in self.settled:
            return self.settled[friend, text]
        if text == "NOBODY":
            return "unknown_code"
        kind, advocate, program = text.split("-")[0], int(text.split("-")[1]), int(text.split("-")[2])
        refusal = self.refusal(friend, text, advocate, program)
        if not refusal:
            self.settled[friend, text] = self.first(friend, advocate, program)
            if kind == "ONCE" and self.settled[friend, text] == "attributed":
                self.used[text] = friend
        return refusal or self.settled[friend, text]

    def refusal(self, friend, text, advocate, program):
        reasons = {
            "code_disabled": text in self.disabled,
            "code_used": self.used.get(text, friend) != friend,
            "program_not_live": program in self.paused,
            "own_code": ACCOUNTS[friend] == ACCOUNTS[advocate],
            "advocate_blocked": advocate in self.blocked,
            "friend_blocked": friend in self.blocked,
            "not_referable": friend in self.closed,
        }
        return next((reason for reason, holds in reasons.items() if holds), "")

    def first(self, friend, advocate, program):
        if (program, friend) in self.referrals:
            return "same_again" if self.referrals[program, friend] == advocate else "already_referred"
        if any(of == program and ACCOUNTS[other] == ACCOUNTS[friend] for of, other in self.referrals):
            return "already_referred"
        self.referrals[program, friend] = advocate
        return "attributed"


class AttributionIsAsInThePlainModel(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(script=st.lists(steps, min_size=8, max_size=30))
    def test_after_every_step(self, script):
        plain = Plain()
        stage = [make_program() for _ in range(PROGRAMS)]
        crowd = [make_participant(account_id=account, user_id=f"u{n}") for n, account in enumerate(ACCOUNTS)]
        for place, program in enumerate(stage):
            pool = make_pool(program=program)
            for number, person in enumerate(crowd):
                make_referral_code(code=f"REF-{number}-{place}", participant=person, program=program, is_primary=False)
                make_code(f"ONCE-{number}-{place}", pool=pool, participant=person)
        for minute, (step, who, what) in enumerate(script):
            self.take(step, who, what, plain, crowd, stage, NOON + timedelta(minutes=minute))
        made = Referral.objects.values_list("program", "referred", "referrer")
        expected = {
            (stage[program].pk, crowd[friend].pk, crowd[advocate].pk)
            for (program, friend), advocate in plain.referrals.items()
        }
        assert set(made) == expected
        assert Touch.objects.filter(outcome="attributed").count() == len(expected)

    def take(self, step, who, what, plain, crowd, stage, at):
        if step == "come":
            friend = Participant.objects.get(pk=crowd[who].pk)
            sent = [SentCode(text, Touch.Door.UPSERT) for text in what]
            came = attribute(friend=friend, touches=sent, sent_by="", at=at)
            assert [one.outcome.value for one in came] == [plain.come(who, text) for text in what]
        elif step in {"block", "unblock"}:
            (plain.blocked.add if step == "block" else plain.blocked.discard)(who)
            date = timezone.now() if step == "block" else None
            Participant.objects.filter(pk=crowd[who].pk).update(date_blocked=date)
        elif step in {"referable", "not_referable"}:
            (plain.closed.discard if step == "referable" else plain.closed.add)(who)
            Participant.objects.filter(pk=crowd[who].pk).update(referable=step == "referable")
        elif step == "disable":
            plain.disabled.add(f"REF-{who}-{what}")
            ReferralCode.objects.filter(code=f"REF-{who}-{what}").update(disabled_at=at)
        else:
            (plain.paused.add if step == "pause" else plain.paused.discard)(who)
            status = Program.Status.PAUSED if step == "pause" else Program.Status.LIVE
            Program.objects.filter(pk=stage[who].pk).update(status=status)
