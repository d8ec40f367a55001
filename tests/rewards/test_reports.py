from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from advocate.lib import db
from advocate.lib.tabular import write_csv, write_csv_lines
from jobs.types import ExportType, export_type
from programs.models import Referral, ReferralCode
from rewards.exports import (
    AVAILABLE_BALANCES,
    REFERRAL_ACTIVITY,
    REFERRALS,
    REPORTS,
    REWARD_BALANCES,
    REWARD_HISTORY,
    USER_DETAILS,
)
from rewards.exports.options import ProgramsForm, UnitsForm
from rewards.exports.reward_history import HistoryForm
from rewards.models import RewardType
from rewards.operations import cancel_reward, redeem_reward, reverse_redemption
from team.audit import SYSTEM
from tests.conftest import NOON
from tests.factories import (
    make_catalog_reward,
    make_participant,
    make_program,
    make_referral_code,
    make_reward,
    make_share_link,
    make_unit,
)
from tests.share_links import share_link_columns

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ALL_OPTIONS = {"user": True, "referral": True, "stats": True, "segments": True, "share_links": True}


def written_from_rows(report: ExportType, params=None, at=NOON) -> bytes:
    params = report.complete(params or {})
    resource = report.resource(params=params)
    out = io.BytesIO()
    write_csv(out, resource.get_export_headers(), map(resource.cells, report.rows(params, at)))
    return out.getvalue()


def table(report: ExportType, params=None, at=NOON) -> list[dict[str, str]]:
    text = written_from_rows(report, params, at).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_balance_report_has_exactly_the_originals_header():
    header = written_from_rows(AVAILABLE_BALANCES).decode("utf-8-sig").strip()

    assert header == (
        "firstName,lastName,email,dateBlocked,unitName,currency,availableValue,valueToRedeem,totalRedeemedValue,"
        "userId,accountId,unit,segments"
    )


def test_the_balance_report_has_a_row_for_each_participant_and_unit():
    ada = make_participant(
        first_name="Ada",
        last_name="Byron",
        email="ada@example.com",
        user_id="00123",
        account_id="a-1",
        segments=["vip"],
    )
    dollars = make_unit("CASH/USD", name="Cash")
    make_reward(participant=ada, unit=dollars, amount=1055)
    make_reward(participant=ada, unit=dollars, amount=2000, redeemed=500)
    make_reward(participant=ada, unit=make_unit("CASH/KWD"), amount=1500)

    rows = table(AVAILABLE_BALANCES)

    assert rows[0] == {
        "firstName": "Ada",
        "lastName": "Byron",
        "email": "ada@example.com",
        "dateBlocked": "",
        "unitName": "Cash",
        "currency": "USD",
        "availableValue": "25.55",
        "valueToRedeem": "0",
        "totalRedeemedValue": "5.00",
        "userId": "00123",
        "accountId": "a-1",
        "unit": "CASH/USD",
        "segments": "vip",
    }
    assert [(row["unit"], row["availableValue"]) for row in rows] == [("CASH/USD", "25.55"), ("CASH/KWD", "1.500")]


def test_only_what_can_be_redeemed_now_is_available():
    make_reward(status="PENDING")
    make_reward(status="CANCELLED")
    make_reward(status="EXPIRED")
    make_reward(status="REDEEMED")
    make_reward(date_expires=NOON)  # the expiry task has not run yet
    make_reward(type=RewardType.PCT_DISCOUNT, unit=None, amount=15)
    make_reward(date_expires=NOON + DAY, amount=700)

    assert [row["availableValue"] for row in table(AVAILABLE_BALANCES)] == ["7.00"]


def test_chosen_units_narrow_the_report():
    ada = make_participant()
    make_reward(participant=ada, unit=make_unit("CASH/USD"))
    make_reward(participant=ada, unit=make_unit("CASH/JPY"), amount=500)
    make_reward(participant=ada, unit=make_unit("POINT"), amount=40)

    rows = table(AVAILABLE_BALANCES, {"units": ["CASH/JPY", "POINT"]})

    assert {(row["unit"], row["availableValue"]) for row in rows} == {("CASH/JPY", "500"), ("POINT", "40")}


def test_a_blocked_participants_date_is_in_unix_milliseconds():
    make_reward(participant=make_participant(date_blocked=NOON + timedelta(milliseconds=7)))

    assert table(AVAILABLE_BALANCES)[0]["dateBlocked"] == "1773489600007"


