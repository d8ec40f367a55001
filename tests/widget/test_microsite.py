from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from outbox.models import Email
from programs.models import Participant, Referral, ReferralCode
from programs.operations import launch_program, pause_program
from team.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_participant, make_referral_code, make_share_link
from tests.query_counts import counted_queries
from widget.microsite.proofs import link_token
from widget.models import Display, MicrositeSession, SignIn
from widget.operations import answer_sign_ins, forget_old_sign_ins, publish
from widget.queries import draft_of

pytestmark = pytest.mark.django_db
HOME = "/m/spring-2026/"
CODE_PAGE = "/m/spring-2026/code/"


@pytest.fixture
def site(program, microsite, by):
    """Return the program's microsite, published, of a live program."""
    launch_program(program=program, by=by, at=NOON)
    publish(display=microsite, seen=draft_of(microsite).revision, by=by, at=NOON)
    return Display.objects.select_related("program").get(pk=microsite.pk)


@pytest.fixture
def ada(site):
    return make_participant(first_name="Ada", last_name="Byron", email="Ada@Example.com")


def ask(client, email="ada@example.com"):
    return client.post("/m/spring-2026/sign-in/", {"email": email})


def mailed_code():
    answer_sign_ins(at=timezone.now())
    return re.search(r"\b(\d{6})\b", Email.objects.latest("pk").text)[1]


def sign_in(client):
    ask(client)
    return client.post(CODE_PAGE, {"code": mailed_code()})


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_participant_comes_in_by_a_mailed_code_and_sees_what_is_theirs(client, ada):
    answer = ask(client)
    assert (answer.status_code, answer.url) == (302, CODE_PAGE)
    code = mailed_code()
    assert Email.objects.latest("pk").to == "ada@example.com"

    answer = client.post(CODE_PAGE, {"code": f" {code[:3]} {code[3:]} "})

    assert (answer.status_code, answer.url) == (302, HOME)
    with counted_queries("widget.microsite"):
        page = client.get(HOME).content.decode()
    assert "Share with your friends, Ada" in page
    assert "Sign out" in page
    assert ReferralCode.objects.get(participant=ada).code == "ADABYRON"


