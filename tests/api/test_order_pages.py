from __future__ import annotations

import pytest

from api.models import ConversionSubmission
from team.models import Role, User
from tests.conftest import NOON
from tests.factories import make_conversion

pytestmark = pytest.mark.django_db


def test_an_orders_page_shows_what_the_call_said_until_it_is_forgotten(client):
    order = make_conversion(order_id="A-77")
    call = ConversionSubmission.objects.create(
        kind="Conversion", conversion=order, payload="Note=Gift wrap", sent_by="Shop", submitted_at=NOON
    )
    client.force_login(User.objects.create_user("vi@example.com", "secret-password-1", role=Role.VIEWER))
    url = f"/admin/programs/conversion/{order.pk}/change/"

    page = client.get(url).content.decode()
    assert call.public_id in page
    assert "Note=Gift wrap" in page

    ConversionSubmission.objects.update(payload="")
    assert "is kept for a while only" in client.get(url).content.decode()