def test_reward_balances_tell_what_was_assigned_redeemed_and_lost():
    ada = make_participant(user_id="ada", referral_source="mail", locale="en_US", first_seen_ip="192.0.2.7")
    ReferralCode.objects.create(participant=ada, program=make_program(), code="ADA", created_at=NOON)
    make_reward(participant=ada, amount=1000, redeemed=300)
    make_reward(participant=ada, amount=500, status="EXPIRED")
    make_reward(participant=ada, amount=200, status="PENDING")
    make_reward(participant=ada, amount=15, type=RewardType.PCT_DISCOUNT, unit=None)

    credit, percent = table(REWARD_BALANCES)

    amounts = ("amount", "totalAssignedCredit", "totalRedeemedCredit", "totalExpiredCredit")
    assert [credit[name] for name in amounts] == ["7.00", "15.00", "3.00", "5.00"]
    assert [percent[name] for name in amounts] == ["15", "", "", ""]
    assert (credit["type"], credit["unit"], percent["type"], percent["unit"]) == (
        "CREDIT",
        "CASH/USD",
        "PCT_DISCOUNT",
        "%",
    )
    assert (credit["referralCode"], credit["firstSeenIP"], credit["lastSeenIP"]) == ("ADA", "192.0.2.7", "")
    assert credit["dateCreated"] == "1773489600000"


def test_reward_history_tells_of_every_reward():
    friend, advocate = make_participant(user_id="friend"), make_participant(user_id="advocate")
    program = make_program(key="spring")
    referral = Referral.objects.create(program=program, referrer=advocate, referred=friend, code_used="ADV")
    make_reward(
        participant=advocate,
        referral=referral,
        program=program,
        catalog_reward=make_catalog_reward(key="thanks"),
        amount=1000,
        redeemed=250,
        customer_note="Well done",
        internal_note="checked",
    )

    (row,) = table(REWARD_HISTORY, ALL_OPTIONS)

    shown = ("value", "assignedCredit", "redeemedCredit", "availableValue", "statuses", "programId", "globalRewardKey")
    assert [row[name] for name in shown] == ["10.00", "10.00", "2.50", "7.50", "AVAILABLE", "spring", "thanks"]
    assert (row["meta.message"], row["meta.internalMessage"]) == ("Well done", "checked")
    assert (row["user.id"], row["referral.referredUser.id"], row["referral.referrerUser.id"]) == (
        "advocate",
        "friend",
        "advocate",
    )
    assert row["referral.referralCodeUsed"] == "ADV"


def test_reward_history_leaves_out_people_and_referrals_unless_asked_for():
    names = REWARD_HISTORY.resource(params={}).get_export_headers()

    assert not [name for name in names if name.startswith(("user.", "referral."))]
    assert names[-1] == "meta.dateModified"


def test_a_reward_cancelled_before_it_was_given_has_both_statuses():
    make_reward(status="CANCELLED", date_given=None)

    assert table(REWARD_HISTORY)[0]["statuses"] == "PENDING,CANCELLED"


def test_a_snapshot_shows_what_was_true_then():
    reward = make_reward(amount=1000, date_expires=NOON + 9 * DAY)
    entry = redeem_reward(reward=reward, amount=400, key="a", by=SYSTEM, at=NOON + DAY)
    reverse_redemption(entry=entry, by=SYSTEM, at=NOON + 2 * DAY, note="twice")
    redeem_reward(reward=reward, amount=100, key="b", by=SYSTEM, at=NOON + 3 * DAY)
    reward.refresh_from_db()
    cancel_reward(reward=reward, reason="mistake", by=SYSTEM, at=NOON + 4 * DAY)

    def seen(at):
        return [
            (row["redeemedCredit"], row["availableValue"], row["statuses"])
            for row in table(REWARD_HISTORY, {"at": at.isoformat()}, at=NOON + 30 * DAY)
        ]

    assert seen(NOON - DAY) == []
    assert seen(NOON) == [("0.00", "10.00", "AVAILABLE")]
    assert seen(NOON + DAY) == [("4.00", "6.00", "AVAILABLE")]
    assert seen(NOON + 2 * DAY) == [("0.00", "10.00", "AVAILABLE")]
    assert seen(NOON + 3 * DAY) == [("1.00", "9.00", "AVAILABLE")]
    assert seen(NOON + 4 * DAY) == [("1.00", "0.00", "CANCELLED")]


