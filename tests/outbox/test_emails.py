from __future__ import annotations

from html.parser import HTMLParser

import pytest

from outbox.emails import UnusableAddress, render_email

HOSTILE = "Eve\r\nBcc: all@example.com\u2028<script>alert(1)</script>"


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def hrefs(self) -> list[str | None]:
        return [attrs["href"] for tag, attrs in self.found if tag == "a"]


def mail(requester="Ada", to="ada@example.com", language="en"):
    return render_email(name="test-mail", to=to, language=language, context={"requester": requester})


def test_a_mail_has_subject_text_and_html():
    message = mail()

    assert message.name == "test-mail"
    assert message.to == "ada@example.com"
    assert message.language == "en"
    assert message.subject == "Advocate can send mail"
    assert message.text.startswith("This is the test mail that Ada asked for.")
    assert message.text.endswith("-- \nSent by Advocate at http://127.0.0.1:8000\n")
    assert '<html lang="en" dir="ltr"' in message.html


def test_links_begin_with_the_base_url(settings):
    settings.BASE_URL = "https://refer.example.com"

    message = mail()

    log_page = "https://refer.example.com/admin/outbox/email/"
    assert log_page in message.text
    assert Elements(message.html).hrefs() == [log_page, "https://refer.example.com"]


def test_the_readers_language_is_used_and_then_left_again():
    message = mail(language="zh-hans")

    assert message.language == "zh-hans"
    assert '<html lang="zh-hans"' in message.html


def test_a_line_break_in_a_name_does_not_reach_the_subject(tmp_path, settings):
    templates = tmp_path / "emails"
    templates.mkdir()
    (templates / "hello-subject.txt").write_text("Hello {{ name }}\n\n")
    (templates / "hello.txt").write_text("{{ name }}")
    (templates / "hello.html").write_text("<p>{{ name }}</p>")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    message = render_email(name="hello", to="a@example.com", context={"name": HOSTILE})

    assert message.subject == "Hello Eve Bcc: all@example.com <script>alert(1)</script>"
    assert "<script>" in message.text
    assert message.html.count("<") == 2


def test_html_escapes_what_people_typed():
    message = mail(requester=HOSTILE)

    assert "script" not in {tag for tag, _ in Elements(message.html).found}
    assert "<script>alert(1)</script>" in message.text


def test_a_subject_too_long_is_cut(tmp_path, settings):
    templates = tmp_path / "emails"
    templates.mkdir()
    for part in ("long-subject.txt", "long.txt", "long.html"):
        (templates / part).write_text("{{ name }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    message = render_email(name="long", to="a@example.com", context={"name": "长" * 300})

    assert message.subject == "长" * 199 + "…"


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "ada@example.com\nBcc: eve@example.com", "a@b.com,c@d.com", "Ada <a@b.com>", "a@b.com\r\n"],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(UnusableAddress) as refusal:
        mail(to=address)

    assert refusal.value.code == "unusable_address"
