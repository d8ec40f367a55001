"""Rules at work for many sign-ups, by set statements: for each what ``give_for_sign_ups`` does one after the other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from advocate.lib import db
from programs.models import Referral
from rewards.models import Reward, RewardRule, RuleResult, Side
from rewards.operations import Cause, Grant, Terms, grant_rewards
from rewards.rules.emails import owe_reward_mails
from rewards.rules.giving import SOURCES, Turn, erased_among, turns_of_sign_ups
from rewards.rules.judging import judged
from team.audit import SYSTEM

Outcome = RuleResult.Outcome
Pair = tuple[int, int]  # the primary keys of an advocate and of a rule
LOADED: Final = ("rule", "side", "participant", "referral", "outcome", "reward", "is_only", "at")
ADD_TALLIES: Final = """
    INSERT INTO rewards_ruletally (participant_id, rule_id, given)
    SELECT v0, v1, 0 FROM {listed} AS asked WHERE true ORDER BY n ON CONFLICT DO NOTHING
"""
READ_TALLIES: Final = """
    SELECT tally.participant_id, tally.rule_id, tally.given FROM {listed} AS asked
    JOIN rewards_ruletally AS tally ON tally.participant_id = v0 AND tally.rule_id = v1
    ORDER BY tally.participant_id, tally.rule_id {lock}
"""
COUNT: Final = """
    UPDATE rewards_ruletally SET given = given + %s WHERE participant_id = %s AND rule_id = %s
"""
COUNT_LISTED: Final = """
    UPDATE rewards_ruletally AS tally SET given = given + v2
    FROM {listed} AS asked WHERE tally.participant_id = v0 AND tally.rule_id = v1
"""


@transaction.atomic
def give_for_new_sign_ups(*, referrals: Sequence[Referral], at: datetime) -> None:
    """
    Let the programs' rules for sign-ups give what they give for referrals that this transaction has made.

    Nobody else sees them yet, so that no rule can have a result for them.
    """
    turns = turns_of_sign_ups(referrals)
    if not turns:
        return
    decisions = _within_limits(turns, _decisions(turns, at))
    given = iter(grant_rewards(grants=list(_grants(turns, decisions)), by=SYSTEM, at=at))
    rewards = [next(given) if isinstance(decision, Terms) else None for decision in decisions]
    db.load_rows(RuleResult, LOADED, _results(turns, decisions, rewards, at))
    mails = (
        (turn.rule, turn.side, turn.mail_facts(reward))
        for turn, reward in zip(turns, rewards, strict=True)
        if reward is not None
    )
    owe_reward_mails(about=mails, at=at)


def _decisions(turns: Sequence[Turn], at: datetime) -> list[Terms | RuleResult.Outcome]:
    rules = {turn.rule.pk: turn.rule for turn in turns}
    by_rule = {pk: judged(rule, conversion=None, at=at) for pk, rule in rules.items()}
    erased = erased_among(turns)
    return [
        Outcome.DELETED if turn.person is not None and turn.person.pk in erased else by_rule[turn.rule.pk]
        for turn in turns
    ]


def _within_limits(
    turns: Sequence[Turn], decisions: Sequence[Terms | RuleResult.Outcome]
) -> list[Terms | RuleResult.Outcome]:
    """Count the advocates' rewards, and give none where that would be more than a rule's limit."""
    wanted = [
        turn.order if turn.side == Side.ADVOCATE and isinstance(decision, Terms) else None
        for turn, decision in zip(turns, decisions, strict=True)
    ]
    rules = {turn.rule.pk: turn.rule for turn in turns}
    free = _count(Counter(pair for pair in wanted if pair), rules)
    found: list[Terms | RuleResult.Outcome] = []
    for pair, decision in zip(wanted, decisions, strict=True):
        if pair is not None:
            free[pair] -= 1
        found.append(Outcome.LIMIT_REACHED if pair is not None and free[pair] < 0 else decision)
    return found


def _count(wanted: Counter[Pair], rules: dict[int, RewardRule]) -> dict[Pair, int]:
    """Count so many rewards more, as far as the limits allow, and return how many that were."""
    if not wanted:
        return {}
    pairs = json.dumps(sorted(wanted))
    keys = db.listed("bigint", "bigint")
    lock = "FOR UPDATE OF tally" if db.is_postgres() else ""
    with connection.cursor() as cursor:
        cursor.execute(ADD_TALLIES.format(listed=keys), [pairs])
        # Locked in the order in which single rewards are counted, so that nobody waits in a circle.
        cursor.execute(READ_TALLIES.format(listed=keys, lock=lock), [pairs])
        given = {(participant, rule): count for participant, rule, count in cursor.fetchall()}
        free = {pair: _free(rules[pair[1]], given[pair], count) for pair, count in wanted.items()}
        counted = [[*pair, count] for pair, count in free.items() if count]
        if db.is_postgres():
            listed = db.listed("bigint", "bigint", "bigint")
            cursor.execute(COUNT_LISTED.format(listed=listed), [json.dumps(counted)])
        else:
            cursor.executemany(COUNT, [[count, participant, rule] for participant, rule, count in counted])
    return free


def _free(rule: RewardRule, given: int, wanted: int) -> int:
    """Return how many of the rewards wanted the rule's limit still allows."""
    return wanted if rule.limit_each is None else max(0, min(wanted, rule.limit_each - given))


def _grants(turns: Sequence[Turn], decisions: Sequence[Terms | RuleResult.Outcome]) -> Iterator[Grant]:
    for turn, decision in zip(turns, decisions, strict=True):
        if isinstance(decision, Terms) and turn.person is not None:
            yield Grant(
                participant=turn.person,
                terms=decision,
                source=SOURCES[turn.side],
                program=turn.rule.program,
                referral=turn.occasion.referral,
                cause=Cause(turn.rule),
            )


def _results(
    turns: Sequence[Turn],
    decisions: Sequence[Terms | RuleResult.Outcome],
    rewards: Sequence[Reward | None],
    at: datetime,
) -> Iterator[tuple[object, ...]]:
    for turn, decision, reward in zip(turns, decisions, rewards, strict=True):
        outcome = Outcome.GIVEN if isinstance(decision, Terms) else decision
        person, referral = turn.person, turn.occasion.referral
        yield (
            turn.rule.pk,
            turn.side.value,
            person.pk if person else None,
            referral.pk if referral else None,
            outcome.value,
            reward.pk if reward else None,
            False,
            at,
        )