def test_the_session_is_the_microsites_alone(client, ada):
    sign_in(client)

    cookie = client.cookies["microsite-session"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (HOME, True, "Lax")
    assert cookie["max-age"] == 14 * 24 * 3600
    assert "sessionid" not in client.cookies
    assert client.get("/admin/").status_code == 302
    assert cookie.value not in str(MicrositeSession.objects.values().get())


def test_whoever_signs_out_is_out_with_that_token_for_good(client, ada):
    sign_in(client)
    token = client.cookies["microsite-session"].value

    client.post("/m/spring-2026/leave/")

    assert MicrositeSession.objects.count() == 0
    client.cookies["microsite-session"] = token
    assert "Send me a code" in client.get(HOME).content.decode()


def test_a_session_ends_after_its_days(client, ada):
    sign_in(client)
    MicrositeSession.objects.update(ends_at=timezone.now() - timedelta(seconds=1))

    assert "Send me a code" in client.get(HOME).content.decode()
    assert forget_old_sign_ins(at=timezone.now()) == 1


def test_an_unknown_address_is_answered_as_a_known_one_and_mailed_nothing(client, ada):
    known, unknown = ask(client), ask(Client(), "nobody@example.com")

    assert (known.status_code, known.url, known.content) == (unknown.status_code, unknown.url, unknown.content)
    answer_sign_ins(at=timezone.now())
    assert [mail.to for mail in Email.objects.all()] == ["ada@example.com"]
    refused = client.post(CODE_PAGE, {"code": wrong(mailed_code())})
    assert "This code does not work, or no longer." in refused.content.decode()


def test_a_code_works_once(client, ada):
    ask(client)
    code, asked = mailed_code(), client.cookies["microsite-asked"].value
    client.post(CODE_PAGE, {"code": code})

    other = Client()
    other.cookies["microsite-asked"] = asked
    answer = other.post(CODE_PAGE, {"code": code})

    assert answer.status_code == 400
    assert MicrositeSession.objects.count() == 1


def test_a_code_works_for_a_quarter_of_an_hour(client, ada):
    ask(client)
    code = mailed_code()
    SignIn.objects.update(asked_at=timezone.now() - timedelta(minutes=15, seconds=1))

    assert client.post(CODE_PAGE, {"code": code}).status_code == 400
    assert MicrositeSession.objects.count() == 0


def test_after_five_wrong_tries_the_right_code_does_not_work_either(client, ada):
    ask(client)
    code = mailed_code()
    for _ in range(5):
        assert client.post(CODE_PAGE, {"code": wrong(code)}).status_code == 400

    assert client.post(CODE_PAGE, {"code": code}).status_code == 400
    assert MicrositeSession.objects.count() == 0


def test_nobody_asks_for_more_than_five_codes_in_a_quarter_of_an_hour(client, ada):
    answers = [ask(Client(), f"ada{n}@example.com").status_code for n in range(6)]

    assert answers == [302, 302, 302, 302, 302, 429]
    assert SignIn.objects.count() == 5


def test_the_code_of_one_request_does_not_open_another(client, ada):
    ask(client)
    code = mailed_code()
    other = Client()
    ask(other)

    assert other.post(CODE_PAGE, {"code": code}).status_code == 400


def test_neither_the_code_nor_who_asked_is_kept_in_the_open(client, ada):
    ask(client)
    code = mailed_code()

    row = SignIn.objects.values().get()
    assert code not in str(row["code_digest"])
    assert len(row["code_digest"]) == 64
    SignIn.objects.update(asked_at=timezone.now() - timedelta(days=2))
    assert forget_old_sign_ins(at=timezone.now()) == 1


def test_a_signed_link_asks_before_it_lets_in(client, site, ada):
    url = f"{HOME}in/{link_token(display=site, participant=ada, at=timezone.now())}/"

    page = client.get(url)
    assert "Continue as Ada Byron" in page.content.decode()
    assert MicrositeSession.objects.count() == 0

    assert client.post(url).url == HOME
    assert "Share with your friends, Ada" in client.get(HOME).content.decode()


def test_a_link_of_another_time_site_or_person_is_refused(client, site, ada, widget):
    now = timezone.now()
    good = link_token(display=site, participant=ada, at=now)
    other = link_token(display=site, participant=make_participant(), at=now)
    tokens = [
        link_token(display=site, participant=ada, at=now - timedelta(days=8)),
        link_token(display=site, participant=ada, at=now + timedelta(minutes=5)),
        link_token(display=widget, participant=ada, at=now),
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        f"{other.partition('-')[0]}-{good.partition('-')[2]}",
        "x",
        "--",
        "1-2-3",
        "zzzzzzzzzzzzzzzzzzzzzz-1-a",
    ]
    for token in tokens:
        for answer in (client.get(f"{HOME}in/{token}/"), client.post(f"{HOME}in/{token}/")):
            assert answer.status_code == 400, token
    assert MicrositeSession.objects.count() == 0


def test_a_blocked_participant_is_told_so_politely(client, site, ada):
    make_referral_code(participant=ada, program=site.program)
    sign_in(client)
    Participant.objects.filter(pk=ada.pk).update(date_blocked=NOON, block_reason="Fraud, we think")

    page = client.get(HOME).content.decode()

    assert "Your participation is paused" in page
    assert "Fraud" not in page
    assert "Share with your friends" not in page


def test_a_microsite_is_there_once_it_is_published_and_while_the_program_is_live(client, program, microsite, by):
    assert client.get(HOME).status_code == 404
    publish(display=microsite, seen=draft_of(microsite).revision, by=by, at=NOON)
    assert "not open at the moment" in client.get(HOME).content.decode()
    launch_program(program=program, by=by, at=NOON)
    assert "Send me a code" in client.get(HOME).content.decode()
    pause_program(program=program, by=by, at=NOON)
    assert "not open at the moment" in client.get(HOME).content.decode()
    assert client.get("/m/nowhere/").status_code == 404
    assert client.get("/m/SPRING-2026/").status_code == 200


def test_pages_are_strict_and_never_cached(client, ada):
    sign_in(client)
    for path in (HOME, "/m/spring-2026/code/", "/m/spring-2026/in/x/"):
        answer = client.get(path)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in f"{policy};"
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Frame-Options"] == "DENY"


def test_the_language_is_the_participants_else_the_browsers(client, ada):
    chinese = Client(headers={"accept-language": "zh-CN,zh"})
    assert 'lang="zh-Hans"' in chinese.get(HOME).content.decode()

    Participant.objects.filter(pk=ada.pk).update(locale="zh_CN")
    sign_in(client)
    assert "与朋友分享" in client.get(HOME).content.decode()


def open_to_newcomers(site, **fields):
    Display.objects.filter(pk=site.pk).update(takes_newcomers=True, **fields)


def test_the_form_asks_for_the_family_name_first_where_it_comes_first(client, site):
    Display.objects.filter(pk=site.pk).update(takes_newcomers=True)

    def fields(language):
        form = client.get("/m/spring-2026/join/", headers={"accept-language": language}).content.decode()
        return re.findall(r'name="(first_name|last_name)"', form)

    assert fields("en") == ["first_name", "last_name"]
    assert fields("zh-CN") == ["last_name", "first_name"]


def join(client, **fields):
    filled = {"first_name": "Leo", "last_name": "Lin", "email": "Leo@Example.com", "consent": "on"}
    return client.post("/m/spring-2026/join/", {**filled, **fields})


def test_a_newcomer_registers_with_consent_and_is_an_advocate_after_the_code(client, site):
    open_to_newcomers(site, consent={"en": "I agree to the terms."})
    assert "I agree to the terms." in client.get("/m/spring-2026/join/").content.decode()

    assert join(client).url == CODE_PAGE
    assert Participant.objects.count() == 0
    assert client.post(CODE_PAGE, {"code": mailed_code()}).url == HOME

    leo = Participant.objects.get()
    assert (leo.account_id, leo.user_id, leo.email, leo.first_name) == ("Leo@Example.com",) * 3 + ("Leo",)
    assert ReferralCode.objects.get(participant=leo).code == "LEOLIN"
    entry = AuditEntry.objects.get(action="participant.consented")
    assert entry.changes == {"consent": [None, "I agree to the terms."]}
    assert "Share with your friends, Leo" in client.get(HOME).content.decode()


def test_without_consent_nothing_is_kept(client, site):
    open_to_newcomers(site)

    assert join(client, consent="").status_code == 200
    assert SignIn.objects.count() == 0


def test_a_microsite_that_is_closed_to_newcomers_registers_nobody(client, site):
    assert client.get("/m/spring-2026/join/").status_code == 404
    assert join(client).status_code == 404
    assert "Join the program" not in client.get(HOME).content.decode()
    assert SignIn.objects.count() == 0


def test_who_registers_with_a_known_address_is_let_in_as_whom_they_are(client, ada, site):
    open_to_newcomers(site)

    join(client, email="ada@example.com", first_name="Mallory")
    client.post(CODE_PAGE, {"code": mailed_code()})

    assert Participant.objects.get().first_name == "Ada"
    assert MicrositeSession.objects.get().participant == ada


def test_ids_that_are_somebody_elses_are_not_taken_over(client, site):
    open_to_newcomers(site)
    make_participant(account_id="leo@example.com", user_id="leo@example.com", email="other@example.com")

    join(client, email="leo@example.com")
    answer = client.post(CODE_PAGE, {"code": mailed_code()})

    assert "We could not register you." in answer.content.decode()
    assert MicrositeSession.objects.count() == 0
    assert Participant.objects.count() == 1


def test_a_newcomer_who_came_by_a_friends_code_is_attributed(client, site):
    open_to_newcomers(site)
    code = make_referral_code(program=site.program, code="ADASHARES")
    make_share_link(code=code)

    client.get(f"{HOME}?rsCode=ADASHARES")
    join(client)
    client.post(CODE_PAGE, {"code": mailed_code()})

    referral = Referral.objects.get()
    assert (referral.referrer, referral.referred.first_name) == (code.participant, "Leo")
    assert referral.code_used == "ADASHARES"


@pytest.mark.parametrize("query", ["rsCode=NOBODYS", "_saasquatch=%00", "_saasquatch=e30", f"rsCode={'x' * 5000}"])
def test_a_code_that_cannot_be_read_stops_nobody(client, site, query):
    open_to_newcomers(site)

    client.get(f"{HOME}?{query}")
    join(client)

    assert client.post(CODE_PAGE, {"code": mailed_code()}).url == HOME
    assert Referral.objects.count() == 0


def test_posts_without_a_token_are_refused(site):
    strict = Client(enforce_csrf_checks=True)
    for path in ("sign-in/", "join/", "code/", "leave/"):
        assert strict.post(f"{HOME}{path}", {"email": "ada@example.com"}).status_code == 403
    assert SignIn.objects.count() == 0


@pytest.mark.parametrize("email", ["", "nobody", "a@b\r\nBcc: c@example.com", "a" * 250 + "@example.com"])
def test_what_is_no_address_is_refused(client, site, email):
    assert ask(client, email).status_code == 200
    assert SignIn.objects.count() == 0
