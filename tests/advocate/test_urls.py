from __future__ import annotations

import pytest


@pytest.mark.django_db
def test_the_home_page_leads_to_the_login(client):
    answer = client.get("/", follow=True)

    assert answer.redirect_chain[-1][0].startswith("/admin/login/")
    assert answer.status_code == 200
