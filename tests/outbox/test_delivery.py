from __future__ import annotations

import socket
import time
from datetime import timedelta
from random import Random

import pytest

from outbox.delivery import Delivery, deliver_due_emails
from outbox.emails import Message, render_email
from outbox.mailer import Mailer
from outbox.models import Email
from outbox.operations import claim_email, owe_email, record_failure, record_sent
from tests.conftest import NOON
from tests.outbox.mail_servers import mail_server, raw_server, use_server

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch):
    monkeypatch.setattr("outbox.operations.wake_delivery", lambda: None)


def owe(key: str = "k", to: str = "ada@example.com", subject: str = "Grüße, 你好") -> Email:
    message = Message(to=to, subject=subject, text="Hallo\n", html="<p>Hallo</p>\n", language="en", name="hello")
    owe_email(key=key, message=message, at=NOON)
    return Email.objects.get(key=key)


def deliver(at=NOON, limit=100) -> Delivery:
    with Mailer() as mailer:
        return deliver_due_emails(mailer=mailer, clock=lambda: at, rng=Random(1), limit=limit)


def test_a_mail_arrives_as_text_and_html_for_its_reader_alone(settings):
    with mail_server(settings) as inbox:
        email = owe()
        delivery = deliver()

    assert delivery == Delivery(sent=1, failed=0, more_due=False)
    assert inbox.recipients == [["ada@example.com"]]
    [message] = inbox.messages
    assert message["Subject"] == "Grüße, 你好"
    assert message["To"] == "ada@example.com"
    assert message["Message-ID"] == email.message_id
    assert message["Content-Language"] == "en"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), text.get_content().strip()) == ("text/plain", "Hallo")
    assert (html.get_content_type(), html.get_content().strip()) == ("text/html", "<p>Hallo</p>")
    email.refresh_from_db()
    assert (email.status, email.sent_at, email.attempts, email.last_error) == ("sent", NOON, 1, "")
    assert (email.lease_token, email.lease_until) == (None, None)


def test_a_sent_mail_is_not_sent_again(settings):
    with mail_server(settings) as inbox:
        owe()
        deliver()
        again = deliver(at=NOON + timedelta(days=1))

    assert again == Delivery(sent=0, failed=0, more_due=False)
    assert inbox.tries == 1


def test_many_mails_share_one_connection(settings):
    with mail_server(settings) as inbox:
        for number in range(5):
            owe(key=str(number), to=f"p{number}@example.com")
        delivery = deliver()

    assert delivery.sent == 5
    assert [to for [to] in inbox.recipients] == [f"p{number}@example.com" for number in range(5)]
    assert len(inbox.sessions) == 1


def test_a_run_stops_at_its_limit_and_says_that_more_is_due(settings):
    with mail_server(settings) as inbox:
        for number in range(3):
            owe(key=str(number))
        delivery = deliver(limit=2)

    assert delivery == Delivery(sent=2, failed=0, more_due=True)
    assert inbox.tries == 2


def test_a_temporary_refusal_is_tried_again_later(settings):
    with mail_server(settings, lambda number, _to: "451 Greylisted" if number == 1 else "250 OK") as inbox:
        email = owe()
        deliver()
        email.refresh_from_db()
        after_first = (email.status, email.attempts, email.last_error, email.sent_at)
        too_early = deliver(at=NOON + timedelta(seconds=20))
        later = deliver(at=NOON + timedelta(seconds=40))

    assert after_first == ("pending", 1, "451 Greylisted", None)
    assert NOON + timedelta(seconds=24) <= email.next_attempt_at <= NOON + timedelta(seconds=36)
    assert too_early.sent == 0
    assert later.sent == 1
    assert len(inbox.messages) == 1
    email.refresh_from_db()
    assert (email.status, email.attempts, email.last_error) == ("sent", 2, "")


def test_a_permanent_refusal_is_final(settings):
    with mail_server(settings, lambda _number, _to: "550 No such user") as inbox:
        email = owe()
        deliver()
        deliver(at=NOON + timedelta(days=3))

    assert inbox.tries == 1
    email.refresh_from_db()
    assert (email.status, email.attempts, email.last_error) == ("failed", 1, "550 No such user")


def test_one_refused_mail_does_not_keep_the_others(settings):
    with mail_server(settings, lambda _number, to: "550 No" if to.startswith("bad") else "250 OK") as inbox:
        owe(key="1", to="bad@example.com")
        owe(key="2", to="good@example.com")
        delivery = deliver()

    assert delivery == Delivery(sent=1, failed=1, more_due=False)
    assert inbox.recipients == [["good@example.com"]]


def test_after_the_last_attempt_the_mail_has_failed(settings):
    settings.EMAIL_MAX_ATTEMPTS = 3
    with mail_server(settings, lambda _number, _to: "451 Later") as inbox:
        email = owe()
        for day in range(5):
            deliver(at=NOON + timedelta(days=day))

    assert inbox.tries == 3
    email.refresh_from_db()
    assert (email.status, email.attempts, email.last_error) == ("failed", 3, "451 Later")


