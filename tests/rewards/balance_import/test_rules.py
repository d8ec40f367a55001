"""Each rule of the import of balances, on its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from jobs.errors import SameContent
from jobs.messages import row_sentence
from rewards.imports import UPDATE_BALANCES
from rewards.models import Reward, RewardEntry, StagedRedemption
from rewards.operations import redeem_reward
from tests.conftest import NOON
from tests.factories import make_participant, make_reward, make_unit
from tests.rewards.balance_import.files import (
    ANN,
    HEADER,
    applied,
    checked,
    confirmed,
    counts,
    line,
    refusals,
    run,
    states,
    upload,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def redeemed(reward: Reward) -> int:
    reward.refresh_from_db()
    return reward.redeemed


def sentence(job, number: int = 2) -> str:
    return row_sentence(UPDATE_BALANCES, StagedRedemption.objects.get(job=job, row_no=number))


def test_the_value_is_redeemed_and_the_ledger_tells_by_which_row(reward_of_30):
    job = applied(line(reward_of_30, "10.55"))

    assert (job.status, counts(job), job.totals) == ("done", (1, 1, 0, 0), {"CASH/USD": 1055})
    entry = RewardEntry.objects.get()
    assert (entry.reward, entry.kind, entry.amount) == (reward_of_30, "REDEMPTION", 1055)
    assert (entry.job, entry.row_number, entry.participant) == (job, 2, reward_of_30.participant)
    reward_of_30.refresh_from_db()
    assert (reward_of_30.redeemed, reward_of_30.status) == (1055, "AVAILABLE")


def test_redeeming_all_makes_the_reward_redeemed(reward_of_30):
    applied(line(reward_of_30, "30"))

    reward_of_30.refresh_from_db()
    assert (reward_of_30.redeemed, reward_of_30.status) == (3000, "REDEEMED")
    assert reward_of_30.date_redeemed == RewardEntry.objects.get().at


def test_nothing_is_redeemed_before_it_is_confirmed(reward_of_30):
    job = checked(line(reward_of_30, "10.55"))

    assert (job.status, job.totals) == ("waiting", {"CASH/USD": 1055})
    assert redeemed(reward_of_30) == 0
    assert not RewardEntry.objects.exists()


def test_columns_come_in_any_order_and_unknown_ones_change_nothing(reward_of_30):
    person = reward_of_30.participant
    job = applied(
        f"Mallory,5,CASH/USD,{person.user_id},999,{person.account_id}",
        header="firstName,valueToRedeem,unit,userId,amount,accountId",
    )

    person.refresh_from_db()
    assert (job.rows_done, redeemed(reward_of_30), person.first_name) == (1, 500, "Ada")


@pytest.mark.parametrize("column", ["accountId", "userId", "unit", "valueToRedeem"])
def test_a_needed_column_that_is_missing_refuses_the_file(column):
    header = ",".join(name for name in HEADER.split(",") if name != column)

    job = checked("a,b,c", header=header)

    assert (job.status, job.error_code, job.error_params["column"]) == ("failed", "missing_column", column)


@pytest.mark.parametrize("column", ["accountId", "userId", "unit", "valueToRedeem", "email"])
def test_a_column_that_is_there_twice_refuses_the_file(column):
    job = checked("a,b,c,d,e,f", header=f"{HEADER},email,{column}")

    assert (job.status, job.error_code, job.error_params["column"]) == ("failed", "repeated_column", column)


@pytest.mark.parametrize("value", ["", "0", "0.00", " ", "\u00a0", "0.000000", "+0", "-0", "０"])
def test_blank_and_zero_mean_nothing_to_do(reward_of_30, value):
    job = applied(line(reward_of_30, value), "nobody,nobody,NOTHING,0")

    assert (counts(job), states(job)) == ((2, 0, 2, 0), ["unchanged", "unchanged"])
    assert redeemed(reward_of_30) == 0


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("-5", "amount_negative"),
        ("−5", "amount_negative"),
        ("(5)", "amount_negative"),
        ("NaN", "amount_not_finite"),
        ("Infinity", "amount_not_finite"),
        ("1_000", "amount_digit_groups"),
        ("1 000", "amount_digit_groups"),
        ("1e3", "amount_exponent"),
        ("0x10", "amount_other_base"),
        ("$5", "amount_currency_sign"),
        ("5 USD", "amount_currency_sign"),
        ('"1,000"', "amount_comma"),
        ('"10,55"', "amount_comma"),
        ('"1,000.50"', "amount_both_marks"),
        ("٥", "amount_foreign_digits"),
        ("五", "amount_foreign_digits"),
        ("ten", "amount_not_a_number"),
        ("1" * 101, "amount_too_long"),
        ("9" * 30, "amount_too_large"),
        ("=1+1", "amount_not_a_number"),
    ],
)
def test_what_is_no_plain_positive_number_is_refused(reward_of_30, value, code):
    job = applied(line(reward_of_30, value))

    assert [(row[:3]) for row in refusals(job)] == [(2, "valueToRedeem", code)]
    assert (redeemed(reward_of_30), job.rows_refused) == (0, 1)
    assert "%(" not in sentence(job)


@pytest.mark.parametrize(
    ("value", "minor"),
    [
        ("10.556", 1055),
        ("0.29", 29),
        ("4.35", 435),
        ("１０．５５", 1055),
        (" 10.55 ", 1055),
        ("\u00a010.55\u00a0", 1055),
        ("+10.55", 1055),
        ("010.5", 1050),
        ("4.3499999999999996447", 435),
        (".5", 50),
        ("5.", 500),
    ],
)
def test_amounts_are_cut_at_the_smallest_fraction_and_never_pass_through_floats(reward_of_30, value, minor):
    job = applied(line(reward_of_30, value))

    assert (job.rows_done, redeemed(reward_of_30)) == (1, minor)


def test_what_truncates_to_nothing_is_refused(reward_of_30):
    job = applied(line(reward_of_30, "0.004"))

    assert refusals(job) == [(2, "valueToRedeem", "amount_too_small", "0.004")]
    assert sentence(job) == "“0.004” is less than the smallest amount of this unit, 0.01."
    assert redeemed(reward_of_30) == 0


@pytest.mark.parametrize(("unit", "value", "minor"), [("CASH/JPY", "10.9", 10), ("CASH/KWD", "1.2345", 1234)])
def test_each_unit_has_its_own_digits(unit, value, minor):
    reward = make_reward(unit=make_unit(unit), amount=5000)

    applied(line(reward, value))

    assert redeemed(reward) == minor


def test_rewards_are_drawn_by_expiry_then_by_the_day_they_were_given_then_by_id():
    person = make_participant()
    dates = [
        (None, NOON),
        (None, NOON - HOUR),
        (NOON + 90_000 * HOUR, NOON),
        (NOON + 80_000 * HOUR, NOON),
        (NOON + 80_000 * HOUR, NOON - HOUR),
        (NOON + 80_000 * HOUR, NOON - HOUR),
    ]
    rewards = [make_reward(participant=person, amount=100, date_expires=end, date_given=given) for end, given in dates]

    applied(line(rewards[0], "5.50"))

    assert [redeemed(reward) for reward in rewards] == [50, 100, 100, 100, 100, 100]
    first_only = [make_reward(participant=person, amount=100, date_expires=end) for end, _given in dates[2:4]]
    applied(line(rewards[0], "0.70"))
    assert [redeemed(reward) for reward in first_only] == [0, 70]


def test_only_available_rewards_are_drawn():
    person = make_participant()
    available = make_reward(participant=person, amount=100)
    others = [
        make_reward(participant=person, amount=100, status=status) for status in ("PENDING", "EXPIRED", "CANCELLED")
    ]

    job = applied(line(available, "1.01"))

    assert refusals(job) == [(2, "valueToRedeem", "more_than_available", "1.01")]
    assert [redeemed(reward) for reward in (available, *others)] == [0, 0, 0, 0]


def test_a_reward_past_its_expiry_is_not_drawn_even_before_it_is_marked():
    person = make_participant()
    past = make_reward(participant=person, amount=100, date_expires=NOON)
    current = make_reward(participant=person, amount=100)

    applied(line(past, "1.00"))

    assert (redeemed(past), redeemed(current)) == (0, 100)


def test_a_percentage_or_a_code_is_not_drawn():
    unit = make_unit()
    code = make_reward(type="FUELTANK", unit=unit, amount=100)

    job = applied(line(code, "1"))

    assert [row[2] for row in refusals(job)] == ["nothing_available"]
    assert redeemed(code) == 0


def test_more_than_the_balance_is_refused_whole_and_says_what_there_is(reward_of_30):
    job = applied(line(reward_of_30, "30.01"))

    assert refusals(job) == [(2, "valueToRedeem", "more_than_available", "30.01")]
    assert sentence(job) == "30.01 is more than the 30.00 CASH/USD that are available."
    assert (redeemed(reward_of_30), RewardEntry.objects.count()) == (0, 0)


def test_more_than_the_balance_is_seen_before_confirming(reward_of_30):
    job = checked(line(reward_of_30, "30.01"))

    assert (job.status, job.rows_refused, job.totals) == ("waiting", 1, {})


def test_a_unit_without_balance_is_refused_and_says_which_there_is(reward_of_30):
    make_unit("CENTS")
    person = reward_of_30.participant

    job = checked(f"{person.account_id},{person.user_id},CENTS,5")

    assert refusals(job) == [(2, "unit", "other_unit", "CENTS")]
    assert sentence(job) == "This participant has nothing available in CENTS, but has 30.00 CASH/USD."


def test_an_unknown_unit_is_refused(reward_of_30):
    person = reward_of_30.participant

    job = checked(f"{person.account_id},{person.user_id},USD,5", f"{person.account_id},{person.user_id},cash/usd,5")

    assert refusals(job) == [(2, "unit", "unknown_unit", "USD"), (3, "unit", "unknown_unit", "cash/usd")]
    assert sentence(job) == "There is no reward unit “USD”. There is: CASH/USD."


def test_an_unknown_participant_is_refused(reward_of_30):
    person = reward_of_30.participant

    job = checked(f"{person.account_id},nobody,CASH/USD,5", f"{person.account_id.upper()},{person.user_id},CASH/USD,5")

    assert [row[2] for row in refusals(job)] == ["unknown_participant", "unknown_participant"]
    assert "“nobody”" in sentence(job)


def test_a_blank_id_is_refused(reward_of_30):
    person = reward_of_30.participant

    job = checked(f",{person.user_id},CASH/USD,5", f"{person.account_id},,CASH/USD,5")

    assert refusals(job) == [(2, "accountId", "blank_id", ""), (3, "userId", "blank_id", "")]


def test_rows_that_redeem_from_the_same_balance_are_all_refused(reward_of_30):
    other = make_reward(participant=reward_of_30.participant, unit=make_unit("POINT"), amount=50)

    job = applied(
        line(reward_of_30, "1"),
        line(other, "2"),
        line(reward_of_30, "99"),
        line(reward_of_30, "0"),
        line(reward_of_30, "1"),
    )

    assert [row[:3] for row in refusals(job)] == [
        (2, "userId", "repeated_balance"),
        (4, "valueToRedeem", "more_than_available"),
        (6, "userId", "repeated_balance"),
    ]
    assert sentence(job, 6).startswith("3 rows redeem from the same participant and unit, the first of them row 2.")
    assert (redeemed(reward_of_30), redeemed(other), counts(job)) == (0, 2, (5, 1, 1, 3))


def test_a_row_that_cannot_be_read_still_counts_as_a_repeat(reward_of_30):
    job = applied(line(reward_of_30, "1"), line(reward_of_30, "ten"))

    assert [row[2] for row in refusals(job)] == ["repeated_balance", "amount_not_a_number"]
    assert redeemed(reward_of_30) == 0


def test_a_blocked_participant_is_allowed(reward_of_30):
    person = reward_of_30.participant
    person.date_blocked = NOON
    person.save()

    applied(line(reward_of_30, "5"))

    assert redeemed(reward_of_30) == 500


def test_good_rows_go_through_when_others_are_refused(reward_of_30):
    job = applied(line(reward_of_30, "5"), "nobody,nobody,CASH/USD,5")

    assert (job.status, counts(job), redeemed(reward_of_30)) == ("done", (2, 1, 0, 1), 500)


def test_all_or_nothing_redeems_nothing_when_a_balance_was_taken_meanwhile(reward_of_30, at):
    other = make_reward()
    job = checked(line(reward_of_30, "5"), line(other, "5"))
    redeem_reward(reward=other, amount=2700, key="k", by=ANN, at=at)

    confirmed(job, all_or_nothing=True)

    assert (job.status, counts(job), job.totals) == ("failed", (2, 0, 0, 2), {})
    assert (redeemed(reward_of_30), redeemed(other)) == (0, 2700)


@pytest.mark.parametrize(("taken", "left"), [(2700, "3.00"), (3000, "0.00")])
def test_a_balance_that_was_taken_meanwhile_is_refused_when_applied(reward_of_30, at, taken, left):
    other = make_reward()
    make_reward(participant=other.participant, unit=make_unit("POINT"), amount=50)
    job = checked(line(reward_of_30, "5"), line(other, "5"))
    assert (job.rows_refused, job.totals) == (0, {"CASH/USD": 1000})
    redeem_reward(reward=other, amount=taken, key="k", by=ANN, at=at)

    confirmed(job)

    assert (job.status, counts(job), job.totals) == ("done", (2, 1, 0, 1), {"CASH/USD": 500})
    assert refusals(job) == [(3, "valueToRedeem", "taken_meanwhile", "5.00")]
    said = f"When the file was checked, 5.00 CASH/USD were available; when it was applied, only {left} were."
    assert sentence(job, 3) == said
    assert (redeemed(reward_of_30), redeemed(other)) == (500, taken)


def test_the_same_file_again_redeems_nothing_until_it_is_asked_for(reward_of_30):
    applied(line(reward_of_30, "5"))
    again = checked(line(reward_of_30, "5"))

    with pytest.raises(SameContent):
        confirmed(again)

    assert redeemed(reward_of_30) == 500
    confirmed(again, again=True)
    assert redeemed(reward_of_30) == 1000


def test_a_form_sent_twice_is_one_import(reward_of_30):
    content = f"{HEADER}\n{line(reward_of_30, '5')}"

    first, second = (upload(content, form_token="token") for _ in range(2))

    assert first.pk == second.pk
    confirmed(run(first))
    assert redeemed(reward_of_30) == 500


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_decimal_comma_is_read_where_no_comma_separates(reward_of_30, separator):
    header = HEADER.replace(",", separator)
    row = line(reward_of_30, "X").replace(",", separator).replace("X", "10,55")

    job = applied(row, header=header)

    assert (job.rows_done, redeemed(reward_of_30)) == (1, 1055)


def test_both_marks_are_refused_where_a_decimal_comma_is_read(reward_of_30):
    row = line(reward_of_30, "X").replace(",", ";").replace("X", "1.000,50")

    job = applied(row, header=HEADER.replace(",", ";"))

    assert [row[2] for row in refusals(job)] == ["amount_both_marks"]
    assert redeemed(reward_of_30) == 0


@pytest.mark.parametrize("language", ["en", "de", "zh-hans"])
def test_the_meaning_of_a_number_never_depends_on_the_language(reward_of_30, settings, language):
    settings.LANGUAGE_CODE = language

    applied(line(reward_of_30, "1.005"))

    assert redeemed(reward_of_30) == 100


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_ids_of_any_script_are_found_in_any_encoding(encoding):
    reward = make_reward(participant=make_participant(account_id="客户一号有限公司", user_id="李小龙在北京的朋友"))
    content = f"{HEADER}\n{line(reward, '5')}\n".encode(encoding)

    confirmed(run(upload(content)))

    assert redeemed(reward) == 500


@pytest.mark.parametrize(
    "user_id", ["+4412", "-5", "=1+1", "@ann", "'=x", "''+1", "'ann", "00123", "123456789012345678"]
)
def test_ids_come_back_from_a_report_unchanged(user_id):
    reward = make_reward(participant=make_participant(user_id=user_id))
    guarded = user_id if user_id[0].isdigit() or user_id == "'ann" else "'" + user_id
    person = reward.participant

    job = applied(f"{person.account_id},{guarded},CASH/USD,5")

    assert (job.rows_done, redeemed(reward)) == (1, 500)


def test_an_email_that_names_another_participant_refuses_the_row():
    mangled = make_reward(participant=make_participant(account_id="123", user_id="123", email="eve@example.com"))
    meant = make_reward(participant=make_participant(account_id="00123", user_id="00123", email="Ann@example.com"))

    job = applied("123,123,CASH/USD,5,ann@EXAMPLE.com", header=f"{HEADER},email")

    assert refusals(job) == [(2, "email", "email_of_another", "ann@EXAMPLE.com")]
    assert "the account ID “00123” and the user ID “00123”" in sentence(job)
    assert (redeemed(mangled), redeemed(meant)) == (0, 0)


def test_an_email_that_is_nobodys_or_shared_refuses_nothing(reward_of_30):
    person = reward_of_30.participant
    person.email = "ann@example.com"
    person.save()
    make_participant(email="ann@example.com")
    other = make_reward()

    job = applied(
        f"{line(reward_of_30, 5)}, Ann@Example.com ", f"{line(other, 5)},was-ann@example.com", header=f"{HEADER},email"
    )

    assert (job.rows_done, redeemed(reward_of_30), redeemed(other)) == (2, 500, 500)


def test_ids_that_a_spreadsheet_changed_are_told_from_the_email():
    make_reward(participant=make_participant(account_id="00123", user_id="9" * 18, email="ann@example.com"))

    job = checked("123,1E+18,CASH/USD,5,ann@example.com", header=f"{HEADER},email")

    assert refusals(job) == [(2, "userId", "ids_changed", "1E+18")]
    assert "the account ID “00123” and the user ID “999999999999999999”" in sentence(job)


def test_a_balance_that_is_not_what_the_report_said_is_pointed_out(reward_of_30):
    same = make_reward()
    header = f"{HEADER},availableValue,totalRedeemedValue"

    job = checked(f"{line(same, 5)},30.00,0.00", f"{line(reward_of_30, 5)},35.00,0.00", header=header)

    assert [(one["code"], one["params"]) for one in job.warnings] == [("balance_changed", {"count": 1, "rows": [3]})]
    row = StagedRedemption.objects.get(job=job, row_no=3)
    assert (row.said_available, row.available, row.state) == (3500, 3000, "good")


def test_a_balance_that_was_drawn_and_filled_up_again_is_pointed_out(reward_of_30, at):
    more = make_reward(participant=reward_of_30.participant, amount=500)
    redeem_reward(reward=more, amount=500, key="k", by=ANN, at=at)

    job = checked(f"{line(reward_of_30, 5)},30.00,0.00", header=f"{HEADER},availableValue,totalRedeemedValue")

    assert [one["code"] for one in job.warnings] == ["balance_changed"]


def test_rows_are_told_by_the_numbers_that_a_spreadsheet_shows(reward_of_30):
    job = checked("", line(reward_of_30, "5"), "", "nobody,nobody,CASH/USD,1")

    assert [row[0] for row in refusals(job)] == [5]


@pytest.mark.postgres
def test_an_import_has_postgresql_look_at_tables_that_it_takes_for_empty(reward_of_30):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET reltuples = 0 WHERE oid = 'rewards_reward'::regclass")

    applied(line(reward_of_30, "30"))

    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'rewards_reward'::regclass")
        assert cursor.fetchone() == (1.0,)