def test_user_details_have_numbers_segments_and_the_companys_own_fields():
    friend = make_participant(user_id="friend", email="Fox@Example.com", custom_fields={"plan": "gold", "seats": 3})
    advocate = make_participant(user_id="advocate", segments=["vip", "eu"], custom_fields={"plan": "=1"})
    Referral.objects.create(program=make_program(), referrer=advocate, referred=friend, date_started=NOON)
    make_reward(participant=advocate)

    rows = {row["id"]: row for row in table(USER_DETAILS, {"stats": True, "segments": True})}

    numbers = ("stats.referrals", "stats.conversions", "stats.rewards", "segments")
    assert [rows["advocate"][name] for name in numbers] == ["1", "0", "1", "vip,eu"]
    assert [rows["friend"][name] for name in numbers] == ["0", "0", "0", ""]
    assert rows["friend"]["emailHash"] == "4f4583fd3014ebf8eee4c23ab61173a5"
    assert (rows["friend"]["customFields.plan"], rows["friend"]["customFields.seats"]) == ("gold", "3")
    assert (rows["advocate"]["customFields.plan"], rows["advocate"]["customFields.seats"]) == ("'=1", "")


def test_user_details_leave_out_what_was_not_asked_for():
    make_participant(segments=["vip"])

    (row,) = table(USER_DETAILS)

    assert "segments" not in row
    assert not [name for name in row if name.startswith("stats.")]


def test_user_details_have_the_current_link_of_the_code_that_they_show(settings):
    settings.BASE_URL = "https://advocate.example.com"
    ada, _bob = make_participant(user_id="ada"), make_participant(user_id="bob")
    code = make_referral_code(participant=ada)
    make_share_link(slug="former", code=code, retired_at=NOON)
    make_share_link(slug="AdaByron", code=code)
    make_share_link(code=make_referral_code(participant=ada, program=code.program, is_primary=False))

    rows = {row["id"]: row for row in table(USER_DETAILS, {"share_links": True})}

    link = "https://advocate.example.com/s/AdaByron"
    assert {name: value for name, value in rows["ada"].items() if "hareLink" in name} == share_link_columns(link)
    assert {value for name, value in rows["bob"].items() if "hareLink" in name} == {""}


def test_a_moment_that_has_not_come_is_refused(settings):
    form = HistoryForm({"at": "2999-01-01T00:00"})

    assert not form.is_valid()
    assert form.errors == {"at": ["Choose a moment that has passed, or leave it empty for now."]}


def test_an_unknown_unit_is_refused_by_name():
    form = UnitsForm({"units": ["CASH/XXX"]})

    assert not form.is_valid()
    assert form.errors == {"units": ["There is no reward unit “CASH/XXX”. Choose one from the list."]}


def referred(**fields):
    """Return a referral of Bob by Ada in the program 47255."""
    ada = make_participant(account_id="acme", user_id="ada", last_name="Byron", email="ada@example.com")
    bob = make_participant(account_id="bob", user_id="bob", first_name="Bob", locale="en_GB", updated_at=NOON + DAY)
    program = make_program(key="47255", name="Spring")
    make_referral_code(code="ADA", participant=ada, program=program)
    make_referral_code(code="ADA-2", participant=ada, program=program, is_primary=False)
    dates = {"date_started": NOON, "date_converted": NOON + DAY, "updated_at": NOON + DAY}
    return Referral.objects.create(program=program, referrer=ada, referred=bob, code_used="ADA", **{**dates, **fields})


def test_referral_activity_has_exactly_the_originals_header():
    assert written_from_rows(REFERRAL_ACTIVITY).decode("utf-8-sig").strip() == (
        "id,dateModified,dateReferralStarted,dateConverted,dateUserModified,programId,programName,referredUserEmail,"
        "referredUserFirstName,referredUserLastName,referredUserReferralCode,referredUserFirstSeenIP,"
        "referredUserLastSeenIP,referredUserImageUrl,referredUserLocale,referredUserDateCreated,referredUser,"
        "referredAccount,referrerUserEmail,referrerUserFirstName,referrerUserLastName,referrerUserReferralCode,"
        "referrerUserFirstSeenIP,referrerUserLastSeenIP,referrerUserImageUrl,referrerUserLocale,"
        "referrerUserDateCreated,referrerUser,referrerAccount,moderationStatus,dateModerated,dateReferralPaid,"
        "dateReferralEnded,referredModerationStatus,referrerModerationStatus,referredReward,referrerReward"
    )