def hang(caller: socket.socket) -> None:
    time.sleep(30)
    caller.close()


def hang_up(caller: socket.socket) -> None:
    caller.sendall(b"220 ready\r\n")
    caller.recv(100)
    caller.close()


def test_a_server_that_hangs_holds_a_worker_for_the_timeout_only(settings):
    with raw_server(settings, hang, timeout=1):
        first = owe(key="1")
        second = owe(key="2")
        began = time.monotonic()
        delivery = deliver()
        lasted = time.monotonic() - began

    assert lasted < 20
    assert delivery == Delivery(sent=0, failed=1, more_due=False)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.attempts) == ("pending", 1)
    assert "timed out" in first.last_error
    assert (second.status, second.attempts) == ("pending", 0)


def test_a_server_that_hangs_up_is_tried_again_later(settings):
    with raw_server(settings, hang_up):
        email = owe()
        deliver()

    email.refresh_from_db()
    assert (email.status, email.attempts) == ("pending", 1)
    assert "could not be reached or did not answer" in email.last_error
    with mail_server(settings) as inbox:
        deliver(at=NOON + timedelta(minutes=1))
    assert len(inbox.messages) == 1


def test_a_port_where_nobody_listens_is_tried_again_later(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        use_server(settings, free.getsockname()[1])
        email = owe()
        delivery = deliver()

    assert delivery == Delivery(sent=0, failed=1, more_due=False)
    email.refresh_from_db()
    assert (email.status, email.attempts) == ("pending", 1)


def test_a_mail_whose_worker_vanished_goes_out_with_the_same_message_id(settings):
    with mail_server(settings) as inbox:
        email = owe()
        claim_email(at=NOON)  # and this worker is killed
        while_leased = deliver(at=NOON + timedelta(seconds=399))
        afterwards = deliver(at=NOON + timedelta(seconds=401))

    assert (while_leased.sent, afterwards.sent) == (0, 1)
    assert [message["Message-ID"] for message in inbox.messages] == [email.message_id]
    email.refresh_from_db()
    assert (email.status, email.attempts) == ("sent", 2)


def test_a_worker_killed_after_the_server_took_the_mail_leaves_two_copies_of_one_message_id(settings, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*_args: object, **_options: object) -> bool:
        raise Killed

    with mail_server(settings) as inbox:
        owe()
        with monkeypatch.context() as patch:
            patch.setattr("outbox.operations.record_sent", die)
            with pytest.raises(Killed):
                deliver()
        deliver(at=NOON + timedelta(minutes=10))

    first, second = inbox.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert Email.objects.get().status == "sent"


def test_a_mail_that_keeps_killing_its_worker_is_given_up(settings):
    settings.EMAIL_MAX_ATTEMPTS = 2
    with mail_server(settings) as inbox:
        email = owe()
        claim_email(at=NOON)
        claim_email(at=NOON + timedelta(hours=1))
        deliver(at=NOON + timedelta(hours=2))

    assert inbox.tries == 0
    email.refresh_from_db()
    assert (email.status, email.attempts) == ("failed", 2)
    assert email.last_error == "The worker stopped while it was sending this, again and again."


def test_a_worker_that_lost_its_lease_records_nothing(settings):
    use_server(settings, 1)
    email = owe()
    slow = claim_email(at=NOON)
    quick = claim_email(at=NOON + timedelta(minutes=10))
    assert slow
    assert quick

    assert not record_failure(slow, reason="late", permanent=True, at=NOON, rng=Random(1))
    assert not record_sent(slow, at=NOON)

    email.refresh_from_db()
    assert (email.status, email.last_error, email.lease_token) == ("sending", "", quick.token)


def test_a_name_with_line_breaks_adds_no_header_and_no_recipient(settings):
    hostile = "Eve\r\nBcc: all@example.com\r\n\r\nBuy!"
    with mail_server(settings) as inbox:
        message = render_email(name="test-mail", to="ada@example.com", language="en", context={"requester": hostile})
        subject = Message(**{**_fields(message), "subject": f"From {hostile}"})
        owe_email(key="clean", message=message, at=NOON)
        owe_email(key="raw", message=subject, at=NOON)
        delivery = deliver()

    assert delivery == Delivery(sent=1, failed=1, more_due=False)
    assert inbox.recipients == [["ada@example.com"]]
    [sent] = inbox.messages
    assert sent["Bcc"] is None
    assert sent["Subject"] == "Advocate can send mail"
    assert Email.objects.get(key="raw").status == "failed"


def _fields(message: Message) -> dict[str, str]:
    return {name: getattr(message, name) for name in ("to", "subject", "text", "html", "language", "name")}
