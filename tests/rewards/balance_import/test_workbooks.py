"""Balances that come back as Excel workbooks."""

from __future__ import annotations

import io

import pytest

from advocate.lib.tabular import Column, write_xlsx
from rewards.models import Reward, StagedRedemption
from tests.factories import make_participant, make_reward
from tests.rewards.balance_import.files import HEADER, confirmed, run, upload

pytestmark = pytest.mark.django_db


def redeemed(reward: Reward) -> int:
    reward.refresh_from_db()
    return reward.redeemed


def workbook(*rows: tuple[str, ...]) -> bytes:
    out = io.BytesIO()
    write_xlsx(out, sheet_name="Paid", columns=[Column(name=name) for name in HEADER.split(",")], rows=rows)
    return out.getvalue()


def test_a_csv_report_saved_as_a_workbook_keeps_its_ids():
    reward = make_reward(participant=make_participant(account_id="+4412", user_id="+4412"))

    job = confirmed(run(upload(workbook(("'+4412", "'+4412", "CASH/USD", "5")), name="paid.xlsx")))

    assert (job.rows_done, redeemed(reward)) == (1, 500)
    assert StagedRedemption.objects.get(job=job).user_id == "+4412"


def test_an_apostrophe_in_a_workbook_belongs_to_the_id_that_has_one():
    with_it = make_reward(participant=make_participant(account_id="'+4412", user_id="'+4412"))
    without = make_reward(participant=make_participant(account_id="+4412", user_id="+4412"))

    confirmed(run(upload(workbook(("'+4412", "'+4412", "CASH/USD", "5")), name="paid.xlsx")))

    assert (redeemed(with_it), redeemed(without)) == (500, 0)