def test_referrals_have_exactly_the_columns_that_other_systems_read():
    assert written_from_rows(REFERRALS).decode("utf-8-sig").strip() == (
        "id,programId,referredUser,referredAccount,referredReward,referredModerationStatus,referrerUser,"
        "referrerAccount,referrerReward,referrerModerationStatus,dateReferralStarted,dateConverted,dateReferralPaid,"
        "dateReferralEnded,dateModerated"
    )


def test_referral_activity_tells_of_both_sides_and_of_the_first_reward_of_each():
    referral = referred()
    first, _later = (make_reward(referral=referral, source="FRIEND_SIGNUP", unit=make_unit("POINT")) for _ in range(2))
    friends = make_reward(referral=referral, source="REFERRED", unit=make_unit("POINT"))

    (row,) = table(REFERRAL_ACTIVITY)

    noon, next_noon = "1773489600000", "1773576000000"
    assert row == {
        **dict.fromkeys(row, ""),
        "id": f"{referral.pk:024x}",
        "dateModified": next_noon,
        "dateReferralStarted": noon,
        "dateConverted": next_noon,
        "dateUserModified": next_noon,
        "programId": "47255",
        "programName": "Spring",
        "referredUserFirstName": "Bob",
        "referredUserLocale": "en_GB",
        "referredUserDateCreated": noon,
        "referredUser": "bob",
        "referredAccount": "bob",
        "referrerUserEmail": "ada@example.com",
        "referrerUserFirstName": "Ada",
        "referrerUserLastName": "Byron",
        "referrerUserReferralCode": "ADA",
        "referrerUserDateCreated": noon,
        "referrerUser": "ada",
        "referrerAccount": "acme",
        "moderationStatus": "ACTIONED",
        "referredModerationStatus": "APPROVED",
        "referrerModerationStatus": "APPROVED",
        "referredReward": friends.public_id,
        "referrerReward": first.public_id,
    }
    (short,) = table(REFERRALS)
    assert short == {name: row[name] for name in short}


def test_chosen_programs_narrow_the_reports_of_referrals():
    referral = referred()
    Referral.objects.create(program=make_program(), referrer=referral.referrer, referred=referral.referred)

    for report in (REFERRAL_ACTIVITY, REFERRALS):
        assert len(table(report)) == 2
        assert [row["programId"] for row in table(report, {"programs": ["47255"]})] == ["47255"]
    form = ProgramsForm({"programs": ["47255"]})
    assert form.is_valid()
    assert form.params() == {"programs": ["47255"]}
    assert not ProgramsForm({"programs": ["nothing"]}).is_valid()


HOSTILE = [
    "=1+1",
    "+4412",
    "-5",
    "@x",
    "\t=2",
    "'=3",
    "''=4",
    "'plain",
    "＝5",
    '"quoted", "csv"',
    "a\r\nb",
    "",
    "é中文",
    "|x",
]


def hostile_rewards() -> None:
    unit, program, friends = make_unit("CASH/KWD"), make_program(), []
    for number, text in enumerate(HOSTILE):
        person = make_participant(
            first_name=text,
            last_name=text,
            email=text,
            user_id=text or "none",
            account_id=f"{number}",
            segments=[text],
            custom_fields={"note": text},
        )
        friends.append(Referral(program=program, referrer=person, referred=make_participant(last_name=text)))
        make_reward(participant=person, unit=unit, amount=10**number + 1, customer_note=text)
        make_reward(participant=person, unit=None, type=RewardType.PCT_DISCOUNT, amount=5)
    Referral.objects.bulk_create(friends)


@pytest.mark.postgres
@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.slug)
def test_postgresql_writes_the_same_csv_as_the_rows_give(report):
    hostile_rewards()
    params = report.complete(ALL_OPTIONS)
    out = io.BytesIO()
    write_csv_lines(out, report.resource(params=params).get_export_headers(), [])

    db.copy_as_csv(report.csv(params, NOON), out.write)

    copied, plain = out.getvalue().decode("utf-8-sig"), written_from_rows(report, ALL_OPTIONS).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(copied, newline=""))) == list(csv.reader(io.StringIO(plain, newline="")))
    assert len(copied.splitlines()) >= len(HOSTILE)


def test_no_cell_of_a_report_begins_a_formula():
    hostile_rewards()

    cells = [cell for row in table(AVAILABLE_BALANCES) for cell in row.values()]

    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r|＝＋－＠")]
    assert "'=1+1" in cells


def test_the_reports_are_offered():
    assert [export_type(report.slug) for report in REPORTS] == list(REPORTS)
