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
from django.urls import path  # noqa: E402

from advocate.lib.clock import now  # noqa: E402
from api.access import basic_secrets  # noqa: E402
from api.views.codes import code_out  # noqa: E402
from api.wire.users import open_user  # noqa: E402
from programs.operations import Registration, upsert_participant  # noqa: E402
from promocodes.queries.checking import working_code  # noqa: E402
from team.audit import Actor  # noqa: E402
from team.queries import key_of_secret  # noqa: E402


def key_of(request):
    return key_of_secret(basic_secrets(request)[1])


def upsert(request, account_id, user_id):
    key, body = key_of(request), json.loads(request.body)
    registered = upsert_participant(
        account_id=account_id,
        user_id=user_id,
        registration=Registration(values={"first_name": body["firstName"]}),
        by=Actor.of_key(key),
        at=now(),
    )
    return HttpResponse(json.dumps(open_user(registered.participant, codes=registered.codes)))


def code(request, code):
    key_of(request)
    found = working_code(code, at=now())
    assert found is not None
    return HttpResponse(json.dumps(code_out(found)))


PREFIX = "api/v1/default/open/"
urlpatterns = [
    path(PREFIX + "account/<str:account_id>/user/<str:user_id>", upsert),
    path(PREFIX + "code/<str:code>", code),
]
application = get_wsgi_application()
