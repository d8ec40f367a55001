"""Nobody who reads Chinese meets English: on no page, in no mail, in no name of a change."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from outbox.emails import render_email
from team.audit import action_names
from team.models import Role, User
from tests.advocate import matrix
from tests.conftest import NOON
from tests.factories import make_participant

# Names, ids, units, columns and what has no Chinese name; everything else with two letters or more is a text.
AS_THEY_ARE = re.compile(
    r"""
    ^[\w\ ]+(?:/[\w\ -]+)+$ | ^(?:euc|mac)-\w+$ | \b[A-Z]{3}\b  # zones, encodings, currencies
    | https?://\S+ | \S+@\S+ | [\w.]*[\w-]+/[\w/.-]+ | [\w-]*[\d_/][\w-]*
    | \{[A-Z]+\}  # what a pattern of codes is made of
    | \b(?:WhatsApp|Facebook|LinkedIn)\b
    | \w*\.[a-z]{2,5}\b | “code”  # addresses, ids, endings, a header
    | \b(?:Advocate|Engage|API|ID|IP|CSV|TSV|XLSX|ODS|OpenDocument|Excel|SID)\b
    | \b(?:JSON|HTML|URL|Cookie|NUL|MB|KB|UTC|UTF|GBK|Enter|EN|English)\b
    | \b(?:vip|newsletter|reconcile|id|en|zh|DE|CN|USD|US|CAD|EUR|GMT|POINT|CASH|CENTS|AVAILABLE)\b
    | \b[a-z]+(?:[A-Z][a-z]+)+\b                                                      # columns such as valueToRedeem
    """,
    re.VERBOSE,
)
WORD = re.compile(r"[A-Za-z]{2,}")
SPOKEN_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title", "data-label", "data-copied", "data-failed"}
SILENT = {"script", "style", "code", "kbd", "time"}
VOID = {"input", "img", "br", "hr", "link", "meta", "col", "use", "source", "wbr", "base"}
# What the objects of the matrix are called.
NAMES = re.compile(
    r"\b(?:somebody|full_access|Ada|Program|Reward|Participants|Batch|Shop|system|Microsite|MATRIX-\w+)\b"
)
NOT_SHOWN = re.compile(
    r"{% comment %}.*?{% endcomment %}|<!--.*?-->|{% block (?:bodyclass|coltype) %}.*?{% endblock %}"
    r"|{% blocktranslate.*?{% endblocktranslate %}|{%.*?%}|{{.*?}}|{#.*?#}",
    re.DOTALL,
)


class Texts(HTMLParser):
    """What a page says to eyes and ears; ids and codes are in <code>, names of languages say which they are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found += [value or "" for name, value in attrs if name in SPOKEN_ATTRIBUTES and not self._silent]
        if tag not in VOID and (self._silent or tag in SILENT or (tag != "html" and "lang" in dict(attrs))):
            self._silent.append(tag)

    def handle_endtag(self, tag):
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data):
        if not self._silent:
            self.found.append(data.strip())


def english_in(texts):
    """Return the texts that have an English word left when names and ids are taken out."""
    return [text for text in texts if WORD.search(NAMES.sub(" ", AS_THEY_ARE.sub(" ", text)))]


@pytest.fixture(autouse=True)
def _language_stays_here():
    """Leave the language as it was: a request sets it for the thread, and tests share one."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def chinese(db):
    """Return a client of a member who may everything and reads Chinese."""
    member = User.objects.create_user("li@example.com", "right horse staple", role=Role.FULL_ACCESS, language="zh-hans")
    client = Client(raise_request_exception=False)
    client.force_login(member)
    return client


def test_no_page_shows_english_to_a_reader_of_chinese(chinese):
    found = {}
    tabs = [f"admin/programs/participant/{make_participant().pk}/change/?tab={tab}" for tab in ("rewards", "referrals")]
    for address in [*matrix.addresses(matrix.all_routes()).values(), *(f"/{tab}" for tab in tabs), "/no-such-page/"]:
        # No session speaks for anybody below /a/: there a browser says what its reader reads.
        browser = {"accept-language": "zh-CN"} if address.startswith("/a/") else None
        answer = chinese.get(address, headers=browser)
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        if is_page and (left := english_in(Texts(answer.content.decode()).found)):
            found[address] = left

    assert not found, "\n".join(f"{one}: {left}" for one, left in found.items())


@pytest.mark.parametrize("address", ["/admin/login/", "/password/forgotten/", "/no-such-page/"])
def test_a_stranger_is_answered_in_the_browsers_language(db, address):
    answer = Client(headers={"accept-language": "zh-CN"}).get(address)

    assert '<html lang="zh-hans"' in answer.content.decode()
    assert english_in(Texts(answer.content.decode()).found) == []


def test_no_mail_shows_english_to_a_reader_of_chinese():
    job = SimpleNamespace(name="三月", status="done", rows_done=1, rows_total=3, rows_refused=1, rows_unchanged=1)
    people = {"requester": "李娜", "inviter": "李娜", "company": "商店", "role": "客服", "error": "文件为空。"}
    ways = {
        "link_path": "/a/",
        "reset_path": "/b/",
        "page_url": "https://a.example/",
        "days": 7,
        "hours": 2,
        "minutes": 15,
        "code": "482913",
    }
    stock = {
        "program": "推荐",
        "left": "7",
        "left_count": 7,
        "fallback": "88",
        "advice": "请上传。",
        "facts": [("库存", "7")],
    }
    context = {"job": job, **stock, "type": "导入", "at": NOON, "expires": NOON, "count": 2, **people, **ways}
    found = {}
    for path in sorted(Path(settings.BASE_DIR, "templates/emails").glob("*-subject.txt")):
        name = path.name.removesuffix("-subject.txt")
        mail = render_email(name=name, to="li@example.com", language="zh-hans", context=context)
        found[name] = english_in([mail.subject, *mail.text.splitlines(), *Texts(mail.html).found])

    assert "report-ready" in found
    assert not any(found.values()), found


def test_no_template_holds_text_outside_of_translations():
    found = {}
    for path in sorted(Path(settings.BASE_DIR, "templates").rglob("*.*")):
        source = NOT_SHOWN.sub("", path.read_text(encoding="utf-8"))
        if left := english_in(Texts(source).found):
            found[path.name] = left

    assert not found, "\n".join(f"{one}: {left}" for one, left in found.items())


def test_every_change_that_is_recorded_has_a_name():
    named = {code for code, _name in action_names()}

    recorded = {
        code
        for path in Path(settings.BASE_DIR).glob("[a-z]*/**/*.py")
        if path.parts[len(Path(settings.BASE_DIR).parts)] not in {"tests", "var"}
        for code in re.findall(r"""action="(\w+\.\w+)\"""", path.read_text(encoding="utf-8"))
    }

    assert recorded <= named
    with translation.override("zh-hans"):
        assert english_in(name for code, name in action_names() if not code.startswith("test.")) == []
