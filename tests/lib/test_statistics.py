from __future__ import annotations

import pytest
from django.db import connection

from advocate.lib import db
from programs.models import Participant, ReferralCode
from tests.conftest import NOON
from tests.factories import make_program
from tests.plans import pages_read

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
LOOKED_AT_SOON = {
    "programs_conversion",
    "programs_referral",
    "programs_referralcode",
    "programs_touch",
    "promocodes_codeholder",
    "promocodes_promocode",
    "rewards_reward",
}


def test_autovacuum_looks_after_5000_changes_at_tables_that_programs_share():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL AND relkind = 'r'")
        options = {table: set(given) for table, given in cursor.fetchall()}

    soon = {"autovacuum_analyze_scale_factor=0", "autovacuum_analyze_threshold=5000"}
    assert {table for table, given in options.items() if soon <= given} == LOOKED_AT_SOON
    assert "autovacuum_vacuum_scale_factor=0.02" in options["promocodes_promocode"]


def test_once_looked_at_a_new_program_is_not_gone_through_for_one_person():
    old, new = make_program(), make_program()
    people = Participant.objects.bulk_create(
        [Participant(account_id=f"p{n}", user_id=f"p{n}", created_at=NOON) for n in range(2_000)]
    )
    add_codes(old, people)
    db.analyze(ReferralCode)
    add_codes(new, people)

    db.analyze(ReferralCode)

    codes = ReferralCode.objects.filter(participant=people[7], program=new, is_primary=True)
    sql, params = codes.query.sql_with_params()
    assert pages_read(sql, params) <= 6
    assert [code.code for code in codes] == [f"{new.key}-7"]


def add_codes(program, people):
    ReferralCode.objects.bulk_create(
        [
            ReferralCode(code=f"{program.key}-{n}", program=program, participant=one, is_primary=True, created_at=NOON)
            for n, one in enumerate(people)
        ]
    )
