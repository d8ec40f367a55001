from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from outbox import queries
from outbox.emails import render_email
from outbox.models import Email
from outbox.operations import owe_email
from team.models import AuditEntry, Role, User
from tests.conftest import NOON
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db
LIST = "/admin/outbox/email/"


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch):
    monkeypatch.setattr("outbox.operations.wake_delivery", lambda: None)


def member(role: Role) -> User:
    return User.objects.create_user(f"{role}@example.com", role=role)


@pytest.fixture
def admin(client):
    client.force_login(member(Role.FULL_ACCESS))
    return client


@pytest.fixture
def with_mail_server(settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"


def owe(key="k", to="ada@example.com", status="", at=NOON) -> Email:
    message = render_email(name="test-mail", to=to, language="en", context={"requester": "Ana <b>"})
    owe_email(key=key, message=message, at=at)
    if status:
        Email.objects.filter(key=key).update(status=status)
    return Email.objects.get(key=key)


def page(client, email: Email, name="change"):
    return client.get(reverse(f"admin:outbox_email_{name}", args=[email.pk]))


def test_the_log_lists_every_mail_newest_first(admin):
    owe(key="1", to="first@example.com")
    owe(key="2", to="second@example.com")

    text = admin.get(LIST).text

    assert text.index("second@example.com") < text.index("first@example.com")
    assert "Kept here" in text


def test_without_a_mail_server_the_log_says_how_to_set_one_up(admin):
    text = admin.get(LIST).text

    assert "No mail server is set up" in text
    assert "<code>EMAIL_URL</code>" in text


def test_with_a_mail_server_the_log_has_no_such_hint(admin, with_mail_server):
    assert "No mail server is set up" not in admin.get(LIST).text


@pytest.mark.parametrize(
    ("words", "found"),
    [("ADA@example.com", {"ada"}), ("ada", {"ada", "nevada"}), ("can send", {"ada", "nevada"}), ("nobody", set())],
)
def test_search_finds_by_address_and_by_subject(admin, words, found):
    for name in ("ada", "nevada"):
        owe(key=name, to=f"{name}@example.com")

    text = admin.get(LIST, {"q": words}).text

    assert {name for name in ("ada", "nevada") if f">{name}@example.com<" in text} == found


def test_parts_of_a_text_are_looked_for_in_the_newest_mails_and_whole_addresses_in_all(admin, monkeypatch):
    monkeypatch.setattr(queries, "MOST_SEARCHED", 2)
    for hours, name in enumerate(("ada", "nevada", "granada")):
        owe(key=name, to=f"{name}@example.com", at=NOON + timedelta(hours=hours))

    part, whole = (admin.get(LIST, {"q": words}).text for words in ("ada", "ada@example.com"))

    assert [f">{name}@example.com<" in part for name in ("ada", "nevada", "granada")] == [False, True, True]
    assert "Only the newest 2 e-mails were searched." in part
    assert ">ada@example.com<" in whole
    assert "Only the newest" not in whole


def test_a_mail_shows_its_links_to_click(admin):
    response = page(admin, owe())

    assert '<a href="http://127.0.0.1:8000/admin/outbox/email/" target="_blank"' in response.text
    assert "Ana &lt;b&gt;" in response.text
    assert "frame-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe-inline" not in response["Content-Security-Policy"]


def test_the_preview_runs_and_loads_nothing(admin):
    response = page(admin, owe(), "preview")

    assert '<html lang="en"' in response.text
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'none'"
    assert policy["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
    assert policy["frame-ancestors"] == "'self'"
    assert response["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("role", [Role.PROGRAM_MANAGER, Role.SUPPORT, Role.VIEWER])
@pytest.mark.usefixtures("with_mail_server")
def test_only_full_access_sees_mails_since_their_links_let_people_in(client, role):
    email = owe(status="failed")
    client.force_login(member(role))

    answers = [client.get(LIST), page(client, email), page(client, email, "preview"), page(client, email, "retry")]
    posted = [client.post(reverse("admin:outbox_email_retry", args=[email.pk])), client.post(f"{LIST}test/")]

    assert [answer.status_code for answer in answers + posted] == [403] * 6
    assert list(Email.objects.values_list("status", flat=True)) == ["failed"]


def test_a_failed_mail_is_sent_again_by_a_button(admin, with_mail_server):
    email = owe(status="failed")
    retry = reverse("admin:outbox_email_retry", args=[email.pk])

    assert retry in page(admin, email).text
    assert "Send this e-mail again?" in admin.get(retry).text
    assert Email.objects.get().status == "failed"
    response = admin.post(retry, follow=True)

    assert "The e-mail to ada@example.com is on its way." in response.text
    assert Email.objects.get().status == "pending"
    assert AuditEntry.objects.get(action="email.retried").actor == "full_access@example.com"


def test_many_failed_mails_are_sent_again_at_once(admin, with_mail_server):
    failed = [owe(key=str(number), status="failed") for number in range(3)]
    waiting = owe(key="waiting")

    chosen = [email.pk for email in (*failed, waiting)]
    response = admin.post(LIST, {"action": "retry_selected", "_selected_action": chosen}, follow=True)

    assert "3 e-mails are on their way." in response.text
    assert "1 of those you chose had been sent or were waiting already." in response.text
    assert set(Email.objects.values_list("status", flat=True)) == {"pending"}
    assert AuditEntry.objects.filter(action="email.retried").count() == 3


def test_without_a_mail_server_many_mails_stay_where_they_are(admin):
    email = owe(status="failed")

    response = admin.post(LIST, {"action": "retry_selected", "_selected_action": [email.pk]}, follow=True)

    assert "so the e-mail stays here" in response.text
    assert Email.objects.get().status == "failed"


def test_a_waiting_mail_has_no_such_button_and_says_so_when_asked(admin, with_mail_server):
    email = owe()
    retry = reverse("admin:outbox_email_retry", args=[email.pk])

    assert retry not in page(admin, email).text
    assert "already on its way or sent" in admin.post(retry, follow=True).text
    assert not AuditEntry.objects.filter(action="email.retried").exists()


def test_a_test_mail_lands_in_the_log(admin):
    button = f'href="{LIST}test/"'
    form = admin.get(f"{LIST}test/")
    response = admin.post(f"{LIST}test/", {"to": "ana@example.com"}, follow=True)

    assert button in admin.get(LIST).text
    assert 'value="full_access@example.com"' in form.text
    assert "The test e-mail to ana@example.com is in the log." in response.text
    assert Email.objects.get().to == "ana@example.com"


def test_a_test_mail_needs_an_address(admin):
    response = admin.post(f"{LIST}test/", {"to": "ana@example.com\nBcc: eve@example.com"})

    assert "Enter a valid email address." in response.text
    assert not Email.objects.exists()


def test_mails_are_neither_changed_nor_deleted_by_hand(admin):
    email = owe()

    assert admin.post(reverse("admin:outbox_email_change", args=[email.pk]), {"to": "x@example.com"}).status_code == 403
    assert admin.post(reverse("admin:outbox_email_delete", args=[email.pk]), {"post": "yes"}).status_code == 403
    assert Email.objects.get().to == "ada@example.com"


def test_the_pages_make_few_queries(admin):
    emails = [owe(key=str(number)) for number in range(60)]

    with counted_queries("outbox.email list"):
        admin.get(LIST)
    with counted_queries("outbox.email detail"):
        page(admin, emails[0])
