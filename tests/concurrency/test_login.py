from __future__ import annotations

from functools import partial

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from team.models import User
from team.throttle import TooManyTries
from tests.concurrency.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def try_to_log_in(*, email: str, address: str) -> str:
    request = RequestFactory().post("/admin/login/", REMOTE_ADDR=address)
    try:
        return "in" if authenticate(request, username=email, password="wrong") else "wrong"
    except TooManyTries:
        return "locked"


def test_of_64_wrong_tries_at_once_on_an_account_ten_reach_the_password():
    User.objects.create_user("ada@example.com", "right horse staple")
    calls = [partial(try_to_log_in, email="ada@example.com", address=f"192.0.2.{number}") for number in range(64)]

    outcomes = race(calls)

    assert (outcomes.count("wrong"), outcomes.count("locked")) == (10, 54)


def test_of_64_wrong_tries_at_once_from_an_address_ten_reach_a_password():
    calls = [partial(try_to_log_in, email=f"{number}@example.com", address="192.0.2.1") for number in range(64)]

    outcomes = race(calls)

    assert (outcomes.count("wrong"), outcomes.count("locked")) == (10, 54)


def test_crossing_tries_of_accounts_and_addresses_never_wait_for_each_other_in_a_circle():
    calls = [
        partial(try_to_log_in, email=f"{number % 4}@example.com", address=f"192.0.2.{number // 8}")
        for number in range(32)
    ]

    outcomes = race(calls)

    assert outcomes == ["wrong"] * 32
