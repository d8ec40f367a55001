from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from advocate.engage_menu import MENU

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
ICONS = set(re.findall(r'<symbol id="([^"]+)"', (settings.BASE_DIR / "static/advocate/icons.svg").read_text()))
PAGES = [path for path in TEMPLATES if "email" not in path.name and "emails" not in path.parts]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_no_template_holds_what_the_security_policy_blocks(path: Path):
    text = path.read_text()

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text)
    assert not [tag for tag in re.findall(r"<script[^>]*>", text) if "src=" not in tag]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_every_icon_that_a_template_draws_is_in_the_sprite(path: Path):
    drawn = set(re.findall(r'{% icon "([^"]+)"', path.read_text()))

    assert drawn <= ICONS


def test_every_icon_of_the_menu_is_in_the_sprite():
    assert {entry.icon for section in MENU for entry in section.entries} <= ICONS


@pytest.mark.django_db
def test_the_choice_of_colours_is_a_cookie_and_leads_back(client):
    answer = client.post("/admin/theme/", {"theme": "dark", "next": "/admin/login/?next=/admin/"})

    assert answer["Location"] == "/admin/login/?next=/admin/"
    assert answer.cookies["theme"].value == "dark"
    assert 'data-theme="dark"' in client.get("/admin/login/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", ""])
def test_the_choice_of_colours_leads_nowhere_else(client, target):
    answer = client.post("/admin/theme/", {"theme": "purple", "next": target})

    assert answer["Location"] == "/admin/"
    assert "theme" not in answer.cookies
