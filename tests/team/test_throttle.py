from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from team.models import Throttle
from team.throttle import LOGIN, TooManyTries, forget_old_tries, give_back, take_try

pytestmark = pytest.mark.django_db


def try_once(at, *, account="ada@example.com", address="192.0.2.1"):
    take_try(limit=LOGIN, account=account, address=address, at=at)


def use_up(at, **whose):
    for second in range(10):
        try_once(at + timedelta(seconds=second), **whose)


def test_the_eleventh_try_within_five_minutes_is_refused_and_says_how_long_to_wait(at):
    use_up(at)

    with pytest.raises(TooManyTries) as refusal:
        try_once(at + timedelta(minutes=4))

    assert refusal.value.wait == timedelta(minutes=1)
    assert str(refusal.value) == "Too many wrong tries. Try again in 1 minute."


def test_a_refused_try_prolongs_nothing(at):
    use_up(at)
    with pytest.raises(TooManyTries):
        try_once(at + timedelta(minutes=4, seconds=59))

    try_once(at + timedelta(minutes=5))

    assert {len(row.tries) for row in Throttle.objects.all()} == {10}


def test_no_stretch_of_five_minutes_has_more_than_ten_tries(at):
    for second in (0, *range(240, 249)):
        try_once(at + timedelta(seconds=second))
    try_once(at + timedelta(seconds=300))

    with pytest.raises(TooManyTries):
        try_once(at + timedelta(seconds=301))


def test_another_account_from_another_address_is_unaffected(at):
    use_up(at)

    try_once(at, account="bob@example.com", address="192.0.2.2")


def test_the_account_is_locked_from_every_address(at):
    use_up(at)

    with pytest.raises(TooManyTries):
        try_once(at, address="198.51.100.7")


def test_the_address_is_locked_for_every_account(at):
    for number in range(10):
        try_once(at, account=f"{number}@example.com")

    with pytest.raises(TooManyTries):
        try_once(at, account="bob@example.com")


def test_case_and_spaces_around_an_address_do_not_make_another_account(at):
    use_up(at, account="Ada@Example.com ", address="")

    with pytest.raises(TooManyTries):
        try_once(at, account="ada@example.com", address="")


def test_addresses_of_one_ipv6_network_count_together(at):
    for number in range(10):
        try_once(at, account=f"{number}@example.com", address=f"2001:db8::{number}")

    with pytest.raises(TooManyTries):
        try_once(at, account="bob@example.com", address="2001:db8::ffff:1")


def test_a_right_try_clears_the_account_but_only_itself_at_the_address(at):
    for second in range(9):
        try_once(at + timedelta(seconds=second))
    last = at + timedelta(seconds=9)
    try_once(last)

    give_back(limit=LOGIN, account="ada@example.com", address="192.0.2.1", at=last)

    assert sorted(len(row.tries) for row in Throttle.objects.all()) == [0, 9]


def test_what_was_typed_is_not_kept(at):
    try_once(at, account="hunter2-typed-in-the-wrong-field")

    assert not Throttle.objects.filter(key__contains="hunter2").exists()


def test_old_tries_are_forgotten(at):
    try_once(at)

    assert forget_old_tries(at=at + timedelta(minutes=15)) == 0
    assert forget_old_tries(at=at + timedelta(minutes=16)) == 2


def test_the_wait_is_said_in_the_readers_language(at):
    with translation.override("zh-hans"):
        assert "5" in str(TooManyTries(wait=timedelta(minutes=4, seconds=1)))
