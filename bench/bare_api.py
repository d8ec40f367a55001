"""The statements of the API's calls in bare views, with nothing around them: what ``bench/api.py`` compares with."""

from __future__ import annotations

import json

import django
from django.conf import settings

django.setup()
settings.MIDDLEWARE = []
settings.ROOT_URLCONF = "bench.bare_api"

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402

from advocate.lib.clock import now  # noqa: E402
from api.access import basic_secrets  # noqa: E402
from api.operations import submit_order  # noqa: E402
from api.views.codes import code_out  # noqa: E402
from api.wire.conversions import queued_out  # noqa: E402
from api.wire.users import open_user  # noqa: E402
from programs.operations import Registration  # noqa: E402
from programs.queries import program_of_key  # noqa: E402
from promocodes.queries.checking import working_code  # noqa: E402
from rewards.attribution import upsert_user  # noqa: E402
from rewards.attribution.orders import Amount, Order  # noqa: E402
from team.audit import Actor  # noqa: E402
from team.queries import key_of_secret  # noqa: E402


def key_of(request):
    return key_of_secret(basic_secrets(request)[1])


def upsert(request, account_id, user_id):
    key, body = key_of(request), json.loads(request.body)
    user = upsert_user(
        account_id=account_id,
        user_id=user_id,
        registration=Registration(values={"first_name": body["firstName"]}),
        by=Actor.of_key(key),
        at=now(),
    )
    return HttpResponse(json.dumps(open_user(user)))


def code(request, code):
    key_of(request)
    found = working_code(code, at=now())
    assert found is not None
    return HttpResponse(json.dumps(code_out(found)))


def order(request, account_sid):
    key, body = key_of(request), json.loads(request.body)
    program = program_of_key(body["CampaignId"])
    assert program is not None
    reported = Order(
        program=program,
        order_id=body["OrderId"],
        happened_at=now(),
        amount=Amount(4990, "USD", 2),
        promo_code=body["OrderPromoCode"],
        customer_id=body["CustomerId"],
    )
    submission = submit_order(order=reported, sent=body, by=Actor.of_key(key), at=now())
    return HttpResponse(json.dumps(queued_out(submission, account_sid)))


PREFIX = "api/v1/default/open/"
urlpatterns = [
    path(PREFIX + "account/<str:account_id>/user/<str:user_id>", upsert),
    path(PREFIX + "code/<str:code>", code),
    path("Advertisers/<str:account_sid>/Conversions", order),
    path("", include("widget.urls")),  # whose address of share links stands in the replies
]
application = get_wsgi_application()
