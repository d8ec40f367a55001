from __future__ import annotations

from datetime import timedelta

import pytest

from outbox.models import Email
from promocodes.emails import owe_low_stock_mail, readers_of
from promocodes.models import CodePool, PromoCode
from team.audit import Actor, record
from team.models import Company, Role, User
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, stock_pool

pytestmark = pytest.mark.django_db
Level = CodePool.StockLevel
State = PromoCode.State


@pytest.fixture
def pool():
    pool = make_pool(
        program=make_program(name="Friends & family"),
        notify_at=20,
        notify_emails=["ada@example.com", "bob@example.com"],
    )
    stock_pool(pool, *(f"A-{number}" for number in range(20)))
    return pool


def owe(pool, level=Level.LOW, at=NOON):
    return owe_low_stock_mail(pool=pool, level=level, at=at)


def owe_when_empty(pool):
    pool.codes.filter(state=State.STOCK).update(state=State.WITHDRAWN, withdrawn_at=NOON)
    return owe(pool, level=Level.EMPTY)


def test_a_low_stock_is_mailed_to_everyone_named(pool):
    owed = owe(pool)

    mails = Email.objects.order_by("to")
    assert owed == 2
    assert [(mail.to, mail.name) for mail in mails] == [
        ("ada@example.com", "stock-low"),
        ("bob@example.com", "stock-low"),
    ]
    assert mails[0].subject == "“Friends & family”: 20 promo codes left"


def test_one_event_is_one_mail_to_each_reader_and_the_next_one_another(pool):
    owe(pool)
    owe(pool)
    owe(pool, at=NOON + timedelta(days=9))

    assert Email.objects.filter(to="ada@example.com").count() == 2


def test_low_and_empty_are_two_events(pool):
    owe(pool)
    owe_when_empty(pool)

    names = Email.objects.filter(to="ada@example.com").order_by("pk").values_list("name", flat=True)
    assert list(names) == ["stock-low", "stock-empty"]


def test_enough_is_no_event(pool):
    assert owe(pool, level=Level.ENOUGH) == 0
    assert not Email.objects.exists()


def test_an_address_is_one_in_either_case(pool):
    pool.notify_emails = ["Ada@Example.com", "ada@example.com"]

    assert owe(pool) == 1


def test_an_address_that_no_mail_can_go_to_stops_nobody(pool):
    pool.notify_emails = ["nobody", "ada@example.com"]

    assert owe(pool) == 1
    assert Email.objects.get().to == "ada@example.com"


def test_the_mail_says_what_is_left_when_it_is_gone_and_what_to_upload(pool):
    pool.switched_on_at = NOON - timedelta(days=30)
    for number in range(14):
        make_code(
            pool=pool, participant=make_participant(), state=2, used_at=NOON - timedelta(hours=number), use_count=1
        )
    owe(pool)

    text = Email.objects.first().text
    assert "Codes in stock: 20\n" in text
    assert "Used today: 13\n" in text
    assert "Given out: 2 a day\n" in text
    assert "Runs dry: 24 Mar 2026\n" in text
    assert "Codes to upload: 40\n" in text
    assert f"/admin/promocodes/upload/?program={pool.program_id}\n" in text


def test_an_empty_stock_names_the_fallback_code_and_who_waits(pool):
    pool.fallback = make_code("WELCOME", pool=pool)
    person = make_participant()
    make_code(pool=pool, participant=person)
    pool.holders.update(waiting_since=NOON)

    owe_when_empty(pool)

    text = Email.objects.first().text
    assert "fallback code WELCOME" in text
    assert "Waiting for codes: 1 advocate\n" in text
    assert "Runs dry: It is empty now\n" in text


def test_a_member_reads_it_in_their_language_and_anybody_else_in_the_companys(pool):
    User.objects.create_user("ada@example.com", language="zh-hans", time_zone="Asia/Shanghai")
    Company.objects.create(default_language="en", time_zone="Europe/Berlin")
    owe(pool)

    assert dict(Email.objects.values_list("to", "language")) == {"ada@example.com": "zh-hans", "bob@example.com": "en"}


def test_without_addresses_the_account_is_told(pool):
    Company.objects.create(account_email="hello@example.com")
    pool.notify_emails = []

    assert [reader.address for reader in readers_of(pool)] == ["hello@example.com"]


def test_without_any_address_whoever_set_it_up_is_told(pool):
    pool.notify_emails = []
    member = User.objects.create_user("eve@example.com", role=Role.PROGRAM_MANAGER)
    User.objects.create_user("root@example.com", role=Role.FULL_ACCESS)
    record(by=Actor.of(member), action="codepool.switched_on", target=pool, at=NOON)

    assert [reader.address for reader in readers_of(pool)] == ["eve@example.com"]


def test_where_whoever_set_it_up_has_left_everyone_with_full_access_is_told(pool):
    pool.notify_emails = []
    member = User.objects.create_user("eve@example.com", is_active=False)
    User.objects.create_user("root@example.com", role=Role.FULL_ACCESS)
    record(by=Actor.of(member), action="codepool.switched_on", target=pool, at=NOON)

    assert [reader.address for reader in readers_of(pool)] == ["root@example.com"]
