from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from advocate.lib.mail_server import MailServer, read_mail_server


def test_no_address_means_no_mail_server():
    assert read_mail_server("") is None


def test_the_scheme_says_how_the_connection_is_encrypted():
    plain = read_mail_server("smtp://mail.example.com")
    starttls = read_mail_server("smtp+tls://ada:p%40ss%2Fword@mail.example.com")
    tls = read_mail_server("smtps://ada:x@mail.example.com:4650")

    assert plain == MailServer("mail.example.com", 25, "", "", starttls=False, tls=False)
    assert starttls == MailServer("mail.example.com", 587, "ada", "p@ss/word", starttls=True, tls=False)
    assert tls == MailServer("mail.example.com", 4650, "ada", "x", starttls=False, tls=True)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mail.example.com", "not ''"),
        ("http://mail.example.com", "not 'http'"),
        ("smtp://", "the host is missing"),
        ("smtp://mail.example.com:many", "the port must be a number"),
        ("smtp://mail.example.com:70000", "the port must be a number"),
        ("smtp://ada@mail.example.com", "give user and password, or neither"),
        ("smtp://ada:sec/ret@mail.example.com", "with nothing after the port"),
        ("smtp://mail.example.com/?ssl=1", "with nothing after the port"),
    ],
)
def test_a_wrong_address_is_refused_with_a_sentence(url, reason):
    with pytest.raises(ImproperlyConfigured) as refusal:
        read_mail_server(url)

    assert str(refusal.value).startswith("EMAIL_URL must be like smtp+tls://user:password@mail.example.com:587")
    assert reason in str(refusal.value)
    assert "sec" not in str(refusal.value)
